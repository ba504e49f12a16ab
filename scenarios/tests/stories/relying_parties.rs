//! Tokens that are shown here as to Azure and to Google: a step's own while it lives, those of a
//! registered issuer, and those that are nobody's business.

use identity::token::{Algorithm, SigningKey};
use serde_json::{Map, Value, json};
use testkit::{ACCOUNT, World};
use wire::Service;

use crate::federation::{Issuer, waiting_step, world};

pub const AUDIENCE: &str = "api://AzureADTokenExchange";
const SUBJECT: &str = "repo:acme/shop";
pub const TENANT: &str = "746f7770-6174-4680-8000-000000000000";
const POOL: &str =
    "//iam.googleapis.com/projects/000000000000/locations/global/workloadIdentityPools/towpath";
const PROVIDER: &str = "//iam.googleapis.com/projects/000000000000/locations/global/workloadIdentityPools/towpath/providers/steps";

async fn put(world: &World, kind: &str, name: Option<&str>, document: &Value) -> Value {
    let input = json!({ "kind": kind, "name": name, "document": document.to_string() });
    world.must(Service::Towpath, "PutRelyingParty", &input).await
}

/// An app whose only credential is for one subject of this issuer; its client id.
pub async fn app(world: &World, issuer: &str, subject: &str) -> String {
    let credential =
        json!({ "name": "one", "issuer": issuer, "subject": subject, "audiences": [AUDIENCE] });
    let put = put(world, "azure-app", None, &credential).await;
    assert_eq!(put["tenantId"], TENANT);
    put["name"].as_str().expect("a name").to_owned()
}

pub async fn provider(world: &World, issuer: &str, condition: &str) {
    let document = json!({
        "attributeMapping": { "google.subject": "assertion.sub" }, "attributeCondition": condition,
        "oidc": { "issuerUri": issuer, "allowedAudiences": [AUDIENCE] },
    });
    put(world, "google-provider", Some("towpath/steps"), &document).await;
}

async fn post(world: &World, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
    let escaped =
        |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
    let pairs: Vec<String> =
        form.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    let kind = "application/x-www-form-urlencoded".to_owned();
    let headers =
        [("host".to_owned(), world.caller.host().to_owned()), ("content-type".to_owned(), kind)];
    let answer = world.caller.post(path, &headers, pairs.join("&").into_bytes()).await;
    let body = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    (answer.status.as_u16(), body)
}

/// Shows a token to an app; the access token, or the number of the error.
pub async fn azure(world: &World, tenant: &str, app: &str, token: &str) -> Result<String, u64> {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", app),
        ("scope", "https://vault.azure.net/.default"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", token),
    ];
    let (status, body) = post(world, &format!("/azure/{tenant}/oauth2/v2.0/token"), &form).await;
    match status {
        200 => Ok(body["access_token"].as_str().expect("a token").to_owned()),
        _ => Err(body["error_codes"][0].as_u64().unwrap_or_else(|| panic!("{body}"))),
    }
}

const CLOUD: &str = "https://www.googleapis.com/auth/cloud-platform";

/// Shows a token to the provider; the access token with its life, or the error.
pub async fn google(world: &World, token: &str) -> Result<(String, i64), String> {
    google_for(world, CLOUD, token).await
}

