//! A role of Vault's JWT method.

use serde_json::json;

use super::{Refused, Setup, Subject, Wanted, form, identifier, pretty};

const MOUNT: &str = "where a method is mounted: letters, digits and -_. with slashes between, as in `jwt` or `ci/jwt`";
const POLICY: &str = "a policy's name: letters, digits and -_. with slashes between";
/// Characters of either.
const PATH_CHARS_MAX: usize = 128;

/// The method, the role, and the step that logs in.
pub(super) fn setup(wanted: &Wanted, mount: &str, policies: &[String]) -> Result<Setup, Refused> {
    check(mount, policies)?;
    let Wanted { issuer, audience, name, .. } = wanted;
    let mut role = json!({
        "role_type": "jwt", "user_claim": "sub", "bound_audiences": [audience],
        "token_policies": policies, "token_ttl": "15m",
    });
    match &wanted.subject {
        Subject::Exact(subject) => role["bound_subject"] = json!(subject),
        other => {
            role["bound_claims_type"] = json!("glob");
            role["bound_claims"] = json!({"sub": format!("{}*", other.beginning().0)});
        }
    }
    let document = pretty(&role);
    let text = format!(
        "# The method, once; keys are fetched from the issuer.\n\
         vault auth enable -path={mount} jwt\n\
         vault write auth/{mount}/config oidc_discovery_url='{issuer}' bound_issuer='{issuer}'\n\n\
         # The role.\n\
         vault write auth/{mount}/role/{name} - <<'END'\n{document}\nEND\n\n\
         # The step, with its token in FILE.\n\
         vault write auth/{mount}/login role={name} jwt=@FILE\n"
    );
    Ok(Setup { text, terraform: terraform(wanted, mount, policies), document })
}

/// Both stand in commands and in Terraform as they are.
fn check(mount: &str, policies: &[String]) -> Result<(), Refused> {
    if !is_path(mount) {
        return Err(form("the mount", mount, MOUNT));
    }
    let odd = policies.iter().find(|policy| !is_path(policy));
    odd.map_or(Ok(()), |policy| Err(form("the policy", policy, POLICY)))
}

/// Letters, digits and a few marks, with slashes between.
fn is_path(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let part = |part: &str| !part.is_empty() && part != ".." && part.bytes().all(plain);
    text.len() <= PATH_CHARS_MAX && text.split('/').all(part)
}

fn terraform(wanted: &Wanted, mount: &str, policies: &[String]) -> String {
    let Wanted { issuer, audience, name, .. } = wanted;
    let id = identifier(name);
    let bound = match &wanted.subject {
        Subject::Exact(subject) => format!("  bound_subject   = \"{subject}\"\n"),
        other => format!(
            "\n  bound_claims_type = \"glob\"\n  bound_claims = {{\n    sub = \"{}*\"\n  }}\n",
            other.beginning().0
        ),
    };
    let policies: Vec<String> = policies.iter().map(|policy| format!("\"{policy}\"")).collect();
    format!(
        r#"resource "vault_jwt_auth_backend" "{id}" {{
  path               = "{mount}"
  oidc_discovery_url = "{issuer}"
  bound_issuer       = "{issuer}"
}}

resource "vault_jwt_auth_backend_role" "{id}" {{
  backend         = vault_jwt_auth_backend.{id}.path
  role_name       = "{name}"
  role_type       = "jwt"
  user_claim      = "sub"
  bound_audiences = ["{audience}"]
{bound}
  token_policies = [{}]
  token_ttl      = 900
}}
"#,
        policies.join(", ")
    )
}
