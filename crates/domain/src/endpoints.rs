//! Where the forges are that are one place for everybody, and what stands in for them.

use crate::connection::ProviderType;
use std::collections::BTreeMap;

/// A base URL for each provider without a host: its own, or that of a stand-in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    stand_ins: BTreeMap<ProviderType, String>,
}

impl Endpoints {
    /// The endpoints with these stand-ins, by provider.
    pub fn with(stand_ins: impl IntoIterator<Item = (ProviderType, String)>) -> Self {
        Self { stand_ins: stand_ins.into_iter().collect() }
    }

    /// The base URL of a provider, without a slash; `None` for one that is where its host is.
    pub fn of(&self, provider: ProviderType) -> Option<&str> {
        let stand_in = self.stand_ins.get(&provider).map(String::as_str);
        stand_in.or_else(|| own_endpoint(provider))
    }
}

/// The base URL that a provider really has; `None` for one that is where its host is.
pub fn own_endpoint(provider: ProviderType) -> Option<&'static str> {
    match provider {
        ProviderType::Bitbucket => Some("https://bitbucket.org"),
        ProviderType::GitHub => Some("https://github.com"),
        ProviderType::GitLab => Some("https://gitlab.com"),
        ProviderType::GitHubEnterpriseServer
        | ProviderType::GitLabSelfManaged
        | ProviderType::BitbucketServer
        | ProviderType::AzureDevOps => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_offered_provider_is_somewhere_or_needs_a_host() {
        for provider in ProviderType::ALL.into_iter().filter(|it| it.is_offered()) {
            assert_ne!(own_endpoint(provider).is_some(), provider.needs_host(), "{provider}");
        }
    }

    #[test]
    fn a_stand_in_stands_for_its_own_provider_only() {
        let (at, practice) = (ProviderType::GitLab, "http://127.0.0.1:7800".to_owned());
        let endpoints = Endpoints::with([(at, practice.clone())]);
        assert_eq!(endpoints.of(at), Some(&*practice));
        assert_eq!(endpoints.of(ProviderType::GitHub), Some("https://github.com"));
        assert_eq!(endpoints.of(ProviderType::BitbucketServer), None);
    }
}
