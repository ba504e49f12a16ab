//! A federated credential of an app of Entra.

use serde_json::json;

use super::{Refused, Setup, Subject, Wanted, form, identifier, pretty};
use crate::lint::is_uuid;

/// The credential, and the step that signs in by it.
pub(super) fn setup(wanted: &Wanted, app: &str, tenant: &str) -> Result<Setup, Refused> {
    let subject = match &wanted.subject {
        Subject::Exact(subject) => subject,
        Subject::Beginning(beginning) => return Err(Refused::NoWholeSubject(beginning.clone())),
        Subject::Bitbucket { .. } => return Err(Refused::NoStableSubject),
    };
    for (name, value) in [("the app", app), ("the tenant", tenant)] {
        if !is_uuid(value) {
            return Err(form(name, value, "its id, a UUID"));
        }
    }
    let Wanted { issuer, audience, name, .. } = wanted;
    let document = pretty(&json!({
        "name": name, "issuer": issuer, "subject": subject, "audiences": [audience],
    }));
    let text = format!(
        "# The credential: issuer, subject and audience are compared byte by byte, their case too.\n\
         cat > credential.json <<'END'\n{document}\nEND\n\
         az ad app federated-credential create --id {app} --parameters credential.json\n\n\
         # The step: a token for {audience}, in a file.\n\
         export AZURE_CLIENT_ID={app}\n\
         export AZURE_TENANT_ID={tenant}\n\
         export AZURE_FEDERATED_TOKEN_FILE=FILE\n\
         az login --service-principal --username \"$AZURE_CLIENT_ID\" --tenant \"$AZURE_TENANT_ID\" \\\n  \
         --federated-token \"$(cat \"$AZURE_FEDERATED_TOKEN_FILE\")\"\n"
    );
    let id = identifier(name);
    let terraform = format!(
        r#"data "azuread_application" "{id}" {{
  client_id = "{app}"
}}

resource "azuread_application_federated_identity_credential" "{id}" {{
  application_id = data.azuread_application.{id}.id
  display_name   = "{name}"
  issuer         = "{issuer}"
  subject        = "{subject}"
  audiences      = ["{audience}"]
}}
"#
    );
    Ok(Setup { text, terraform, document })
}
