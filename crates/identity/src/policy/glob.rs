//! Texts in which `*` stands for any characters and `?` for one.
//!
//! A glob is cut at its stars once; each part is then looked for from where the one before it
//! ended. No pattern makes that exponential: parts without `?` are found in linear time, parts with
//! one in the product of two short lengths.

/// One character of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// This one.
    Char(char),
    /// `?`.
    One,
    /// `*`.
    Any,
}

impl Unit {
    /// What a character means where wildcards count.
    pub fn of(character: char) -> Self {
        match character {
            '*' => Self::Any,
            '?' => Self::One,
            other => Self::Char(other),
        }
    }
}

/// A pattern, cut at its stars: one part where it has none.
#[derive(Clone, Debug)]
pub(crate) struct Glob {
    first: Part,
    rest: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Plain(Box<str>),
    /// With `?`, which is `None`.
    Holed(Box<[Option<char>]>),
}

impl Glob {
    /// The pattern of these characters.
    pub fn new(units: &[Unit]) -> Self {
        let mut parts = units.split(|unit| *unit == Unit::Any).map(Part::new);
        let first = parts.next().unwrap_or_else(|| Part::new(&[]));
        Self { first, rest: parts.collect() }
    }

    /// A pattern as it is written, every `*` and `?` a wildcard.
    pub fn read(text: &str) -> Self {
        Self::new(&text.chars().map(Unit::of).collect::<Vec<_>>())
    }

    /// Whether the whole text is of this pattern.
    pub fn matches(&self, text: &str) -> bool {
        let Some(mut text) = self.first.strip(text) else { return false };
        let Some((last, middle)) = self.rest.split_last() else { return text.is_empty() };
        for part in middle {
            match part.find(text) {
                Some(after) => text = after,
                None => return false,
            }
        }
        last.ends(text)
    }
}

impl Part {
    fn new(units: &[Unit]) -> Self {
        let characters = units.iter().map(|unit| match unit {
            Unit::Char(character) => Some(*character),
            Unit::One | Unit::Any => None,
        });
        match characters.clone().collect::<Option<String>>() {
            Some(plain) => Self::Plain(plain.into()),
            None => Self::Holed(characters.collect()),
        }
    }

    /// What follows it where the text begins with it.
    fn strip<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Self::Plain(plain) => text.strip_prefix(&**plain),
            Self::Holed(characters) => {
                let mut rest = text.chars();
                let fits = |want: &Option<char>| rest.next().is_some_and(|c| fit(*want, c));
                characters.iter().all(fits).then_some(rest.as_str())
            }
        }
    }

    /// What follows its first occurrence.
    fn find<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Self::Plain(plain) => text.find(&**plain).map(|at| &text[at + plain.len()..]),
            Self::Holed(_) => text.char_indices().find_map(|(at, _)| self.strip(&text[at..])),
        }
    }

    /// Whether the text ends with it.
    fn ends(&self, text: &str) -> bool {
        match self {
            Self::Plain(plain) => text.ends_with(&**plain),
            Self::Holed(characters) => {
                let mut rest = text.chars().rev();
                characters.iter().rev().all(|want| rest.next().is_some_and(|c| fit(*want, c)))
            }
        }
    }
}

fn fit(want: Option<char>, found: char) -> bool {
    want.is_none_or(|want| want == found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_text_and_a_question_mark_one_character() {
        fn check(pattern: &str, text: &str, expect: bool) {
            assert_eq!(Glob::read(pattern).matches(text), expect, "{pattern} {text}");
        }
        check("", "", true);
        check("", "a", false);
        check("*", "", true);
        check("**", "anything:at/all", true);
        check("?", "", false);
        check("?", "ä", true);
        check("?", "ab", false);
        check("a*", "a", true);
        check("a*a", "a", false);
        check("*a?c*", "xabcx", true);
        check("*?", "a", true);
        check("*??", "a", false);
        check("a*b*c", "a-b-b-c", true);
        check("a*b*c", "acb", false);
        check("ab*ba", "aba", false);
        check("arn:aws:s3:::b/*", "arn:aws:s3:::b/a/b:c", true);
        check("arn:aws:s3:::b/*", "arn:aws:s3:::B/a", false);
        check("arn:aws:s3:::b", "arn:aws:s3:::b\n", false);
    }

    /// A matcher that tries every way would not come back from this.
    #[test]
    fn a_hostile_pattern_takes_no_longer_than_a_long_one() {
        let text = "a".repeat(2_000);
        for part in ["a*", "?*", "*a", "a?*"] {
            let pattern = format!("{}b", part.repeat(600));
            assert!(!Glob::read(&pattern).matches(&text), "{part}");
        }
    }
}
