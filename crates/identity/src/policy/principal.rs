//! Whom a statement of a resource or trust policy is about, and how directly it names a caller.
//!
//! "AWS JSON policy elements: Principal" and "NotPrincipal" (IAM user guide).

use domain::{AccountId, Arn};

use super::arn::check_characters;
use super::caller::Caller;
use super::grammar::Policy;

/// A statement's `Principal` or `NotPrincipal`.
#[derive(Clone, Debug)]
pub struct Principals {
    pub(crate) negated: bool,
    pub(crate) named: Vec<Named>,
}

/// One principal that is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// `*`.
    Everyone,
    /// An account, by its number or as `arn:aws:iam::…:root`: everybody whom it lets.
    Account(AccountId),
    /// A user, a role or a role's session.
    Arn(String),
    /// The same, which had this unique id when the policy was saved: no other is meant, whatever its
    /// name.
    Unique { arn: String, id: String },
    /// An identity provider, by ARN or, for the built-in ones, by name.
    Federated(String),
    /// A service, `codepipeline.amazonaws.com`.
    Service(String),
    /// An account's canonical id. Towpath gives none out, so nobody is meant by it.
    CanonicalUser(String),
}

/// How directly a statement names a caller. It decides what else must allow: see `evaluate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Its account, which in turn decides by its own policies.
    Account,
    /// The role that its session was made from.
    Role,
    /// Itself, or everyone.
    Itself,
}

impl Named {
    /// Reads one value under `AWS`, `Federated`, `Service` or `CanonicalUser`; what would be
    /// right, where it names nobody.
    pub fn read(kind: &str, text: &str) -> Result<Self, String> {
        check_characters(text)?;
        match kind {
            "AWS" if text == "*" => Ok(Self::Everyone),
            "AWS" => Self::read_aws(text),
            _ if text.is_empty() || text.contains('*') => {
                Err(format!("name each {kind} principal in full: wildcards match none"))
            }
            "Federated" => Ok(Self::Federated(text.to_owned())),
            "Service" if !is_service(text) => {
                Err("write a service as AWS calls it: codepipeline.amazonaws.com".to_owned())
            }
            "Service" => Ok(Self::Service(text.to_ascii_lowercase())),
            "CanonicalUser" => Ok(Self::CanonicalUser(text.to_owned())),
            _ => Err("write AWS, Federated, Service or CanonicalUser".to_owned()),
        }
    }

    fn read_aws(text: &str) -> Result<Self, String> {
        if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self::Account(AccountId::new(text)));
        }
        if text.starts_with("AIDA") || text.starts_with("AROA") {
            return Err(
                "it stands for a user or a role that was deleted: name one who is there by \
                        ARN, or take it out"
                    .to_owned(),
            );
        }
        let arn = Arn::parse(text).filter(|arn| is_principal(arn) && !text.contains(['*', '?']));
        match arn {
            Some(arn) if arn.resource == "root" => Ok(Self::Account(arn.account)),
            Some(_) => Ok(Self::Arn(text.to_owned())),
            None => {
                Err("write an account number, the ARN of an account's root, a user, a role or \
                         a role's session, or \"*\" alone: wildcards within match nobody"
                    .to_owned())
            }
        }
    }

    fn level(&self, caller: &Caller) -> Option<Level> {
        let itself = |same: bool| same.then_some(Level::Itself);
        match (self, caller) {
            (Self::Everyone, _) => Some(Level::Itself),
            (Self::Account(account), Caller::Root { account: own }) => itself(account == own),
            (Self::Account(account), _) => {
                (caller.account() == Some(account)).then_some(Level::Account)
            }
            (Self::Arn(arn), Caller::User { arn: own, .. }) => itself(arn == own),
            (Self::Arn(arn), Caller::Session { arn: own, .. }) if arn == own => itself(true),
            (Self::Arn(arn), Caller::Session { role, .. }) => (arn == role).then_some(Level::Role),
            (Self::Unique { id, .. }, Caller::User { id: own, .. }) => itself(id == own),
            (Self::Unique { id, .. }, Caller::Session { id: own, .. }) if !is_of(own, id) => None,
            (Self::Unique { arn, .. }, Caller::Session { arn: own, .. }) if arn == own => {
                itself(true)
            }
            (Self::Unique { arn, .. }, Caller::Session { .. }) => {
                (!arn.contains(":assumed-role/")).then_some(Level::Role)
            }
            (Self::Federated(name), Caller::WebIdentity { provider }) => itself(name == provider),
            (Self::Service(name), Caller::Service { name: own }) => itself(name == own),
            _ => None,
        }
    }
}

