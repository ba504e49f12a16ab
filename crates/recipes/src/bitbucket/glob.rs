//! Bitbucket's patterns for branches and tags, which are not CodePipeline's: `*` is any run
//! without `/`, `**` any run at all, `?` one character but `/`, `{a,b}` alternatives, which may
//! nest; everything else is itself (Bitbucket's "Use glob patterns").

use crate::limits::{PATTERN_ALTERNATIVES_MAX, PATTERN_CHARS_MAX};
use std::fmt;

/// A pattern that was read, ready to match.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    /// What its braces stand for; without braces, the pattern alone.
    alternatives: Vec<Vec<Token>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Token {
    Literal(char),
    /// `?`
    One,
    /// `*`
    Run,
    /// `**`
    AnyRun,
}

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// An empty key.
    #[error("An empty pattern matches nothing; '**' matches everything.")]
    Empty,
    /// More than [`PATTERN_CHARS_MAX`] characters.
    #[error("The pattern has {0} characters; {PATTERN_CHARS_MAX} are allowed.")]
    TooLong(usize),
    /// Braces that stand for more than [`PATTERN_ALTERNATIVES_MAX`] patterns.
    #[error("The braces stand for more than {PATTERN_ALTERNATIVES_MAX} patterns; write fewer.")]
    TooManyAlternatives,
}

/// How narrowly a pattern describes a name that it matches; the greater one is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Specificity {
    exact: bool,
    literals: usize,
    /// Fewer `**`, then fewer `*`, then fewer `?`: negated, so that greater is narrower.
    any_runs: isize,
    runs: isize,
    ones: isize,
}

impl Pattern {
    /// Reads a pattern. Braces that are not closed are themselves.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let length = text.chars().count();
        if length == 0 {
            return Err(PatternError::Empty);
        }
        if length > PATTERN_CHARS_MAX {
            return Err(PatternError::TooLong(length));
        }
        let alternatives = expand(text)?.iter().map(|text| tokens(text)).collect();
        Ok(Self { text: text.to_owned(), alternatives })
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// A character that git allows in no name, where every alternative needs one: it never matches.
    pub fn impossible(&self) -> Option<char> {
        let forbidden = |token: &Token| match token {
            Token::Literal(c) if " ~^:[\\".contains(*c) => Some(*c),
            _ => None,
        };
        let of_each = self.alternatives.iter().map(|tokens| tokens.iter().find_map(forbidden));
        of_each.collect::<Option<Vec<_>>>()?.first().copied()
    }

    /// Whether the whole name matches, and how narrowly; of several alternatives, the narrowest.
    pub fn matches(&self, name: &str) -> Option<Specificity> {
        let name: Vec<char> = name.chars().collect();
        let matching = self.alternatives.iter().filter(|tokens| matches(tokens, &name));
        matching.map(|tokens| specificity(tokens)).max()
    }
}

/// The patterns that a pattern with braces stands for.
fn expand(text: &str) -> Result<Vec<String>, PatternError> {
    let mut done = Vec::new();
    let mut open = vec![text.to_owned()];
    while let Some(text) = open.pop() {
        match first_group(&text) {
            None => done.push(text),
            Some((before, members, after)) => {
                open.extend(members.iter().rev().map(|member| format!("{before}{member}{after}")));
            }
        }
        if done.len() + open.len() > PATTERN_ALTERNATIVES_MAX {
            return Err(PatternError::TooManyAlternatives);
        }
    }
    Ok(done)
}

/// The first `{…}` that is closed: what stands before it, its members, what stands after it.
fn first_group(text: &str) -> Option<(&str, Vec<&str>, &str)> {
    text.match_indices('{').find_map(|(open, _)| {
        let inside = &text[open + 1..];
        let (mut depth, mut start, mut members) = (0, 0, Vec::new());
        for (at, c) in inside.char_indices() {
            match c {
                '{' => depth += 1,
                ',' if depth == 0 => {
                    members.push(&inside[start..at]);
                    start = at + 1;
                }
                '}' if depth == 0 => {
                    members.push(&inside[start..at]);
                    return Some((&text[..open], members, &inside[at + 1..]));
                }
                '}' => depth -= 1,
                _ => {}
            }
        }
        None
    })
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    for c in text.chars() {
        match (c, tokens.last()) {
            ('*', Some(Token::Run | Token::AnyRun)) => {
                tokens.pop();
                tokens.push(Token::AnyRun);
            }
            ('*', _) => tokens.push(Token::Run),
            ('?', _) => tokens.push(Token::One),
            (c, _) => tokens.push(Token::Literal(c)),
        }
    }
    tokens
}

