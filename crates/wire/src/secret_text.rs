//! A secret as a member: read from an input, written only into the one output that gives it out.

use domain::Secret;
use serde::{Deserialize, Deserializer, Serializer};

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(reader: D) -> Result<Secret, D::Error> {
    String::deserialize(reader).map(Secret::new)
}

pub(crate) fn serialize<S: Serializer>(secret: &Secret, writer: S) -> Result<S::Ok, S::Error> {
    writer.serialize_str(secret.expose())
}

/// The same of a member that may be left out.
pub(crate) mod maybe {
    use domain::Secret;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        reader: D,
    ) -> Result<Option<Secret>, D::Error> {
        Ok(Option::<String>::deserialize(reader)?.map(Secret::new))
    }

    pub(crate) fn serialize<S: Serializer>(
        secret: &Option<Secret>,
        writer: S,
    ) -> Result<S::Ok, S::Error> {
        match secret {
            Some(secret) => writer.serialize_some(secret.expose()),
            None => writer.serialize_none(),
        }
    }
}
