//! What is refused as a signature, kind by kind, and the few things that are not.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::connection::ProviderType::{self, *};
use domain::{Secret, Timestamp};
use webhooks::{Headers, SignatureRefusal as Refusal, verify};

const BODY: &[u8] = br#"{"ref": "refs/heads/main"}"#;
/// The same value in other bytes.
const RESERIALISED: &[u8] = br#"{"ref":"refs/heads/main"}"#;
/// 2026-11-22T10:15:30Z, when every delivery here comes.
const SECONDS: i64 = 1_795_342_530;
const NOW: Timestamp = Timestamp(SECONDS * 1000 + 999);
const SIGNING: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const TOKEN: &str = "X-Gitlab-Token";

/// The kinds whose signature is `sha256=` and hex, each with its header.
const HEX: [(ProviderType, &str); 4] = [
    (GitHub, "X-Hub-Signature-256"),
    (GitHubEnterpriseServer, "X-Hub-Signature-256"),
    (Bitbucket, "X-Hub-Signature"),
    (BitbucketServer, "X-Hub-Signature"),
];
const GITLABS: [ProviderType; 2] = [GitLab, GitLabSelfManaged];

fn hex(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    format!("sha256={}", hex::encode(hmac::sign(&key, body)))
}

/// What GitLab signs with `secret`, as it writes it.
fn standard(secret: &str, id: &str, seconds: &str, body: &[u8]) -> String {
    let key = STANDARD.decode(secret.trim_start_matches("whsec_")).expect("base64");
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let signed = [id.as_bytes(), b".", seconds.as_bytes(), b".", body].concat();
    format!("v1,{}", STANDARD.encode(hmac::sign(&key, &signed)))
}

fn judged(
    kind: ProviderType,
    headers: &[(&str, &str)],
    body: &[u8],
    secrets: &[&str],
) -> Result<(), Refusal> {
    let secrets: Vec<Secret> = secrets.iter().map(|text| Secret::new(*text)).collect();
    verify(kind, &Headers::from_iter(headers.iter().copied()), body, &secrets, NOW)
}

#[test]
fn the_forges_own_signature_is_accepted_by_either_secret_of_a_rotation() {
    for (kind, name) in HEX {
        let good = hex("old", BODY);
        assert_eq!(judged(kind, &[(name, &good)], BODY, &["old"]), Ok(()), "{kind}");
        assert_eq!(judged(kind, &[(name, &good)], BODY, &["new", "old"]), Ok(()), "{kind}");
        let lower = name.to_lowercase();
        assert_eq!(judged(kind, &[(&lower, &good)], BODY, &["old"]), Ok(()), "{kind}");
    }
    let beside = [("X-Hub-Signature-256", &*hex("old", BODY)), ("X-Hub-Signature", "sha1=00")];
    assert_eq!(judged(GitHub, &beside, BODY, &["old"]), Ok(()));
}

#[test]
fn the_example_of_githubs_documentation_verifies() {
    let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let headers = [("X-Hub-Signature-256", signature)];
    let secrets = ["It's a Secret to Everybody"];
    assert_eq!(judged(GitHub, &headers, b"Hello, World!", &secrets), Ok(()));
}

/// A signature came, and not the one that the hook's deliveries have.
fn other_kind(missing: &'static str, came: &'static str) -> Refusal {
    let sender = match came {
        "X-Hub-Signature-256" => "GitHub",
        "webhook-signature" => "a GitLab hook with a signing token",
        TOKEN => "a GitLab hook with a secret token",
        _ => "Bitbucket",
    };
    Refusal::OtherKind { missing, came, sender }
}

