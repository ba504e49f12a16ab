//! A timestamp as awsJson carries it: seconds since the epoch, milliseconds as the fraction.

use domain::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment in an input or output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub Timestamp);

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
        writer.serialize_f64(self.0.epoch_seconds())
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(reader)?;
        Ok(Self(Timestamp((seconds * 1000.0).round() as i64)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_keeps_its_milliseconds_on_the_way() {
        let moment = Moment(Timestamp(1_795_342_530_123));
        let text = serde_json::to_string(&moment).expect("a number");
        assert_eq!(text, "1795342530.123");
        assert_eq!(serde_json::from_str::<Moment>(&text).expect("reads back"), moment);
    }
}
