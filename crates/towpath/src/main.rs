#![doc = include_str!("../README.md")]

mod arguments;
mod demo;
mod forge;
mod process;
mod up;

use std::future::Future;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};
use arguments::{Arguments, Command};
use clap::{CommandFactory, Parser};
use cli::remote::{self, Output};

fn main() -> ExitCode {
    finish(dispatch(Arguments::parse().command))
}

/// Each command by its own module. Whoever has more to say than well or not says it by an exit code.
fn dispatch(command: Command) -> Result<ExitCode> {
    let out = &mut Output { answer: &mut io::stdout(), words: &mut io::stderr() };
    match command {
        Command::Demo(flags) => return block_on(demo::run(flags)),
        Command::Up(flags) => return block_on(up::run(*flags)),
        Command::Run(flags) => return Ok(cli::local::run(flags)),
        Command::Plan(flags) => return Ok(cli::local::plan(flags)),
        Command::Lint(flags) => return Ok(cli::local::lint(flags)),
        Command::Env(folder) => folder.write_exports(out),
        Command::Keys(flags) => block_on(remote::keys::run(flags, out)),
        Command::Accounts(flags) => block_on(remote::accounts::run(flags, out)),
        Command::Oidc(flags) => return block_on(remote::oidc::run(flags, out)),
        Command::Console(flags) => block_on(remote::console::run(flags, out)),
        Command::Forges(flags) => block_on(remote::forges::run(flags, out)),
        Command::Connections(flags) => block_on(remote::connections::run(flags, out)),
        Command::Pipelines(flags) => block_on(remote::pipelines::run(flags, out)),
        Command::Executions(flags) => block_on(remote::executions::run(flags, out)),
        Command::Deliveries(flags) => return block_on(remote::deliveries::run(flags, out)),
        Command::Logs(flags) => block_on(remote::logs::run(flags, out)),
        Command::Artifacts(flags) => block_on(remote::artifacts::run(flags, out)),
        Command::Buckets(flags) => block_on(remote::buckets::run(flags, out)),
        Command::Why(flags) => block_on(remote::why::run(flags, out)),
        Command::Variables(flags) => block_on(remote::variables::run(flags, out)),
        Command::Audit(flags) => block_on(remote::audit::run(flags, out)),
        Command::Forge(flags) => block_on(forge::run(&flags)),
        Command::Backup(flags) => block_on(remote::backup::backup(flags, out)),
        Command::Restore(flags) => remote::backup::restore(flags, out),
        Command::Completions { shell } => complete(shell, out),
    }?;
    Ok(ExitCode::SUCCESS)
}

fn block_on<T>(command: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Runtime::new().context("the runtime cannot start")?;
    let done = runtime.block_on(command);
    // Standard input may be read by a thread that no one can end.
    runtime.shutdown_background();
    done
}

/// Written at once: clap's own writer panics where nobody reads to the end.
fn complete(shell: clap_complete::Shell, out: &mut Output<'_>) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "towpath", &mut script);
    Ok(out.answer.write_all(&script)?)
}

/// 0 it went well; 1 it was refused or failed; 2 (clap's own) the command line was wrong.
fn finish(done: Result<ExitCode>) -> ExitCode {
    done.unwrap_or_else(|error| {
        // `towpath … | head` has all that it wants.
        if is_broken_pipe(&error) {
            return ExitCode::SUCCESS;
        }
        let _ = writeln!(io::stderr(), "{}", told(&error));
        ExitCode::FAILURE
    })
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let pipe = |error: &io::Error| error.kind() == ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref().is_some_and(pipe))
}

/// The error with its causes, each of them once: some repeat what they were caused by.
fn told(error: &anyhow::Error) -> String {
    let mut said = format!("error: {error}");
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !said.contains(&cause) {
            said.push_str(&format!("\n  because: {cause}"));
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_of_the_readme_is_understood() {
        let readme = include_str!("../../../README.md").replace("\\\n", "");
        let lines = readme.lines().map(str::trim).filter(|line| line.starts_with("towpath "));
        let read: Vec<_> = lines.map(|line| line.trim_end_matches('&')).collect();
        assert!(read.len() >= 6, "{read:?}");
        for line in read {
            let words = line.split_whitespace().filter(|word| *word != "practice-secret)");
            let parsed = Arguments::try_parse_from(words);
            assert!(
                parsed.is_ok(),
                "{line}\n{}",
                parsed.err().map_or_else(String::new, |it| it.to_string())
            );
        }
    }

    #[test]
    fn a_wrong_command_line_says_what_would_be_right() {
        fn check(line: &str, word: &str) {
            let error = Arguments::try_parse_from(line.split_whitespace()).expect_err(line);
            let said = error.to_string();
            assert!(said.contains(word) && error.exit_code() == 2, "{line}\n{said}");
        }
        check("towpath", "Usage");
        check("towpath upp", "'up'");
        check("towpath logs", "<PIPELINE>");
        check("towpath logs first --attempt 0 --action A", "0 is not in 1..");
        check("towpath logs first --attempt 2", "--action");
        check("towpath forges register --client-id a --client-secret-file -", "--provider");
        check(
            "towpath forges register --provider GitHub --host h --client-id a --client-secret-file -",
            "cannot be used with",
        );
        check("towpath connections create x --provider GitHog", "unknown variant `GitHog`");
        check("towpath deliveries list --outcome lost", "unknown variant `lost`");
        check("towpath deliveries show dlv-1 --json --body", "cannot be used with");
        check("towpath deliveries normalise --provider gitea push.json", "bitbucket-server");
        check("towpath oidc explain", "<PIECE>");
        check("towpath oidc setup aws --account 1 --issuer i --audience a", "--subject");
        check("towpath oidc setup aws --account 1 --workspace w --issuer i", "cannot be used with");
        check("towpath deliveries verify --provider github push.json", "--secret-file");
    }

    #[test]
    fn the_data_folder_may_stand_anywhere() {
        for line in
            ["towpath keys --data d list", "towpath keys list --data d", "towpath env --data d"]
        {
            assert!(Arguments::try_parse_from(line.split_whitespace()).is_ok(), "{line}");
        }
    }

    #[test]
    fn an_error_is_told_with_its_causes_and_a_closed_pipe_is_none() {
        let error = anyhow::anyhow!("the disk is full").context("cannot write x");
        assert_eq!(told(&error), "error: cannot write x\n  because: the disk is full");
        let error = anyhow::anyhow!("inner").context("outer: inner");
        assert_eq!(told(&error), "error: outer: inner");
        let pipe = anyhow::Error::from(io::Error::from(ErrorKind::BrokenPipe)).context("list");
        assert!(is_broken_pipe(&pipe) && !is_broken_pipe(&error));
    }
}
