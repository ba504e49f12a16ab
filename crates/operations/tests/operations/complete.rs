//! Every row of the table, one by one: it is spoken, documented, has a recorded request, and
//! answers nobody who is unsigned, unknown or of another account. What is excepted stands in a
//! list here, with its reason.

use domain::{AccessKeyId, Region, Secret};
use operations::table::{BY_PARTS, BY_TOKEN, ROWS, Row};
use serde_json::{Value, json};
use wire::sigv4::{Claim, Credentials, Expected, SigV4Refusal, sign, verify};
use wire::{Request, Route, Service, dispatch};

use crate::world::{ACCOUNT, OTHER, with_pipeline};

/// One request of each operation, by service and name.
const REQUESTS: &str = include_str!("../../testdata/requests.json");
const GUIDE: &str = include_str!("../../../../docs/guides/operations.md");

/// Rows whose recorded request succeeds by the hand of another account, because nothing in it is
/// anybody else's.
const NO_STRANGERS: &[(&str, &str)] = &[
    ("GetCallerIdentity", "it tells the callers who they are; no permission is needed"),
    ("GetSessionToken", "it makes keys for the caller, with the caller's own rights"),
    ("DeletePipeline", "a name is its account's own, and deleting what is not there succeeds"),
    ("ListPipelines", "it lists what the caller has"),
    ("ListWebhooks", "it lists what the caller has"),
    ("DeleteWebhook", "a name is its account's own, and deleting what is not there succeeds"),
    ("CreateConnection", "it makes one of the caller's"),
    ("ListConnections", "it lists what the caller has"),
    ("CreateHost", "it makes one of the caller's"),
    ("ListHosts", "it lists what the caller has"),
    ("ListRepositoryLinks", "it lists what the caller has"),
    (
        "DeleteSyncConfiguration",
        "a name is its account's own, and deleting what is not there succeeds",
    ),
    ("ListDeliveries", "it lists what the caller has"),
    ("CreateBucket", "it makes one of the caller's; a name that is taken is refused"),
    ("ListAuditEntries", "it lists what the caller has"),
    ("ListBuckets", "it lists what the caller has"),
    ("ListRegistrations", "it lists what the caller has"),
    ("CreateConsoleLink", "it signs the caller in, as the caller"),
    ("CreateAccessKey", "it makes one of the caller's"),
    ("ListAccessKeys", "it lists what the caller has"),
    ("CreateRole", "it makes one of the caller's"),
    ("CreateUser", "it makes one of the caller's"),
    ("CreateGroup", "it makes one of the caller's"),
    ("CreatePolicy", "it makes one of the caller's"),
    ("CreateOpenIDConnectProvider", "it makes one of the caller's"),
    ("ListRoles", "it lists what the caller has"),
    ("ListUsers", "it lists what the caller has"),
    ("ListGroups", "it lists what the caller has"),
    ("ListPolicies", "it lists what the caller has"),
    ("ListOpenIDConnectProviders", "it lists what the caller has"),
    ("SimulateCustomPolicy", "it is about policies in the call itself"),
    ("GetContextKeysForCustomPolicy", "it is about policies in the call itself"),
    ("GetAccountAuthorizationDetails", "it lists what the caller has"),
    ("GetAccountSummary", "it counts what the caller has"),
    ("CreateSecret", "it makes one of the caller's"),
    ("ListSecrets", "it lists what the caller has"),
    ("BatchGetSecretValue", "why each of its secrets cannot be had stands in its answer"),
    ("GetRandomPassword", "it makes one that nobody keeps"),
    ("PutParameter", "it makes one of the caller's"),
    ("GetParameters", "which of them are not there stands in its answer"),
    ("GetParametersByPath", "it lists what the caller has"),
    ("DescribeParameters", "it lists what the caller has"),
    ("DeleteParameters", "which of them are not there stands in its answer"),
    ("PutVariable", "it makes one of the caller's"),
    ("ListVariables", "it lists what the caller has"),
    ("ListSigningKeys", "it lists what the caller has"),
    ("RotateSigningKeys", "it ends the caller's own"),
    ("PutRelyingParty", "it makes one of the caller's"),
    ("ListRelyingParties", "it lists what the caller has"),
];

/// Operations that a caller may use without a signature, with what stands for it.
const UNSIGNED: &[(&str, &str)] =
    &[("AssumeRoleWithWebIdentity", "a token, signed by an issuer that the role's account knows")];

