//! One step: its keys, read or noted or refused, each with its line.

use super::cursor::{Cursor, Findings};
use super::keys::{self, Meaning, Table};
use super::script;
use crate::diagnostic::closest;
use crate::document::Value;
use crate::limits::{MAX_TIME_MINUTES_MAX, OIDC_AUDIENCE_CHARS_MAX, OIDC_AUDIENCES_MAX};
use crate::plan::{CloneSettings, Depth, Oidc};

/// A step as the file has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// `name`, where one was given.
    pub name: Option<String>,
    /// `script`: commands for one shell.
    pub script: Vec<String>,
    /// `after-script`: commands for a shell of their own.
    pub after_script: Vec<String>,
    /// `max-time` of the step, else that of `options`, in minutes.
    pub max_minutes: Option<u32>,
    /// `deployment`: the environment's name.
    pub deployment: Option<String>,
    /// Set where `oidc` asks for a token.
    pub oidc: Option<Oidc>,
    /// `clone`, the step's own over that of the whole file.
    pub clone: CloneSettings,
    /// The line of its `step` key, from 1.
    pub line: u32,
}

/// Where a step stands, for the rules that depend on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Within {
    /// The pipeline's own list; whether it is its first element.
    Pipeline {
        first: bool,
    },
    Parallel,
    Stage,
}

/// What `options` and `clone` say for every step.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Defaults {
    pub max_minutes: Option<u32>,
    pub clone: CloneSettings,
}

/// Reads the value of a `step` key. A step that cannot run comes back as far as it could be read,
/// with findings that say so.
pub(super) fn read(
    at: &Cursor<'_>,
    within: Within,
    given: Defaults,
    found: &mut Findings<'_>,
) -> Step {
    let Defaults { max_minutes, clone: of_the_file } = given;
    let line = at.key_place().line;
    let mut step = Step { max_minutes, clone: of_the_file, line, ..Step::default() };
    let fields = at.entries(found);
    let mut kind = Kind::Inline;
    for field in &fields {
        match field.key() {
            "name" => step.name = field.text(found),
            "script" => step.script = script::read(field, found),
            "after-script" => step.after_script = script::read(field, found),
            "max-time" => step.max_minutes = max_time(field, found).or(given.max_minutes),
            "deployment" => step.deployment = field.text(found),
            "oidc" => step.oidc = oidc(field, found),
            "clone" => step.clone = clone(field, of_the_file, found),
            "trigger" => trigger(field, within, found),
            "type" => kind = step_type(field, found),
            "condition" if within == Within::Stage => {
                let sentence = "A step within stage can't contain a condition. \
                                Try defining a condition on a stage.";
                found.error_at(field.key_place(), field, sentence, None);
            }
            _ => note(field, keys::STEP, found),
        }
    }
    let has_script = fields.iter().any(|field| field.key() == "script");
    if !has_script && kind == Kind::Inline && matches!(at.node.value, Value::Map(_)) {
        missing(at, "step", "script", found);
    }
    step
}

/// A step runs its own script, or another pipeline.
#[derive(PartialEq)]
enum Kind {
    Inline,
    Child,
}

fn step_type(at: &Cursor<'_>, found: &mut Findings<'_>) -> Kind {
    match at.text(found).as_deref() {
        Some("pipeline") => {
            found.unsupported(at, "'type: pipeline'", "write the child pipeline's steps here");
            Kind::Child
        }
        Some("inline") | None => Kind::Inline,
        Some(other) => {
            let sentence = format!("The type '{other}' should be 'inline' or 'pipeline'.");
            found.error(at, &sentence, None);
            Kind::Inline
        }
    }
}

/// Bitbucket's sentence for a section without what it needs.
pub(super) fn missing(at: &Cursor<'_>, parent: &str, element: &str, found: &mut Findings<'_>) {
    let sentence = format!(
        "The {parent} section in your bitbucket-pipelines.yml file is missing a {element}. \
         Add the missing {element} to get this working."
    );
    found.error_at(at.key_place(), at, &sentence, None);
}

/// What becomes of a key that is not read for itself.
pub(super) fn note(at: &Cursor<'_>, table: Table, found: &mut Findings<'_>) {
    let key = at.key();
    match keys::meaning(table, key) {
        Some(Meaning::Followed) => {}
        Some(Meaning::Elsewhere(instead)) => {
            found.warning(at, format!("'{key}' is not followed: {instead}."), None);
        }
        Some(Meaning::Refused(fix)) => found.unsupported(at, &format!("'{key}'"), fix),
        None => unknown(at, &keys::names(table), found),
    }
}

