//! Webhook requests as received, and what became of each change in them.

use crate::moment::Moment;
use crate::shapes::{shapes, words};
use domain::{CommitSha, DeliveryId, ExecutionId, HookId, PipelineName, RepositoryName};
use std::collections::BTreeMap;

shapes! { "camelCase";
    /// Deliveries, newest first, narrowed by every filter that is given.
    ListDeliveriesInput {} optional {
        /// Only those of this repository.
        repository: RepositoryName,
        /// Only those with a change that came to this.
        outcome: Outcome,
        /// 1 to 100; 100 where absent.
        max_results: u32,
        /// From the page before.
        next_token: String,
    }

    /// One page.
    ListDeliveriesOutput {
        /// Newest first.
        deliveries: Vec<Delivery>,
    } optional {
        /// For the next page, while there is one.
        next_token: String,
    }

    /// One webhook request as received.
    Delivery {
        /// Ours: `dlv-…`.
        delivery_id: DeliveryId,
        /// The hook that it came to.
        hook_id: HookId,
        /// When its last byte was read.
        received_at: Moment,
        /// The forge's dialect: `github`, `gitlab`, …
        forge: String,
        /// Whether every change in it has its disposition.
        settled: bool,
        /// What became of each change in it, in the order of the payload.
        dispositions: Vec<Disposition>,
    } optional {
        /// The forge's own id of the delivery.
        forge_delivery_id: String,
        /// The forge's name of the event: `push`.
        event: String,
        /// The repository, once the payload was read.
        repository: RepositoryName,
    }

    /// What became of one change in a delivery.
    Disposition {
        /// Started, duplicate, filtered, stale or unusable.
        outcome: Outcome,
        /// The reason's code.
        code: String,
        /// The reason as a sentence.
        sentence: String,
        /// The executions that it started.
        started: Vec<StartedExecution>,
        /// Why each other pipeline that watches the repository was not started.
        held_back: Vec<HeldBack>,
    } optional {
        /// `refs/heads/main`.
        #[serde(rename = "ref")]
        reference: String,
        /// The commit before.
        before: CommitSha,
        /// The commit after.
        after: CommitSha,
    }

    /// An execution that a change started.
    StartedExecution {
        /// Of which pipeline.
        pipeline_name: PipelineName,
        /// The execution.
        pipeline_execution_id: ExecutionId,
    } optional {}

    /// A pipeline that a change did not start.
    HeldBack {
        /// The pipeline.
        pipeline_name: PipelineName,
        /// The code of the rule that held it back.
        code: String,
        /// The rule as a sentence.
        sentence: String,
    } optional {}

    /// One delivery with everything that is kept of it.
    GetDeliveryInput {
        /// `dlv-…`.
        delivery_id: DeliveryId,
    } optional {
        /// Whether its body is wanted too; it is where nothing is said.
        include_body: bool,
    }

    /// The delivery as received.
    GetDeliveryOutput {
        /// What the list shows too.
        delivery: Delivery,
        /// Its headers without signatures and secrets, names in lower case.
        headers: BTreeMap<String, String>,
        /// What the check of its signature said.
        verdict: String,
        /// The size of its body.
        body_bytes: u64,
    } optional {
        /// Its body, while retention keeps it and where it is UTF-8.
        body: String,
        /// The same in base64, where it is not.
        body_base64: String,
    }

    /// Decides a delivery once more.
    ReplayDeliveryInput {
        /// `dlv-…`.
        delivery_id: DeliveryId,
    } optional {
        /// Only for this pipeline; it starts even where the push is no news.
        pipeline_name: PipelineName,
        /// Only say what would become of it.
        dry_run: bool,
    }

    /// What becomes of it, or would.
    ReplayDeliveryOutput {
        /// Whether nothing was changed.
        dry_run: bool,
        /// What each change comes to, as far as it is decided.
        dispositions: Vec<Disposition>,
        /// What has to be asked first, of the forge or of git.
        questions: Vec<String>,
    } optional {
        /// Which delivery it is about.
        delivery_id: DeliveryId,
        /// The delivery as which it was sent again, where no pipeline was named.
        replay_id: DeliveryId,
    }
}

words! {
    /// What a change in a delivery came to.
    Outcome {
        Unusable = "unusable", Started = "started", Duplicate = "duplicate",
        Filtered = "filtered", Stale = "stale",
    }
}
