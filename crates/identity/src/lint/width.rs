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
    !named.contains(['/', ':', '}'])
}

/// Whether a value of a claim is met by others than those that its author names. Of a subject
/// [`is_wide`] says so itself.
pub(super) fn leaves_open(operator: &str, claim: &str, value: &str) -> bool {
    match (operator, claim) {
        ("StringLike", "sub") => false,
        ("StringLike", "repository" | "job_workflow_ref") => is_wide(value),
        ("StringLike", _) => literal(value) == Some(""),
        _ => false,
    }
}

/// Whether a value of a key that tells who calls is met by callers of any account.
pub(super) fn is_of_anyone(value: &str) -> bool {
    let any = |text: &str| literal(text).is_some();
    match value.strip_prefix("arn:") {
        Some(arn) => arn.split(':').nth(3).is_none_or(any),
        None => literal(value) == Some(""),
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
        for pattern in ["repo:acme/*", "system:serviceaccount:ns:*", "{a}:*", "repo:acme/app"] {
            assert!(!is_wide(pattern), "{pattern}");
        }
        let anyone = ["*", "arn:aws:iam::*:role/x", "arn:aws:iam::12345678901?:root"];
        assert!(anyone.into_iter().all(is_of_anyone));
        assert!(!is_of_anyone("arn:aws:iam::123456789012:role/*") && !is_of_anyone("o-abc*"));
    }
}
