//! Tokens that must not count, by what is wrong with them.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{KEYS, NOW, base64, check, forged, signed, with};
use crate::limits::TOKEN_BYTES_MAX;
use crate::token::SigningKey;

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
            format!("{header}.{payload}.{signature}{}", "A".repeat(TOKEN_BYTES_MAX)),
            "A".repeat(TOKEN_BYTES_MAX),
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
    let mut wrong = vec![json!({"exp": NOW}), json!({"iat": NOW + 61}), json!({"nbf": NOW + 61})];
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
