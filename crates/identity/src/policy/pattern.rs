//! Patterns as policies write them: wildcards, and variables that the request fills in.
//!
//! "IAM policy elements: Variables and tags" (IAM user guide): `${aws:username}`, with a default
//! `${key, 'text'}`, and `${*}`, `${?}`, `${$}` for the characters themselves. What a variable
//! brings in is never a wildcard. One that has no value, or several, matches nothing.

use super::context::Context;
use super::glob::{Glob, Unit};

/// What means something in a pattern besides its characters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// `${…}`: policies of version 2012-10-17.
    pub variables: bool,
    /// `*` and `?`.
    pub wildcards: bool,
    /// Whether ASCII letters match in either case. No other letters do: a Kelvin sign is no `k`.
    pub any_case: bool,
}

/// A pattern, ready to match.
#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    /// Without variables.
    Fixed(Glob),
    /// With variables.
    Filled(Vec<Piece>, Reading),
}

/// One piece of a pattern that is filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Unit(Unit),
    Variable { key: String, default: Option<String> },
}

/// A `${` that is no variable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no policy variable: write ${{key}}, ${{key, 'default'}}, ${{*}}, ${{?}} or ${{$}}"
)]
pub(crate) struct NoVariable(String);

impl Pattern {
    /// Reads a pattern as it is written.
    pub fn read(text: &str, reading: Reading) -> Result<Self, NoVariable> {
        Ok(Self::new(pieces(text, reading)?, reading))
    }

    /// The pattern of these pieces.
    pub fn new(pieces: Vec<Piece>, reading: Reading) -> Self {
        let fixed = |piece: &Piece| match piece {
            Piece::Unit(unit) => Some(*unit),
            Piece::Variable { .. } => None,
        };
        match pieces.iter().map(fixed).collect::<Option<Vec<Unit>>>() {
            Some(units) => Self::Fixed(Glob::new(&folded(units, reading))),
            None => Self::Filled(pieces, reading),
        }
    }

    /// Whether the text is of this pattern, for a request with this context. Where either case
    /// counts, the caller has made the text's ASCII letters small.
    pub fn matches(&self, text: &str, context: &Context) -> bool {
        match self {
            Self::Fixed(glob) => glob.matches(text),
            Self::Filled(pieces, reading) => fill(pieces, context)
                .is_some_and(|units| Glob::new(&folded(units, *reading)).matches(text)),
        }
    }
}

/// Reads the pieces of a pattern.
pub(crate) fn pieces(text: &str, reading: Reading) -> Result<Vec<Piece>, NoVariable> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let variable = rest.strip_prefix("${").filter(|_| reading.variables);
        rest = match variable {
            Some(inside) => {
                let (piece, after) =
                    variable_of(inside).ok_or_else(|| NoVariable(rest.to_owned()))?;
                pieces.push(piece);
                after
            }
            None => {
                let unit = if reading.wildcards { Unit::of } else { Unit::Char };
                pieces.push(Piece::Unit(unit(character)));
                &rest[character.len_utf8()..]
            }
        };
    }
    Ok(pieces)
}

/// What stands between `${` and `}`, and what follows.
fn variable_of(inside: &str) -> Option<(Piece, &str)> {
    let end = inside.find(['}', ','])?;
    let (name, rest) = (inside[..end].trim(), &inside[end..]);
    if let (Some(after), "*" | "?" | "$") = (rest.strip_prefix('}'), name) {
        return Some((Piece::Unit(Unit::Char(name.chars().next()?)), after));
    }
    let (default, rest) = match rest.strip_prefix(',') {
        Some(rest) => {
            let (default, rest) = rest.trim_start().strip_prefix('\'')?.split_once('\'')?;
            (Some(default.to_owned()), rest.trim_start())
        }
        None => (None, rest),
    };
    let known = name.contains(':') && !name.contains(['$', '{', '*', '?', '\'']);
    let after = rest.strip_prefix('}').filter(|_| known)?;
    Some((Piece::Variable { key: name.to_ascii_lowercase(), default }, after))
}

