//! The claims that a message tells: in its own words, as a token that was printed, or as an entry of
//! CloudTrail.

use serde_json::{Map, Value as Json, json};

/// Objects of a log that are read for being a token's claims.
const OBJECTS_MAX: usize = 64;

/// The claims that a message tells.
pub(in crate::doctor) fn claims(text: &str) -> Map<String, Json> {
    let mut claims = recorded(text).or_else(|| printed(text)).unwrap_or_default();
    claims.extend(said(text));
    claims
}

/// Those that stand in sentences of services.
fn said(text: &str) -> Map<String, Json> {
    let after = |words: &str, ends: &[char]| {
        let start = text.find(words)? + words.len();
        let value = text[start..].split(ends).next().unwrap_or_default().trim();
        (!value.is_empty()).then(|| json!(value))
    };
    let quote = &['\''][..];
    let blank = &[' ', '\n', '"', '\\', '<', '\'', ')'][..];
    let told = [
        ("iss", after("provider found in your account for ", blank)),
        ("iss", after("presented assertion issuer '", quote)),
        ("sub", after("presented assertion subject '", quote)),
        ("aud", after("presented assertion audience '", quote)),
        ("iss", after("Assertion Issuer: '", quote)),
        ("sub", after("Assertion Subject: '", quote)),
        ("aud", after("Assertion Audience: '", quote)),
        ("iss", after("The issuer in ID Token ", blank)),
    ];
    told.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// A token's claims as a step printed them to see what is in it.
fn printed(text: &str) -> Option<Map<String, Json>> {
    let objects = text.match_indices('{').take(OBJECTS_MAX);
    let read = |(at, _): (usize, &str)| {
        let mut values = serde_json::Deserializer::from_str(&text[at..]).into_iter();
        values.next()?.ok()
    };
    let is_token = |it: &Map<String, Json>| {
        it.get("sub").is_some_and(Json::is_string) && it.get("iss").is_some_and(Json::is_string)
    };
    objects.filter_map(read).find(is_token)
}

/// What CloudTrail keeps of a call whose caller showed a token: `PROVIDER:AUDIENCE:SUBJECT` is its
/// principal's id.
fn recorded(text: &str) -> Option<Map<String, Json>> {
    let event: Json = serde_json::from_str(text.trim()).ok()?;
    let who = event.get("userIdentity").filter(|it| it["type"] == "WebIdentityUser")?;
    let (provider, subject) = (who["identityProvider"].as_str()?, who["userName"].as_str()?);
    let (_, bare) = provider.split_once(":oidc-provider/")?;
    let rest = who["principalId"].as_str()?.strip_prefix(provider)?.strip_prefix(':')?;
    let audience = rest.strip_suffix(subject)?.strip_suffix(':')?;
    let claims =
        [("iss", format!("https://{bare}")), ("sub", subject.into()), ("aud", audience.into())];
    Some(claims.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect())
}
