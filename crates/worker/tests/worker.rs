//! A worker with a runner that does what each test says.

use blobs::Blobs;
use blobs::log::Record;
use domain::clock::SystemClock;
use domain::{ActionExecutionId, Secret, Timestamp};
use recipes::plan::Plan;
use runners::{Abandon, End, Job, Limits, Listener, Network, Outcome, Runner};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc as blocking};
use tokio::sync::mpsc;
use worker::{Event, Refused, Report, Worker};

/// Says a line, then waits to be let go or abandoned.
struct Gate {
    open: Mutex<blocking::Receiver<()>>,
    running: AtomicUsize,
    most: AtomicUsize,
}

impl Runner for Gate {
    fn notices(&self, _: &Job) -> Vec<String> {
        Vec::new()
    }

    fn run(
        &self,
        job: &Job,
        _: &[Secret],
        abandon: &Abandon,
        listener: &mut dyn Listener,
    ) -> Outcome {
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(running, Ordering::SeqCst);
        let record = Record::system(Timestamp(1), &format!("hello of {}", job.attempt));
        listener.hear(runners::Event::Output(&[record])).unwrap();
        assert!(!job.attempt.as_str().contains("panic"), "as told");
        let end = loop {
            if abandon.asked() {
                break End::Abandoned;
            }
            if self.open.lock().unwrap().try_recv().is_ok() {
                break End::Succeeded;
            }
            std::thread::yield_now();
        };
        self.running.fetch_sub(1, Ordering::SeqCst);
        let (variables, outputs, steps) = (Vec::new(), Vec::new(), Vec::new());
        Outcome { end, first_command_at: None, variables, outputs, steps }
    }
}

struct World {
    _folder: tempfile::TempDir,
    blobs: Arc<Blobs>,
    gate: Arc<Gate>,
    let_go: blocking::Sender<()>,
    worker: Worker,
    reports: mpsc::UnboundedReceiver<Report>,
}

fn world(jobs_max: usize) -> World {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Arc::new(Blobs::open(folder.path()).unwrap());
    let (let_go, open) = blocking::channel();
    let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let gate = Arc::new(Gate { open: Mutex::new(open), running, most });
    let (sender, reports) = mpsc::unbounded_channel();
    let clock = Arc::new(SystemClock);
    let (asks, _) = mpsc::unbounded_channel();
    let worker = Worker::start(jobs_max, gate.clone(), blobs.clone(), clock, sender, asks);
    World { _folder: folder, blobs, gate, let_go, worker, reports }
}

fn job(attempt: &str) -> Job {
    Job {
        attempt: ActionExecutionId::new(attempt),
        epoch: 3,
        plan: Plan::default(),
        notices: Vec::new(),
        environment: Vec::new(),
        inputs: Vec::new(),
        outputs: Vec::new(),
        output_variables: Vec::new(),
        limits: Limits::default(),
        network: Network::Host,
    }
}

impl World {
    /// The next end that is reported: whose, and how.
    async fn next_end(&mut self) -> (String, End) {
        loop {
            let report = self.reports.recv().await.unwrap();
            assert_eq!(report.epoch, 3);
            if let Event::Ended { outcome, .. } = report.event {
                return (report.attempt.to_string(), outcome.end);
            }
        }
    }

    async fn next_start(&mut self) -> String {
        loop {
            let report = self.reports.recv().await.unwrap();
            if let Event::Started { .. } = report.event {
                return report.attempt.to_string();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_started_logged_and_ended_under_its_fence() {
    let mut world = world(1);
    world.worker.submit(job("attempt-1"), Vec::new()).unwrap();
    assert_eq!(world.next_start().await, "attempt-1");
    world.let_go.send(()).unwrap();
    let report = world.reports.recv().await.unwrap();
    let Event::Ended { outcome, log_bytes, .. } = report.event else { panic!("{report:?}") };
    assert_eq!((outcome.end, report.epoch), (End::Succeeded, 3));
    let log = world.blobs.read_log(&"attempt-1".into(), 0, 1000).unwrap();
    assert_eq!(log, b"1 s hello of attempt-1\n");
    assert_eq!(log_bytes, log.len() as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_run_at_once_than_there_are_slots_and_none_twice() {
    let mut world = world(2);
    for number in 0..6 {
        world.worker.submit(job(&format!("attempt-{number}")), Vec::new()).unwrap();
    }
    let refused = world.worker.submit(job("attempt-5"), Vec::new());
    assert!(matches!(refused, Err(Refused::Twice(_))));
    for _ in 0..6 {
        world.let_go.send(()).unwrap();
    }
    for _ in 0..6 {
        assert_eq!(world.next_end().await.1, End::Succeeded);
    }
    assert!(world.gate.most.load(Ordering::SeqCst) <= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queued_job_and_a_running_one_can_be_abandoned() {
    let mut world = world(1);
    world.worker.submit(job("running"), Vec::new()).unwrap();
    assert_eq!(world.next_start().await, "running");
    world.worker.submit(job("queued"), Vec::new()).unwrap();
    assert!(world.worker.abandon(&"queued".into()));
    assert_eq!(world.next_end().await, ("queued".into(), End::Abandoned));
    assert!(world.worker.abandon(&"running".into()));
    assert_eq!(world.next_end().await, ("running".into(), End::Abandoned));
    world.worker.stop().await;
    assert!(!world.worker.abandon(&"running".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_stops_ends_all_it_has() {
    let mut world = world(1);
    for attempt in ["one", "two"] {
        world.worker.submit(job(attempt), Vec::new()).unwrap();
    }
    world.worker.stop().await;
    assert!(world.worker.attempts().is_empty());
    assert_eq!(world.next_end().await.1, End::Abandoned);
    assert_eq!(world.next_end().await.1, End::Abandoned);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fenced_log_and_a_panic_are_ends_too() {
    let mut world = world(1);
    world.blobs.take_log(&"fenced".into(), 4).unwrap();
    world.worker.submit(job("fenced"), Vec::new()).unwrap();
    let (_, end) = world.next_end().await;
    assert_eq!(end.to_string(), "the runner broke: the log is held under epoch 4");
    world.worker.submit(job("panic-1"), Vec::new()).unwrap();
    let (_, end) = world.next_end().await;
    assert!(matches!(end, End::Broken { .. }), "{end}");
}
