//! The words of a connection: which forge it reaches, how far it has come, and what is missing.
//!
//! A connection that is not usable always says which step is missing and who must take it; there
//! is no status without that. What a step does is left to `operations`, `forges` and `server`.

use crate::ConnectionArn;
use crate::host::HostTrouble;
use serde::{Deserialize, Serialize};
use std::fmt;

mod looks;
mod refusal;

pub use looks::{Looks, Missed, Vain};
pub use refusal::Refusal;

/// A kind of forge, in AWS's names (CodeConnections `ProviderType`); `BitbucketServer` is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ProviderType {
    /// bitbucket.org.
    Bitbucket,
    /// github.com.
    GitHub,
    /// A GitHub Enterprise Server; its connections need a host.
    GitHubEnterpriseServer,
    /// gitlab.com.
    GitLab,
    /// A GitLab that someone runs; its connections need a host.
    GitLabSelfManaged,
    /// Bitbucket Server or Data Center; its connections need a host. Not among AWS's values.
    BitbucketServer,
    /// A value that the API's model knows and no connection may have here.
    AzureDevOps,
}

impl ProviderType {
    /// Every value, in the order of the API's model, ours last but the refused one.
    pub const ALL: [Self; 7] = [
        Self::Bitbucket,
        Self::GitHub,
        Self::GitHubEnterpriseServer,
        Self::GitLab,
        Self::GitLabSelfManaged,
        Self::BitbucketServer,
        Self::AzureDevOps,
    ];

    /// The value as the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bitbucket => "Bitbucket",
            Self::GitHub => "GitHub",
            Self::GitHubEnterpriseServer => "GitHubEnterpriseServer",
            Self::GitLab => "GitLab",
            Self::GitLabSelfManaged => "GitLabSelfManaged",
            Self::BitbucketServer => "BitbucketServer",
            Self::AzureDevOps => "AzureDevOps",
        }
    }

    /// Reads [`ProviderType::as_str`]; case matters, as it does in the API.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.as_str() == text)
    }

    /// Whether a connection of this kind is made under a host (and not by its kind alone).
    pub fn needs_host(self) -> bool {
        use ProviderType::{BitbucketServer, GitHubEnterpriseServer, GitLabSelfManaged};
        matches!(self, GitHubEnterpriseServer | GitLabSelfManaged | BitbucketServer)
    }

    /// Whether connections of this kind exist at all: every kind but `AzureDevOps`.
    pub fn is_offered(self) -> bool {
        self != Self::AzureDevOps
    }
}

impl fmt::Display for ProviderType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How far a connection has come. The reason is the state: what is missing stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ConnectionStatus {
    /// Made, not yet usable.
    Pending(Missing),
    /// The forge answers to its token.
    Available,
    /// It was usable and is not any more.
    Error(Missing),
}

impl ConnectionStatus {
    /// `PENDING`, `AVAILABLE` or `ERROR`, as the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending(_) => "PENDING",
            Self::Available => "AVAILABLE",
            Self::Error(_) => "ERROR",
        }
    }

    /// What stands between this connection and its use; `None` where nothing does.
    pub fn missing(self) -> Option<Missing> {
        match self {
            Self::Pending(missing) | Self::Error(missing) => Some(missing),
            Self::Available => None,
        }
    }
}

/// The one step that is missing next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Missing {
    /// No OAuth client of the forge is registered for this account and host.
    ClientRegistration,
    /// The forge is elsewhere, and the server's public URL is still a loopback address.
    PublicUrl,
    /// The guard does not let this server go where the host is.
    HostAddress,
    /// The host's certificate comes from no authority that is known for it.
    HostCertificate,
    /// Nobody has finished the handshake in a browser.
    Authorisation,
    /// Somebody was at the forge for it, and came back refused.
    Refused(Refusal),
    /// Somebody did, with fewer scopes than pipelines need.
    Scopes,
    /// Somebody had, and the forge no longer honours what it gave.
    AuthorisationAgain(Lost),
    /// Somebody did, and the App is installed nowhere that they may use.
    Installation,
    /// Somebody asked an organisation to install the App, and none of its owners has agreed yet.
    InstallationApproval,
    /// The App's installation, on which the connection rests, does not serve any more.
    InstallationAgain(Halted),
    /// The token that a source action brought is worth nothing any more.
    OAuthToken(Lost),
}

