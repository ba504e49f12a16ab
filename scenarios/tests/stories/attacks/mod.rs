//! Attacks on the handshake by their names (threats T05 to T08): who began, who was asked, whose
//! answer it is and where it arrives are four things, and each is swapped here.
//!
//! A person (`victim`) and somebody who means ill (`attacker`) have a browser each. The honest forge
//! is the practice forge, with a callback registered to the letter; the attacker's own forge is a
//! [`Snare`]. What must not have happened is looked up at the end: no connection became available
//! as somebody else's, and no code was shown to the snare.

mod answers;
mod crossed;
mod snare;

use domain::clock::SystemEntropy;
use domain::connection::ProviderType;
use domain::{Entropy, Secret};
use egress::{Response, Url};
use practice_forge::RegisteredApp;
use serde_json::{Value, json};
use store::ConnectionRow;
use testkit::{Browser, Caller, Scene, World};
use wire::Service;

use snare::Snare;

/// The account of whoever means ill.
const ATTACKER: &str = "666666666666";

struct Stage {
    world: World,
    victim: Browser,
    attacker: Browser,
    /// The attacker's client of the server: a key of another account.
    attackers: Caller,
}

/// A client at a forge with a connection that nobody has authorised.
struct Client {
    app: RegisteredApp,
    /// Where its codes arrive, to the letter.
    callback: Url,
    connection: String,
}

impl Stage {
    async fn of(provider: ProviderType) -> Self {
        let scene = Scene::default().forge(provider).set("allow-address", "127.0.0.1:*");
        let world = scene.start().await;
        world.forge.add_user("mallory").expect("a user");
        let attackers = world.other_account(ATTACKER).await;
        Self { world, victim: Browser::default(), attacker: Browser::default(), attackers }
    }

    /// A client of the honest forge in the account of this key.
    async fn honest(&self, who: &Caller) -> Client {
        let endpoint = self.world.forge.base_url().clone();
        let client = self.client(who, self.world.provider, &endpoint).await;
        self.world.forge.admit_app(&client.app, &client.callback);
        client
    }

    /// A client of any forge in the account of this key.
    async fn client(&self, who: &Caller, provider: ProviderType, endpoint: &Url) -> Client {
        let host = host(who, provider, endpoint).await;
        let (client_id, secret) = (SystemEntropy.uuid(), SystemEntropy.uuid());
        let app = RegisteredApp { client_id, client_secret: Secret::new(secret) };
        let asked = json!({
            "kind": provider, "host": host,
            "clientId": app.client_id, "clientSecret": app.client_secret.expose(),
        });
        let made = must(who, Service::Towpath, "RegisterForge", &asked).await;
        let callback = Url::parse(made["redirectUri"].as_str().unwrap_or_default());
        let connection = connection(who, provider, &host).await;
        Client { app, callback: callback.expect("a callback"), connection }
    }

    /// A forge of the attacker's, and a client of it in the account of this key.
    async fn snared(&self, who: &Caller) -> (Snare, Client) {
        let snare = Snare::set().await;
        let provider = match self.world.provider {
            ProviderType::GitHub => ProviderType::GitHubEnterpriseServer,
            ProviderType::GitLab => ProviderType::GitLabSelfManaged,
            ProviderType::Bitbucket => ProviderType::BitbucketServer,
            other => other,
        };
        let client = self.client(who, provider, &snare.url).await;
        (snare, client)
    }

    /// The honest forge's page as the victim comes to it by a link of this server.
    async fn asks_victim(&mut self, link: &Url) -> Url {
        self.victim.begin(link).await
    }

    /// The victim says yes on a page of the honest forge; the way back.
    async fn victim_agrees(&mut self, page: &Url) -> Url {
        self.world.forge.sign_in("practice").expect("signed in");
        self.victim.decide(page, "approve").await
    }

    /// The attacker says yes there as himself.
    async fn attacker_agrees(&mut self, page: &Url) -> Url {
        self.world.forge.sign_in("mallory").expect("signed in");
        self.attacker.decide(page, "approve").await
    }

    /// Who a connection acts as; `None` while nobody has authorised it.
    async fn login(&self, client: &Client) -> Option<String> {
        let id = client.connection.rsplit('/').next().expect("an id");
        let account = client.connection.split(':').nth(4).expect("an account");
        let key = ConnectionRow::at(&account.into(), &id.to_owned());
        let row = self.world.shared().desk.store.get::<ConnectionRow>(key).await;
        row.expect("the store answers").expect("the connection is there").login
    }
}

/// The link with which somebody finishes connecting.
async fn link(who: &Caller, connection: &str) -> Url {
    let asked = json!({ "connectionArn": connection });
    let begun = must(who, Service::Towpath, "StartConnectionHandshake", &asked).await;
    Url::parse(begun["authorizationUrl"].as_str().unwrap_or_default()).expect("a link")
}

async fn host(who: &Caller, provider: ProviderType, endpoint: &Url) -> String {
    if !provider.needs_host() {
        return "its-one-place".to_owned();
    }
    let endpoint = endpoint.as_str().trim_end_matches('/');
    let asked = json!({
        "Name": "a-forge", "ProviderType": provider, "ProviderEndpoint": endpoint,
    });
    let made = must(who, Service::CodeConnections, "CreateHost", &asked).await;
    made["HostArn"].as_str().expect("a host's ARN").to_owned()
}

async fn connection(who: &Caller, provider: ProviderType, host: &str) -> String {
    let asked = match provider.needs_host() {
        true => json!({ "ConnectionName": "a-connection", "HostArn": host }),
        false => json!({ "ConnectionName": "a-connection", "ProviderType": provider }),
    };
    let made = must(who, Service::CodeConnections, "CreateConnection", &asked).await;
    made["ConnectionArn"].as_str().expect("a connection's ARN").to_owned()
}

async fn must(who: &Caller, service: Service, operation: &str, input: &Value) -> Value {
    let answer = who.call(service, operation, input).await;
    answer.unwrap_or_else(|refused| panic!("{operation} {input}: {refused}"))
}

/// A member of a URL's query.
fn member(url: &Url, name: &str) -> String {
    let found = url.query_pairs().find(|(key, _)| key == name);
    found.unwrap_or_else(|| panic!("no {name} in {url}")).1.into_owned()
}

/// The same URL with other values for some members; `None` takes one out.
fn with(url: &Url, changed: &[(&str, Option<&str>)]) -> Url {
    let mut made = url.clone();
    let kept = url.query_pairs().filter(|(key, _)| changed.iter().all(|(name, _)| key != name));
    let added = changed.iter().filter_map(|(name, value)| Some((*name, (*value)?)));
    made.query_pairs_mut().clear().extend_pairs(kept).extend_pairs(added);
    made
}

/// Status and words of a page.
fn check(page: &Response, status: u16, words: &str) {
    let text = String::from_utf8_lossy(&page.body);
    assert_eq!(page.status.as_u16(), status, "{text}");
    assert!(text.contains(words), "{words:?} is not in {text}");
}
