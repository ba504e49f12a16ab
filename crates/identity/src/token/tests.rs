mod hostile;

use std::sync::LazyLock;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::Timestamp;
use serde_json::{Map, Value, json};

use super::*;

const ISSUER: &str = "https://ci.example/oidc/111111111111";
const NOW: i64 = 1_795_342_530;

/// Two keys that the issuer publishes, and one that it does not.
struct Keys {
    rsa: SigningKey,
    curve: SigningKey,
    strange: SigningKey,
    set: KeySet,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let make = |algorithm| SigningKey::generate(algorithm).expect("a key");
    let (rsa, curve) = (make(Algorithm::Rs256), make(Algorithm::Es256));
    let text = json!({"keys": [rsa.jwk(), curve.jwk()]}).to_string();
    let set = KeySet::read(text.as_bytes()).expect("a key set");
    Keys { rsa, curve, strange: make(Algorithm::Es256), set }
});

fn claims() -> Value {
    json!({
        "iss": ISSUER, "sub": "{repo}:{step}", "aud": "sts.amazonaws.com", "jti": "t-1",
        "iat": NOW, "nbf": NOW, "exp": NOW + 300,
    })
}

/// The claims with these in place of what they have; `null` takes one away.
fn with(changes: Value) -> Map<String, Value> {
    let mut claims = claims();
    for (name, value) in changes.as_object().expect("changes") {
        claims[name] = value.clone();
    }
    let mut claims = claims.as_object().expect("claims").clone();
    claims.retain(|_, value| !value.is_null());
    claims
}

fn signed(key: &SigningKey, changes: Value) -> String {
    key.sign(&with(changes)).expect("a token").expose().to_owned()
}

fn check(token: &str) -> Result<Claims, Invalid> {
    check_at(token, NOW)
}

fn check_at(token: &str, seconds: i64) -> Result<Claims, Invalid> {
    let at = Timestamp(seconds * 1000);
    let expected = Expected { issuer: ISSUER, algorithms: &Algorithm::ALL, at };
    verify(token, &expected, &KEYS.set)
}

fn base64(text: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(text)
}

/// A token with this header and payload, as a text, signed by the curve's key over exactly that.
fn forged(header: &str, payload: &str) -> String {
    let signed = format!("{}.{}", base64(header), base64(payload));
    format!("{signed}.{}", base64(KEYS.curve.signature_of(signed.as_bytes())))
}

#[test]
fn a_token_of_ours_is_accepted_and_says_what_was_signed() {
    for key in [&KEYS.rsa, &KEYS.curve] {
        let token = signed(key, json!({"aud": ["a", "b"], "ref": "main"}));
        let claims = check(&token).expect("good");
        assert_eq!((claims.issuer.as_str(), claims.subject.as_str()), (ISSUER, "{repo}:{step}"));
        assert_eq!(claims.audiences, ["a", "b"]);
        assert_eq!(claims.all["ref"], "main");
        assert_eq!(unverified_claims(&token).map(|it| it["iss"].clone()), Ok(ISSUER.into()));
    }
}

/// What the hostile tokens below are made from would be accepted, were it not for what is wrong
/// with each.
#[test]
fn a_forged_token_with_nothing_wrong_is_a_good_one() {
    let header = json!({"alg": "ES256", "kid": KEYS.curve.kid()}).to_string();
    let payload = Value::Object(with(json!({}))).to_string();
    assert!(check(&forged(&header, &payload)).is_ok());
}

#[test]
fn a_key_opens_again_as_the_same_key() {
    for (key, algorithm) in [(&KEYS.rsa, Algorithm::Rs256), (&KEYS.curve, Algorithm::Es256)] {
        let sealed = key.sealable().expect("PKCS#8");
        let opened = SigningKey::open(algorithm, &sealed).expect("the key");
        assert_eq!(opened.jwk(), key.jwk());
        assert!(check(&signed(&opened, json!({}))).is_ok());
        assert!(SigningKey::open(Algorithm::Rs512, &sealed).is_err());
    }
    let sealed = KEYS.rsa.sealable().expect("PKCS#8");
    assert_eq!(SigningKey::open(Algorithm::Es256, &sealed).err(), Some(UnusableKey::Malformed));
}

#[test]
fn a_token_may_begin_a_minute_ahead_and_is_over_when_it_says_so() {
    fn times(changes: Value, at: i64, expect: bool) {
        let token = signed(&KEYS.curve, changes.clone());
        assert_eq!(check_at(&token, at).is_ok(), expect, "{changes} at {at}");
    }
    let end = NOW + 300;
    times(json!({}), NOW - 60, true);
    times(json!({}), NOW - 61, false);
    times(json!({}), end - 1, true);
    times(json!({}), end, false);
    times(json!({"nbf": null, "iat": null}), 0, true);
    times(json!({"nbf": NOW + 100}), NOW + 30, false);
    times(json!({"nbf": null, "iat": NOW + 61}), NOW, false);
    times(json!({"nbf": end + 1}), end, false);
}

