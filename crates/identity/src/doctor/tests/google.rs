//! The causes that Google refuses a token for.

use super::*;

fn configuration(audience: &str) -> String {
    json!({"type": "external_account", "audience": audience, "credential_source": {"file": "/t"}})
        .to_string()
}

#[test]
fn cause_33_googles_audience_is_a_full_name() {
    for audience in [
        "https://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x",
        "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p",
        "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/attribute.x/y",
        "//iam.googleapis.com/projects/$NUMBER/locations/global/workloadIdentityPools/p/providers/x",
    ] {
        check(33, &[&configuration(audience)], "//iam.googleapis.com/projects/NUMBER");
    }
    check(
        33,
        &[
            "{\"error\": \"invalid_request\", \"error_description\": \"Invalid value for \\\"audience\\\". This value should be …\"}",
        ],
        "PROVIDER",
    );
}

#[test]
fn cause_34_no_such_pool() {
    check(
        34,
        &[&configuration(
            "//iam.googleapis.com/projects/my-project/locations/global/workloadIdentityPools/p/providers/x",
        )],
        "NUMBER",
    );
    check(
        34,
        &[
            "invalid_target: The target service indicated by the \"audience\" parameters is invalid.",
        ],
        "projectNumber",
    );
}

#[test]
fn cause_34_what_is_off_is_told_from_what_never_was() {
    let off = |member: &str, value: Json| {
        let mut provider: Json = serde_json::from_str(&pool("true")).expect("JSON");
        provider[member] = value;
        provider.to_string()
    };
    let deleted = off("state", json!("DELETED"));
    check(34, &[&claims(json!({})), &deleted], "providers undelete x");
    check(34, &[&deleted], "within thirty days");
    check(34, &[&claims(json!({})), &off("disabled", json!(true))], "--no-disabled");
    let pool = |state: &str, disabled: bool| {
        let name = "projects/1/locations/global/workloadIdentityPools/p";
        json!({"name": name, "state": state, "disabled": disabled}).to_string()
    };
    check(34, &[&pool("DELETED", false)], "workload-identity-pools undelete p");
    check(34, &[&pool("ACTIVE", true)], "--no-disabled");
    assert!(look_at(&[&pool("ACTIVE", false)]).accepted);
}

fn pool(condition: &str) -> String {
    json!({
        "name": "projects/1/locations/global/workloadIdentityPools/p/providers/x", "attributeCondition": condition,
        "attributeMapping": {"google.subject": "assertion.repositoryUuid", "attribute.repository": "assertion.repositoryUuid"},
        "oidc": {"issuerUri": ISSUER, "allowedAudiences": [AUDIENCE]},
    })
    .to_string()
}

#[test]
fn cause_35_the_attribute_condition() {
    let pool = pool("assertion.repositoryUuid != '' && assertion.branchName == 'release'");
    let diagnosis = look_at(&[&claims(json!({})), &pool]);
    let found = finding(&diagnosis, 35);
    let compared = found.compared.expect("two values");
    assert_eq!(
        (compared.wanted, compared.found),
        (vec!["release".to_owned()], vec!["main".to_owned()])
    );
    check(35, &[&claims(json!({})), "assertion.branchName == 'Main'"], "'main'");
    check(35, &[&claims(json!({})), "'release' == assertion.branchName"], "'main'");
    check(
        35,
        &["unauthorized_client: The given credential is rejected by the attribute condition."],
        "bring",
    );
}

#[test]
fn cause_36_googles_issuer_and_audience() {
    check(36, &[&claims(json!({"aud": "other"})), &pool("true")], "other");
    check(36, &[&claims(json!({"iss": format!("{ISSUER}/")})), &pool("true")], ISSUER);
    check(
        36,
        &["invalid_grant: The audience in JWT does not match the expected values."],
        "--allowed-audiences",
    );
    check(
        36,
        &["The issuer in ID Token https://x does not match the expected ones: https://y"],
        "--issuer-uri",
    );
}

#[test]
fn cause_37_too_old_for_google() {
    check(
        37,
        &[&claims(json!({"exp": NOW - 3600, "iat": NOW - 7200})), &pool("true")],
        "when the step begins",
    );
    check(
        37,
        &["invalid_grant: ID Token issued at 1699999000 is stale to sign-in."],
        "when the step begins",
    );
}

#[test]
fn cause_38_beyond_googles_limits() {
    let long = pool("true").replace(
        "\"google.subject\":\"assertion.repositoryUuid\"",
        "\"google.subject\":\"assertion.sub + assertion.sub\"",
    );
    check(38, &[&claims(json!({})), &long], "shorter");
    check(38, &["The size of mapped attribute exceeds the 127 bytes limit."], "shorter");
    check(38, &["The access token lifetime cannot exceed 3600 seconds."], "3600");
}

#[test]
fn cause_39_may_not_act_as_the_service_account() {
    let base =
        "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p";
    let policy = |member: &str| {
        json!({"bindings": [{"role": "roles/iam.workloadIdentityUser", "members": [member]}]})
            .to_string()
    };
    let bare = REPOSITORY.trim_matches(['{', '}']);
    let right = format!("{base}/attribute.repository/{REPOSITORY}");
    check(
        39,
        &[
            &claims(json!({})),
            &pool("true"),
            &policy(&format!("{base}/attribute.repository/{bare}")),
        ],
        &right,
    );
    check(
        39,
        &[&claims(json!({})), &pool("true"), &policy(&format!("{base}/attribute.branch/main"))],
        "attribute.branch",
    );
    check(
        39,
        &[
            &claims(json!({})),
            &pool("true"),
            &policy(&right.replace("projects/1", "projects/acme")),
        ],
        &right,
    );
    assert!(look_at(&[&claims(json!({})), &pool("true"), &policy(&right)]).accepted);
    let own = "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p";
    for (member, word) in [
        ("serviceAccount:ci@acme.iam.gserviceaccount.com", "nobody of any pool"),
        (&*format!("{own}/attribute.repository/{REPOSITORY}"), "is a principalSet://"),
        (&*format!("{base}/subject/{REPOSITORY}"), "is a principal://"),
        (&*format!("{base}2/*"), "of another pool"),
        (&*format!("{own}/subject/other"), "for another"),
    ] {
        let diagnosis = look_at(&[&claims(json!({})), &pool("true"), &policy(member)]);
        let found = finding(&diagnosis, 39);
        assert!(found.message.contains(word) && found.fix.contains(&right), "{member}: {found:#?}");
    }
    let viewer = policy(&right).replace("workloadIdentityUser", "viewer");
    check(39, &[&claims(json!({})), &pool("true"), &viewer], &right);
    let beside = json!({"bindings": [
        {"role": "roles/iam.serviceAccountAdmin", "members": ["user:ann@acme.example"]},
        {"role": "roles/iam.workloadIdentityUser", "members": [format!("{own}/subject/{REPOSITORY}")]},
    ]});
    assert!(look_at(&[&claims(json!({})), &pool("true"), &beside.to_string()]).accepted);
    check(
        39,
        &[
            "403 Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
        ],
        "principalSet",
    );
}

#[test]
fn cause_40_googles_policies() {
    check(
        40,
        &["Precondition check failed: constraints/iam.workloadIdentityPoolProviders violated"],
        "administrator",
    );
    check(40, &["GCP STS token expires too soon"], "fresh");
}
