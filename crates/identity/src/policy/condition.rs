//! One condition of a statement: an operator, a key, and the values of which one must be met.

use ipnet::IpNet;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use domain::Timestamp;

use super::arn::ArnPattern;
use super::context::{Context, Value};
use super::number::{Number, moment};
use super::operator::{Comparison, Operator, Quantifier};
use super::pattern::{self, Pattern, Reading};
use crate::finding::Place;

/// A condition as a policy states it.
#[derive(Clone, Debug)]
pub struct Condition {
    pub(crate) operator: Operator,
    /// The key as it is written.
    pub(crate) key: String,
    pub(crate) folded_key: String,
    pub(crate) wanted: Vec<Wanted>,
    pub(crate) place: Place,
}

/// One value that a condition names.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// As it is written.
    pub text: String,
    varies: bool,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    Text(Pattern),
    TextInAnyCase(Pattern),
    Number(Number),
    Date(Timestamp),
    Bytes(Vec<u8>),
    Network(IpNet),
    Arn(ArnPattern),
    Absent(bool),
}

impl Condition {
    /// Whether it holds by what is known before anybody asks; `None` where only a request tells.
    pub(super) fn judged(&self, known: &Context) -> Option<bool> {
        let varies = self.wanted.iter().any(|wanted| wanted.varies);
        let told = !varies && !known.get(&self.folded_key).is_empty();
        told.then(|| self.holds(known))
    }
}

impl Wanted {
    /// Reads a value; what would be right, where it is none for this comparison.
    pub fn read(text: String, comparison: Comparison, variables: bool) -> Result<Self, String> {
        let test = Test::read(&text, comparison, variables)?;
        let varies = variables && text.contains("${");
        Ok(Self { text, varies, test })
    }

    /// The network that it names, where addresses are compared.
    pub fn network(&self) -> Option<IpNet> {
        match self.test {
            Test::Network(network) => Some(network),
            _ => None,
        }
    }

    /// As a request with this context fills it in; variables that have no value stay as written.
    pub fn filled(&self, context: &Context) -> String {
        match self.varies {
            true => pattern::filled(&self.text, context),
            false => self.text.clone(),
        }
    }
}

impl Test {
    fn read(text: &str, comparison: Comparison, variables: bool) -> Result<Self, String> {
        let wrong = |right: &str| format!("write {right}");
        let pattern = |wildcards, any_case| {
            let reading = Reading { variables, wildcards, any_case };
            Pattern::read(text, reading).map_err(|error| error.to_string())
        };
        match comparison {
            Comparison::Text => pattern(false, false).map(Self::Text),
            Comparison::TextLike => pattern(true, false).map(Self::Text),
            Comparison::TextInAnyCase => pattern(false, true).map(Self::TextInAnyCase),
            Comparison::Bool => match is_flag(text) || (variables && text.contains("${")) {
                true => pattern(false, true).map(Self::TextInAnyCase),
                false => Err(wrong("true or false")),
            },
            Comparison::Number(_) => Number::parse(text)
                .map(Self::Number)
                .ok_or_else(|| wrong("a decimal number of at most 18 digits")),
            Comparison::Date(_) => moment(text)
                .map(Self::Date)
                .ok_or_else(|| wrong("a moment, as 2026-11-22T10:15:30Z or in epoch seconds")),
            Comparison::Binary => BASE64_STANDARD
                .decode(text)
                .map(Self::Bytes)
                .map_err(|_| wrong("bytes in base64, with padding")),
            Comparison::Address => {
                network(text).map(Self::Network).ok_or_else(|| wrong("a network, 203.0.113.0/24"))
            }
            Comparison::Arn => ArnPattern::read(text, variables).map(Self::Arn),
            Comparison::Null if is_flag(text) => {
                Ok(Self::Absent(text.eq_ignore_ascii_case("true")))
            }
            Comparison::Null => Err(wrong("true (the key is absent) or false (it is present)")),
        }
    }

    /// Whether one value of the request meets it.
    fn is_met(&self, comparison: Comparison, found: &Value, context: &Context) -> bool {
        let order = match comparison {
            Comparison::Number(order) | Comparison::Date(order) => Some(order),
            _ => None,
        };
        let lies = |found| order.is_some_and(|order| order.admits(found));
        match self {
            Self::Text(pattern) => pattern.matches(&found.text(), context),
            Self::TextInAnyCase(pattern) => {
                pattern.matches(&found.text().to_ascii_lowercase(), context)
            }
            Self::Number(wanted) => found.number().is_some_and(|it| lies(it.cmp(wanted))),
            Self::Date(wanted) => found.moment().is_some_and(|it| lies(it.cmp(wanted))),
            Self::Bytes(wanted) => found.bytes().is_some_and(|it| *it == **wanted),
            Self::Network(wanted) => found.address().is_some_and(|it| wanted.contains(&it)),
            Self::Arn(pattern) => pattern.matches(&found.text(), context),
            Self::Absent(_) => false,
        }
    }
}

impl Condition {
    /// Whether it holds for a request with this context.
    pub(crate) fn holds(&self, context: &Context) -> bool {
        let found = context.get(&self.folded_key);
        let Operator { quantifier, row, .. } = self.operator;
        if row.comparison == Comparison::Null {
            let absent = found.is_empty();
            return self
                .wanted
                .iter()
                .any(|it| matches!(it.test, Test::Absent(want) if want == absent));
        }
        if found.is_empty() {
            return self.operator.holds_without_key();
        }
        // A negated operator: the value must meet none of those that are named.
        let good = |value: &Value| {
            let mut wanted = self.wanted.iter();
            wanted.any(|it| it.test.is_met(row.comparison, value, context)) != row.negated
        };
        match quantifier {
            Quantifier::All => found.iter().all(good),
            Quantifier::Any => found.iter().any(good),
            Quantifier::Plain if row.negated => found.iter().all(good),
            Quantifier::Plain => found.iter().any(good),
        }
    }
}

fn is_flag(text: &str) -> bool {
    text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
}

/// A network, or an address as the network of itself.
fn network(text: &str) -> Option<IpNet> {
    let address = || text.parse::<std::net::IpAddr>().ok().map(IpNet::from);
    text.parse::<IpNet>().ok().or_else(address)
}
