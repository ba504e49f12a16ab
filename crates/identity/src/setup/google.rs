//! A provider of a workload identity pool, and who may act as a service account by it.

use serde_json::{Value as Json, json};

use super::{Refused, Setup, Subject, Wanted, form, identifier, pretty};
use crate::limits::MAPPED_SUBJECT_BYTES_MAX;

/// What is mapped, asked and bound.
struct Rules {
    /// Attributes and their expressions.
    mapping: Vec<(&'static str, &'static str)>,
    condition: String,
    /// What stands behind the pool in the member's name.
    member: (&'static str, String),
}

/// The pool, the provider, the binding, and the configuration that Google's libraries read.
pub(super) fn setup(
    wanted: &Wanted,
    project: &str,
    pool: &str,
    service_account: &str,
) -> Result<Setup, Refused> {
    if project.is_empty() || !project.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(form("the project", project, "a project's number (its id will not do)"));
    }
    let named = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
    if !(4..=32).contains(&pool.len()) || !pool.chars().all(named) {
        return Err(form("the pool", pool, "4 to 32 small letters, digits and hyphens"));
    }
    let plain = |it: char| it.is_ascii_alphanumeric() || "-.@_".contains(it);
    if !service_account.contains('@') || !service_account.chars().all(plain) {
        return Err(form("the service account", service_account, "its address"));
    }
    if wanted.subject.beginning().0.len() > MAPPED_SUBJECT_BYTES_MAX {
        return Err(form(
            "the subject",
            &wanted.subject.beginning().0,
            "of at most 127 bytes, which Google maps",
        ));
    }
    let rules = Rules::of(&wanted.subject);
    let path = format!("projects/{project}/locations/global/workloadIdentityPools/{pool}");
    let provider = format!("{path}/providers/{}", wanted.name);
    let member = format!("{}://iam.googleapis.com/{path}/{}", rules.member.0, rules.member.1);
    let document = document(wanted, &rules, &provider);
    let text = commands(wanted, &rules, &provider, &member, project, pool, service_account);
    let terraform = terraform(wanted, &rules, project, pool, service_account);
    Ok(Setup { text, terraform, document })
}

impl Rules {
    fn of(subject: &Subject) -> Self {
        let subject_only = vec![("google.subject", "assertion.sub")];
        match subject {
            Subject::Exact(subject) => Self {
                mapping: subject_only,
                condition: format!("assertion.sub == '{subject}'"),
                member: ("principal", format!("subject/{subject}")),
            },
            // The condition has let nobody else into the pool by this provider.
            Subject::Beginning(beginning) => Self {
                mapping: subject_only,
                condition: format!("assertion.sub.startsWith('{beginning}')"),
                member: ("principalSet", "*".to_owned()),
            },
            Subject::Bitbucket { repository, environment } => {
                Self::bitbucket(repository, environment.as_deref())
            }
        }
    }

    fn bitbucket(repository: &str, environment: Option<&str>) -> Self {
        let mut mapping = vec![
            ("google.subject", "assertion.sub"),
            ("attribute.repository", "assertion.repositoryUuid"),
        ];
        let condition = format!("assertion.repositoryUuid == '{repository}'");
        match environment {
            None => Self {
                mapping,
                condition,
                member: ("principalSet", format!("attribute.repository/{repository}")),
            },
            Some(environment) => {
                mapping.push(("attribute.environment", "assertion.deploymentEnvironmentUuid"));
                let condition = format!(
                    "{condition} && assertion.deploymentEnvironmentUuid == '{environment}'"
                );
                Self {
                    mapping,
                    condition,
                    member: ("principalSet", format!("attribute.environment/{environment}")),
                }
            }
        }
    }

    fn listed(&self, between: (&str, &str)) -> String {
        let pairs = self
            .mapping
            .iter()
            .map(|(name, expression)| format!("{name}{}{expression}", between.0));
        pairs.collect::<Vec<_>>().join(between.1)
    }
}

fn document(wanted: &Wanted, rules: &Rules, provider: &str) -> String {
    let mapping: serde_json::Map<String, Json> =
        rules.mapping.iter().map(|(name, it)| ((*name).to_owned(), json!(it))).collect();
    pretty(&json!({
        "name": provider,
        "attributeMapping": mapping,
        "attributeCondition": rules.condition,
        "oidc": {"issuerUri": wanted.issuer, "allowedAudiences": [wanted.audience]},
    }))
}

fn commands(
    wanted: &Wanted,
    rules: &Rules,
    provider: &str,
    member: &str,
    project: &str,
    pool: &str,
    service_account: &str,
) -> String {
    let Wanted { issuer, audience, name, .. } = wanted;
    let (mapping, condition) = (rules.listed(("=", ",")), &rules.condition);
    let configuration = pretty(&json!({
        "type": "external_account",
        "audience": format!("//iam.googleapis.com/{provider}"),
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": "https://sts.googleapis.com/v1/token",
        "credential_source": {"file": "FILE"},
        "service_account_impersonation_url": format!(
            "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{service_account}:generateAccessToken"
        ),
    }));
    format!(
        "# The pool and its provider, once in project {project}.\n\
         gcloud iam workload-identity-pools create {pool} --project={project} --location=global\n\
         gcloud iam workload-identity-pools providers create-oidc {name} \\\n  \
         --project={project} --location=global --workload-identity-pool={pool} \\\n  \
         --issuer-uri='{issuer}' \\\n  --allowed-audiences='{audience}' \\\n  \
         --attribute-mapping='{mapping}' \\\n  --attribute-condition=\"{condition}\"\n\n\
         # Who may act as the service account. Braces are part of the value.\n\
         gcloud iam service-accounts add-iam-policy-binding {service_account} \\\n  \
         --role=roles/iam.workloadIdentityUser \\\n  --member='{member}'\n\n\
         # The configuration for the step: GOOGLE_APPLICATION_CREDENTIALS names its file, FILE is the token's.\n\
         cat > credentials.json <<'END'\n{configuration}\nEND\n"
    )
}

fn terraform(
    wanted: &Wanted,
    rules: &Rules,
    project: &str,
    pool: &str,
    service_account: &str,
) -> String {
    let Wanted { issuer, audience, name, .. } = wanted;
    let (id, condition) = (identifier(name), &rules.condition);
    let width = rules.mapping.iter().map(|(name, _)| name.len() + 2).max().unwrap_or_default();
    let row = |name: &str, it: &str| format!("    {:<width$} = \"{it}\"\n", format!("\"{name}\""));
    let mapping: Vec<String> = rules.mapping.iter().map(|(name, it)| row(name, it)).collect();
    let mapping = mapping.concat();
    let (kind, of) = &rules.member;
    format!(
        r#"resource "google_iam_workload_identity_pool" "{id}" {{
  project                   = "{project}"
  workload_identity_pool_id = "{pool}"
}}

resource "google_iam_workload_identity_pool_provider" "{id}" {{
  project                            = "{project}"
  workload_identity_pool_id          = google_iam_workload_identity_pool.{id}.workload_identity_pool_id
  workload_identity_pool_provider_id = "{name}"
  attribute_condition                = "{condition}"
  attribute_mapping = {{
{mapping}  }}

  oidc {{
    issuer_uri        = "{issuer}"
    allowed_audiences = ["{audience}"]
  }}
}}

data "google_service_account" "{id}" {{
  account_id = "{service_account}"
}}

resource "google_service_account_iam_member" "{id}" {{
  service_account_id = data.google_service_account.{id}.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "{kind}://iam.googleapis.com/${{google_iam_workload_identity_pool.{id}.name}}/{of}"
}}
"#
    )
}
