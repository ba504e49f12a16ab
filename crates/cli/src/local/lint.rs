//! `towpath lint FILE…`: what is wrong with a file, where, and what would be right.

mod free_text;
mod pipeline;
mod policy;

use super::output::Output;
use super::{NOT_WELL, REFUSED, WELL, read_text};
use recipes::{Diagnostic, Severity, Source, bitbucket};
use serde_json::{Value, json};
use std::io;
use std::path::{Path, PathBuf};

/// Flags of `towpath lint`.
#[derive(Clone, Debug, clap::Args)]
pub struct LintArgs {
    /// The files: bitbucket-pipelines.yml, a pipeline's JSON, or an IAM policy's
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// What they are [default: by the name's ending, and in JSON by what it says]
    #[arg(long, value_enum, value_name = "KIND")]
    pub kind: Option<Kind>,
    /// One JSON object for all files instead of text
    #[arg(long)]
    pub json: bool,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// A bitbucket-pipelines.yml
    BitbucketPipelines,
    /// A pipeline as `create-pipeline` takes it or `get-pipeline` gives it
    Pipeline,
    /// An inline policy of a user, group or role
    Policy,
    /// A managed policy, or a permissions boundary
    ManagedPolicy,
    /// A role's trust policy
    TrustPolicy,
    /// A policy on a resource
    ResourcePolicy,
    /// A session policy
    SessionPolicy,
    /// A service control policy
    ServiceControlPolicy,
}

/// What came of one file: its findings, or why it cannot be read.
struct Examined {
    file: String,
    findings: Result<Vec<Diagnostic>, String>,
}

/// Examines every file and says what was found.
pub(super) fn lint(args: &LintArgs, output: &mut Output<'_>) -> io::Result<u8> {
    let examined: Vec<Examined> = args.files.iter().map(|file| examine(file, args.kind)).collect();
    match args.json {
        true => output.answer_json(&document(&examined))?,
        false => show(&examined, output)?,
    }
    Ok(examined.iter().map(code).max().unwrap_or(WELL))
}

fn code(examined: &Examined) -> u8 {
    match &examined.findings {
        Err(_) => REFUSED,
        Ok(found) if found.iter().any(|d| d.severity != Severity::Warning) => NOT_WELL,
        Ok(_) => WELL,
    }
}

fn examine(path: &Path, said: Option<Kind>) -> Examined {
    let file = path.display().to_string();
    let findings = read_text(path).and_then(|text| {
        let source = Source { name: &file, text: &text };
        let kind = said.map_or_else(|| kind(path, &text), Ok)?;
        Ok(match kind {
            Kind::BitbucketPipelines => bitbucket::File::read(source).all_diagnostics(),
            Kind::Pipeline => pipeline::examine(source),
            policy => policy::lint(source, policy),
        })
    });
    Examined { file, findings }
}

fn kind(path: &Path, text: &str) -> Result<Kind, String> {
    let name =
        path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    match extension {
        Some("yml" | "yaml") if name.starts_with("buildspec") => {
            Err("buildspec files are not checked yet".to_owned())
        }
        Some("yml" | "yaml") => Ok(Kind::BitbucketPipelines),
        Some("json") => Ok(policy::recognise(text).unwrap_or(Kind::Pipeline)),
        _ => Err("its name ends in neither .yml, .yaml nor .json, so its kind is unknown; say it by --kind"
            .to_owned()),
    }
}

fn show(examined: &[Examined], output: &mut Output<'_>) -> io::Result<()> {
    for one in examined {
        match &one.findings {
            Err(why) => output.say(&format!("{}: {why}", one.file))?,
            Ok(found) if found.is_empty() => {
                output.say(&format!("{}: nothing to say", one.file))?
            }
            Ok(found) => {
                output.show(found)?;
                output.say(&format!("{}: {}", one.file, counted(found)))?;
            }
        }
    }
    Ok(())
}

/// `1 error, 2 unsupported, 3 warnings`, without those that are none.
fn counted(found: &[Diagnostic]) -> String {
    let of = |severity: Severity| found.iter().filter(|d| d.severity == severity).count();
    let plural = |count: usize, word: &str| match count {
        0 => None,
        1 => Some(format!("1 {word}")),
        _ => Some(format!("{count} {word}s")),
    };
    let unsupported = of(Severity::Unsupported);
    let parts = [
        plural(of(Severity::Error), "error"),
        (unsupported > 0).then(|| format!("{unsupported} not supported yet")),
        plural(of(Severity::Warning), "warning"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn document(examined: &[Examined]) -> Value {
    let files = examined.iter().map(|one| match &one.findings {
        Ok(found) => json!({ "file": one.file, "findings": found }),
        Err(why) => json!({ "file": one.file, "unreadable": why }),
    });
    json!({ "files": files.collect::<Vec<_>>() })
}
