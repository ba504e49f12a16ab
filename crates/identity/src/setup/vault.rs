//! A role of Vault's JWT method.

use serde_json::json;

use super::{Setup, Subject, Wanted, identifier, pretty};

/// The method, the role, and the step that logs in.
pub(super) fn setup(wanted: &Wanted, mount: &str, policies: &[String]) -> Setup {
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
    Setup { text, terraform: terraform(wanted, mount, policies), document }
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
