//! Names of branches, tags and paths as people write them where the own name is meant. A full ref, a
//! leading slash or a space is a slip: nothing would ever match it, and nobody would be told.

/// What somebody wrote in the place of a name of its own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Slip {
    /// The branch's full ref.
    #[error("write the branch's own name, {0}, without refs/heads/")]
    FullBranch(String),
    /// A tag's full ref where a tag is meant.
    #[error("write the tag's own name, {0}, without refs/tags/")]
    FullTag(String),
    /// A tag or no ref at all where a branch is meant.
    #[error("this is no branch: name one, and let a trigger filter on tags")]
    NoBranch,
    /// A branch where a tag is meant.
    #[error("this is no tag: name one, and filter on branches by branches")]
    NoTag,
    /// A character that no ref has.
    #[error("no control characters or spaces: no branch or tag has any in its name")]
    Space,
    /// A slash where no ref has one.
    #[error("no / at its ends: no branch or tag begins with one")]
    Slash,
    /// A path from somewhere else than the repository's top.
    #[error("write {0}: paths begin at the top of the repository, without / or ./")]
    NotFromTop(String),
}

/// Refuses what is no branch's own name, and no pattern of such names.
///
/// # Errors
/// What was written instead, and what would be right.
pub fn own_branch(text: &str) -> Result<(), Slip> {
    match text.strip_prefix("refs/heads/") {
        Some(name) => Err(Slip::FullBranch(name.to_owned())),
        None if text == "HEAD" || text.starts_with("refs/tags/") => Err(Slip::NoBranch),
        None => plain(text),
    }
}

/// Refuses what is no tag's own name, and no pattern of such names.
///
/// # Errors
/// What was written instead, and what would be right.
pub fn own_tag(text: &str) -> Result<(), Slip> {
    match text.strip_prefix("refs/tags/") {
        Some(name) => Err(Slip::FullTag(name.to_owned())),
        None if text.starts_with("refs/heads/") => Err(Slip::NoTag),
        None => plain(text),
    }
}

/// Refuses a path, or a pattern of paths, that does not begin at the repository's top.
///
/// # Errors
/// How it should be written.
pub fn own_path(text: &str) -> Result<(), Slip> {
    let own = text.trim_start_matches("./").trim_start_matches('/');
    if own == text { Ok(()) } else { Err(Slip::NotFromTop(own.to_owned())) }
}

fn plain(text: &str) -> Result<(), Slip> {
    if text.chars().any(|c| c == ' ' || c.is_control()) {
        return Err(Slip::Space);
    }
    if text.starts_with('/') { Err(Slip::Slash) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_name_is_asked_for_wherever_another_was_written() {
        fn check(refused: Result<(), Slip>, expect: &str) {
            let said = refused.expect_err(expect).to_string();
            assert!(said.contains(expect), "{said}");
        }
        check(own_branch("refs/heads/main"), "write the branch's own name, main,");
        check(own_branch("refs/tags/v1"), "no branch");
        check(own_branch("HEAD"), "no branch");
        check(own_branch(" main"), "spaces");
        check(own_branch("/main"), "no / at its ends");
        check(own_tag("refs/tags/v*"), "write the tag's own name, v*,");
        check(own_tag("refs/heads/main"), "no tag");
        check(own_path("/src/**"), "write src/**:");
        check(own_path("./src/**"), "write src/**:");
    }

    #[test]
    fn names_and_patterns_are_taken() {
        for name in ["main", "feature/*", "**", "refs", "a/refs/heads/b", "{main,next}"] {
            assert_eq!((own_branch(name), own_tag(name)), (Ok(()), Ok(())), "{name}");
        }
        for path in ["src/**", "a file", ".github/*", "**/*.rs", "..x"] {
            assert_eq!(own_path(path), Ok(()), "{path}");
        }
    }
}
