//! `towpath run`: the pipeline of a working copy, here, without a server, with the runner that
//! servers use. Steps work in a copy; the working copy itself is never touched.

use super::output::Output;
use super::plan::show_refusal;
use super::working_copy::WorkingCopy;
use super::{INTERRUPTED, NOT_WELL, REFUSED, WELL, event, read_text};
use blobs::Blobs;
use blobs::archive;
use blobs::limits::ArchiveLimits;
use blobs::log::{Record, Stream};
use domain::clock::{Entropy, SystemClock, SystemEntropy};
use domain::{ActionExecutionId, ArtifactName, ArtifactRef, Secret};
use recipes::bitbucket::variables::check_name;
use recipes::bitbucket::{self, FILE_NAME, Planned, Run};
use recipes::{Plan, Source};
use runners::{
    Abandon, End, Event, Identity, Input, Job, Limits, Listener, Network, Runner, RunnerConfig,
    STEP_UIDS, StepReport, Withheld,
};
use std::collections::BTreeMap;
use std::fs::Permissions;
use std::io::{self, Write};
use std::net::SocketAddrV4;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Flags of `towpath run`.
#[derive(Clone, Debug, clap::Args)]
pub struct RunArgs {
    /// The pipeline by its place in the file, as in default or branches/main
    /// [default: the one that the branch or tag starts]
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// As if this branch had been pushed [default: the branch that is checked out]
    #[arg(long, value_name = "BRANCH", conflicts_with = "tag")]
    pub branch: Option<String>,
    /// As if this tag had been pushed
    #[arg(long, value_name = "TAG")]
    pub tag: Option<String>,
    /// A variable for every step, over Bitbucket's own; a NAME alone takes its value from here
    #[arg(long, short, value_name = "NAME[=VALUE]")]
    pub env: Vec<String>,
    /// A file of variables, NAME=VALUE a line, as secured ones: masked in what the steps print
    #[arg(long, value_name = "FILE")]
    pub env_file: Option<PathBuf>,
    /// A folder in the working copy [default: the current one]
    #[arg(long, short = 'C', value_name = "DIR", default_value = ".", hide_default_value = true)]
    pub directory: PathBuf,
    /// Let the steps see no network
    #[arg(long)]
    pub no_network: bool,
    /// Where bubblewrap is missing, run the steps on this machine as you, kept in by nothing
    #[arg(long)]
    pub allow_host: bool,
}

/// A sentence about why nothing runs.
type Refusal = String;

/// What makes the runner, given a folder of its own and where the artifacts lie.
type MakeRunner = fn(&RunnerConfig, Arc<Blobs>) -> io::Result<Arc<dyn Runner>>;

/// Runs the pipeline and says how it went.
pub(super) fn run(args: &RunArgs, output: &mut Output<'_>) -> io::Result<u8> {
    let make_runner: MakeRunner =
        |config, blobs| runners::open(config, blobs, Arc::new(SystemClock));
    run_with(args, make_runner, output)
}

/// Runs the pipeline with a runner of one's own.
pub(super) fn run_with(
    args: &RunArgs,
    make_runner: MakeRunner,
    output: &mut Output<'_>,
) -> io::Result<u8> {
    let prepared = match prepare(args, output)? {
        Ok(prepared) => prepared,
        Err(Stop::Said) => return Ok(REFUSED),
        Err(Stop::Because(why)) => {
            output.say(&why)?;
            return Ok(REFUSED);
        }
    };
    perform(args, prepared, make_runner, output)
}

/// Why there is nothing to perform.
enum Stop {
    /// It has been said already, at length.
    Said,
    Because(Refusal),
}

impl From<Refusal> for Stop {
    fn from(why: Refusal) -> Self {
        Self::Because(why)
    }
}

struct Prepared {
    working_copy: WorkingCopy,
    plan: Plan,
    environment: Vec<(String, String)>,
    /// Those of it that are masked.
    secrets: Vec<Secret>,
}

