//! Why STS refuses a token: what its one sentence hides.
//!
//! Of a policy's statements the one that comes nearest is looked at in full, principal, action and
//! every condition; `trust` decides as STS does, and its word is the last.

mod answer;
mod condition;
mod deny;
pub(super) mod issuer;
mod lookalike;
mod near_miss;

pub(super) use answer::answer;

use domain::{AccountId, Timestamp};
use serde_json::Value as Json;

use super::cause::Cause;
use super::evidence::{AwsProvider, Evidence, Role};
use super::finding::{Compared, Finding, Weight};
use super::presented::Presented;
use crate::lint::{Rule, lint};
use crate::policy::{Attached, Context, Effect, Named, Statement, Value};
use crate::trust::{
    self, ACTION, Assumption, Provider, SOURCE_IDENTITY_CLAIM, TAGS_CLAIM, bare_issuer, decide,
};

/// Session lengths that STS takes.
const SESSION_SECONDS_MAX: u64 = 43_200;
/// What a role allows where nothing else is set.
const SESSION_SECONDS_DEFAULT: u64 = 3_600;

/// What stands between a token and a role.
pub(super) fn judge(
    evidence: &Evidence,
    role: &Role,
    presented: &Presented,
    at: Timestamp,
) -> Vec<Finding> {
    let mut findings = role_arn(evidence, role);
    findings.extend(duration(evidence, role));
    if let Some(registered) = &evidence.provider {
        findings.extend(provider(registered, presented));
    }
    let allows = role.trust.statements.iter().filter(|it| it.effect == Effect::Allow);
    let looks = allows.map(|it| look(it, role, presented, evidence, at));
    let refusals =
        |found: &Vec<Finding>| found.iter().filter(|it| it.weight == Weight::Refused).count();
    match looks.min_by_key(refusals) {
        Some(nearest) => findings.extend(nearest),
        None => {
            let fix = format!("add a statement that allows {ACTION}");
            findings.push(Finding::refused("the policy allows nobody", fix).of(Cause::Principal));
        }
    }
    if !findings.iter().any(|it| it.weight == Weight::Refused) && presented.is_whole() {
        findings.extend(last_word(role, presented, evidence, at));
    }
    findings.extend(open(role, evidence, &findings));
    findings
}

/// What stands between a token and the account's provider, where no role was brought.
pub(super) fn provider_of(evidence: &Evidence, presented: &Presented) -> Vec<Finding> {
    evidence.provider.as_ref().map(|it| provider(it, presented)).unwrap_or_default()
}

/// The ARN of the role that is asked for.
fn asked<'a>(evidence: &'a Evidence, role: &'a Role) -> Option<&'a str> {
    let named = evidence.role_arn.as_deref().or(evidence.variable("AWS_ROLE_ARN"));
    named.or(role.arn.as_deref())
}

/// What is wrong with the ARN of the role that is asked for.
fn role_arn(evidence: &Evidence, role: &Role) -> Vec<Finding> {
    let Some(arn) = asked(evidence, role) else { return vec![] };
    let mut findings = arn_form(arn).into_iter().collect::<Vec<_>>();
    if !findings.is_empty() {
        return findings;
    }
    let part = |index: usize| {
        let own = arn.split(':').nth(index).unwrap_or_default();
        let providers = role.trust.statements.iter().flat_map(federated);
        let mut others = providers.filter_map(move |it| it.split(':').nth(index));
        (own, others.find(|it| *it != own))
    };
    if let (own, Some(other)) = part(1) {
        let message = format!(
            "the role is in the partition {own}, and its policy names a provider of {other}"
        );
        let fix = format!(
            "write arn:{own}:iam::… in the policy, and register the provider in that account"
        );
        let compared = Compared::one("Principal.Federated", "partition of the role", other, own);
        findings.push(Finding::refused(message, fix).of(Cause::Partition).about(compared));
    }
    if let (account, Some(other)) = part(4) {
        let message =
            format!("the role is in account {account}, and its policy names a provider of {other}");
        let fix =
            "ask for the role in the provider's account, or register the provider in the role's"
                .to_owned();
        let compared = Compared::one("Principal.Federated", "account of the role", other, account);
        findings.push(Finding::refused(message, fix).of(Cause::OtherAccount).about(compared));
    }
    findings
}

