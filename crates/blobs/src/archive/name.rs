//! Which names and link targets an entry may have. Pure.

use super::ArchiveError;
use crate::limits::{ARCHIVE_NAME_BYTES_MAX, OBJECT_KEY_PART_BYTES_MAX};

/// The entry's path, without a folder's last slash; or the rule that it breaks.
pub(super) fn check_name(raw: &[u8], depth_max: usize) -> Result<String, ArchiveError> {
    let shown = String::from_utf8_lossy(raw).into_owned();
    let name = std::str::from_utf8(raw).map_err(|_| refused(&shown, "its name is not UTF-8"))?;
    let path = name.strip_suffix('/').unwrap_or(name);
    let why = if path.is_empty() || path.len() > ARCHIVE_NAME_BYTES_MAX {
        "its name must have 1 to 2048 bytes"
    } else if path.chars().any(char::is_control) {
        "its name has control characters"
    } else if path.contains('\\') {
        "its name has a backslash"
    } else if path.as_bytes()[1..].starts_with(b":") {
        "its name begins with a drive"
    } else if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        "its name is absolute, or has an empty part, `.` or `..`"
    } else if path.split('/').any(|part| part.len() > OBJECT_KEY_PART_BYTES_MAX) {
        "a part of its name has more than 255 bytes"
    } else if path.split('/').count() > depth_max {
        "it lies in too many folders"
    } else {
        return Ok(path.to_owned());
    };
    Err(refused(&shown, why))
}

/// Whether a symbolic link at `path` may point to `target`: relative, and inside the tree.
///
/// `..` counts only at the target's beginning. There it starts from the link's own folder, which is
/// a real one; after another part it might start from wherever a second link leads.
pub(super) fn stays_inside(path: &str, target: &[u8]) -> bool {
    let Ok(target) = std::str::from_utf8(target) else { return false };
    let plain = !target.is_empty()
        && !target.starts_with('/')
        && !target.contains('\\')
        && !target.chars().any(char::is_control);
    let mut parts = target.split('/').filter(|part| !matches!(*part, "" | ".")).peekable();
    let mut up = 0;
    while parts.next_if(|part| *part == "..").is_some() {
        up += 1;
    }
    plain && up <= path.matches('/').count() && parts.all(|part| part != "..")
}

pub(super) fn refused(entry: &str, why: &'static str) -> ArchiveError {
    ArchiveError::Entry { entry: entry.to_owned(), why }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_may_point_to_neighbours_and_nowhere_else() {
        fn check(path: &str, target: &str, expect: bool) {
            assert_eq!(stays_inside(path, target.as_bytes()), expect, "{path} -> {target}");
        }
        check("a", "b", true);
        check("a", "./b/c", true);
        check("d/a", "../b", true);
        check("d/e/a", "../..", true);
        check("a", "..", false);
        check("d/a", "../../b", false);
        check("d/a", "./../../b", false);
        check("a", "/etc/passwd", false);
        check("a", "b/../c", false);
        check("d/a", "../b/..", false);
        check("a", "", false);
        check("a", "b\0", false);
        check("a", "b\\..\\c", false);
    }
}