/// Reads, chooses and plans: everything that can be refused before a file is copied.
fn prepare(args: &RunArgs, output: &mut Output<'_>) -> io::Result<Result<Prepared, Stop>> {
    let (working_copy, environment, run, text) = match read(args) {
        Ok(read) => read,
        Err(why) => return Ok(Err(why.into())),
    };
    let file = bitbucket::File::read(Source { name: FILE_NAME, text: &text });
    let planned = match bitbucket::plan(&file, &run, args.name.as_deref()) {
        Ok(planned) => planned,
        Err(refused) => {
            show_refusal(&refused, output)?;
            return Ok(Err(Stop::Said));
        }
    };
    let Planned { plan, pipeline, reason, warnings, .. } = planned;
    output.show(&warnings)?;
    output.say(&format!("{pipeline}, because {reason}"))?;
    let Variables { environment, secrets } = environment;
    Ok(Ok(Prepared { working_copy, plan, environment, secrets }))
}

type Read = (WorkingCopy, Variables, Run, String);

/// What the flags say of variables.
struct Variables {
    environment: Vec<(String, String)>,
    secrets: Vec<Secret>,
}

fn variables(args: &RunArgs) -> Result<Variables, Refusal> {
    let mut environment = args.env_file.as_deref().map_or_else(|| Ok(Vec::new()), in_file)?;
    let secrets = environment.iter().map(|(_, value)| Secret::new(value)).collect();
    for text in &args.env {
        environment.push(variable(text)?);
    }
    Ok(Variables { environment, secrets })
}

/// The variables of a file: empty lines and those that begin with `#` are none.
fn in_file(path: &Path) -> Result<Vec<(String, String)>, Refusal> {
    let text = read_text(path).map_err(|why| format!("{}: {why}", path.display()))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let lines = lines.filter(|(_, line)| !line.starts_with('#'));
    let variable = |(at, line): (usize, &str)| {
        // The line may be a secret: no message repeats it.
        let wrong = |why: &str| format!("{}, line {}: {why}", path.display(), at + 1);
        let (name, value) = line.split_once('=').ok_or_else(|| wrong("write NAME=VALUE"))?;
        check_name(name).map_err(|error| wrong(&error.to_string()))?;
        Ok((name.to_owned(), value.to_owned()))
    };
    lines.map(variable).collect()
}

fn read(args: &RunArgs) -> Result<Read, Refusal> {
    let environment = variables(args)?;
    let working_copy = WorkingCopy::find(&args.directory)?;
    let event = event(args.branch.as_deref(), args.tag.as_deref())?
        .or_else(|| working_copy.event())
        .ok_or("no branch is checked out; name the event with --branch or --tag")?;
    let text = read_text(&working_copy.root.join(FILE_NAME))
        .map_err(|why| format!("{}: {why}", working_copy.root.join(FILE_NAME).display()))?;
    let run = facts(&working_copy, event);
    Ok((working_copy, environment, run, text))
}

/// `NAME=VALUE`, or `NAME` for a variable that this process has.
fn variable(text: &str) -> Result<(String, String), Refusal> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text, None),
    };
    // The value may be a secret: no message repeats it.
    check_name(name).map_err(|error| format!("--env {name}: {error}"))?;
    let value = value.map_or_else(|| std::env::var(name), Ok);
    let value = value.map_err(|_| format!("--env {name}: the variable is not set here"))?;
    Ok((name.to_owned(), value))
}

fn facts(working_copy: &WorkingCopy, event: bitbucket::Event) -> Run {
    let origin = |over_http: bool| {
        let is_http = |url: &&String| url.starts_with("http://") || url.starts_with("https://");
        working_copy.origin.as_ref().filter(|url| is_http(url) == over_http).cloned()
    };
    Run {
        repository: working_copy.repository(),
        event,
        commit: working_copy.commit.clone(),
        build_number: 1,
        id: SystemEntropy.uuid(),
        git_http_origin: origin(true),
        git_ssh_origin: origin(false),
    }
}