/// Whether an ARN is one of a role, in a shape that STS takes.
pub(super) fn arn_form(arn: &str) -> Option<Finding> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let good = match parts[..] {
        ["arn", partition, "iam", "", account, name] => {
            partition.starts_with("aws")
                && account.len() == 12
                && account.bytes().all(|byte| byte.is_ascii_digit())
                && name.strip_prefix("role/").is_some_and(|it| !it.is_empty())
        }
        _ => false,
    };
    let plain = |it: char| it.is_ascii_alphanumeric() || "_+=,.@-/:".contains(it);
    if !good || !arn.chars().all(plain) {
        let message = format!("{arn:?} is no role's ARN");
        let fix = "write arn:aws:iam::ACCOUNT:role/NAME, with no blank, quote, backslash or variable left in it";
        return Some(Finding::refused(message, fix).of(Cause::RoleArn));
    }
    let named =
        arn.rsplit('/').next().is_some_and(|name| name.eq_ignore_ascii_case("GitHubActions"));
    named.then(|| {
        let message =
            "a role of the name GitHubActions was reported to be refused whatever its policy says";
        Finding::warning(message, "give the role another name").of(Cause::RoleName)
    })
}

fn duration(evidence: &Evidence, role: &Role) -> Option<Finding> {
    let asked = evidence.duration_seconds?;
    let most = role.session_seconds_max.unwrap_or(SESSION_SECONDS_DEFAULT);
    let wrong = |finding: Finding| Some(finding.of(Cause::Duration));
    if !(900..=SESSION_SECONDS_MAX).contains(&asked) {
        let message = format!("a session of {asked} seconds is none that STS makes");
        return wrong(Finding::refused(message, "ask for 900 to 43200 seconds"));
    }
    if asked <= most {
        return None;
    }
    let message = format!("a session of {asked} seconds is asked for, and the role allows {most}");
    let fix = format!("ask for {most}, or raise the role's MaxSessionDuration");
    wrong(match role.session_seconds_max {
        Some(_) => Finding::refused(message, fix),
        None => Finding::unknown(format!("{message}, unless it was raised"), fix),
    })
}

/// Whether the account's provider is the token's, and registered for its audience.
fn provider(registered: &AwsProvider, presented: &Presented) -> Vec<Finding> {
    let claims = &presented.claims;
    let mut findings = Vec::new();
    let url = bare_issuer(&registered.url);
    if presented.knows("iss") && url != bare_issuer(&claims.issuer) {
        let cause = issuer::cause(url, &claims.issuer).unwrap_or(Cause::NoProvider);
        let message =
            format!("the account has a provider for {url}, and the token is of {}", claims.issuer);
        let fix = format!("register a provider with the URL {}", claims.issuer);
        let compared = Compared::one("Url", "iss", &format!("https://{url}"), &claims.issuer);
        findings.push(Finding::refused(message, fix).of(cause).about(compared));
    }
    let audiences: Vec<String> =
        claims.effective_audiences().into_iter().map(str::to_owned).collect();
    if audiences.is_empty() || audiences.iter().any(|it| registered.client_ids.contains(it)) {
        return findings;
    }
    let (claim, cause) = match &claims.authorized_party {
        Some(_) => ("azp", Cause::AuthorizedParty),
        None => ("aud", issuer::audience_cause(&registered.client_ids, &audiences)),
    };
    let message = match cause {
        Cause::AuthorizedParty => {
            "the token has `azp`, and STS compares that instead of `aud`".to_owned()
        }
        _ => "the provider is not registered for the token's audience".to_owned(),
    };
    let fix =
        format!("aws iam add-client-id-to-open-id-connect-provider --client-id {}", audiences[0]);
    let compared = Compared::new("ClientIDList", claim, &registered.client_ids, &audiences);
    findings.push(Finding::refused(message, fix).of(cause).about(compared));
    findings
}