#[test]
fn what_is_over_is_told_so_whatever_else_is_wrong_with_it() {
    let over = json!({"exp": NOW - 1});
    let later = json!({"exp": NOW - 1, "nbf": NOW, "aud": null});
    let (expires, at) = (Timestamp((NOW - 1) * 1000), Timestamp(NOW * 1000));
    for changes in [over, later] {
        let told = check(&signed(&KEYS.curve, changes)).err();
        assert_eq!(told, Some(Invalid::Expired { expires, at }));
    }
    let strange = check(&signed(&KEYS.strange, json!({"exp": NOW - 1})));
    assert_eq!(strange.err(), Some(Invalid::UnknownKey(KEYS.strange.kid().to_owned())));
}

#[test]
fn the_audience_is_azp_where_there_is_one() {
    let claims = check(&signed(&KEYS.curve, json!({"azp": "app"}))).expect("good");
    assert_eq!(claims.effective_audiences(), ["app"]);
}

/// Keys that a set has beside good ones, none of which may come to verify anything.
#[test]
fn a_key_set_passes_over_what_it_cannot_use() {
    let with = |changes: Value| {
        let mut jwk = KEYS.curve.jwk().clone();
        for (name, value) in changes.as_object().expect("changes") {
            jwk[name] = value.clone();
        }
        jwk
    };
    let strange = [
        json!({}),
        json!({"kty": "oct", "kid": "k", "k": "AAAA", "alg": "HS256"}),
        with(json!({"kid": ""})),
        with(json!({"kid": 7})),
        with(json!({"use": "enc"})),
        with(json!({"key_ops": ["encrypt"]})),
        with(json!({"alg": "HS256"})),
        with(json!({"alg": "RS256"})),
        with(json!({"alg": "ES384"})),
        with(json!({"crv": "P-384"})),
        with(json!({"d": "AAAA"})),
        with(json!({"x": "AAAA"})),
        with(json!({"y": KEYS.curve.jwk()["x"]})),
        with(json!({"kty": "RSA"})),
        json!({"kty": "RSA", "kid": "k", "n": "AQAB"}),
        json!({"kty": "RSA", "kid": "k", "n": "AAAA", "e": ""}),
        json!("text"),
    ];
    for jwk in strange {
        let text = json!({"keys": [jwk]}).to_string();
        let set = KeySet::read(text.as_bytes()).expect("a key set");
        assert_eq!(set.kids().count(), 0, "{text}");
    }
    let unusable = |text: &str| KeySet::read(text.as_bytes()).expect_err(text);
    assert_eq!(unusable("[]"), UnusableKeySet::NoKeySet);
    assert_eq!(unusable("{\"keys\": [], \"keys\": []}"), UnusableKeySet::NoKeySet);
    let kid = KEYS.curve.kid().to_owned();
    let twice = json!({"keys": [KEYS.curve.jwk(), KEYS.curve.jwk()]}).to_string();
    assert_eq!(unusable(&twice), UnusableKeySet::Ambiguous(kid));
    assert_eq!(unusable(&json!({"keys": vec![0; 201]}).to_string()), UnusableKeySet::TooMany(201));
    assert!(matches!(unusable(&" ".repeat(300_000)), UnusableKeySet::TooLong(_)));
}

/// It is not passed over as a key for something else: its issuer would look for it in vain.
#[test]
fn a_key_of_rsa_that_is_too_short_is_told() {
    let part = |json: Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
    let header = part(json!({"alg": "RS256", "kid": "old"}));
    let token = format!("{header}.{}.{}", part(claims()), BASE64_URL_SAFE_NO_PAD.encode([7; 128]));
    let modulus = BASE64_URL_SAFE_NO_PAD.encode([0xc3; 128]);
    let jwk = json!({"kty": "RSA", "kid": "old", "n": modulus, "e": "AQAB"});
    let set = json!({"keys": [jwk, KEYS.curve.jwk()]}).to_string();
    let set = KeySet::read(set.as_bytes()).expect("a key set");
    let at = Timestamp(NOW * 1000);
    let expected = Expected { issuer: ISSUER, algorithms: &Algorithm::ALL, at };
    let refused = verify(&token, &expected, &set).expect_err("a short key");
    assert_eq!(refused, Invalid::UnfitKey { kid: "old".to_owned(), bits: 1024 });
    assert!(refused.to_string().contains("from 2048 to 8192"), "{refused}");
    assert!(verify(&signed(&KEYS.curve, json!({})), &expected, &set).is_ok());
}

proptest::proptest! {
    /// Whatever is shown in place of a token, or done to one, it is refused and nothing else.
    #[test]
    fn a_token_that_was_changed_anywhere_is_refused(text in "\\PC{0,40}", seed: usize) {
        let good = signed(&KEYS.curve, json!({}));
        let at = seed % good.len();
        let changed = format!("{}{text}{}", &good[..at], &good[at + 1..]);
        assert!(changed == good || check(&changed).is_err(), "{changed}");
        assert!(check(&text).is_err() && check(&good[..at]).is_err());
    }
}
