//! How much a value of a condition leaves open.

/// What all subjects of an issuer begin with, and so says nothing of whose they are.
const WORDS: [&str; 7] = [
    "repo:",
    "repository:",
    "project_path:",
    "organization:",
    "org/",
    "system:serviceaccount:",
    "{",
];

/// Whether a pattern leaves open whose subject it is: before its first wildcard there is nothing,
/// or nothing but a word that all subjects of the issuer begin with, and no whole name after it.
pub(super) fn is_wide(pattern: &str) -> bool {
    let Some(literal) = literal(pattern) else { return false };
    let named = WORDS.iter().find_map(|word| literal.strip_prefix(word)).unwrap_or(literal);
    // GitHub's owners have no `@` in their names: behind it comes the owner's id.
    let owner = literal.starts_with("repo:") && named.contains('@');
    !owner && !named.contains(['/', ':', '}'])
}

/// Whether a pattern of a claim is met by others than those that its author names.
pub(super) fn leaves_open(claim: &str, pattern: &str) -> bool {
    match claim {
        "sub" | "repository" | "job_workflow_ref" => is_wide(pattern),
        // What an id begins with says nothing of whose it is.
        _ if claim.ends_with("_id") => literal(pattern).is_some(),
        _ => literal(pattern) == Some(""),
    }
}

/// What a pattern begins with, up to its first wildcard or variable; `None` where it has no wildcard.
fn literal(pattern: &str) -> Option<&str> {
    let wild = pattern.find(['*', '?'])?;
    let end = pattern.find("${").map_or(wild, |variable| variable.min(wild));
    Some(&pattern[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_fixed_before_the_first_wildcard_counts() {
        let wide =
            ["*", "repo:*", "repo:ac?e/app:*", "repo:${aws:x, 'a'}*", "system:serviceaccount:*"];
        for pattern in wide {
            assert!(is_wide(pattern), "{pattern}");
        }
        for pattern in [
            "repo:acme/*",
            "repo:acme@*/app@*:*",
            "system:serviceaccount:ns:*",
            "{a}:*",
            "repo:acme/app",
        ] {
            assert!(!is_wide(pattern), "{pattern}");
        }
        assert!(is_wide("ci@*"), "of which domain?");
        assert!(leaves_open("repository_id", "7*") && !leaves_open("repository_id", "74"));
    }
}
