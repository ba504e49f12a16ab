//! A commit object's text: headers, an empty line, the message (git's "commit objects" format).

use domain::Timestamp;
use domain::forge_event::CommitInfo;

/// Reads what `git cat-file commit` prints; what is not there stays empty.
pub(super) fn read(bytes: &[u8]) -> CommitInfo {
    let text = String::from_utf8_lossy(bytes);
    let (headers, message) = text.split_once("\n\n").unwrap_or((&text, ""));
    let header = |name: &str| headers.lines().find_map(|line| line.strip_prefix(name));
    let (author, authored_at) = person(header("author ").unwrap_or_default());
    let (_, committed_at) = person(header("committer ").unwrap_or_default());
    let (author_name, author_email) = author;
    let message = message.trim_end_matches('\n').to_owned();
    CommitInfo { message, author_name, author_email, authored_at, committed_at }
}

/// `Ada <ada@example.org> 1795342530 +0100`
fn person(line: &str) -> ((String, String), Option<Timestamp>) {
    let (name, rest) = line.split_once('<').unwrap_or((line, ""));
    let (email, time) = rest.rsplit_once('>').unwrap_or((rest, ""));
    let seconds = time.split_whitespace().next().and_then(|text| text.parse::<i64>().ok());
    let at = seconds.and_then(|seconds| seconds.checked_mul(1000)).map(Timestamp);
    ((name.trim().to_owned(), email.to_owned()), at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_says_who_when_and_why() {
        let text = b"tree 1\nparent 2\nauthor Ada L <ada@example.org> 1795342530 +0100\n\
            committer GitHub <noreply@github.com> 1795342531 +0000\ngpgsig -----BEGIN\n x\n\n\
            Turn the wheel\n\nOnce more.\n";
        let info = read(text);
        assert_eq!((&*info.author_name, &*info.author_email), ("Ada L", "ada@example.org"));
        assert_eq!(info.message, "Turn the wheel\n\nOnce more.");
        assert_eq!(info.authored_at, Some(Timestamp(1_795_342_530_000)));
        assert_eq!(info.committed_at, Some(Timestamp(1_795_342_531_000)));
        assert_eq!(read(b""), CommitInfo::default());
    }
}
