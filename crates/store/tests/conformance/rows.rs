//! Rows to tell stories with.

use domain::pipeline::ActionTypeId;
use domain::reason::{Cause, End, FactId};
use domain::revision::Trigger;
use domain::*;
use engine::{Attempt, AttemptState, Effect, Execution, ExecutionStatus, Fact, FactKind, Work};
use std::collections::BTreeMap;
use store::{
    ArtifactRow, AttemptRow, Changes, CommitError, Committed, DeliveryBodyRow, DeliveryRow,
    EffectRow, ExecutionRow, FactRow, MetaRow, Record, Store, View, Want, WatchRow,
};

pub fn account() -> AccountId {
    AccountId::new("000000000000")
}

pub fn meta(key: &str, value: &str) -> MetaRow {
    MetaRow { key: key.to_owned(), value: value.to_owned() }
}

pub fn watch(repository: &str, pipeline: &str) -> WatchRow {
    WatchRow {
        account: account(),
        connection: "arn:aws:codeconnections:us-east-1:000000000000:connection/c".into(),
        repository: repository.into(),
        pipeline: pipeline.into(),
    }
}

pub fn delivery(id: &str, received: i64, state: &str) -> DeliveryRow {
    DeliveryRow {
        account: account(),
        id: id.into(),
        hook: "hook".into(),
        forge_delivery: format!("forge-{id}"),
        received: Timestamp(received),
        state: state.to_owned(),
        digest: "00".repeat(32),
        provider: "GitHubEnterpriseServer".to_owned(),
        event: "push".to_owned(),
        verdict: "signed".to_owned(),
    }
}

pub fn body(of: &DeliveryRow) -> DeliveryBodyRow {
    DeliveryBodyRow {
        account: of.account.clone(),
        delivery: of.id.clone(),
        received: of.received,
        body: vec![0, 255, b'{'],
        headers: BTreeMap::from([("x-github-event".to_owned(), "push".to_owned())]),
    }
}

/// A delivery arrives.
pub async fn receive(store: &Store, delivery: DeliveryRow) {
    let body = body(&delivery);
    store.receive(delivery, body).await.expect("it is written");
}

pub fn effect(id: &str) -> EffectRow {
    EffectRow {
        account: account(),
        id: id.into(),
        holder: "srv-1".into(),
        epoch: 1,
        created: Timestamp(1),
        due_at: Timestamp(1),
        tries: 0,
        effect: Effect::RemoveHook { account: account(), hook: "hook".into() },
        silence: None,
    }
}

pub fn execution(number: i64, status: &str, updated: Timestamp) -> ExecutionRow {
    let id = ExecutionId::new(format!("execution-{number}"));
    let doc = Execution {
        id: id.clone(),
        order: number as u64,
        version: 1,
        mode: Default::default(),
        trigger: Trigger::CreatePipeline { by: "arn:aws:iam::000000000000:root".to_owned() },
        variables: BTreeMap::new(),
        wanted: BTreeMap::new(),
        revisions: Vec::new(),
        started: updated,
        updated,
        attempt: 1,
        stop: None,
        status: ExecutionStatus::Ended(End::Succeeded),
        stages: Vec::new(),
    };
    let (account, pipeline, status) = (account(), "p".into(), status.to_owned());
    ExecutionRow {
        account,
        pipeline,
        execution: id,
        number,
        status,
        started: updated,
        updated,
        doc,
    }
}

pub fn attempt(of: &ExecutionRow) -> AttemptRow {
    let (account, pipeline) = (of.account.clone(), of.pipeline.clone());
    let (execution, stage, action) = (of.execution.clone(), "Build".into(), "Make".into());
    let reference = AttemptRef { account, pipeline, execution, stage, action, attempt: 1 };
    let doc = Attempt {
        of: reference.clone(),
        id: "id".into(),
        version: 1,
        began: of.started,
        updated: of.updated,
        deadline: of.updated,
        losses: 0,
        token: None,
        work: work(),
        state: AttemptState::Running { holder: "srv-1".into(), since: of.started },
    };
    let AttemptRef { account, pipeline, execution, stage, action, attempt } = reference;
    let (live, holder, epoch) = (false, "srv-1".into(), 1);
    AttemptRow { account, pipeline, execution, stage, action, attempt, live, holder, epoch, doc }
}

fn work() -> Work {
    let action_type = ActionTypeId {
        category: Default::default(),
        owner: Default::default(),
        provider: "Commands".to_owned(),
        version: "1".to_owned(),
    };
    Work {
        action_type,
        configuration: BTreeMap::new(),
        commands: Vec::new(),
        secrets: vec![],
        environment: Vec::new(),
        inputs: Vec::new(),
        outputs: Vec::new(),
        output_variables: Vec::new(),
        namespace: None,
        role_arn: String::new(),
        region: None,
        timeout_seconds: 60,
        revision: None,
        tokens: engine::StepTokens::None,
    }
}

pub fn fact(of: &ExecutionRow) -> FactRow {
    let (at, because, kind) = (of.updated, Cause::Time, FactKind::PipelineDeleted);
    FactRow {
        account: of.account.clone(),
        pipeline: of.pipeline.clone(),
        seq: of.number,
        execution: of.execution.clone(),
        at,
        fact: Fact { id: FactId(of.number as u64), at, because, kind },
    }
}

pub fn artifact(of: &ExecutionRow, content: &str) -> ArtifactRow {
    let digest = Digest(content.repeat(32));
    ArtifactRow {
        account: of.account.clone(),
        pipeline: of.pipeline.clone(),
        execution: of.execution.clone(),
        stage: "Build".into(),
        action: "Make".into(),
        attempt: 1,
        name: "Out".into(),
        artifact: ArtifactRef { digest, size: 1, store: "local".to_owned() },
        bucket: "bucket".into(),
        object_key: format!("p/Out/{}", of.execution),
        created: of.updated,
    }
}

/// A view of these rows.
pub async fn see<const N: usize>(store: &Store, wants: [Want; N]) -> View {
    let mut seen = View::new();
    store.load(&wants, &mut seen).await.expect("it loads");
    seen
}

/// Writes a row over whatever is there now.
pub async fn put<R: Record>(store: &Store, row: R) -> Result<Committed, CommitError> {
    let seen = see(store, [row.key().into()]).await;
    let mut changes = Changes::of_loop();
    changes.put(&seen, row);
    store.commit(changes).await
}

/// Writes a new row.
pub async fn insert<R: Record>(store: &Store, row: R) -> Result<Committed, CommitError> {
    let mut changes = Changes::of_loop();
    changes.insert(row);
    store.commit(changes).await
}

pub async fn value_of(store: &Store, key: &str) -> Option<String> {
    let row = store.get::<MetaRow>(MetaRow::at(&key.to_owned())).await.expect("it reads");
    row.map(|row| row.value)
}
