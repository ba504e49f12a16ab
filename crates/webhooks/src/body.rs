//! JSON read member by member, so that every error names its path and what nobody asks for (the
//! thousands of commits of a large push) is skipped without being built.

use crate::Unusable;
use domain::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// One JSON object of a payload.
#[derive(Clone)]
pub(crate) struct Object<'a> {
    path: String,
    members: BTreeMap<String, &'a RawValue>,
}

/// An entry of a list: an object, or why it is none.
pub(crate) type Entry<'a> = Result<Object<'a>, Unusable>;

impl<'a> Object<'a> {
    /// The payload itself, whose members have the paths `/name`.
    pub(crate) fn payload(bytes: &'a [u8]) -> Result<Self, Unusable> {
        if bytes.starts_with(b"payload=") {
            let why = "the body is form-encoded; set the hook's content type to application/json";
            return Err(Unusable::new("body", why));
        }
        let members = serde_json::from_slice(bytes);
        let members = members
            .map_err(|error| Unusable::new("body", format!("not a JSON object: {error}")))?;
        Ok(Self { path: String::new(), members })
    }

    /// A member; `None` where it is absent or null.
    pub(crate) fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Unusable> {
        let read = |raw: &&RawValue| serde_json::from_str::<Option<T>>(raw.get());
        let value = self.members.get(name).map(read).transpose();
        let value = value.map_err(|error| Unusable::new(self.place(name), reason(&error)))?;
        Ok(value.flatten())
    }

    /// A member that must be there.
    pub(crate) fn need<T: DeserializeOwned>(&self, name: &str) -> Result<T, Unusable> {
        self.get(name)?.ok_or_else(|| Unusable::new(self.place(name), "missing"))
    }

    /// A member that is an object; `None` where it is absent or null.
    pub(crate) fn object(&self, name: &str) -> Result<Option<Object<'a>>, Unusable> {
        let read = |raw: &&'a RawValue| serde_json::from_str(raw.get());
        let members: Option<Option<_>> = self
            .members
            .get(name)
            .map(read)
            .transpose()
            .map_err(|error| Unusable::new(self.place(name), reason(&error)))?;
        let path = self.place(name);
        Ok(members.flatten().map(|members| Object { path, members }))
    }

    /// An object that must be there.
    pub(crate) fn need_object(&self, name: &str) -> Result<Object<'a>, Unusable> {
        self.object(name)?.ok_or_else(|| Unusable::new(self.place(name), "missing"))
    }

    /// The entries of a member that is a list, each by itself an object with its path, or not;
    /// `None` where it is absent or null.
    pub(crate) fn list(&self, name: &str) -> Result<Option<Vec<Entry<'a>>>, Unusable> {
        let read = |raw: &&'a RawValue| serde_json::from_str(raw.get());
        let items: Option<Option<Vec<&'a RawValue>>> = self
            .members
            .get(name)
            .map(read)
            .transpose()
            .map_err(|error| Unusable::new(self.place(name), reason(&error)))?;
        let object = |(index, raw): (usize, &'a RawValue)| {
            let path = format!("{}/{index}", self.place(name));
            match serde_json::from_str(raw.get()) {
                Ok(members) => Ok(Object { path, members }),
                Err(error) => Err(Unusable::new(path, reason(&error))),
            }
        };
        Ok(items.flatten().map(|items| items.into_iter().enumerate().map(object).collect()))
    }

    /// A list that must be there.
    pub(crate) fn need_list(&self, name: &str) -> Result<Vec<Entry<'a>>, Unusable> {
        self.list(name)?.ok_or_else(|| Unusable::new(self.place(name), "missing"))
    }

    /// A moment as RFC 3339 or as milliseconds since 1970 (Bitbucket Server before 10); `None` for
    /// anything else: nothing depends on it.
    pub(crate) fn moment(&self, name: &str) -> Option<Timestamp> {
        let text = self.members.get(name)?.get();
        match serde_json::from_str::<String>(text) {
            Ok(text) => Timestamp::from_rfc3339(&text),
            Err(_) => serde_json::from_str(text).ok().map(Timestamp),
        }
    }

    /// A text that nothing depends on; `None` where it is absent or cannot be read: what decorates
    /// a delivery does not make it unusable.
    pub(crate) fn told(&self, name: &str) -> Option<String> {
        self.get(name).ok().flatten()
    }

    /// An object that nothing depends on, likewise.
    pub(crate) fn beside(&self, name: &str) -> Option<Object<'a>> {
        self.object(name).ok().flatten()
    }

    /// The path of a member.
    pub(crate) fn place(&self, name: &str) -> String {
        format!("{}/{name}", self.path)
    }
}

/// The parser's words without its position, which counts from the member and misleads.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}