/// The providers that a statement names.
fn federated(statement: &Statement) -> impl Iterator<Item = &str> {
    let named = statement.principals.iter().flat_map(|principals| &principals.named);
    named.filter_map(|named| match named {
        Named::Federated(arn) => Some(arn.as_str()),
        _ => None,
    })
}

/// Everything about one statement that does not fit.
fn look(
    statement: &Statement,
    role: &Role,
    presented: &Presented,
    evidence: &Evidence,
    at: Timestamp,
) -> Vec<Finding> {
    let claims = &presented.claims;
    let bare = bare_issuer(&claims.issuer);
    let named: Vec<&str> = federated(statement).collect();
    let of = |arn: &&&str| arn.split_once(":oidc-provider/").is_some_and(|(_, it)| it == bare);
    let chosen = named.iter().find(of).or(named.first()).copied();
    let mut findings = Vec::new();
    let negated = statement.principals.as_ref().is_some_and(|it| it.negated);
    match chosen.filter(|_| !negated) {
        Some(arn) => findings.extend(issuer::judge(arn, presented)),
        None => {
            let message = format!(
                "the statement in line {} is for others than web identities",
                statement.place.line
            );
            let fix = format!(
                "write \"Principal\": {{\"Federated\": \"arn:aws:iam::ACCOUNT:oidc-provider/{bare}\"}}"
            );
            findings.push(Finding::refused(message, fix).of(Cause::Principal));
        }
    }
    findings.extend(actions(statement, role, presented));
    let prefix =
        chosen.and_then(|arn| arn.split_once(":oidc-provider/")).map_or(bare, |(_, it)| it);
    let (arn, issuer) =
        (chosen.unwrap_or_default().to_owned(), format!("https://{}", bare_issuer(prefix)));
    let provider = Provider { arn, issuer, client_ids: vec![], ours: evidence.towpath };
    let context = context(presented, &provider, evidence, at);
    for wrong in statement.conditions.iter().filter(|it| !it.holds(&context)) {
        findings.extend(condition::judge(wrong, &context, presented, &provider));
    }
    findings
}

/// Whether a statement allows what the token asks for.
fn actions(statement: &Statement, role: &Role, presented: &Presented) -> Vec<Finding> {
    let allows = |statement: &Statement, action: &str| {
        let action = action.to_ascii_lowercase();
        statement.actions.names(|glob| glob.matches(&action))
    };
    let mut findings = Vec::new();
    if !allows(statement, ACTION) {
        let named = statement.actions.written().join(", ");
        let message = format!("the statement in line {} is about {named}", statement.place.line);
        let fix = format!("write \"Action\": \"{ACTION}\"");
        findings.push(Finding::refused(message, fix).of(Cause::Principal));
    }
    let more = [
        (TAGS_CLAIM, trust::TAG_SESSION, "session tags"),
        (SOURCE_IDENTITY_CLAIM, trust::SET_SOURCE_IDENTITY, "a source identity"),
    ];
    let mut whole = role.trust.statements.iter().filter(|it| it.effect == Effect::Allow);
    for (claim, action, what) in more {
        if presented.claims.all.contains_key(claim) && !whole.any(|it| allows(it, action)) {
            let message =
                format!("the token carries {what}, and the policy does not allow {action}");
            let fix = format!("write \"Action\": [\"{ACTION}\", \"{action}\"]");
            findings.push(Finding::refused(message, fix).of(Cause::TagSession));
        }
    }
    findings
}

/// The keys that STS makes of the token, and of what is known of the request.
fn context(
    presented: &Presented,
    provider: &Provider,
    evidence: &Evidence,
    at: Timestamp,
) -> Context {
    let claims = &presented.claims;
    let tags = trust::tags(claims).unwrap_or_default();
    let source = claims.all.get(SOURCE_IDENTITY_CLAIM).and_then(Json::as_str);
    let account = AccountId::new("");
    let mut context =
        trust::context(claims, provider, &assumption("", &account, evidence, at), &tags, source);
    for (claim, key) in [("aud", "aud"), ("aud", "oaud"), ("sub", "sub")] {
        if !claims.all.contains_key(claim) {
            context.set(&format!("{}:{key}", bare_issuer(&provider.issuer)), []);
        }
    }
    context.set("aws:CurrentTime", [Value::Moment(at)]);
    context.set("aws:EpochTime", [Value::Number(at.0 / 1000)]);
    if evidence.variable("AWS_ROLE_SESSION_NAME").is_none() {
        context.set("sts:RoleSessionName", []);
    }
    if evidence.duration_seconds.is_none() {
        context.set("sts:DurationSeconds", []);
    }
    context
}

