//! A store in memory, two accounts, and turns taken one after the other.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use domain::connection::{ConnectionStatus, HookState, ProviderType};
use domain::forge_event::{ChangedFiles, RefTarget, Since};
use domain::reason::Disposition;
use domain::{
    AccessKeyId, CommitSha, ConnectionArn, DeliveryId, Digest, HolderId, HookId, Region, Timestamp,
};
use identity::Principal;
use operations::arrival::Arrival;
use operations::caller::{Caller, Sealer};
use operations::intake::{Answer, Intake, Outcome, Said};
use operations::reconcile::{self, Discovery, Found};
use operations::refusal::Refused;
use operations::table;
use operations::turn::{Now, Turn};
use serde_json::{Value, json};
use store::sqlite::Core;
use store::{
    Changes, ConnectionRow, DeliveryBodyRow, DeliveryRow, DispositionRow, ExecutionRow, HookRow,
    Query, Record, Vault, View, Want,
};
use wire::{Call, Protocol, Request, Service, TokenKey};

pub const ACCOUNT: &str = "000000000000";
pub const OTHER: &str = "111111111111";
pub const CONNECTION: &str = "arn:aws:codeconnections:us-east-1:000000000000:connection/aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
pub const PIPELINES: Service = Service::CodePipeline;

pub struct World {
    pub core: Core,
    vault: Arc<Vault>,
    provider: ProviderType,
    calls: u64,
    pub at: Timestamp,
    /// How calls come in.
    pub arrival: Arrival,
    /// Where the forge's refs are.
    pub forge: BTreeMap<String, CommitSha>,
    /// Which files git says have changed.
    pub files: ChangedFiles,
    /// What commits were to be compared with, in the order of the questions.
    pub asked: RefCell<Vec<Since>>,
}

impl World {
    /// A connection of the first account, to GitHub, is available; nothing else is there.
    pub fn new() -> Self {
        Self::of(ProviderType::GitHub)
    }

