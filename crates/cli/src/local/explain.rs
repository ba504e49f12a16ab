//! `towpath oidc explain`: what was brought is read, recognised and handed to `identity::doctor`;
//! here are only the files and the words around its report.

mod report;

use super::output::Output;
use super::{NOT_WELL, REFUSED, WELL};
use domain::Timestamp;
use domain::clock::{Clock, SystemClock};
use identity::doctor::{Evidence, Kind, Step, diagnose};
use identity::limits::EVIDENCE_BYTES_MAX;
use recipes::{Source, bitbucket};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Flags of `towpath oidc explain`.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(
    after_help = "Each piece is a file, - for standard input, or the text itself, and is recognised by what it \
    says:\na token, its claims or a key set; an error message; a role's trust policy or `aws iam get-role`'s\n\
    answer; an OIDC provider of AWS; federated credentials of Entra; a provider, a condition, a binding or\n\
    a configuration of Google's; a role of Vault; `env`'s output; a bitbucket-pipelines.yml."
)]
pub struct ExplainArgs {
    /// What there is: the token, what it is judged by, the error message, the step's variables
    #[arg(value_name = "PIECE", required_unless_present_any = ["token", "error", "policy", "pipeline", "role"])]
    pub pieces: Vec<String>,
    /// The token, or its claims; a file or -, so that it stays out of the shell's history
    #[arg(long, value_name = "TOKEN")]
    pub token: Option<String>,
    /// What it is judged by; may be given several times
    #[arg(long = "policy", visible_aliases = ["trust-policy", "credential", "provider", "condition"], value_name = "POLICY")]
    pub policy: Vec<String>,
    /// The error message
    #[arg(long, value_name = "MESSAGE")]
    pub error: Option<String>,
    /// The issuer's keys, to check the signature with
    #[arg(long, value_name = "FILE")]
    pub jwks: Option<String>,
    /// A pipeline of this server, whose steps' token it is
    #[arg(long, value_name = "NAME", conflicts_with = "token")]
    pub pipeline: Option<String>,
    /// The step of a bitbucket-pipelines.yml that it is about, or the pipeline's action
    #[arg(long, visible_alias = "action", value_name = "NAME")]
    pub step: Option<String>,
    /// The deployment environment of the pipeline's step
    #[arg(long, value_name = "NAME", requires = "pipeline")]
    pub environment: Option<String>,
    /// A role of this server by its name or ARN, or a file [default: the one that the pipeline's
    /// action names]
    #[arg(long, value_name = "ROLE")]
    pub role: Option<String>,
    /// The role that is asked for
    #[arg(long, value_name = "ARN")]
    pub role_arn: Option<String>,
    /// How long its session is to last
    #[arg(long, value_name = "SECONDS")]
    pub duration_seconds: Option<u64>,
    /// Its role is one of Towpath's own STS, which knows every claim of its issuer
    #[arg(long)]
    pub towpath: bool,
    /// When the token is shown (2026-11-22T10:15:30Z) [default: now]
    #[arg(long, value_name = "TIME", value_parser = super::deliveries::moment)]
    pub at: Option<Timestamp>,
    /// One JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// Where a piece came from, and what it says.
pub struct Piece {
    /// Where from, for the report.
    pub name: String,
    /// What.
    pub text: String,
}

impl ExplainArgs {
    /// Takes `--role` for a policy where it is no name of a role but the policy itself, or its file.
    pub fn take_role_for_policy(&mut self) {
        let is_policy = |it: &mut String| {
            it == "-" || it.trim_start().starts_with('{') || Path::new(it).is_file()
        };
        self.policy.extend(self.role.take_if(is_policy));
    }
}

/// Explains. 0 the token would be accepted, 1 it would not, 2 something cannot be read.
pub(super) fn explain(
    args: &ExplainArgs,
    known: Vec<Piece>,
    stdin: &mut dyn Read,
    output: &mut Output<'_>,
) -> io::Result<u8> {
    let mut evidence = Evidence {
        step: args.step.clone().filter(|_| args.pipeline.is_none()),
        role_arn: args.role_arn.clone(),
        duration_seconds: args.duration_seconds,
        towpath: args.towpath || args.pipeline.is_some(),
        ..Evidence::default()
    };
    for piece in known {
        if let Err(why) = evidence.add(&piece.name, &piece.text, None) {
            output.say(&format!("{}: {why}", piece.name))?;
            return Ok(REFUSED);
        }
    }
    for (given, kind) in given(args) {
        if let Err(why) = take(given, kind, &mut evidence, stdin, output) {
            output.say(&why)?;
            return Ok(REFUSED);
        }
    }
    if let Err(why) = evidence.check_step() {
        output.say(&why.to_string())?;
        return Ok(REFUSED);
    }
    let at = args.at.unwrap_or_else(|| SystemClock.now());
    let diagnosis = diagnose(&evidence, at);
    match args.json {
        true => output.answer_json(&serde_json::to_value(&diagnosis)?)?,
        false => output.answer.write_all(report::text(&diagnosis).as_bytes())?,
    }
    Ok(if diagnosis.accepted { WELL } else { NOT_WELL })
}

/// Every piece with its kind, where a flag says it.
fn given(args: &ExplainArgs) -> Vec<(&str, Option<Kind>)> {
    let flagged =
        [(&args.jwks, Kind::Keys), (&args.error, Kind::Error), (&args.token, Kind::Token)];
    let flagged =
        flagged.into_iter().filter_map(|(given, kind)| Some((given.as_deref()?, Some(kind))));
    let guessed = args.policy.iter().chain(&args.pieces).map(|given| (given.as_str(), None));
    flagged.chain(guessed).collect()
}

/// Takes a piece as evidence; a sentence where it is none.
fn take(
    given: &str,
    kind: Option<Kind>,
    evidence: &mut Evidence,
    stdin: &mut dyn Read,
    output: &mut Output<'_>,
) -> Result<(), String> {
    let piece = read(given, kind, stdin)?;
    let named = |why: String| format!("{}: {why}", piece.name);
    let taken =
        evidence.add(&piece.name, &piece.text, kind).map_err(|why| named(why.to_string()))?;
    let pasted = piece.name == PASTED;
    if taken == Kind::Token && pasted && !piece.text.trim_start().starts_with('{') {
        let warning = "a token on the command line stays in the shell's history and is seen by everybody on this \
                       machine; give it as a file or by -";
        output.say(warning).map_err(|error| error.to_string())?;
    }
    if taken == Kind::Pipelines {
        let source = Source { name: &piece.name, text: &piece.text };
        evidence.steps = Some(steps(&bitbucket::File::read(source)));
    }
    Ok(())
}

/// What a piece that is no file is called.
const PASTED: &str = "what was pasted";

/// A file of this name, standard input, or the text itself.
fn read(given: &str, kind: Option<Kind>, stdin: &mut dyn Read) -> Result<Piece, String> {
    let limited = |source: &mut dyn Read| {
        let mut bytes = Vec::new();
        source.take(EVIDENCE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
        String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8 text"))
    };
    let named = |name: &str, text: io::Result<String>| match text {
        Ok(text) => Ok(Piece { name: name.to_owned(), text }),
        Err(error) => Err(format!("{name}: it cannot be read: {error}")),
    };
    if given == "-" {
        return named("standard input", limited(stdin));
    }
    let path = Path::new(given);
    // A name that is too long for a file is an error of its own, and so a text.
    if path.is_file() {
        return named(given, File::open(path).and_then(|mut file| limited(&mut file)));
    }
    if is_name(given, kind) {
        return Err(format!("{given}: there is no such file"));
    }
    Ok(Piece { name: PASTED.to_owned(), text: given.to_owned() })
}

/// Whether somebody who gave this meant a file: a word that is nothing else.
fn is_name(given: &str, kind: Option<Kind>) -> bool {
    let word = !given.contains(char::is_whitespace) && (1..256).contains(&given.len());
    let text = given.starts_with(['{', '$']) || given.starts_with("ey") || given.contains("==");
    // A token and a key set have more than a word's letters in them.
    let bare = matches!(kind, Some(Kind::Token | Kind::Keys)) && !given.contains('.');
    // Messages have slashes and addresses in them, and where it is said that it is one, it is no path.
    let folders = given.contains('/') && kind != Some(Kind::Error);
    let named = folders || Path::new(given).extension().is_some_and(is_known);
    let path = named && !given.contains("://");
    word && !text && (bare || path)
}

/// Whether a name ends as those of the files do that hold evidence.
fn is_known(extension: &std::ffi::OsStr) -> bool {
    ["json", "yml", "yaml", "txt", "jwt", "env", "log"].iter().any(|known| extension == *known)
}

/// What the doctor needs to know of each step.
fn steps(file: &bitbucket::File) -> Vec<Step> {
    let steps = file.pipelines.iter().flat_map(|pipeline| &pipeline.steps);
    let numbered = steps.enumerate().map(|(index, step)| Step {
        name: step.name.clone().unwrap_or_else(|| format!("Step {}", index + 1)),
        line: step.line,
        oidc: step.oidc.is_some(),
        deployment: step.deployment.clone(),
        script: step.script.iter().chain(&step.after_script).cloned().collect(),
        minutes_max: step.max_minutes,
    });
    numbered.collect()
}
