//! What is known of a request beyond who, what and where: condition keys and their values.
//!
//! Names of keys are compared without case. Which keys an action has is left to its operation.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use domain::Timestamp;

use super::number::Number;
use super::synonym;

/// One value of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text, and everything that no other kind is made for: ARNs, ids, decimal numbers.
    Text(String),
    /// A whole number.
    Number(i64),
    /// True or false.
    Flag(bool),
    /// A moment.
    Moment(Timestamp),
    /// An address of a caller.
    Address(IpAddr),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// The keys of a request. A key without values is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    values: BTreeMap<String, Vec<Value>>,
}

impl Context {
    /// Sets a key, under all of its names, to these values in place of what it had.
    pub fn set(&mut self, key: &str, values: impl IntoIterator<Item = Value>) {
        let values: Vec<Value> = values.into_iter().collect();
        for name in synonym::names(key.to_ascii_lowercase()) {
            self.values.insert(name, values.clone());
        }
    }

    /// Sets every key of another context, over what this one has of them.
    pub fn extend(&mut self, other: &Self) {
        self.values.extend(other.values.iter().map(|(key, values)| (key.clone(), values.clone())));
    }

    /// Every key that has values, its name written small.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &[Value])> {
        let entries = self.values.iter().filter(|(_, values)| !values.is_empty());
        entries.map(|(key, values)| (key.as_str(), values.as_slice()))
    }

    /// The values of a key whose name is written small; none where it is absent.
    pub(crate) fn get(&self, folded_key: &str) -> &[Value] {
        self.values.get(folded_key).map_or(&[], Vec::as_slice)
    }

    /// The text of a key that has one value.
    pub(crate) fn single(&self, folded_key: &str) -> Option<Cow<'_, str>> {
        match self.get(folded_key) {
            [value] => Some(value.text()),
            _ => None,
        }
    }
}

impl Value {
    /// The value that a text is, of a kind as IAM's simulator calls them; `None` where it is none.
    pub fn read(kind: &str, text: &str) -> Option<Self> {
        let plain = Self::Text(text.to_owned());
        match kind {
            "numeric" => plain.number().map(|_| plain),
            "boolean" => text.to_ascii_lowercase().parse().ok().map(Self::Flag),
            "ip" => plain.address().map(Self::Address),
            "binary" => plain.bytes().map(|bytes| Self::Bytes(bytes.into_owned())),
            "date" => plain.moment().map(Self::Moment),
            _ => Some(plain),
        }
    }

    /// As a text.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Flag(flag) => Cow::Borrowed(if *flag { "true" } else { "false" }),
            Self::Moment(moment) => Cow::Owned(moment.rfc3339()),
            Self::Address(address) => Cow::Owned(address.to_string()),
            Self::Bytes(bytes) => Cow::Owned(BASE64_STANDARD.encode(bytes)),
        }
    }

    /// As a number, where it is one.
    pub(crate) fn number(&self) -> Option<Number> {
        match self {
            Self::Number(number) => Some(Number::from(*number)),
            other => Number::parse(&other.text()),
        }
    }

    /// As a moment, where it is one.
    pub(crate) fn moment(&self) -> Option<Timestamp> {
        match self {
            Self::Moment(moment) => Some(*moment),
            other => super::number::moment(&other.text()),
        }
    }

    /// As an address, where it is one; an IPv4 address written as IPv6 is the IPv4 address.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Address(address) => Some(address.to_canonical()),
            other => other.text().parse::<IpAddr>().ok().map(|it| it.to_canonical()),
        }
    }

    /// As bytes: a text is read as base64.
    pub(crate) fn bytes(&self) -> Option<Cow<'_, [u8]>> {
        match self {
            Self::Bytes(bytes) => Some(Cow::Borrowed(bytes)),
            other => BASE64_STANDARD.decode(&*other.text()).ok().map(Cow::Owned),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_no_case_and_the_last_values_hold() {
        let mut context = Context::default();
        context.set("aws:SourceIp", [Value::from("192.0.2.1")]);
        context.set("AWS:sourceip", [Value::from("::ffff:192.0.2.2")]);
        let address = context.get("aws:sourceip").first().and_then(Value::address);
        assert_eq!(address, "192.0.2.2".parse().ok());
        assert_eq!(context.get("aws:other"), []);
    }
}
