//! AssumeRoleWithWebIdentity: a token of an issuer that the role's account has registered stands for
//! the signature. Ours are registered in their own account from the start.

mod kept;
mod presented;
pub(crate) mod refusal;
mod why;

pub use kept::{Keeps, NotOpened, Proof};
pub use presented::{Doubt, Fetched, NamedStep, Presented, Showing, Shown};
pub use refusal::silent;

use domain::{AccountId, Timestamp};
use identity::audit::{Details, Entry};
use identity::policy::{Attached, Kind, Policy};
use identity::token::Claims;
use identity::trust::{self, Assumption, Granted, Provider, bare_issuer};
use kept::not_opened;
use store::{
    AccountRow, Changes, Key, OrganisationPolicyRow, ProviderRow, RoleRow, View, Want, folded,
};
use wire::sts::{AssumeRoleWithWebIdentityInput, AssumeRoleWithWebIdentityOutput, AssumedRoleUser};
use wire::{Call, Input, Request, decode};

use crate::arrival::Arrival;
use crate::caller::Sealer;
use crate::limits::ROLE_SESSION_SECONDS;
use crate::narrowing::{Packed, pack};
use crate::refusal::Refused;
use crate::session::{self, Holder, Session};
use crate::standing::resource_control;
use crate::turn::{Now, Turn};

/// What a process makes for a call without a signature.
#[derive(Clone)]
pub struct Bearer {
    /// Scheme, host and port that issuers here are named by.
    pub public_url: String,
    /// 32 random bytes, new for each call.
    pub nonce: [u8; 32],
    /// Seals the session's token.
    pub sealer: Sealer,
    /// How the call came in.
    pub arrival: Arrival,
}

/// One call, as a turn.
pub struct Assume {
    input: AssumeRoleWithWebIdentityInput,
    packed: Packed,
    role: RoleName,
    presented: Presented,
    bearer: Bearer,
    /// Whose refusals are kept.
    pub keeps: Keeps,
}

/// The session; or the refusal, which is kept for whoever may see it.
pub type Assumed = Result<Box<AssumeRoleWithWebIdentityOutput>, NotOpened>;

/// A role as its ARN names it.
pub(crate) struct RoleName {
    /// Its account.
    pub account: AccountId,
    folded: String,
}

impl Assume {
    /// Reads a call.
    ///
    /// # Errors
    /// The input breaks a constraint, the ARN is none of a role, or the token is none at all.
    pub fn read(call: &Call, request: &Request, bearer: Bearer) -> Result<Self, Refused> {
        let Input { value: input, .. } = decode::<AssumeRoleWithWebIdentityInput>(call, request)?;
        let role = RoleName::read(&input.role_arn).ok_or_else(refusal::no_arn)?;
        let packed = pack(input.policy.as_deref(), input.policy_arns.as_deref(), &[])?;
        if input.provider_id.is_some() {
            return Err(refusal::provider_id());
        }
        let token = input.web_identity_token.clone();
        let presented = Presented::read(token, &bearer.public_url);
        let presented = presented.map_err(|invalid| refusal::invalid(&invalid))?;
        Ok(Self { input, packed, role, presented, bearer, keeps: Keeps::ALL })
    }

    fn issuer(&self) -> &str {
        self.presented.unverified_issuer()
    }

    /// The account of the role that is asked for.
    pub fn account(&self) -> &AccountId {
        &self.role.account
    }

    fn provider_key(&self) -> Key {
        ProviderRow::at(&self.role.account, &bare_issuer(self.issuer()).to_owned())
    }

    /// The provider that the role's account knows the issuer as.
    fn provider(&self, seen: &View) -> Result<Provider, Refused> {
        let row = seen.row::<ProviderRow>(self.provider_key());
        let row = row.filter(|row| row.url == self.issuer());
        let ours = self.presented.own();
        let in_its_own = ours == Some(&self.role.account);
        if row.is_none() && !in_its_own {
            return Err(refusal::no_provider(self.issuer()));
        }
        let bare = bare_issuer(self.issuer());
        Ok(Provider {
            arn: format!("arn:aws:iam::{}:oidc-provider/{bare}", self.role.account),
            issuer: self.issuer().to_owned(),
            client_ids: row.map(|row| row.client_ids.clone()).unwrap_or_default(),
            ours: ours.is_some(),
        })
    }