impl Policy {
    /// The ARNs of the users, roles and sessions that it names, in its order.
    pub fn principals(&self) -> impl Iterator<Item = &str> {
        let named = self.statements.iter().filter_map(|statement| statement.principals.as_ref());
        named.flat_map(|principals| &principals.named).filter_map(|named| match named {
            Named::Arn(arn) | Named::Unique { arn, .. } => Some(arn.as_str()),
            _ => None,
        })
    }
}

/// Whether a session's id, `AROA…:NAME`, is of the role with this one.
fn is_of(session: &str, role: &str) -> bool {
    session.split_once(':').is_some_and(|(own, _)| own == role)
}

/// The domains that services of AWS have their names in.
const SERVICE_DOMAINS: [&str; 5] =
    [".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu", ".amazon.com", ".aws.internal"];

/// Whether a name is of the form that services of AWS have.
fn is_service(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    let name = SERVICE_DOMAINS.iter().find_map(|domain| text.strip_suffix(domain));
    name.is_some_and(|name| !name.is_empty() && name.bytes().all(plain))
}

/// Whether an ARN is of a kind that can call.
fn is_principal(arn: &Arn) -> bool {
    let resource = arn.resource.as_str();
    let starts = |kinds: &[&str]| kinds.iter().any(|kind| resource.starts_with(kind));
    let account = arn.account.as_str();
    let digits = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let kind = match arn.service.as_str() {
        "iam" => resource == "root" || starts(&["user/", "role/"]),
        "sts" => starts(&["assumed-role/", "federated-user/"]),
        _ => false,
    };
    digits && arn.region.as_str().is_empty() && kind
}

impl Principals {
    /// How directly a denying statement means the caller; `None` where it is not about them.
    pub(crate) fn deny_level(&self, caller: &Caller, bounded: bool) -> Option<Level> {
        match self.negated {
            false => self.level(caller),
            true => (!self.spares(caller, bounded)).then_some(Level::Itself),
        }
    }

    /// How directly an allowing statement means the caller. `*` does not reach whom an identity
    /// provider vouches for: a trust policy names the provider. `NotPrincipal` allows nobody: the
    /// grammar has it for denying alone.
    pub(crate) fn allow_level(&self, caller: &Caller) -> Option<Level> {
        let web = matches!(caller, Caller::WebIdentity { .. });
        let named = |named: &Named| *named != Named::Everyone && named.level(caller).is_some();
        match self.negated || (web && !self.named.iter().any(named)) {
            true => None,
            false => self.level(caller),
        }
    }

    fn level(&self, caller: &Caller) -> Option<Level> {
        self.named.iter().filter_map(|named| named.level(caller)).max()
    }

