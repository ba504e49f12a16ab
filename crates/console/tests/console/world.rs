//! A server's insides without its listeners: a store in memory, real turns, a stepped clock, and
//! attempts that are performed by hand.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use blobs::Blobs;
use blobs::log::{Record, Stream};
use console::ConsoleState;
use domain::clock::SystemEntropy;
use domain::connection::{ConnectionStatus, Missing, ProviderType};
use domain::forge_event::{CommitInfo, GitRef};
use domain::revision::SourceRevision;
use domain::{AccessKeyId, AccountId, Clock, ExecutionId, Timestamp};
use engine::attempt::Produced;
use engine::{AttemptResult, EventKind, StoredArtifact};
use identity::Principal;
use operations::attempts::Report;
use operations::caller::{Caller, Sealer};
use operations::turn::Desk;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use store::{AttemptRow, Changes, ConnectionRow, Store, StoreConfig, Vault};
use tokio::sync::watch;
use tower::ServiceExt;
use wire::dispatch::{Call, Protocol};
use wire::service::Service;

pub const ORIGIN: &str = "http://127.0.0.1:7700";
pub const HOST: &str = "127.0.0.1:7700";
pub const CONNECTION: &str = "arn:aws:codeconnections:us-east-1:000000000000:connection/6f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5";
pub const COMMIT: &str = "3d1f0a27c95e4b8d6f21a0c4e87b5d93f6a2c1e0";

/// A clock that moves when told to.
pub struct Stepped(AtomicI64);

impl Clock for Stepped {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

pub struct World {
    pub state: ConsoleState,
    pub router: Router,
    pub changed: Arc<watch::Sender<u64>>,
    clock: Arc<Stepped>,
    _folder: tempfile::TempDir,
}

/// An answer, read whole.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|why| panic!("{why}: {}", self.text))
    }

    /// The value of a hidden field.
    pub fn field(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let at = self.text.find(&start).unwrap_or_else(|| panic!("no {name} in {}", self.text));
        self.text[at + start.len()..].split('"').next().unwrap().to_owned()
    }
}

/// A browser, or a program, with its cookie.
pub struct Browser<'a> {
    pub world: &'a World,
    pub cookie: String,
    pub accept: &'static str,
}