/// The same for another scope.
async fn google_for(world: &World, scope: &str, token: &str) -> Result<(String, i64), String> {
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"),
        ("audience", PROVIDER),
        ("scope", scope),
        ("subject_token", token),
    ];
    let (status, body) = post(world, "/google/v1/token", &form).await;
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    match status {
        200 => Ok((text("access_token"), body["expires_in"].as_i64().expect("seconds"))),
        _ => Err(format!("{}: {}", text("error"), text("error_description"))),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_steps_own_token_is_taken_while_its_attempt_lives() {
    let world = world().await;
    let issuer = world.caller.at(&format!("/oidc/{ACCOUNT}")).to_string();
    let key = server::issuers::signer(world.shared(), &ACCOUNT.into(), Algorithm::Rs256).await;
    let key = key.expect("a key");
    let mut claims = waiting_step(&world).await;
    claims.insert("aud".to_owned(), json!(AUDIENCE));
    claims.insert("sub".to_owned(), json!("repository:practice/app"));
    let token = |key: &SigningKey, claims: &Map<String, Value>| {
        key.sign(claims).expect("signed").expose().to_owned()
    };
    let good = token(&key, &claims);
    let app = app(&world, &issuer, "repository:practice/app").await;
    provider(&world, &issuer, "assertion.pipeline == 'app'").await;
    let given = azure(&world, TENANT, &app, &good).await.expect("it is taken");
    google(&world, &good).await.expect("it is taken");
    // The app's own token opens nothing here: its issuer is no step's.
    assert_eq!(azure(&world, TENANT, &app, &given).await, Err(700_211));

    let other = SigningKey::generate(Algorithm::Es256).expect("a key");
    assert_eq!(azure(&world, TENANT, &app, &token(&other, &claims)).await, Err(700_027));
    for (name, value) in [("attempt", "2"), ("execution", "x"), ("pipeline", "other")] {
        let mut changed = claims.clone();
        changed.insert(name.to_owned(), json!(value));
        assert_eq!(azure(&world, TENANT, &app, &token(&key, &changed)).await, Err(700_024));
        assert!(google(&world, &token(&key, &changed)).await.is_err(), "{name}");
    }
    world.answer("app", "Next", "Ask", "Approved").await.expect("answered");
    world.settle().await;
    assert_eq!(azure(&world, TENANT, &app, &good).await, Err(700_024));
    let ended = google(&world, &good).await.expect_err("the step is over");
    assert!(ended.contains("the step that it was made for has ended"), "{ended}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_issuers_token_is_taken_where_it_is_registered_and_nowhere_else() {
    let (world, issuer, stranger) =
        (world().await, Issuer::start(true).await, Issuer::start(true).await);
    let app = app(&world, &issuer.url, SUBJECT).await;
    provider(&world, &issuer.url, "assertion.sub.startsWith('repo:acme/')").await;
    let claimed = |name: &str, value: Value| {
        let mut claims = issuer.claims(&world);
        (claims["sub"], claims["aud"]) = (json!(SUBJECT), json!(AUDIENCE));
        claims[name] = value;
        issuer.sign(&issuer.header(), &claims)
    };
    let good = claimed("jti", json!("x"));
    azure(&world, TENANT, &app, &good).await.expect("it is taken");
    let (access, seconds) = google(&world, &good).await.expect("it is taken");
    assert!((500..=600).contains(&seconds), "no longer than the token that was shown: {seconds}");

    assert_eq!(
        azure(&world, TENANT, &app, &claimed("sub", json!("repo:other"))).await,
        Err(700_213)
    );
    let condition = google(&world, &claimed("sub", json!("repo:other"))).await.expect_err("not so");
    assert!(condition.starts_with("unauthorized_client"), "{condition}");
    assert_eq!(azure(&world, TENANT, &app, &claimed("aud", json!("x"))).await, Err(700_212));
    let elsewhere = "746f7770-6174-4680-8000-111111111111";
    assert_eq!(azure(&world, elsewhere, &app, &good).await, Err(90_002));
    assert_eq!(azure(&world, "common", &app, &good).await, Err(90_002));
    azure(&world, &TENANT.to_uppercase(), &app, &good).await.expect("an id has no case");
    for (tenant, status) in [(TENANT, 200), (elsewhere, 400), ("common", 400)] {
        let path = format!("/azure/{tenant}/v2.0/.well-known/openid-configuration");
        assert_eq!(world.caller.get(&path).await.status.as_u16(), status, "{tenant}");
    }

    // Nobody asks an issuer for its keys whom nothing here names.
    let mut claims = stranger.claims(&world);
    (claims["sub"], claims["aud"]) = (json!(SUBJECT), json!(AUDIENCE));
    let unknown = stranger.sign(&stranger.header(), &claims);
    assert_eq!(azure(&world, TENANT, &app, &unknown).await, Err(700_211));
    assert!(google(&world, &unknown).await.is_err());
    assert_eq!(stranger.asked.load(std::sync::atomic::Ordering::SeqCst), 0);

    // An access token of Google's is none of a service account that does not let its bearer in.
    assert_eq!(impersonated(&world, &access).await, Err("IAM_PERMISSION_DENIED".to_owned()));
    let binding = json!({ "role": "roles/iam.workloadIdentityUser",
        "members": [format!("principal:{POOL}/subject/{SUBJECT}")] });
    put(&world, "google-service-account", Some("a@b"), &json!({ "bindings": [binding] })).await;
    assert_eq!(impersonated(&world, &access).await, Ok(()));
    // Nor does it become a wider one than it was asked for.
    let narrow = "https://www.googleapis.com/auth/devstorage.read_only";
    let (narrow, _) = google_for(&world, narrow, &good).await.expect("it is taken");
    let refused = impersonated(&world, &narrow).await;
    assert_eq!(refused, Err("ACCESS_TOKEN_SCOPE_INSUFFICIENT".to_owned()));
    let unasked = google_for(&world, "", &good).await.expect_err("a scope must be asked for");
    assert!(unasked.starts_with("invalid_request"), "{unasked}");
}

/// Asks for the token of `a@b` with an access token; the word that programs tell refusals by.
async fn impersonated(world: &World, access: &str) -> Result<(), String> {
    let headers = [
        ("host".to_owned(), world.caller.host().to_owned()),
        ("authorization".to_owned(), format!("Bearer {access}")),
    ];
    let path = "/google/v1/projects/-/serviceAccounts/a@b:generateAccessToken";
    let body = json!({ "scope": [CLOUD] }).to_string().into_bytes();
    let answer = world.caller.post(path, &headers, body).await;
    let said: Value = serde_json::from_slice(&answer.body).expect("JSON");
    match answer.status.as_u16() {
        200 => Ok(()),
        _ => Err(said["error"]["details"][0]["reason"].as_str().unwrap_or_default().to_owned()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_shows_one_bad_token_after_the_other_is_in_nobodys_way() {
    let (world, issuer) = (world().await, Issuer::start(true).await);
    provider(&world, &issuer.url, "true").await;
    let mut claims = issuer.claims(&world);
    (claims["sub"], claims["aud"]) = (json!(SUBJECT), json!(AUDIENCE));
    let good = issuer.sign(&issuer.header(), &claims);
    google(&world, &good).await.expect("it is taken");
    let many = async || {
        let tries = (0..50).map(|_| post(&world, "/google/v1/token", &[("x", "y")]));
        futures::future::join_all(tries).await
    };
    let mut rounds = 0;
    loop {
        let told = many().await;
        if told.iter().any(|(_, body)| body["error"] == "temporarily_unavailable") {
            break;
        }
        rounds += 1;
        assert!(rounds < 200, "nobody is told that these are too many");
    }
    google(&world, &good).await.expect("a good one is taken meanwhile");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_set_one_up_and_whoever_was_given_a_token_is_in_the_audit_log() {
    let (world, issuer) = (world().await, Issuer::start(true).await);
    let app = app(&world, &issuer.url, SUBJECT).await;
    let mut claims = issuer.claims(&world);
    (claims["sub"], claims["aud"]) = (json!(SUBJECT), json!(AUDIENCE));
    let token = issuer.sign(&issuer.header(), &claims);
    azure(&world, TENANT, &app, &token).await.expect("it is taken");
    let entries = world.must(Service::Towpath, "ListAuditEntries", &json!({})).await;
    let actions: Vec<&str> = entries["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .filter_map(|entry| entry["action"].as_str())
        .collect();
    assert!(actions.contains(&"towpath:PutRelyingParty"), "{actions:?}");
    assert!(actions.contains(&"towpath:ExchangeForAzureToken"), "{actions:?}");
    let name = json!({ "kind": "azure-app", "name": app });
    world.must(Service::Towpath, "DeleteRelyingParty", &name).await;
    assert_eq!(azure(&world, TENANT, &app, &token).await, Err(700_016));
}