/// Bitbucket tolerates keys that it does not know, so they only warn.
pub(super) fn unknown(at: &Cursor<'_>, known: &[&str], found: &mut Findings<'_>) {
    let message = format!("Bitbucket does not know the key '{}' here; it does nothing.", at.key());
    let fix = closest(at.key(), known).map(|meant| format!("perhaps '{meant}' was meant"));
    found.warning(at, message, fix.as_deref());
}

/// `max-time` in minutes.
pub(super) fn max_time(at: &Cursor<'_>, found: &mut Findings<'_>) -> Option<u32> {
    let minutes = match &at.node.value {
        Value::Number(spelling) => spelling.parse().ok(),
        Value::Null => {
            found.empty(at);
            return None;
        }
        _ => None,
    };
    let allowed = minutes.filter(|minutes| (1..=MAX_TIME_MINUTES_MAX).contains(minutes));
    if allowed.is_none() {
        let sentence =
            format!("'max-time' should be whole minutes from 1 to {MAX_TIME_MINUTES_MAX}.");
        found.error(at, &sentence, None);
    }
    allowed
}

/// `oidc: true` or `oidc: {audiences: […]}`; under `options` it only names audiences, for the steps
/// that ask for a token and name none.
pub(super) fn oidc(at: &Cursor<'_>, found: &mut Findings<'_>) -> Option<Oidc> {
    if !matches!(at.node.value, Value::Map(_)) {
        return at.boolean(found).unwrap_or(false).then(Oidc::default);
    }
    let mut oidc = Oidc::default();
    for field in at.entries(found) {
        match field.key() {
            "audiences" => oidc.audiences = audiences(&field, found),
            _ => unknown(&field, &["audiences"], found),
        }
    }
    Some(oidc)
}

fn audiences(at: &Cursor<'_>, found: &mut Findings<'_>) -> Vec<String> {
    let items = at.items(found);
    if items.len() > OIDC_AUDIENCES_MAX {
        let sentence = format!("{} audiences; {OIDC_AUDIENCES_MAX} are allowed.", items.len());
        found.error(at, &sentence, None);
    }
    let mut audiences = Vec::new();
    for item in &items {
        let Some(audience) = item.text(found) else { continue };
        if audience.is_empty() || audience.chars().count() > OIDC_AUDIENCE_CHARS_MAX {
            let sentence =
                format!("An audience should have 1 to {OIDC_AUDIENCE_CHARS_MAX} characters.");
            found.error(item, &sentence, None);
        }
        audiences.push(audience);
    }
    audiences
}

/// `clone`: over what is `given` for the whole file, field by field.
pub(super) fn clone(
    at: &Cursor<'_>,
    given: CloneSettings,
    found: &mut Findings<'_>,
) -> CloneSettings {
    let mut settings = given;
    for field in at.entries(found) {
        match field.key() {
            "enabled" => {
                settings.nothing = field.boolean(found).map_or(given.nothing, |enabled| !enabled);
            }
            "lfs" => settings.lfs = field.boolean(found).unwrap_or(given.lfs),
            "depth" => settings.depth = depth(&field, found).or(given.depth),
            _ => note(&field, keys::CLONE, found),
        }
    }
    settings
}

/// A number of commits, or `full`.
fn depth(at: &Cursor<'_>, found: &mut Findings<'_>) -> Option<Depth> {
    let depth = match &at.node.value {
        Value::Number(spelling) => spelling.parse().ok().map(Depth::Commits),
        Value::Text(text) if text == "full" => Some(Depth::Full),
        _ => None,
    };
    if depth.is_none() {
        found.error(at, "'depth' should be a whole number of commits from 1 on, or 'full'.", None);
    }
    depth
}

fn trigger(at: &Cursor<'_>, within: Within, found: &mut Findings<'_>) {
    match (at.text(found).as_deref(), within) {
        (_, Within::Parallel) => {
            found.error_at(
                at.key_place(),
                at,
                "Unexpected property 'trigger' in parallel step",
                None,
            );
        }
        (Some("manual"), Within::Stage) => {
            let sentence = "A step within stage can't contain a manual trigger. \
                            Try defining a manual trigger on a stage.";
            found.error(at, sentence, None);
        }
        (Some("manual"), Within::Pipeline { first: true }) => {
            found.error(at, "The first step of a pipeline can't be manually triggered", None);
        }
        (Some("manual"), Within::Pipeline { .. }) => {
            let fix = "move the steps from here on into a pipeline of their own";
            found.unsupported(at, "'trigger: manual'", fix);
        }
        (Some("automatic") | None, _) => {}
        (Some(other), _) => {
            let sentence = format!("The trigger '{other}' should be 'automatic' or 'manual'.");
            found.error(at, &sentence, None);
        }
    }
}
