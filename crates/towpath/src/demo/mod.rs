//! `towpath demo`: the whole story on this machine, told as it happens. A server, a practice forge,
//! a handshake, a pipeline, a push, an execution with an approval, a status back at the forge.
//!
//! Everything goes the way it goes in real use: over HTTP, signed, with git.

mod browser;
mod outcome;
mod story;
mod teller;
mod watch;

use std::process::ExitCode;

use anyhow::Result;

use crate::arguments::Demo;
use teller::Teller;

/// Tells the story; with `--once` ends afterwards, else keeps everything up until Ctrl-C.
///
/// # Errors
/// None: a story that fails is told, and the exit code says so.
pub async fn run(arguments: Demo) -> Result<ExitCode> {
    let teller = Teller::new(!arguments.json);
    let stays = !arguments.once && !arguments.json;
    let told = story::tell(&teller).await;
    let code = match &told {
        Ok(told) if told.outcome.succeeded() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    };
    if arguments.json {
        println!("{}", outcome::json(told.as_ref().map(|told| &told.outcome)));
    } else if let Err(cause) = &told {
        teller.fail(cause);
    }
    if let Ok(told) = told {
        if stays {
            teller.say(&format!("console: {}", told.console_link));
            teller.say("everything stays up; Ctrl-C ends it");
            tokio::signal::ctrl_c().await?;
        }
        told.stop().await;
    }
    Ok(code)
}
