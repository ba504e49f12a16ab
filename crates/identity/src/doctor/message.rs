//! Error messages that people meet, and what is known of each.
//!
//! A message is recognised by words of it, whichever client printed them, alone or somewhere in the
//! log of a whole step. What an error says of its cause goes before what the commands show, and both
//! before the sentences that are said whatever is wrong.

mod aws;
mod azure;
mod chained;
mod general;
mod google;
mod listed;
mod log;
mod shell;
#[cfg(test)]
mod tests;
mod told;
mod verifiers;

use super::cause::Cause;
use super::finding::Finding;
use super::step;
use log::Log;

pub(super) use told::claims;

/// One message: sentences by any of which it is known, what it means, and what to do. How sentences
/// are written, [`Log::says`] tells.
struct Row {
    says: &'static [&'static str],
    cause: Option<Cause>,
    means: &'static str,
    fix: &'static str,
}

const fn row(
    cause: Cause,
    says: &'static [&'static str],
    means: &'static str,
    fix: &'static str,
) -> Row {
    Row { says, cause: Some(cause), means, fix }
}

/// A message that is known, of none of the causes.
const fn plain(says: &'static [&'static str], means: &'static str, fix: &'static str) -> Row {
    Row { says, cause: None, means, fix }
}

/// The rows in the order in which they are tried: what the shell says comes before what came of it,
/// and codes before words that several services use.
const ROWS: &[&[Row]] = &[shell::ROWS, azure::ROWS, google::ROWS, aws::ROWS, verifiers::ROWS];

/// What is known of a message; what to bring, where nothing is.
pub(super) fn judge(text: &str) -> Finding {
    let log = Log::read(text);
    let (naming, others): (Vec<&Row>, Vec<&Row>) =
        ROWS.iter().copied().flatten().partition(|row| row.cause.is_some());
    let named = first(naming, &log).map(|row| finding(row, text, &log));
    let other = || first(others.into_iter().chain(general::ROWS), &log).map(say);
    let found = named.or_else(|| shown(&log)).or_else(|| chained::refused(text)).or_else(other);
    found.unwrap_or_else(|| {
        let fix = "bring the token's claims and what they are judged by: a trust policy, a federated credential, a provider or a role";
        Finding::unknown("this message is not among those that are known here", fix)
    })
}

/// Whether anything is known of a text as a message.
pub(super) fn is_known(text: &str) -> bool {
    let log = Log::read(text);
    first(ROWS.iter().copied().flatten().chain(general::ROWS), &log).is_some()
}

/// The first row that says what the log does.
fn first<'a>(rows: impl IntoIterator<Item = &'a Row>, log: &Log) -> Option<&'a Row> {
    rows.into_iter().find(|row| row.is_said(log))
}

impl Row {
    fn is_said(&self, log: &Log) -> bool {
        self.says.iter().any(|sentence| log.says(sentence))
    }
}

fn say(row: &Row) -> Finding {
    Finding::refused(row.means, row.fix).of(row.cause)
}

/// What a row says, more narrowly where the text tells more than the sentence.
fn finding(row: &Row, text: &str, log: &Log) -> Finding {
    let told = claims(text);
    let word = |claim: &str| told.get(claim).and_then(|it| it.as_str()).unwrap_or_default();
    match row.cause {
        Some(Cause::NoProvider) => {
            let issuer = word("iss");
            let found = listed::difference(issuer, text).or_else(|| ending_in_slash(issuer));
            found.unwrap_or_else(|| say(row))
        }
        Some(Cause::StaticKeys) if aws::CLOCK.is_said(log) => say(&aws::CLOCK),
        Some(Cause::Subject) if is_bitbuckets(word("sub")) => say(&azure::PER_STEP),
        _ => say(row),
    }
}

/// Providers are compared with the issuer letter by letter, and most are registered without a slash.
fn ending_in_slash(issuer: &str) -> Option<Finding> {
    let (_, bare) = issuer.strip_suffix('/').and(issuer.split_once("://"))?;
    let message = format!(
        "the token's issuer is {issuer}, with a slash at its end, and the account has no provider whose URL has it"
    );
    let fix = format!(
        "register a provider with the URL {issuer}, slash and all; the keys of the trust policy's conditions have it, \
         too: \"{bare}:sub\""
    );
    Some(Finding::refused(message, fix).of(Cause::Slash))
}

/// Whether a subject is `{repository}:{step}`, as Bitbucket makes them.
fn is_bitbuckets(subject: &str) -> bool {
    subject.starts_with('{') && subject.ends_with('}') && subject.contains("}:{")
}

/// What is wrong with the commands that a log shows.
fn shown(log: &Log) -> Option<Finding> {
    log.commands.iter().flat_map(|command| step::command(command)).next()
}