    /// The session of the role that a token opens.
    fn session(
        &self,
        role: &RoleRow,
        provider: &Provider,
        granted: &Granted,
        at: Timestamp,
    ) -> Session {
        let bare = bare_issuer(&provider.issuer);
        let transitive = granted.tags.iter().filter(|tag| tag.transitive);
        let tags = granted.tags.iter().map(|tag| (tag.key.clone(), tag.value.clone()));
        Session {
            account: role.account.clone(),
            holder: Holder::Role {
                folded: role.folded.clone(),
                id: role.id.clone(),
                name: self.input.role_session_name.clone(),
            },
            issued: at,
            expires: at.plus_seconds(i64::from(self.seconds())),
            policies: self.packed.policies.clone(),
            transitive: transitive.map(|tag| tag.key.clone()).collect(),
            tags: tags.collect(),
            source_identity: granted.source_identity.clone(),
            keys: vec![
                (format!("{bare}:sub"), vec![granted.subject.clone()]),
                (format!("{bare}:aud"), vec![granted.audience.clone()]),
                ("aws:FederatedProvider".to_owned(), vec![provider.arn.clone()]),
            ],
        }
    }

    /// The answer, with the keys of the session.
    fn output(
        &self,
        role: &RoleRow,
        provider: &Provider,
        granted: Granted,
        at: Timestamp,
    ) -> Result<AssumeRoleWithWebIdentityOutput, Refused> {
        let session = self.session(role, provider, &granted, at);
        let nonce = hex::encode(self.bearer.nonce);
        let word = |purpose: &str| domain::derived_uuid(&[&nonce, purpose]).replace('-', "");
        let size = self.input.minimum_session_token_size.unwrap_or(0);
        Ok(AssumeRoleWithWebIdentityOutput {
            credentials: session::keys(session, word, &self.bearer.sealer, size)?,
            subject_from_web_identity_token: granted.subject,
            assumed_role_user: assumed(role, &self.input.role_session_name),
            packed_policy_size: self.packed.percent,
            provider: provider.issuer.clone(),
            audience: granted.audience,
            source_identity: granted.source_identity,
        })
    }

    fn seconds(&self) -> u32 {
        self.input.duration_seconds.unwrap_or(ROLE_SESSION_SECONDS)
    }
}

/// A session of a role, as the answers name it.
pub(crate) fn assumed(role: &RoleRow, session: &str) -> AssumedRoleUser {
    AssumedRoleUser {
        assumed_role_id: format!("{}:{session}", role.id),
        arn: format!("arn:aws:sts::{}:assumed-role/{}/{session}", role.account, role.name),
    }
}

impl RoleName {
    /// Reads a role's ARN; `None` where it is none.
    pub fn read(arn: &str) -> Option<Self> {
        let (account, name) = trust::role_of(arn)?;
        Some(Self { account, folded: folded(name) })
    }

    /// Where the role lies.
    pub fn key(&self) -> Key {
        RoleRow::at(&self.account, &self.folded)
    }
}

impl Showing for Assume {
    type Outcome = Assumed;

    fn presented(&mut self) -> &mut Presented {
        &mut self.presented
    }
}

impl Turn for Assume {
    type Answer = Shown<Assumed>;

