//! Two people, two accounts or two forges whose halves of a handshake are put together: COAT, CORF,
//! COSF, mix-up and CSRF.

use domain::connection::ProviderType;
use wire::Service;

use super::{Stage, check, host, link, member, with};
use serde_json::json;

/// Kinds whose address is a host of the account's: an attacker can bring a forge of his own.
const WITH_HOSTS: [ProviderType; 3] = [
    ProviderType::GitHubEnterpriseServer,
    ProviderType::GitLabSelfManaged,
    ProviderType::BitbucketServer,
];

/// Cross-app OAuth account takeover: the victim starts connecting the attacker's forge, which leads
/// on to the honest one in the name of the honest client. The code of the honest forge must not be
/// redeemed at the attacker's.
#[tokio::test(flavor = "multi_thread")]
async fn coat_a_code_of_the_honest_forge_is_never_shown_to_the_attackers() {
    for provider in WITH_HOSTS {
        for shared_account in [false, true] {
            let mut stage = Stage::of(provider).await;
            let (owner, ill) = (stage.world.caller.clone(), stage.attackers.clone());
            let ill = if shared_account { owner.clone() } else { ill };
            let honest = stage.honest(&owner).await;
            let (snare, theirs) = stage.snared(&ill).await;

            let begun = link(&owner, &honest.connection).await;
            let honest_page = stage.asks_victim(&begun).await;
            let begun = link(&ill, &theirs.connection).await;
            let snare_page = stage.asks_victim(&begun).await;
            assert_eq!(snare_page.origin(), snare.url.origin());

            // The attacker's forge sends the browser on: the honest client, the attacker's state.
            let state = member(&snare_page, "state");
            let challenge = member(&snare_page, "code_challenge");
            let crossed = [("state", Some(&*state)), ("code_challenge", Some(&*challenge))];
            let back = stage.victim_agrees(&with(&honest_page, &crossed)).await;
            let code = member(&back, "code");
            assert_eq!(back.path(), honest.callback.path());
            check(&stage.victim.open(&back).await, 404, "this link is not known here");

            assert!(!snare.heard().contains(&code), "{}", snare.heard());
            assert_eq!(snare.heard(), "", "nobody ever speaks to the attacker's forge");
            assert_eq!(stage.login(&theirs).await, None, "{provider}");
            assert_eq!(stage.login(&honest).await, None, "{provider}");
        }
    }
}

/// The same, with the attacker's callback asked for at the honest forge: each client has a path of
/// its own, so the forge itself refuses.
#[tokio::test(flavor = "multi_thread")]
async fn coat_the_honest_forge_sends_no_code_to_another_clients_callback() {
    for provider in WITH_HOSTS {
        let mut stage = Stage::of(provider).await;
        let (owner, ill) = (stage.world.caller.clone(), stage.attackers.clone());
        let honest = stage.honest(&owner).await;
        let (snare, theirs) = stage.snared(&ill).await;
        assert_ne!(honest.callback, theirs.callback, "one path a client");
        let begun = link(&owner, &honest.connection).await;
        let page = stage.asks_victim(&begun).await;
        let crossed = with(&page, &[("redirect_uri", Some(theirs.callback.as_str()))]);
        let answer = stage.victim.open(&crossed).await;
        assert_eq!(answer.status.as_u16(), 200, "the forge asks first");
        let sent = stage.victim.press_with(&crossed, "approve").await;
        let to = sent.headers.get("location").map(|it| it.to_str().expect("text").to_owned());
        assert!(to.as_ref().is_none_or(|to| !to.contains("code=")), "{to:?}");
        assert!(to.is_none_or(|to| to.starts_with(honest.callback.as_str())));
        assert_eq!((snare.heard(), stage.login(&theirs).await), (String::new(), None));
    }
}

/// Cross-app OAuth request forgery: the attacker's answer is put into the victim's browser, so that
/// the victim's pipelines would read the attacker's repositories.
#[tokio::test(flavor = "multi_thread")]
async fn corf_an_attackers_answer_does_not_finish_the_victims_handshake() {
    for provider in WITH_HOSTS {
        let mut stage = Stage::of(provider).await;
        let owner = stage.world.caller.clone();
        let honest = stage.honest(&owner).await;
        let other = stage.honest(&stage.attackers).await;

        // The attacker has begun a handshake of his own, over his own client.
        let begun = link(&stage.attackers, &other.connection).await;
        let page = stage.attacker.begin(&begun).await;
        let forged = stage.attacker_agrees(&page).await;
        // The victim is in the middle of one.
        let begun = link(&owner, &honest.connection).await;
        let page = stage.asks_victim(&begun).await;

        check(&stage.victim.open(&forged).await, 403, "another browser began this");
        let mut on_the_victims_path = forged.clone();
        on_the_victims_path.set_path(honest.callback.path());
        check(&stage.victim.open(&on_the_victims_path).await, 404, "this link is not known here");
        // Even one who has read the victim's state has no code that fits its verifier.
        let state = member(&page, "state");
        let own = stage.victim_agrees(&page).await;
        let code = member(&forged, "code");
        let mixed = with(&own, &[("state", Some(&*state)), ("code", Some(&*code))]);
        check(&stage.victim.open(&mixed).await, 403, "Not connected");
        assert_eq!(stage.login(&honest).await, None, "{provider}");
        check(&stage.attacker.open(&forged).await, 403, "Not connected");
    }
}

