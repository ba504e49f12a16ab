use std::sync::LazyLock;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
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
        assert_eq!(unverified_issuer(&token).as_deref(), Ok(ISSUER));
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
fn times_are_judged_with_a_minutes_leeway() {
    fn times(changes: Value, at: i64, expect: bool) {
        let token = signed(&KEYS.curve, changes.clone());
        assert_eq!(check_at(&token, at).is_ok(), expect, "{changes} at {at}");
    }
    let end = NOW + 300;
    times(json!({}), NOW - 60, true);
    times(json!({}), NOW - 61, false);
    times(json!({}), end + 59, true);
    times(json!({}), end + 60, false);
    times(json!({"nbf": null, "iat": null}), 0, true);
    times(json!({"nbf": NOW + 100}), NOW + 30, false);
    times(json!({"nbf": null, "iat": NOW + 61}), NOW, false);
    times(json!({"nbf": end + 1}), end, false);
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

/// Every one of these is refused, most for a reason of its own.
#[test]
fn no_malformed_or_hostile_token_is_accepted() {
    let mut tokens = forms();
    tokens.extend(headers());
    tokens.extend(signatures());
    tokens.extend(payloads());
    for (name, token) in &tokens {
        let accepted = check(token);
        assert!(accepted.is_err(), "{name} was accepted: {accepted:?}");
        let reason = accepted.expect_err("refused").to_string();
        assert!(token.len() < 40 || !reason.contains(token.as_str()), "{name} shows the token");
    }
    println!("{} hostile tokens, none accepted", tokens.len());
    assert!(tokens.len() >= 120, "{} tokens", tokens.len());
}

type Tokens = Vec<(String, String)>;

fn named(kind: &str, tokens: impl IntoIterator<Item = String>) -> Tokens {
    tokens.into_iter().enumerate().map(|(at, token)| (format!("{kind} {at}"), token)).collect()
}

/// Not three parts of base64url.
fn forms() -> Tokens {
    let good = signed(&KEYS.curve, json!({}));
    let parts: Vec<&str> = good.split('.').collect();
    let [header, payload, signature] = parts[..] else { panic!("three parts") };
    let padded =
        |part: &str| BASE64_URL_SAFE.encode(BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64"));
    let plus = |part: &str| part.replace('-', "+").replace('_', "/");
    // A last character whose unused bits are not zero: another text for the same bytes.
    let mut loose = signature.to_owned();
    let last = loose.pop().expect("a character");
    loose.push(match last {
        'A' => 'B',
        'Q' => 'R',
        'g' => 'h',
        'w' => 'x',
        _ => '.',
    });
    named(
        "form",
        [
            String::new(),
            ".".into(),
            "..".into(),
            "...".into(),
            "a.b.c".into(),
            header.into(),
            format!("{header}.{payload}"),
            format!("{header}.{payload}."),
            format!(".{payload}.{signature}"),
            format!("{header}..{signature}"),
            format!("{good}."),
            format!("{good}.{signature}"),
            format!("{good}.{payload}.{signature}"),
            format!(".{good}"),
            format!(" {good}"),
            format!("{good}\n"),
            format!("Bearer {good}"),
            format!("\"{good}\""),
            format!("{good}="),
            format!("{good}AAAA"),
            format!("{good}\0"),
            good[..good.len() - 1].to_owned(),
            good[..good.len() - 4].to_owned(),
            good.replace('.', "\u{ff0e}"),
            format!("{}.{payload}.{signature}", padded(&base64("{\"alg\":\"ES256\"}"))),
            format!("{header}.{payload}.{}", padded(signature)),
            format!("{header}.{payload}.{}", plus(&format!("-{}", &signature[1..]))),
            format!("{header}.{payload}.{loose}"),
            format!("{header}.{payload}.{}", BASE64_STANDARD.encode([0xff; 64])),
            format!("{header}.{}\n{}.{signature}", &payload[..10], &payload[10..]),
            format!("{payload}.{header}.{signature}"),
            format!("{header}.{header}.{signature}"),
            format!("{header}.{payload}.{payload}"),
            format!("{header}.{payload}.{signature}{}", "A".repeat(crate::limits::TOKEN_BYTES_MAX)),
            "A".repeat(crate::limits::TOKEN_BYTES_MAX),
            format!("{}.{}.{}", "A".repeat(4), "A".repeat(4), "A".repeat(4)),
        ],
    )
}

/// Headers that would choose another way to be checked, each signed well.
fn headers() -> Tokens {
    let payload = Value::Object(with(json!({}))).to_string();
    let kid = KEYS.curve.kid();
    let one = |more: &str| format!("{{\"alg\":\"ES256\",\"kid\":\"{kid}\"{more}}}");
    let algorithm = |name: &str| format!("{{\"alg\":{name},\"kid\":\"{kid}\"}}");
    let key = |kid: &str| format!("{{\"alg\":\"ES256\",\"kid\":{kid}}}");
    let mut headers = vec![
        String::new(),
        "{}".into(),
        "[]".into(),
        "null".into(),
        "\"ES256\"".into(),
        "{".into(),
        format!("{} x", one("")),
        format!("\u{feff}{}", one("")),
        "{\"alg\":\"ES256\"}".into(),
        format!("{{\"kid\":\"{kid}\"}}"),
        one(",\"alg\":\"ES256\""),
        one(",\"kid\":\"other\""),
        one(",\"\\u0061lg\":\"none\""),
        one(",\"x\":{\"y\":1,\"y\":2}"),
        one(",\"crit\":[]"),
        one(",\"crit\":[\"exp\"]"),
        one(",\"crit\":[\"b64\"],\"b64\":false"),
        one(",\"b64\":false"),
        one(",\"enc\":\"A256GCM\""),
        one(",\"zip\":\"DEF\""),
        one(",\"typ\":\"at+jwt\""),
        one(",\"typ\":\"secevent+jwt\""),
        one(",\"typ\":\"application/jwt\""),
        one(",\"typ\":[\"JWT\"]"),
        one(",\"typ\":null"),
    ];
    for name in [
        "none", "None", "NONE", "nOnE", "", "HS256", "HS384", "HS512", "PS256", "PS384", "EdDSA",
        "ES256K", "es256", "ES256 ", "RS256", "RS1", "ES384", "ES512", "A128KW", "dir",
    ] {
        headers.push(algorithm(&format!("\"{name}\"")));
    }
    headers.extend(["null", "0", "true", "[\"ES256\"]", "{}"].map(algorithm));
    let kids = [
        "\"\"",
        "null",
        "7",
        "[]",
        "\"../../../../dev/null\"",
        "\"' OR '1'='1\"",
        "\"https://evil.example/k\"",
        "\"\\u0000\"",
        "\"unknown\"",
    ];
    headers.extend(kids.map(key));
    let tokens = headers.iter().map(|header| forged(header, &payload));
    named("header", tokens)
}

/// Signatures that are somebody else's, or nobody's.
fn signatures() -> Tokens {
    let good = signed(&KEYS.curve, json!({}));
    let (body, signature) = good.rsplit_once('.').expect("a signature");
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(signature).expect("base64");
    let (r, s) = bytes.split_at(32);
    let zero = [0_u8; 32];
    let order = hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let der = [&[0x30, 0x44, 0x02, 0x20][..], r, &[0x02, 0x20], s].concat();
    let mut flipped = bytes.clone();
    flipped[40] ^= 1;
    let mut tokens: Vec<String> = [
        vec![],
        vec![0; 64],
        [&zero[..], s].concat(),
        [r, &zero[..]].concat(),
        [&order[..], &order[..]].concat(),
        [r, &order[..]].concat(),
        [s, r].concat(),
        der,
        bytes[..63].to_vec(),
        [&bytes[..], &[0]].concat(),
        [&zero[..1], r, &zero[..1], s].concat(),
        vec![0xff; 64],
        flipped,
        vec![1; 256],
    ]
    .iter()
    .map(|bytes| format!("{body}.{}", base64(bytes)))
    .collect();
    let header = |key: &SigningKey, alg: &str| {
        base64(json!({"alg": alg, "kid": key.kid(), "typ": "JWT"}).to_string())
    };
    let payload = body.split_once('.').expect("two parts").1;
    // The public key as the secret of an HMAC; a key that comes with the token; a key nobody knows.
    let public = KEYS.rsa.jwk().to_string();
    let hmac = |secret: &[u8], signed: &str| {
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret);
        base64(aws_lc_rs::hmac::sign(&key, signed.as_bytes()))
    };
    for secret in [public.as_bytes(), b"", KEYS.rsa.kid().as_bytes()] {
        let signed = format!("{}.{payload}", header(&KEYS.rsa, "HS256"));
        tokens.push(format!("{signed}.{}", hmac(secret, &signed)));
        let signed = format!("{}.{payload}", header(&KEYS.rsa, "RS256"));
        tokens.push(format!("{signed}.{}", hmac(secret, &signed)));
    }
    for source in ["jwk", "x5c", "jku", "x5u"] {
        let key = match source {
            "jwk" => KEYS.strange.jwk().clone(),
            _ => json!("https://evil.example/keys.json"),
        };
        let header = json!({"alg": "ES256", "kid": KEYS.curve.kid(), source: key}).to_string();
        let signed = format!("{}.{payload}", base64(header));
        let signature = base64(KEYS.strange.signature_of(signed.as_bytes()));
        tokens.push(format!("{signed}.{signature}"));
    }
    tokens.push(signed(&KEYS.strange, json!({})));
    let other = signed(&KEYS.curve, json!({"sub": "other"}));
    let (other_body, other_signature) = other.rsplit_once('.').expect("a signature");
    tokens.push(format!("{body}.{other_signature}"));
    tokens.push(format!("{other_body}.{signature}"));
    let rsa = signed(&KEYS.rsa, json!({}));
    tokens.push(format!("{}.{signature}", rsa.rsplit_once('.').expect("a signature").0));
    tokens.push(format!("{}.", rsa.rsplit_once('.').expect("a signature").0));
    named("signature", tokens)
}

/// Signed well, and wrong in what they say.
fn payloads() -> Tokens {
    let header = json!({"alg": "ES256", "kid": KEYS.curve.kid()}).to_string();
    let good = Value::Object(with(json!({}))).to_string();
    let texts = [
        String::new(),
        "[]".into(),
        "null".into(),
        "\"x\"".into(),
        good.replacen('{', "{\"sub\":\"other\",", 1),
        good.replacen('{', "{\"\\u0073ub\":\"other\",", 1),
        good.replacen('{', "{\"x\":{\"y\":1,\"y\":1},", 1),
        format!("{good}{good}"),
        format!("{good},"),
        good.replace(&(NOW + 300).to_string(), "1e999"),
        format!("{{\"x\":{}1{}}}", "[".repeat(1000), "]".repeat(1000)),
        good.replace("{repo}", "\\ud800"),
    ];
    let mut tokens: Vec<String> = texts.iter().map(|payload| forged(&header, payload)).collect();
    let mut wrong =
        vec![json!({"exp": NOW - 60}), json!({"iat": NOW + 61}), json!({"nbf": NOW + 61})];
    for claim in ["iss", "sub", "aud", "exp"] {
        wrong.push(json!({ claim: null }));
    }
    for value in [json!(""), json!(7), json!(["x"]), json!({"x": 1}), json!(true)] {
        for claim in ["iss", "sub", "azp", "jti"] {
            wrong.push(json!({ claim: value }));
        }
    }
    for value in [json!(""), json!([]), json!([""]), json!(["a", 1]), json!({"a": 1}), json!(1)] {
        wrong.push(json!({ "aud": value }));
    }
    for value in [
        json!("1795342830"),
        json!(1_795_342_830.5),
        json!(-1),
        json!(1_795_342_830_000_i64),
        json!(true),
        json!([NOW]),
        json!(u64::MAX),
    ] {
        for claim in ["exp", "nbf", "iat"] {
            wrong.push(json!({ claim: value }));
        }
    }
    for issuer in [
        "https://ci.example/oidc/111111111111/",
        "https://CI.example/oidc/111111111111",
        "http://ci.example/oidc/111111111111",
        "ci.example/oidc/111111111111",
        "https://ci.example/oidc/222222222222",
        "https://ci.example:443/oidc/111111111111",
        "https://ci.example/oidc/111111111111 ",
        "https://ci.example/oidc/11111111111\u{0661}",
    ] {
        wrong.push(json!({ "iss": issuer }));
    }
    wrong.push(json!({"sub": "x".repeat(256)}));
    tokens.extend(wrong.into_iter().map(|changes| signed(&KEYS.curve, changes)));
    named("payload", tokens)
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().map(|it| it.to_digit(16).expect("a digit")).collect();
    digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect()
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