impl World {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Arc::new(Blobs::open(&folder.path().join("blobs")).unwrap());
        let vault = Arc::new(Vault::open(&folder.path().join("sealing.key")).unwrap());
        let store = Store::open(&StoreConfig::Memory).await.unwrap();
        let changed = Arc::new(watch::Sender::new(0));
        let bell = changed.clone();
        let hand_over = Arc::new(move |_| bell.send_modify(|commits| *commits += 1));
        let limits = engine::Limits::default();
        let desk = Desk { store, holder: "srv-1".into(), epoch: 1, limits, hand_over };
        let clock = Arc::new(Stepped(AtomicI64::new(1_795_395_600_000)));
        let state = ConsoleState {
            desk,
            blobs,
            clock: clock.clone(),
            entropy: Arc::new(SystemEntropy),
            region: "us-east-1".into(),
            public_url: ORIGIN.into(),
            endpoints: Default::default(),
            origins: vec![ORIGIN.into(), "https://towpath.example".into()],
            pages: Arc::new(wire::token::TokenKey::new(&[7; 32])),
            sealer: Sealer::of(vault),
            // No forge is here: one that lets a connection read, and says nothing of statuses.
            finish: Arc::new(|call, _, output| {
                let rights = serde_json::json!({
                    "read": { "verdict": "given" },
                    "hooks": { "verdict": "refused", "why": "<only> administrators may" },
                    "statuses": { "verdict": "unsaid" },
                    "missingScopes": ["admin:repo_hook"],
                    "login": "ada",
                });
                let is_test = call.operation.name == "TestConnection";
                Box::pin(async move { Ok(if is_test { rights } else { output }) })
            }),
            changed: changed.subscribe(),
        };
        let router = console::router(state.clone());
        let world = Self { state, router, changed, clock, _folder: folder };
        world.remember_connection().await;
        world
    }

    pub fn step(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    pub fn account() -> AccountId {
        "000000000000".into()
    }

    fn caller(&self) -> Caller {
        let mut nonce = [0; 32];
        self.state.entropy.fill(&mut nonce);
        Caller {
            principal: Principal::root(&Self::account(), AccessKeyId::new("AKIA")),
            region: self.state.region.clone(),
            prefix: "codeconnections",
            public_url: ORIGIN.into(),
            endpoints: Default::default(),
            nonce,
            pages: self.state.pages.clone(),
            sealer: self.state.sealer.clone(),
            keeps_denials: true,
            arrival: None,
        }
    }

    /// Calls an operation as the account's own key does.
    pub async fn call(&self, service: Service, name: &str, input: Value) -> Value {
        let operation = service.operation(name).unwrap();
        let call = Call { protocol: Protocol::AwsJson11, service, operation };
        let (body, headers) = (input.to_string().into_bytes(), []);
        let request = wire::request::Request {
            method: "POST",
            path: "/",
            query: "",
            headers: &headers,
            body: &body,
        };
        let begun = operations::table::turn(&call, &request, self.caller());
        let turn = begun.unwrap_or_else(|why| panic!("{name}: {why}")).turn;
        let taken = self.state.desk.answer(turn.as_ref(), self.state.clock.now()).await;
        taken.unwrap_or_else(|why| panic!("{name}: {why}"))
    }

    async fn remember_connection(&self) {
        let mut changes = Changes::of_loop();
        changes.insert(ConnectionRow {
            account: Self::account(),
            id: "6f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5".into(),
            arn: CONNECTION.into(),
            name: "canal-forge".into(),
            provider: ProviderType::GitHub,
            host_arn: None,
            created: self.state.clock.now(),
            status: ConnectionStatus::Pending(Missing::ClientRegistration),
            login: None,
            tags: Default::default(),
            throttled: None,
            installation: None,
            installed_in: None,
            installation_seen: None,
            left: None,
        });
        self.state.desk.store.commit(changes).await.unwrap();
    }

    /// A pipeline of four stages, and its first execution.
    pub async fn pipeline(&self) -> ExecutionId {
        let kind = |category: &str, provider: &str| json!({"category": category, "owner": "AWS", "provider": provider, "version": "1"});
        let source = json!({"name": "Fetch", "actionTypeId": kind("Source", "CodeStarSourceConnection"),
            "outputArtifacts": [{"name": "Source"}],
            "configuration": {"ConnectionArn": CONNECTION, "FullRepositoryId": "canal/storefront", "BranchName": "main"}});
        let build = json!({"name": "Test", "actionTypeId": kind("Compute", "Commands"),
            "inputArtifacts": [{"name": "Source"}], "commands": ["make test"],
            "outputArtifacts": [{"name": "Package", "files": ["out"]}]});
        let approve = json!({"name": "Release", "actionTypeId": kind("Approval", "Manual"),
            "configuration": {"CustomData": "Has <everyone> seen it?", "ExternalEntityLink": "https://review.example/1"}});
        let deploy = json!({"name": "Upload", "actionTypeId": kind("Deploy", "S3"),
            "inputArtifacts": [{"name": "Package"}],
            "configuration": {"BucketName": "site", "ObjectKey": "a.zip", "Extract": "false"}});
        let stage = |name: &str, action: Value| json!({"name": name, "actions": [action]});
        self.call(Service::CodePipeline, "CreatePipeline", json!({"pipeline": {
            "name": "storefront", "roleArn": "arn:aws:iam::000000000000:role/pipeline", "pipelineType": "V2",
            "artifactStore": {"type": "S3", "location": "artifacts"},
            "stages": [stage("Source", source), stage("Build", build), stage("Approval", approve), stage("Deploy", deploy)],
        }})).await;
        let input = json!({"name": "storefront"});
        let started = self.call(Service::CodePipeline, "StartPipelineExecution", input).await;
        ExecutionId::new(started["pipelineExecutionId"].as_str().unwrap())
    }

    async fn report(&self, row: &AttemptRow, kind: EventKind, artifacts: Vec<StoredArtifact>) {
        let attempt = row.doc.of.clone();
        let report =
            Report { attempt, kind, effect: None, artifacts, epoch: row.epoch, nonce: [3; 16] };
        self.state.desk.take(&report, self.state.clock.now()).await.unwrap();
    }

    pub async fn live(&self) -> Vec<AttemptRow> {
        let live = AttemptRow::live_of(&"srv-1".into(), 10);
        self.state.desk.store.list(live).await.unwrap()
    }

    pub async fn begin(&self) -> AttemptRow {
        let row = self.live().await.remove(0);
        let (attempt, holder) = (row.doc.of.clone(), "srv-1".into());
        self.step(1);
        self.report(&row, EventKind::AttemptStarted { attempt, holder }, vec![]).await;
        row
    }

    pub fn log(&self, row: &AttemptRow, text: &str) {
        let at = self.state.clock.now();
        let record = Record { at, stream: Stream::Stdout, text: text.into(), ends_line: true };
        let mut bytes = Vec::new();
        record.encode(&mut bytes);
        self.state.blobs.append_log(&row.doc.id, 1, None, &bytes).unwrap();
    }

    /// The attempt ends well, with all the artifacts that it declares.
    pub async fn end(&self, row: &AttemptRow) {
        self.step(1);
        let name = |it: &domain::pipeline::OutputArtifact| it.name.clone();
        let artifact = self.state.blobs.put(b"what it made").unwrap();
        let outputs: Vec<_> = row.doc.work.outputs.iter().map(name).collect();
        let stored = |name: &domain::ArtifactName| StoredArtifact {
            name: name.clone(),
            artifact: artifact.clone(),
            bucket: "artifacts".into(),
            object_key: format!("storefront/{name}"),
        };
        let artifacts = outputs.iter().map(stored).collect();
        let outputs = outputs.into_iter().map(|name| (name, artifact.clone())).collect();
        let revision =
            (row.doc.of.stage.as_str() == "Source").then(|| revision(&row.doc.of.action));
        let produced = Produced { outputs, revision, ..Produced::default() };
        let (attempt, result) = (row.doc.of.clone(), AttemptResult::Succeeded(Box::new(produced)));
        self.report(row, EventKind::AttemptEnded { attempt, result }, artifacts).await;
    }

    /// Goes on until the approval asks.
    pub async fn to_approval(&self) -> ExecutionId {
        let execution = self.pipeline().await;
        for _ in 0..2 {
            let row = self.begin().await;
            self.end(&row).await;
        }
        execution
    }

    pub fn browser(&self) -> Browser<'_> {
        Browser { world: self, cookie: String::new(), accept: "text/html,application/xhtml+xml" }
    }

    /// A browser that is signed in.
    pub async fn signed_in(&self) -> Browser<'_> {
        let mut browser = self.browser();
        let link = self.link().await;
        let page = browser.get(&link).await;
        let form = format!("link={}", page.field("link"));
        browser.sign_in(&form).await;
        browser
    }

    /// The path of a new sign-in link.
    pub async fn link(&self) -> String {
        let made = self.call(Service::Towpath, "CreateConsoleLink", json!({})).await;
        made["url"].as_str().unwrap().strip_prefix(ORIGIN).unwrap().to_owned()
    }
}

