//! The handshake and the refresh against a real authorization server, `oidc-provider`, whose word
//! counts and not our own. Runs where `TOWPATH_NPM` names a folder with it in its `node_modules`.
//!
//! Its scopes are OpenID's, so a forge's own are left out of the URL that the browser is sent to.

mod double;

use domain::Secret;
use double::{CALLBACK, client, registration, url};
use egress::Url;
use forges::{
    Bitbucket, BitbucketServer, ClientRegistration, Error, Exchange, Forge, GitLab, Grant,
    challenge,
};
use serde_json::{Value, json};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// The server, with a browser of its own; it ends with its input.
struct Provider {
    origin: Url,
    browser: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    _process: Child,
}

impl Provider {
    async fn start(folder: &str, settings: &Value) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oauth/provider.mjs");
        let mut node = Command::new("node");
        node.arg(script).arg(settings.to_string()).env("TOWPATH_NPM", folder).kill_on_drop(true);
        let mut process = node.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("node");
        let browser = process.stdin.take().expect("an input");
        let mut answers = BufReader::new(process.stdout.take().expect("an output")).lines();
        let origin = answers.next_line().await.expect("a line").expect("an origin");
        Self { origin: url(&origin), browser, answers, _process: process }
    }

    /// Goes where the browser is sent; gives the code that it comes back with.
    async fn code(&mut self, to: &Url, state: &str) -> Secret {
        self.browser.write_all(format!("{to}\n").as_bytes()).await.expect("written");
        let back = self.answers.next_line().await.expect("a line").expect("an answer");
        let back = Url::parse(&back).unwrap_or_else(|_| panic!("{back}"));
        let find =
            |name| back.query_pairs().find(|(it, _)| it == name).map(|(_, it)| it.into_owned());
        assert_eq!(find("state").as_deref(), Some(state), "{back}");
        Secret::new(find("code").unwrap_or_else(|| panic!("no code: {back}")))
    }
}

/// Without the forge's own scopes, and with what makes OpenID's provider give a refresh token.
fn as_openid(forges_own: &Url) -> Url {
    let kept: Vec<_> = forges_own.query_pairs().into_owned().filter(|it| it.0 != "scope").collect();
    let mut url = forges_own.clone();
    url.query_pairs_mut().clear().extend_pairs(kept).append_pair("scope", "openid");
    url
}

async fn redeem(
    forge: &dyn Forge,
    client: &ClientRegistration,
    code: &Secret,
    verifier: &Secret,
) -> Result<Grant, Error> {
    let redirect_uri = url(CALLBACK);
    let exchange = Exchange { code, verifier, redirect_uri: &redirect_uri };
    forge.exchange_code(client, exchange).await
}

async fn check(folder: &str, settings: Value, driver: fn(&Url) -> Box<dyn Forge>) {
    let mut provider = Provider::start(folder, &settings).await;
    let (forge, client) = (driver(&provider.origin), registration());
    let verifier = Secret::new("v".repeat(43));
    let asked = forge.authorize_url(&client, "st&te", &challenge(&verifier), &url(CALLBACK));
    let asked = as_openid(&asked);

    let code = provider.code(&asked, "st&te").await;
    let impostor = ClientRegistration { client_secret: Secret::new("other"), ..client.clone() };
    let refused = redeem(&*forge, &impostor, &code, &verifier).await;
    assert!(matches!(refused, Err(Error::ClientRefused { .. })), "{refused:?}");
    if settings["proof"] == "post" {
        let refused = redeem(&*forge, &client, &code, &Secret::new("w".repeat(43))).await;
        assert!(matches!(refused, Err(Error::HandshakeRefused { .. })), "{refused:?}");
    }

    let code = provider.code(&asked, "st&te").await;
    let first = redeem(&*forge, &client, &code, &verifier).await.expect("a grant");
    assert_eq!(first.expires_in_seconds, Some(7200));
    let again = redeem(&*forge, &client, &code, &verifier).await;
    assert!(matches!(again, Err(Error::HandshakeRefused { .. })), "a code is good once");

    let code = provider.code(&asked, "st&te").await;
    let first = redeem(&*forge, &client, &code, &verifier).await.expect("a grant");
    let old = first.refresh_token.expect("a refresh token");
    let second = forge.refresh(&client, &old).await.expect("a grant");
    assert_ne!(second.token, first.token);
    let new = second.refresh_token.expect("the next one");
    assert_ne!(new, old);
    // Used twice, the old one ends the whole family.
    for token in [&old, &new] {
        let lost = forge.refresh(&client, token).await;
        let is_lost =
            matches!(&lost, Err(Error::GrantLost { code, .. }) if code == "invalid_grant");
        assert!(is_lost, "{lost:?}");
    }
}

#[tokio::test]
async fn a_real_authorization_server_takes_what_we_send() {
    let Ok(folder) = std::env::var("TOWPATH_NPM") else {
        return println!("skipped: TOWPATH_NPM is not set");
    };
    if !std::path::Path::new(&folder).join("node_modules/oidc-provider").exists() {
        return println!("skipped: oidc-provider is not in TOWPATH_NPM");
    }
    let routes = |authorization: &str, token: &str, proof: &str| json!({"routes": {"authorization": authorization, "token": token}, "proof": proof});
    let gitlab = routes("/oauth/authorize", "/oauth/token", "post");
    check(&folder, gitlab, |at| Box::new(GitLab::self_managed(at, client()))).await;
    let base = "/rest/oauth2/latest";
    let server = routes(&format!("{base}/authorize"), &format!("{base}/token"), "post");
    check(&folder, server, |at| Box::new(BitbucketServer::new(at, client()))).await;
    let cloud = routes("/site/oauth2/authorize", "/site/oauth2/access_token", "basic");
    check(&folder, cloud, |at| Box::new(Bitbucket::at(at, client()))).await;
    println!("3 forges' handshakes judged by oidc-provider");
}
