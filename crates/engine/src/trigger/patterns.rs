//! The patterns of one criterion of a filter: includes and excludes.

use domain::forge_event::ChangedFiles;
use domain::glob::Pattern;
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
    fn judge(&self, name: &str) -> Judged<'_> {
        let first = |patterns: &'_ [Pattern]| patterns.iter().position(|it| it.matches(name));
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
    let rule = match Patterns::read(filter, criteria)?.judge(&name) {
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

/// What the changed files say to a filter that `pattern` let the branch through. Each file is
/// judged alone; one that is let in is enough.
pub(super) fn include_file(
    filter: FilterPlace,
    pattern: String,
    criteria: &GitFilterCriteria,
    files: Option<&ChangedFiles>,
) -> Result<StartRule, Held> {
    let files = match files {
        None => return Err(Held::ForFiles),
        Some(ChangedFiles::Unknown(why)) => {
            return Ok(StartRule::FilesUnknown { filter, pattern, why: why.clone() });
        }
        Some(ChangedFiles::Known(files)) => files,
    };
    let (patterns, mut excluded_by) = (Patterns::read(&filter, criteria)?, BTreeSet::new());
    for file in files {
        match patterns.judge(file) {
            Judged::Included(by) => {
                let (file, file_pattern) = (file.clone(), by.to_owned());
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
