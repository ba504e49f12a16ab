use serde_json::{Map, Value as Json, json};

use super::session::{SOURCE_IDENTITY_CLAIM, TAGS_CLAIM};
use super::*;
use crate::policy::{Decision, Kind, Layer, Look, Policy, Value};

const ISSUER: &str = "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc";
const ARN: &str = "arn:aws:iam::111111111111:oidc-provider/api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc";
const ROLE: &str = "arn:aws:iam::111111111111:role/deploy";
const AUDIENCE: &str = "ari:cloud:bitbucket::workspace/0f1e2d3c";
const SUBJECT: &str = "{6a1f}:{77b2}";

fn provider() -> Provider {
    let (arn, issuer) = (ARN.to_owned(), ISSUER.to_owned());
    Provider { arn, issuer, client_ids: vec![AUDIENCE.to_owned()], ours: false }
}

/// The claims of Bitbucket's token, with these in place of what it has.
fn claims(changes: Json) -> Claims {
    let mut all = json!({
        "iss": ISSUER, "sub": SUBJECT, "aud": AUDIENCE, "repositoryUuid": "{6a1f}",
        "branchName": "main", "exp": 2_000_000_000, "iat": 1_700_000_000,
    });
    for (name, value) in changes.as_object().expect("changes") {
        all[name] = value.clone();
    }
    let all: Map<String, Json> = all.as_object().expect("claims").clone();
    let text = |name: &str| all.get(name).and_then(Json::as_str).map(str::to_owned);
    let audiences = match &all["aud"] {
        Json::Array(list) => list.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
        one => one.as_str().map(str::to_owned).into_iter().collect(),
    };
    Claims {
        issuer: ISSUER.to_owned(),
        subject: text("sub").expect("a subject"),
        audiences,
        authorized_party: text("azp"),
        expires: Timestamp(0),
        not_before: None,
        issued: None,
        id: None,
        all,
    }
}

/// A trust policy of one statement with these actions and conditions.
fn trust(action: &str, principal: &str, condition: &str) -> Attached {
    let condition = condition.replace("ISS", bare_issuer(ISSUER));
    let text = format!(
        "{{\"Version\": \"2012-10-17\", \"Statement\": {{\"Effect\": \"Allow\", \
         \"Principal\": {principal}, \"Action\": {action}, \"Condition\": {{{condition}}}}}}}"
    );
    let policy = Policy::read(&text, Kind::Trust).unwrap_or_else(|wrong| panic!("{text}: {wrong}"));
    Attached { name: ROLE.to_owned(), policy }
}

fn trust_on(condition: &str) -> Attached {
    trust(ASSUME, &federated(), condition)
}

fn federated() -> String {
    format!("{{\"Federated\": \"{ARN}\"}}")
}

fn ask(claims: &Claims, provider: &Provider, trust: &Attached) -> Result<Granted, Refused> {
    let account = AccountId::from("111111111111");
    let mut context = Context::default();
    context.set("aws:SourceIp", [Value::from("34.199.54.113")]);
    let assumption = Assumption {
        role: ROLE,
        account: &account,
        session_name: "build-session",
        duration_seconds: 3600,
        context,
        at: Timestamp(1_795_342_530_000),
    };
    decide(claims, provider, trust, &[], &assumption)
}

const ASSUME: &str = "\"sts:AssumeRoleWithWebIdentity\"";

fn check(changes: Json, condition: &str, expect: bool) {
    let trust = trust_on(condition);
    let asked = ask(&claims(changes.clone()), &provider(), &trust);
    assert_eq!(asked.is_ok(), expect, "{changes} {condition}: {asked:?}");
}

