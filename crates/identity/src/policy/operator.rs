//! The condition operators: what each compares, and how it treats keys with no or many values.
//!
//! "IAM JSON policy elements: Condition operators" (IAM user guide). `ArnEquals` and `ArnLike` are
//! the same there, and so are they here.

use std::cmp::Ordering;
use std::fmt;

/// An operator as a policy names it: `ForAnyValue:StringLikeIfExists`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operator {
    pub(crate) quantifier: Quantifier,
    pub(crate) row: &'static Row,
    pub(crate) if_exists: bool,
}

/// Which of a request's values must meet the condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantifier {
    /// No prefix: one of them, and of a negated operator all.
    Plain,
    /// `ForAllValues:`: all, and so also none.
    All,
    /// `ForAnyValue:`: one.
    Any,
}

/// What an operator compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Text,
    TextInAnyCase,
    TextLike,
    Number(Order),
    Date(Order),
    Bool,
    Binary,
    Address,
    Arn,
    Null,
}

impl Comparison {
    /// Whether texts are compared.
    pub fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::TextInAnyCase | Self::TextLike)
    }

    /// Whether `*` and `?` stand for others.
    pub fn has_wildcards(self) -> bool {
        matches!(self, Self::TextLike | Self::Arn)
    }
}

/// How the request's value must lie to the policy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    /// Whether two values lie so.
    pub fn admits(self, found: Ordering) -> bool {
        match self {
            Self::Equal => found.is_eq(),
            Self::Less => found.is_lt(),
            Self::LessOrEqual => found.is_le(),
            Self::Greater => found.is_gt(),
            Self::GreaterOrEqual => found.is_ge(),
        }
    }
}

/// One row of the table.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub name: &'static str,
    pub comparison: Comparison,
    pub negated: bool,
}

const fn row(name: &'static str, comparison: Comparison) -> Row {
    Row { name, comparison, negated: false }
}

const fn not(name: &'static str, comparison: Comparison) -> Row {
    Row { name, comparison, negated: true }
}

const ROWS: &[Row] = &[
    row("StringEquals", Comparison::Text),
    not("StringNotEquals", Comparison::Text),
    row("StringEqualsIgnoreCase", Comparison::TextInAnyCase),
    not("StringNotEqualsIgnoreCase", Comparison::TextInAnyCase),
    row("StringLike", Comparison::TextLike),
    not("StringNotLike", Comparison::TextLike),
    row("NumericEquals", Comparison::Number(Order::Equal)),
    not("NumericNotEquals", Comparison::Number(Order::Equal)),
    row("NumericLessThan", Comparison::Number(Order::Less)),
    row("NumericLessThanEquals", Comparison::Number(Order::LessOrEqual)),
    row("NumericGreaterThan", Comparison::Number(Order::Greater)),
    row("NumericGreaterThanEquals", Comparison::Number(Order::GreaterOrEqual)),
    row("DateEquals", Comparison::Date(Order::Equal)),
    not("DateNotEquals", Comparison::Date(Order::Equal)),
    row("DateLessThan", Comparison::Date(Order::Less)),
    row("DateLessThanEquals", Comparison::Date(Order::LessOrEqual)),
    row("DateGreaterThan", Comparison::Date(Order::Greater)),
    row("DateGreaterThanEquals", Comparison::Date(Order::GreaterOrEqual)),
    row("Bool", Comparison::Bool),
    row("BinaryEquals", Comparison::Binary),
    row("IpAddress", Comparison::Address),
    not("NotIpAddress", Comparison::Address),
    row("ArnEquals", Comparison::Arn),
    not("ArnNotEquals", Comparison::Arn),
    row("ArnLike", Comparison::Arn),
    not("ArnNotLike", Comparison::Arn),
    row("Null", Comparison::Null),
];

impl Operator {
    /// Reads a name; `None` where there is no such operator. `Null` takes neither prefix nor
    /// `IfExists`: it asks itself whether the key exists.
    pub fn parse(name: &str) -> Option<Self> {
        let (quantifier, rest) = match name.split_once(':') {
            Some(("ForAllValues", rest)) => (Quantifier::All, rest),
            Some(("ForAnyValue", rest)) => (Quantifier::Any, rest),
            Some(_) => return None,
            None => (Quantifier::Plain, name),
        };
        let base = rest.strip_suffix("IfExists");
        let if_exists = base.is_some();
        let row = ROWS.iter().find(|row| row.name == base.unwrap_or(rest))?;
        let bare = quantifier == Quantifier::Plain && !if_exists;
        (bare || row.comparison != Comparison::Null).then_some(Self { quantifier, row, if_exists })
    }

    /// The name that was probably meant, written in another case.
    pub(crate) fn nearest(name: &str) -> Option<&'static str> {
        let base = name.rsplit(':').next().unwrap_or(name).to_ascii_lowercase();
        let base = base.strip_suffix("ifexists").unwrap_or(&base);
        ROWS.iter().map(|row| row.name).find(|known| known.eq_ignore_ascii_case(base))
    }

    /// What becomes of the condition where the request has no such key.
    pub(crate) fn holds_without_key(self) -> bool {
        match self.quantifier {
            _ if self.if_exists => true,
            Quantifier::All => true,
            Quantifier::Any => false,
            Quantifier::Plain => self.row.negated,
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.quantifier {
            Quantifier::Plain => "",
            Quantifier::All => "ForAllValues:",
            Quantifier::Any => "ForAnyValue:",
        })?;
        f.write_str(self.row.name)?;
        f.write_str(if self.if_exists { "IfExists" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_reads_back() {
        for row in ROWS {
            let null = row.comparison == Comparison::Null;
            for (prefix, suffix) in [("", ""), ("ForAllValues:", ""), ("ForAnyValue:", "IfExists")]
            {
                let name = format!("{prefix}{}{suffix}", row.name);
                let read = Operator::parse(&name).map(|operator| operator.to_string());
                let expect = (!null || prefix.is_empty()).then_some(name.clone());
                assert_eq!(read, expect, "{name}");
            }
        }
    }

    #[test]
    fn other_names_are_no_operators() {
        for wrong in ["", "stringEquals", "StringEqualsIfExist", "ForSome:Bool", "NullIfExists"] {
            assert_eq!(Operator::parse(wrong), None, "{wrong}");
        }
        assert_eq!(Operator::nearest("ForAnyValue:stringlikeifexists"), Some("StringLike"));
        assert_eq!(Operator::nearest("Contains"), None);
    }
}
