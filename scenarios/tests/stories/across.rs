//! A token is good for one step, of one account, by one issuer, for one audience, for its minutes: what
//! is good at one place is shown at every other, at STS and as to Azure and Google, and refused.

use std::sync::Arc;

use domain::AccountId;
use identity::token::{Algorithm, SigningKey};
use serde_json::{Map, Value, json};
use testkit::declarations::{app, commands};
use testkit::{ACCOUNT, World};
use wire::Service::{CodeConnections, CodePipeline};

use crate::federation::{Issuer, ROLE, assume, provider as registered, role, waiting_step, world};
use crate::relying_parties::{AUDIENCE, TENANT, app as azure_app, azure, google, provider};

const OTHER_ACCOUNT: &str = "111111111111";
const SUBJECT: &str = "repository:practice/app";

/// A token's claims.
type Claims = Map<String, Value>;

/// Where a token is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Party {
    Sts,
    Azure,
    Google,
}

const PARTIES: [Party; 3] = [Party::Sts, Party::Azure, Party::Google];

/// Those who show tokens, and those who sign them.
struct Ground {
    world: World,
    app: String,
    claims: Claims,
    own: Arc<SigningKey>,
    of_other_account: Arc<SigningKey>,
    issuer: String,
    other_issuer: String,
    /// Registered, for other subjects.
    foreign: Issuer,
    stranger: Issuer,
}

impl Ground {
    async fn made() -> Self {
        let world = world().await;
        world.other_account(OTHER_ACCOUNT).await;
        let of = async |account: &str| {
            let account = AccountId::new(account);
            server::issuers::signer(world.shared(), &account, Algorithm::Es256)
                .await
                .expect("a key")
        };
        let (own, of_other_account) = (of(ACCOUNT).await, of(OTHER_ACCOUNT).await);
        let issuer = |account: &str| world.caller.at(&format!("/oidc/{account}")).to_string();
        let (issuer, other_issuer) = (issuer(ACCOUNT), issuer(OTHER_ACCOUNT));
        let (foreign, stranger) = (Issuer::start(true).await, Issuer::start(true).await);
        registered(&world, &foreign).await;
        let bare = issuer.trim_start_matches("http://").to_owned();
        role(&world, &bare, json!({ "StringEquals": { format!("{bare}:sub"): SUBJECT } })).await;
        let app = azure_app(&world, &issuer, SUBJECT).await;
        provider(&world, &issuer, &format!("assertion.sub == '{SUBJECT}'")).await;
        let mut claims = waiting_step(&world).await;
        claims.insert("sub".to_owned(), json!(SUBJECT));
        Self { world, app, claims, own, of_other_account, issuer, other_issuer, foreign, stranger }
    }

    fn audience(&self, party: Party) -> Value {
        match party {
            Party::Sts => self.claims["aud"].clone(),
            Party::Azure | Party::Google => json!(AUDIENCE),
        }
    }

    /// What a party is shown that is as it should be.
    fn good(&self, party: Party) -> Claims {
        let mut claims = self.claims.clone();
        claims.insert("aud".to_owned(), self.audience(party));
        claims
    }

    fn with(&self, party: Party, name: &str, value: Value) -> Claims {
        let mut claims = self.good(party);
        claims.insert(name.to_owned(), value);
        claims
    }

    async fn shown(&self, party: Party, token: &str) -> Result<(), String> {
        let world = &self.world;
        match party {
            Party::Sts => assume(world, ROLE, token, &[]).await.map(drop).map_err(|it| it.0),
            Party::Azure => {
                let answer = azure(world, TENANT, &self.app, token).await;
                answer.map(drop).map_err(|number| number.to_string())
            }
            Party::Google => google(world, token).await.map(drop),
        }
    }

    async fn all_good(&self) {
        for party in PARTIES {
            let token = signed(&self.own, &self.good(party));
            assert_eq!(self.shown(party, &token).await, Ok(()), "{party:?}");
        }
    }
}

fn signed(key: &SigningKey, claims: &Claims) -> String {
    key.sign(claims).expect("signed").expose().to_owned()
}

/// Of another step, or of none.
fn steps(ground: &Ground, party: Party, ended: &str) -> Vec<(String, String)> {
    let mut tokens = Vec::new();
    for (name, values) in [
        ("pipeline", vec![json!("other"), json!("App"), json!(""), json!(["app"])]),
        ("execution", vec![json!("00000000-0000-4000-8000-000000000000"), json!(ended), json!("")]),
        ("stage", vec![json!("Source"), json!("next"), json!("Next ")]),
        ("action", vec![json!("Other"), json!("ask"), json!("")]),
        ("attempt", vec![json!("0"), json!("2"), json!("-1"), json!("all")]),
    ] {
        for value in values {
            let token = signed(&ground.own, &ground.with(party, name, value.clone()));
            tokens.push((format!("of {name} {value}"), token));
        }
        let mut claims = ground.good(party);
        claims.remove(name);
        tokens.push((format!("of no {name}"), signed(&ground.own, &claims)));
    }
    for subject in [
        "repository:practice/App",
        "repository:practice/app2",
        "repository:practice/ap",
        "repository:practice/app ",
        "repository:other/app",
        "*",
        "",
    ] {
        let token = signed(&ground.own, &ground.with(party, "sub", json!(subject)));
        tokens.push((format!("of subject '{subject}'"), token));
    }
    tokens
}

