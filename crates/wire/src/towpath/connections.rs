//! OAuth clients of forges, and the handshake that makes a connection AVAILABLE.

use crate::codeconnections::ProviderType;
use crate::moment::Moment;
use crate::secret_text;
use crate::shapes::shapes;
use domain::{ConnectionArn, HostArn, RegistrationId, Secret};

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
    } optional {
        /// A GitHub App's; the client is then the App's own.
        app: AppInput,
    }

    /// A GitHub App as it was registered at the forge.
    AppInput {
        /// As the forge shows it.
        app_id: u32,
        /// Its name in URLs.
        slug: String,
        /// In PEM. Sealed, and never returned by any call.
        #[serde(with = "secret_text")]
        private_key: Secret,
        /// What its deliveries are signed with. Sealed, and never returned by any call.
        #[serde(with = "secret_text")]
        webhook_secret: Secret,
    } optional {}

    /// What to enter at the forge.
    RegisterForgeOutput {
        /// `reg-…`.
        registration_id: RegistrationId,
        /// Some forges match it exactly.
        redirect_uri: String,
    } optional {
        /// Of an App: the URL of its one hook.
        hook_url: String,
    }

    /// Begins to have a forge make a GitHub App. A person goes on with it in a browser.
    StartAppRegistrationHandshakeInput {
        /// The dialect.
        kind: ProviderType,
        /// `github.com`, or the ARN of a host.
        host: String,
    } optional {
        /// The organisation that is to own it; the person in the browser where absent.
        organization: String,
        /// What it is to be called.
        app_name: String,
    }

    /// Where the person goes.
    StartAppRegistrationHandshakeOutput {
        /// At this server; it carries a state that works once.
        registration_url: String,
        /// Until when.
        expires_at: Moment,
    } optional {}

    /// Says how a host is reached; what is left out is taken back.
    ConfigureHostNetworkInput {
        /// The host, under either prefix.
        host_arn: HostArn,
    } optional {
        /// `http://HOST:PORT`.
        proxy: String,
        /// Whom the proxy knows this server as; goes with its password.
        proxy_user: String,
        /// Kept sealed, and shown to nobody.
        #[serde(with = "secret_text::maybe")]
        proxy_password: Secret,
        /// Addresses with ports that it alone may be at: `10.1.0.0/16:8443`.
        allowed_addresses: Vec<String>,
        /// Certificates of the authorities that its own must come from, in PEM; else those of its
        /// `VpcConfiguration`.
        tls_certificate: String,
    }

    /// Which host that was.
    ConfigureHostNetworkOutput {
        /// As it was made.
        host_arn: HostArn,
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
    } optional {
        /// Of an App: the forge's number of it.
        app_id: i64,
        /// Of an App: its name in URLs.
        app_slug: String,
        /// Of an App: the URL of its one hook.
        hook_url: String,
    }

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
