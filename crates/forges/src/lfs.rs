//! git LFS: what its server at the forge keeps, in place of the pointers in a working copy. It is asked
//! by its batch API, through the one guard; every file is held against its pointer while it comes.
//!
//! A forge may keep its files elsewhere. Then its answer brings what is to be shown there; our own
//! credential goes to the forge that it is for, and nowhere else. Where a repository names an LFS
//! server of its own (`.lfsconfig`), nobody goes there.

mod batch;
mod kept;
mod pointer;

pub use kept::Kept;
pub use pointer::{Pointer, PointersError, pointers};

use crate::limits::{LFS_BATCH_FILES, LFS_BYTES_MAX, LFS_FILE_BYTES_MAX, LFS_FILES_MAX};
use batch::Found;
use domain::Secret;
use egress::{Client, Failure, Url};
use std::time::Duration;

/// Why a file that LFS keeps cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum LfsError {
    /// The forge does not answer; trying again may help.
    #[error("the LFS server could not be reached: {0}")]
    Unreachable(String),
    /// It answers, and not with what was asked for.
    #[error("the LFS server does not give {what}: {why}")]
    Refused {
        /// What was asked for.
        what: String,
        /// Its answer.
        why: String,
    },
    /// The repository has moved.
    #[error("the LFS server redirects to another place, which is not followed")]
    Redirected,
    /// What came is not what the pointer says.
    #[error("{what} came as another file: {why}")]
    Mismatch {
        /// Which file.
        what: String,
        /// What differs.
        why: String,
    },
    /// There is too much.
    #[error("{what} has more than the {bytes_max} bytes that are fetched ({limit})")]
    TooLarge {
        /// The file, or all of them.
        what: String,
        /// How much.
        bytes_max: u64,
        /// The limit's name.
        limit: &'static str,
    },
    /// There are too many.
    #[error("LFS keeps more than {count_max} files of the commit (LFS_FILES_MAX)")]
    TooMany {
        /// The limit.
        count_max: usize,
    },
    /// It takes too long.
    #[error("{what} took longer than {seconds} s (limits.fetch_seconds_max)")]
    TimedOut {
        /// Which file.
        what: String,
        /// The limit.
        seconds: u64,
    },
    /// Programs of the repository's own would have to be run for it.
    #[error("{path} goes through an extension of git LFS, which is not run here")]
    Extension {
        /// The file.
        path: String,
    },
    /// This machine's own disk.
    #[error("LFS files could not be kept: {0}")]
    Folder(#[from] std::io::Error),
}

/// A repository's LFS server.
pub struct Lfs<'a> {
    /// By which it is asked.
    pub client: &'a Client,
    /// Where the repository is cloned from.
    pub clone_url: &'a Url,
    /// What git shows there.
    pub authorization: &'a Secret,
    /// For one file.
    pub file_time_max: Duration,
}

/// A file that is wanted, and where it stands in the repository.
pub type Wanted = (String, Pointer);

impl Lfs<'_> {
    /// Brings the files that are not kept yet.
    ///
    /// # Errors
    /// [`LfsError`], for the first that cannot be had.
    pub async fn bring(&self, wanted: &[Wanted], kept: &Kept) -> Result<(), LfsError> {
        check_size(wanted)?;
        let missing: Vec<_> = wanted.iter().filter(|(_, pointer)| !kept.has(pointer)).collect();
        for some in missing.chunks(LFS_BATCH_FILES) {
            let found = self.ask(some).await?;
            for wanted in some {
                self.download(wanted, &found, kept).await?;
            }
        }
        Ok(kept.forget_oldest(wanted)?)
    }

    async fn download(
        &self,
        (path, pointer): &Wanted,
        found: &[Found],
        kept: &Kept,
    ) -> Result<(), LfsError> {
        if kept.has(pointer) {
            return Ok(());
        }
        let what = named(path, pointer);
        let request = self.request(&what, pointer, found)?;
        let taking = async {
            let mut incoming = self.client.download(request).await.map_err(|it| told(&what, it))?;
            judge(&what, incoming.status.as_u16())?;
            let mut draft = kept.draft(pointer)?;
            loop {
                // One byte more than it has is read by nobody: the request says how many are taken.
                match incoming.piece().await {
                    Ok(Some(piece)) => draft.write(piece.as_ref())?,
                    Ok(None) => return draft.keep(&what),
                    Err(Failure::TooLarge { .. }) => {
                        let why = format!("it is longer than {} bytes", pointer.size);
                        return Err(LfsError::Mismatch { what: what.clone(), why });
                    }
                    Err(cause) => return Err(told(&what, cause)),
                }
            }
        };
        let seconds = self.file_time_max.as_secs();
        let timed_out = |_| LfsError::TimedOut { what: what.clone(), seconds };
        tokio::time::timeout(self.file_time_max, taking).await.map_err(timed_out)?
    }
}

