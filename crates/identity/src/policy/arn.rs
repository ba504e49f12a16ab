//! ARNs in policies: as patterns of resources, of conditions, and as exact principals.

use super::context::Context;
use super::glob::Unit;
use super::pattern::{Pattern, Piece, Reading, pieces};

const PARTS: usize = 6;
const READING: Reading = Reading { variables: true, wildcards: true, any_case: false };

/// What an `Arn…` condition names. Its six parts are matched one by one, so that a wildcard for a
/// region does not reach into the account ("ARN condition operators", IAM user guide); the last
/// part may have more colons.
#[derive(Clone, Debug)]
pub(crate) struct ArnPattern(Vec<Pattern>);

impl ArnPattern {
    /// Reads a pattern; what would be right, where it is none. One variable or `*` may stand for the
    /// whole ARN, and nothing beside it.
    pub fn read(text: &str, variables: bool) -> Result<Self, String> {
        let reading = Reading { variables, ..READING };
        check_characters(text)?;
        let all = pieces(text, reading).map_err(|error| error.to_string())?;
        if let [Piece::Variable { .. } | Piece::Unit(Unit::Any)] = all.as_slice() {
            return Ok(Self(vec![Pattern::new(all, reading)]));
        }
        let colon = |piece: &Piece| *piece == Piece::Unit(Unit::Char(':'));
        let parts = all.splitn(PARTS, colon).map(|part| Pattern::new(part.to_vec(), reading));
        let parts: Vec<Pattern> = parts.collect();
        match parts.len() {
            PARTS => Ok(Self(parts)),
            _ => Err("write an ARN of six parts, with wildcards where they may differ: \
                      arn:aws:service:region:account:resource"
                .to_owned()),
        }
    }

    /// Whether the text is an ARN of this pattern.
    pub fn matches(&self, text: &str, context: &Context) -> bool {
        let parts: Vec<&str> = text.splitn(PARTS, ':').collect();
        match self.0.as_slice() {
            [whole] => whole.matches(text, context),
            patterns => {
                parts.len() == PARTS
                    && patterns
                        .iter()
                        .zip(parts)
                        .all(|(pattern, part)| pattern.matches(part, context))
            }
        }
    }
}

/// Reads what a statement's `Resource` names: `*`, or an ARN whose wildcards reach over its colons.
/// An ARN that ends early goes on with `*` ("Incomplete ARNs", IAM user guide).
pub(crate) fn resource(text: &str, variables: bool) -> Result<Pattern, String> {
    let reading = Reading { variables, ..READING };
    check_characters(text)?;
    let mut all = pieces(text, reading).map_err(|error| error.to_string())?;
    let stars = all.iter().all(|piece| *piece == Piece::Unit(Unit::Any));
    if !(stars && !all.is_empty() || text.starts_with("arn:")) {
        return Err("write an ARN, arn:aws:service:region:account:resource, or \"*\"".to_owned());
    }
    let colons = all.iter().filter(|piece| **piece == Piece::Unit(Unit::Char(':'))).count();
    if !stars {
        for _ in colons + 1..PARTS {
            all.extend([Piece::Unit(Unit::Char(':')), Piece::Unit(Unit::Any)]);
        }
    }
    Ok(Pattern::new(all, reading))
}

/// ARNs are printable ASCII: a letter that only looks like one would slip past whoever reads it.
pub(crate) fn check_characters(text: &str) -> Result<(), String> {
    match text.chars().find(|character| !matches!(character, ' '..='~')) {
        Some(wrong) => Err(format!(
            "`{}` cannot stand in an ARN: write ASCII, or `?` and `*` for other characters",
            wrong.escape_unicode()
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::context::Value;
    use super::*;

    #[test]
    fn a_condition_matches_an_arn_part_by_part() {
        fn check(pattern: &str, text: &str, expect: bool) {
            let mut context = Context::default();
            context.set("aws:username", [Value::from("a:b")]);
            context.set("aws:SourceArn", [Value::from("arn:aws:sns:r:1:*")]);
            let read = ArnPattern::read(pattern, true).expect(pattern);
            assert_eq!(read.matches(text, &context), expect, "{pattern} {text}");
        }
        check("arn:aws:sns:*:1:t", "arn:aws:sns:us-east-1:1:t", true);
        check("arn:aws:sns:*:t:*", "arn:aws:sns:us-east-1:1:t", false);
        check("arn:aws:sns:*:1:t:*", "arn:aws:sns:r:1:t:a:b", true);
        check("arn:*:*:*:*:*", "arn:aws:sns:r:1:t", true);
        check("arn:*:*:*:*:*", "arn:aws:sns", false);
        check("arn:aws:sns:r:1:${aws:username}", "arn:aws:sns:r:1:a:b", true);
        check("arn:aws:sns:r:${aws:username}:c", "arn:aws:sns:r:a:b:c", false);
        check("${aws:SourceArn}", "arn:aws:sns:r:1:*", true);
        check("${aws:SourceArn}", "arn:aws:sns:r:1:t", false);
        check("*", "arn:aws:sns:r:1:t", true);
    }

    #[test]
    fn a_resource_is_an_arn_or_a_star() {
        fn check(pattern: &str, text: &str, expect: bool) {
            let read = resource(pattern, true).expect(pattern);
            assert_eq!(read.matches(text, &Context::default()), expect, "{pattern} {text}");
        }
        check("*", "*", true);
        check("*", "arn:aws:s3:::b", true);
        check("arn:aws:s3:::b", "*", false);
        check("arn:aws:*", "arn:aws:s3:::b/k", true);
        check("arn:aws:sqs", "arn:aws:sqs:r:1:queue", true);
        check("arn:aws:s3:::b/*", "arn:aws:s3:::b/a:c/ü", true);
        check("arn:aws:s3:::b/*", "arn:aws:s3:::b", false);
        check("arn:aws:s3:::b/${aws:username}", "arn:aws:s3:::b/", false);
    }

    #[test]
    fn what_only_looks_like_an_arn_is_refused() {
        for wrong in ["", "s3", "?", "b*", "arn:aws:s3:::\u{0430}", "arn:aws:s3:::b\n", "arn"] {
            assert!(resource(wrong, true).is_err(), "{wrong:?}");
            assert!(ArnPattern::read(wrong, true).is_err(), "{wrong:?}");
        }
    }
}
