//! The functions and operators that expressions have, and the kinds that they take and give. Google
//! has these of CEL's standard, and `extract` of its own.

use cel::common::ast::operators;

use super::kind::Kind;

/// What is asked of a text with another one: `assertion.sub.startsWith('repo:')`.
const OF_TEXTS: &[(&str, Kind)] = &[
    ("contains", Kind::Flag),
    ("endsWith", Kind::Flag),
    ("extract", Kind::Text),
    ("matches", Kind::Flag),
    ("startsWith", Kind::Flag),
];

/// What makes one value of another: `int(assertion.exp)`.
const CONVERSIONS: &[(&str, Kind)] = &[
    ("bytes", Kind::Any),
    ("double", Kind::Number),
    ("dyn", Kind::Any),
    ("int", Kind::Number),
    ("size", Kind::Number),
    ("string", Kind::Text),
    ("type", Kind::Any),
    ("uint", Kind::Number),
];

/// Moments and their parts, which Google has and there are none of here: a token's times are seconds.
const OF_MOMENTS: &[&str] = &[
    "duration",
    "timestamp",
    "getDate",
    "getDayOfMonth",
    "getDayOfWeek",
    "getDayOfYear",
    "getFullYear",
    "getHours",
    "getMilliseconds",
    "getMinutes",
    "getMonth",
    "getSeconds",
];

/// The kind of what a function gives; why it can never give anything.
pub(super) fn kind_of(name: &str, of: Option<Kind>, given: &[Kind]) -> Result<Kind, String> {
    if let Some(kind) = of_operator(name, given) {
        return kind;
    }
    let listed = |list: &[(&str, Kind)]| list.iter().find(|it| it.0 == name).map(|it| it.1);
    if let Some(kind) = listed(OF_TEXTS) {
        let all: Vec<Kind> = of.into_iter().chain(given.iter().copied()).collect();
        return match all.len() {
            2 => takes(name, Kind::Text, &all).map(|()| kind),
            _ => Err(format!("{name} is asked of one text with another: 'a'.{name}('b')")),
        };
    }
    if let Some(kind) = listed(CONVERSIONS) {
        return match of.iter().count() + given.len() {
            1 => Ok(kind),
            _ => Err(format!("{name} takes one value")),
        };
    }
    Err(match OF_MOMENTS.contains(&name) {
        true => format!(
            "{name} is of moments, which there are none of here: compare seconds since 1970, as in \
             assertion.iat > 1767225600"
        ),
        false => unknown(name),
    })
}

/// `None`: it is no operator.
fn of_operator(name: &str, given: &[Kind]) -> Option<Result<Kind, String>> {
    let to = |taken: Result<(), String>, kind: Kind| Some(taken.map(|()| kind));
    match name {
        operators::LOGICAL_AND | operators::LOGICAL_OR | operators::LOGICAL_NOT => {
            to(takes(name, Kind::Flag, given), Kind::Flag)
        }
        operators::SUBSTRACT
        | operators::MULTIPLY
        | operators::DIVIDE
        | operators::MODULO
        | operators::NEGATE => to(takes(name, Kind::Number, given), Kind::Number),
        operators::ADD => {
            let kind = given.iter().copied().find(|it| *it != Kind::Any).unwrap_or(Kind::Any);
            to(alike(name, given), kind)
        }
        operators::EQUALS
        | operators::NOT_EQUALS
        | operators::LESS
        | operators::LESS_EQUALS
        | operators::GREATER
        | operators::GREATER_EQUALS => to(alike(name, given), Kind::Flag),
        operators::IN => {
            let within = given.last().copied().unwrap_or(Kind::Any);
            let good = within.may_be(Kind::List) || within.may_be(Kind::Map);
            let wrong = || format!("in looks into a list or a map, not into {}", within.said());
            Some(good.then_some(Kind::Flag).ok_or_else(wrong))
        }
        operators::NOT_STRICTLY_FALSE => Some(Ok(Kind::Flag)),
        operators::OPT_INDEX | operators::OPT_SELECT => Some(Ok(Kind::Any)),
        _ => None,
    }
}

/// Whether everything given may be of one kind.
pub(super) fn takes(name: &str, kind: Kind, given: &[Kind]) -> Result<(), String> {
    let other = given.iter().find(|given| !given.may_be(kind));
    other.map_or(Ok(()), |other| {
        Err(format!("{} takes {}, not {}", said(name), kind.said(), other.said()))
    })
}

/// Whether two values may be of the same kind.
fn alike(name: &str, given: &[Kind]) -> Result<(), String> {
    match given {
        [left, right] if !left.may_be(*right) => {
            Err(format!("{} is given {} and {}", said(name), left.said(), right.said()))
        }
        _ => Ok(()),
    }
}

/// An operator as it is written: `_==_` is `==`.
fn said(name: &str) -> &str {
    name.trim_matches('_')
}

fn unknown(name: &str) -> String {
    let texts = OF_TEXTS.iter().map(|(name, _)| *name);
    let known: Vec<&str> = texts.chain(CONVERSIONS.iter().map(|(name, _)| *name)).collect();
    format!("there is no function {name} here, only {}", known.join(", "))
}