    /// Whether `NotPrincipal` leaves a caller alone. The account is looked at first, then the role,
    /// then its session, and each must be named; a user or a role with a permissions boundary is
    /// denied whoever is named ("NotPrincipal", key points).
    fn spares(&self, caller: &Caller, bounded: bool) -> bool {
        let levels: &[Level] = match caller {
            Caller::User { .. } | Caller::Session { .. } if bounded => return false,
            Caller::User { .. } => &[Level::Account, Level::Itself],
            Caller::Session { .. } => &[Level::Account, Level::Role, Level::Itself],
            _ => &[Level::Itself],
        };
        let named = |level: &Level| self.named.iter().any(|it| it.level(caller) == Some(*level));
        self.named.contains(&Named::Everyone) || levels.iter().all(named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLE: &str = "arn:aws:iam::111111111111:role/r";
    const SESSION: &str = "arn:aws:sts::111111111111:assumed-role/r/s";

    const USER: &str = "arn:aws:iam::111111111111:user/ann";

    fn session() -> Caller {
        Caller::session("111111111111", "r", ROLE, "AROA1", "s")
    }

    fn user() -> Caller {
        let (arn, name, id) = (USER.to_owned(), "ann".to_owned(), "AIDA1".to_owned());
        Caller::User { account: "111111111111".into(), arn, name, id }
    }

    fn principals(negated: bool, named: &[(&str, &str)]) -> Principals {
        let read = |(kind, text): &(&str, &str)| Named::read(kind, text).expect(text);
        Principals { negated, named: named.iter().map(read).collect() }
    }

    #[test]
    fn a_session_is_named_itself_by_its_role_or_by_its_account() {
        fn check(named: &[(&str, &str)], expect: Option<Level>) {
            assert_eq!(principals(false, named).level(&session()), expect, "{named:?}");
        }
        check(&[("AWS", "*")], Some(Level::Itself));
        check(&[("AWS", SESSION)], Some(Level::Itself));
        check(&[("AWS", ROLE)], Some(Level::Role));
        check(&[("AWS", "111111111111")], Some(Level::Account));
        check(&[("AWS", "arn:aws:iam::111111111111:root")], Some(Level::Account));
        check(&[("AWS", "111111111111"), ("AWS", ROLE)], Some(Level::Role));
        check(&[("AWS", "222222222222")], None);
        check(&[("AWS", "arn:aws:iam::111111111111:role/R")], None);
        check(&[("Service", "codepipeline.amazonaws.com")], None);
        check(&[("CanonicalUser", "79a59d")], None);
    }

    #[test]
    fn all_but_some_spares_whom_it_names_at_every_level() {
        fn check(caller: &Caller, named: &[&str], spared: bool) {
            let named: Vec<_> = named.iter().map(|name| ("AWS", *name)).collect();
            let denied = principals(true, &named).deny_level(caller, false);
            assert_eq!(denied, (!spared).then_some(Level::Itself), "{caller:?} {named:?}");
        }
        let account = "arn:aws:iam::111111111111:root";
        check(&session(), &[SESSION, ROLE, account], true);
        check(&session(), &[SESSION, ROLE, "111111111111"], true);
        check(&session(), &["*"], true);
        check(&session(), &[ROLE, account], false);
        check(&session(), &[SESSION, account], false);
        check(&session(), &[SESSION, ROLE], false);
        check(&session(), &[SESSION, ROLE, "222222222222"], false);
        check(&user(), &[USER, account], true);
        check(&user(), &[USER], false);
        check(&user(), &[account], false);
        check(&Caller::Root { account: "111111111111".into() }, &[account], true);
        check(&Caller::Anonymous, &[account], false);
    }

    /// "… will always deny any IAM principal that has a permissions boundary policy attached".
    #[test]
    fn all_but_some_spares_nobody_who_has_a_boundary() {
        let everyone = principals(true, &[("AWS", "*")]);
        for caller in [user(), session()] {
            assert_eq!(everyone.deny_level(&caller, true), Some(Level::Itself), "{caller:?}");
        }
        let root = Caller::Root { account: "111111111111".into() };
        assert_eq!(everyone.deny_level(&root, true), None, "a root has no boundary");
        let named = principals(false, &[("AWS", "222222222222")]);
        assert_eq!(named.deny_level(&session(), true), None);
    }

    #[test]
    fn everyone_is_denied_but_not_everyone_is_trusted() {
        let provider = "arn:aws:iam::111111111111:oidc-provider/ci.example/oidc";
        let web = Caller::WebIdentity { provider: provider.into() };
        let everyone = principals(false, &[("AWS", "*")]);
        assert_eq!(everyone.deny_level(&web, false), Some(Level::Itself));
        assert_eq!(everyone.allow_level(&web), None);
        assert_eq!(principals(true, &[("AWS", ROLE)]).allow_level(&web), None);
        assert_eq!(principals(true, &[("AWS", ROLE)]).allow_level(&user()), None);
        let named = principals(false, &[("Federated", provider)]);
        assert_eq!(named.allow_level(&web), Some(Level::Itself));
    }

    #[test]
    fn nobody_is_named_by_half_a_name() {
        fn check(kind: &str, text: &str) {
            assert!(Named::read(kind, text).is_err(), "{kind} {text}");
        }
        check("AWS", "arn:aws:iam::*:root");
        check("AWS", "arn:aws:iam::111111111111:role/*");
        check("AWS", "arn:aws:iam::111111111111:oidc-provider/x");
        check("AWS", "arn:aws:iam::11111111111\u{0661}:root");
        check("AWS", "11111111111");
        check("AWS", "arn:aws:iam::111111111111:root\n");
        check("Service", "*.amazonaws.com");
        check("Service", "foo.example.com");
        check("Service", ".amazonaws.com");
        check("Service", "ec2.amazonaws.com.example.com");
        check("Federated", "*");
        check("aws", "111111111111");
    }
}
