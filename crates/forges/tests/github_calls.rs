//! What GitHub is asked beyond what its practice forge speaks, word for word: refresh tokens,
//! deliveries, and an App's own calls.

mod double;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{RepositoryName, Secret, Timestamp};
use double::{Answer, Double, access, answer, client, form, registration, url};
use egress::Url;
use forges::github::{App, Manifest, Only, Purpose};
use forges::{Asked, Authorization, Deliveries, Error, GitHub, Redelivery};

async fn start(answers: Vec<Answer>) -> (Double, GitHub) {
    let double = Double::start(answers).await;
    let driver = GitHub::enterprise(&double.url, client());
    (double, driver)
}

fn app() -> App {
    let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key");
    let der = STANDARD.encode(pair.as_der().expect("its bytes").as_ref());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n");
    App { issuer: "Iv1.app".to_owned(), private_key: Secret::new(pem) }
}

/// Requests without the token, which is another each time that an App signs one.
fn lines(double: &Double) -> Vec<String> {
    let line = |request: String| {
        let signed = request.contains("authorization: Bearer eyJ");
        let body = request.split_once("\n\n").map_or("", |(_, body)| body).to_owned();
        let line = request.lines().next().unwrap_or_default().to_owned();
        format!("{line}{}{body}", if signed { " signed " } else { " " }).trim_end().to_owned()
    };
    double.requests().into_iter().map(line).collect()
}

#[tokio::test]
async fn the_token_of_an_apps_user_is_renewed() {
    let granted = r#"{"access_token": "ghu_2", "expires_in": 28800, "refresh_token": "ghr_2", "refresh_token_expires_in": 15811200, "scope": "", "token_type": "bearer"}"#;
    let refused = r#"{"error": "bad_refresh_token", "error_description": "The refresh token passed is incorrect or expired."}"#;
    let (double, driver) = start(vec![answer("200 OK", granted), answer("200 OK", refused)]).await;
    let (client, old) = (registration(), Secret::new("ghr_1"));
    let grant = driver.refresh(&client, &old).await.expect("a grant");
    assert_eq!(grant.refresh_token.map(|it| it.expose().to_owned()).as_deref(), Some("ghr_2"));
    assert_eq!(driver.missing_scopes(&grant.scopes), Vec::<&str>::new());
    let lost = driver.refresh(&client, &old).await;
    assert!(matches!(lost, Err(Error::GrantLost { .. })), "{lost:?}");
    let asked = form(
        "/login/oauth/access_token",
        "grant_type=refresh_token&refresh_token=ghr_1&client_id=app&client_secret=s%26cret",
    );
    assert_eq!(double.requests(), [asked.clone(), asked]);
}

fn delivery(id: u64, at: &str, status: u16) -> String {
    format!(
        r#"{{"id": {id}, "guid": "g-{id}", "delivered_at": "{at}", "redelivery": false, "duration": 0.1,
            "status": "x", "status_code": {status}, "event": "push", "action": null}}"#
    )
}

