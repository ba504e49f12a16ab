//! STS for callers who sign: roles assumed, keys that end by themselves, and what a refusal rested on.
//! GetCallerIdentity is beside the accounts.

use identity::Ask;
use identity::policy::{Caller as Who, Context, Value};
use serde_json::{Value as Json, json};
use store::{DenialRow, RoleRow, View, Want, folded};
use wire::AwsError;
use wire::sts as shapes;

use crate::caller::Caller;
use crate::federation::{RoleName, assumed, refusal, trust_policy};
use crate::iam::managed;
use crate::limits::{
    CHAINED_SESSION_SECONDS_MAX, ROLE_SESSION_SECONDS, ROOT_SESSION_SECONDS_MAX,
    USER_SESSION_SECONDS,
};
use crate::narrowing::pack;
use crate::refusal::Refused;
use crate::session::{self, Holder, Session, TRANSITIVE_KEYS};
use crate::table::operation;

operation! {
    /// `sts:AssumeRole`: the role's trust policy must allow it, and the caller's own policies too
    /// unless the trust policy names the caller themselves.
    AssumeRole: shapes::AssumeRoleInput => shapes::AssumeRoleOutput;
    check(caller, input) {
        let arn = &input.role_arn;
        RoleName::read(arn).ok_or_else(|| AwsError::validation(format!("{arn} is invalid")))?;
        check_tags(caller, input)?;
        check_source_identity(caller, input)?;
        check_factor(input.serial_number.as_ref(), input.token_code.as_ref())?;
        match caller.principal.is_root() {
            true => Err(AwsError::access_denied("Roles may not be assumed by root accounts.")),
            false => Ok(()),
        }
    }
    resource(_, input) { input.role_arn.clone() }
    ask(caller, input, view, ask) { trusting(ask, caller, input, view) }
    also(caller, input, view) {
        let tags = (!tags(caller, input).is_empty()).then_some("sts:TagSession");
        let source = source_identity(caller, input).map(|_|"sts:SetSourceIdentity");
        let asked = |action: &str| {
            trusting(Ask::new(action, input.role_arn.clone()), caller, input, view)
        };
        tags.into_iter().chain(source).map(asked).collect()
    }
    wants(_, input, _) {
        let Some(role) = RoleName::read(&input.role_arn) else { return Vec::new() };
        let arns = input.policy_arns.iter().flatten().filter_map(|named| named.arn.as_ref());
        let policies = managed::wants(&role.account, arns);
        [Want::from(role.key())].into_iter().chain(policies).collect()
    }
    decide(caller, input, view, now, mut changes) {
        let role = RoleName::read(&input.role_arn).and_then(|name| view.row::<RoleRow>(name.key()));
        let role = role.filter(|role| role.arn() == input.role_arn);
        let role = role.ok_or_else(|| denied(caller, input))?;
        let chained = matches!(caller.principal.standing.caller, Who::Session { .. });
        let seconds = seconds(input, role, chained)?;
        let tags = tags(caller, input);
        let texts: Vec<(&str, &str)> =
            tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())).collect();
        let packed = pack(input.policy.as_deref(), input.policy_arns.as_deref(), &texts)?;
        packed.check_there(&role.account, view)?;
        let source_identity = source_identity(caller, input);
        let name = input.role_session_name.clone();
        let session = Session {
            account: role.account.clone(),
            holder: Holder::Role {
                folded: role.folded.clone(),
                id: role.id.clone(),
                name: name.clone(),
            },
            issued: now.at,
            expires: now.at.plus_seconds(i64::from(seconds)),
            policies: packed.policies,
            transitive: transitive(caller, input),
            tags: tags.into_iter().map(|tag| (tag.key, tag.value)).collect(),
            source_identity: source_identity.clone(),
            keys: Vec::new(),
        };
        changes.record_asked();
        let size = input.minimum_session_token_size.unwrap_or(0);
        let word = |purpose: &str| caller.word(purpose);
        let output = shapes::AssumeRoleOutput {
            credentials: session::keys(session, word, &caller.sealer, size)?,
            assumed_role_user: assumed(role, &name),
            packed_policy_size: packed.percent,
            source_identity,
        };
        Ok((changes, output))
    }
}

