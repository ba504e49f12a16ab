//! A `bitbucket-pipelines.yml` as values: its pipelines with their steps, and everything there is
//! to say about the text. Which pipeline an event starts is left to `select`.

use super::cursor::{Cursor, Findings};
use super::definitions;
use super::elements;
use super::glob::Pattern;
use super::keys::{self, Meaning};
use super::step::{self, Defaults, Step};
use crate::diagnostic::{Diagnostic, Place, Severity, Source, closest};
use crate::document::{self, Node, Unreadable, Value};
use crate::first_document;
use crate::limits::FILE_BYTES_MAX;
use std::fmt;

/// A file that was read, rightly or not: `diagnostics` and those of its pipelines say which.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// Its pipelines in the order of the text.
    pub pipelines: Vec<Pipeline>,
    /// Audiences of the tokens of steps that name none: those of `options`.
    pub audiences: Vec<String>,
    /// What is wrong outside of any pipeline; it concerns them all.
    pub diagnostics: Vec<Diagnostic>,
}

/// One pipeline of the file.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// The section it stands in and the name it has there.
    pub start: Start,
    /// The line of its key, from 1.
    pub line: u32,
    /// Its steps; those in groups are not among them, for a group is not run yet.
    pub steps: Vec<Step>,
    /// What is wrong in it.
    pub diagnostics: Vec<Diagnostic>,
}

/// What starts a pipeline; shown as `default`, `branches/main`, `custom/nightly`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// `default`: a push to a branch that no pattern of `branches` matches.
    Default,
    /// A push to a branch.
    Branches(Pattern),
    /// A push of a tag.
    Tags(Pattern),
    /// A pull request whose source branch matches.
    PullRequests(String),
    /// A person, a schedule or a trigger, by name.
    Custom(String),
}

impl fmt::Display for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Branches(pattern) => write!(f, "branches/{pattern}"),
            Self::Tags(pattern) => write!(f, "tags/{pattern}"),
            Self::PullRequests(pattern) => write!(f, "pull-requests/{pattern}"),
            Self::Custom(name) => write!(f, "custom/{name}"),
        }
    }
}

impl File {
    /// Reads a file. It never fails: what could not be read is a diagnostic.
    pub fn read(source: Source<'_>) -> Self {
        match document::parse(source.text) {
            Ok(tree) => {
                let reader = Reader { found: Findings::new(source), file: Self::default() };
                let mut file = reader.read(&tree);
                file.diagnostics.extend(second_document(source));
                file
            }
            Err(why) => Self { diagnostics: vec![unreadable(source, why)], ..Self::default() },
        }
    }

    /// Everything there is to say about the file, in the order of its lines.
    pub fn all_diagnostics(&self) -> Vec<Diagnostic> {
        let of_pipelines = self.pipelines.iter().flat_map(|pipeline| &pipeline.diagnostics);
        let mut all: Vec<Diagnostic> =
            self.diagnostics.iter().chain(of_pipelines).cloned().collect();
        all.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
        // Two pipelines that share an anchor say the same about it.
        all.dedup_by(|a, b| (a.line, a.column, a.severity) == (b.line, b.column, b.severity));
        all
    }

    /// What makes the text wrong; Bitbucket would run no pipeline of such a file.
    pub fn errors(&self) -> Vec<Diagnostic> {
        let mut all = self.all_diagnostics();
        all.retain(|diagnostic| diagnostic.severity == Severity::Error);
        all
    }
}

/// What would start a second document, and would be left unread.
fn second_document(source: Source<'_>) -> Option<Diagnostic> {
    let place = first_document::second_document(source.text)?;
    let (said, fix) = (first_document::SECOND_DOCUMENT, first_document::ONE_DOCUMENT);
    Some(source.diagnostic(Severity::Error, place, said.to_owned(), Some(fix.to_owned())))
}

/// A text that is no document, in Bitbucket's words as far as they are known.
fn unreadable(source: Source<'_>, why: Unreadable) -> Diagnostic {
    let (place, message, fix) = match why {
        Unreadable::TooLarge(bytes) => (
            Place::default(),
            format!("The file has {bytes} bytes; {FILE_BYTES_MAX} are allowed."),
            Some("move long scripts into files of the repository".to_owned()),
        ),
        Unreadable::Tabs(place) => (
            place,
            "The indentation in the bitbucket-pipelines.yml file is incorrect. \
             Correct the spacing and remove any tabs."
                .to_owned(),
            Some("indent with spaces only".to_owned()),
        ),
        Unreadable::Wrong { place, met, fix } => (
            place,
            format!("Something is misconfigured in your bitbucket-pipelines.yml file: {met}."),
            fix,
        ),
    };
    source.diagnostic(Severity::Error, place, message, fix)
}

struct Reader<'s> {
    found: Findings<'s>,
    file: File,
}

