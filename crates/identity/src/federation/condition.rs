//! An attribute condition or mapping of Google's, in CEL, by the `cel` crate.
//!
//! A condition is also taken apart at its outermost `&&`, so that whoever asks why it is false
//! learns which part of it is, and by which values.

mod functions;
mod kind;

use cel::{Context, ExecutionError, Program, Value};
use serde_json::{Map, Value as Json};

pub use self::kind::Kind;
use self::kind::Scope;
use crate::limits::{CONDITION_BYTES_MAX, CONDITION_DEPTH_MAX};

/// An expression, read.
#[derive(Debug)]
pub struct Condition {
    text: String,
    program: Program,
}

/// One part of a condition that must hold by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conjunct {
    /// As it is written.
    pub text: String,
    /// Whether it holds; what is wrong, where that cannot be told.
    pub holds: Result<bool, String>,
    /// Where it is `left == right`: both values.
    pub compared: Option<(String, String)>,
}

/// Why a text is no expression, or has no value for a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is too long.
    #[error("the expression has {0} bytes; at most {CONDITION_BYTES_MAX} are taken")]
    TooLong(usize),
    /// Its brackets or signs are nested too deep.
    #[error("the expression is nested deeper than {CONDITION_DEPTH_MAX}")]
    TooDeep,
    /// It is not in the language.
    #[error("the expression cannot be read: {0}")]
    Syntax(String),
    /// No token gives it the value that it should have.
    #[error("it can never work: {0}")]
    Never(String),
    /// The token has no such claim.
    #[error("No such key: {0}")]
    Missing(String),
    /// It has no value.
    #[error("{0}")]
    NoValue(String),
}

impl Condition {
    /// Reads an expression.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        if text.len() > CONDITION_BYTES_MAX {
            return Err(Unreadable::TooLong(text.len()));
        }
        if depth(text) > CONDITION_DEPTH_MAX {
            return Err(Unreadable::TooDeep);
        }
        let syntax = |error: cel::ParseErrors| {
            let first = error.errors.first().map(ToString::to_string).unwrap_or_default();
            Unreadable::Syntax(first.lines().next().unwrap_or_default().to_owned())
        };
        let program = Program::compile(text).map_err(syntax)?;
        Ok(Self { text: text.to_owned(), program })
    }

    /// Whether its value can be of one of these kinds, where these are the roots.
    ///
    /// # Errors
    /// [`Unreadable::Never`], with the function that there is not, or the kind that is wrong.
    pub(crate) fn check_kind(&self, roots: &[&str], wanted: &[Kind]) -> Result<(), Unreadable> {
        let kind =
            Scope::of(roots).kind_of(self.program.expression()).map_err(Unreadable::Never)?;
        match wanted.iter().any(|wanted| kind.may_be(*wanted)) {
            true => Ok(()),
            false => {
                let wanted: Vec<&str> = wanted.iter().map(|kind| kind.said()).collect();
                let wanted = wanted.join(" or ");
                Err(Unreadable::Never(format!("it is {}, and must be {wanted}", kind.said())))
            }
        }
    }

    /// Its value, where the roots `assertion`, `google` and `attribute` are these.
    pub fn value(&self, roots: &Map<String, Json>) -> Result<Json, Unreadable> {
        let value = self.program.execute(&context(roots));
        let value = value.map_err(|error| match error {
            ExecutionError::NoSuchKey(key) => Unreadable::Missing(key.to_string()),
            other => Unreadable::NoValue(other.to_string()),
        })?;
        value.json().map_err(|error| Unreadable::NoValue(error.to_string()))
    }

    /// Whether it holds.
    pub fn holds(&self, roots: &Map<String, Json>) -> Result<bool, Unreadable> {
        let no_flag = || Unreadable::NoValue("it is neither true nor false".to_owned());
        self.value(roots)?.as_bool().ok_or_else(no_flag)
    }

    /// Its parts, each looked at by itself.
    pub fn conjuncts(&self, roots: &Map<String, Json>) -> Vec<Conjunct> {
        let value = |text: &str| Self::read(text)?.value(roots);
        let look = |text: &str| {
            let holds = value(text).map_err(|error| error.to_string());
            let flag = |it: Json| it.as_bool().ok_or("it is neither true nor false".to_owned());
            let sides = split(text, "==");
            let compared = match sides[..] {
                [left, right] => value(left).and_then(|it| Ok((it, value(right)?))).ok(),
                _ => None,
            };
            let compared = compared.map(|(left, right)| (plain(&left), plain(&right)));
            Conjunct { text: text.to_owned(), holds: holds.and_then(flag), compared }
        };
        split(&self.text, "&&").into_iter().map(look).collect()
    }
}

fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn context(roots: &Map<String, Json>) -> Context<'static, 'static> {
    let mut context = Context::default();
    for (name, value) in roots {
        if let Ok(value) = cel::to_value(value) {
            context.add_variable_from_value(name.clone(), value);
        }
    }
    // It has no other overload, so it can always be added; without it a condition has no value.
    let _added = context.add_function("extract", extract);
    context
}

/// Google's own `'repo:o/r'.extract('repo:{name}')`: what stands where the braces are, or nothing.
fn extract(
    cel::extractors::This(text): cel::extractors::This<std::sync::Arc<String>>,
    template: std::sync::Arc<String>,
) -> Value {
    let found = || {
        let (before, rest) = template.split_once('{')?;
        let (_, after) = rest.split_once('}')?;
        let start = text.find(before)? + before.len();
        let end = if after.is_empty() { text.len() } else { start + text[start..].find(after)? };
        Some(text[start..end].to_owned())
    };
    Value::from(found().unwrap_or_default())
}

/// How deep the parser would go: open brackets, and what else nests without any.
fn depth(text: &str) -> usize {
    let (mut open, mut deepest) = (0usize, 0);
    for character in text.chars() {
        match character {
            '(' | '[' | '{' => open += 1,
            ')' | ']' | '}' => open = open.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(open);
    }
    let signs = text.split(|it| !matches!(it, '!' | '-' | ' ' | '\n' | '\t'));
    let signs = signs.map(|run| run.matches(['!', '-']).count()).max();
    deepest.max(signs.unwrap_or(0)).max(text.matches('?').count())
}

/// Cuts an expression at an operator that stands outside of quotes and brackets.
fn split<'a>(text: &'a str, operator: &str) -> Vec<&'a str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0);
    let (mut quote, mut skip) = (None, 0);
    for (at, character) in text.char_indices() {
        if at < skip {
            continue;
        }
        match (quote, character) {
            (Some(_), '\\') => skip = at + 2,
            (Some(open), close) if open == close => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            // `a && b ? c : d` and `a && b || c` are no conjunctions.
            (None, '?') if depth == 0 => return vec![text.trim()],
            (None, '|') if depth == 0 => return vec![text.trim()],
            (None, _) if depth == 0 && text[at..].starts_with(operator) => {
                parts.push(text[start..at].trim());
                start = at + operator.len();
                skip = start;
            }
            (None, _) => {}
        }
    }
    parts.push(text[start..].trim());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn roots() -> Map<String, Json> {
        let assertion = json!({
            "sub": "repo:acme/shop:ref:refs/heads/main", "repositoryUuid": "{6a1f}", "amr": ["a"],
            "run_attempt": 2,
        });
        let roots = json!({"assertion": assertion, "attribute": {"branch": "main"}});
        roots.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn a_condition_holds_or_not_by_the_claims() {
        fn check(text: &str, expect: Result<bool, ()>) {
            let holds = Condition::read(text).and_then(|it| it.holds(&roots())).map_err(|_| ());
            assert_eq!(holds, expect, "{text}");
        }
        check("assertion.repositoryUuid == '{6a1f}'", Ok(true));
        check("assertion['repositoryUuid'] == \"6a1f\"", Ok(false));
        check("assertion.sub.startsWith('repo:acme/') && attribute.branch == 'main'", Ok(true));
        check("assertion.sub.extract('repo:{name}:ref') == 'acme/shop'", Ok(true));
        check("assertion.sub.matches('^repo:[a-z]+/shop')", Ok(true));
        check("'a' in assertion.amr && has(assertion.sub) && !has(assertion.none)", Ok(true));
        check("assertion.run_attempt == 2 || false", Ok(true));
        check("assertion.repositoryUuid in ['{6a1f}', '{77}'] ? true : false", Ok(true));
        check("assertion.none == 'x'", Err(()));
        check("assertion.sub", Err(()));
        check("assertion.sub ==", Err(()));
        check(&"(".repeat(5_000), Err(()));
    }

    #[test]
    fn what_can_never_work_is_told_before_there_is_a_token() {
        fn check(text: &str, kind: Kind, expect: Option<&str>) {
            let checked = Condition::read(text).expect(text).check_kind(&["assertion"], &[kind]);
            let said = checked.err().map(|error| error.to_string());
            match expect {
                Some(words) => {
                    assert!(said.as_ref().is_some_and(|it| it.contains(words)), "{text}: {said:?}")
                }
                None => assert_eq!(said, None, "{text}"),
            }
        }
        let flag = Kind::Flag;
        check("assertion.ref == 'refs/heads/main' && assertion.email_verified", flag, None);
        check("assertion.sub.startsWith('repo:') || 'a' in assertion.amr", flag, None);
        check("assertion.amr.exists(it, it.contains('x'))", flag, None);
        check("has(assertion.environment) ? assertion.environment == 'p' : false", flag, None);
        check("assertion['exp'] - assertion.iat < 600 && int(assertion.run_id) > 3", flag, None);
        check("size(assertion.amr) == 2 && assertion.amr.map(it, it + 'x')[0] != ''", flag, None);
        check("assertion.ref", flag, Some("it is a text, and must be true or false"));
        check("assertion.ref.lowerAscii() == 'x'", flag, Some("no function lowerAscii"));
        check("'main' in assertion.ref.split('/')", flag, Some("no function split"));
        check("true || assertion.ref.split('/') == []", flag, Some("no function split"));
        check("assertion.exp == '3'", flag, Some("== is given a number and a text"));
        check(
            "assertion.ref_protected == true",
            flag,
            Some("== is given a text and true or false"),
        );
        check("assertion.ref && true", flag, Some("&& takes true or false, not a text"));
        check("attribute.a == 'x'", flag, Some("there is no attribute here"));
        let pattern = Some("\"refs/(heads\" is no regular expression: unclosed group");
        check("assertion.ref.matches('refs/(heads')", flag, pattern);
        check("matches(assertion.ref, '[')", flag, Some("no regular expression"));
        check("assertion.ref.matches('^refs/(heads|tags)/') && true", flag, None);
        check("assertion.ref.matches(assertion.pattern)", flag, None);
        check("timestamp(assertion.iat).getHours() < 8", flag, Some("compare seconds since 1970"));
        check("duration('1h') == duration('60m')", flag, Some("compare seconds since 1970"));
        check("\"x\" * 3", Kind::Text, Some("* takes a number, not a text"));
        check("assertion.exp", Kind::Text, Some("it is a number, and must be a text"));
        check("string(assertion.exp)", Kind::Text, None);
        check("assertion.sub.extract('repo:{name}')", Kind::Text, None);
        check("'repo:' + assertion.repository", Kind::Text, None);
        check("assertion.ref.contains('a', 'b')", flag, Some("contains is asked of one text"));
        check("assertion.sub.a", Kind::Text, Some(".a is asked of a text"));
    }

    #[test]
    fn the_part_that_is_false_is_found_with_its_values() {
        let text =
            "attribute.branch == 'main' && assertion.repositoryUuid == '6a&&1f' && (true || false)";
        let parts = Condition::read(text).expect("CEL").conjuncts(&roots());
        let held: Vec<_> = parts.iter().map(|it| it.holds.clone()).collect();
        assert_eq!(held, [Ok(true), Ok(false), Ok(true)]);
        let compared = parts[1].compared.clone().expect("two values");
        assert_eq!(compared, ("{6a1f}".to_owned(), "6a&&1f".to_owned()));
        assert_eq!(split("a && b || c", "&&"), ["a && b || c"]);
        assert_eq!(split("a == '\\'==' && b", "&&"), ["a == '\\'=='", "b"]);
    }
}