/// Copies the working copy and lets the runner do the rest.
fn perform(
    args: &RunArgs,
    prepared: Prepared,
    make_runner: MakeRunner,
    output: &mut Output<'_>,
) -> io::Result<u8> {
    // Two folders: nobody else may look into the first; a step's user must pass through the second.
    let private = tempfile::Builder::new().prefix("towpath-run-").tempdir()?;
    let passable = Permissions::from_mode(0o711);
    let steps =
        tempfile::Builder::new().prefix("towpath-steps-").permissions(passable).tempdir()?;
    let blobs = Arc::new(Blobs::open(&private.path().join("blobs"))?);
    let sources = match sources(&prepared.working_copy, private.path(), &blobs, output)? {
        Ok(sources) => sources,
        Err(why) => {
            output.say(&why)?;
            return Ok(REFUSED);
        }
    };
    let config = RunnerConfig {
        folder: steps.path().join("jobs"),
        uids: STEP_UIDS,
        bubblewrap: None,
        host_allowed: args.allow_host,
    };
    let runner = make_runner(&config, blobs)?;
    let secrets = prepared.secrets.clone();
    let job = job(args, prepared, sources);
    let abandon = Abandon::new()?;
    abandon_on_interrupt(abandon.clone());
    let count = job.plan.steps.len();
    let mut terminal =
        Terminal { output: &mut *output, count, in_line: false, said: String::new(), deaf: None };
    let outcome = runner.run(&job, &secrets, &abandon, &mut terminal);
    if let Some(error) = terminal.deaf {
        return Err(error);
    }
    let (said, end) = (terminal.said, outcome.end.to_string());
    // A run that ended badly has said so in its log.
    if said != end {
        output.say(&end)?;
    }
    if let End::IsolationUnavailable { .. } = outcome.end {
        output
            .say("or let the steps run on this machine as you, kept in by nothing: --allow-host")?;
    }
    Ok(code(&outcome.end))
}

/// The working copy as an artifact.
fn sources(
    working_copy: &WorkingCopy,
    folder: &Path,
    blobs: &Blobs,
    output: &mut Output<'_>,
) -> io::Result<Result<ArtifactRef, Refusal>> {
    let tree = folder.join("tree");
    let changes = match working_copy.copy_into(&tree) {
        Ok(changes) => changes,
        Err(why) => return Ok(Err(format!("the working copy cannot be copied: {why}"))),
    };
    let commit = &working_copy.commit[..working_copy.commit.len().min(12)];
    output.say(&match changes.files {
        0 => format!("on commit {commit}"),
        1 => format!("on commit {commit} and 1 file that is not committed"),
        files => format!("on commit {commit} and {files} files that are not committed"),
    })?;
    if changes.submodules > 0 {
        output.say(&format!("without {} submodules: they are not copied", changes.submodules))?;
    }
    let mut draft = blobs.draft()?;
    let packed = match archive::pack(&tree, &[], &ArchiveLimits::default(), &mut draft) {
        Ok(packed) => packed,
        Err(error) => return Ok(Err(format!("the working copy cannot be copied: {error}"))),
    };
    if !packed.left_out.is_empty() {
        output.say(&format!("not copied: {}", packed.left_out))?;
    }
    std::fs::remove_dir_all(&tree)?;
    blobs.keep(draft).map(Ok)
}

fn job(args: &RunArgs, prepared: Prepared, sources: ArtifactRef) -> Job {
    let mut plan = prepared.plan;
    // A variable that somebody declares overrides the defaults, which are the step's own.
    for step in &mut plan.steps {
        step.environment.extend(prepared.environment.iter().cloned());
    }
    let variables = bitbucket::FOLDER_VARIABLES.iter().map(|name| (*name).to_owned()).collect();
    Job {
        attempt: ActionExecutionId::new(SystemEntropy.uuid()),
        epoch: 1,
        plan,
        notices: Vec::new(),
        environment: Vec::new(),
        inputs: vec![Input {
            name: ArtifactName::new("Source"),
            artifact: sources,
            of_steps: BTreeMap::new(),
            variables,
        }],
        outputs: Vec::new(),
        output_variables: Vec::new(),
        limits: Limits::default(),
        network: if args.no_network { Network::None } else { Network::Host },
    }
}

