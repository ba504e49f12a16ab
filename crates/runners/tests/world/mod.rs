//! A runner with a store of its own, and what a run says, in order.

#![allow(dead_code, reason = "each test file uses a part of it")]

use blobs::Blobs;
use blobs::archive::{extract, pack};
use blobs::limits::ArchiveLimits;
use blobs::log::Stream;
use domain::clock::SystemClock;
use domain::{ActionExecutionId, ArtifactRef, Secret};
use recipes::plan::{Plan, Step};
use runners::{
    Abandon, Event, Identity, Input, Job, Limits, Listener, Network, Open, Outcome, Output, Runner,
    RunnerConfig, STEP_UIDS, Serve, Token, Withheld,
};
use std::fs;
use std::io::Write;
use std::net::{SocketAddrV4, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

pub struct World {
    pub folder: tempfile::TempDir,
    pub jobs: PathBuf,
    pub blobs: Arc<Blobs>,
    pub runner: Arc<dyn Runner>,
}

/// What a run said and came to.
pub struct Seen {
    pub lines: Vec<String>,
    pub outcome: Outcome,
    pub took: Duration,
    /// Who came to each gateway that was open; all are shut.
    pub came: Vec<usize>,
}

impl World {
    /// A world with isolation; `None`, said aloud, where the machine has none.
    pub fn isolated() -> Option<Self> {
        let world = Self::open(None, false);
        let notices = world.runner.notices(&job([]));
        match notices.iter().find(|notice| notice.contains("IsolationUnavailable")) {
            Some(notice) => {
                println!("skipped: {notice}");
                None
            }
            None => Some(world),
        }
    }

    /// A world whose steps run on the host.
    pub fn on_the_host() -> Self {
        Self::open(Some("/nowhere/bwrap".into()), true)
    }

    /// A world that has no bubblewrap and may not use the host.
    pub fn without_isolation() -> Self {
        Self::open(Some("/nowhere/bwrap".into()), false)
    }

    fn open(bubblewrap: Option<PathBuf>, host_allowed: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pass = std::os::unix::fs::PermissionsExt::from_mode(0o711);
        fs::set_permissions(folder.path(), pass).unwrap();
        let blobs = Arc::new(Blobs::open(&folder.path().join("blobs")).unwrap());
        let jobs = folder.path().join("jobs");
        let config =
            RunnerConfig { folder: jobs.clone(), uids: STEP_UIDS, bubblewrap, host_allowed };
        let runner = runners::open(&config, blobs.clone(), Arc::new(SystemClock)).unwrap();
        Self { folder, jobs, blobs, runner }
    }

    /// The same world with the runner of a server that was started anew, and the one before it.
    pub fn restarted(self) -> (Self, Arc<dyn Runner>) {
        let config = RunnerConfig {
            folder: self.jobs.clone(),
            uids: STEP_UIDS,
            bubblewrap: None,
            host_allowed: false,
        };
        let runner = runners::open(&config, self.blobs.clone(), Arc::new(SystemClock)).unwrap();
        let before = self.runner.clone();
        (Self { runner, ..self }, before)
    }

    pub fn run(&self, job: &Job) -> Seen {
        self.run_with(job, &[])
    }

    pub fn run_with(&self, job: &Job, secrets: &[Secret]) -> Seen {
        self.listen(job, secrets, &Abandon::new().unwrap(), |_| {})
    }

    pub fn listen(
        &self,
        job: &Job,
        secrets: &[Secret],
        abandon: &Abandon,
        hear: impl FnMut(&str) + Send,
    ) -> Seen {
        let (opened, gateways) = mpsc::channel();
        let mut ear = Ear { lines: Vec::new(), hear, opened };
        let begun = Instant::now();
        let outcome = self.runner.run(job, secrets, abandon, &mut ear);
        let (lines, took) = (std::mem::take(&mut ear.lines), begun.elapsed());
        drop(ear);
        let came = gateways.iter().map(|gateway| gateway.join().unwrap()).collect();
        Seen { lines, outcome, took, came }
    }

    /// An artifact of these files.
    pub fn artifact(&self, files: &[(&str, &str)]) -> ArtifactRef {
        let tree = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = tree.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let mut draft = self.blobs.draft().unwrap();
        pack(tree.path(), &[], &ArchiveLimits::default(), &mut draft).unwrap();
        self.blobs.keep(draft).unwrap()
    }

    pub fn unpack(&self, artifact: &ArtifactRef) -> tempfile::TempDir {
        let tree = tempfile::tempdir().unwrap();
        let archive = self.blobs.open_checked(artifact).unwrap();
        extract(archive, tree.path(), None, &ArchiveLimits::default()).unwrap();
        tree
    }

    /// Whether no job has left files.
    pub fn is_clean(&self) -> bool {
        fs::read_dir(&self.jobs).unwrap().count() == 0
    }
}

impl Seen {
    /// The texts of one stream: `o`, `e` or `s`.
    pub fn of(&self, stream: &str) -> Vec<String> {
        let lines = self.lines.iter().filter(|line| line.starts_with(stream));
        lines.map(|line| line[2..].to_owned()).collect()
    }
}

struct Ear<F> {
    lines: Vec<String>,
    hear: F,
    /// Takes the thread that greets at a gateway, once it is open.
    opened: mpsc::Sender<JoinHandle<usize>>,
}

/// What is said to whoever comes to a gateway.
pub const GREETING: &str = "come in";

/// Greets whoever comes until the listener is shut, and counts them.
fn greet(listener: &TcpListener) -> usize {
    listener.set_nonblocking(false).unwrap();
    let comers = listener.incoming().map_while(Result::ok);
    comers.map(|mut comer| writeln!(comer, "{GREETING}")).count()
}

/// Shuts a listener that a thread waits at.
struct Shut(Arc<TcpListener>);

impl Drop for Shut {
    fn drop(&mut self) {
        rustix::net::shutdown(&*self.0, rustix::net::Shutdown::Both).unwrap();
    }
}

/// What a step is told that asks who it is.
pub const TOKEN: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzdGVwIn0.c2lnbmF0dXJlLW9mLXRoZS1zdGVw";

/// A variable of such a step.
pub const SECRET: &str = "s3cr3t-of-the-step";

impl<F: FnMut(&str) + Send> Listener for Ear<F> {
    fn identify(
        &mut self,
        step: usize,
        gateway: Option<SocketAddrV4>,
    ) -> Result<Identity, Withheld> {
        if step > 0 {
            return Err(Withheld::Identity("only the first is known here".to_owned()));
        }
        let token = Token {
            variable: "STEP_TOKEN".to_owned(),
            file_variables: vec!["STEP_TOKEN_FILE".to_owned()],
            token: Secret::new(TOKEN),
        };
        let environment = vec![("REGION".to_owned(), "from the identity".to_owned())];
        let notices = vec![format!("known by {TOKEN}")];
        let secrets = vec![("STEP_SECRET".to_owned(), Secret::new(SECRET))];
        let masked = vec![Secret::new(SECRET)];
        let opened = self.opened.clone();
        let serve = move |listener: TcpListener| {
            let listener = Arc::new(listener);
            let shut = Shut(listener.clone());
            opened.send(thread::spawn(move || greet(&listener))).unwrap();
            Ok(Box::new(shut) as Open)
        };
        let gateway = gateway.map(|_| Box::new(serve) as Serve);
        Ok(Identity {
            tokens: vec![token],
            environment,
            secrets,
            masked,
            notices,
            gateway,
            ..Identity::default()
        })
    }

    fn hear(&mut self, event: Event<'_>) -> std::io::Result<()> {
        let Event::Output(records) = event else { return Ok(()) };
        for record in records {
            let letter = match record.stream {
                Stream::Stdout => "o",
                Stream::Stderr => "e",
                Stream::System => "s",
            };
            let mark = if record.ends_line { " " } else { "+" };
            let line = format!("{letter}{mark}{}", String::from_utf8_lossy(&record.text));
            (self.hear)(&line);
            self.lines.push(line);
        }
        Ok(())
    }
}

pub fn step(commands: &[&str]) -> Step {
    let script = commands.iter().map(|command| (*command).to_owned()).collect();
    Step { name: "step".to_owned(), script, ..Step::default() }
}

pub fn job(steps: impl IntoIterator<Item = Step>) -> Job {
    // Tests run side by side in one process, which names groups by attempts.
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    Job {
        attempt: ActionExecutionId::new(format!("attempt-{number}")),
        epoch: 1,
        plan: Plan { steps: steps.into_iter().collect() },
        notices: Vec::new(),
        environment: Vec::new(),
        inputs: Vec::new(),
        outputs: Vec::new(),
        output_variables: Vec::new(),
        limits: Limits { step_seconds_max: 60, ..Limits::default() },
        network: Network::Host,
    }
}

pub fn input(name: &str, artifact: &ArtifactRef, variable: &str) -> Input {
    let (name, variables) = (name.into(), vec![variable.to_owned()]);
    Input { name, artifact: artifact.clone(), of_steps: Default::default(), variables }
}

pub fn output(name: &str, files: &[&str]) -> Output {
    let files = files.iter().map(|file| (*file).to_owned()).collect();
    Output { name: name.into(), files }
}

pub fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}
