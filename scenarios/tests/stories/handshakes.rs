//! The OAuth handshake and everything that may be tried with it (threats T05 to T08).

use domain::connection::ProviderType;
use egress::{HeaderValue, Method, Request, Response, Url, header};
use practice_forge::{Fault, Trouble};
use serde_json::json;
use store::ConnectionRow;
use testkit::{ACCOUNT, Browser, Scene, World};
use wire::Service;

struct Handshake {
    world: World,
    connection: String,
    link: Url,
    browser: Browser,
}

/// A connection whose link was given to somebody.
async fn begun() -> Handshake {
    let world = World::start().await;
    let connection = world.pending_connection().await;
    let link = world.handshake(&connection).await;
    Handshake { world, connection, link, browser: Browser::default() }
}

impl Handshake {
    /// The way back from the forge, after a yes.
    async fn approved(&mut self) -> Url {
        let page = self.browser.begin(&self.link).await;
        self.browser.decide(&page, "approve").await
    }

    async fn status(&self) -> String {
        self.world.connection_status(&self.connection).await
    }

    /// The step that the connection says is missing.
    async fn missing(&self) -> String {
        let asked = json!({ "ConnectionArn": self.connection });
        let found = self.world.must(Service::CodeConnections, "GetConnection", &asked).await;
        found["Connection"]["StatusMessage"].as_str().unwrap_or_default().to_owned()
    }
}

