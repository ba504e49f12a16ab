//! The patterns of one criterion of a filter: includes and excludes.

use domain::forge_event::{ChangedFiles, FilesUnknown};
use domain::glob::{Classes, Pattern};
use domain::pipeline::GitFilterCriteria;
use domain::reason::{Criterion, FilterPlace, FilterRule, HoldRule, StartRule};
use std::collections::BTreeSet;

use super::Held;

/// Everything, for a criterion that only excludes.
const ALL: &str = "**";

/// A criterion that was read.
struct Patterns {
    includes: Option<Vec<Pattern>>,
    excludes: Vec<Pattern>,
}

/// What a criterion says of one name.
enum Judged<'a> {
    Included(&'a str),
    Excluded(&'a str),
    NotIncluded,
}

impl Patterns {
    fn read(filter: &FilterPlace, criteria: &GitFilterCriteria) -> Result<Self, HoldRule> {
        let read = |texts: &Vec<String>| -> Result<Vec<Pattern>, HoldRule> {
            let one = |text: &String| {
                Pattern::parse(text).map_err(|error| {
                    let (pattern, problem) = (text.clone(), error.to_string());
                    against(filter, FilterRule::PatternUnreadable { pattern, problem })
                })
            };
            texts.iter().map(one).collect()
        };
        let includes = criteria.includes.as_ref().map(read).transpose()?;
        let excludes = criteria.excludes.as_ref().map(read).transpose()?.unwrap_or_default();
        Ok(Self { includes, excludes })
    }

    /// Exclusion wins; no inclusion at all includes everything.
    fn judge(&self, is_matched: impl Fn(&Pattern) -> bool) -> Judged<'_> {
        let first = |patterns: &'_ [Pattern]| patterns.iter().position(&is_matched);
        if let Some(at) = first(&self.excludes) {
            return Judged::Excluded(self.excludes[at].as_str());
        }
        let Some(includes) = &self.includes else { return Judged::Included(ALL) };
        first(includes).map_or(Judged::NotIncluded, |at| Judged::Included(includes[at].as_str()))
    }
}

/// The pattern that lets the name of a branch or tag in.
pub(super) fn include(
    filter: &FilterPlace,
    criterion: Criterion,
    criteria: &GitFilterCriteria,
    name: &str,
) -> Result<String, HoldRule> {
    let name = name.to_owned();
    let rule = match Patterns::read(filter, criteria)?.judge(|it| it.matches(&name)) {
        Judged::Included(pattern) => return Ok(pattern.to_owned()),
        Judged::Excluded(pattern) => {
            let pattern = pattern.to_owned();
            FilterRule::Excluded { criterion, name, pattern }
        }
        Judged::NotIncluded => {
            let includes = criteria.includes.clone().unwrap_or_default();
            FilterRule::NotIncluded { criterion, name, includes }
        }
    };
    Err(against(filter, rule))
}

/// The changed files, as far as they are known, and which patterns of a trigger match them.
pub(super) enum Files<'a> {
    Unasked,
    Unknown(&'a FilesUnknown),
    Known { files: &'a [String], classes: Classes },
}

impl<'a> Files<'a> {
    /// Holds the files against the patterns of all filters at once. A pattern that cannot be read is
    /// its own filter's to tell of.
    pub(super) fn of<'b>(
        files: Option<&'a ChangedFiles>,
        criteria: impl Iterator<Item = &'b GitFilterCriteria>,
    ) -> Self {
        match files {
            None => Self::Unasked,
            Some(ChangedFiles::Unknown(why)) => Self::Unknown(why),
            Some(ChangedFiles::Known(files)) => {
                let texts =
                    criteria.flat_map(|it| it.includes.iter().chain(&it.excludes).flatten());
                let texts: BTreeSet<_> = texts.collect();
                let patterns: Vec<_> =
                    texts.into_iter().filter_map(|text| Pattern::parse(text).ok()).collect();
                let classes = Classes::of(&patterns, files.iter().map(String::as_str));
                Self::Known { files, classes }
            }
        }
    }
}

/// What the changed files say to a filter that `pattern` let the branch through. Each file is
/// judged alone, with those that the same patterns match; one that is let in is enough.
pub(super) fn include_file(
    filter: FilterPlace,
    pattern: String,
    criteria: &GitFilterCriteria,
    files: &Files<'_>,
) -> Result<StartRule, Held> {
    let (files, classes) = match files {
        Files::Unasked => return Err(Held::ForFiles),
        Files::Unknown(why) => {
            return Ok(StartRule::FilesUnknown { filter, pattern, why: (*why).clone() });
        }
        Files::Known { files, classes } => (files, classes),
    };
    let (patterns, mut excluded_by) = (Patterns::read(&filter, criteria)?, BTreeSet::new());
    for class in classes.iter() {
        match patterns.judge(|it| classes.is_matched(class, it)) {
            Judged::Included(by) => {
                let (file, file_pattern) = (files[class.first].clone(), by.to_owned());
                return Ok(StartRule::FileIncluded { filter, pattern, file, file_pattern });
            }
            Judged::Excluded(by) => drop(excluded_by.insert(by)),
            Judged::NotIncluded => {}
        }
    }
    let includes = criteria.includes.clone().unwrap_or_else(|| vec![ALL.to_owned()]);
    let excluded_by = excluded_by.into_iter().map(str::to_owned).collect();
    let rule = FilterRule::NoFileIncluded { files: files.len(), includes, excluded_by };
    Err(against(&filter, rule).into())
}

/// A rule of this filter.
pub(super) fn against(filter: &FilterPlace, rule: FilterRule) -> HoldRule {
    HoldRule::Filtered { filter: filter.clone(), rule }
}
