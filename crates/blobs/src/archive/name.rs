//! Which names and link targets an entry may have. Pure.
//!
//! Archives are taken apart on Linux, where a name is bytes between slashes: a backslash, a line break
//! or two names that differ in case are as good as others, and repositories have them. A person may
//! unpack the same archive elsewhere, so no name may lead out of a folder there either.

use crate::limits::{ARCHIVE_LINK_BYTES_MAX, ARCHIVE_NAME_BYTES_MAX, NAME_PART_BYTES_MAX};

/// Why an entry is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// No honest writer makes one like it: the archive is refused.
    Refused(&'static str),
    /// A tree elsewhere may well have it: the rest is worth having without.
    LeftOut(&'static str),
}

impl Unfit {
    pub(super) fn why(self) -> &'static str {
        match self {
            Self::Refused(why) | Self::LeftOut(why) => why,
        }
    }
}

/// The entry's path, without a folder's last slash; or the rule that it breaks.
pub(super) fn check_name(raw: &[u8], depth_max: usize) -> Result<&str, Unfit> {
    let bare = raw.strip_suffix(b"/").unwrap_or(raw);
    if bare.split(|byte| *byte == b'/').any(|part| matches!(part, b"" | b"." | b"..")) {
        return Err(Unfit::Refused("its name is absolute, or has an empty part, `.` or `..`"));
    }
    if bare.contains(&0) {
        return Err(Unfit::Refused("its name has a zero byte"));
    }
    let Ok(path) = std::str::from_utf8(bare) else {
        return Err(Unfit::LeftOut("its name is not UTF-8"));
    };
    let why = if leads_out_elsewhere(path) {
        "its name leads out of its folder on other systems"
    } else if path.len() > ARCHIVE_NAME_BYTES_MAX {
        "its name has more than 2048 bytes"
    } else if path.split('/').any(|part| part.len() > NAME_PART_BYTES_MAX) {
        "a part of its name has more than 255 bytes"
    } else if path.split('/').count() > depth_max {
        "it lies in too many folders"
    } else {
        return Ok(path);
    };
    Err(Unfit::LeftOut(why))
}

/// Whether a symbolic link at `path` may point to `target`: relative, and inside the tree.
///
/// `..` counts only at the target's beginning. There it starts from the link's own folder, which is
/// a real one; after another part it might start from wherever a second link leads.
pub(super) fn stays_inside(path: &str, target: &[u8]) -> bool {
    let Ok(target) = std::str::from_utf8(target) else { return false };
    let plain = !target.is_empty()
        && target.len() as u64 <= ARCHIVE_LINK_BYTES_MAX
        && !target.starts_with('/')
        && !target.contains('\0');
    let mut parts = target.split('/').filter(|part| !matches!(*part, "" | ".")).peekable();
    let mut up = 0;
    while parts.next_if(|part| *part == "..").is_some() {
        up += 1;
    }
    let rest = parts.collect::<Vec<_>>();
    let straight = !rest.contains(&"..") && !rest.iter().any(|part| leads_out_elsewhere(part));
    plain && up <= path.matches('/').count() && straight
}

/// Whether a path is absolute or climbs where a backslash divides, and letters name drives.
fn leads_out_elsewhere(path: &str) -> bool {
    let mut parts = path.split(['/', '\\']);
    let is_drive = |part: &str| {
        part.len() == 2 && part.ends_with(':') && part.as_bytes()[0].is_ascii_alphabetic()
    };
    path.starts_with('\\')
        || is_drive(parts.clone().next().unwrap_or(""))
        || parts.any(|it| it == "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_left_out_or_a_reason_to_refuse() {
        fn check(name: impl AsRef<[u8]>, expect: char) {
            let name = name.as_ref();
            let seen = match check_name(name, 4) {
                Ok(_) => '+',
                Err(Unfit::LeftOut(_)) => '-',
                Err(Unfit::Refused(_)) => '!',
            };
            assert_eq!(seen, expect, "{:?}", String::from_utf8_lossy(name));
        }
        for good in
            ["a", "a/b/", "a\\b", "Icon\r", "a\n\x1b[31mb", "B::Deparse.3pm", "C:x", "..a", "ü"]
        {
            check(good, '+');
        }
        for odd in ["..\\x", "a\\..\\b", "\\x", "\\\\host\\x", "C:\\x", "c:/x", "1/2/3/4/5"] {
            check(odd, '-');
        }
        check(b"caf\xe9", '-');
        check("x".repeat(256), '-');
        check("x/".repeat(1500) + "x", '-');
        for wrong in ["", "/", "/x", "a//b", ".", "..", "../x", "a/../b", "./a", "a\0b"] {
            check(wrong, '!');
        }
        check(b"../\xff", '!');
    }

    #[test]
    fn links_may_point_to_neighbours_and_nowhere_else() {
        fn check(path: &str, target: &str, expect: bool) {
            assert_eq!(stays_inside(path, target.as_bytes()), expect, "{path} -> {target}");
        }
        check("a", "b", true);
        check("a", "./b/c", true);
        check("d/a", "../b", true);
        check("d/e/a", "../..", true);
        check("a", "b\\c\n", true);
        check("a", "..", false);
        check("d/a", "../../b", false);
        check("d/a", "./../../b", false);
        check("a", "/etc/passwd", false);
        check("a", "b/../c", false);
        check("d/a", "../b/..", false);
        check("a", "", false);
        check("a", "b\0", false);
        check("a", "b\\..\\c", false);
        check("a", &"x".repeat(1025), false);
    }
}