/// Ctrl-C ends the steps, and the folder is cleared away, before this process ends. A second one is
/// for whom that takes too long.
fn abandon_on_interrupt(abandon: Abandon) {
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let Ok(runtime) = runtime else { return };
        while runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
            if abandon.asked() {
                std::process::exit(i32::from(INTERRUPTED));
            }
            abandon.ask();
        }
    });
}

fn code(end: &End) -> u8 {
    match end {
        End::Succeeded => WELL,
        End::Failed { .. } | End::LimitReached { .. } | End::VariablesTooLarge { .. } => NOT_WELL,
        End::Abandoned => INTERRUPTED,
        End::IsolationUnavailable { .. }
        | End::IdentityUnavailable { .. }
        | End::SecretUnavailable { .. }
        | End::InputUnusable { .. }
        | End::OutputUnusable { .. }
        | End::Broken { .. } => REFUSED,
    }
}

/// Writes a run to the terminal as it comes: the steps' stdout is the answer, all else are words.
struct Terminal<'t, 'o> {
    output: &'t mut Output<'o>,
    /// How many steps there are.
    count: usize,
    /// Whether the steps' stdout stands in the middle of a line.
    in_line: bool,
    /// The last line that the runner said for itself.
    said: String,
    /// Why nothing more can be written.
    deaf: Option<io::Error>,
}

impl Listener for Terminal<'_, '_> {
    /// There is no issuer without a server: what needs a token fails where it is used, and the step
    /// is run as far as it gets.
    fn identify(&mut self, _: usize, _: Option<SocketAddrV4>) -> Result<Identity, Withheld> {
        let notice = "the step asks for an OIDC token: there is no issuer here, without a server, \
                      so BITBUCKET_STEP_OIDC_TOKEN is not set";
        Ok(Identity { notices: vec![notice.to_owned()], ..Identity::default() })
    }

    fn hear(&mut self, event: Event<'_>) -> io::Result<()> {
        self.write(event).map_err(|error| {
            let kind = error.kind();
            self.deaf.get_or_insert(error);
            kind.into()
        })
    }
}

impl Terminal<'_, '_> {
    fn write(&mut self, event: Event<'_>) -> io::Result<()> {
        match event {
            Event::StepStarted { index, name } => {
                self.output.say(&format!("step {} of {}: {name:?}", index + 1, self.count))
            }
            Event::Output(records) => {
                records.iter().try_for_each(|record| self.print(record))?;
                self.output.answer.flush()
            }
            Event::StepEnded(report) => {
                if std::mem::take(&mut self.in_line) {
                    writeln!(self.output.answer)?;
                }
                self.output.say(&ended(report))
            }
        }
    }

    fn print(&mut self, record: &Record) -> io::Result<()> {
        let to = match record.stream {
            Stream::System => {
                self.said = String::from_utf8_lossy(&record.text).into_owned();
                return self.output.say(&self.said);
            }
            Stream::Stdout => {
                self.in_line = !record.ends_line;
                &mut self.output.answer
            }
            Stream::Stderr => &mut self.output.words,
        };
        to.write_all(&record.text)?;
        if record.ends_line { to.write_all(b"\n") } else { Ok(()) }
    }
}

fn ended(report: &StepReport) -> String {
    let seconds = (report.ended_at.0 - report.started_at.0) as f64 / 1000.0;
    let how = match report.exit_code {
        Some(0) => "succeeded".to_owned(),
        Some(code) => format!("failed with exit code {code}"),
        None => "was ended".to_owned(),
    };
    format!("step {:?} {how} after {seconds:.1} s", report.name)
}
