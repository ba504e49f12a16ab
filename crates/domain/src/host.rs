//! The words of a host, a forge that somebody runs themselves: whether it can be used, and which
//! step is missing where it cannot.
//!
//! AWS knows more words for the status of a host, all of networks (VPC) that are not of this server.

use crate::HostArn;
use crate::connection::{Missing, Who};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What kept this server from a host when it looked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HostTrouble {
    /// The guard does not let it go there.
    Barred {
        /// Where the host is, and what that is: `git.example is at 10.0.0.5, …`.
        at: String,
        /// What the operator may allow: `10.0.0.5:443`.
        allow: String,
    },
    /// Its certificate comes from no authority that is known for it, or is not its own.
    Untrusted {
        /// What was seen.
        why: String,
    },
    /// It did not answer.
    Silent {
        /// What was seen.
        why: String,
    },
}

impl HostTrouble {
    /// The step that it makes a connection to the host miss; none for what passes by itself.
    pub fn missing(&self) -> Option<Missing> {
        match self {
            Self::Barred { .. } => Some(Missing::HostAddress),
            Self::Untrusted { .. } => Some(Missing::HostCertificate),
            Self::Silent { .. } => None,
        }
    }
}

/// How far a host has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostStatus<'a> {
    /// It is missing a step.
    Pending(HostMissing<'a>),
    /// Connections to it can be authorised.
    Available,
}

/// The one step that a host is missing next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostMissing<'a> {
    /// No OAuth client or App of it is registered in this account.
    ClientRegistration,
    /// This server does not get there.
    Way(&'a HostTrouble),
}

impl<'a> HostStatus<'a> {
    /// As of what is known of a host. The way there comes first: a registration of nobody who can be
    /// reached helps nobody.
    pub fn of(registered: bool, trouble: Option<&'a HostTrouble>) -> Self {
        match (trouble, registered) {
            (Some(trouble), _) => Self::Pending(HostMissing::Way(trouble)),
            (None, false) => Self::Pending(HostMissing::ClientRegistration),
            (None, true) => Self::Available,
        }
    }

    /// `PENDING` or `AVAILABLE`, as the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending(_) => "PENDING",
            Self::Available => "AVAILABLE",
        }
    }

    /// What is missing; `None` where nothing is.
    pub fn missing(self) -> Option<HostMissing<'a>> {
        match self {
            Self::Pending(missing) => Some(missing),
            Self::Available => None,
        }
    }
}

impl HostMissing<'_> {
    /// Who must take the step: whoever runs the forge where that is silent, else this server's operator.
    pub fn who(self) -> Who {
        match self {
            Self::Way(HostTrouble::Silent { .. }) => Who::ForgeOwner,
            Self::ClientRegistration | Self::Way(_) => Who::Operator,
        }
    }

    /// What is wrong, as a sentence for people.
    pub fn sentence(self) -> Cow<'static, str> {
        match self {
            Self::ClientRegistration => {
                "no OAuth client or App of this host is registered in the account".into()
            }
            Self::Way(HostTrouble::Barred { at, .. }) => {
                format!("this server may not go there: {at}").into()
            }
            Self::Way(HostTrouble::Untrusted { why }) => {
                format!("the host's certificate is not trusted: {why}").into()
            }
            Self::Way(HostTrouble::Silent { why }) => {
                format!("the host did not answer when it was last looked at: {why}").into()
            }
        }
    }

    /// The step and who must take it.
    pub fn step(self, host: &HostArn) -> String {
        match self {
            Self::ClientRegistration => {
                format!("the server's operator must run `towpath forges register --host {host}`")
            }
            Self::Way(HostTrouble::Barred { allow, .. }) => format!(
                "the server's operator must run `towpath forges reach {host} --allow-address {allow}`"
            ),
            Self::Way(HostTrouble::Untrusted { .. }) => format!(
                "the server's operator must name its authority with `towpath forges reach {host} \
                 --authority-file FILE`"
            ),
            Self::Way(HostTrouble::Silent { .. }) => {
                "whoever runs the forge must see that it can be reached from this server; it is \
                 looked at again by itself"
                    .to_owned()
            }
        }
    }

    /// Both in one sentence, as the API's `StatusMessage` has them.
    pub fn message(self, host: &HostArn) -> String {
        format!("{}; {}", self.sentence(), self.step(host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_says_which_step_is_missing_and_who_must_take_it() {
        let arn = HostArn::new("arn:aws:codeconnections:us-east-1:000000000000:host/own-1");
        let check = |registered, trouble: Option<HostTrouble>, status: &str, said: &[&str]| {
            let found = HostStatus::of(registered, trouble.as_ref());
            assert_eq!(found.as_str(), status);
            let message = found.missing().map(|it| it.message(&arn)).unwrap_or_default();
            assert_eq!(message.is_empty(), said.is_empty(), "{message}");
            said.iter().for_each(|part| assert!(message.contains(part), "{message}"));
        };
        let barred = || HostTrouble::Barred {
            at: "git.example is at 10.0.0.5".to_owned(),
            allow: "10.0.0.5:443".to_owned(),
        };
        check(true, None, "AVAILABLE", &[]);
        check(false, None, "PENDING", &["towpath forges register --host arn:aws:"]);
        for registered in [false, true] {
            let step = "host/own-1 --allow-address 10.0.0.5:443";
            check(registered, Some(barred()), "PENDING", &["git.example is at 10.0.0.5", step]);
        }
        let untrusted = HostTrouble::Untrusted { why: "UnknownIssuer".to_owned() };
        check(true, Some(untrusted), "PENDING", &["UnknownIssuer", "--authority-file"]);
        let silent = HostTrouble::Silent { why: "refused".to_owned() };
        assert_eq!(HostMissing::Way(&silent).who(), Who::ForgeOwner);
        assert_eq!((silent.missing(), barred().missing()), (None, Some(Missing::HostAddress)));
    }
}
