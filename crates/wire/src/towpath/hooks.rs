//! How a connection and its hooks fare, what it may do, and new secrets for its hooks.

use crate::moment::Moment;
use crate::shapes::{shapes, words};
use domain::{AccountId, ConnectionArn, HookId, PipelineName, RepositoryName};

shapes! { "camelCase";
    /// Asks how a connection fares.
    GetConnectionHealthInput {
        /// The connection, under either prefix.
        connection_arn: ConnectionArn,
    } optional {}

    /// How it fares.
    GetConnectionHealthOutput {
        /// As it was made.
        connection_arn: ConnectionArn,
        /// `PENDING`, `AVAILABLE` or `ERROR`.
        status: String,
        /// Its hooks, by repository.
        hooks: Vec<HookHealth>,
        /// The pipelines whose source actions name it, at most 1,000.
        pipelines: Vec<PipelineName>,
    } optional {
        /// The step that is missing, and who must take it.
        missing: String,
        /// The forge's user who authorised it.
        login: String,
        /// The forge's host, while it is left alone.
        throttled_host: String,
        /// Until when.
        throttled_until: Moment,
        /// What the forge did.
        throttled_because: String,
        /// The App that it goes through.
        app: AppHealth,
        /// Of each repository the last commit status, where the forge refused it.
        refused_statuses: Vec<RefusedStatus>,
        /// To its own account: the others that it is shared with whose source actions name it.
        other_accounts: Vec<AccountPipelines>,
    }

    /// How many pipelines of another account rest on a connection.
    AccountPipelines {
        /// Which account.
        account_id: AccountId,
        /// How many, of at most 1,000 in all accounts.
        pipelines: u32,
    } optional {}

    /// A commit status that the forge refused for good.
    RefusedStatus {
        /// Of which repository.
        repository: RepositoryName,
        /// What it is called at the forge.
        context: String,
        /// Whose status it is.
        commit_id: String,
        /// When it was refused.
        at: Moment,
        /// Why.
        because: String,
    } optional {}

    /// The App that a connection goes through, and how its one hook fares.
    AppHealth {
        /// Its name in URLs at the forge.
        slug: String,
        /// The forge's number of the installation.
        installation: u64,
    } optional {
        /// Whose account at the forge the installation is in.
        installed_in: String,
        /// When a delivery to the one hook last came that was signed with its secret.
        heard_at: Moment,
        /// Those that it refused.
        refused: RefusedDeliveries,
    }

    /// Deliveries that a hook refused, because their signature does not fit.
    RefusedDeliveries {
        /// How many.
        count: u32,
        /// When the last one came.
        last_at: Moment,
        /// Why that one was refused.
        because: String,
        /// Where it came from.
        peer: String,
    } optional {}

    /// How a hook fares.
    HookHealth {
        /// The last segment of its URL.
        hook_id: HookId,
        /// As pipelines name it.
        repository: RepositoryName,
        /// `wanted`, `registered`, `failed`, `unwanted`, `given` or `polled`.
        state: String,
    } optional {
        /// What the forge calls the repository now, where that differs.
        present_name: RepositoryName,
        /// When a delivery that was signed with its present secret first came.
        verified_at: Moment,
        /// When the forge last said that it has the hook.
        asked_at: Moment,
        /// Why it is not as it should be.
        trouble: String,
        /// How often the repository is looked at in its place.
        looked_at_every_seconds: u32,
        /// How many looks in a row came to nothing.
        missed_looks: u32,
        /// When the first of these was.
        missed_since: Moment,
        /// When the last of these was.
        last_missed_at: Moment,
        /// Until when the secret before the present one verifies too.
        previous_secret_until: Moment,
        /// Deliveries that it refused.
        refused: RefusedDeliveries,
    }

    /// Replaces the secrets of a connection's hooks.
    RotateHookSecretsInput {
        /// The connection, under either prefix.
        connection_arn: ConnectionArn,
    } optional {
        /// From the answer before, for the hooks after those.
        next_token: String,
        /// Nothing is replaced: the secrets before the present ones, which the forge has taken, verify
        /// no longer, from now on.
        end_overlap: bool,
    }

    /// Which were replaced, and the forge is told next; or whose overlap was ended.
    RotateHookSecretsOutput {
        /// At most 1,000 of them.
        hooks: Vec<NamedHook>,
    } optional {
        /// For the next ones, while there are any.
        next_token: String,
    }

    /// A hook.
    NamedHook {
        /// Which.
        hook_id: HookId,
        /// Of which repository.
        repository: RepositoryName,
    } optional {}

    /// Asks a connection's forge for its hooks now.
    RepairConnectionInput {
        /// The connection, under either prefix.
        connection_arn: ConnectionArn,
    } optional {
        /// From the answer before, for the hooks after those.
        next_token: String,
    }

    /// Which are asked for; how that goes is in their health.
    RepairConnectionOutput {
        /// At most 1,000 of them.
        hooks: Vec<NamedHook>,
    } optional {
        /// For the next ones, while there are any.
        next_token: String,
    }

    /// Asks a forge what a connection may do in a repository.
    TestConnectionInput {
        /// The connection, under either prefix.
        connection_arn: ConnectionArn,
        /// Where.
        repository: RepositoryName,
    } optional {}

    /// What the authorised account may do there.
    TestConnectionOutput {
        /// Read it, by git too.
        read: Permission,
        /// Register webhooks.
        hooks: Permission,
        /// Set commit statuses.
        statuses: Permission,
        /// Scopes that the connection lacks, in the forge's names; authorising it anew grants them.
        missing_scopes: Vec<String>,
    } optional {
        /// The forge's user who authorised it.
        login: String,
    }

    /// Whether something may be done.
    Permission {
        /// Whether.
        verdict: Verdict,
    } optional {
        /// Why not, and who must mend it.
        why: String,
    }
}

words! {
    /// Whether the forge lets something be done.
    Verdict { Given = "given", Refused = "refused", Unsaid = "unsaid" }
}
