//! OAuth clients of forges, and the handshake that makes a connection AVAILABLE.

use crate::codeconnections::ProviderType;
use crate::moment::Moment;
use crate::secret_text;
use crate::shapes::shapes;
use domain::{ConnectionArn, RegistrationId, Secret};

shapes! { "camelCase";
    /// Registers an OAuth client of a forge, one a host and account; again replaces it.
    RegisterForgeInput {
        /// The dialect.
        kind: ProviderType,
        /// `github.com`, `gitlab.com`, `bitbucket.org`, or the ARN of a host.
        host: String,
        /// As the forge shows it.
        client_id: String,
        /// As the forge shows it, once. Sealed, and never returned by any call.
        #[serde(with = "secret_text")]
        client_secret: Secret,
    } optional {}

    /// What to enter at the forge.
    RegisterForgeOutput {
        /// `reg-…`.
        registration_id: RegistrationId,
        /// Some forges match it exactly.
        redirect_uri: String,
    } optional {}

    /// Asks for the account's registrations.
    ListRegistrationsInput {} optional {
        /// 1 to 100; 100 where absent.
        max_results: u32,
        /// From the page before.
        next_token: String,
    }

    /// One page.
    ListRegistrationsOutput {
        /// By host.
        registrations: Vec<Registration>,
    } optional {
        /// For the next page, while there is one.
        next_token: String,
    }

    /// An OAuth client of a forge, without its secret.
    Registration {
        /// `reg-…`.
        registration_id: RegistrationId,
        /// The dialect.
        kind: ProviderType,
        /// `github.com`, `gitlab.com`, `bitbucket.org`, or the ARN of a host.
        host: String,
        /// As the forge shows it.
        client_id: String,
        /// What was to be entered at the forge.
        redirect_uri: String,
        /// When it was registered.
        created_at: Moment,
    } optional {}

    /// Begins the handshake of a connection. A person goes on with it in a browser.
    StartConnectionHandshakeInput {
        /// The connection, under either prefix.
        connection_arn: ConnectionArn,
    } optional {}

    /// Where the person goes.
    StartConnectionHandshakeOutput {
        /// At the forge; it carries a state that works once.
        authorization_url: String,
        /// Until when.
        expires_at: Moment,
    } optional {}
}