    fn wants(&self, _: &View) -> Vec<Want> {
        let above = OrganisationPolicyRow::above(&self.role.account);
        let mut wants = self.presented.wants(&self.role.account);
        let account = AccountRow::at(&self.role.account);
        wants.extend([self.provider_key().into(), self.role.key().into(), above.into()]);
        wants.push(account.into());
        wants.extend(self.packed.wants(&self.role.account));
        wants
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, Shown<Assumed>), Refused> {
        let provider = match self.provider(seen) {
            Ok(provider) => provider,
            Err(refused) => {
                let kept = self.keep_unregistered(seen, now.at);
                return Ok((kept, not_opened(refused, Proof::Unregistered)));
            }
        };
        let claims = match self.presented.look(seen, now) {
            Ok(claims) => claims,
            Err(Doubt::KeysUnknown) => {
                return Ok(self.presented.ask(&self.role.account, seen, now));
            }
            Err(doubt) => return Ok(self.doubted(&doubt, &provider, now.at)),
        };
        let provider = self.with_own_audience(&claims, provider);
        let role = seen.row::<RoleRow>(self.role.key());
        let role = role.filter(|role| role.arn() == self.input.role_arn);
        let granted = match self.judge(&claims, &provider, role, seen, now) {
            Ok(granted) => granted,
            Err(refused) => {
                let answer = refusal::refused(&refused);
                let why = why::why(refused, &self.input.role_arn, role.is_some(), &provider);
                return Ok((self.keep(why, &claims, now.at), not_opened(answer, Proof::Signed)));
            }
        };
        let role = role.ok_or_else(refusal::denied)?;
        if self.seconds() > role.max_session_seconds {
            return Err(refusal::too_long());
        }
        self.packed.check_there(&self.role.account, seen)?;
        let output = self.output(role, &provider, granted, now.at)?;
        let mut changes = Changes::of_loop();
        changes.record(self.entry(&output, &provider, &claims, now.at));
        Ok((changes, Shown::Answered(Ok(Box::new(output)))))
    }
}

impl Assume {
    /// Whether the provider takes the token, and the role's trust policy whoever shows it.
    fn judge(
        &self,
        claims: &Claims,
        provider: &Provider,
        role: Option<&RoleRow>,
        seen: &View,
        now: &Now,
    ) -> Result<Granted, trust::Refused> {
        let assumption = Assumption {
            role: &self.input.role_arn,
            account: &self.role.account,
            session_name: &self.input.role_session_name,
            duration_seconds: self.seconds(),
            context: self.bearer.arrival.keys(),
            at: now.at,
        };
        let above = resource_control(&self.role.account, seen);
        let above: Vec<Vec<&Attached>> =
            above.iter().map(|level| level.iter().map(|policy| &**policy).collect()).collect();
        let trust = trust_policy(role, &self.input.role_arn);
        trust::decide(claims, provider, &trust, &above, &assumption)
    }

    /// What the audit log is told.
    fn entry(
        &self,
        output: &AssumeRoleWithWebIdentityOutput,
        provider: &Provider,
        claims: &Claims,
        at: Timestamp,
    ) -> Entry {
        let name = self.input.role_session_name.as_str().into();
        Entry {
            at,
            account: self.role.account.clone(),
            principal: format!("{} {}", provider.arn, claims.subject),
            access_key: Some(output.credentials.access_key_id.to_string()),
            action: "sts:AssumeRoleWithWebIdentity".to_owned(),
            resource: self.input.role_arn.clone(),
            details: Details {
                source_identity: output.source_identity.clone(),
                parameters: [("roleSessionName".to_owned(), name)].into(),
            },
        }
    }

    /// In a step's own account the step's own audience need not be registered.
    fn with_own_audience(&self, claims: &Claims, mut provider: Provider) -> Provider {
        let workspace = claims.all.get("workspaceUuid").and_then(|it| it.as_str());
        let in_its_own = self.presented.own() == Some(&self.role.account);
        if let Some(workspace) = workspace.filter(|_| in_its_own) {
            provider.client_ids.push(identity::step::default_audience(workspace));
        }
        provider
    }
}

/// A role's trust policy. One that cannot be read, as that of a role that is not there, trusts
/// nobody, and says no more than one that trusts others.
pub(crate) fn trust_policy(row: Option<&RoleRow>, role: &str) -> Attached {
    const NOBODY: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Principal": {"Service": "nobody.amazonaws.com"}, "Action": "sts:AssumeRole"}}"#;
    let policy = Policy::read(row.map_or("", |row| &row.trust), Kind::Trust);
    let ids = row.and_then(|row| row.trust_principals.as_ref());
    let policy =
        policy.map(|policy| policy.bound(ids)).or_else(|_| Policy::read(NOBODY, Kind::Trust));
    Attached { name: role.to_owned(), policy: policy.expect("it is in the grammar") }
}
