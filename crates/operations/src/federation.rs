//! AssumeRoleWithWebIdentity: a token of an issuer that the role's account has registered stands for
//! the signature. Ours are registered in their own account from the start.
//!
//! Our own issuers' keys are rows like any other. Those of others only the world knows: the turn
//! ends with a question, and is taken again with the answer.

mod refusal;

pub use refusal::silent;

use std::sync::Arc;

use domain::{AccountId, Arn, AttemptRef, EffectId, Timestamp};
use engine::Effect;
use identity::audit::Entry;
use identity::keys::key_set;
use identity::policy::{Attached, Context, Explanation, Kind, Policy};
use identity::token::{Algorithm, Claims, Expected, Invalid, KeySet, unverified_issuer, verify};
use identity::trust::{self, Assumption, Granted, Provider, bare_issuer, decide};
use store::{
    AttemptRow, Changes, DenialRow, EffectRow, IssuerRow, Key, OrganisationPolicyRow, ProviderRow,
    RoleRow, View, Want, folded,
};
use wire::sts::{AssumeRoleWithWebIdentityInput, AssumeRoleWithWebIdentityOutput, AssumedRoleUser};
use wire::{Call, Input, Request, decode};

use crate::caller::{Sealer, request_id};
use crate::issuer;
use crate::limits::{ISSUER_KEYS_COOLDOWN_SECONDS, ROLE_SESSION_SECONDS};
use crate::line::new_effect;
use crate::narrowing::{Packed, pack};
use crate::refusal::Refused;
use crate::session::{self, Holder, Session};
use crate::standing::resource_control;
use crate::turn::{Now, Turn};

/// Keys of another's issuer as they were found, or that they could not be had.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// When.
    pub at: Timestamp,
    /// The keys.
    pub keys: Option<Arc<KeySet>>,
}

/// What a process makes for a call without a signature.
#[derive(Clone)]
pub struct Bearer {
    /// Scheme, host and port that issuers here are named by.
    pub public_url: String,
    /// 32 random bytes, new for each call.
    pub nonce: [u8; 32],
    /// When it came.
    pub at: Timestamp,
    /// Seals the session's token.
    pub sealer: Sealer,
}

/// One call, as a turn.
pub struct Assume {
    input: AssumeRoleWithWebIdentityInput,
    packed: Packed,
    role: RoleName,
    issuer: String,
    bearer: Bearer,
    /// The keys of the token's issuer, where it is none of ours and they are known.
    pub keys: Option<Fetched>,
}

/// What came of a call.
pub enum Assumed {
    /// The session.
    Granted(Box<AssumeRoleWithWebIdentityOutput>),
    /// A good token, whose bearer the role does not trust; that is kept for whoever may see it.
    Refused(Refused),
    /// The keys of the token's issuer must be known first: this effect fetches them.
    Unknown(EffectId),
}