    /// The same with a connection to another kind of forge.
    pub fn of(provider: ProviderType) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let vault = Vault::open(&folder.path().join("key")).expect("a key");
        Self::on(Core::in_memory().expect("a database in memory"), vault, provider)
    }

    /// The same on a database that there is.
    pub fn on(core: Core, vault: Vault, provider: ProviderType) -> Self {
        let (vault, at) = (Arc::new(vault), Timestamp(1_000_000));
        let (forge, asked) = (BTreeMap::new(), RefCell::default());
        let files = ChangedFiles::Known(Vec::new());
        let arrival = Arrival {
            address: "192.0.2.7".parse().ok(),
            secure: true,
            agent: Some("tests".to_owned()),
            region: Region::new("us-east-1"),
            tls: Some("1.3"),
            signed: None,
        };
        let mut world = Self { core, vault, provider, calls: 0, at, arrival, forge, files, asked };
        let arn = ConnectionArn::new(CONNECTION);
        world.put(ConnectionRow {
            account: ACCOUNT.into(),
            id: arn.id().to_owned(),
            arn,
            name: "forge".to_owned(),
            provider,
            host_arn: None,
            created: at,
            status: ConnectionStatus::Available,
            login: None,
            tags: BTreeMap::new(),
            throttled: None,
            installation: None,
            installed_in: None,
            installation_seen: None,
            left: None,
        });
        world
    }

    pub fn put<R: Record>(&mut self, row: R) {
        let mut changes = Changes::of_loop();
        changes.insert(row);
        self.core.commit(changes).expect("it is new");
    }

    /// Writes a row over the one that is there.
    pub fn change<R: Record>(&mut self, row: R) {
        let mut seen = View::new();
        self.core.load(&[row.key().into()], &mut seen).expect("it reads");
        let mut changes = Changes::of_loop();
        changes.put(&seen, row);
        self.core.commit(changes).expect("nobody else writes");
    }

    /// All that a turn wants to see.
    pub fn look<T: Turn + ?Sized>(&self, turn: &T) -> View {
        self.load(|seen| turn.wants(seen))
    }

    pub fn take<T: Turn + ?Sized>(&mut self, turn: &T) -> Result<T::Answer, Refused> {
        self.take_as("server", turn)
    }

    /// Takes a turn as one of several servers.
    pub fn take_as<T: Turn + ?Sized>(
        &mut self,
        server: &str,
        turn: &T,
    ) -> Result<T::Answer, Refused> {
        self.at = self.at.plus_seconds(1);
        let (seen, now) = (self.look(turn), self.now(server));
        let (mut changes, answer) = turn.decide(&seen, &now)?;
        if !changes.is_empty() {
            changes.saw(&seen);
            self.core.commit(changes).expect("nobody else writes");
        }
        Ok(answer)
    }

    /// What a server decides with at this moment.
    pub fn now(&self, server: &str) -> Now {
        let (holder, limits) = (HolderId::new(server), engine::Limits::default());
        Now { at: self.at, holder, epoch: 1, limits, rules: engine::decide }
    }

    /// A signed call, after its signature was verified.
    pub fn ask(
        &mut self,
        account: &str,
        service: Service,
        operation: &str,
        body: &str,
    ) -> Result<Value, Refused> {
        let caller = self.caller(account, service);
        self.ask_as(caller, service, operation, body)
    }

    /// The same by whoever it is.
    pub fn ask_by(
        &mut self,
        principal: &Principal,
        service: Service,
        operation: &str,
        body: &str,
    ) -> Result<Value, Refused> {
        let caller = self.caller(ACCOUNT, service);
        self.ask_as(Caller { principal: principal.clone(), ..caller }, service, operation, body)
    }

    /// Loads until nothing more is wanted.
    pub fn load(&self, wants: impl Fn(&View) -> Vec<Want>) -> View {
        let mut seen = View::new();
        while self.load_next(&wants, &mut seen) {}
        seen
    }

    /// Loads what is wanted now; whether anything was.
    pub fn load_next(&self, wants: impl Fn(&View) -> Vec<Want>, seen: &mut View) -> bool {
        let missing = seen.missing(&wants(seen));
        self.core.load(&missing, seen).expect("it reads");
        !missing.is_empty()
    }

    fn ask_as(
        &mut self,
        caller: Caller,
        service: Service,
        operation: &str,
        body: &str,
    ) -> Result<Value, Refused> {
        let operation = service.operation(operation).expect("an operation that is spoken");
        let protocol = match service {
            Service::Iam | Service::Sts => Protocol::Query,
            _ => Protocol::AwsJson11,
        };
        let call = Call { protocol, service, operation };
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let headers: &[_] = if protocol == Protocol::Query { &form } else { &[] };
        let request =
            Request { method: "POST", path: "/", query: "", headers, body: body.as_bytes() };
        let begun = table::turn(&call, &request, caller)?;
        self.take(&*begun.turn)?
    }

    /// The same of CodePipeline, by the first account.
    pub fn call(&mut self, operation: &str, input: &Value) -> Result<Value, Refused> {
        self.ask(ACCOUNT, PIPELINES, operation, &input.to_string())
    }

    pub fn caller(&mut self, account: &str, service: Service) -> Caller {
        self.calls += 1;
        let mut nonce = [0; 32];
        nonce[..8].copy_from_slice(&self.calls.to_be_bytes());
        Caller {
            principal: Principal::root(&account.into(), AccessKeyId::new("AKIATEST")),
            region: Region::new("us-east-1"),
            prefix: service.signing_name(),
            public_url: "https://ci.example.com".to_owned(),
            endpoints: Default::default(),
            nonce,
            pages: Arc::new(TokenKey::new(&[7; 32])),
            sealer: Sealer::of(self.vault.clone()),
            keeps_denials: true,
            arrival: Some(self.arrival.clone()),
        }
    }

    pub fn list<R: Record>(&self, query: Query) -> Vec<R> {
        let mut seen = View::new();
        self.core.load(&[query.clone().into()], &mut seen).expect("it reads");
        seen.list::<R>(&query).into_iter().cloned().collect()
    }

    /// Opens what was sealed.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// What the audit log tells an account.
    pub fn audited(&self, account: &str) -> Vec<identity::audit::Entry> {
        let newest = Timestamp(i64::MAX);
        let rows = store::AuditRow::of_account(&account.into(), &newest, 0, 0, 10_000);
        self.list::<store::AuditRow>(rows).iter().map(store::AuditRow::entry).collect()
    }

    /// The executions of a pipeline, newest first.
    pub fn executions(&self, pipeline: &str) -> Vec<ExecutionRow> {
        self.list(ExecutionRow::of_pipeline(&ACCOUNT.into(), &pipeline.into(), None, 10_000))
    }

    /// The hook of the pipeline's repository, as it is once the forge has it.
    pub fn hook(&mut self) -> HookId {
        let hooks = HookRow::of_connection(&ACCOUNT.into(), &CONNECTION.into(), 10);
        self.list::<HookRow>(hooks).first().expect("a pipeline watches").id.clone()
    }

    /// A look that begins now finds something, and it is decided.
    pub fn find(&mut self, what: Discovery, files: Option<ChangedFiles>) -> reconcile::Outcome {
        let (hook, asked, nonce) = (self.hook(), self.at, [0; 16]);
        self.take(&Found { hook, what, asked, files, nonce }).expect("it is no refusal")
    }

    /// A delivery comes in, is decided, and the forge answers what is asked.
    pub fn deliver(&mut self, forge_id: &str, event: &str, body: &str) -> Vec<Disposition> {
        let (row, said) = self.arrive(forge_id, event, body);
        self.decide(&row, &said);
        self.dispositions(&row)
    }

    /// What became of a delivery so far.
    pub fn dispositions(&self, row: &DeliveryRow) -> Vec<Disposition> {
        let of = DispositionRow::of_delivery(&ACCOUNT.into(), &row.id);
        self.list::<DispositionRow>(of).into_iter().map(|row| row.doc).collect()
    }

    /// A delivery is written down, and nothing more.
    pub fn arrive(
        &mut self,
        forge_id: &str,
        event: &str,
        body: &str,
    ) -> (DeliveryRow, DeliveryBodyRow) {
        self.calls += 1;
        let (id, hook) = (DeliveryId::new(format!("dlv-{:06}", self.calls)), self.hook());
        let names = ["x-github-event", "x-event-key", "x-gitlab-event"];
        let headers = names.map(|name| (name, event)).into_iter();
        let headers = headers.chain([("x-github-delivery", forge_id)]);
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let row = DeliveryRow {
            account: ACCOUNT.into(),
            id: id.clone(),
            hook,
            forge_delivery: forge_id.to_owned(),
            received: self.at.plus_seconds(1),
            state: store::NEW.to_owned(),
            digest: Digest::of(body.as_bytes()).0,
            provider: self.provider.as_str().to_owned(),
            event: event.to_owned(),
            verdict: "it fits".to_owned(),
        };
        let said = DeliveryBodyRow {
            account: row.account.clone(),
            delivery: id.clone(),
            received: row.received,
            body: body.as_bytes().to_vec(),
            headers: headers.collect(),
        };
        self.put(row.clone());
        (row, said)
    }

    fn decide(&mut self, row: &DeliveryRow, said: &DeliveryBodyRow) {
        let mut answers = BTreeMap::new();
        for _ in 0..4 {
            let intake = Intake::new(row.clone(), said, answers, [0; 16]);
            if self.take(&intake).expect("a delivery is not refused") != Outcome::Asked {
                return;
            }
            answers = self.answers();
        }
        panic!("the forge was asked again and again");
    }

    /// What the forge says to the questions that are open.
    pub fn answers(&self) -> BTreeMap<u32, Answer> {
        let open =
            self.list::<store::EffectRow>(store::EffectRow::of_holder(&"server".into(), 100));
        let asked = open.into_iter().filter_map(|row| match row.effect {
            engine::Effect::AskHead { change_index, ref_name, .. } => {
                let head = Ok(self.forge.get(&ref_name).cloned().map(RefTarget::of));
                Some((change_index, Answer { question: row.id, said: Said::Head(head) }))
            }
            engine::Effect::ChangedFiles(asked) => {
                self.asked.borrow_mut().push(asked.since.clone());
                let (commit, files) = (asked.commit, self.files.clone());
                Some((
                    asked.change_index,
                    Answer { question: row.id, said: Said::Files { commit, files } },
                ))
            }
            _ => None,
        });
        asked.collect()
    }

    /// Somebody pushes; the forge's delivery of it.
    pub fn push(&mut self, name: &str, after: Option<&str>) -> String {
        let after = after.map(|digit| CommitSha::new(digit.repeat(40)));
        let before = self.forge.remove(name);
        self.forge.extend(after.clone().map(|sha| (name.to_owned(), sha)));
        self.calls += 1;
        let sha =
            |sha: &Option<CommitSha>| sha.as_ref().map_or("0".repeat(40), ToString::to_string);
        json!({
            "ref": name, "before": sha(&before), "after": sha(&after), "deleted": after.is_none(),
            "repository": {"id": 7, "full_name": "ada/engine", "pushed_at": self.calls},
        })
        .to_string()
    }
}

