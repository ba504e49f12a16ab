//! One handshake whose answer was tampered with: replayed, expired, of another registration, without
//! its proof, or told twice.

use domain::connection::ProviderType;
use egress::Url;

use super::{Client, Stage, check, link, member, with};

/// Kinds that know PKCE.
const WITH_PKCE: [ProviderType; 3] = [
    ProviderType::GitHubEnterpriseServer,
    ProviderType::GitLabSelfManaged,
    ProviderType::BitbucketServer,
];

/// A victim who has said yes at the honest forge and is on the way back.
async fn on_the_way_back(provider: ProviderType) -> (Stage, Client, Url) {
    let mut stage = Stage::of(provider).await;
    let owner = stage.world.caller.clone();
    let honest = stage.honest(&owner).await;
    let begun = link(&owner, &honest.connection).await;
    let page = stage.asks_victim(&begun).await;
    let back = stage.victim_agrees(&page).await;
    (stage, honest, back)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_redeemed_once_whatever_state_it_comes_with() {
    let (mut stage, honest, back) = on_the_way_back(ProviderType::GitHubEnterpriseServer).await;
    check(&stage.victim.open(&back).await, 200, "is available, as");
    check(&stage.victim.open(&back).await, 410, "this link was used before");
    let owner = stage.world.caller.clone();
    let begun = link(&owner, &honest.connection).await;
    let page = stage.asks_victim(&begun).await;
    let own = stage.victim_agrees(&page).await;
    let code = member(&back, "code");
    let replayed = with(&own, &[("code", Some(&*code))]);
    check(&stage.victim.open(&replayed).await, 403, "Not connected");
    assert_eq!(stage.login(&honest).await.as_deref(), Some("practice"), "as it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_serves_once_after_a_restart_too() {
    let (mut stage, honest, back) = on_the_way_back(ProviderType::GitLabSelfManaged).await;
    stage.world.stop().await;
    stage.world.start_again().await;
    // The server listens elsewhere now; who sends the browser back does not matter to it.
    let mut again = stage.world.caller.at(back.path());
    again.set_query(back.query());
    check(&stage.victim.open(&again).await, 200, "is available, as");
    check(&stage.victim.open(&again).await, 410, "this link was used before");
    assert_eq!(stage.login(&honest).await.as_deref(), Some("practice"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_that_come_back_at_once_redeem_one_code() {
    let (stage, honest, back) = on_the_way_back(ProviderType::GitLabSelfManaged).await;
    let tabs = (0..8).map(|_| {
        let (mut tab, back) = (stage.victim.clone(), back.clone());
        async move { tab.open(&back).await.status.as_u16() }
    });
    let mut answers = futures::future::join_all(tabs).await;
    answers.sort_unstable();
    assert_eq!(answers, [200, 410, 410, 410, 410, 410, 410, 410]);
    assert_eq!(stage.login(&honest).await.as_deref(), Some("practice"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_state_redeems_nothing() {
    for (seconds, good) in [(599, true), (601, false)] {
        let (mut stage, honest, back) = on_the_way_back(ProviderType::BitbucketServer).await;
        stage.world.step(seconds);
        let (status, words) = if good { (200, "available") } else { (410, "has expired") };
        check(&stage.victim.open(&back).await, status, words);
        assert_eq!(stage.login(&honest).await.is_some(), good, "{seconds}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_of_another_registration_counts_on_neither_path() {
    let (mut stage, honest, back) = on_the_way_back(ProviderType::GitHubEnterpriseServer).await;
    let other = stage.honest(&stage.attackers).await;
    let mut elsewhere = back.clone();
    elsewhere.set_path(other.callback.path());
    check(&stage.victim.open(&elsewhere).await, 404, "this link is not known here");
    for odd in ["/oauth/callback/", "/oauth/callback/reg-", "/oauth/callback", "/oauth/callback/."]
    {
        let mut elsewhere = back.clone();
        elsewhere.set_path(odd);
        assert_eq!(stage.victim.open(&elsewhere).await.status.as_u16(), 404, "{odd}");
    }
    assert_eq!(stage.login(&honest).await, None);
    check(&stage.victim.open(&back).await, 200, "is available, as");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_redirected_to_another_registrations_callback_brings_no_code() {
    for provider in WITH_PKCE {
        let mut stage = Stage::of(provider).await;
        let owner = stage.world.caller.clone();
        let (honest, other) = (stage.honest(&owner).await, stage.honest(&stage.attackers).await);
        let begun = link(&owner, &honest.connection).await;
        let page = stage.asks_victim(&begun).await;
        let redirected = with(&page, &[("redirect_uri", Some(other.callback.as_str()))]);
        let sent = stage.victim.press_with(&redirected, "approve").await;
        let to = sent.headers.get("location").map(|it| it.to_str().expect("text").to_owned());
        assert!(to.as_ref().is_none_or(|to| !to.contains("code=")), "{provider}: {to:?}");
        assert!(to.is_none_or(|to| !to.contains(other.callback.path())), "{provider}");
        assert_eq!(stage.login(&honest).await, None);
        assert_eq!(stage.login(&other).await, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_does_not_fit_ends_the_handshake_and_one_that_fits_does_not() {
    for (said, good) in [
        ("{}", true),
        ("{}/login/oauth", true),
        ("", false),
        ("https://github.com/login/oauth", false),
        ("{}.evil.example", false),
        ("{}/other", false),
        ("HTTP://127.0.0.1", false),
    ] {
        let (mut stage, honest, back) = on_the_way_back(ProviderType::GitHubEnterpriseServer).await;
        let own = stage.world.forge.base_url().as_str().trim_end_matches('/').to_owned();
        let named = with(&back, &[("iss", Some(&*said.replace("{}", &own)))]);
        let page = stage.victim.open(&named).await;
        let (status, words) = if good { (200, "available") } else { (403, "another server") };
        check(&page, status, words);
        assert_eq!(stage.login(&honest).await.is_some(), good, "{said}");
        // Refused or not, its state is used up: the code is not tried a second time.
        check(&stage.victim.open(&back).await, 410, "this link was used before");
    }
}

/// Without its challenge a code would be good for whoever holds it; our verifier is sent all the
/// same, and a forge that never saw a challenge refuses it.
#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_whose_proof_was_taken_out_on_the_way_fails() {
    for provider in WITH_PKCE {
        for (what, changed) in [
            ("taken out", vec![("code_challenge", None), ("code_challenge_method", None)]),
            ("plain", vec![("code_challenge_method", Some("plain"))]),
            (
                "another's",
                vec![("code_challenge", Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"))],
            ),
        ] {
            let mut stage = Stage::of(provider).await;
            let owner = stage.world.caller.clone();
            let honest = stage.honest(&owner).await;
            let begun = link(&owner, &honest.connection).await;
            let page = stage.asks_victim(&begun).await;
            assert_eq!(member(&page, "code_challenge_method"), "S256", "{provider}");
            assert_eq!(member(&page, "code_challenge").len(), 43, "{provider}");
            let back = stage.victim_agrees(&with(&page, &changed)).await;
            check(&stage.victim.open(&back).await, 403, "Not connected");
            assert_eq!(stage.login(&honest).await, None, "{provider} {what}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_stands_twice_is_read_as_neither() {
    let (mut stage, honest, back) = on_the_way_back(ProviderType::GitHubEnterpriseServer).await;
    for (name, value) in
        [("state", "other"), ("code", "other"), ("iss", "https://a"), ("error", "x")]
    {
        let mut twice = back.clone();
        twice.query_pairs_mut().append_pair(name, value);
        if matches!(name, "iss" | "error") {
            twice.query_pairs_mut().append_pair(name, value);
        }
        check(&stage.victim.open(&twice).await, 404, "this link is not known here");
    }
    assert_eq!(stage.login(&honest).await, None);
    check(&stage.victim.open(&back).await, 200, "is available, as");
}

/// T08: whatever is put into the query of these pages, they lead nowhere but to the forge.
#[tokio::test(flavor = "multi_thread")]
async fn no_page_of_the_handshake_leads_where_a_query_says() {
    let names = ["next", "return_to", "redirect", "redirect_uri", "url", "continue", "target", "r"];
    let places = [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "/%5cevil.example",
        "/%2f/evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "///evil.example",
        "/\t/evil.example",
        "\u{1}https://evil.example",
        "https://127.0.0.1@evil.example",
        ".evil.example",
        "//evil.example/%2e%2e",
        "/\r\nlocation: https://evil.example",
        "http:\\\\evil.example",
        "%68ttps://evil.example",
    ];
    let (mut stage, _honest, back) = on_the_way_back(ProviderType::GitHubEnterpriseServer).await;
    let owner = stage.world.caller.clone();
    let begun = link(&owner, &_honest.connection).await;
    let forge = stage.world.forge.base_url().as_str().to_owned();
    let mut checked = 0;
    for name in names {
        for place in places {
            for page in [&begun, &back, &owner.at("/console/sign-in"), &owner.at("/")] {
                let mut page = page.clone();
                page.set_query(None);
                page.query_pairs_mut().append_pair(name, place);
                let got = stage.victim.open(&page).await;
                let to =
                    got.headers.get("location").map(|it| it.to_str().expect("text").to_owned());
                assert!(to.is_none_or(|to| to == "/console/" || to == "/console"), "{page}");
                checked += 1;
            }
        }
    }
    let mut pressed = begun.clone();
    pressed.query_pairs_mut().append_pair("redirect_uri", "https://evil.example");
    let to =
        stage.victim.press(&pressed).await.headers["location"].to_str().expect("text").to_owned();
    assert!(to.starts_with(&forge) && !to.contains("evil"), "{to}");
    println!("{checked} queries led nowhere");
}
