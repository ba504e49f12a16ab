//! Names as parts of a URL's path: what may stand there, and how it is written.

use crate::Error;
use domain::forge_event::GitRef;
use domain::{CommitSha, RepositoryName};
use std::ops::RangeInclusive;
use url::Url;

/// The parts of a repository's name, if there are as many as the forge has and each could be one.
/// `form` is what a right name looks like, for people.
pub(crate) fn parts<'a>(
    name: &'a RepositoryName,
    count: RangeInclusive<usize>,
    form: &str,
) -> Result<Vec<&'a str>, Error> {
    let parts: Vec<_> = name.as_str().split('/').collect();
    if count.contains(&parts.len()) && parts.iter().all(|it| is_plain(it)) {
        return Ok(parts);
    }
    Err(Error::NotFound { what: format!("repository '{name}' (not of the form {form})") })
}

/// A place of a repository below the address of its forge.
pub(crate) fn below(web: &Url, path: &str, name: &RepositoryName) -> Result<Url, Error> {
    web.join(path).map_err(|_| Error::NotFound { what: format!("repository {name}") })
}

/// Letters, digits and a few marks, none of which leads out of its place in a path.
fn is_plain(part: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    !part.is_empty() && part.bytes().all(plain) && part != "." && part != ".."
}

/// A ref that git would take, so that no path is made of anything else.
pub(crate) fn check_ref(git_ref: &GitRef, what: &str) -> Result<(), Error> {
    let rejected = |error: domain::forge_event::RefError| Error::Rejected {
        what: what.to_owned(),
        message: error.to_string(),
    };
    git_ref.check().map_err(rejected)
}

/// A commit's status as errors name it, if the commit could be one: no path is made of anything else.
pub(crate) fn status_of(commit: &CommitSha, repository: &RepositoryName) -> Result<String, Error> {
    let what = format!("the status of {commit} in {repository}");
    if commit.is_valid() { Ok(what) } else { Err(Error::NotFound { what }) }
}

/// A text as one segment of a path or one value of a query: whatever else stands there, even a
/// slash, is written as `%XX`.
pub(crate) fn segment(text: &str) -> String {
    percent(text, b"-_.~")
}

/// A text as a path: slashes stay.
pub(crate) fn path(text: &str) -> String {
    percent(text, b"-_.~/")
}

fn percent(text: &str, kept: &[u8]) -> String {
    let written = text.bytes().map(|b| match b {
        b if b.is_ascii_alphanumeric() || kept.contains(&b) => char::from(b).to_string(),
        b => format!("%{b:02X}"),
    });
    written.collect()
}

/// A numeric id that a forge gave; anything else would be a path of its own.
pub(crate) fn number(id: &str, what: &str) -> Result<u64, Error> {
    id.parse().map_err(|_| Error::NotFound { what: format!("{what} {id:?}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_as_many_plain_parts_as_its_forge_gives_it() {
        let check = |name: &str, count, expect: bool| {
            assert_eq!(parts(&name.into(), count, "owner/name").is_ok(), expect, "{name}");
        };
        for good in ["ada/engine", "a-b/c.d_e", "~ada/engine"] {
            check(good, 2..=2, true);
        }
        for wrong in [
            "", "ada", "ada/", "/engine", "a/b/c", "../x", "a/..", "a b/c", "a/b?x", "a/b#",
            "a/%2e",
        ] {
            check(wrong, 2..=2, false);
        }
        check("group/sub/sub/project", 2..=20, true);
        check("group//project", 2..=20, false);
    }

    #[test]
    fn what_a_path_cannot_hold_is_written_out() {
        assert_eq!(path("feature/x"), "feature/x");
        assert_eq!(path("v1#2%ä"), "v1%232%25%C3%A4");
        assert_eq!(segment("group/sub/project"), "group%2Fsub%2Fproject");
        assert_eq!(number("12", "hook").ok(), Some(12));
        assert!(number("../1", "hook").is_err());
    }
}
