//! `towpath forge`: the practice forge on its own, to try things without a real one.

use std::io::{self, Write};

use anyhow::{Context, Result};
use domain::Secret;
use practice_forge::{Config, PracticeForge, RegisteredApp};
use tokio::signal::unix::{SignalKind, signal};
use url::Url;

use crate::arguments::Forge;

/// Codes go back to a server on this machine: on loopback the port does not count (RFC 8252).
const CALLBACK: &str = "http://127.0.0.1/oauth/callback/";

/// The OAuth app and the user's password: known beforehand, so that a guide can print commands. The
/// forge listens on loopback only.
const CLIENT_ID: &str = "practice-client";
const CLIENT_SECRET: &str = "practice-secret";
const PASSWORD: &str = "practice";

/// What the repository begins with.
const FILES: [(&str, &str); 1] =
    [("README.md", "# Practice\n\nA repository to try pipelines with.\n")];

/// Runs a forge until Ctrl-C, and says how to use it.
///
/// # Errors
/// The address is taken or not loopback, the repository's name is none, git is missing, or the
/// output is closed.
pub async fn run(flags: &Forge) -> Result<()> {
    let config = Config { listen: flags.listen, ..Config::default() };
    let login = config.login.clone();
    let forge = PracticeForge::start(config).await.context("the practice forge cannot start")?;
    forge.create_repository(&flags.repository, &FILES).await?;
    let (client_id, client_secret) = (CLIENT_ID.to_owned(), Secret::new(CLIENT_SECRET));
    let app = RegisteredApp { client_id, client_secret };
    forge.admit_app(&app, &Url::parse(CALLBACK)?);
    let token = Secret::new(PASSWORD);
    forge.admit_token(&token);
    let clone = clone_url(forge.base_url(), &login, token.expose(), &flags.repository)?;
    write(&mut io::stdout(), forge.base_url(), &clone, &app)?;
    until_stopped().await
}

/// Either way the forge is dropped, and its folder with it.
async fn until_stopped() -> Result<()> {
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

/// The URL with the user and a token as the password, as `git clone` takes it.
fn clone_url(base: &Url, login: &str, token: &str, repository: &str) -> Result<Url> {
    let mut url = base.join(&format!("{repository}.git"))?;
    let placed = url.set_username(login).and_then(|()| url.set_password(Some(token)));
    placed.map_err(|()| anyhow::anyhow!("{base} takes no user name"))?;
    Ok(url)
}

fn write(out: &mut dyn Write, base: &Url, clone: &Url, app: &RegisteredApp) -> io::Result<()> {
    let endpoint = base.as_str().trim_end_matches('/');
    writeln!(out, "A practice forge (GitHub Enterprise Server) runs until Ctrl-C.")?;
    writeln!(out, "endpoint       {endpoint}")?;
    writeln!(out, "clone          git clone {clone}")?;
    writeln!(out, "client id      {}", app.client_id)?;
    writeln!(out, "client secret  {}", app.client_secret.expose())?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_enough_to_use_it() {
        let base = Url::parse("http://127.0.0.1:7800/").expect("a URL");
        let clone = clone_url(&base, "practice", "ghp_1", "practice/app").expect("a URL");
        let (client_id, client_secret) = ("c".to_owned(), Secret::new("s"));
        let mut said = Vec::new();
        write(&mut said, &base, &clone, &RegisteredApp { client_id, client_secret }).expect("said");
        let said = String::from_utf8(said).expect("text");
        for line in [
            "endpoint       http://127.0.0.1:7800",
            "clone          git clone http://practice:ghp_1@127.0.0.1:7800/practice/app.git",
            "client id      c",
            "client secret  s",
        ] {
            assert!(said.lines().any(|it| it == line), "{line}\n{said}");
        }
    }
}
