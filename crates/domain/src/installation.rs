//! An App of ours in somebody's account at a forge: what a connection through the App rests on.
//!
//! The forge numbers its installations; the registration says which forge and which App.

use crate::ids::RegistrationId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One installation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Installation {
    /// The App, as it is registered here.
    pub registration: RegistrationId,
    /// The forge's number of the installation.
    pub number: u64,
}

impl Installation {
    /// Reads what [`Installation`] shows itself as.
    pub fn parse(text: &str) -> Option<Self> {
        let (registration, number) = text.rsplit_once('/')?;
        let number = number.parse().ok()?;
        Some(Self { registration: RegistrationId::new(registration), number })
    }
}

impl fmt::Display for Installation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registration, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installation_reads_back_as_it_is_shown() {
        let registration = RegistrationId::new("reg-1");
        let installation = Installation { registration, number: 42 };
        assert_eq!(installation.to_string(), "reg-1/42");
        assert_eq!(Installation::parse("reg-1/42"), Some(installation));
        for wrong in ["", "42", "reg-1/", "reg-1/x", "reg-1/-1"] {
            assert_eq!(Installation::parse(wrong), None, "{wrong}");
        }
    }
}