#[test]
fn every_other_signature_in_hex_is_refused_with_its_reason() {
    use Refusal::{Mismatch, Missing, NoSecret, OnlySha1, Repeated};
    let good = hex("secret", BODY);
    let digits = good.trim_start_matches("sha256=");
    let mut refusals = 0;
    for (kind, name) in HEX {
        let form = "sha256= and 64 lower-case hex digits";
        let malformed = Refusal::Malformed { header: name, form };
        let mut refused = |headers: &[(&str, &str)], why: &Refusal| {
            let judged = judged(kind, headers, BODY, &["secret"]);
            assert_eq!(judged, Err(why.clone()), "{kind} {headers:?}");
            refusals += 1;
        };
        refused(&[], &Missing(name));
        refused(&[(TOKEN, "secret")], &other_kind(name, TOKEN));
        refused(&[("webhook-signature", &good)], &other_kind(name, "webhook-signature"));
        let signed = standard(SIGNING, "a", "1", BODY);
        refused(&[("webhook-signature", &signed)], &other_kind(name, "webhook-signature"));
        refused(&[("Authorization", "Basic c2VjcmV0")], &Missing(name));
        refused(&[(name, &good), (name, &good)], &Repeated(name));
        refused(&[(name, &good), (&name.to_uppercase(), "sha256=00")], &Repeated(name));
        let sha1 = "sha1=da39a3ee5e6b4b0d3255bfef95601890afd80709";
        let spellings = [
            "",
            " ",
            "sha256=",
            "sha256",
            digits,
            &format!("sha512={digits}"),
            &format!("SHA256={digits}"),
            &format!("sha256:{digits}"),
            &format!("sha256={}", digits.to_uppercase()),
            &good[..good.len() - 1],
            &good[..good.len() - 2],
            &format!("{good}0"),
            &format!("{good}00"),
            &format!(" {good}"),
            &format!("{good} "),
            &format!("{good}\t"),
            &format!("sha256= {digits}"),
            &format!("{good},{good}"),
            &format!("v1,{}", STANDARD.encode(digits)),
            &"sha256=g".repeat(10),
        ];
        for spelling in spellings {
            refused(&[(name, spelling)], &malformed);
        }
        for old in [sha1, &format!("sha1={digits}")] {
            refused(&[(name, old)], &OnlySha1(name));
        }
        for other in [
            hex("another", BODY),
            hex("", BODY),
            hex("secret ", BODY),
            hex("secret\n", BODY),
            hex("secret", RESERIALISED),
            hex("secret", b""),
            format!("sha256={}", "0".repeat(64)),
        ] {
            refused(&[(name, &other)], &Mismatch);
        }
        assert_eq!(judged(kind, &[(name, &good)], BODY, &[]), Err(NoSecret));
        assert_eq!(judged(kind, &[(name, &hex("", BODY))], BODY, &[""]), Err(NoSecret));
        let beside = ["", "secret"];
        assert_eq!(judged(kind, &[(name, &hex("", BODY))], BODY, &beside), Err(Mismatch));
    }
    for kind in [GitHub, GitHubEnterpriseServer] {
        let name = "X-Hub-Signature-256";
        let judged = |sent: &str| judged(kind, &[("X-Hub-Signature", sent)], BODY, &["secret"]);
        let bitbuckets = other_kind(name, "X-Hub-Signature");
        assert_eq!(judged(&good), Err(bitbuckets), "Bitbucket's name for it");
        assert_eq!(judged(&format!("sha1={}", "0".repeat(40))), Err(OnlySha1(name)));
    }
    let other = [("X-Hub-Signature-256", &*good)];
    for kind in [Bitbucket, BitbucketServer] {
        let githubs = other_kind("X-Hub-Signature", "X-Hub-Signature-256");
        assert_eq!(judged(kind, &other, BODY, &["secret"]), Err(githubs));
    }
    println!("{refusals} refusals in {} kinds", HEX.len());
}

