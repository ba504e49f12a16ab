//! `towpath deliveries normalise` and `towpath deliveries verify`: what a payload is understood as,
//! and whether its signature holds. Both are the server's own judgement; here are only the files
//! and the words around it.

use super::output::Output;
use super::{NOT_WELL, REFUSED, WELL};
use crate::limits::SECRET_FILE_BYTES_MAX;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use domain::clock::{Clock, SystemClock};
use domain::connection::ProviderType;
use domain::forge_event::Happening;
use domain::{Secret, Timestamp};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use webhooks::limits::BODY_BYTES_MAX;
use webhooks::{Columns, Headers, Unusable};

/// The forges' names on the command line.
const PROVIDERS: [(&str, ProviderType); 6] = [
    ("github", ProviderType::GitHub),
    ("ghes", ProviderType::GitHubEnterpriseServer),
    ("gitlab", ProviderType::GitLab),
    ("gitlab-self-managed", ProviderType::GitLabSelfManaged),
    ("bitbucket", ProviderType::Bitbucket),
    ("bitbucket-server", ProviderType::BitbucketServer),
];

/// A delivery in files: what both commands are about.
#[derive(Clone, Debug, clap::Args)]
pub struct DeliveryArgs {
    /// The forge that sent it
    #[arg(long, value_parser = provider())]
    pub provider: ProviderType,
    /// A header that came with it; may be given several times
    #[arg(long = "header", value_name = "NAME: VALUE", value_parser = header)]
    pub headers: Vec<(String, String)>,
    /// Its body, byte for byte; - reads standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Flags of `towpath deliveries verify`.
#[derive(Clone, Debug, clap::Args)]
pub struct VerifyArgs {
    /// The delivery.
    #[command(flatten)]
    pub delivery: DeliveryArgs,
    /// The hook's secret as the forge has it; for GitLab its token or its signing token (whsec_…)
    #[arg(long, value_name = "FILE")]
    pub secret_file: PathBuf,
    /// When it came, where its signature names a time (2026-11-22T10:15:30Z) [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub at: Option<Timestamp>,
}

fn provider() -> impl TypedValueParser<Value = ProviderType> {
    let of_name = |name: String| PROVIDERS.into_iter().find(|(it, _)| *it == name);
    PossibleValuesParser::new(PROVIDERS.map(|(name, _)| name))
        .try_map(move |name| of_name(name).map(|(_, kind)| kind).ok_or("no such forge"))
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once(':')
        .ok_or("a header is a name, a colon and a value: 'X-GitHub-Event: push'")?;
    let name = name.trim();
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.is_empty() || !name.bytes().all(token) {
        return Err(format!("{name:?} is not a header's name"));
    }
    // Lines that were saved from elsewhere may end with a carriage return.
    let value = value.trim_matches([' ', '\t', '\r', '\n']);
    if value.bytes().any(|b| b.is_ascii_control() && b != b'\t') {
        return Err(format!("{name} has a control character in its value"));
    }
    Ok((name.to_owned(), value.to_owned()))
}

pub(super) fn moment(text: &str) -> Result<Timestamp, String> {
    let example = "a time is written 2026-11-22T10:15:30Z or 2026-11-22T10:15:30+01:00";
    Timestamp::from_rfc3339(text).ok_or_else(|| example.to_owned())
}

/// Prints one JSON object a change. 0 all of it is understood, 1 it is not, 2 it cannot be read.
pub(super) fn normalise(
    args: &DeliveryArgs,
    stdin: &mut dyn Read,
    output: &mut Output<'_>,
) -> io::Result<u8> {
    let body = match read_body(&args.file, stdin) {
        Ok(body) => body,
        Err(why) => return refuse(&args.file, &why, output),
    };
    let headers = Headers::from_iter(args.headers.iter().cloned());
    let changes = match webhooks::normalise(args.provider, &headers, &body) {
        Ok(changes) => changes,
        Err(error) => {
            output.say(&format!("{}: {error}{}", args.file.display(), advice(args, &error)))?;
            return Ok(NOT_WELL);
        }
    };
    let mut code = WELL;
    for change in &changes {
        writeln!(output.answer, "{}", serde_json::to_string(&Columns::of(change))?)?;
        if let Happening::Unusable { at, problem } = &change.event.happening {
            output.say(&format!("{}: {at}: {problem}", args.file.display()))?;
            code = NOT_WELL;
        }
    }
    Ok(code)
}

/// How to give the header that the reader asks for.
fn advice(args: &DeliveryArgs, error: &Unusable) -> String {
    match webhooks::event_header(args.provider) {
        Some(name) if error.place == name => format!(" (--header '{name}: …')"),
        _ => String::new(),
    }
}

/// Says whether the signature holds. 0 it does, 1 it does not, 2 something cannot be read.
pub(super) fn verify(
    args: &VerifyArgs,
    stdin: &mut dyn Read,
    output: &mut Output<'_>,
) -> io::Result<u8> {
    let DeliveryArgs { provider, headers, file } = &args.delivery;
    let secret = match read_secret(&args.secret_file, output)? {
        Ok(secret) => secret,
        Err(why) => return refuse(&args.secret_file, &why, output),
    };
    let body = match read_body(file, stdin) {
        Ok(body) => body,
        Err(why) => return refuse(file, &why, output),
    };
    let headers = Headers::from_iter(headers.iter().cloned());
    let at = args.at.unwrap_or_else(|| SystemClock.now());
    match webhooks::verify(*provider, &headers, &body, &[secret], at) {
        Ok(()) => {
            output.say(&format!("{}: the signature is valid", file.display()))?;
            Ok(WELL)
        }
        Err(refusal) => {
            output.say(&format!("{}: the signature is not valid: {refusal}", file.display()))?;
            Ok(NOT_WELL)
        }
    }
}

fn refuse(file: &Path, why: &str, output: &mut Output<'_>) -> io::Result<u8> {
    output.say(&format!("{}: {why}", file.display()))?;
    Ok(REFUSED)
}

fn read_body(file: &Path, stdin: &mut dyn Read) -> Result<Vec<u8>, String> {
    match file.to_str() {
        Some("-") => read(stdin, BODY_BYTES_MAX),
        _ => read(&mut open(file)?, BODY_BYTES_MAX),
    }
}

/// The file's text without the line end that editors and `echo` add, which is said.
fn read_secret(file: &Path, output: &mut Output<'_>) -> io::Result<Result<Secret, String>> {
    let most = usize::try_from(SECRET_FILE_BYTES_MAX).unwrap_or(usize::MAX);
    let bytes = match open(file).and_then(|mut opened| read(&mut opened, most)) {
        Ok(bytes) => bytes,
        Err(why) => return Ok(Err(why)),
    };
    let Ok(text) = String::from_utf8(bytes) else {
        return Ok(Err("it is not UTF-8 text, and a hook's secret is".to_owned()));
    };
    let secret = text.strip_suffix('\n').map(|it| it.strip_suffix('\r').unwrap_or(it));
    if secret.is_some() {
        let said = "the line end of the secret's file is not taken for part of the secret";
        output.say(&format!("{}: {said}", file.display()))?;
    }
    let secret = secret.unwrap_or(&text);
    if secret.is_empty() {
        return Ok(Err("it is empty; nothing can be signed with an empty secret".to_owned()));
    }
    Ok(Ok(Secret::new(secret)))
}

fn open(file: &Path) -> Result<File, String> {
    File::open(file).map_err(|error| cannot(&error))
}

fn read(source: &mut dyn Read, most: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    source.take(most as u64 + 1).read_to_end(&mut bytes).map_err(|error| cannot(&error))?;
    if bytes.len() > most {
        return Err(format!("it has more than {most} bytes, which is what is allowed"));
    }
    Ok(bytes)
}

fn cannot(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::IsADirectory => "this is a folder; name a file in it".to_owned(),
        _ => format!("it cannot be read: {error}"),
    }
}

#[cfg(test)]
mod tests;
