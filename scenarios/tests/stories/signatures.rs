//! The signature matrix over HTTP: every delivery that is not signed as its hook's forge signs is
//! answered 401, is not written down and starts nothing.
//!
//! The cases are made of a delivery that the forge really sent and that was taken: one thing of it is
//! changed at a time. Each kind of refusal has its words in `webhooks`.

use domain::connection::ProviderType;
use domain::hook_secret::gitlab_token;
use practice_forge::Delivery;
use store::Place;
use testkit::declarations::{app, commands};
use testkit::{Scene, World};

/// Every header that some forge proves itself with.
const PROOFS: [&str; 4] =
    ["x-hub-signature-256", "x-hub-signature", "webhook-signature", "x-gitlab-token"];

type Headers = Vec<(String, String)>;

/// One request: what was changed, its headers and its body.
type Case = (String, Headers, Vec<u8>);

async fn nothing_but_the_forges_own_signature_counts(provider: ProviderType) {
    let world = Scene::default().forge(provider).start().await;
    refuses_everything_else(world).await;
}

/// GitLab before 18 signs nothing: its token is all there is.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_the_token_counts_where_gitlab_does_not_sign() {
    let world = Scene::default().forge(ProviderType::GitLabSelfManaged).start().await;
    world.forge.sign_hooks(false);
    refuses_everything_else(world).await;
}

async fn refuses_everything_else(world: World) {
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    let (known, sent) = (world.deliveries().await.len(), world.last_push());
    let path = egress::Url::parse(&sent.url).expect("a URL").path().to_owned();
    let mut cases = of_headers(&sent);
    cases.extend(of_body(&sent));
    cases.extend(downgraded(&world, &sent).await);
    let count = cases.len();
    for (what, headers, body) in cases {
        let answer = world.caller.post(&path, &headers, body).await;
        let said = String::from_utf8_lossy(&answer.body);
        assert_eq!(answer.status.as_u16(), 401, "{} {what}: {said}", world.provider);
    }
    world.settle().await;
    assert_eq!(world.deliveries().await.len(), known, "none of them was written down");
    assert_eq!(world.statuses("app").await, ["Succeeded"]);
    // What was changed was the reason: as it was sent, it is taken.
    let body = sent.body.clone().into_bytes();
    assert_eq!(world.caller.post(&path, &sent.headers, body).await.status.as_u16(), 202);
    world.settle().await;
    println!("{}: {count} cases", world.provider);
}

fn is_proof(name: &str) -> bool {
    PROOFS.iter().any(|it| name.eq_ignore_ascii_case(it))
}

/// The header that counts: the first one that the forge proves itself with, of the newer kind.
fn proof(sent: &Delivery) -> (String, String) {
    let found = PROOFS
        .iter()
        .find_map(|wanted| sent.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)));
    found.expect("the forge signs").clone()
}

/// The headers with others in the place of the one that counts.
fn instead(sent: &Delivery, others: &[(&str, &str)]) -> Headers {
    let (counts, _) = proof(sent);
    let kept = sent.headers.iter().filter(|(name, _)| *name != counts).cloned();
    let others = others.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    kept.chain(others).collect()
}

fn of_headers(sent: &Delivery) -> Vec<Case> {
    let (name, good) = proof(sent);
    let body = sent.body.clone().into_bytes();
    let mut cases = Vec::new();
    let unsigned = sent.headers.iter().filter(|(name, _)| !is_proof(name)).cloned().collect();
    cases.push(("none".to_owned(), unsigned, body.clone()));
    for wrong in spoiled(&good) {
        cases.push((format!("{name}: {wrong}"), instead(sent, &[(&name, &wrong)]), body.clone()));
    }
    for other in PROOFS.iter().filter(|other| !other.eq_ignore_ascii_case(&name)) {
        let headers: Headers = instead(sent, &[(other, &good)]);
        let headers = without_others(headers, other);
        cases.push((format!("as {other}"), headers, body.clone()));
    }
    for (what, first, second) in [
        ("twice", &*good, &*good),
        ("a wrong one after it", &good, "sha256=00"),
        ("a wrong one before it", "sha256=00", &good),
    ] {
        let headers = instead(sent, &[(&name, first), (&name, second)]);
        cases.push((what.to_owned(), headers, body.clone()));
    }
    // What a signature is over, beside the body.
    let signs = name.eq_ignore_ascii_case("webhook-signature");
    for part in ["webhook-id", "webhook-timestamp"].into_iter().filter(|_| signs) {
        let Some((name, value)) = sent.headers.iter().find(|(it, _)| it.eq_ignore_ascii_case(part))
        else {
            continue;
        };
        for changed in [String::new(), format!("{value}0"), format!("-{value}"), "x".to_owned()] {
            let others = sent.headers.iter().filter(|(it, _)| it != name).cloned();
            let headers = others.chain([(name.clone(), changed.clone())]).collect();
            cases.push((format!("{part}: {changed}"), headers, body.clone()));
        }
    }
    cases
}

