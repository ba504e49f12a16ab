//! A claim that is nearly what a condition asks for, and how little has to be written otherwise.

use super::super::cause::Cause;
use super::super::finding::Finding;
use super::super::subject;
use super::lookalike::plain;
use crate::policy::Glob;

/// What a condition asks for, and what a token has instead.
pub(super) struct NearMiss<'a> {
    pub(super) operator: &'a str,
    pub(super) wanted: &'a str,
    pub(super) found: &'a str,
    pub(super) claim: &'a str,
}

impl NearMiss<'_> {
    /// What is told of it; nothing where they are further apart.
    pub(super) fn finding(&self) -> Option<Finding> {
        let ways = [Self::literal_wildcard, Self::case, Self::blank, Self::lookalike, Self::braces];
        ways.iter().find_map(|way| way(self))
    }

    fn literal_wildcard(&self) -> Option<Finding> {
        let (operator, wanted) = (self.operator, self.wanted);
        if self.is_like() || !Glob::read(wanted).matches(self.found) {
            return None;
        }
        let plain = operator
            .replace("StringEqualsIgnoreCase", "StringLike")
            .replace("StringEquals", "StringLike");
        let message = format!("{operator} takes the wildcard in {wanted} literally");
        let found = Finding::refused(message, format!("write `{plain}`"));
        Some(found.of(Cause::LiteralWildcard))
    }

    fn case(&self) -> Option<Finding> {
        if !self.meets(&self.wanted.to_ascii_lowercase(), &self.found.to_ascii_lowercase()) {
            return None;
        }
        let cased = subject::in_the_case_of(self.wanted, self.found);
        let message = format!("`{}` differs from the condition in its case alone", self.claim);
        Some(Finding::refused(message, format!("write \"{cased}\"")).of(Cause::Case))
    }

    fn blank(&self) -> Option<Finding> {
        let (wanted, claim) = (self.wanted, self.claim);
        let close: String = wanted.split_whitespace().collect();
        if close == wanted || !self.meets(&close, self.found) {
            return None;
        }
        let message = format!("a blank stands in \"{wanted}\", and there is none in `{claim}`");
        Some(Finding::refused(message, format!("write \"{close}\"")))
    }

    /// A letter that only looks like the claim's, or like nothing at all.
    fn lookalike(&self) -> Option<Finding> {
        let (wanted, found, claim) = (self.wanted, self.found, self.claim);
        let strange = |text: &str| text.chars().find(|it| plain(*it) != Some(*it));
        let close = |text: &str| text.chars().filter_map(plain).collect::<String>();
        let (place, named) = match strange(wanted) {
            Some(named) => ("the condition".to_owned(), named),
            None => (format!("`{claim}`"), strange(found)?),
        };
        if !self.meets(&close(wanted), &close(found)) {
            return None;
        }
        let code = format!("U+{:04X}", u32::from(named));
        let message = match plain(named) {
            Some(like) => format!("{code} stands in {place}, which only looks like `{like}`"),
            None => format!("{code} stands in {place}, which cannot be seen"),
        };
        Some(Finding::refused(message, format!("write \"{}\"", close(wanted))))
    }

    fn braces(&self) -> Option<Finding> {
        let bare = |text: &str| text.replace(['{', '}'], "");
        let (wanted, claim) = (self.wanted, self.claim);
        if !self.meets(&bare(wanted), &bare(self.found)) {
            return None;
        }
        let (right, message) = match self.found.contains('{') {
            true => (
                subject::braced(wanted, self.found),
                format!("the UUIDs in `{claim}` have braces, and the condition's have none"),
            ),
            false => (
                bare(wanted),
                format!("the UUID in `{claim}` has no braces, and the condition's has"),
            ),
        };
        Some(Finding::refused(message, format!("write \"{right}\"")).of(Cause::Braces))
    }

    fn meets(&self, wanted: &str, found: &str) -> bool {
        match self.is_like() {
            true => Glob::read(wanted).matches(found),
            false => wanted == found,
        }
    }

    fn is_like(&self) -> bool {
        self.operator.contains("Like")
    }
}
