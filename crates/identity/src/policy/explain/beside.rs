//! A value beside the one that was wanted, with the characters marked in which they differ.

use super::FalseCondition;

/// Two values and a line that marks what differs in the second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// What the policy wants.
    pub wanted: String,
    /// What the request has.
    pub found: String,
    /// Spaces, and carets under what differs in `found`; at least one caret.
    pub marks: String,
}

impl FalseCondition {
    /// The closest of the wanted values beside the closest of those found; `None` where the request
    /// has no such key.
    pub fn beside(&self) -> Option<Beside> {
        Beside::closest(&self.wanted, &self.found)
    }
}

impl Beside {
    /// The two values, one of each list, that have most in common.
    pub(crate) fn closest(wanted: &[String], found: &[String]) -> Option<Self> {
        let pairs = wanted.iter().flat_map(|wanted| {
            found.iter().map(move |found| (shared(wanted, found), wanted, found))
        });
        let ((before, after), wanted, found) =
            pairs.max_by_key(|((before, after), ..)| before + after)?;
        let differs = found.chars().count().saturating_sub(before + after).max(1);
        let marks = format!("{}{}", " ".repeat(before), "^".repeat(differs));
        Some(Self { wanted: wanted.clone(), found: found.clone(), marks })
    }
}

/// How many characters two values share at their beginning and, of the rest, at their end.
fn shared(wanted: &str, found: &str) -> (usize, usize) {
    let (wanted, found): (Vec<char>, Vec<char>) =
        (wanted.chars().collect(), found.chars().collect());
    let same = |(one, other): &(&char, &char)| one == other;
    let before = wanted.iter().zip(&found).take_while(same).count();
    let rest = wanted[before..].iter().rev().zip(found[before..].iter().rev());
    (before, rest.take_while(same).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(wanted: &[&str], found: &[&str], expect: Option<(&str, &str)>) {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        let (operator, key) = ("StringEquals".to_owned(), "ci.example:sub".to_owned());
        let (wanted, found) = (texts(wanted), texts(found));
        let condition = FalseCondition { operator, key, line: 1, wanted, found };
        let beside = condition.beside();
        let shown = beside.as_ref().map(|it| (it.wanted.as_str(), it.marks.as_str()));
        assert_eq!(shown, expect, "{condition:?}");
    }

    #[test]
    fn what_differs_is_marked() {
        check(&["{6A1F}:{77}"], &["{6a1f}:{77}"], Some(("{6A1F}:{77}", "  ^^^")));
        check(&["6a1f:77"], &["{6a1f}:77"], Some(("6a1f:77", "^^^^^^")));
        check(&["https://a/"], &["https://a"], Some(("https://a/", "         ^")));
        check(&["https://a"], &["https://a/"], Some(("https://a", "         ^")));
        check(&["repo:o/r:*"], &["repo:o/r:ref"], Some(("repo:o/r:*", "         ^^^")));
        check(&["x", "main"], &["maim"], Some(("main", "   ^")));
        check(&["same"], &["same"], Some(("same", "    ^")));
        check(&["x"], &[], None);
        check(&[], &["x"], None);
    }
}