#[test]
fn a_hook_with_a_token_takes_its_token_and_nothing_else() {
    use Refusal::{Missing, NoSecret, OtherToken, Repeated};
    let hub = hex("secret", BODY);
    for kind in GITLABS {
        assert_eq!(judged(kind, &[(TOKEN, "secret")], BODY, &["secret"]), Ok(()));
        assert_eq!(judged(kind, &[(TOKEN, "old")], BODY, &["new", "old"]), Ok(()));
        let refused = |headers: &[(&str, &str)], why| {
            assert_eq!(judged(kind, headers, BODY, &["secret"]), Err(why), "{headers:?}");
        };
        refused(&[], Missing(TOKEN));
        for name in ["X-Hub-Signature-256", "X-Hub-Signature", "webhook-signature"] {
            refused(&[(name, &hub)], other_kind(TOKEN, name));
        }
        refused(&[(TOKEN, "secret"), (TOKEN, "secret")], Repeated(TOKEN));
        for other in
            ["", " ", "another", "Secret", "SECRET", "secre", "secrets", "secret ", " secret"]
        {
            refused(&[(TOKEN, other)], OtherToken);
        }
        refused(&[(TOKEN, &hub)], OtherToken);
        assert_eq!(judged(kind, &[(TOKEN, "")], BODY, &[]), Err(NoSecret));
        assert_eq!(judged(kind, &[(TOKEN, "")], BODY, &[""]), Err(NoSecret));
        assert_eq!(judged(kind, &[(TOKEN, "")], BODY, &["", "secret"]), Err(OtherToken));
    }
}

/// A GitLab delivery's three headers.
fn signed<'a>(id: &'a str, seconds: &'a str, signature: &'a str) -> [(&'static str, &'a str); 3] {
    [("webhook-id", id), ("webhook-timestamp", seconds), ("webhook-signature", signature)]
}

#[test]
fn a_hook_with_a_signing_secret_takes_signatures() {
    let now = SECONDS.to_string();
    let good = standard(SIGNING, "id-1", &now, BODY);
    let other = "whsec_b3RoZXI=";
    let several = format!("v1a,AAAA {} {good}", standard(other, "id-1", &now, BODY));
    let beside_others =
        [format!("v1,AAAA {good}"), format!("{good}  {good} "), format!("v1 {good}")];
    for kind in GITLABS {
        let check = |signature: &str, secrets: &[&str]| {
            assert_eq!(judged(kind, &signed("id-1", &now, signature), BODY, secrets), Ok(()));
        };
        check(&good, &[SIGNING]);
        check(&good, &[other, SIGNING]);
        check(&good, &["a token", SIGNING]);
        check(&several, &[SIGNING]);
        beside_others.iter().for_each(|signatures| check(signatures, &[SIGNING]));
        for seconds in [SECONDS - 300, SECONDS + 300].map(|it| it.to_string()) {
            let signature = standard(SIGNING, "id-1", &seconds, BODY);
            let headers = signed("id-1", &seconds, &signature);
            assert_eq!(judged(kind, &headers, BODY, &[SIGNING]), Ok(()), "{seconds}");
        }
    }
}

#[test]
fn a_hook_with_a_signing_secret_takes_no_token_whoever_sends_it() {
    let only = Err(Refusal::OnlyToken("webhook-signature"));
    for kind in GITLABS {
        for token in [SIGNING, "a token", ""] {
            for secrets in [&[SIGNING][..], &[SIGNING, "a token"], &["a token", SIGNING]] {
                assert_eq!(judged(kind, &[(TOKEN, token)], BODY, secrets), only, "{token}");
            }
        }
        let now = SECONDS.to_string();
        let wrong = standard("whsec_b3RoZXI=", "id-1", &now, BODY);
        let mut headers = signed("id-1", &now, &wrong).to_vec();
        headers.push((TOKEN, SIGNING));
        assert_eq!(judged(kind, &headers, BODY, &[SIGNING]), Err(Refusal::Mismatch));
    }
}

