//! What a list of objects asks for, read in bounded looks: what was put and what pipelines left, as one.

use store::{ArtifactRow, BucketRow, ObjectRow, Query, View};

use crate::limits::{LISTED_OBJECTS_MAX, LISTING_LOOKS_MAX};
use crate::s3::content::Found;

/// What a list asks for.
pub(super) struct Asked<'a> {
    pub(super) prefix: &'a str,
    pub(super) delimiter: &'a str,
    pub(super) after: &'a str,
    pub(super) most: usize,
}

/// What it comes to.
#[derive(Default)]
pub(super) struct Listed {
    pub(super) found: Vec<Found>,
    pub(super) prefixes: Vec<String>,
    /// The last key or prefix, where there is more.
    pub(super) next: Option<String>,
}

/// Behind every key; a key has at most 1,024 bytes.
const END: &str = "\u{10ffff}\u{10ffff}\u{10ffff}\u{10ffff}";

/// The least text above all that begin with this one.
pub(in crate::s3) fn above(text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    while let Some(last) = letters.pop() {
        let next = (u32::from(last) + 1..=0x10_ffff).find_map(char::from_u32);
        if let Some(next) = next {
            letters.push(next);
            return letters.into_iter().collect();
        }
    }
    END.to_owned()
}

/// The least key above this one: no key has a NUL.
pub(in crate::s3) fn behind(key: &str) -> String {
    format!("{key}\u{1}")
}

/// The common prefix that a key folds into.
pub(in crate::s3) fn folded<'k>(prefix: &str, delimiter: &str, key: &'k str) -> Option<&'k str> {
    let rest = key.strip_prefix(prefix).filter(|_| !delimiter.is_empty())?;
    let at = rest.find(delimiter)?;
    Some(&key[..prefix.len() + at + delimiter.len()])
}

impl Asked<'_> {
    /// Where to begin: behind `after`, and behind all of the common prefix that it lies in.
    fn start(&self, after: &str) -> String {
        let start = match self.folded(after) {
            Some(prefix) => above(prefix),
            None if after.is_empty() => String::new(),
            None => behind(after),
        };
        start.max(self.prefix.to_owned())
    }

    fn folded<'k>(&self, key: &'k str) -> Option<&'k str> {
        folded(self.prefix, self.delimiter, key)
    }

    /// Lists as far as was seen; `Err` with what to look at next.
    pub(super) fn list(&self, row: &BucketRow, seen: &View) -> Result<Listed, [Query; 2]> {
        let (mut listed, mut after, end) =
            (Listed::default(), self.after.to_owned(), above(self.prefix));
        if self.most == 0 {
            return Ok(listed);
        }
        for _ in 0..LISTING_LOOKS_MAX {
            let queries = look(row, &self.start(&after), &end);
            if queries.iter().any(|query| !seen.has(&query.clone().into())) {
                return Err(queries);
            }
            let (page, whole) = merged(&queries, seen);
            let Some(last) = page.last().map(|found| found.key.clone()) else { return Ok(listed) };
            if self.take(page, &mut listed) || whole {
                return Ok(listed);
            }
            // What was listed, never where the next look begins: a key may lie there.
            after = self.folded(&last).unwrap_or(&last).to_owned();
        }
        listed.next = Some(after);
        Ok(listed)
    }

    /// Takes a page in; true where the list is full and there is more.
    fn take(&self, page: Vec<Found>, listed: &mut Listed) -> bool {
        for found in page.into_iter().filter(|found| !found.marker) {
            let prefix = self.folded(&found.key).map(str::to_owned);
            if prefix.is_some() && prefix.as_ref() == listed.prefixes.last() {
                continue;
            }
            if listed.found.len() + listed.prefixes.len() == self.most {
                listed.next = last(listed);
                return true;
            }
            match prefix {
                Some(prefix) => listed.prefixes.push(prefix),
                None => listed.found.push(found),
            }
        }
        false
    }
}

fn last(listed: &Listed) -> Option<String> {
    let key = listed.found.last().map(|found| found.key.clone());
    key.max(listed.prefixes.last().cloned())
}

fn look(row: &BucketRow, from: &str, end: &str) -> [Query; 2] {
    [
        ObjectRow::between(&row.name, from, end, PAGE),
        ArtifactRow::between(&row.account, &row.name, from, end, PAGE),
    ]
}

/// One look's rows of each kind: a full list and the one that shows that there is more.
const PAGE: i64 = LISTED_OBJECTS_MAX as i64 + 1;

/// Both lists as one, as far as both are known; whether that is to their end.
fn merged(queries: &[Query; 2], seen: &View) -> (Vec<Found>, bool) {
    let objects: Vec<Found> =
        seen.list::<ObjectRow>(&queries[0]).into_iter().map(Found::from).collect();
    let left: Vec<Found> =
        seen.list::<ArtifactRow>(&queries[1]).into_iter().map(Found::from).collect();
    let full = |list: &[Found]| {
        (list.len() as i64 == PAGE).then(|| list.last().map(|it| it.key.clone())).flatten()
    };
    let horizon = [full(&objects), full(&left)].into_iter().flatten().min();
    let mut all: Vec<Found> = objects.into_iter().chain(left).collect();
    all.sort_by(|one, other| one.key.cmp(&other.key));
    all.dedup_by(|other, one| one.key == other.key);
    all.retain(|found| horizon.as_ref().is_none_or(|horizon| found.key <= *horizon));
    (all, horizon.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_lie_right_above() {
        assert_eq!(above("a/"), "a0");
        assert_eq!(above("\u{d7ff}"), "\u{e000}");
        assert_eq!(above("a\u{10ffff}"), "b");
        assert_eq!(above(""), END);
        assert!(behind("a").as_str() > "a" && behind("a").as_str() <= "a\u{1}");
    }

    #[test]
    fn a_list_begins_behind_what_it_comes_after() {
        fn start(prefix: &str, delimiter: &str, after: &str) -> String {
            Asked { prefix, delimiter, after, most: 1 }.start(after)
        }
        assert_eq!(start("", "", ""), "");
        assert_eq!(start("p/", "", ""), "p/");
        assert_eq!(start("p/", "", "a"), "p/");
        assert_eq!(start("", "/", "a/"), "a0");
        assert_eq!(start("", "/", "a/x"), "a0");
        assert_eq!(start("p/", "/", "p/x"), "p/x\u{1}");
    }
}
