//! Who takes tokens here as Azure and Google do, to test against.

use crate::moment::Moment;
use crate::shapes::shapes;

shapes! { "camelCase";
    /// Sets one up, in place of one of the same kind and name.
    PutRelyingPartyInput {
        /// `azure-app`, `google-provider` or `google-service-account`.
        kind: String,
        /// JSON, as the vendor's own tools write it.
        document: String,
    } optional {
        /// The app's client id (made where absent), the provider as `POOL/PROVIDER`, or the service
        /// account's address.
        name: String,
    }

    /// One, and where it is reached.
    RelyingParty {
        /// `azure-app`, `google-provider` or `google-service-account`.
        kind: String,
        /// Its name.
        name: String,
        /// JSON, as it is kept.
        document: String,
        /// When it was set up.
        updated_at: Moment,
    } optional {
        /// An app's tenant.
        tenant_id: String,
        /// What stands before the tenant in an app's URLs.
        authority: String,
        /// Where its tokens come from.
        token_url: String,
        /// What a token is shown for: the provider's full name.
        audience: String,
        /// Where a service account's tokens come from.
        service_account_impersonation_url: String,
    }

    /// Asks for the account's.
    ListRelyingPartiesInput {} optional {}

    /// All of them.
    ListRelyingPartiesOutput {
        /// By kind and name.
        relying_parties: Vec<RelyingParty>,
    } optional {}

    /// Takes one away.
    DeleteRelyingPartyInput {
        /// `azure-app`, `google-provider` or `google-service-account`.
        kind: String,
        /// Its name.
        name: String,
    } optional {}

    /// Nothing to say.
    DeleteRelyingPartyOutput {} optional {}
}
