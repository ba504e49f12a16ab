//! What an action's configuration asks for: whether its steps get tokens, for whom, and whose role
//! they are to assume.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::subject::{Subject, UnusableSubject};
use super::{BITBUCKET_VARIABLE, Step};
use crate::limits::{STEP_AUDIENCE_CHARS_MAX, STEP_AUDIENCES_MAX, STEP_TOKENS_MAX};
use crate::token::Algorithm;

/// The tokens that a step gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What its subject says.
    pub subject: Subject,
    /// What it is signed with.
    pub algorithm: Algorithm,
    /// The role that it is to assume, if one is named.
    pub role_arn: Option<String>,
    /// At least the first, which is Bitbucket's.
    pub tokens: Vec<NamedToken>,
}

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedToken {
    /// The variable that holds it; with `_FILE` behind it, the one that holds its file's path.
    pub variable: String,
    /// For whom it is.
    pub audience: Audience,
}

/// For whom a token is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Audience {
    /// The workspace's own: a text.
    #[default]
    Default,
    /// The workspace's own and these: a list, as Bitbucket writes it.
    Also(Vec<String>),
    /// These alone: a text where it is one.
    Only(Vec<String>),
}

impl Audience {
    /// `aud`.
    pub(super) fn claim(&self, default: &str) -> Value {
        match self {
            Self::Default => json!(default),
            Self::Also(more) => {
                let all = [default].into_iter().chain(more.iter().map(String::as_str));
                json!(all.collect::<Vec<_>>())
            }
            Self::Only(these) => match these.as_slice() {
                [one] => json!(one),
                several => json!(several),
            },
        }
    }
}

