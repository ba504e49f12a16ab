use super::*;
use serde_json::json;

fn claims() -> Claims {
    let all = json!({
        "iss": "https://ci.example", "sub": "{6a1f}:{77b2}", "aud": ["vault", "x"], "exp": 1,
        "repositoryUuid": "{6a1f}", "groups": ["a", "b"], "deep": {"er": {"name": "n"}},
    });
    Claims::unverified(all.as_object().cloned().unwrap_or_default())
}

fn check(role: Json, expect: &[&str]) {
    let role: Role = serde_json::from_value(role).expect("a role");
    let said: Vec<_> = failures(&claims(), &role).iter().map(ToString::to_string).collect();
    assert_eq!(said, expect, "{role:?}");
    assert_eq!(decide(&claims(), &role).is_ok(), expect.is_empty());
}

#[test]
fn a_role_takes_the_tokens_that_it_is_bound_to() {
    check(json!({"bound_audiences": ["vault"], "user_claim": "sub"}), &[]);
    check(json!({"bound_audiences": ["vault"], "bound_subject": "{6a1f}:{77b2}"}), &[]);
    let globs = json!({"sub": "{6a1f}:*", "groups": ["z", "b"], "/deep/er/name": "n"});
    let glob = "glob";
    check(json!({"bound_audiences": ["x"], "bound_claims": globs, "bound_claims_type": glob}), &[]);
}

#[test]
fn and_says_what_about_others_does_not_fit() {
    let missing = "audience claim found in JWT but no audiences bound to the role";
    check(json!({}), &[missing]);
    let audience = "aud claim does not match any bound audience";
    check(
        json!({"bound_audiences": ["y"], "bound_issuer": "https://ci.example/"}),
        &["error validating token: invalid issuer (iss) claim", audience],
    );
    let question = json!({"sub": "{6a1f}:{77b?}"});
    let never = "claim \"sub\" does not match any associated bound claim values";
    check(
        json!({"bound_audiences": ["x"], "bound_claims": question, "bound_claims_type": "glob"}),
        &[never],
    );
    let claims = json!({"sub": "{6a1f}:*", "branchName": "main"});
    check(
        json!({"bound_audiences": ["x"], "bound_claims": claims, "bound_subject": "s", "user_claim": "u"}),
        &[
            "sub claim does not match bound subject",
            "claim \"branchName\" is missing",
            "claim \"sub\" does not match any associated bound claim values",
            "claim \"u\" not found in token",
        ],
    );
}
