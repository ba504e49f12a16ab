//! What STS's model (apiVersion 2011-06-15) asks of each input.

use crate::shape::{Operation, Pattern, Shape, list, matching, may, must, secret, structure, text};

/// The operations that are spoken.
pub static OPERATIONS: [Operation; 5] = [
    Operation { name: "GetCallerIdentity", input: &NOTHING },
    Operation { name: "AssumeRoleWithWebIdentity", input: &ASSUME_ROLE_WITH_WEB_IDENTITY },
    Operation { name: "AssumeRole", input: &ASSUME_ROLE },
    Operation { name: "GetSessionToken", input: &GET_SESSION_TOKEN },
    Operation { name: "DecodeAuthorizationMessage", input: &DECODE_AUTHORIZATION_MESSAGE },
];

static NOTHING: Shape = structure(&[]);

static ASSUME_ROLE_WITH_WEB_IDENTITY: Shape = structure(&[
    must("RoleArn", &ARN),
    must("RoleSessionName", &SESSION_NAME),
    must("WebIdentityToken", &TOKEN),
    may("ProviderId", &URL),
    may("PolicyArns", &POLICIES),
    may("Policy", &SESSION_POLICY),
    may("DurationSeconds", &ROLE_DURATION),
    may("MinimumSessionTokenSize", &TOKEN_SIZE),
]);

static ASSUME_ROLE: Shape = structure(&[
    must("RoleArn", &ARN),
    must("RoleSessionName", &SESSION_NAME),
    may("PolicyArns", &POLICIES),
    may("Policy", &POLICY),
    may("DurationSeconds", &ROLE_DURATION),
    may("Tags", &TAGS),
    may("TransitiveTagKeys", &TAG_KEYS),
    may("ExternalId", &EXTERNAL_ID),
    may("SerialNumber", &SERIAL_NUMBER),
    may("TokenCode", &TOKEN_CODE),
    may("SourceIdentity", &SESSION_NAME),
    may("ProvidedContexts", &CONTEXTS),
    may("MinimumSessionTokenSize", &TOKEN_SIZE),
]);

static GET_SESSION_TOKEN: Shape = structure(&[
    may("DurationSeconds", &SESSION_DURATION),
    may("SerialNumber", &SERIAL_NUMBER),
    may("TokenCode", &TOKEN_CODE),
    may("MinimumSessionTokenSize", &TOKEN_SIZE),
]);

static DECODE_AUTHORIZATION_MESSAGE: Shape = structure(&[must("EncodedMessage", &ENCODED)]);

static ARN: Shape = matching(20, 2048, &PLAIN);
static TOKEN_SIZE: Shape = Shape::Integer(0, 4096);
static SESSION_NAME: Shape = matching(2, 64, &NAME);
static TOKEN: Shape = secret(4, 20_000);
static URL: Shape = text(4, 2048);
static POLICIES: Shape = list(0, usize::MAX, &DESCRIPTOR);
static DESCRIPTOR: Shape = structure(&[may("arn", &ARN)]);
static SESSION_POLICY: Shape = matching(1, 2048, &DOCUMENT);
static POLICY: Shape = matching(1, usize::MAX, &DOCUMENT);
static ROLE_DURATION: Shape = Shape::Integer(900, 43_200);
static SESSION_DURATION: Shape = Shape::Integer(900, 129_600);
static TAGS: Shape = list(0, 50, &TAG);
static TAG: Shape = structure(&[must("Key", &TAG_KEY), must("Value", &TAG_VALUE)]);
static TAG_KEYS: Shape = list(0, 50, &TAG_KEY);
static TAG_KEY: Shape = matching(1, 128, &TAG_WORDS);
static TAG_VALUE: Shape = matching(0, 256, &TAG_TEXT);
static EXTERNAL_ID: Shape = matching(2, 1224, &EXTERNAL);
static SERIAL_NUMBER: Shape = matching(9, 256, &SERIAL);
static TOKEN_CODE: Shape = matching(6, 6, &DIGITS);
static CONTEXTS: Shape = list(1, 5, &CONTEXT);
static CONTEXT: Shape =
    structure(&[may("ProviderArn", &ARN), may("ContextAssertion", &CONTEXT_ASSERTION)]);
static CONTEXT_ASSERTION: Shape = text(4, 2048);
static ENCODED: Shape = text(1, 10_240);

static PLAIN: Pattern = Pattern::new(
    r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+",
);
static NAME: Pattern = Pattern::new(r"[\w+=,.@-]*");
static DOCUMENT: Pattern = Pattern::new(r"[\u0009\u000A\u000D\u0020-\u00FF]+");
static TAG_WORDS: Pattern = Pattern::new(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+");
static TAG_TEXT: Pattern = Pattern::new(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*");
static EXTERNAL: Pattern = Pattern::new(r"[\w+=,.@:\/-]*");
static SERIAL: Pattern = Pattern::new(r"[\w+=/:,.@-]*");
static DIGITS: Pattern = Pattern::new(r"[\d]*");