/// A question to a role's trust policy, with the keys that it may look at.
fn trusting(ask: Ask, caller: &Caller, input: &shapes::AssumeRoleInput, view: &View) -> Ask {
    let role = RoleName::read(&input.role_arn).and_then(|name| view.known::<RoleRow>(name.key()));
    let role = role.filter(|role| role.arn() == input.role_arn);
    let trust = trust_policy(role, &input.role_arn);
    let text = |text: &String| Value::from(text.as_str());
    let tags = tags(caller, input);
    let mut keys = Context::default();
    keys.set("sts:RoleSessionName", [text(&input.role_session_name)]);
    keys.set("sts:ExternalId", input.external_id.iter().map(text));
    keys.set("sts:SourceIdentity", source_identity(caller, input).iter().map(text));
    let seconds = input.duration_seconds.unwrap_or(ROLE_SESSION_SECONDS);
    keys.set("sts:DurationSeconds", [Value::Number(i64::from(seconds))]);
    for tag in &tags {
        keys.set(&format!("aws:RequestTag/{}", tag.key), [text(&tag.value)]);
    }
    keys.set("aws:TagKeys", tags.iter().map(|tag| text(&tag.key)));
    keys.set("sts:TransitiveTagKeys", transitive(caller, input).iter().map(text));
    ask.with(keys).trusting(std::sync::Arc::new(trust))
}

/// Tags that a session can have, none of which its caller's own session hands on already.
fn check_tags(caller: &Caller, input: &shapes::AssumeRoleInput) -> Result<(), Refused> {
    let asked = || input.tags.iter().flatten().map(|tag| tag.key.as_str());
    let transitive = input.transitive_tag_keys.iter().flatten().map(String::as_str);
    identity::trust::check_tags(asked(), transitive).map_err(refusal::tags)?;
    let inherited = inherited(caller);
    let is_inherited = |key: &str| inherited.iter().any(|tag| folded(&tag.key) == folded(key));
    match asked().any(is_inherited) {
        true => Err(refusal::tag_handed_on()),
        false => Ok(()),
    }
}

/// The session's tags: those that the caller's own session hands on, and those that are asked for.
fn tags(caller: &Caller, input: &shapes::AssumeRoleInput) -> Vec<shapes::Tag> {
    inherited(caller).into_iter().chain(input.tags.iter().flatten().cloned()).collect()
}

fn inherited(caller: &Caller) -> Vec<shapes::Tag> {
    let own = |name: &str| -> Vec<String> {
        let entries = caller.principal.standing.keys.entries();
        let found = entries.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        found.flat_map(|(_, values)| values.iter().map(|it| it.text().into_owned())).collect()
    };
    let tag = |key: String| {
        let value = own(&format!("aws:PrincipalTag/{key}")).into_iter().next()?;
        Some(shapes::Tag { key, value })
    };
    own(TRANSITIVE_KEYS).into_iter().filter_map(tag).collect()
}

fn transitive(caller: &Caller, input: &shapes::AssumeRoleInput) -> Vec<String> {
    let inherited = inherited(caller).into_iter().map(|tag| tag.key);
    inherited.chain(input.transitive_tag_keys.iter().flatten().cloned()).collect()
}

/// Who began the chain stays who began it.
fn source_identity(caller: &Caller, input: &shapes::AssumeRoleInput) -> Option<String> {
    caller.principal.standing.source_identity().or_else(|| input.source_identity.clone())
}

fn check_source_identity(caller: &Caller, input: &shapes::AssumeRoleInput) -> Result<(), Refused> {
    let stays = source_identity(caller, input);
    match input.source_identity.is_some() && stays != input.source_identity {
        true => {
            let own = stays.unwrap_or_default();
            let message = format!("The session's source identity is {own}, and cannot be changed.");
            Err(AwsError::access_denied(message))
        }
        false => Ok(()),
    }
}

/// Nobody has a second factor here, so no code of one is right.
fn check_factor(serial: Option<&String>, code: Option<&String>) -> Result<(), Refused> {
    match (serial, code) {
        (None, None) => Ok(()),
        _ => Err(AwsError::access_denied(
            "MultiFactorAuthentication failed with invalid MFA one time pass code.",
        )),
    }
}

fn seconds(input: &shapes::AssumeRoleInput, role: &RoleRow, chained: bool) -> Result<u32, Refused> {
    let seconds = input.duration_seconds.unwrap_or(ROLE_SESSION_SECONDS);
    if chained && seconds > CHAINED_SESSION_SECONDS_MAX {
        let message = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.";
        return Err(AwsError::validation(message));
    }
    if seconds > role.max_session_seconds {
        let message =
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        return Err(AwsError::validation(message));
    }
    Ok(seconds)
}

/// As for a role that does not trust the caller: nobody learns which roles there are.
fn denied(caller: &Caller, input: &shapes::AssumeRoleInput) -> Refused {
    let (who, role) = (&caller.principal.arn, &input.role_arn);
    AwsError::access_denied(format!(
        "User: {who} is not authorized to perform: sts:AssumeRole on resource: {role}"
    ))
}

