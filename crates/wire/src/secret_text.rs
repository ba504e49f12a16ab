//! A secret as a member: read from an input, written only into the one output that gives it out.

use domain::Secret;
use serde::{Deserialize, Deserializer, Serializer};

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(reader: D) -> Result<Secret, D::Error> {
    String::deserialize(reader).map(Secret::new)
}

pub(crate) fn serialize<S: Serializer>(secret: &Secret, writer: S) -> Result<S::Ok, S::Error> {
    writer.serialize_str(secret.expose())
}
