//! Accounts, what stands above them, and who else may use a connection.

use crate::moment::Moment;
use crate::secret_text;
use crate::shapes::shapes;
use domain::{AccessKeyId, AccountId, ConnectionArn, Secret};

shapes! { "camelCase";
    /// Asks for another account.
    CreateAccountInput {} optional {
        /// Twelve digits; made where absent.
        account_id: AccountId,
        /// What people call it.
        alias: String,
    }

    /// The account, with the first key of its root.
    CreateAccountOutput {
        /// Twelve digits.
        account_id: AccountId,
        /// `AKIA…`.
        access_key_id: AccessKeyId,
        /// To be kept by the caller: it is given out this once.
        #[serde(with = "secret_text")]
        secret_access_key: Secret,
        /// When it was made.
        created_at: Moment,
    } optional {}

    /// Asks for the server's accounts.
    ListAccountsInput {} optional {}

    /// All of them.
    ListAccountsOutput {
        /// By id.
        accounts: Vec<Account>,
    } optional {}

    /// An account.
    Account {
        /// Twelve digits.
        account_id: AccountId,
        /// When it was made.
        created_at: Moment,
    } optional {
        /// What people call it.
        alias: String,
    }

    /// A policy above an account, or above every one.
    PutOrganisationPolicyInput {
        /// The account; `*`: every one.
        target: String,
        /// Its name there.
        policy_name: String,
        /// The document.
        policy: String,
    } optional {
        /// Whether it bears on the account's resources; on its callers where absent.
        on_resources: bool,
    }

    /// Nothing to say.
    PutOrganisationPolicyOutput {} optional {}

    /// Asks for the policies above accounts.
    ListOrganisationPoliciesInput {} optional {}

    /// All of them.
    ListOrganisationPoliciesOutput {
        /// By target and name.
        policies: Vec<OrganisationPolicy>,
    } optional {}

    /// A policy above an account.
    OrganisationPolicy {
        /// The account; `*`: every one.
        target: String,
        /// Its name there.
        policy_name: String,
        /// The document.
        policy: String,
        /// Whether it bears on the account's resources.
        on_resources: bool,
    } optional {}

    /// Takes a policy away.
    DeleteOrganisationPolicyInput {
        /// The account; `*`: every one.
        target: String,
        /// Its name there.
        policy_name: String,
    } optional {}

    /// Nothing to say.
    DeleteOrganisationPolicyOutput {} optional {}

    /// The policy on a connection: whom of other accounts it is shared with.
    PutConnectionPolicyInput {
        /// The caller's own connection.
        connection_arn: ConnectionArn,
        /// The document.
        policy: String,
    } optional {}

    /// Nothing to say.
    PutConnectionPolicyOutput {} optional {}

    /// Names the connection.
    ConnectionPolicyInput {
        /// The caller's own connection.
        connection_arn: ConnectionArn,
    } optional {}

    /// The policy.
    GetConnectionPolicyOutput {
        /// The document.
        policy: String,
    } optional {}

    /// Nothing to say.
    DeleteConnectionPolicyOutput {} optional {}
}