operation! {
    /// `sts:GetSessionToken`: the caller's own rights, with keys that end by themselves.
    GetSessionToken: shapes::GetSessionTokenInput => shapes::GetSessionTokenOutput;
    check(caller, input) {
        if session::is_in_session(&caller.principal) {
            let message = "Cannot call GetSessionToken with session credentials";
            return Err(AwsError::access_denied(message));
        }
        check_factor(input.serial_number.as_ref(), input.token_code.as_ref())
    }
    resource(_, _) { "*".to_owned() }
    wants(_, _, _) { Vec::new() }
    decide(caller, input, _, now, mut changes) {
        let (holder, seconds_max) = match &caller.principal.standing.caller {
            Who::Root { .. } => (Holder::Root, ROOT_SESSION_SECONDS_MAX),
            Who::User { name, id, .. } => {
                (Holder::User { folded: folded(name), id: id.clone() }, u32::MAX)
            }
            _ => return Err(AwsError::internal()),
        };
        let seconds = input.duration_seconds.unwrap_or(USER_SESSION_SECONDS).min(seconds_max);
        let session = Session {
            account: caller.account().clone(),
            holder,
            issued: now.at,
            expires: now.at.plus_seconds(i64::from(seconds)),
            policies: None,
            tags: Default::default(),
            transitive: Vec::new(),
            source_identity: None,
            keys: Vec::new(),
        };
        let size = input.minimum_session_token_size.unwrap_or(0);
        let word = |purpose: &str| caller.word(purpose);
        let credentials = session::keys(session, word, &caller.sealer, size)?;
        changes.record_asked();
        Ok((changes, shapes::GetSessionTokenOutput { credentials }))
    }
}

operation! {
    /// `sts:DecodeAuthorizationMessage`: what a refusal of this account rested on. The message is the
    /// id under which it is kept: the id of the request that was refused.
    DecodeAuthorizationMessage: shapes::DecodeAuthorizationMessageInput => shapes::DecodeAuthorizationMessageOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, input, _) { vec![DenialRow::at(caller.account(), &input.encoded_message).into()] }
    decide(caller, input, view, _, changes) {
        let row = view.row::<DenialRow>(DenialRow::at(caller.account(), &input.encoded_message));
        let row = row.ok_or_else(|| {
            let message = "The message is no id of a request that was refused in this account.";
            AwsError::refused("InvalidAuthorizationMessageException", message)
        })?;
        let decoded_message = decoded(row).to_string();
        Ok((changes, shapes::DecodeAuthorizationMessageOutput { decoded_message }))
    }
}

/// A refusal in AWS's form (API reference of STS, DecodeAuthorizationMessage).
fn decoded(row: &DenialRow) -> Json {
    use identity::policy::{Decision, Look, StatementLook};
    let explanation = &row.explanation;
    let matched = explanation.policies.iter().flat_map(|policy| {
        let applies = policy.statements.iter().filter(|it| it.look == Look::Applies);
        applies
            .map(|it| json!({ "statementId": it.sid, "effect": it.effect, "policy": policy.name }))
    });
    let failed = explanation.policies.iter().flat_map(|policy| {
        let failed = |it: &&StatementLook| it.look != Look::Applies;
        policy.statements.iter().filter(failed).map(|it| failure(&policy.name, it))
    });
    let condition = |(key, values): &(String, Vec<String>)| {
        let values: Vec<Json> = values.iter().map(|value| json!({ "value": value })).collect();
        json!({ "key": key, "values": { "items": values } })
    };
    json!({
        "allowed": false,
        "explicitDeny": matches!(explanation.decision, Decision::Denied(_)),
        "matchedStatements": { "items": matched.collect::<Vec<_>>() },
        "failures": { "items": failed.collect::<Vec<_>>() },
        "context": {
            "principal": { "arn": explanation.caller },
            "action": explanation.action,
            "resource": explanation.resource,
            "conditions": { "items": row.keys.iter().map(condition).collect::<Vec<_>>() },
        },
    })
}

/// A statement that does not apply, and what about it does not fit.
fn failure(policy: &str, seen: &identity::policy::StatementLook) -> Json {
    use identity::policy::{FalseCondition, Look};
    let condition = |it: &FalseCondition| {
        json!({
            "key": it.key, "operator": it.operator, "line": it.line,
            "expected": it.wanted, "actual": it.found,
        })
    };
    let (reason, conditions) = match &seen.look {
        Look::Applies => ("Applies", Vec::new()),
        Look::OtherPrincipal => ("Principal", Vec::new()),
        Look::OtherAction { .. } => ("Action", Vec::new()),
        Look::OtherResource { .. } => ("Resource", Vec::new()),
        Look::FalseConditions(found) => ("Condition", found.iter().map(condition).collect()),
        Look::Token(_) => ("Token", Vec::new()),
    };
    let token = match &seen.look {
        Look::Token(why) => Some(why),
        _ => None,
    };
    json!({
        "statementId": seen.sid, "effect": seen.effect, "policy": policy, "line": seen.line,
        "reason": reason, "token": token, "conditions": { "items": conditions },
    })
}
