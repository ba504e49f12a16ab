//! Which files of a tree a list of patterns names. Pure.
//!
//! `*` is any text within one part of a path, `**` as a whole part any number of parts, `?` one
//! letter. A pattern that names a folder names all in it; `./` in front changes nothing. No pattern
//! at all names everything.

/// Whether `path` is named by one of `patterns`.
pub(super) fn selects(patterns: &[String], path: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, path))
}

fn matches(pattern: &str, path: &str) -> bool {
    let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
    if matches!(pattern, "" | ".") {
        return true;
    }
    let pattern: Vec<&str> = pattern.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    let equal = |pattern: &&str, part: &&str| part_matches(pattern, part);
    // A folder's pattern names what is below it: any beginning of the path may match.
    (1..=path.len()).any(|end| sequence(&pattern, &path[..end], |p| *p == "**", equal))
}

fn part_matches(pattern: &str, part: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let part: Vec<char> = part.chars().collect();
    sequence(&pattern, &part, |p| *p == '*', |p, letter| *p == '?' || p == letter)
}

/// Wildcard matching that looks back to the last wildcard only, so that no pattern takes longer than
/// pattern times text.
fn sequence<P, T>(
    pattern: &[P],
    text: &[T],
    any: impl Fn(&P) -> bool,
    equal: impl Fn(&P, &T) -> bool,
) -> bool {
    let (mut at, mut in_text, mut last) = (0, 0, None);
    while in_text < text.len() {
        if at < pattern.len() && any(&pattern[at]) {
            last = Some((at, in_text));
            at += 1;
        } else if at < pattern.len() && equal(&pattern[at], &text[in_text]) {
            (at, in_text) = (at + 1, in_text + 1);
        } else if let Some((wildcard, from)) = last {
            last = Some((wildcard, from + 1));
            (at, in_text) = (wildcard + 1, from + 1);
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(any)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_name_files_and_whole_folders() {
        fn check(pattern: &str, path: &str, expect: bool) {
            assert_eq!(matches(pattern, path), expect, "{pattern} on {path}");
        }
        check("a.txt", "a.txt", true);
        check("a.txt", "d/a.txt", false);
        check("*.txt", "a.txt", true);
        check("*.txt", "d/a.txt", false);
        check("**/*.txt", "a.txt", true);
        check("**/*.txt", "d/e/a.txt", true);
        check("**/*", "d/e/a.txt", true);
        check("dist/**", "dist/a/b", true);
        check("dist", "dist/a/b", true);
        check("dist/", "dist/a/b", true);
        check("dist", "distant/a", false);
        check("./dist/*.js", "dist/x.js", true);
        check("d?st/**/x.js", "dist/x.js", true);
        check(".", "any/thing", true);
        check("a*b*c", "aXXbYYc", true);
        check("a*b*c", "aXXbYY", false);
        check(&"a*".repeat(40), &"a".repeat(400), true);
        check(&format!("{}b", "a*".repeat(40)), &"a".repeat(400), false);
    }
}
