use super::*;

const NAME: &str = "projects/123/locations/global/workloadIdentityPools/ci/providers/bitbucket";
const ISSUER: &str = "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc";

fn claims(changes: Json) -> Claims {
    let mut all = json!({
        "iss": ISSUER, "sub": "{6a1f}:{77b2}", "aud": "ari:x", "repositoryUuid": "{6a1f}",
        "branchName": "main", "iat": 1_700_000_000, "exp": 1_700_003_600,
    });
    for (name, value) in changes.as_object().expect("changes") {
        all[name] = value.clone();
    }
    Claims::unverified(all.as_object().cloned().unwrap_or_default())
}

fn provider() -> Provider {
    let text = json!({
        "name": NAME,
        "attributeMapping": {
            "google.subject": "assertion.sub", "attribute.repository": "assertion.repositoryUuid",
            "attribute.tag": "assertion.tag",
        },
        "attributeCondition": "assertion.repositoryUuid == '{6a1f}' && attribute.repository != ''",
        "oidc": {"issuerUri": ISSUER, "allowedAudiences": ["ari:x"]},
        "state": "ACTIVE",
    });
    serde_json::from_value(text).expect("a provider")
}

fn check(changes: Json, provider: &Provider, expect: Option<&str>) {
    let decided = decide(&claims(changes.clone()), provider, Timestamp(1_700_000_600_000));
    let said = decided.err().map(|refused| format!("{}: {refused}", refused.error()));
    assert_eq!(said.as_deref(), expect, "{changes}");
}

#[test]
fn a_token_is_mapped_to_a_subject_and_attributes() {
    let mapped = decide(&claims(json!({})), &provider(), Timestamp(1_700_000_600_000));
    let mapped = mapped.expect("mapped");
    assert_eq!(mapped.subject, "{6a1f}:{77b2}");
    assert_eq!(mapped.attributes["attribute.repository"], "{6a1f}");
    assert!(!mapped.attributes.contains_key("attribute.tag"));
}

#[test]
fn what_google_says_to_a_token_that_does_not_fit() {
    check(
        json!({"repositoryUuid": "6a1f"}),
        &provider(),
        Some("unauthorized_client: The given credential is rejected by the attribute condition."),
    );
    check(
        json!({"aud": "other"}),
        &provider(),
        Some(
            "invalid_grant: The audience in ID Token [\"other\"] does not match the expected audience [\"ari:x\"].",
        ),
    );
    check(
        json!({"iss": "https://b"}),
        &provider(),
        Some(&format!(
            "invalid_grant: The issuer in ID Token https://b does not match the expected ones: {ISSUER}.",
        )),
    );
    check(
        json!({"exp": 1_700_000_001, "iat": 1_699_999_000}),
        &provider(),
        Some("invalid_grant: ID Token issued at 1699999000 is stale to sign-in."),
    );
    let lifetime = "invalid_grant: Invalid JWT: `iat` must be there and in the past, and `exp` less than 48 hours after it.";
    let issued = 1_700_000_000;
    check(json!({"exp": issued + 172_799}), &provider(), None);
    check(json!({"exp": issued + 172_800}), &provider(), Some(lifetime));
    check(json!({"exp": 253_402_300_799_i64}), &provider(), Some(lifetime));
    check(json!({"iat": null}), &provider(), Some(lifetime));
    let long = "x".repeat(128);
    check(
        json!({"sub": long}),
        &provider(),
        Some(
            "invalid_grant: The size of mapped attribute google.subject exceeds the 127 bytes limit.",
        ),
    );
    let disabled = Provider { disabled: true, ..provider() };
    let said = decide(&claims(json!({})), &disabled, Timestamp(1_700_000_600_000));
    assert_eq!(said.map_err(|refused| refused.error()), Err("invalid_target"));
}

#[test]
fn without_an_audience_of_its_own_a_provider_takes_its_name() {
    let mut provider = provider();
    provider.oidc.allowed_audiences.clear();
    for before in ["https:", ""] {
        check(json!({"aud": format!("{before}//iam.googleapis.com/{NAME}")}), &provider, None);
    }
    let (_, wrong) = failures(&claims(json!({})), &provider, Timestamp(1_700_000_600_000));
    assert!(matches!(&wrong[..], [Refused::Audience { .. }]), "{wrong:?}");
}

#[test]
fn a_mapping_that_cannot_be_read_is_said() {
    let mut provider = provider();
    provider.attribute_mapping.insert("google.subject".to_owned(), "assertion.nobody".to_owned());
    let (_, wrong) = failures(&claims(json!({})), &provider, Timestamp(1_700_000_600_000));
    assert!(matches!(&wrong[..], [Refused::Mapping { .. }]), "{wrong:?}");
}