#[tokio::test]
async fn deliveries_are_read_back_to_a_moment_and_sent_again() {
    let page = |one: String, two: String, cursor: &str| {
        answer("200 OK", format!("[{one}, {two}]"))
            .header(format!(r#"Link: <{{origin}}/x?per_page=100&cursor={cursor}>; rel="next""#))
    };
    let (double, driver) = start(vec![
        page(
            delivery(4, "2026-11-23T04:00:00Z", 202),
            delivery(3, "2026-11-23T03:00:00Z", 0),
            "v1_3",
        ),
        page(
            delivery(2, "2026-11-23T02:00:00Z", 502),
            delivery(1, "2026-11-23T01:00:00Z", 202),
            "v1_1",
        ),
        answer("202 Accepted", "{}"),
    ])
    .await;
    let name = RepositoryName::new("ada/engine");
    let since = Timestamp::from_rfc3339("2026-11-23T01:30:00Z").expect("a time");
    let list = driver.deliveries(access(&name), "7", since).await.expect("a list");
    let Deliveries::Listed(list) = list else { panic!("{list:?}") };
    let seen: Vec<_> = list.iter().map(|it| (&*it.id, it.status, it.was_taken())).collect();
    assert_eq!(seen, [("4", Some(202), true), ("3", None, false), ("2", Some(502), false)]);
    assert_eq!(list[0].guid.as_deref(), Some("g-4"));
    let again = driver.redeliver(access(&name), "7", "3").await.expect("asked");
    assert_eq!(again, Asked::Taken);
    let hook = "/api/v3/repos/ada/engine/hooks/7/deliveries";
    assert_eq!(
        lines(&double),
        [
            format!("GET {hook}?per_page=100"),
            format!("GET {hook}?per_page=100&cursor=v1_3"),
            format!("POST {hook}/3/attempts"),
        ]
    );
}

#[tokio::test]
async fn an_app_is_registered_from_a_manifest_and_installed() {
    let converted = r#"{"id": 37, "slug": "towpath-canal", "client_id": "Iv1.x", "client_secret": "cs",
        "webhook_secret": "ws", "pem": "-----BEGIN RSA PRIVATE KEY-----", "name": "Towpath"}"#;
    let (double, driver) = start(vec![
        answer("201 Created", converted),
        answer("404 Not Found", r#"{"message": "Not Found"}"#),
    ])
    .await;
    let target = driver.manifest_target(Some("canal"), "st");
    let path = |url: &Url| url[url::Position::BeforePath..].to_owned();
    assert_eq!(path(&target), "/organizations/canal/settings/apps/new?state=st");
    let own = driver.manifest_target(None, "st");
    assert_eq!(path(&own), "/settings/apps/new?state=st");
    let made = driver.convert_manifest(&Secret::new("c/../d")).await.expect("an App");
    assert_eq!((made.id, &*made.slug, &*made.client_id), (37, "towpath-canal", "Iv1.x"));
    assert_eq!(made.webhook_secret.map(|it| it.expose().to_owned()).as_deref(), Some("ws"));
    let page = driver.installation_page(&made.slug, "st");
    assert_eq!(path(&page), "/github-apps/towpath-canal/installations/new?state=st");
    assert!(driver.convert_manifest(&Secret::new("used")).await.is_err());
    assert_eq!(
        lines(&double),
        [
            "POST /api/v3/app-manifests/c%2F..%2Fd/conversions",
            "POST /api/v3/app-manifests/used/conversions",
        ]
    );
    assert!(double.requests().iter().all(|it| !it.contains("authorization")));
}

#[test]
fn a_manifest_asks_for_what_a_pipeline_needs_and_no_more() {
    let at = |path: &str| url(&format!("https://towpath.example{path}"));
    let made = Manifest {
        name: "Towpath",
        home: &at("/"),
        hook: &at("/hooks/h"),
        redirect: &at("/oauth/registered/r"),
        callback: &at("/oauth/callback/r"),
        setup: &at("/oauth/installed/r"),
    };
    let made = made.json();
    let mut permissions: Vec<_> =
        made["default_permissions"].as_object().expect("permissions").iter().collect();
    permissions.sort_by_key(|(name, _)| name.as_str());
    let permissions: Vec<_> =
        permissions.into_iter().map(|(name, right)| format!("{name} {right}")).collect();
    let expect = [
        r#"contents "read""#,
        r#"metadata "read""#,
        r#"pull_requests "read""#,
        r#"statuses "write""#,
    ];
    assert_eq!(permissions, expect);
    assert_eq!(made["hook_attributes"]["url"], "https://towpath.example/hooks/h");
    assert_eq!(made["public"], false);
}

#[tokio::test]
async fn an_app_speaks_for_itself_and_is_given_tokens_of_its_installations() {
    let installed = r#"{"id": 5, "account": {"login": "canal"}, "repository_selection": "selected", "suspended_at": null}"#;
    let suspended = r#"{"id": 6, "account": {"slug": "works"}, "repository_selection": "all", "suspended_at": "2026-01-01T00:00:00Z"}"#;
    let given = r#"{"token": "ghs_37_x", "expires_at": "2026-11-23T05:00:00Z", "permissions": {}}"#;
    let now = "Date: Mon, 23 Nov 2026 04:00:30 GMT";
    let (double, driver) = start(vec![
        answer("200 OK", format!("[{installed}, {suspended}]")),
        answer("200 OK", installed),
        answer("201 Created", given).header(now),
        answer("200 OK", format!("[{}]", delivery(9, "2026-11-23T04:00:00Z", 500))),
        answer("202 Accepted", "{}"),
        answer("401 Unauthorized", r#"{"message": "A JSON web token could not be decoded"}"#),
    ])
    .await;
    let (app, at) = (app(), Timestamp::from_rfc3339("2026-11-23T04:00:00Z").expect("a time"));
    let all = driver.installations(&app, at).await.expect("installations");
    let seen: Vec<_> = all.iter().map(|it| (&*it.account, it.selected, it.suspended)).collect();
    assert_eq!(seen, [("canal", true, false), ("works", false, true)]);
    assert_eq!(driver.installation(&app, 5, at).await.expect("one"), all[0]);
    let grant = driver
        .installation_token(&app, 5, (Only::Name("engine"), Purpose::Read), at)
        .await
        .expect("a grant");
    assert_eq!(grant.token.expose(), "ghs_37_x");
    assert_eq!(grant.expires_in_seconds, Some(3570), "by the forge's own clock");
    let list = driver.app_deliveries(&app, Timestamp(0), at).await.expect("a list");
    assert!(matches!(list, Deliveries::Listed(list) if list.len() == 1 && !list[0].was_taken()));
    driver.app_redeliver(&app, "9", at).await.expect("asked");
    let refused = driver.installations(&app, at).await;
    assert!(matches!(refused, Err(Error::Unauthorised)), "{refused:?}");
    assert_eq!(
        lines(&double),
        [
            "GET /api/v3/app/installations?per_page=100 signed",
            "GET /api/v3/app/installations/5 signed",
            r#"POST /api/v3/app/installations/5/access_tokens signed {"permissions":{"contents":"read","metadata":"read"},"repositories":["engine"]}"#,
            "GET /api/v3/app/hook/deliveries?per_page=100 signed",
            "POST /api/v3/app/hook/deliveries/9/attempts signed",
            "GET /api/v3/app/installations?per_page=100 signed",
        ]
    );
}
