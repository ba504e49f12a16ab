//! What Vault and the libraries say that verify tokens for everybody else: go-oidc, PyJWT, jose,
//! jsonwebtoken, openid-client.

use super::{Row, plain, row};
use crate::doctor::cause::Cause;

pub(super) const ROWS: &[Row] = &[
    row(
        Cause::Open,
        &["must have at least one bound constraint"],
        "the role would be open to every token of the issuer",
        "set bound_subject or bound_claims, and bound_audiences",
    ),
    row(
        Cause::Audience,
        &[
            "audience claim found in jwt but no audiences bound",
            "aud claim does not match any bound audience",
            "invalid audience (aud) claim",
            "audience claim does not match",
            "expected audience…got",
            "audience doesn't match",
            "invalidaudienceerror",
            "unexpected 'aud' claim value",
            "jwt audience invalid",
            "token has wrong audience",
            "'aud' claim invalid",
        ],
        "the token is for another audience than the one that this verifier is set up for",
        "set bound_audiences (or the library's audience) to the token's `aud`",
    ),
    row(
        Cause::NoAudience,
        &[
            "token is missing the 'aud' claim",
            "missing required 'aud' claim",
            "id_tokens…missing required keys: aud",
            "id_tokens…aud can't be blank",
        ],
        "the token was made without an audience",
        "ask for one where it is made",
    ),
    row(
        Cause::AuthorizedParty,
        &[
            "azp mismatch",
            "unexpected 'azp'*",
            "missing required jwt property azp",
            "missing required 'azp' claim",
            "azp must be*",
            "azp…does not match",
        ],
        "`azp` is compared instead of `aud`, and is another",
        "register the token's `azp`, or let the issuer leave it out",
    ),
    row(
        Cause::Shape,
        &[
            "does not match any associated bound claim values",
            "sub claim does not match bound subject",
            "claims did not match any allow rules",
            "unexpected 'sub' claim value",
            "jwt subject invalid",
        ],
        "a claim is none of those that the role is bound to",
        "bring the token's claims and the role, and both are shown",
    ),
    row(
        Cause::Slash,
        &[
            "issuer did not match the issuer returned by provider",
            "discovered metadata issuer does not match",
        ],
        "the issuer's own document calls it something else than was set up: a closing slash, as a rule",
        "set the issuer to what the document has, byte for byte",
    ),
    row(
        Cause::OtherIssuer,
        &[
            "invalid issuer (iss) claim",
            "id token issued by a different provider",
            "unexpected 'iss' claim value",
            "unexpected iss value",
            "jwt issuer invalid",
            "invalidissuererror",
        ],
        "the token is of another issuer than the one that this verifier is set up for",
        "set the issuer to the token's `iss`, byte for byte",
    ),
    row(
        Cause::Outlived,
        &[
            "token is expired",
            "signature has expired",
            "jwt expired",
            "'exp' claim timestamp check failed",
            "invalid expiration time (exp) claim",
            "expiredsignatureerror",
        ],
        "the token ended before it was shown",
        "show it when the step begins; work that outlasts it is a step of its own",
    ),
    row(
        Cause::NoKey,
        &[
            "failed to verify id token signature",
            "no known key successfully validated the token signature",
            "unable to find a signing key that matches",
            "no applicable key found in the json web key set",
            "error verifying token signature",
            "signature verification failed",
            "fetching keys oidc",
            "fail to fetch data from the url",
        ],
        "the issuer's keys could not be fetched, or the token's `kid` is not among them",
        "look at ISSUER/.well-known/openid-configuration and the keys it names",
    ),
    row(
        Cause::NoToken,
        &[
            "compact jws format must have three parts",
            "not enough segments",
            "jwt malformed",
            "malformed jwt",
            "invalid compact jws",
            "jwtinvalid: invalid jwt",
            "illegal base64 data",
            "invalid jwt serialization",
            "token contains an invalid number of segments",
        ],
        "what was shown is not one whole token: it is empty, cut off, or has other text in it",
        "show the variable's value and nothing else",
    ),
    plain(
        &["claim '…' is missing", "claim '…' not found in token"],
        "the token has no claim of the name that the role asks for",
        "bring the token's claims, and ask by what it has",
    ),
    plain(
        &["role '…' could not be found"],
        "Vault has no role of this name under this method's path",
        "vault list auth/jwt/role, and name one of them",
    ),
];