/// Walks the name with the set of positions in the pattern that could be next: at most pattern
/// length × name length steps, whatever the pattern is.
fn matches(tokens: &[Token], name: &[char]) -> bool {
    let mut now = vec![false; tokens.len() + 1];
    now[0] = true;
    skip_runs(tokens, &mut now);
    for c in name {
        let mut next = vec![false; tokens.len() + 1];
        for (at, token) in tokens.iter().enumerate().filter(|(at, _)| now[*at]) {
            match token {
                Token::Literal(wanted) => next[at + 1] |= wanted == c,
                Token::One => next[at + 1] |= *c != '/',
                Token::Run => next[at] |= *c != '/',
                Token::AnyRun => next[at] = true,
            }
        }
        now = next;
        skip_runs(tokens, &mut now);
    }
    now[tokens.len()]
}

/// A run may be empty, so the position behind it is possible too.
fn skip_runs(tokens: &[Token], now: &mut [bool]) {
    for (at, token) in tokens.iter().enumerate() {
        if now[at] && matches!(token, Token::Run | Token::AnyRun) {
            now[at + 1] = true;
        }
    }
}

fn specificity(tokens: &[Token]) -> Specificity {
    let count = |wanted: Token| tokens.iter().filter(|token| **token == wanted).count();
    let fewer = |wanted: Token| -(count(wanted).cast_signed());
    let literals = tokens.iter().filter(|token| matches!(token, Token::Literal(_))).count();
    Specificity {
        exact: literals == tokens.len(),
        literals,
        any_runs: fewer(Token::AnyRun),
        runs: fewer(Token::Run),
        ones: fewer(Token::One),
    }
}

impl Specificity {
    /// Whether the name was written out.
    pub fn is_exact(&self) -> bool {
        self.exact
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(pattern: &str, name: &str, expect: bool) {
        let matched = Pattern::parse(pattern).expect(pattern).matches(name).is_some();
        assert_eq!(matched, expect, "{pattern} on {name}");
    }

    #[test]
    fn patterns_match_as_bitbucket_documents_them() {
        for (pattern, name, expect) in [
            ("main", "main", true),
            ("main", "Main", false),
            ("main", "maine", false),
            ("*", "main", true),
            ("*", "feature/a", false),
            ("**", "feature/a", true),
            ("feature/*", "feature/a", true),
            ("feature/*", "feature/a/b", false),
            ("feature/*", "feature", false),
            ("feature/**", "feature/a/b", true),
            ("*/feature", "x/feature", true),
            ("*/feature", "feature", false),
            ("**/feature", "feature", false),
            ("feature/bb-123-*", "feature/bb-123-fix", true),
            ("release-?.?", "release-1.2", true),
            ("release-?.?", "release-1/2", false),
            ("{main,dev}", "dev", true),
            ("{main,dev}", "main,dev", false),
            ("{feature,bug{fix,}}/*", "bugfix/x", true),
            ("{feature,bug{fix,}}/*", "bug/x", true),
            ("{open", "{open", true),
            ("[ab]", "a", false),
            ("[ab]", "[ab]", true),
            ("a***b", "a/x/b", true),
            ("größe-*", "größe-1", true),
        ] {
            check(pattern, name, expect);
        }
    }

    #[test]
    fn the_narrower_pattern_is_greater() {
        let ordered = ["**", "*", "f*", "?{e,x}*t*", "fe*", "fea*", "feat?", "fea{x,t?}", "feat1"];
        let of = |pattern: &str| Pattern::parse(pattern).expect(pattern).matches("feat1");
        for pair in ordered.windows(2) {
            let (wide, narrow) = (of(pair[0]), of(pair[1]));
            assert!(wide.is_some() && wide <= narrow, "{pair:?}: {wide:?} {narrow:?}");
        }
    }

    #[test]
    fn braces_cannot_multiply_without_end() {
        let bomb = "{a,b}".repeat(20);
        assert_eq!(Pattern::parse(&bomb).unwrap_err(), PatternError::TooManyAlternatives);
        assert_eq!(Pattern::parse("").unwrap_err(), PatternError::Empty);
        assert_eq!(Pattern::parse(&"a".repeat(256)).unwrap_err(), PatternError::TooLong(256));
    }

    proptest! {
        #[test]
        fn a_name_without_signs_matches_itself_and_stars_match_everything(name in "[a-z/.-]{1,40}") {
            prop_assert!(Pattern::parse(&name).unwrap().matches(&name).unwrap().is_exact());
            prop_assert!(Pattern::parse("**").unwrap().matches(&name).is_some());
            let is_flat = !name.contains('/');
            prop_assert_eq!(Pattern::parse("*").unwrap().matches(&name).is_some(), is_flat);
        }

        #[test]
        fn no_pattern_panics(pattern in "[a{},*?/\\[]{0,60}", name in "[a{},/]{0,60}") {
            if let Ok(pattern) = Pattern::parse(&pattern) {
                let _ = pattern.matches(&name);
            }
        }
    }

    #[test]
    fn a_pattern_with_what_git_allows_in_no_name_never_matches() {
        fn check(text: &str, expect: Option<char>) {
            assert_eq!(Pattern::parse(text).unwrap().impossible(), expect, "{text}");
        }
        check("feat-[ab]", Some('['));
        check("{a b,c^}", Some(' '));
        check("{a b,c}", None);
        check("feature/*", None);
    }
}