/// The same over one client: the attacker authorised with the victim's client and sends the answer.
#[tokio::test(flavor = "multi_thread")]
async fn corf_over_one_client_the_browser_and_the_verifier_still_differ() {
    for provider in [ProviderType::GitHub, ProviderType::GitLab, ProviderType::BitbucketServer] {
        let mut stage = Stage::of(provider).await;
        let owner = stage.world.caller.clone();
        let honest = stage.honest(&owner).await;
        let ill = link(&owner, &honest.connection).await;
        let page = stage.attacker.begin(&ill).await;
        let forged = stage.attacker_agrees(&page).await;
        let begun = link(&owner, &honest.connection).await;
        let page = stage.asks_victim(&begun).await;
        check(&stage.victim.open(&forged).await, 403, "another browser began this");
        let own = stage.victim_agrees(&page).await;
        let code = member(&forged, "code");
        let mixed = with(&own, &[("code", Some(&*code))]);
        check(&stage.victim.open(&mixed).await, 403, "Not connected");
        assert_eq!(stage.login(&honest).await, None, "{provider}");
    }
}

/// Cross-user OAuth session fixation: the attacker begins, the victim is to finish, so that the
/// attacker's pipelines would read the victim's repositories.
#[tokio::test(flavor = "multi_thread")]
async fn cosf_what_the_attacker_began_is_not_finished_by_the_victim() {
    for provider in ProviderType::ALL.into_iter().filter(|it| *it != ProviderType::AzureDevOps) {
        let mut stage = Stage::of(provider).await;
        let ill = stage.attackers.clone();
        let theirs = stage.honest(&ill).await;
        let begun = link(&ill, &theirs.connection).await;

        // The link itself, sent to the victim: the page says who would get what before anything.
        let page = stage.victim.open(&begun).await;
        check(&page, 200, "Account <code>666666666666</code>");
        check(&page, 200, "<code>arn:aws:iam::666666666666:root</code> asked for this");
        check(&page, 200, stage.world.forge.base_url().as_str().trim_end_matches('/'));

        // The forge's page, sent to the victim after the attacker pressed the button.
        let page = stage.attacker.begin(&begun).await;
        check(&stage.victim.press(&begun).await, 403, "another browser began this");
        let back = stage.victim_agrees(&page).await;
        check(&stage.victim.open(&back).await, 403, "another browser began this");
        assert_eq!(stage.login(&theirs).await, None, "{provider}");
    }
}

/// Nobody begins a handshake of another account's connection, whatever its ARN.
#[tokio::test(flavor = "multi_thread")]
async fn cosf_a_handshake_of_another_accounts_connection_is_not_begun() {
    let stage = Stage::of(ProviderType::GitHubEnterpriseServer).await;
    let honest = stage.honest(&stage.world.caller).await;
    let moved = honest.connection.replace("000000000000", super::ATTACKER);
    let (own, moved) = (&honest.connection, &moved);
    for (arn, code) in [(own, "AccessDeniedException"), (moved, "ResourceNotFoundException")] {
        let asked = json!({ "connectionArn": arn });
        let answer = stage.attackers.call(Service::Towpath, "StartConnectionHandshake", &asked);
        let refused = answer.await.expect_err("another account's");
        assert_eq!(refused.code, code, "{refused}");
    }
}