/// Only one proof, under one name.
fn without_others(headers: Headers, only: &str) -> Headers {
    headers.into_iter().filter(|(name, _)| !is_proof(name) || name == only).collect()
}

/// What is almost a good proof.
fn spoiled(good: &str) -> Vec<String> {
    let last = if good.ends_with('0') { "1" } else { "0" };
    let cut = &good[..good.len() - 1];
    let mut wrong = vec![
        String::new(),
        cut.to_owned(),
        good[..good.len() / 2].to_owned(),
        format!("{cut}{last}"),
        format!("{good}0"),
        format!("{good}{good}"),
        format!("{good},{good}"),
        format!("\"{good}\""),
        good.to_uppercase(),
        "null".to_owned(),
        "0".repeat(64),
    ];
    for (prefix, others) in [
        ("sha256=", &["sha1=", "sha512=", "SHA256=", "sha256:", "sha256= ", "sha256==", ""][..]),
        ("v1,", &["v0,", "v2,", "v1a,", "V1,", "v1=", "v1, ", ""][..]),
    ] {
        let digits = good.strip_prefix(prefix);
        wrong.extend(
            digits
                .into_iter()
                .flat_map(|digits| others.iter().map(move |other| format!("{other}{digits}"))),
        );
    }
    wrong.retain(|it| it != good);
    wrong
}

/// Other bytes than were signed. A token is of no bytes, so that nothing of this concerns it.
fn of_body(sent: &Delivery) -> Vec<Case> {
    if proof(sent).0.eq_ignore_ascii_case("x-gitlab-token") {
        return Vec::new();
    }
    let value: serde_json::Value = serde_json::from_str(&sent.body).expect("JSON");
    let pretty = serde_json::to_string_pretty(&value).expect("JSON");
    let bodies = [
        ("re-serialised", pretty.into_bytes()),
        ("a line feed more", format!("{}\n", sent.body).into_bytes()),
        ("a space before", format!(" {}", sent.body).into_bytes()),
        ("a byte order mark", format!("\u{feff}{}", sent.body).into_bytes()),
        ("cut off", sent.body.as_bytes()[..sent.body.len() - 1].to_vec()),
        ("nothing", Vec::new()),
        ("another", b"{}".to_vec()),
        ("upper case", sent.body.to_uppercase().into_bytes()),
    ];
    bodies.map(|(what, body)| (what.to_owned(), sent.headers.clone(), body)).into()
}

/// A hook that signs takes neither the older proof nor an old one, alone or beside a wrong new one.
async fn downgraded(world: &World, sent: &Delivery) -> Vec<Case> {
    let (name, good) = proof(sent);
    let body = sent.body.clone().into_bytes();
    let hook = world.hook().await;
    let place = Place::of_hook(&hook.account, &hook.id);
    let secret = world.shared().vault.unseal(&place, &hook.sealed_secret).expect("it opens");
    let (token, wrong) = (gitlab_token(&secret), format!("{}x", &good[..good.len() - 1]));
    let token = token.expose();
    let mut cases = Vec::new();
    if name.eq_ignore_ascii_case("webhook-signature") {
        for (what, headers) in [
            (
                "the token alone",
                without_others(instead(sent, &[("x-gitlab-token", token)]), "x-gitlab-token"),
            ),
            (
                "the token beside a wrong signature",
                instead(sent, &[(&name, &wrong), ("x-gitlab-token", token)]),
            ),
            ("the secret as a token", instead(sent, &[("x-gitlab-token", secret.expose())])),
        ] {
            cases.push((what.to_owned(), headers, body.clone()));
        }
    }
    if name.eq_ignore_ascii_case("x-hub-signature-256") {
        let old = "sha1=0123456789012345678901234567890123456789";
        let both = instead(sent, &[(&name, &wrong), ("x-hub-signature", old)]);
        cases.push(("SHA-1 beside a wrong new one".to_owned(), both, body.clone()));
        let alone = without_others(instead(sent, &[("x-hub-signature", old)]), "x-hub-signature");
        cases.push(("SHA-1 alone".to_owned(), alone, body));
    }
    cases
}

/// A signature that says when it was made is good for some minutes, whoever sends it again.
#[tokio::test(flavor = "multi_thread")]
async fn a_signed_delivery_of_gitlab_grows_old() {
    let world = Scene::default().forge(ProviderType::GitLab).start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    let sent = world.last_push();
    let path = egress::Url::parse(&sent.url).expect("a URL").path().to_owned();
    for (step, status) in [(200, 202), (200, 401), (86_400, 401)] {
        world.clock.step(step);
        let answer = world.caller.post(&path, &sent.headers, sent.body.clone().into_bytes()).await;
        assert_eq!(answer.status.as_u16(), status, "{step} s further");
    }
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Succeeded"]);
}

at_each_forge! { nothing_but_the_forges_own_signature_counts }