fn assumption<'a>(
    role: &'a str,
    account: &'a AccountId,
    evidence: &'a Evidence,
    at: Timestamp,
) -> Assumption<'a> {
    let seconds = evidence.duration_seconds.unwrap_or(SESSION_SECONDS_DEFAULT);
    Assumption {
        role,
        account,
        session_name: evidence.variable("AWS_ROLE_SESSION_NAME").unwrap_or("session"),
        duration_seconds: u32::try_from(seconds).unwrap_or(u32::MAX),
        context: Context::default(),
        at,
    }
}

/// What STS's own decision says where nothing was found: an explicit deny, most of all.
fn last_word(
    role: &Role,
    presented: &Presented,
    evidence: &Evidence,
    at: Timestamp,
) -> Vec<Finding> {
    let claims = &presented.claims;
    let bare = bare_issuer(&claims.issuer);
    let mut arns = role.trust.statements.iter().flat_map(federated);
    let Some(arn) = arns.find(|arn| arn.ends_with(bare)).map(str::to_owned) else { return vec![] };
    let client_ids = claims.effective_audiences().into_iter().map(str::to_owned).collect();
    let provider =
        Provider { arn, issuer: claims.issuer.clone(), client_ids, ours: evidence.towpath };
    let name = role.arn.clone().unwrap_or_else(|| role.name.clone());
    let account = AccountId::new(provider.arn.split(':').nth(4).unwrap_or_default());
    let attached = Attached { name: name.clone(), policy: role.trust.clone() };
    let assumption = assumption(&name, &account, evidence, at);
    match decide(claims, &provider, &attached, &[], &assumption) {
        Ok(_) => vec![],
        Err(trust::Refused::Denied(why)) => {
            // What is only not known of the request was said at its condition.
            deny::judge(&role.trust, &why, &context(presented, &provider, evidence, at))
        }
        // That the token has none was said of the token itself.
        Err(trust::Refused::Audience { .. }) => vec![],
        Err(wrong) => {
            vec![
                Finding::refused(wrong.to_string(), "let the issuer write the claim so")
                    .of(Cause::TagSession),
            ]
        }
    }
}

/// Where the policy stands open, as far as nothing else was said of it already.
fn open(role: &Role, evidence: &Evidence, findings: &[Finding]) -> Vec<Finding> {
    let named = role.trust.statements.iter().flat_map(federated);
    let own = |arn: &str| {
        let (_, bare) = arn.split_once(":oidc-provider/")?;
        let (arn, issuer) = (arn.to_owned(), format!("https://{}", bare_issuer(bare)));
        Some(Provider { arn, issuer, client_ids: vec![], ours: true })
    };
    let known: Vec<Provider> = named.filter(|_| evidence.towpath).filter_map(own).collect();
    let lints = lint(&role.trust, &known).into_iter();
    let told = |rule: Rule| match rule {
        Rule::Everyone | Rule::NoSubject | Rule::WideSubject | Rule::HoldsWithoutClaim => true,
        Rule::PlainHttp | Rule::NoAudience => true,
        // The others never match, which a refusal has said.
        _ => !findings.iter().any(|it| it.weight == Weight::Refused),
    };
    let warn = |lint: crate::lint::Lint| {
        let message = format!("line {}: {}", lint.finding.place.line, lint.finding.message);
        Finding::warning(message, lint.finding.fix.unwrap_or_default()).of(Cause::Open)
    };
    lints.filter(|lint| told(lint.rule)).map(warn).collect()
}
