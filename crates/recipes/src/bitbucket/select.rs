//! Which pipeline of a file an event starts, and why: at most one for a push.

use super::file::{File, Pipeline, Start};
use super::glob::{Pattern, Specificity};

/// What a pipeline is wanted for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A push to a branch.
    Branch(String),
    /// A push of a tag.
    Tag(String),
}

/// The pipeline that runs, and the sentence that says why it does.
#[derive(Clone, Debug)]
pub struct Selected<'f> {
    /// The pipeline.
    pub pipeline: &'f Pipeline,
    /// Why this one, for people.
    pub reason: String,
}

/// Why no pipeline runs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSelected {
    /// The event starts nothing; the sentence says why.
    #[error("{0}")]
    Nothing(String),
    /// A pipeline was wanted by a name that the file does not have.
    #[error("the file has no pipeline '{name}'; it has {}", .known.join(", "))]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
}

/// The pipeline that an event starts: for a branch the narrowest match under `branches`, else
/// `default`; for a tag the narrowest match under `tags`, never `default`.
pub fn select<'f>(file: &'f File, event: &Event) -> Result<Selected<'f>, NotSelected> {
    match event {
        Event::Branch(branch) => narrowest(file, "branches", branch, |start| match start {
            Start::Branches(pattern) => Some(pattern),
            _ => None,
        })
        .map_or_else(|| default(file, branch), Ok),
        Event::Tag(tag) => narrowest(file, "tags", tag, |start| match start {
            Start::Tags(pattern) => Some(pattern),
            _ => None,
        })
        .ok_or_else(|| {
            let why =
                format!("no pattern under 'tags' matches '{tag}', and 'default' is never for tags");
            NotSelected::Nothing(why)
        }),
    }
}

/// The pipeline of a name as the file's sections give it: `default`, `branches/main`.
pub fn named<'f>(file: &'f File, name: &str) -> Result<Selected<'f>, NotSelected> {
    let found = file.pipelines.iter().find(|pipeline| pipeline.start.to_string() == name);
    let reason = format!("'{name}' was asked for by name");
    found.map(|pipeline| Selected { pipeline, reason }).ok_or_else(|| {
        let known = file.pipelines.iter().map(|pipeline| pipeline.start.to_string()).collect();
        NotSelected::Unknown { name: name.to_owned(), known }
    })
}

/// A pipeline, its pattern, and how narrowly that matched.
type Candidate<'f> = (&'f Pipeline, &'f Pattern, Specificity);

fn narrowest<'f>(
    file: &'f File,
    section: &str,
    name: &str,
    pattern: fn(&Start) -> Option<&Pattern>,
) -> Option<Selected<'f>> {
    let candidate = |pipeline: &'f Pipeline| -> Option<Candidate<'f>> {
        let pattern = pattern(&pipeline.start)?;
        pattern.matches(name).map(|specificity| (pipeline, pattern, specificity))
    };
    let mut candidates: Vec<Candidate<'_>> = file.pipelines.iter().filter_map(candidate).collect();
    // A stable sort: of two that match equally narrowly the first in the file is taken.
    candidates.sort_by_key(|(_, _, specificity)| std::cmp::Reverse(*specificity));
    let ((pipeline, pattern, specificity), others) = candidates.split_first()?;
    let mut reason = match specificity.is_exact() && pattern.as_str() == name {
        true => format!("{section}: '{pattern}' is the name itself"),
        false => format!("{section}: '{pattern}' matches"),
    };
    if !others.is_empty() {
        let others: Vec<String> = others.iter().map(|(_, other, _)| format!("'{other}'")).collect();
        reason += &format!(", more narrowly than {}", others.join(" and "));
    }
    Some(Selected { pipeline, reason })
}

fn default<'f>(file: &'f File, branch: &str) -> Result<Selected<'f>, NotSelected> {
    let has_branches = file.pipelines.iter().any(|p| matches!(p.start, Start::Branches(_)));
    let no_match = match has_branches {
        true => format!("no pattern under 'branches' matches '{branch}'"),
        false => "there is no pipeline under 'branches'".to_owned(),
    };
    match file.pipelines.iter().find(|pipeline| pipeline.start == Start::Default) {
        Some(pipeline) => Ok(Selected { pipeline, reason: format!("default: {no_match}") }),
        None => Err(NotSelected::Nothing(format!("{no_match}, and there is no 'default'"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Source;

    const FILE: &str = "\
pipelines:
  default: [{step: {script: [a]}}]
  branches:
    '**': [{step: {script: [a]}}]
    feature/*: [{step: {script: [a]}}]
    feature/bb-*: [{step: {script: [a]}}]
    feature/bb-123-*: [{step: {script: [a]}}]
    feature/bb-123-x: [{step: {script: [a]}}]
  tags:
    v*: [{step: {script: [a]}}]
  custom:
    nightly: [{step: {script: [a]}}]
";
    const ONLY_MAIN: &str = "pipelines: {branches: {main: [{step: {script: [a]}}]}}";
    const ONLY_DEFAULT: &str = "pipelines: {default: [{step: {script: [a]}}]}";

    fn check(text: &str, event: Event, expect: &str) {
        let file = File::read(Source { name: "f.yml", text });
        let said = match select(&file, &event) {
            Ok(selected) => format!("{} ({})", selected.pipeline.start, selected.reason),
            Err(nothing) => format!("nothing ({nothing})"),
        };
        assert_eq!(said, expect);
    }

    #[test]
    fn the_narrowest_pattern_is_chosen_and_says_why() {
        let branch = |name: &str| Event::Branch(name.to_owned());
        check(FILE, branch("main"), "branches/** (branches: '**' matches)");
        check(
            FILE,
            branch("feature/bb-123-x"),
            "branches/feature/bb-123-x (branches: 'feature/bb-123-x' is the name itself, more \
             narrowly than 'feature/bb-123-*' and 'feature/bb-*' and 'feature/*' and '**')",
        );
        check(
            FILE,
            branch("feature/bb-9"),
            "branches/feature/bb-* (branches: 'feature/bb-*' matches, more narrowly than \
             'feature/*' and '**')",
        );
        check(
            ONLY_MAIN,
            branch("dev"),
            "nothing (no pattern under 'branches' matches 'dev', and there is no 'default')",
        );
        check(
            ONLY_DEFAULT,
            branch("dev"),
            "default (default: there is no pipeline under 'branches')",
        );
    }

    #[test]
    fn default_is_never_for_tags() {
        let tag = |name: &str| Event::Tag(name.to_owned());
        check(FILE, tag("v1"), "tags/v* (tags: 'v*' matches)");
        let nothing =
            "nothing (no pattern under 'tags' matches 'x', and 'default' is never for tags)";
        check(FILE, tag("x"), nothing);
        check(ONLY_DEFAULT, tag("x"), nothing);
    }

    #[test]
    fn a_pipeline_can_be_had_by_name() {
        let file = File::read(Source { name: "f.yml", text: FILE });
        assert!(named(&file, "branches/feature/*").is_ok());
        assert!(named(&file, "custom/nightly").is_ok());
        let error = named(&file, "nightly").unwrap_err().to_string();
        assert!(
            error.starts_with("the file has no pipeline 'nightly'; it has default, branches/**,")
        );
    }
}