/// Mix-up: the answer of one forge is taken for another's. A forge that names itself is believed
/// (RFC 9207), and the code goes nowhere.
#[tokio::test(flavor = "multi_thread")]
async fn mix_up_an_answer_that_names_another_issuer_ends_the_handshake() {
    for provider in WITH_HOSTS {
        let mut stage = Stage::of(provider).await;
        let owner = stage.world.caller.clone();
        let honest = stage.honest(&owner).await;
        let (snare, theirs) = stage.snared(&owner).await;
        let begun = link(&owner, &honest.connection).await;
        let honest_page = stage.asks_victim(&begun).await;
        let back = stage.victim_agrees(&honest_page).await;
        let code = member(&back, "code");

        // On the path and with the state of the attacker's own client, as if one callback served both.
        let begun = link(&owner, &theirs.connection).await;
        let page = stage.asks_victim(&begun).await;
        let mut mixed = theirs.callback.clone();
        let issuer = stage.world.forge.base_url().as_str().trim_end_matches('/').to_owned();
        let state = member(&page, "state");
        let pairs = [("code", &*code), ("state", &*state), ("iss", &*issuer)];
        mixed.query_pairs_mut().extend_pairs(pairs);
        check(&stage.victim.open(&mixed).await, 403, "this answer is of another server");
        check(&stage.victim.open(&mixed).await, 410, "this link was used before");
        assert_eq!((snare.heard(), stage.login(&theirs).await), (String::new(), None));

        // The same answer where it belongs is a good one.
        let right = with(&back, &[("iss", Some(&*issuer))]);
        check(&stage.victim.open(&right).await, 200, "is available, as");
        assert_eq!(stage.login(&honest).await.as_deref(), Some("practice"), "{provider}");
    }
}

/// Mix-up by moving the host: a handshake at the honest forge, finished after the host's address
/// was changed to the attacker's, would send the token there.
#[tokio::test(flavor = "multi_thread")]
async fn mix_up_a_host_is_not_moved_under_a_handshake() {
    let mut stage = Stage::of(ProviderType::GitLabSelfManaged).await;
    let owner = stage.world.caller.clone();
    let honest = stage.honest(&owner).await;
    let snare = super::Snare::set().await;
    let begun = link(&owner, &honest.connection).await;
    let page = stage.asks_victim(&begun).await;
    let asked = json!({ "ConnectionArn": honest.connection });
    let shown = super::must(&owner, Service::CodeConnections, "GetConnection", &asked).await;
    let moved = json!({
        "HostArn": shown["Connection"]["HostArn"],
        "ProviderEndpoint": snare.url.as_str().trim_end_matches('/'),
    });
    let refused = owner.call(Service::CodeConnections, "UpdateHost", &moved).await;
    assert_eq!(refused.expect_err("it has a connection").code, "ConflictException");
    let back = stage.victim_agrees(&page).await;
    check(&stage.victim.open(&back).await, 200, "is available, as");
    assert_eq!(snare.heard(), "");
}

/// Two hosts of one account never share a client, nor do two accounts at one forge.
#[tokio::test(flavor = "multi_thread")]
async fn mix_up_no_two_accounts_and_no_two_hosts_share_a_callback() {
    let stage = Stage::of(ProviderType::GitHubEnterpriseServer).await;
    let one = stage.honest(&stage.world.caller).await;
    let two = stage.honest(&stage.attackers).await;
    let (_snare, three) = stage.snared(&stage.world.caller).await;
    let mut paths = vec![one.callback, two.callback, three.callback];
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), 3, "{paths:?}");
    // A host of the same address in another account is another client's.
    let own = host(&stage.attackers, stage.world.provider, stage.world.forge.base_url()).await;
    assert!(own.contains(super::ATTACKER), "{own}");
}

/// CSRF on the callback: a browser that began nothing, or something else, is led to an answer.
#[tokio::test(flavor = "multi_thread")]
async fn csrf_a_browser_that_did_not_begin_finishes_nothing() {
    for provider in ProviderType::ALL.into_iter().filter(|it| *it != ProviderType::AzureDevOps) {
        let mut stage = Stage::of(provider).await;
        let owner = stage.world.caller.clone();
        let honest = stage.honest(&owner).await;
        let begun = link(&owner, &honest.connection).await;
        let page = stage.attacker.begin(&begun).await;
        let forged = stage.attacker_agrees(&page).await;
        // It began nothing.
        check(&stage.victim.open(&forged).await, 403, "another browser began this");
        // It brings a cookie that somebody planted, of the right name and of every shape.
        let name = stage.attacker.cookie.clone().expect("a cookie");
        let name = name.split('=').next().expect("a name").to_owned();
        for planted in [String::new(), "0".repeat(64), "f".repeat(63), format!("{:64}", "x")] {
            let mut planted = testkit::Browser::with_cookie(format!("{name}={planted}"));
            check(&planted.open(&forged).await, 403, "another browser began this");
        }
        // It began another one, whose cookie it brings.
        let begun = link(&owner, &honest.connection).await;
        let page = stage.asks_victim(&begun).await;
        check(&stage.victim.open(&forged).await, 403, "another browser began this");
        assert_eq!(stage.login(&honest).await, None, "{provider}");
        // Its own is not disturbed by any of that.
        let own = stage.victim_agrees(&page).await;
        check(&stage.victim.open(&own).await, 200, "is available, as");
        assert_eq!(stage.login(&honest).await.as_deref(), Some("practice"), "{provider}");
    }
}
