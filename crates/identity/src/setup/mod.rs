//! What to set at the real AWS, Azure, Google and Vault so that one pipeline's tokens are taken, and
//! nobody else's: as commands with their documents, and as Terraform.
//!
//! Conditions are as narrow as the issuer's claims let them be. Where no condition could hold (Azure
//! and a subject that is new in every run) nothing is written, and why is said. What is written here
//! `doctor` accepts for the token that it is for; a test holds the two together.

mod aws;
mod azure;
mod google;
#[cfg(test)]
mod tests;
mod vault;

use crate::lint::is_uuid;

/// Whose tokens shall be taken, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The issuer, as tokens have it in `iss`.
    pub issuer: String,
    /// The audience, as tokens have it in `aud`.
    pub audience: String,
    /// Whose tokens.
    pub subject: Subject,
    /// What the role, the credential or the provider is called.
    pub name: String,
}

/// Whose tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Those with exactly this subject.
    Exact(String),
    /// Those whose subject begins so.
    Beginning(String),
    /// Those of a repository of Bitbucket's: UUIDs in braces.
    Bitbucket {
        /// The repository.
        repository: String,
        /// A deployment environment of it.
        environment: Option<String>,
    },
}

/// Where they shall be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An account of AWS.
    Aws {
        /// Its number.
        account: String,
        /// `aws`, `aws-cn` or `aws-us-gov`.
        partition: String,
    },
    /// An app of Entra.
    Azure {
        /// Its application (client) id.
        app: String,
        /// The tenant.
        tenant: String,
    },
    /// A pool of Google's.
    Google {
        /// The project's number.
        project: String,
        /// The pool.
        pool: String,
        /// The service account that is acted as.
        service_account: String,
    },
    /// A JWT method of Vault's.
    Vault {
        /// Where it is mounted.
        mount: String,
        /// Policies that the bearer gets.
        policies: Vec<String>,
    },
}

/// What to set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// Commands and documents, in the order in which they are needed.
    pub text: String,
    /// The same as Terraform.
    pub terraform: String,
    /// The document that decides: a trust policy, a federated credential, a provider, a role.
    pub document: String,
}

/// Why nothing can be set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not a URL that a cloud fetches keys from.
    #[error(
        "{0:?} is no issuer that {1} takes: write its https:// URL, without port, query or fragment"
    )]
    Issuer(String, &'static str),
    /// Something is not in its form.
    #[error("{name} {value:?} is not {right}")]
    Form {
        /// Which.
        name: &'static str,
        /// What it is.
        value: String,
        /// What it must be.
        right: &'static str,
    },
    /// No federated credential could ever match.
    #[error(
        "Entra compares the whole subject, and this issuer's ends in the step's UUID, new in every run: no federated credential \
         can match. Give a subject that stays (--subject), from an issuer that makes one; Towpath's does"
    )]
    NoStableSubject,
    /// A subject with `*`, where the whole one is compared.
    #[error(
        "Entra compares the whole subject: {0:?} with a * behind it matches no token. Give the whole subject (--subject)"
    )]
    NoWholeSubject(String),
}

/// What to set for these tokens, there.
pub fn setup(wanted: &Wanted, target: &Target) -> Result<Setup, Refused> {
    wanted.check(target)?;
    match target {
        Target::Aws { account, partition } => aws::setup(wanted, account, partition),
        Target::Azure { app, tenant } => azure::setup(wanted, app, tenant),
        Target::Google { project, pool, service_account } => {
            google::setup(wanted, project, pool, service_account)
        }
        Target::Vault { mount, policies } => vault::setup(wanted, mount, policies),
    }
}

impl Subject {
    /// A repository of Bitbucket's, by UUIDs with or without their braces.
    pub fn bitbucket(repository: &str, environment: Option<&str>) -> Result<Self, Refused> {
        let braced = |name, text: &str| match text.trim_matches(['{', '}']) {
            bare if is_uuid(bare) => Ok(format!("{{{bare}}}")),
            _ => Err(form(name, text, "a UUID: it stands in the settings' OpenID Connect page")),
        };
        let environment = environment.map(|it| braced("the environment", it)).transpose()?;
        Ok(Self::Bitbucket { repository: braced("the repository", repository)?, environment })
    }

    /// What every subject of theirs begins with, and whether more may follow.
    pub(crate) fn beginning(&self) -> (String, bool) {
        match self {
            Self::Exact(subject) => (subject.clone(), false),
            Self::Beginning(beginning) => (beginning.clone(), true),
            Self::Bitbucket { repository, environment } => {
                let environment =
                    environment.as_ref().map(|it| format!("{it}:")).unwrap_or_default();
                (format!("{repository}:{environment}"), true)
            }
        }
    }
}

impl Wanted {
    fn check(&self, target: &Target) -> Result<(), Refused> {
        let (service, public) = match target {
            Target::Aws { .. } => ("AWS", true),
            Target::Azure { .. } => ("Azure", true),
            Target::Google { .. } => ("Google", true),
            Target::Vault { .. } => ("Vault", false),
        };
        let refused = || Refused::Issuer(self.issuer.clone(), service);
        let (scheme, rest) = self.issuer.split_once("://").ok_or_else(refused)?;
        let host = rest.split('/').next().unwrap_or_default();
        let plain = self
            .issuer
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"\"\\?#{}'".contains(&byte));
        if host.is_empty() || !plain || (public && (scheme != "https" || host.contains(':'))) {
            return Err(refused());
        }
        // What would end a quotation, or begin an expression of a shell's or of Terraform's.
        let text = |text: &str| {
            let plain = text.chars().all(|it| !it.is_control() && !"\"\\'$".contains(it));
            plain && !text.is_empty() && !text.contains("%{")
        };
        let (beginning, _) = self.subject.beginning();
        if !text(&beginning) || beginning.contains('*') {
            return Err(form(
                "the subject",
                &beginning,
                "a text without quotes, dollars, backslashes, wildcards and %{",
            ));
        }
        if !text(&self.audience) {
            return Err(form(
                "the audience",
                &self.audience,
                "a text without quotes, dollars, backslashes and %{",
            ));
        }
        let named = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
        match (4..=32).contains(&self.name.len()) && self.name.chars().all(named) {
            true => Ok(()),
            false => Err(form("the name", &self.name, "4 to 32 small letters, digits and hyphens")),
        }
    }
}

fn form(name: &'static str, value: &str, right: &'static str) -> Refused {
    Refused::Form { name, value: value.to_owned(), right }
}

/// JSON as people read it.
fn pretty(value: &serde_json::Value) -> String {
    format!("{value:#}")
}

/// A name of Terraform's.
fn identifier(name: &str) -> String {
    name.replace('-', "_")
}