/// Status and words of a page.
fn check(page: &Response, status: u16, words: &str) {
    let text = String::from_utf8_lossy(&page.body);
    assert_eq!(page.status.as_u16(), status, "{text}");
    assert!(text.contains(words), "{words:?} is not in {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_finishes_connecting() {
    let mut story = begun().await;
    assert_eq!(story.status().await, "PENDING");
    let back = story.approved().await;
    let page = story.browser.open(&back).await;
    check(&page, 200, "is available, as");
    assert_eq!(story.status().await, "AVAILABLE");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_says_no_is_told_what_that_means() {
    let mut story = begun().await;
    let page = story.browser.begin(&story.link).await;
    let back = story.browser.decide(&page, "deny").await;
    let page = story.browser.open(&back).await;
    check(&page, 403, "did not let this server use their account");
    check(&page, 403, "/settings/connections/applications/");
    assert_eq!(story.status().await, "PENDING");
    assert!(story.missing().await.contains("did not let this server use their account"));

    // Whoever starts once more has refused nothing yet.
    story.world.handshake(&story.connection).await;
    assert!(story.missing().await.contains("nobody has authorised it yet"));
}

/// What a forge may send the browser back with, and whose turn it is then.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_the_forge_names_its_cause_on_the_page_and_at_the_connection() {
    let long = "a".repeat(5_000);
    for (code, description, on_the_page, at_the_connection) in [
        (
            "redirect_uri_mismatch",
            "",
            "callback URL is <code>",
            "does not take this server's OAuth client",
        ),
        ("application_suspended", &long, "has suspended this server", "has suspended this server"),
        ("temporarily_unavailable", "", "could not answer", "could not answer"),
        ("unverified_user_email", "", "verify the email address", "verify the email address"),
        ("never_heard_of", " ", "<code>never_heard_of</code></p>", "the forge refused"),
    ] {
        let mut story = begun().await;
        let mut back = story.approved().await;
        let state =
            back.query_pairs().find(|(name, _)| name == "state").expect("one").1.into_owned();
        back.query_pairs_mut()
            .clear()
            .append_pair("error", code)
            .append_pair("error_description", description)
            .append_pair("state", &state);
        let page = story.browser.open(&back).await;
        check(&page, 403, on_the_page);
        assert!(page.body.len() < 5_000, "{code}: the forge's words are cut");
        let missing = story.missing().await;
        assert!(missing.contains(at_the_connection), "{code}: {missing}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_serves_once() {
    let mut story = begun().await;
    let back = story.approved().await;
    check(&story.browser.open(&back).await, 200, "available");
    check(&story.browser.open(&back).await, 410, "this link was used before");
    check(&story.browser.open(&story.link).await, 410, "this link was used before");
    assert_eq!(story.status().await, "AVAILABLE");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_browser_cannot_finish_what_this_one_began() {
    let mut story = begun().await;
    let back = story.approved().await;
    let mut without = Browser::default();
    check(&without.open(&back).await, 403, "another browser began this");
    let own = story.browser.cookie.clone().expect("a cookie was set");
    let (name, value) = own.split_once('=').expect("a name and a value");
    let mut other = Browser::with_cookie(format!("{name}={}", "a".repeat(value.len())));
    check(&other.open(&back).await, 403, "another browser began this");
    check(&other.press(&story.link).await, 403, "another browser began this");
    assert_eq!(story.status().await, "PENDING");
    check(&story.browser.open(&back).await, 200, "available");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_expires() {
    let mut story = begun().await;
    let back = story.approved().await;
    story.world.step(601);
    check(&story.browser.open(&back).await, 410, "this link has expired");
    check(&story.browser.open(&story.link).await, 410, "this link has expired");
    assert_eq!(story.status().await, "PENDING");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_counts_only_on_its_own_registrations_path() {
    let mut story = begun().await;
    let mut back = story.approved().await;
    let right = back.clone();
    back.set_path("/oauth/callback/reg-another");
    check(&story.browser.open(&back).await, 404, "this link is not known here");
    check(&story.browser.open(&right).await, 200, "available");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_made_up_state_or_code_leads_nowhere() {
    let mut story = begun().await;
    let back = story.approved().await;
    let with = |pairs: &[(&str, &str)]| {
        let mut url = back.clone();
        url.query_pairs_mut().clear().extend_pairs(pairs);
        url
    };
    let state = back.query_pairs().find(|(name, _)| name == "state").expect("a state").1;
    let unknown = with(&[("code", "c"), ("state", &"0".repeat(128))]);
    check(&story.browser.open(&unknown).await, 404, "this link is not known here");
    check(&story.browser.open(&with(&[("code", "c")])).await, 404, "this link is not known here");
    let stolen = with(&[("code", "stolen"), ("state", &state)]);
    check(&story.browser.open(&stolen).await, 403, "incorrect or expired");
    assert_eq!(story.status().await, "PENDING");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_origin_cannot_press_the_button() {
    let mut story = begun().await;
    for origin in ["https://evil.example", "null", "http://127.0.0.1:1"] {
        let request = Request::new(Method::POST, story.link.clone())
            .header(header::ORIGIN, HeaderValue::from_static(origin));
        check(&story.browser.send(request).await, 403, "another browser began this");
    }
    let own = HeaderValue::from_str(&story.world.caller.url.origin().ascii_serialization());
    let request = Request::new(Method::POST, story.link.clone());
    let pressed = story.browser.send(request.header(header::ORIGIN, own.expect("a header"))).await;
    assert!(pressed.status.is_redirection(), "{}", pressed.status);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_run_no_script_and_cannot_be_framed() {
    let mut story = begun().await;
    let page = story.browser.open(&story.link).await;
    let policy = page.headers.get("content-security-policy").expect("a policy");
    let policy = policy.to_str().expect("text");
    assert!(
        policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    assert!(!String::from_utf8_lossy(&page.body).contains("<script"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_of_too_few_scopes_is_no_connection_and_names_what_is_missing() {
    fn with_a_browser(world: World, connection: String, link: Url) -> Handshake {
        Handshake { world, connection, link, browser: Browser::default() }
    }
    for (provider, granted, missing) in [
        (ProviderType::GitHub, "read:user", "<code>repo</code>, <code>admin:repo_hook</code>"),
        (ProviderType::GitLab, "read_user", "<code>api</code>"),
        (ProviderType::Bitbucket, "account repository pullrequest", "<code>webhook</code>"),
        (ProviderType::BitbucketServer, "REPO_READ", "<code>REPO_ADMIN</code>"),
    ] {
        let world = Scene::default().forge(provider).start().await;
        let connection = world.pending_connection().await;
        world.forge.grant_only(Some(granted));
        let link = world.handshake(&connection).await;
        let mut story = with_a_browser(world, connection, link);
        let back = story.approved().await;
        check(&story.browser.open(&back).await, 403, missing);
        assert_eq!(story.status().await, "PENDING", "{provider}");
        let why = story.world.why(&story.connection).await;
        assert!(why.contains("fewer rights than pipelines need"), "{provider}: {why}");
        story.world.settle().await;
        // Bitbucket has no way to revoke a token.
        let left = usize::from(provider == ProviderType::Bitbucket);
        assert_eq!(story.world.forge.tokens_given(), left, "{provider}: it is of no use");
        story.world.forge.grant_only(None);
        check(&story.world.authorize(&story.connection).await, 200, "is available, as");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_user_than_before_is_agreed_to_first() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.forge.add_user("grace").expect("a user");
    world.forge.sign_in("grace").expect("signed in");
    let link = world.handshake(&connection).await;
    let mut story = Handshake { world, connection, link, browser: Browser::default() };
    let back = story.approved().await;
    let page = story.browser.open(&back).await;
    check(&page, 409, "was authorised as <strong>practice</strong> before");
    let text = String::from_utf8_lossy(&page.body).into_owned();
    let action = text.split("action=\"").nth(1).and_then(|it| it.split('"').next());
    let again = story.world.caller.at(action.expect("a form"));
    check(&story.browser.open(&back).await, 410, "this link was used before");

    // Nobody agreed yet: the connection is the first user's, as it was, and the other's token is gone.
    story.world.settle().await;
    assert_eq!(story.world.forge.tokens_given(), 1);
    assert_eq!(login(&story.world).await.as_deref(), Some("practice"));
    story.link = again;
    let back = story.approved().await;
    check(&story.browser.open(&back).await, 200, "is available, as <strong>grace</strong>");
    assert_eq!(login(&story.world).await.as_deref(), Some("grace"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_nobody_known_is_not_left_at_the_forge() {
    let world = World::start().await;
    let connection = world.pending_connection().await;
    let (fault, path) = (Fault::Status(500), "/api/v3/user".to_owned());
    world.forge.trouble(Trouble { fault, path, times: None });
    check(&world.authorize(&connection).await, 502, "does not say whose token it gave");
    world.settle().await;
    assert_eq!(world.forge.tokens_given(), 0);
    assert_eq!(world.connection_status(&connection).await, "PENDING");
}

/// Who authorised the one connection.
async fn login(world: &World) -> Option<String> {
    let connections = ConnectionRow::of_account(&ACCOUNT.into(), "", 10);
    let found = world.shared().desk.store.list::<ConnectionRow>(connections).await;
    found.expect("the store answers").remove(0).login
}