/// Source and Build; started by pushes to `main` and by tags.
pub fn pipeline() -> Value {
    let kind = |category: &str, provider: &str| json!({"category": category, "owner": "AWS", "provider": provider, "version": "1"});
    json!({
        "name": "p", "roleArn": "arn:aws:iam::000000000000:role/r", "pipelineType": "V2",
        "artifactStore": {"type": "S3", "location": "artifacts"},
        "triggers": [{"providerType": "CodeStarSourceConnection", "gitConfiguration": {
            "sourceActionName": "Fetch",
            "push": [{"branches": {"includes": ["main"]}}, {"tags": {"includes": ["v*"]}}],
        }}],
        "stages": [
            {"name": "Source", "actions": [{
                "name": "Fetch", "actionTypeId": kind("Source", "CodeStarSourceConnection"),
                "configuration": {"ConnectionArn": CONNECTION, "FullRepositoryId": "ada/engine",
                    "BranchName": "main"},
                "outputArtifacts": [{"name": "source"}],
            }]},
            {"name": "Approve", "actions": [{
                "name": "Ask", "actionTypeId": kind("Approval", "Manual"),
            }]},
        ],
    })
}

/// A world with the pipeline in it, whose hook is registered.
pub fn with_pipeline() -> World {
    with_pipeline_of(ProviderType::GitHub)
}

/// The same at another kind of forge.
pub fn with_pipeline_of(provider: ProviderType) -> World {
    watched(World::of(provider))
}

/// The pipeline comes into a world, and its hook is registered.
pub fn watched(mut world: World) -> World {
    world.call("CreatePipeline", &json!({"pipeline": pipeline()})).expect("it is good");
    let hook = world.hook();
    let effects = store::EffectRow::of_holder(&"server".into(), 10);
    let effect = world.list::<store::EffectRow>(effects).pop().expect("a hook is to be registered");
    let registered = engine::RegisteredHook {
        forge_hook_id: Some("1".to_owned()),
        repository_id: "7".to_owned(),
        known_as: None,
        signs: true,
        made: false,
        heads: Vec::new(),
    };
    let outcome = engine::HookOutcome::Registered(registered);
    let done =
        operations::hooks::HookDone { hook, effect: effect.id, account: ACCOUNT.into(), outcome };
    world.take(&done).expect("it is taken");
    let hooks = HookRow::of_connection(&ACCOUNT.into(), &CONNECTION.into(), 10);
    assert_eq!(world.list::<HookRow>(hooks)[0].state, HookState::Registered);
    world
}