/// Of another account, or of another issuer.
fn issuers(ground: &Ground, party: Party) -> Vec<(String, String)> {
    let (good, other) = (ground.good(party), json!(ground.other_issuer));
    let from = |issuer: &str| ground.with(party, "iss", json!(issuer));
    let foreign = |claims: &Claims| ground.foreign.sign(&ground.foreign.header(), &json!(claims));
    let stranger =
        |claims: &Claims| ground.stranger.sign(&ground.stranger.header(), &json!(claims));
    let unlike = [
        format!("{}/", ground.issuer),
        ground.issuer.replace("http:", "https:"),
        ground.issuer.replace("127.0.0.1", "localhost"),
        ground.issuer.replace("/oidc/", "/OIDC/"),
        ground.issuer.replace("/oidc/", "/oidc//"),
        format!("{}/../{OTHER_ACCOUNT}", ground.issuer),
        String::new(),
    ];
    let mut tokens = vec![
        ("of another account", signed(&ground.of_other_account, &ground.with(party, "iss", other))),
        ("by another account's key", signed(&ground.of_other_account, &good)),
        ("of another account by our key", signed(&ground.own, &from(&ground.other_issuer))),
        ("by a registered issuer's key as ours", foreign(&good)),
        ("of a registered issuer by our key", signed(&ground.own, &from(&ground.foreign.url))),
        ("of a registered issuer that vouches for others", foreign(&from(&ground.foreign.url))),
        ("by a stranger's key as ours", stranger(&good)),
        ("of a stranger", stranger(&from(&ground.stranger.url))),
        ("of a stranger by a registered issuer's key", foreign(&from(&ground.stranger.url))),
        ("of a registered issuer by a stranger's key", stranger(&from(&ground.foreign.url))),
    ]
    .into_iter()
    .map(|(name, token)| (name.to_owned(), token))
    .collect::<Vec<_>>();
    for issuer in unlike {
        tokens.push((format!("of issuer '{issuer}'"), signed(&ground.own, &from(&issuer))));
    }
    tokens
}

/// For another audience, or at another time.
fn audiences(ground: &Ground, party: Party) -> Vec<(String, String)> {
    let mut tokens = Vec::new();
    let own = ground.audience(party);
    let text = own.as_str().unwrap_or_default().to_owned();
    let elsewhere = PARTIES.into_iter().map(|party| ground.audience(party)).filter(|it| *it != own);
    let mut others: Vec<Value> = elsewhere.collect();
    others.extend([
        json!("sts.amazonaws.com"),
        json!("https://vault.example"),
        json!(format!("{text}/")),
        json!(text.to_uppercase()),
        json!(format!("{text} ")),
        json!(text[..text.len() - 1]),
        json!(""),
        json!([]),
        json!(["https://vault.example"]),
        json!({ "aud": text }),
        Value::Null,
    ]);
    for audience in others {
        let token = signed(&ground.own, &ground.with(party, "aud", audience.clone()));
        tokens.push((format!("for {audience}"), token));
    }
    let now = ground.world.shared().now().0 / 1000;
    for (name, value) in [
        ("exp", json!(now)),
        ("exp", json!(now - 1)),
        ("exp", json!(now - 86_400)),
        ("exp", json!(0)),
        ("exp", json!((now + 600) * 1000)),
        ("exp", json!("tomorrow")),
        ("exp", Value::Null),
        ("nbf", json!(now + 3600)),
        ("iat", json!(now + 3600)),
    ] {
        let token = signed(&ground.own, &ground.with(party, name, value.clone()));
        tokens.push((format!("with {name} {value}"), token));
    }
    tokens
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_good_nowhere_but_where_it_was_made_for() {
    let ground = Ground::made().await;
    let world = &ground.world;
    let found = world.must(CodeConnections, "ListConnections", &json!({})).await;
    let connection = found["Connections"][0]["ConnectionArn"].as_str().expect("an ARN");
    let mut done = app(connection, commands("Step", &["true"]));
    done["name"] = json!("done");
    let asked = json!({ "pipeline": done });
    world.must(CodePipeline, "CreatePipeline", &asked).await;
    let ended = world.begin("done").await;
    ground.all_good().await;
    let (mut accepted, mut count) = (Vec::new(), 0);
    for party in PARTIES {
        let mut tokens = steps(&ground, party, &ended);
        tokens.extend(issuers(&ground, party));
        tokens.extend(audiences(&ground, party));
        for (name, token) in tokens {
            count += 1;
            if ground.shown(party, &token).await.is_ok() {
                accepted.push(format!("{party:?}: a token {name}"));
            }
        }
    }
    // What one of them gives out is shown to the others.
    let given = [
        azure(world, TENANT, &ground.app, &signed(&ground.own, &ground.good(Party::Azure)))
            .await
            .expect("a token"),
        google(world, &signed(&ground.own, &ground.good(Party::Google))).await.expect("a token").0,
    ];
    for (party, token) in
        PARTIES.into_iter().flat_map(|party| given.iter().map(move |it| (party, it)))
    {
        count += 1;
        if ground.shown(party, token).await.is_ok() {
            accepted.push(format!("{party:?}: an access token"));
        }
    }
    assert_eq!(accepted, Vec::<String>::new());
    assert_eq!(ground.stranger.asked.load(std::sync::atomic::Ordering::SeqCst), 0);
    // They were refused for what they are: the good ones are good still, while the step lives.
    ground.all_good().await;
    let tokens = PARTIES.map(|party| (party, signed(&ground.own, &ground.good(party))));
    world.answer("app", "Next", "Ask", "Approved").await.expect("answered");
    world.settle().await;
    for (party, token) in &tokens {
        count += 1;
        assert!(ground.shown(*party, token).await.is_err(), "{party:?}: the step is over");
    }
    println!("{count} tokens across steps, accounts, issuers, audiences and times, none accepted");
    assert!(count >= 180, "{count}");
}