fn revision(action: &domain::ActionName) -> SourceRevision {
    SourceRevision {
        action: action.clone(),
        connection: CONNECTION.into(),
        repository: "canal/storefront".into(),
        git_ref: Some(GitRef::branch("main")),
        commit: COMMIT.into(),
        info: CommitInfo {
            message: "<b>Retry</b> the payment call\n\nbody".into(),
            author_name: "Ada".into(),
            author_email: String::new(),
            authored_at: None,
            committed_at: None,
        },
        url: Some(format!("https://github.com/canal/storefront/commit/{COMMIT}")),
        protected: None,
    }
}

impl Browser<'_> {
    pub async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).header(header::ACCEPT, self.accept);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Sends a form as a browser does, from a page of the console itself.
    pub async fn post(&self, path: &str, form: &str) -> Answer {
        self.post_from(ORIGIN, path, form).await
    }

    pub async fn post_from(&self, origin: &str, path: &str, form: &str) -> Answer {
        let request = Request::post(path)
            .header(header::ACCEPT, self.accept)
            .header(header::ORIGIN, origin)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form.to_owned())).unwrap()).await
    }

    pub async fn sign_in(&mut self, form: &str) -> Answer {
        let answer = self.post("/console/sign-in", form).await;
        if let Some(cookie) = answer.headers.get(header::SET_COOKIE) {
            self.cookie = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
        }
        answer
    }

    pub async fn open(&self, mut request: Request<Body>) -> axum::response::Response {
        request.headers_mut().insert(header::HOST, HOST.parse().unwrap());
        if !self.cookie.is_empty() {
            request.headers_mut().insert(header::COOKIE, self.cookie.parse().unwrap());
        }
        self.world.router.clone().oneshot(request).await.unwrap()
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.open(request).await.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status, headers: parts.headers, text }
    }
}
