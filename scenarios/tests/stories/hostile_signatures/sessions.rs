//! Calls with a session's key: the key is good with its own token only, and while the session lasts.

use super::calls::secret;
use super::draft::{Draft, Known, Sent};
use super::{Case, Family};

pub const FAMILIES: &[Family] = &[Family {
    name: "a session's call",
    good: |known| secret(known, "session").by(|it| it.session.clone()),
    sign: Draft::signed,
    cases: CASES,
}];

const UNKNOWN: &str = "UnrecognizedClientException";
const INVALID: &str = "InvalidSignatureException";

/// With another token than its own.
fn token(draft: Draft, token: impl FnOnce(&Known, &str) -> Option<String>) -> Sent {
    let own = draft.keys.token.clone().unwrap_or_default();
    let token = token(&draft.known, &own);
    draft.with(|it| it.keys.token = token).signed()
}

const CASES: &[Case] = &[
    ("no token", UNKNOWN, |it| token(it, |_, _| None)),
    ("an empty token", UNKNOWN, |it| token(it, |_, _| Some(String::new()))),
    ("another session's token", UNKNOWN, |it| token(it, |known, _| known.beside.token.clone())),
    ("an ended session's token", UNKNOWN, |it| token(it, |known, _| known.ended.token.clone())),
    ("an ended session", "ExpiredTokenException", |it| it.by(|known| known.ended.clone()).signed()),
    ("half a token", UNKNOWN, |it| token(it, |_, own| Some(own[..own.len() / 2].to_owned()))),
    ("a character less", UNKNOWN, |it| token(it, |_, own| Some(own[..own.len() - 1].to_owned()))),
    ("a character more", UNKNOWN, |it| token(it, |_, own| Some(format!("{own}A")))),
    ("another character", UNKNOWN, |it| {
        token(it, |_, own| {
            let at = own.len() / 2;
            let other = if &own[at..=at] == "A" { "B" } else { "A" };
            Some(format!("{}{other}{}", &own[..at], &own[at + 1..]))
        })
    }),
    ("a token in capitals", UNKNOWN, |it| token(it, |_, own| Some(own.to_uppercase()))),
    ("a token of words", UNKNOWN, |it| token(it, |_, _| Some("token".into()))),
    ("a token longer than any", UNKNOWN, |it| token(it, |_, own| Some(own.repeat(8)))),
    ("the token under a key of its owner", UNKNOWN, |it| {
        it.with(|it| it.keys.id = it.known.own.id.clone()).signed()
    }),
    ("the token with the owner's secret", INVALID, |it| {
        it.with(|it| it.keys.secret = it.known.own.secret.clone()).signed()
    }),
    ("the token with another session's secret", INVALID, |it| {
        it.with(|it| it.keys.secret = it.known.beside.secret.clone()).signed()
    }),
    ("the token not signed", "IncompleteSignatureException", |it| {
        let names = "content-type;host;x-amz-content-sha256;x-amz-date;x-amz-target";
        it.with(|it| it.names = Some(names.into())).signed()
    }),
    ("the token taken out after it was signed", UNKNOWN, |it| {
        it.signed().without("x-amz-security-token")
    }),
    ("another session's token put in", UNKNOWN, |it| {
        let other = it.known.beside.token.clone().unwrap_or_default();
        it.signed().edit("x-amz-security-token", |_| other.clone())
    }),
    ("a key of somebody's with a token", UNKNOWN, |it| {
        it.by(|known| super::Keys { token: known.session.token.clone(), ..known.other.clone() })
            .signed()
    }),
];