/// A role as its ARN names it.
struct RoleName {
    account: AccountId,
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
        let token = input.web_identity_token.expose();
        let issuer = unverified_issuer(token).map_err(|invalid| refusal::invalid(&invalid))?;
        Ok(Self { input, packed, role, issuer, bearer, keys: None })
    }

    /// The issuer that the token names, whose keys are to be looked up.
    pub fn unverified_issuer(&self) -> &str {
        &self.issuer
    }

    /// The account of the role that is asked for.
    pub fn account(&self) -> &AccountId {
        &self.role.account
    }

    /// The account whose issuer here the token names, if it is one of ours.
    fn own(&self) -> Option<AccountId> {
        let account = AccountId::new(self.issuer.rsplit('/').next().unwrap_or_default());
        (issuer::url(&self.bearer.public_url, &account) == self.issuer).then_some(account)
    }

    fn provider_key(&self) -> Key {
        ProviderRow::at(&self.role.account, &bare_issuer(&self.issuer).to_owned())
    }

    fn role_key(&self) -> Key {
        RoleRow::at(&self.role.account, &self.role.folded)
    }

    /// The keys to verify with: `None` where they have to be fetched first.
    fn key_set(&self, own: Option<&IssuerRow>, at: Timestamp) -> Option<Fetched> {
        match own {
            Some(row) => {
                let keys = KeySet::read(key_set(&row.keys, at).to_string().as_bytes()).ok();
                Some(Fetched { at, keys: keys.map(Arc::new) })
            }
            None => self.keys.clone(),
        }
    }

    fn verify(&self, keys: &KeySet, at: Timestamp) -> Result<Claims, Invalid> {
        let expected = Expected { issuer: &self.issuer, algorithms: &Algorithm::ALL, at };
        verify(self.input.web_identity_token.expose(), &expected, keys)
    }

    /// The attempt that a token of ours is of.
    fn attempt_key(&self, issued_by: &AccountId, claims: &Claims) -> Option<Key> {
        let text = |name: &str| claims.all.get(name)?.as_str().map(str::to_owned);
        let of = AttemptRef {
            account: issued_by.clone(),
            pipeline: text("pipeline")?.as_str().into(),
            execution: text("execution")?.as_str().into(),
            stage: text("stage")?.as_str().into(),
            action: text("action")?.as_str().into(),
            attempt: text("attempt")?.parse().ok()?,
        };
        let AttemptRef { account, pipeline, execution, stage, action, attempt } = &of;
        Some(AttemptRow::at(account, pipeline, execution, stage, action, attempt))
    }

    fn question(&self) -> EffectId {
        EffectId::new(format!("eff-keys-{}", domain::derived_uuid(&[&self.issuer])))
    }

    /// Has the issuer's keys fetched, unless that is under way.
    fn ask(&self, seen: &View, now: &Now) -> (Changes, Assumed) {
        let (account, id, mut changes) = (&self.role.account, self.question(), Changes::of_loop());
        if seen.row::<EffectRow>(EffectRow::at(account, &id)).is_none() {
            let effect =
                Effect::FetchKeys { account: account.clone(), issuer: self.issuer.clone() };
            changes.effect(new_effect(account, id.clone(), effect, now));
        }
        (changes, Assumed::Unknown(id))
    }

    /// The provider that the role's account knows the issuer as.
    fn provider(&self, seen: &View) -> Result<Provider, Refused> {
        let row = seen.row::<ProviderRow>(self.provider_key());
        let row = row.filter(|row| row.url == self.issuer);
        let ours = self.own();
        let in_its_own = ours.as_ref() == Some(&self.role.account);
        if row.is_none() && !in_its_own {
            return Err(refusal::no_provider(&self.issuer));
        }
        let bare = bare_issuer(&self.issuer);
        Ok(Provider {
            arn: format!("arn:aws:iam::{}:oidc-provider/{bare}", self.role.account),
            issuer: self.issuer.clone(),
            client_ids: row.map(|row| row.client_ids.clone()).unwrap_or_default(),
            ours: ours.is_some(),
        })
    }

    fn granted(
        &self,
        role: &RoleRow,
        provider: &Provider,
        granted: Granted,
        at: Timestamp,
    ) -> Result<AssumeRoleWithWebIdentityOutput, Refused> {
        let name = self.input.role_session_name.clone();
        let seconds = self.seconds();
        let bare = bare_issuer(&provider.issuer);
        let transitive = granted.tags.iter().filter(|tag| tag.transitive);
        let session = Session {
            account: role.account.clone(),
            holder: Holder::Role {
                folded: role.folded.clone(),
                id: role.id.clone(),
                name: name.clone(),
            },
            issued: at,
            expires: at.plus_seconds(i64::from(seconds)),
            policies: self.packed.policies.clone(),
            transitive: transitive.map(|tag| tag.key.clone()).collect(),
            tags: granted.tags.into_iter().map(|tag| (tag.key, tag.value)).collect(),
            source_identity: granted.source_identity.clone(),
            keys: vec![
                (format!("{bare}:sub"), vec![granted.subject.clone()]),
                (format!("{bare}:aud"), vec![granted.audience.clone()]),
                ("aws:FederatedProvider".to_owned(), vec![provider.arn.clone()]),
            ],
        };
        let nonce = hex::encode(self.bearer.nonce);
        let word = |purpose: &str| domain::derived_uuid(&[&nonce, purpose]).replace('-', "");
        Ok(AssumeRoleWithWebIdentityOutput {
            credentials: session::keys(
                session,
                word,
                &self.bearer.sealer,
                self.input.minimum_session_token_size.unwrap_or(0),
            )?,
            subject_from_web_identity_token: granted.subject,
            assumed_role_user: assumed(role, &name),
            packed_policy_size: self.packed.percent,
            provider: provider.issuer.clone(),
            audience: granted.audience,
            source_identity: granted.source_identity,
        })
    }

    /// Why the role does not trust who showed a good token, for whoever may see the role.
    fn keep_denial(&self, claims: &Claims, explanation: Explanation, at: Timestamp) -> Changes {
        let bare = bare_issuer(&self.issuer);
        let audiences = claims.effective_audiences().into_iter().map(str::to_owned).collect();
        let mut changes = Changes::of_loop();
        changes.insert(DenialRow {
            account: self.role.account.clone(),
            id: request_id(&self.bearer.nonce),
            at,
            explanation,
            keys: vec![
                (format!("{bare}:sub"), vec![claims.subject.clone()]),
                (format!("{bare}:aud"), audiences),
            ],
        });
        changes
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
    fn read(arn: &str) -> Option<Self> {
        let arn = Arn::parse(arn).filter(|arn| arn.service == "iam")?;
        let digits = arn.account.as_str().bytes().all(|byte| byte.is_ascii_digit());
        let name = arn.resource.strip_prefix("role/")?.rsplit('/').next()?;
        let known = digits && arn.account.as_str().len() == 12 && !name.is_empty();
        known.then(|| Self { account: arn.account.clone(), folded: folded(name) })
    }
}

impl Turn for Assume {
    type Answer = Assumed;