/// A row's recorded request.
pub fn recorded(row: &Row) -> Value {
    let all: Value = serde_json::from_str(REQUESTS).expect("the recorded requests are JSON");
    all[format!("{:?}", row.service)][row.name].clone()
}

/// The bytes and headers of a row's recorded request, before it is signed.
pub fn spoken(row: &Row) -> (String, Vec<(&'static str, String)>) {
    let host = ("host", "ci.example.com".to_owned());
    let target = |prefix: &str| ("x-amz-target", format!("{prefix}.{}", row.name));
    let typed = |kind: &str| ("content-type", kind.to_owned());
    let body = recorded(row).to_string();
    let (json10, json11) = ("application/x-amz-json-1.0", "application/x-amz-json-1.1");
    match row.service {
        Service::CodePipeline => (body, vec![host, typed(json11), target("CodePipeline_20150709")]),
        Service::CodeConnections => {
            let prefix = "com.amazonaws.codeconnections.CodeConnections_20231201";
            (body, vec![host, typed(json10), target(prefix)])
        }
        Service::CodeStarConnections => {
            let prefix = "com.amazonaws.codestar.connections.CodeStar_connections_20191201";
            (body, vec![host, typed(json10), target(prefix)])
        }
        Service::Iam | Service::Sts => {
            let version = row.service.query_version().expect("it speaks Query");
            let form = form_of(&recorded(row));
            let body = format!("Action={}&Version={version}{form}", row.name);
            (body, vec![host, typed("application/x-www-form-urlencoded")])
        }
        Service::SecretsManager => (body, vec![host, typed(json11), target("secretsmanager")]),
        Service::Ssm => (body, vec![host, typed(json11), target("AmazonSSM")]),
        // What the head of such a request says stands in its recorded input.
        Service::S3 => (body, vec![host]),
        Service::Towpath => (body, vec![host, typed(json11), target("Towpath_20261101")]),
    }
}

/// The members of an input as the pairs of a form.
pub fn form_of(input: &Value) -> String {
    fn pairs(path: &str, value: &Value, form: &mut String) {
        match value {
            Value::Object(members) => members.iter().for_each(|(name, value)| {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                pairs(&path, value, form);
            }),
            Value::Array(items) => items.iter().enumerate().for_each(|(index, value)| {
                pairs(&format!("{path}.member.{}", index + 1), value, form);
            }),
            Value::String(text) => {
                let text: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
                form.push_str(&format!("&{path}={text}"));
            }
            other => form.push_str(&format!("&{path}={other}")),
        }
    }
    let mut form = String::new();
    pairs("", input, &mut form);
    form
}

fn asked<'a>(headers: &'a [(&'a str, &'a str)], body: &'a str) -> Request<'a> {
    Request { method: "POST", path: "/", query: "", headers, body: body.as_bytes() }
}

#[test]
fn every_operation_that_is_spoken_means_something_and_nothing_else_does() {
    for service in Service::ALL {
        let mut spoken: Vec<&str> = service.operations().iter().map(|it| it.name).collect();
        let rows = ROWS.iter().filter(|row| row.service == service);
        let others = BY_TOKEN.iter().chain(BY_PARTS);
        let unsigned = others.filter(|(of, _)| *of == service).map(|(_, name)| *name);
        let mut meant: Vec<&str> = rows.map(|row| row.name).chain(unsigned).collect();
        spoken.sort_unstable();
        meant.sort_unstable();
        assert_eq!(spoken, meant, "{service:?}");
    }
}

#[test]
fn every_operation_has_a_recorded_request_and_no_request_is_left_over() {
    let all: Value = serde_json::from_str(REQUESTS).expect("the recorded requests are JSON");
    let services = all.as_object().expect("services");
    let count: usize = services.values().map(|it| it.as_object().map_or(0, |it| it.len())).sum();
    assert_eq!(count, ROWS.len() + BY_TOKEN.len() + BY_PARTS.len());
    for row in ROWS {
        let request = recorded(row);
        assert!(request.is_object(), "{:?} {} has no request", row.service, row.name);
        let operation = row.service.operation(row.name).expect("it is spoken");
        let findings = wire::constraint::check(operation.input, &request);
        assert_eq!(findings, Default::default(), "{:?} {}", row.service, row.name);
    }
}

#[test]
fn every_operation_stands_in_the_guide_and_the_guide_names_no_other() {
    let documented = |name: &str| GUIDE.contains(&format!("| `{name}` |"));
    let unsigned = BY_TOKEN.iter().chain(BY_PARTS).map(|(_, name)| *name);
    let names = || ROWS.iter().map(|row| row.name).chain(unsigned.clone());
    let missing: Vec<_> = names().filter(|name| !documented(name)).collect();
    assert!(missing.is_empty(), "docs/guides/operations.md lacks {missing:?}");
    let named = GUIDE.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let known = |name: &&str| names().any(|known| known == *name);
    let unknown: Vec<_> = named.filter(|name| !known(name)).collect();
    assert!(unknown.is_empty(), "nothing is called {unknown:?}");
}

/// There is no anonymous way in, and a key's id without its secret is none.
#[test]
fn every_operation_refuses_a_caller_who_is_unsigned_or_unknown() {
    let region = Region::new("us-east-1");
    let at = domain::Timestamp(1_700_000_000_000);
    for row in ROWS.iter().filter(|row| row.service != Service::S3) {
        let (body, headers) = spoken(row);
        let mut headers: Vec<_> = headers.iter().map(|(name, it)| (*name, it.as_str())).collect();
        let about = format!("{:?} {}", row.service, row.name);
        let unsigned = Claim::read(&asked(&headers, &body));
        assert!(matches!(unsigned, Err(SigV4Refusal::Missing)), "{about}");

        let guess = Credentials {
            access_key_id: AccessKeyId::new("AKIAIOSFODNN7EXAMPLE"),
            secret_access_key: Secret::new("a guess"),
            session_token: None,
        };
        let expected = || Expected { region: &region, service: row.service.signing_name() };
        let added = sign(&asked(&headers, &body), &guess, expected(), at);
        headers.extend(added.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let request = asked(&headers, &body);
        let Ok(Route::Call(call)) = dispatch(&request) else { panic!("{about} is not spoken") };
        assert_eq!((call.service, call.operation.name), (row.service, row.name));
        let claim = Claim::read(&request).expect(&about);
        let verified = |secret| verify(&request, &claim, &Secret::new(secret), expected(), at);
        assert!(verified("the secret").is_err(), "{about} took a guess");
        assert!(verified("a guess").is_ok(), "{about}: what was refused is the guess");
    }
}

/// Asked by a stranger for what the first account has, each says that it is not there, or that
/// it is not the stranger's.
#[test]
fn every_operation_refuses_a_stranger() {
    let plain = [
        "AccessDenied",
        "NotFound",
        "ConflictException",
        "InvalidStructure",
        "InvalidArn",
        "InvalidInput",
        "NoSuchEntity",
        "InvalidResourceId",
        "InvalidAuthorizationMessage",
    ];
    for row in ROWS.iter().filter(|row| NO_STRANGERS.iter().all(|(name, _)| *name != row.name)) {
        let (mut world, about) = (with_pipeline(), format!("{:?} {}", row.service, row.name));
        let refused = world.ask(OTHER, row.service, row.name, &spoken(row).0);
        let refused = refused.expect_err(&about);
        assert!(plain.iter().any(|it| refused.code.contains(it)), "{about}: {refused}");
        let left = world.call("GetPipeline", &json!({"name": "p"}));
        assert!(left.is_ok(), "{about} touched the pipeline");
    }
}

/// A list that names what is not there, or what needs no exception any more, hides something.
#[test]
fn what_is_excepted_is_there_and_needs_to_be() {
    for (name, why) in NO_STRANGERS {
        let rows: Vec<_> = ROWS.iter().filter(|row| row.name == *name).collect();
        assert!(!rows.is_empty(), "there is no {name}");
        for row in rows {
            let asked = with_pipeline().ask(OTHER, row.service, name, &spoken(row).0);
            assert!(asked.is_ok(), "{name} is excepted because {why}: {:?}", asked.err());
        }
    }
    let unsigned: Vec<&str> = UNSIGNED.iter().map(|(name, _)| *name).collect();
    assert_eq!(unsigned, BY_TOKEN.iter().map(|(_, name)| *name).collect::<Vec<_>>());
    assert!(ROWS.iter().all(|row| !unsigned.contains(&row.name)), "a row is signed");
}

/// A name is its account's own: the same one elsewhere is another pipeline.
#[test]
fn deleting_by_a_strangers_hand_deletes_nothing() {
    let mut world = with_pipeline();
    let input = json!({"name": "p"}).to_string();
    world.ask(OTHER, Service::CodePipeline, "DeletePipeline", &input).expect("it succeeds");
    let got = world.ask(ACCOUNT, Service::CodePipeline, "GetPipeline", &input);
    assert_eq!(got.expect("it is there")["pipeline"]["name"], "p");
}
