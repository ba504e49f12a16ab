//! No secret lies anywhere in clear or in an encoding: each that the store has sealed is opened and
//! searched for in files, in a dump of the database, in answers, errors and pages.

mod search;

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use store::{
    AccessKeyRow, HookRow, Kept, ParameterValueRow, Place, RegistrationRow, SecretValueRow,
    SigningKeyRow, Store, TokenRow, VariableRow, Vault,
};
use testkit::declarations::{app, commands};
use testkit::{ACCOUNT, REPOSITORY, Scene, World};
use wire::Service::{CodeConnections, CodePipeline, Iam, SecretsManager, Ssm, Sts, Towpath};

use crate::federation::element;
use crate::resealing::place;
use crate::secrets::{MEMBER, PARAMETER, PLAIN, SECRET, keep, with_variables};
use search::Search;
pub use search::{forms, found};

on_each_database! {
    no_secret_is_in_clear_wherever_one_may_look
}

const PRIVATE_KEYS: &str = "private keys of the issuer";

/// The kind of a secret, and what it is.
type Canary = (&'static str, Vec<u8>);

/// Everything that the store has sealed, opened.
async fn sealed(world: &World) -> Vec<Canary> {
    let store = Store::open(&place(world)).await.expect("the database");
    let vault = Vault::open(&world.config.sealing_key).expect("the key file");
    let mut canaries = Vec::new();
    let mut open = |kind: &'static str, place: &Place<'_>, sealed: Option<&Vec<u8>>| {
        let opened = sealed.map(|sealed| vault.unseal(place, sealed).expect("it opens"));
        canaries.extend(opened.map(|secret| (kind, secret.expose().as_bytes().to_vec())));
    };
    // No key is the empty one: each row was sealed by another.
    let none = store::Value::Blob(Vec::new());
    macro_rules! rows {
        ($row:ident) => {
            store.list::<$row>($row::sealed_before(&none, 1000)).await.expect("rows")
        };
    }
    for row in rows!(AccessKeyRow) {
        let place = Place::of_access_key(&row.account, &row.access_key);
        open("access keys", &place, Some(&row.sealed_secret));
    }
    for row in rows!(SigningKeyRow) {
        let place = Place::of_signing_key(&row.account, &row.kid);
        open(PRIVATE_KEYS, &place, Some(&row.sealed_private));
    }
    for row in rows!(RegistrationRow) {
        let place = Place::of_registration(&row.account, &row.id);
        open("client secrets", &place, Some(&row.sealed_secret));
    }
    for row in rows!(HookRow) {
        let place = Place::of_hook(&row.account, &row.id);
        open("hook secrets", &place, Some(&row.sealed_secret));
    }
    for row in rows!(TokenRow) {
        let id = row.connection.id().to_owned();
        let place = Place::of_access_token(&row.account, &id, row.generation);
        open("connection tokens", &place, Some(&row.sealed_access));
        let place = Place::of_refresh_token(&row.account, &id, row.generation);
        open("connection tokens", &place, row.sealed_refresh.as_ref());
    }
    for row in rows!(SecretValueRow) {
        let (account, secret, id) = (row.account.clone(), row.secret.clone(), row.id.clone());
        Kept::Secret { account, secret, id }
            .placed(|place| open("secrets", place, Some(&row.sealed_value)));
    }
    for row in rows!(ParameterValueRow) {
        let (account, parameter) = (row.account.clone(), row.parameter.clone());
        Kept::Parameter { account, parameter, number: row.number }
            .placed(|place| open("parameters", place, Some(&row.sealed_value)));
    }
    for row in rows!(VariableRow) {
        let (account, scope, name) = (row.account.clone(), row.scope.clone(), row.name.clone());
        Kept::Variable { account, scope, name }
            .placed(|place| open("variables", place, Some(&row.sealed_value)));
    }
    // In base64 as it is sealed, and as it is.
    let keys = canaries.iter().filter(|(kind, _)| *kind == PRIVATE_KEYS);
    let keys: Vec<_> = keys.map(|(_, key)| STANDARD.decode(key).expect("base64")).collect();
    canaries.extend(keys.into_iter().map(|key| (PRIVATE_KEYS, key)));
    canaries
}

/// A secret of every kind: kept, used by a step that prints it, and given to those who call.
async fn used(world: &World) -> Vec<Canary> {
    keep(world).await;
    let variable = json!({ "scope": { "repository": REPOSITORY }, "name": "TOKEN",
        "value": "canary-variable-6512bd43", "secured": true });
    world.must(Towpath, "PutVariable", &variable).await;
    let connection = world.connect().await;
    let lines = [
        "echo $WHOLE $MEMBER $KEY; echo $KEY | base64; env",
        "echo $WHOLE > left.txt; rm left.txt",
        "exit 3",
    ];
    let variables = [
        ("WHOLE", "SECRETS_MANAGER", "prod/whole"),
        ("MEMBER", "SECRETS_MANAGER", "prod/db:password"),
        ("KEY", "PARAMETER_STORE", "/prod/key"),
    ];
    let mut step = with_variables(commands("Step", &lines), &variables);
    step["outputArtifacts"] = json!([{ "name": "Made" }]);
    world.create(&app(&connection, step)).await;
    world.begin("app").await;
    world.settle().await;
    assert_eq!(world.latest("app").await.status, "Failed", "the step's last line");
    let ada = ("UserName", "ada");
    world.caller.query(Iam, "CreateUser", &[ada]).await.expect("a user");
    world.caller.query(Iam, "CreateAccessKey", &[ada]).await.expect("her key");
    let session = world.caller.query(Sts, "GetSessionToken", &[]).await.expect("a session");
    let text = |name: &str| element(&session, name).expect(name).into_bytes();
    world.must(Towpath, "ListSigningKeys", &json!({})).await;
    vec![
        ("sessions", text("SecretAccessKey")),
        ("sessions", text("SessionToken")),
        ("members of secrets", MEMBER.into()),
    ]
}

async fn no_secret_is_in_clear_wherever_one_may_look(scene: Scene) {
    let world = scene.start().await;
    let mut canaries = used(&world).await;
    let mut browser = world.sign_in().await;
    let cookie = browser.cookie.clone().expect("a cookie");
    canaries.push(("console sessions", cookie.split('=').nth(1).unwrap_or_default().into()));
    canaries.extend(sealed(&world).await);
    // A plain parameter is for whoever may read it: it is sealed, and shown.
    canaries.retain(|(_, text)| text != PLAIN.as_bytes());
    let keys = std::fs::read_to_string(&world.config.sealing_key).expect("the key file");
    canaries.push(("sealing keys", hex::decode(keys.trim()).expect("hex")));
    canaries.push(("sealing keys", keys.trim().into()));
    let search = Search::of(canaries.iter().map(|(kind, text)| (*kind, &**text)));
    let control = Search::of([("what is there", &b"codepipeline:CreatePipeline"[..])]);

    let pages = pages(&world, &mut browser).await;
    let answers = [answers(&world).await, errors(&world).await].concat();
    for (what, text) in pages.iter().chain(&answers) {
        assert_eq!(search.first_in(text.as_bytes()), None, "in {what}: {text}");
    }
    assert!(!control.in_files(&world.config.data).is_empty() || world.config.database.is_some());
    // The first key's secret is in the file that hands it over, which is its owner's alone.
    let mut in_files = search.in_files(&world.config.data);
    in_files.retain(|(file, kind)| !(file.ends_with("credentials") && *kind == "access keys"));
    assert_eq!(in_files, [], "files of {}", world.config.data.display());
    if let Some(dump) = dump(&world) {
        assert!(control.first_in(&dump).is_some(), "the search finds what is there");
        assert_eq!(search.first_in(&dump), None, "in the dump");
        println!("{} bytes of a dump", dump.len());
    }
    let mut kinds = BTreeMap::<&str, usize>::new();
    canaries.iter().for_each(|(kind, _)| *kinds.entry(kind).or_default() += 1);
    println!(
        "{} forms of {kinds:?}, {} pages, {} answers",
        search.len(),
        pages.len(),
        answers.len()
    );
    assert_eq!(kinds.len(), 12, "{kinds:?}");
}

/// Every page of the console, as somebody sees it who is signed in.
async fn pages(world: &World, browser: &mut testkit::Browser) -> Vec<(String, String)> {
    let run = world.latest("app").await.id;
    let deliveries = world.must(Towpath, "ListDeliveries", &json!({})).await;
    let delivery = deliveries["deliveries"][0]["deliveryId"].as_str().unwrap_or("none").to_owned();
    let paths = [
        "/console/".to_owned(),
        "/console/pipelines".to_owned(),
        "/console/pipelines/app".to_owned(),
        "/console/pipelines/app/executions".to_owned(),
        format!("/console/pipelines/app/executions/{run}"),
        "/console/connections".to_owned(),
        "/console/deliveries".to_owned(),
        format!("/console/deliveries/{delivery}"),
        "/console/syncs".to_owned(),
        "/console/nothing".to_owned(),
    ];
    let mut pages = Vec::new();
    for path in paths {
        let page = browser.open(&world.caller.at(&path)).await;
        pages.push((path, String::from_utf8_lossy(&page.body).into_owned()));
    }
    let seen = pages.iter().filter(|(_, page)| page.contains("/console/sign-out")).count();
    assert!(seen >= 5, "{seen} pages of somebody who is signed in");
    for path in ["/metrics", "/health", &format!("/oidc/{ACCOUNT}/keys.json")] {
        let page = world.caller.get(path).await;
        pages.push((path.to_owned(), String::from_utf8_lossy(&page.body).into_owned()));
    }
    pages.push(("the log".to_owned(), world.log("app", &run, "Next", "Step").await.join("\n")));
    pages
}

/// What is read without being asked to be opened.
async fn answers(world: &World) -> Vec<(String, String)> {
    let (app, none) = (json!({ "name": "app" }), json!({}));
    let of_app = json!({ "pipelineName": "app" });
    let whole = json!({ "SecretId": "prod/whole" });
    let calls: [(wire::Service, &str, &Value); 22] = [
        (CodePipeline, "GetPipeline", &app),
        (CodePipeline, "GetPipelineState", &app),
        (CodePipeline, "ListPipelineExecutions", &of_app),
        (CodePipeline, "ListActionExecutions", &of_app),
        (CodePipeline, "ListPipelines", &none),
        (CodePipeline, "ListWebhooks", &none),
        (CodeConnections, "ListConnections", &none),
        (CodeConnections, "ListHosts", &none),
        (SecretsManager, "ListSecrets", &none),
        (SecretsManager, "DescribeSecret", &whole),
        (SecretsManager, "ListSecretVersionIds", &whole),
        (Ssm, "DescribeParameters", &none),
        (Ssm, "GetParameter", &json!({ "Name": "/prod/key" })),
        (Ssm, "GetParameters", &json!({ "Names": ["/prod/key"] })),
        (Ssm, "GetParameterHistory", &json!({ "Name": "/prod/key" })),
        (Ssm, "GetParametersByPath", &json!({ "Path": "/prod" })),
        (Towpath, "ListVariables", &json!({ "scope": { "repository": REPOSITORY } })),
        (Towpath, "ListAccessKeys", &none),
        (Towpath, "ListSigningKeys", &none),
        (Towpath, "ListSealingKeys", &none),
        (Towpath, "ListDeliveries", &none),
        (Towpath, "ListAuditEntries", &none),
    ];
    let mut answers = Vec::new();
    for (service, operation, input) in calls {
        let answer = world.must(service, operation, input).await;
        answers.push((operation.to_owned(), answer.to_string()));
    }
    for operation in ["ListUsers", "GetAccountAuthorizationDetails"] {
        let answer = world.caller.query(Iam, operation, &[]).await.expect(operation);
        answers.push((operation.to_owned(), answer));
    }
    answers
}

/// Calls that bring a secret along and are refused: what they say must not say it again.
async fn errors(world: &World) -> Vec<(String, String)> {
    let long = SECRET.repeat(5000);
    let calls = [
        (SecretsManager, "CreateSecret", json!({ "Name": "prod/whole", "SecretString": SECRET })),
        (SecretsManager, "CreateSecret", json!({ "Name": "bad name", "SecretString": SECRET })),
        (SecretsManager, "CreateSecret", json!({ "Name": "long", "SecretString": long })),
        (SecretsManager, "CreateSecret", json!({ "Name": "kind", "SecretString": [SECRET] })),
        (SecretsManager, "PutSecretValue", json!({ "SecretId": "none", "SecretString": SECRET })),
        (SecretsManager, "PutSecretValue", json!({ "SecretId": "none", "SecretBinary": SECRET })),
        (
            Ssm,
            "PutParameter",
            json!({ "Name": "/prod/key", "Type": "SecureString", "Value": PARAMETER }),
        ),
        (Ssm, "PutParameter", json!({ "Name": "/a", "Type": "Secure", "Value": PARAMETER })),
        (Ssm, "PutParameter", json!({ "Name": "/a", "Type": "SecureString", "Value": long })),
        (
            Ssm,
            "PutParameter",
            json!({ "Name": "/a", "Type": "String", "Value": PARAMETER, "AllowedPattern": "^x$" }),
        ),
        (
            Towpath,
            "PutVariable",
            json!({ "scope": {}, "name": "A", "value": SECRET, "secured": true }),
        ),
        (
            Towpath,
            "PutVariable",
            json!({ "scope": { "repository": REPOSITORY }, "name": "A", "value": long }),
        ),
        (
            Towpath,
            "RegisterForge",
            json!({ "kind": "GitHub", "host": "none", "clientId": "", "clientSecret": SECRET }),
        ),
        (
            Towpath,
            "RegisterForge",
            json!({ "kind": "GitHub", "clientId": "a", "clientSecret": long }),
        ),
    ];
    let mut errors = Vec::new();
    for (service, operation, input) in calls {
        let shown = input.to_string().chars().take(80).collect::<String>();
        let refused = world.call(service, operation, &input).await;
        let refused = refused.err().unwrap_or_else(|| panic!("{operation} {shown} was taken"));
        errors.push((format!("{operation} {shown}"), format!("{refused} {}", refused.message)));
    }
    let cut = world.caller.sign(
        SecretsManager,
        "CreateSecret",
        format!("{{\"SecretString\":\"{SECRET}").into_bytes(),
        0,
    );
    let answer = world.caller.post("/", &cut.headers, cut.body).await;
    errors.push((
        "JSON that is cut off".to_owned(),
        String::from_utf8_lossy(&answer.body).into_owned(),
    ));
    errors
}

/// Everything in the database, as `pg_dump` writes it; `None` where it is SQLite's.
fn dump(world: &World) -> Option<Vec<u8>> {
    let url = world.config.database.as_ref()?;
    let dumped = std::process::Command::new("pg_dump").arg(url.expose()).output();
    let Ok(dumped) = dumped else {
        println!("skipped: pg_dump is not installed");
        return None;
    };
    assert!(dumped.status.success(), "{}", String::from_utf8_lossy(&dumped.stderr));
    Some(dumped.stdout)
}

#[test]
fn the_search_finds_a_secret_in_each_of_its_encodings() {
    let secret = b"canary-of-its-own-1679091c";
    let search = Search::of([("it", &secret[..])]);
    for form in forms(secret) {
        for before in ["", "x", "xy", "xyz"] {
            let text = [before.as_bytes(), &form, b"y"].concat();
            assert_eq!(search.first_in(&text), Some("it"), "{}", String::from_utf8_lossy(&form));
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a"), hex::encode(secret)).expect("a file");
    assert_eq!(search.in_files(folder.path()).len(), 1);
    assert_eq!(found(folder.path(), &forms(secret)).len(), 1);
    assert!(search.in_files(Path::new("/nowhere")).is_empty());
    assert_eq!(search.first_in(b"canary-of-another-1679091c"), None);
}