#[test]
fn a_condition_sees_what_sts_makes_of_a_claim() {
    let plain = |condition, expect| check(json!({}), condition, expect);
    plain("", true);
    plain("\"StringEquals\": {\"ISS:aud\": \"ari:cloud:bitbucket::workspace/0f1e2d3c\"}", true);
    plain("\"StringEquals\": {\"ISS:sub\": \"{6a1f}:{77b2}\"}", true);
    plain("\"StringLike\": {\"ISS:sub\": \"{6a1f}:*\"}", true);
    plain("\"StringLike\": {\"ISS:sub\": \"{6A1F}:*\"}", false);
    plain("\"StringLike\": {\"ISS:sub\": \"6a1f:*\"}", false);
    plain("\"StringEquals\": {\"ISS:sub\": \"{6a1f}:*\"}", false);
    plain("\"StringLike\": {\"ISS/:sub\": \"*\"}", false);
    plain("\"StringLike\": {\"https://ISS:sub\": \"*\"}", false);
    plain("\"StringEquals\": {\"ISS:repositoryUuid\": \"{6a1f}\"}", false);
    plain("\"StringEqualsIfExists\": {\"ISS:repositoryUuid\": \"{other}\"}", true);
    plain("\"Null\": {\"ISS:branchName\": true}", true);
    plain("\"IpAddress\": {\"aws:SourceIp\": \"34.199.54.113/32\"}", true);
    plain("\"IpAddress\": {\"aws:SourceIp\": \"10.0.0.0/8\"}", false);
    plain("\"StringEquals\": {\"sts:RoleSessionName\": \"build-session\"}", true);
    plain("\"NumericLessThanEquals\": {\"sts:DurationSeconds\": 900}", false);
    plain("\"StringLike\": {\"aws:FederatedProvider\": \"*oidc\"}", true);
    check(json!({"amr": ["a", "b"]}), "\"ForAnyValue:StringEquals\": {\"ISS:amr\": \"b\"}", true);
    check(json!({"email": "a@b"}), "\"StringEquals\": {\"ISS:email\": \"a@b\"}", true);
    check(
        json!({"azp": AUDIENCE, "aud": "app"}),
        "\"StringEquals\": {\"ISS:oaud\": \"app\"}",
        true,
    );
    check(
        json!({"azp": AUDIENCE, "aud": "app"}),
        "\"StringEquals\": {\"ISS:aud\": \"app\"}",
        false,
    );
}

#[test]
fn our_own_issuer_and_the_listed_ones_have_more_keys() {
    let condition = "\"StringEquals\": {\"ISS:branchName\": \"main\"}";
    let trust = trust_on(condition);
    let ours = Provider { ours: true, ..provider() };
    assert!(ask(&claims(json!({})), &provider(), &trust).is_err());
    assert!(ask(&claims(json!({})), &ours, &trust).is_ok());
    let other = claims(json!({"SUB": "{other}:{step}", "Sub": "{other}:{step}"}));
    let other_subject = "\"StringLike\": {\"ISS:sub\": \"{other}:*\"}";
    assert!(ask(&other, &ours, &trust_on(other_subject)).is_err());
    let github = "https://token.actions.githubusercontent.com".to_owned();
    let github = Provider { issuer: github, ..provider() };
    assert!(is_exposed(&github, "job_workflow_ref") && !is_exposed(&github, "branchName"));
}

#[test]
fn the_audience_must_be_one_that_is_registered() {
    fn check(changes: Json, expect: Option<&str>) {
        let asked = ask(&claims(changes.clone()), &provider(), &trust(ASSUME, &federated(), ""));
        match (asked, expect) {
            (Ok(granted), Some(audience)) => assert_eq!(granted.audience, audience),
            (Err(refused @ Refused::Audience { .. }), None) => {
                assert_eq!(refused.to_string(), "Incorrect token audience");
            }
            (asked, _) => panic!("{changes}: {asked:?}"),
        }
    }
    check(json!({}), Some(AUDIENCE));
    check(json!({"aud": ["other", AUDIENCE]}), Some(AUDIENCE));
    check(json!({"aud": "ari:cloud:bitbucket::workspace/{0f1e2d3c}"}), None);
    check(json!({"aud": "sts.amazonaws.com"}), None);
    check(json!({"azp": "other"}), None);
    check(json!({"azp": AUDIENCE, "aud": "other"}), Some(AUDIENCE));
}

#[test]
fn the_principal_must_be_the_provider_and_the_action_this_one() {
    fn check(principal: &str, action: &str, expect: bool) {
        let asked = ask(&claims(json!({})), &provider(), &trust(action, principal, ""));
        assert_eq!(asked.is_ok(), expect, "{principal} {action}");
    }
    let own = federated();
    check(&own, ASSUME, true);
    check(&own, "\"sts:*\"", true);
    check(&own, "\"*\"", true);
    check(&own, "\"sts:AssumeRole\"", false);
    check("\"*\"", ASSUME, false);
    check("{\"AWS\": \"*\"}", ASSUME, false);
    check("{\"AWS\": \"111111111111\"}", ASSUME, false);
    check("{\"Service\": \"codepipeline.amazonaws.com\"}", ASSUME, false);
    check(&own.replace("111111111111", "222222222222"), ASSUME, false);
    check(&own.replace("/oidc\"", "/oidc/\""), ASSUME, false);
    check("{\"Federated\": \"api.bitbucket.org\"}", ASSUME, false);
}