fn check_size(wanted: &[Wanted]) -> Result<(), LfsError> {
    if wanted.len() > LFS_FILES_MAX {
        return Err(LfsError::TooMany { count_max: LFS_FILES_MAX });
    }
    if let Some((path, large)) = wanted.iter().find(|(_, it)| it.size > LFS_FILE_BYTES_MAX) {
        let (what, bytes_max) = (named(path, large), LFS_FILE_BYTES_MAX);
        return Err(LfsError::TooLarge { what, bytes_max, limit: "LFS_FILE_BYTES_MAX" });
    }
    let bytes = wanted.iter().try_fold(0_u64, |sum, (_, it)| sum.checked_add(it.size));
    if bytes.is_none_or(|bytes| bytes > LFS_BYTES_MAX) {
        let (what, bytes_max) = ("what LFS keeps of the commit".to_owned(), LFS_BYTES_MAX);
        return Err(LfsError::TooLarge { what, bytes_max, limit: "LFS_BYTES_MAX" });
    }
    Ok(())
}

/// For messages: people know the file by its path, the server by its hash.
fn named(path: &str, pointer: &Pointer) -> String {
    format!("{path} (LFS object {})", pointer.oid)
}

/// Why nothing came of a request; the guard's own word is final.
fn told(what: &str, cause: Failure) -> LfsError {
    match cause {
        Failure::Refused(_) | Failure::TooLarge { .. } => {
            LfsError::Refused { what: what.to_owned(), why: cause.to_string() }
        }
        cause => LfsError::Unreachable(format!("{what}: {cause}")),
    }
}

/// What a status means.
fn judge(what: &str, status: u16) -> Result<(), LfsError> {
    match status {
        200..=299 => Ok(()),
        301 | 302 | 307 | 308 => Err(LfsError::Redirected),
        429 | 500..=599 => Err(LfsError::Unreachable(format!("{what}: it answers {status}"))),
        _ => {
            let why = match status {
                401 | 403 => "it does not accept the credential",
                404 => "it is not there, or the token's user may not see it",
                _ => "it does not speak git LFS",
            };
            Err(LfsError::Refused { what: what.to_owned(), why: format!("{status}, {why}") })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_limit_for_one_file_for_all_and_for_their_number() {
        let of = |size| ("big.bin".to_owned(), Pointer { oid: "a".repeat(64), size });
        let refused = |wanted: &[Wanted]| check_size(wanted).expect_err("refused").to_string();
        assert!(check_size(&[of(LFS_FILE_BYTES_MAX), of(0)]).is_ok());
        let one = refused(&[of(LFS_FILE_BYTES_MAX + 1)]);
        assert!(one.starts_with("big.bin (LFS object aaa") && one.contains("LFS_FILE_BYTES_MAX"));
        assert!(refused(&vec![of(LFS_FILE_BYTES_MAX); 5]).contains("(LFS_BYTES_MAX)"));
        assert!(refused(&vec![of(0); LFS_FILES_MAX + 1]).contains("LFS_FILES_MAX"));
    }
}