impl Reader<'_> {
    fn read(mut self, tree: &Node) -> File {
        let root = Cursor::root(tree);
        let entries = root.entries(&mut self.found);
        let given = self.options(&entries);
        for entry in &entries {
            self.root_key(entry, given);
        }
        let only_exports = entries.iter().any(|entry| {
            entry.key() == "definitions" && entry.fields().iter().any(|f| f.key() == "pipelines")
        });
        let has_pipelines = entries.iter().any(|entry| entry.key() == "pipelines");
        if !has_pipelines && !only_exports && matches!(tree.value, Value::Map(_)) {
            step::missing(&root, "root", "pipelines section", &mut self.found);
        }
        self.file.diagnostics.extend(self.found.take());
        self.file
    }

    /// What holds for every step comes first, wherever in the text it stands.
    fn options(&mut self, entries: &[Cursor<'_>]) -> Defaults {
        let mut given = Defaults::default();
        if let Some(clone) = entries.iter().find(|entry| entry.key() == "clone") {
            given.clone = step::clone(clone, given.clone, &mut self.found);
        }
        let Some(options) = entries.iter().find(|entry| entry.key() == "options") else {
            return given;
        };
        for field in options.entries(&mut self.found) {
            match field.key() {
                "max-time" => given.max_minutes = step::max_time(&field, &mut self.found),
                "docker" => {
                    if field.boolean(&mut self.found) == Some(true) {
                        let fix = "use the Docker of this machine in the script";
                        self.found.unsupported(&field, "'docker: true'", fix);
                    }
                }
                "oidc" => {
                    let oidc = step::oidc(&field, &mut self.found);
                    self.file.audiences = oidc.unwrap_or_default().audiences;
                }
                _ => step::note(&field, keys::OPTIONS, &mut self.found),
            }
        }
        given
    }

    fn root_key(&mut self, entry: &Cursor<'_>, given: Defaults) {
        match (entry.key(), keys::meaning(keys::ROOT, entry.key())) {
            ("pipelines", _) => self.sections(entry, given),
            ("definitions", _) => definitions::check(entry, &mut self.found),
            (_, Some(Meaning::Followed)) => {}
            (_, Some(_)) => step::note(entry, keys::ROOT, &mut self.found),
            // A key of one's own holds anchors; only one that looks like a slip is worth a word.
            (key, None) if closest(key, &keys::names(keys::ROOT)).is_some() => {
                step::note(entry, keys::ROOT, &mut self.found);
            }
            (_, None) => {}
        }
    }

    fn sections(&mut self, pipelines: &Cursor<'_>, given: Defaults) {
        let sections = pipelines.entries(&mut self.found);
        if sections.is_empty() && matches!(pipelines.node.value, Value::Map(_)) {
            self.found.empty(pipelines);
        }
        for section in sections {
            match section.key() {
                "default" => self.pipeline(&section, Start::Default, given),
                "branches" => self.patterns(&section, Start::Branches, given),
                "tags" => self.patterns(&section, Start::Tags, given),
                "pull-requests" => self.pull_requests(&section, given),
                "custom" => {
                    for named in section.entries(&mut self.found) {
                        self.pipeline(&named, Start::Custom(named.key().to_owned()), given);
                    }
                }
                _ => step::note(&section, keys::PIPELINES, &mut self.found),
            }
        }
    }

    fn patterns(&mut self, section: &Cursor<'_>, start: fn(Pattern) -> Start, given: Defaults) {
        for named in section.entries(&mut self.found) {
            match Pattern::parse(named.key()) {
                Ok(pattern) => {
                    if let Some(c) = pattern.impossible() {
                        let message = format!(
                            "'{pattern}' never matches: git allows no '{c}' in a name, and patterns \
                             have no other meaning for it."
                        );
                        let fix = "write alternatives as {a,b}";
                        self.found.warning(&named, message, Some(fix));
                    }
                    self.pipeline(&named, start(pattern), given);
                }
                Err(error) => {
                    self.found.error_at(named.key_place(), &named, &error.to_string(), None);
                }
            }
        }
    }

    /// By source branch, or by source branch and destination.
    fn pull_requests(&mut self, section: &Cursor<'_>, given: Defaults) {
        for named in section.entries(&mut self.found) {
            let fields = named.fields();
            let Some(destinations) = fields.iter().find(|field| field.key() == "destinations")
            else {
                self.pipeline(&named, Start::PullRequests(named.key().to_owned()), given);
                continue;
            };
            for to in destinations.entries(&mut self.found) {
                let name = format!("{}:{}", named.key(), to.key());
                self.pipeline(&to, Start::PullRequests(name), given);
            }
        }
    }

    /// Reads one pipeline, with findings of its own.
    fn pipeline(&mut self, at: &Cursor<'_>, start: Start, given: Defaults) {
        self.file.diagnostics.extend(self.found.take());
        let steps = elements::read(at, given, &mut self.found);
        let diagnostics = self.found.take();
        let line = at.key_place().line;
        self.file.pipelines.push(Pipeline { start, line, steps, diagnostics });
    }
}
