//! One file of a commit, without a working copy.

use super::Mirror;
use crate::git::{GitCommand, GitError};
use domain::CommitSha;

/// Why a path of a commit gives no text.
#[derive(Debug, thiserror::Error)]
pub enum NoFile {
    /// Nothing is there.
    #[error("there is no such file")]
    Missing,
    /// A link names a place, perhaps outside of the repository; it is not followed.
    #[error("it is a symbolic link to {target}, which is not followed: put the file itself there")]
    Link {
        /// The place, as the link says it.
        target: String,
    },
    /// A folder or a submodule.
    #[error("it is no file")]
    Other,
    /// More than is read.
    #[error("it has {bytes} bytes; {bytes_max} are allowed")]
    TooLarge {
        /// What it has.
        bytes: u64,
        /// What is allowed.
        bytes_max: u64,
    },
    /// Git did not give it.
    #[error(transparent)]
    Git(#[from] GitError),
}

impl Mirror {
    /// The content of the file at a path from the top of a commit that the mirror holds, at most
    /// `bytes_max` of it (and no more than a megabyte, what is read of anything that git prints).
    ///
    /// # Errors
    /// [`NoFile`].
    pub async fn file(
        &self,
        commit: &CommitSha,
        path: &str,
        bytes_max: u64,
    ) -> Result<Vec<u8>, NoFile> {
        self.must_hold(commit)?;
        // Literally: no character of the path is a pattern or a magic word.
        let listing = ["--literal-pathspecs", "ls-tree", "-z", "-l", "--full-tree"];
        let listing = GitCommand::at(&self.path, listing);
        let listing = listing.args([commit.as_str(), "--", path]);
        let listed = self.mend(listing.run().await).await?;
        let Entry { object, bytes, is_link } = entry(&String::from_utf8_lossy(&listed), path)?;
        if bytes > bytes_max {
            return Err(NoFile::TooLarge { bytes, bytes_max });
        }
        let command = GitCommand::at(&self.path, ["cat-file", "blob", &object]);
        let content = self.mend(command.run().await).await?;
        match is_link {
            true => Err(NoFile::Link { target: String::from_utf8_lossy(&content).into_owned() }),
            false => Ok(content),
        }
    }
}

/// A file or a link of a tree.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    object: String,
    bytes: u64,
    is_link: bool,
}

/// `100644 blob <hash>    <bytes>\t<path>\0`, git's long listing of a tree: the object and its size.
fn entry(listing: &str, path: &str) -> Result<Entry, NoFile> {
    let entries = listing.split('\0').filter_map(|line| line.split_once('\t'));
    let found = entries.filter(|(_, name)| *name == path).map(|(about, _)| about).next();
    let mut words = found.ok_or(NoFile::Missing)?.split_whitespace();
    let (mode, _, object) = (words.next(), words.next(), words.next());
    match (mode, object, words.next().and_then(|bytes| bytes.parse().ok())) {
        (Some(mode @ ("100644" | "100755" | "120000")), Some(object), Some(bytes)) => {
            Ok(Entry { object: object.to_owned(), bytes, is_link: mode == "120000" })
        }
        _ => Err(NoFile::Other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_a_file_of_that_very_path_and_nothing_else() {
        fn check(mode: &str, name: &str, is_link: Option<bool>) {
            let listing = format!("{mode} blob abc      12\t{name}\0");
            let found = entry(&listing, "a/b.yml").ok();
            let expect =
                is_link.map(|is_link| Entry { object: "abc".to_owned(), bytes: 12, is_link });
            assert_eq!(found, expect, "{mode} {name}");
        }
        check("100644", "a/b.yml", Some(false));
        check("100755", "a/b.yml", Some(false));
        check("120000", "a/b.yml", Some(true));
        check("040000", "a/b.yml", None);
        check("160000", "a/b.yml", None);
        check("100644", "a/c.yml", None);
        assert!(matches!(entry("", "a"), Err(NoFile::Missing)));
    }
}