    fn wants(&self, seen: &View) -> Vec<Want> {
        let above = OrganisationPolicyRow::above(&self.role.account);
        let mut wants: Vec<Want> =
            vec![self.provider_key().into(), self.role_key().into(), above.into()];
        let Some(own) = self.own() else {
            wants.push(EffectRow::at(&self.role.account, &self.question()).into());
            return wants;
        };
        let row = IssuerRow::at(&own);
        let known = seen.known::<IssuerRow>(row.clone());
        // Whose attempt it is of counts once the signature was found good.
        let claims = known.and_then(|row| {
            let keys = self.key_set(Some(row), self.bearer.at)?.keys?;
            self.verify(&keys, self.bearer.at).ok()
        });
        wants.extend(claims.and_then(|it| self.attempt_key(&own, &it)).map(Want::from));
        wants.push(row.into());
        wants
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, Assumed), Refused> {
        let provider = self.provider(seen)?;
        let own = self.own();
        let issuer = own.as_ref().and_then(|it| seen.row::<IssuerRow>(IssuerRow::at(it)));
        let Some(fetched) = self.key_set(issuer, now.at) else { return Ok(self.ask(seen, now)) };
        let is_old = now.at >= fetched.at.plus_seconds(ISSUER_KEYS_COOLDOWN_SECONDS);
        let claims = match fetched.keys.as_deref().map(|keys| self.verify(keys, now.at)) {
            // A key may have come since, or the issuer come back.
            None | Some(Err(Invalid::UnknownKey(_))) if own.is_none() && is_old => {
                return Ok(self.ask(seen, now));
            }
            None => return Err(refusal::no_keys()),
            Some(verified) => verified.map_err(|invalid| refusal::invalid(&invalid))?,
        };
        let provider = match &own {
            Some(issued_by) => self.of_a_step(seen, issued_by, &claims, provider)?,
            None => provider,
        };
        let role = seen.row::<RoleRow>(self.role_key());
        let role = role.filter(|role| role.arn() == self.input.role_arn);
        let trust = trust_policy(role.map_or("", |role| &role.trust), &self.input.role_arn);
        let assumption = Assumption {
            role: &self.input.role_arn,
            account: &self.role.account,
            session_name: &self.input.role_session_name,
            duration_seconds: self.seconds(),
            context: Context::default(),
            at: now.at,
        };
        let above = resource_control(&self.role.account, seen);
        let above: Vec<Vec<&Attached>> =
            above.iter().map(|level| level.iter().map(|policy| &**policy).collect()).collect();
        let granted = decide(&claims, &provider, &trust, &above, &assumption);
        let role = role.ok_or_else(refusal::denied);
        let granted = match (granted, &role) {
            (Ok(granted), _) => granted,
            (Err(trust::Refused::Denied(explanation)), Ok(_)) => {
                let changes = self.keep_denial(&claims, *explanation, now.at);
                return Ok((changes, Assumed::Refused(refusal::denied())));
            }
            (Err(refused), _) => return Err(refusal::refused(&refused)),
        };
        let role = role?;
        if self.seconds() > role.max_session_seconds {
            return Err(refusal::too_long());
        }
        let output = self.granted(role, &provider, granted, now.at)?;
        let mut changes = Changes::of_loop();
        changes.record(Entry {
            at: now.at,
            account: self.role.account.clone(),
            principal: format!("{} {}", provider.arn, claims.subject),
            access_key: Some(output.credentials.access_key_id.to_string()),
            action: "sts:AssumeRoleWithWebIdentity".to_owned(),
            resource: self.input.role_arn.clone(),
        });
        Ok((changes, Assumed::Granted(Box::new(output))))
    }
}

impl Assume {
    /// A token of a step of ours is good while its attempt lives; and in its own account its own
    /// audience need not be registered.
    fn of_a_step(
        &self,
        seen: &View,
        issued_by: &AccountId,
        claims: &Claims,
        mut provider: Provider,
    ) -> Result<Provider, Refused> {
        let attempt = self.attempt_key(issued_by, claims);
        let attempt = attempt.filter(|key| seen.has(&Want::Row(key.clone())));
        let attempt = attempt.and_then(|key| seen.row::<AttemptRow>(key));
        if !attempt.is_some_and(|row| row.live) {
            return Err(refusal::step_ended());
        }
        let workspace = claims.all.get("workspaceUuid").and_then(|it| it.as_str());
        if let Some(workspace) = workspace.filter(|_| *issued_by == self.role.account) {
            provider.client_ids.push(identity::step::default_audience(workspace));
        }
        Ok(provider)
    }
}

/// A role's trust policy. One that cannot be read, as that of a role that is not there, trusts
/// nobody, and says no more than one that trusts others.
pub(crate) fn trust_policy(text: &str, role: &str) -> Attached {
    const NOBODY: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Principal": {"Service": "nobody.invalid"}, "Action": "sts:AssumeRole"}}"#;
    let policy = Policy::read(text, Kind::Trust);
    let policy = policy.or_else(|_| Policy::read(NOBODY, Kind::Trust));
    Attached { name: role.to_owned(), policy: policy.expect("it is in the grammar") }
}
