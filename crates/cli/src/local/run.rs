//! `towpath run`: the pipeline of a working copy, here, without a server, with the runner that
//! servers use. Steps work in a copy; the working copy itself is never touched.

mod prepare;
mod terminal;

use super::output::Output;
use super::working_copy::WorkingCopy;
use super::{INTERRUPTED, NOT_WELL, REFUSED, WELL};
use blobs::Blobs;
use blobs::archive;
use blobs::limits::ArchiveLimits;
use domain::clock::{Entropy, SystemClock, SystemEntropy};
use domain::{ActionExecutionId, ArtifactName, ArtifactRef, Secret};
use prepare::{Prepared, Refusal, Stop, prepare};
use recipes::bitbucket;
use runners::{Abandon, End, Input, Job, Limits, Network, Runner, RunnerConfig, STEP_UIDS};
use std::collections::BTreeMap;
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use terminal::Terminal;

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
    show(&*runner, &job(args, prepared, sources), &secrets, output)
}

/// Runs the job before the reader's eyes, and says how it ended where its log has not.
fn show(
    runner: &dyn Runner,
    job: &Job,
    secrets: &[Secret],
    output: &mut Output<'_>,
) -> io::Result<u8> {
    let abandon = Abandon::new()?;
    abandon_on_interrupt(abandon.clone());
    let mut terminal = Terminal::new(&mut *output, job.plan.steps.len());
    let outcome = runner.run(job, secrets, &abandon, &mut terminal);
    let (said, end) = (terminal.last_said()?, outcome.end.to_string());
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