#[test]
fn every_other_signed_delivery_is_refused_with_its_reason() {
    use Refusal::{Malformed, Mismatch, Missing, NotWhole, OutOfTime, Repeated, SecretUnreadable};
    let now = SECONDS.to_string();
    let good = standard(SIGNING, "id-1", &now, BODY);
    let (base64, hub) = (&good[3..], hex(SIGNING, BODY));
    for kind in GITLABS {
        let refused = |headers: &[(&str, &str)], why: Refusal| {
            assert_eq!(judged(kind, headers, BODY, &[SIGNING]), Err(why), "{kind} {headers:?}");
        };
        refused(&[], Missing("webhook-signature"));
        let githubs = other_kind("webhook-signature", "X-Hub-Signature-256");
        refused(&[("X-Hub-Signature-256", &hub)], githubs);
        let all = signed("id-1", &now, &good);
        refused(&[all[1], all[2]], NotWhole("webhook-id"));
        refused(&[all[0], all[2]], NotWhole("webhook-timestamp"));
        for again in 0..3 {
            let mut headers = all.to_vec();
            headers.push(all[again]);
            refused(&headers, Repeated(all[again].0));
        }
        let form = "v1, and the base64 of 32 bytes; several are separated by a space";
        for spelling in [
            "",
            "v1",
            "v1,",
            base64,
            &good[..good.len() - 1],
            &good[..good.len() - 4],
            &good.to_uppercase(),
            &format!("{good}="),
            &format!("{good},{good}"),
            &format!("v1a,{base64}"),
            &format!("v2,{base64}"),
            &format!("V1,{base64}"),
            &format!("sha256={base64}"),
            &hub,
        ] {
            let malformed = Malformed { header: "webhook-signature", form };
            refused(&signed("id-1", &now, spelling), malformed);
        }
        for other in [
            standard("whsec_b3RoZXI=", "id-1", &now, BODY),
            standard(SIGNING, "id-2", &now, BODY),
            standard(SIGNING, "id-1", "1", BODY),
            standard(SIGNING, "id-1", &now, RESERIALISED),
            standard(SIGNING, "id-1", &now, b""),
        ] {
            refused(&signed("id-1", &now, &other), Mismatch);
        }
        for id in ["", "a.b", "a b", &"a".repeat(129)] {
            let signature = standard(SIGNING, id, &now, BODY);
            let form = "an id of letters, digits, - and _";
            refused(&signed(id, &now, &signature), Malformed { header: "webhook-id", form });
        }
        for time in ["", "-1", "+1", "1.5", "now", " 1", "99999999999999999999"] {
            let signature = standard(SIGNING, "id-1", time, BODY);
            let form = "seconds since 1970, digits only";
            let malformed = Malformed { header: "webhook-timestamp", form };
            refused(&signed("id-1", time, &signature), malformed);
        }
        for (seconds, apart) in [(SECONDS - 301, 301), (SECONDS + 301, 301), (0, SECONDS)] {
            let (time, seconds_apart) = (seconds.to_string(), apart.unsigned_abs());
            let signature = standard(SIGNING, "id-1", &time, BODY);
            refused(&signed("id-1", &time, &signature), OutOfTime { seconds: seconds_apart });
        }
        for secret in ["whsec_", "whsec_!", "whsec_b3Ro ZXI="] {
            assert_eq!(judged(kind, &all, BODY, &[secret]), Err(SecretUnreadable), "{secret}");
        }
    }
}

#[test]
fn no_kind_takes_what_another_kind_signs() {
    let now = SECONDS.to_string();
    let (hub, standard) = (hex(SIGNING, BODY), standard(SIGNING, "id-1", &now, BODY));
    let good = |kind| match kind {
        GitLab | GitLabSelfManaged => signed("id-1", &now, &standard).to_vec(),
        GitHub | GitHubEnterpriseServer => vec![("X-Hub-Signature-256", &*hub)],
        _ => vec![("X-Hub-Signature", &*hub)],
    };
    let kinds = HEX.map(|(kind, _)| kind).into_iter().chain(GITLABS);
    for kind in kinds.clone() {
        for other in kinds.clone() {
            let accepted = judged(kind, &good(other), BODY, &[SIGNING]).is_ok();
            assert_eq!(accepted, good(kind) == good(other), "{kind} {other}");
        }
    }
}

#[test]
fn a_kind_of_which_there_are_no_connections_is_refused() {
    let headers = [("X-Hub-Signature", &*hex("secret", BODY))];
    let refused = judged(AzureDevOps, &headers, BODY, &["secret"]);
    assert_eq!(refused, Err(Refusal::NotSpoken(AzureDevOps)));
}