#[test]
fn google_is_named_by_its_name_or_by_a_registered_provider() {
    let issuer = "https://accounts.google.com".to_owned();
    let registered = "arn:aws:iam::111111111111:oidc-provider/accounts.google.com";
    let check = |arn: &str, principal: &str, expect: bool| {
        let provider = Provider { arn: arn.to_owned(), issuer: issuer.clone(), ..provider() };
        let trust = trust(ASSUME, &format!("{{\"Federated\": \"{principal}\"}}"), "");
        assert_eq!(ask(&claims(json!({})), &provider, &trust).is_ok(), expect, "{arn} {principal}");
    };
    check("", "accounts.google.com", true);
    check(registered, registered, true);
    check(registered, "accounts.google.com", false);
    check("", registered, false);
}

#[test]
fn tags_and_a_source_identity_need_permissions_of_their_own() {
    let tagged =
        json!({TAGS_CLAIM: {"principal_tags": {"Team": ["red"]}, "transitive_tag_keys": ["Team"]}});
    let named = json!({SOURCE_IDENTITY_CLAIM: "ann@b"});
    let allow = |action: &str, changes: &Json| {
        ask(&claims(changes.clone()), &provider(), &trust(action, &federated(), ""))
    };
    assert!(
        matches!(allow(ASSUME, &tagged), Err(Refused::Denied(why)) if why.action == TAG_SESSION)
    );
    let both = "[\"sts:AssumeRoleWithWebIdentity\", \"sts:TagSession\"]";
    let tags = allow(both, &tagged).expect("allowed").tags;
    assert_eq!(tags, [Tag { key: "Team".into(), value: "red".into(), transitive: true }]);
    assert!(allow(ASSUME, &named).is_err());
    let both = "[\"sts:AssumeRoleWithWebIdentity\", \"sts:SetSourceIdentity\"]";
    assert_eq!(allow(both, &named).expect("allowed").source_identity.as_deref(), Some("ann@b"));
    for wrong in [
        json!({TAGS_CLAIM: []}),
        json!({TAGS_CLAIM: {"principal_tags": {"k": ["a", "b"]}}}),
        json!({SOURCE_IDENTITY_CLAIM: "a b"}),
    ] {
        assert!(matches!(allow("\"sts:*\"", &wrong), Err(Refused::Claim { .. })), "{wrong}");
    }
}

/// The wire says one sentence; the explanation says which condition was false, and by which value.
#[test]
fn tags_that_no_session_can_have_are_refused_whatever_the_role_says() {
    fn check(tags: Json, transitive: Json, unfit: UnfitTags) {
        let claim = json!({"principal_tags": tags, "transitive_tag_keys": transitive});
        let claims = claims(json!({TAGS_CLAIM: claim}));
        let trust = trust("\"sts:*\"", &federated(), "");
        assert_eq!(ask(&claims, &provider(), &trust), Err(Refused::Tags(unfit)), "{claim}");
    }
    check(json!({"team": ["a"], "Team": ["b"]}), json!([]), UnfitTags::Doubled);
    check(json!({"AWS:x": ["a"]}), json!([]), UnfitTags::Reserved);
    check(json!({"Team": ["a"]}), json!(["Team", "Rank"]), UnfitTags::NotAmongThem);
}

#[test]
fn a_denial_has_the_claim_beside_the_condition() {
    let condition = "\"StringEquals\": {\"ISS:sub\": \"{6A1F}:{77b2}\", \"ISS:aud\": \"x\"}";
    let trust = trust_on(condition);
    let refused = ask(&claims(json!({})), &provider(), &trust).expect_err("denied");
    let wire = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
    assert_eq!(refused.to_string(), wire);
    let Refused::Denied(why) = refused else { panic!("{refused:?}") };
    assert_eq!(why.decision, Decision::NotAllowed(Layer::Trust));
    let statement = why.policies.iter().flat_map(|it| &it.statements).next().expect("a statement");
    let Look::FalseConditions(wrong) = &statement.look else { panic!("{statement:?}") };
    let beside: Vec<_> =
        wrong.iter().map(|it| (it.wanted[0].as_str(), it.found[0].as_str())).collect();
    assert_eq!(beside, [("{6A1F}:{77b2}", SUBJECT), ("x", AUDIENCE)]);
}