/// Why an App's installation gives no tokens any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Halted {
    /// An owner suspended it.
    Suspended,
    /// An owner uninstalled the App.
    Uninstalled,
    /// It grants less than pipelines need.
    Permissions,
    /// The forge does not take the App's key any more, or does not know the App.
    Key,
}

/// Why a credential that was once good is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Lost {
    /// The forge refused the token: revoked, or its user or client removed.
    Revoked,
    /// The stored token cannot be opened with the present sealing key.
    Unreadable,
    /// The forge replaced the token, and its answer was lost before it could be kept: the server
    /// died over it, or the connection broke. The old token is worth nothing from then on.
    Interrupted,
}

/// Who must take a missing step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Who {
    /// Whoever runs this server.
    Operator,
    /// Someone who may use the connection's account and has rights in the forge.
    ForgeUser,
    /// An owner of the account at the forge that an App is installed in.
    ForgeOwner,
}

impl Missing {
    /// The first step of a connection that nobody has authorised: the way to its host comes before what
    /// goes over it.
    pub fn first(host: Option<&HostTrouble>, registered: bool, reachable: bool) -> Self {
        match (host.and_then(HostTrouble::missing), registered, reachable) {
            (Some(way), ..) => way,
            (None, false, _) => Self::ClientRegistration,
            (None, true, false) => Self::PublicUrl,
            (None, true, true) => Self::Authorisation,
        }
    }

    /// Whether it is one of those.
    pub fn is_first(self) -> bool {
        matches!(
            self,
            Self::HostAddress
                | Self::HostCertificate
                | Self::ClientRegistration
                | Self::PublicUrl
                | Self::Authorisation
        )
    }

    /// What is missing where the token is lost by which a repository was reached.
    pub fn of_lost(reached_by: &ConnectionArn, lost: Lost) -> Self {
        match reached_by.is_source_action() {
            true => Self::OAuthToken(lost),
            false => Self::AuthorisationAgain(lost),
        }
    }

    /// Who must take the step.
    pub fn who(self) -> Who {
        match self {
            Self::ClientRegistration
            | Self::PublicUrl
            | Self::HostAddress
            | Self::HostCertificate
            | Self::InstallationAgain(Halted::Key) => Who::Operator,
            Self::Refused(refusal) => refusal.who(),
            Self::Authorisation
            | Self::Scopes
            | Self::AuthorisationAgain(_)
            | Self::OAuthToken(_) => Who::ForgeUser,
            Self::Installation | Self::InstallationApproval | Self::InstallationAgain(_) => {
                Who::ForgeOwner
            }
        }
    }

    /// Whether somebody takes it by connecting again: at once, or after an owner at the forge has
    /// had the App installed.
    pub fn is_finished_by_connecting(self) -> bool {
        match self {
            Self::OAuthToken(_) => false,
            Self::Refused(_)
            | Self::Installation
            | Self::InstallationApproval
            | Self::InstallationAgain(Halted::Uninstalled) => true,
            other => other.who() == Who::ForgeUser,
        }
    }