/// The keys that a text names by variables, as it writes them.
pub(super) fn keys(text: &str) -> Vec<&str> {
    let mut keys = Vec::new();
    let mut rest = text;
    while let Some((_, inside)) = rest.split_once("${") {
        let Some((piece, after)) = variable_of(inside) else { break };
        let name = inside.split(['}', ',']).next().unwrap_or_default().trim();
        keys.extend(matches!(piece, Piece::Variable { .. }).then_some(name));
        rest = after;
    }
    keys
}

/// The characters with every variable filled in; `None` where one has no single value.
fn fill(pieces: &[Piece], context: &Context) -> Option<Vec<Unit>> {
    let mut units = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match piece {
            Piece::Unit(unit) => units.push(*unit),
            Piece::Variable { key, default } => {
                let value = context.single(key).or_else(|| default.as_deref().map(Into::into))?;
                units.extend(value.chars().map(Unit::Char));
            }
        }
    }
    Some(units)
}

/// A pattern's text with its variables filled in, for people; those without a value stay.
pub(crate) fn filled(text: &str, context: &Context) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once("${") {
        let Some((piece, after)) = variable_of(inside) else { break };
        filled.push_str(before);
        match piece {
            Piece::Variable { key, default } => {
                match context.single(&key).or(default.map(Into::into)) {
                    Some(value) => filled.push_str(&value),
                    None => filled.push_str(&rest[before.len()..rest.len() - after.len()]),
                }
            }
            Piece::Unit(_) => filled.push_str(&rest[before.len()..rest.len() - after.len()]),
        }
        rest = after;
    }
    filled + rest
}

fn folded(mut units: Vec<Unit>, reading: Reading) -> Vec<Unit> {
    if reading.any_case {
        for unit in &mut units {
            if let Unit::Char(character) = unit {
                character.make_ascii_lowercase();
            }
        }
    }
    units
}

#[cfg(test)]
mod tests {
    use super::super::context::Value;
    use super::*;

    const PLAIN: Reading = Reading { variables: true, wildcards: true, any_case: false };

    fn context() -> Context {
        let mut context = Context::default();
        context.set("aws:username", [Value::from("b*b")]);
        context.set("aws:PrincipalTag/Team", [Value::from("Red")]);
        context.set("aws:TagKeys", [Value::from("a"), Value::from("b")]);
        context
    }

    #[test]
    fn variables_are_filled_in_and_bring_no_wildcards() {
        fn check(pattern: &str, text: &str, expect: bool) {
            let pattern = Pattern::read(pattern, PLAIN).expect(pattern);
            assert_eq!(pattern.matches(text, &context()), expect, "{pattern:?} {text}");
        }
        check("home/${aws:username}/*", "home/b*b/x", true);
        check("home/${aws:username}/*", "home/bob/x", false);
        check("${AWS:PRINCIPALTAG/team}", "Red", true);
        check("${ aws:principaltag/TEAM }", "Red", true);
        check("${aws:missing}", "", false);
        check("*${aws:missing}*", "anything", false);
        check("${aws:missing, 'no}ne'}", "no}ne", true);
        check("${aws:missing,'*'}", "x", false);
        check("${aws:username, 'other'}", "other", false);
        check("${aws:TagKeys}", "a", false);
        check("a${*}b${?}${$}", "a*b?$", true);
        check("a${*}b", "axb", false);
        check("$5 ${*}", "$5 *", true);
    }

    #[test]
    fn without_variables_a_dollar_is_a_dollar() {
        let old = Reading { variables: false, ..PLAIN };
        let pattern = Pattern::read("${aws:username}", old).expect("a text");
        assert!(pattern.matches("${aws:username}", &context()));
        assert!(!pattern.matches("b*b", &context()));
    }

    #[test]
    fn either_case_is_that_of_ascii_letters() {
        let reading = Reading { any_case: true, ..PLAIN };
        let pattern = Pattern::read("K-${aws:PrincipalTag/Team}", reading).expect("a pattern");
        assert!(pattern.matches("k-red", &context()));
        assert!(!pattern.matches("\u{212a}-red", &context()));
    }

    #[test]
    fn what_is_no_variable_is_refused() {
        for wrong in ["${", "${}", "${a", "${username}", "${aws:x, default}", "${aws:x, 'a}"] {
            assert!(Pattern::read(wrong, PLAIN).is_err(), "{wrong}");
        }
        assert!(Pattern::read("a${aws:x${aws:y}}", PLAIN).is_err());
    }
}
