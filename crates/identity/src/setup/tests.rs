use domain::Timestamp;
use serde_json::{Value as Json, json};

use super::*;
use crate::doctor::{Evidence, diagnose};

const ISSUER: &str = "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc";
const AUDIENCE: &str = "ari:cloud:bitbucket::workspace/0f1e2d3c-0c3d-4e5f-8a9b-0c1d2e3f4a5b";
const REPOSITORY: &str = "6a1f77b2-0c3d-4e5f-8a9b-0c1d2e3f4a5b";
const ENVIRONMENT: &str = "e0e0e0e0-0c3d-4e5f-8a9b-0c1d2e3f4a5b";
const APP: &str = "a0a0a0a0-0c3d-4e5f-8a9b-0c1d2e3f4a5b";
const NOW: i64 = 1_795_342_530;

fn bitbucket(environment: Option<&str>) -> Wanted {
    let subject = Subject::bitbucket(REPOSITORY, environment).expect("UUIDs");
    Wanted {
        issuer: ISSUER.to_owned(),
        audience: AUDIENCE.to_owned(),
        subject,
        name: "deploy".to_owned(),
    }
}

fn stable() -> Wanted {
    Wanted {
        issuer: "https://ci.example/oidc/000000000000".to_owned(),
        audience: "api://AzureADTokenExchange".to_owned(),
        subject: Subject::Exact("pipeline:shop:stage:Deploy".to_owned()),
        name: "deploy-shop".to_owned(),
    }
}

fn targets() -> [Target; 4] {
    let text = |it: &str| it.to_owned();
    [
        Target::Aws { account: text("111111111111"), partition: text("aws") },
        Target::Azure { app: text(APP), tenant: text(ENVIRONMENT) },
        Target::Google {
            project: text("123456"),
            pool: text("pipelines"),
            service_account: text("deploy@acme.iam.gserviceaccount.com"),
        },
        Target::Vault { mount: text("jwt"), policies: vec![text("deploy")] },
    ]
}

fn bitbucket_claims(repository: &str, environment: Option<&str>) -> Json {
    let step = "{57e9f00d-0c3d-4e5f-8a9b-0c1d2e3f4a5b}";
    let environment = environment.map(|it| format!("{{{it}}}"));
    let middle = environment.as_ref().map(|it| format!("{it}:")).unwrap_or_default();
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": format!("{{{repository}}}:{middle}{step}"), "stepUuid": step,
        "repositoryUuid": format!("{{{repository}}}"), "deploymentEnvironmentUuid": environment,
        "iat": NOW, "exp": NOW + 3600,
    })
}

fn accepts(document: &str, claims: &Json) -> bool {
    let mut evidence = Evidence::default();
    for piece in [document, &claims.to_string()] {
        evidence.add("it", piece, None).unwrap_or_else(|why| panic!("{piece}: {why}"));
    }
    diagnose(&evidence, Timestamp(NOW * 1000)).accepted
}

/// What is set up lets the pipeline's own token in, and not its neighbours'.
#[test]
fn what_is_set_up_the_doctor_accepts_for_its_own_token_alone() {
    let other = REPOSITORY.replace("6a1f", "7a1f");
    for target in targets() {
        for environment in [None, Some(ENVIRONMENT)] {
            let Ok(setup) = setup(&bitbucket(environment), &target) else {
                assert!(matches!(target, Target::Azure { .. }));
                continue;
            };
            let own = bitbucket_claims(REPOSITORY, environment);
            assert!(accepts(&setup.document, &own), "{target:?}\n{}", setup.document);
            let mut neighbours = vec![bitbucket_claims(&other, environment)];
            if environment.is_some() {
                neighbours.push(bitbucket_claims(REPOSITORY, Some(APP)));
                neighbours.push(bitbucket_claims(REPOSITORY, None));
            }
            for (claim, value) in [("aud", "other"), ("iss", "https://other.example")] {
                let mut foreign = own.clone();
                foreign[claim] = json!(value);
                // Vault's role does not say whose it is: the method's configuration does.
                let role_alone = claim == "iss" && matches!(target, Target::Vault { .. });
                if !role_alone {
                    neighbours.push(foreign);
                }
            }
            for neighbour in neighbours {
                assert!(!accepts(&setup.document, &neighbour), "{target:?} {neighbour}");
            }
        }
        let wanted = stable();
        let setup = setup(&wanted, &target).expect("a setup");
        let claims = |sub: &str| json!({"iss": wanted.issuer, "aud": wanted.audience, "sub": sub, "iat": NOW, "exp": NOW + 300});
        assert!(accepts(&setup.document, &claims("pipeline:shop:stage:Deploy")), "{target:?}");
        for sub in ["pipeline:shop:stage:deploy", "pipeline:shop:stage:Deploy2", "pipeline:shop"] {
            assert!(!accepts(&setup.document, &claims(sub)), "{target:?} {sub}");
        }
    }
}