    /// The step and who must take it, as a sentence for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::ClientRegistration => {
                "no OAuth client is registered for this forge; the server's operator must run `towpath forges register`"
            }
            Self::PublicUrl => {
                "the forge cannot reach this server at a loopback address; its operator must start it with `--public-url`"
            }
            Self::HostAddress => {
                "this server may not go to the address of the connection's host; its operator must allow it with `towpath forges reach HOST --allow-address`, as `towpath forges hosts` says in full"
            }
            Self::HostCertificate => {
                "the certificate of the connection's host is not trusted; the server's operator must name its authority with `towpath forges reach HOST --authority-file`"
            }
            Self::Authorisation => {
                "nobody has authorised it yet; someone with rights in the forge must finish connecting in the console"
            }
            Self::Refused(refusal) => refusal.sentence(),
            Self::Scopes => {
                "it was authorised with fewer rights than pipelines need; someone with rights in the forge must connect again in the console and grant all that is asked for"
            }
            Self::AuthorisationAgain(Lost::Revoked) => {
                "the forge no longer accepts its token; someone with rights in the forge must connect again in the console"
            }
            Self::AuthorisationAgain(Lost::Interrupted) => {
                "the forge replaced its token while this server or its network failed, and the new one never arrived; someone with rights in the forge must connect again in the console"
            }
            Self::OAuthToken(Lost::Revoked | Lost::Interrupted) => {
                "GitHub no longer accepts the action's OAuthToken; someone with rights in the repository must make another one and write it with UpdatePipeline, or move the pipeline to a connection with `towpath pipelines migrate`"
            }
            Self::OAuthToken(Lost::Unreadable) => {
                "the action's OAuthToken cannot be opened with this server's sealing key; write it again with UpdatePipeline"
            }
            Self::AuthorisationAgain(Lost::Unreadable) => {
                "its token cannot be opened with this server's sealing key; someone with rights in the forge must connect again in the console"
            }
            Self::Installation => {
                "the App is not installed in any account that whoever authorised it may use; an owner of the account with the repositories must install it, then someone must connect again in the console"
            }
            Self::InstallationApproval => {
                "an owner of the organisation was asked to install the App and has not approved it yet; once they have, someone must connect again in the console"
            }
            Self::InstallationAgain(Halted::Suspended) => {
                "the App's installation is suspended; an owner of the account that it is in must unsuspend it in the forge's settings"
            }
            Self::InstallationAgain(Halted::Uninstalled) => {
                "the App was uninstalled; an owner of the account with the repositories must install it again, then someone must connect again in the console"
            }
            Self::InstallationAgain(Halted::Permissions) => {
                "the App's installation does not grant what pipelines need (contents: read, statuses: write); an owner of the account that it is in must accept the App's permissions in the forge's settings"
            }
            Self::InstallationAgain(Halted::Key) => {
                "the forge does not accept the App's key; the server's operator must run `towpath forges register --app` with a new one"
            }
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}

/// How far a webhook has come. A hook is a desired state: what the forge has is brought to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HookState {
    /// A pipeline needs it and the forge does not have it yet.
    Wanted,
    /// The forge has it.
    Registered,
    /// The forge refused it; the hook says why.
    Failed,
    /// No pipeline needs it any more and the forge may still have it.
    Unwanted,
    /// A webhook of CodePipeline's: its URL was given out, and people tell the forge themselves.
    Given,
    /// There is none: the repository is looked at instead.
    Polled,
}

impl HookState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Wanted, Self::Registered, Self::Failed, Self::Unwanted, Self::Given, Self::Polled];

    /// The state in lower case, as it is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wanted => "wanted",
            Self::Registered => "registered",
            Self::Failed => "failed",
            Self::Unwanted => "unwanted",
            Self::Given => "given",
            Self::Polled => "polled",
        }
    }

    /// Reads [`HookState::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provider_names_read_back_and_only_those() {
        for provider in ProviderType::ALL {
            assert_eq!(ProviderType::parse(provider.as_str()), Some(provider));
        }
        for wrong in ["", "github", "GitHub ", "GitHubEnterprise"] {
            assert_eq!(ProviderType::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_way_to_a_host_comes_before_what_goes_over_it() {
        let barred = HostTrouble::Barred { at: String::new(), allow: String::new() };
        let silent = HostTrouble::Silent { why: String::new() };
        let first = |host, registered, reachable| Missing::first(host, registered, reachable);
        assert_eq!(first(Some(&barred), false, false), Missing::HostAddress);
        assert_eq!(first(Some(&silent), false, false), Missing::ClientRegistration);
        assert_eq!(first(None, true, false), Missing::PublicUrl);
        assert_eq!(first(None, true, true), Missing::Authorisation);
        assert!(first(None, true, true).is_first() && !Missing::Scopes.is_first());
        assert_eq!(Missing::HostAddress.who(), Who::Operator);
    }

    #[test]
    fn only_a_connection_that_is_available_misses_nothing() {
        let revoked = Missing::AuthorisationAgain(Lost::Revoked);
        assert_eq!(ConnectionStatus::Available.missing(), None);
        assert_eq!(ConnectionStatus::Error(revoked).missing(), Some(revoked));
        assert_eq!(ConnectionStatus::Pending(Missing::PublicUrl).as_str(), "PENDING");
        assert_eq!(Missing::PublicUrl.who(), Who::Operator);
    }
}
