//! `towpath demo`: the whole story on this machine, told as it happens. A server, a practice forge,
//! a handshake, a pipeline, a push, an execution with an approval, a status back at the forge.
//!
//! Everything goes the way it goes in real use: over HTTP, signed, with git.

mod browser;
mod outcome;
mod scene;
mod stop;
mod story;
mod teller;
mod watch;

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Result;

use crate::arguments::Demo;
use scene::Scene;
use stop::Stop;
use story::Told;
use teller::Teller;

/// Tells the story; with `--once` ends afterwards, else keeps everything up until Ctrl-C. However it
/// ends, nothing of it is left.
///
/// # Errors
/// There is no folder to be had, or the output is closed. A story that fails is told, and the exit
/// code says so.
pub async fn run(arguments: Demo) -> Result<ExitCode> {
    let (mut stop, mut scene) = (Stop::listen()?, Scene::open()?);
    let teller = Teller::new(!arguments.json);
    let told = tokio::select! {
        told = story::tell(&teller, &mut scene) => told,
        name = stop.asked() => Err(anyhow::anyhow!("interrupted by {name}")),
    };
    let shown = show(&arguments, &teller, &told);
    if shown.is_ok() && told.is_ok() && !arguments.once && !arguments.json {
        stop.asked().await;
    }
    scene.close().await;
    shown?;
    Ok(match told {
        Ok(told) if told.outcome.succeeded() => ExitCode::SUCCESS,
        // `towpath demo | head` has all that it wants.
        Err(cause) if crate::is_broken_pipe(&cause) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

fn show(arguments: &Demo, teller: &Teller, told: &Result<Told>) -> Result<()> {
    match told {
        _ if arguments.json => {
            let object = outcome::json(told.as_ref().map(|told| &told.outcome));
            Ok(writeln!(io::stdout(), "{object}")?)
        }
        Err(cause) => {
            teller.fail(cause);
            Ok(())
        }
        Ok(_) if arguments.once => Ok(()),
        Ok(told) => {
            teller.say(&format!("console: {}", told.console_link))?;
            Ok(teller.say("everything stays up; Ctrl-C ends it")?)
        }
    }
}