/// Why a configuration asks for nothing that can be given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// Neither yes nor no.
    #[error("Oidc is {0:?}; write true or false")]
    Switch(String),
    /// Settings of tokens that nobody asked for.
    #[error("{0} is set, and Oidc is not true: the action's commands get no token")]
    Unasked(&'static str),
    /// Another algorithm.
    #[error("OidcAlgorithm is {0:?}; write RS256 or ES256")]
    Algorithm(String),
    /// The template.
    #[error("OidcSubject: {0}")]
    Subject(#[from] UnusableSubject),
    /// Something else than a role's ARN.
    #[error("OidcRoleArn is {0:?}; write the ARN of a role, arn:aws:iam::ACCOUNT:role/NAME")]
    Role(String),
    /// A token's name and audience.
    #[error("OidcTokens has {0:?}; write NAME=AUDIENCE, several with spaces between them")]
    Token(String),
    /// A name that a shell does not take, or that is taken.
    #[error("OidcTokens names {0:?}, which no token can be called: {1}")]
    Variable(String, &'static str),
    /// Too many tokens, or audiences of one.
    #[error("{0} has {1}; {2} are allowed")]
    TooMany(&'static str, usize, usize),
    /// An audience too long to be one.
    #[error("an audience in {0} has {1} characters; {STEP_AUDIENCE_CHARS_MAX} are allowed")]
    TooLong(&'static str, usize),
}

impl Unusable {
    /// The setting that it is about.
    pub fn setting(&self) -> &'static str {
        match self {
            Self::Switch(_) => "Oidc",
            Self::Unasked(name) | Self::TooMany(name, ..) | Self::TooLong(name, _) => name,
            Self::Algorithm(_) => "OidcAlgorithm",
            Self::Subject(_) => "OidcSubject",
            Self::Role(_) => "OidcRoleArn",
            Self::Token(_) | Self::Variable(..) => "OidcTokens",
        }
    }
}

/// The settings beside the switch.
const SETTINGS: [&str; 5] =
    ["OidcRoleArn", "OidcAudiences", "OidcTokens", "OidcSubject", "OidcAlgorithm"];

impl Asked {
    /// What an action asks for whose own switch, `Oidc`, decides; `None` where it asks for nothing.
    /// Its steps are no deployments.
    pub fn by_switch(configuration: &BTreeMap<String, String>) -> Result<Option<Self>, Unusable> {
        match configuration.get("Oidc").map(String::as_str) {
            Some("true") => match Self::read(configuration, &[])? {
                asked if asked.subject.names_environment() => {
                    Err(UnusableSubject::NoDeployment.into())
                }
                asked => Ok(Some(asked)),
            },
            Some("false") | None => {
                match SETTINGS.into_iter().find(|name| configuration.contains_key(*name)) {
                    Some(name) => Err(Unusable::Unasked(name)),
                    None => Ok(None),
                }
            }
            Some(other) => Err(Unusable::Switch(other.to_owned())),
        }
    }

    /// What a step asks for that decided itself, with audiences of its own.
    pub fn read(
        configuration: &BTreeMap<String, String>,
        audiences: &[String],
    ) -> Result<Self, Unusable> {
        let setting = |name: &str| configuration.get(name).map(String::as_str);
        let algorithm = match setting("OidcAlgorithm") {
            None | Some("RS256") => Algorithm::Rs256,
            Some("ES256") => Algorithm::Es256,
            Some(other) => return Err(Unusable::Algorithm(other.to_owned())),
        };
        let subject = setting("OidcSubject").map(Subject::read).transpose()?.unwrap_or_default();
        let more = words("OidcAudiences", setting("OidcAudiences"), STEP_AUDIENCES_MAX)?;
        let audiences: Vec<String> = audiences.iter().cloned().chain(more).collect();
        checked("OidcAudiences", &audiences)?;
        let audience = match audiences.is_empty() {
            true => Audience::Default,
            false => Audience::Also(audiences),
        };
        let first = NamedToken { variable: BITBUCKET_VARIABLE.to_owned(), audience };
        let named = words("OidcTokens", setting("OidcTokens"), STEP_TOKENS_MAX)?;
        let mut tokens = vec![first];
        for text in named {
            let token = NamedToken::read(&text)?;
            if tokens.iter().any(|earlier| earlier.variable == token.variable) {
                return Err(Unusable::Variable(token.variable, "it is the name of another one"));
            }
            tokens.push(token);
        }
        let role_arn = setting("OidcRoleArn").map(role).transpose()?;
        Ok(Self { subject, algorithm, role_arn, tokens })
    }

    /// The subject of a step's tokens.
    pub fn subject_of(&self, step: &Step) -> Result<String, UnusableSubject> {
        self.subject.of(step)
    }
}

impl NamedToken {
    fn read(text: &str) -> Result<Self, Unusable> {
        let (variable, audiences) =
            text.split_once('=').ok_or_else(|| Unusable::Token(text.to_owned()))?;
        let begins = variable.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if !begins || !variable.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_') {
            let why = "no shell has a variable of this name";
            return Err(Unusable::Variable(variable.to_owned(), why));
        }
        if ["PATH", "HOME", "LANG", "CI"].contains(&variable) || variable.starts_with("LD_") {
            return Err(Unusable::Variable(variable.to_owned(), "the step needs that variable"));
        }
        let audiences: Vec<String> =
            audiences.split(',').filter(|it| !it.is_empty()).map(str::to_owned).collect();
        if audiences.is_empty() {
            return Err(Unusable::Token(text.to_owned()));
        }
        checked("OidcTokens", &audiences)?;
        Ok(Self { variable: variable.to_owned(), audience: Audience::Only(audiences) })
    }
}

fn words(name: &'static str, text: Option<&str>, max: usize) -> Result<Vec<String>, Unusable> {
    let all: Vec<String> =
        text.unwrap_or_default().split_ascii_whitespace().map(str::to_owned).collect();
    match all.len() > max {
        true => Err(Unusable::TooMany(name, all.len(), max)),
        false => Ok(all),
    }
}

fn checked(name: &'static str, audiences: &[String]) -> Result<(), Unusable> {
    if audiences.len() > STEP_AUDIENCES_MAX {
        return Err(Unusable::TooMany(name, audiences.len(), STEP_AUDIENCES_MAX));
    }
    let lengths = audiences.iter().map(|it| it.chars().count());
    match lengths.max().filter(|longest| *longest > STEP_AUDIENCE_CHARS_MAX) {
        Some(long) => Err(Unusable::TooLong(name, long)),
        None => Ok(()),
    }
}

fn role(text: &str) -> Result<String, Unusable> {
    let of_role = |arn: &domain::Arn| {
        arn.service == "iam"
            && arn.resource.len() > "role/".len()
            && arn.resource.starts_with("role/")
    };
    let arn = domain::Arn::parse(text).filter(of_role);
    arn.map(|_| text.to_owned()).ok_or_else(|| Unusable::Role(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configuration(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn nothing_is_given_to_who_does_not_ask() {
        fn check(pairs: &[(&str, &str)], expect: Result<bool, &str>) {
            let asked = Asked::by_switch(&configuration(pairs));
            let asked = asked.map(|asked| asked.is_some()).map_err(|why| why.to_string());
            assert_eq!(asked, expect.map_err(str::to_owned), "{pairs:?}");
        }
        check(&[], Ok(false));
        check(&[("Oidc", "false")], Ok(false));
        check(&[("Oidc", "true")], Ok(true));
        check(&[("Oidc", "yes")], Err("Oidc is \"yes\"; write true or false"));
        let of_deployment = "repository:{repository}:environment:{environment}";
        let asked = [("Oidc", "true"), ("OidcSubject", of_deployment)];
        let none = "OidcSubject: the subject names `{environment}`, which only steps with a `deployment` of a \
                    BitbucketPipelines action have; name `{repository}`, `{ref}`, `{stage}` or `{action}` instead";
        check(&asked, Err(none));
        assert!(
            Asked::read(&configuration(&asked), &[]).is_ok(),
            "a step that may be a deployment"
        );
        check(
            &[("OidcSubject", "x:{branch}")],
            Err("OidcSubject is set, and Oidc is not true: the action's commands get no token"),
        );
    }

    #[test]
    fn the_first_token_is_bitbuckets_and_others_have_names() {
        let asked = Asked::by_switch(&configuration(&[
            ("Oidc", "true"),
            ("OidcAudiences", "https://a.example.com"),
            ("OidcTokens", "AZURE=api://AzureADTokenExchange BOTH=x,y"),
            ("OidcRoleArn", "arn:aws:iam::000000000000:role/deploy"),
            ("OidcAlgorithm", "ES256"),
        ]));
        let asked = asked.expect("it can be read").expect("it asks");
        let names: Vec<_> = asked.tokens.iter().map(|token| token.variable.as_str()).collect();
        assert_eq!(names, [BITBUCKET_VARIABLE, "AZURE", "BOTH"]);
        let claims: Vec<_> = asked.tokens.iter().map(|it| it.audience.claim("own")).collect();
        assert_eq!(claims[0], json!(["own", "https://a.example.com"]));
        assert_eq!(claims[1], json!("api://AzureADTokenExchange"));
        assert_eq!(claims[2], json!(["x", "y"]));
        assert_eq!(asked.algorithm, Algorithm::Es256);
        assert!(asked.role_arn.is_some());
    }

    #[test]
    fn what_cannot_be_given_is_refused_by_name() {
        for (name, value) in [
            ("OidcAlgorithm", "HS256"),
            ("OidcAlgorithm", "none"),
            ("OidcRoleArn", "deploy"),
            ("OidcRoleArn", "arn:aws:iam::000000000000:user/me"),
            ("OidcRoleArn", "arn:aws:iam::000000000000:role/"),
            ("OidcTokens", "AZURE"),
            ("OidcTokens", "AZURE="),
            ("OidcTokens", "1A=x"),
            ("OidcTokens", "PATH=x"),
            ("OidcTokens", "LD_PRELOAD=x"),
            ("OidcTokens", "A=x A=y"),
            ("OidcTokens", "BITBUCKET_STEP_OIDC_TOKEN=x"),
            ("OidcSubject", "constant"),
            ("OidcAudiences", "1 2 3 4 5 6 7 8 9 10 11"),
        ] {
            let asked = Asked::by_switch(&configuration(&[("Oidc", "true"), (name, value)]));
            let refused = asked.expect_err(value).to_string();
            assert!(refused.contains(name), "{refused}");
        }
        let long = "x".repeat(STEP_AUDIENCE_CHARS_MAX + 1);
        assert!(
            Asked::by_switch(&configuration(&[("Oidc", "true"), ("OidcAudiences", &long)]))
                .is_err()
        );
    }
}
