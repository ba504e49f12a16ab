//! The words of CodePipeline's own webhooks, which people put for the older GitHub action: how a
//! delivery shows whose it is, and which deliveries count.

use serde::{Deserialize, Serialize};

/// How a delivery to a webhook must show whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WebhookAuthentication {
    /// By GitHub's signature with the webhook's secret.
    GithubHmac,
    /// By the address that it comes from.
    Ip {
        /// The addresses, in CIDR notation.
        range: String,
    },
    /// Not at all.
    Unauthenticated,
}

/// What a delivery showed when it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A signature with the webhook's secret: what it says is GitHub's word.
    Signature,
    /// That it came from an allowed address: somebody there asks us to look.
    Address,
    /// Nothing: whoever knows the URL asks us to look.
    Nothing,
}

impl Proof {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Signature, Self::Address, Self::Nothing];

    /// What is written of a delivery that showed this.
    pub fn verdict(self) -> &'static str {
        match self {
            Self::Signature => "the signature fits the webhook's secret",
            Self::Address => "it came from an address that the webhook allows",
            Self::Nothing => "the webhook asks for no proof, so only its coming is believed",
        }
    }

    /// Reads [`Proof::verdict`].
    pub fn parse(verdict: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|proof| proof.verdict() == verdict)
    }
}

/// A rule that what a delivery says must pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookFilter {
    /// Where in the payload.
    pub json_path: String,
    /// What must stand there, with `{Key}` for the action's configuration; nothing where anything
    /// may.
    pub match_equals: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_delivery_showed_reads_back() {
        for proof in Proof::ALL {
            assert_eq!(Proof::parse(proof.verdict()), Some(proof));
        }
        assert_eq!(Proof::parse("the signature fits the hook's secret"), None);
    }
}