#[test]
fn the_texts_are_as_they_were_read() {
    for target in targets() {
        let name = match &target {
            Target::Aws { .. } => "aws",
            Target::Azure { .. } => "azure",
            Target::Google { .. } => "google",
            Target::Vault { .. } => "vault",
        };
        let setup =
            setup(&bitbucket(Some(ENVIRONMENT)), &target).or_else(|_| setup(&stable(), &target));
        let setup = setup.expect("a setup");
        insta::assert_snapshot!(format!("{name}_commands"), setup.text);
        insta::assert_snapshot!(format!("{name}_terraform"), setup.terraform);
        assert!(setup.text.contains(&setup.document) || name == "google", "{}", setup.text);
    }
}

#[test]
fn what_cannot_be_is_refused_with_what_would_be_right() {
    fn check(wanted: Wanted, target: &Target, word: &str) {
        let refused = setup(&wanted, target).expect_err(word).to_string();
        assert!(refused.contains(word), "{refused}");
    }
    let [aws, azure, google, vault] = targets();
    check(bitbucket(None), &azure, "a subject that stays");
    for issuer in [
        "http://ci.example",
        "https://ci.example:8443",
        "ci.example",
        "https://ci/?a",
        "https://a'b",
    ] {
        check(Wanted { issuer: issuer.to_owned(), ..stable() }, &aws, "https:// URL");
    }
    let local = Wanted { issuer: "http://127.0.0.1:7700/oidc/000000000000".to_owned(), ..stable() };
    assert!(setup(&local, &vault).is_ok());
    let wide = Wanted { subject: Subject::Beginning("repo:acme/".to_owned()), ..stable() };
    check(wide, &azure, "with a * behind it");
    for subject in ["repo:*", "", "a'b", "a$(b)", "a%{if}"] {
        check(
            Wanted { subject: Subject::Exact(subject.to_owned()), ..stable() },
            &google,
            "the subject",
        );
    }
    for audience in ["a\"b", "a%{b"] {
        check(Wanted { audience: audience.to_owned(), ..stable() }, &aws, "the audience");
    }
    let percent = Wanted { subject: Subject::Exact("a%2F{b}".to_owned()), ..stable() };
    assert!(setup(&percent, &aws).is_ok(), "Terraform reads no expression there");
    check(Wanted { name: "a b".to_owned(), ..stable() }, &aws, "the name");
    check(
        stable(),
        &Target::Aws { account: "1".to_owned(), partition: "aws".to_owned() },
        "twelve digits",
    );
    let by_id = Target::Google {
        project: "acme".to_owned(),
        pool: "pool".to_owned(),
        service_account: "a@b".to_owned(),
    };
    check(stable(), &by_id, "project's number");
    assert!(Subject::bitbucket("acme/shop", None).is_err());
}

#[test]
fn what_goes_into_commands_of_vault_is_looked_at_before() {
    let check = |mount: &str, policy: &str, expect: bool| {
        let target = Target::Vault { mount: mount.to_owned(), policies: vec![policy.to_owned()] };
        assert_eq!(setup(&stable(), &target).is_ok(), expect, "{mount} {policy}");
    };
    check("jwt", "deploy", true);
    check("ci/jwt-1", "team/deploy_x", true);
    for odd in
        ["", "/jwt", "jwt/", "a/../b", "a b", "a\"b", "${x}", "$(id)", "a;b", &"a".repeat(129)]
    {
        check(odd, "deploy", false);
        check("jwt", odd, false);
    }
}
