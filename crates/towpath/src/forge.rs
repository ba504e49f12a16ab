//! `towpath forge`: the practice forge on its own, to try things without a real one.

use std::io::{self, Write};
use std::time::Duration;

use anyhow::{Context, Result};
use domain::Secret;
use practice_forge::{Config, Kind, PracticeForge, RegisteredApp, TokenRules};
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

/// How often what is due is sent again.
const TURN: Duration = Duration::from_secs(1);

/// Runs a forge until Ctrl-C, and says how to use it.
///
/// # Errors
/// The address is taken or not loopback, the repository's name is none, git is missing, or the
/// output is closed.
pub async fn run(flags: &Forge) -> Result<()> {
    let config = config(flags);
    let login = config.login.clone();
    let forge = PracticeForge::start(config).await.context("the practice forge cannot start")?;
    forge.create_repository(&flags.repository, &FILES).await?;
    let (client_id, client_secret) = (CLIENT_ID.to_owned(), Secret::new(CLIENT_SECRET));
    let app = RegisteredApp { client_id, client_secret };
    let callback = flags.callback.clone().map_or_else(|| Url::parse(CALLBACK), Ok)?;
    forge.admit_app(&app, &callback);
    let token = Secret::new(PASSWORD);
    forge.admit_token(&token);
    let clone = with_password(forge.clone_url(&flags.repository)?, &login, token.expose())?;
    flags.trouble.iter().for_each(|trouble| forge.trouble(trouble.clone()));
    forge.misbehave(flags.deliveries);
    write(&mut io::stdout(), flags.kind, forge.base_url(), &clone, &app)?;
    until_stopped(&forge).await
}

fn config(flags: &Forge) -> Config {
    let rules = flags.kind.token_rules();
    let token_rules =
        flags.token_seconds.map(|it| TokenRules { access_seconds: Some(it), ..rules });
    Config { kind: flags.kind, listen: flags.listen, token_rules, ..Config::default() }
}

/// Either way the forge is dropped, and its folder with it.
async fn until_stopped(forge: &PracticeForge) -> Result<()> {
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut turns = tokio::time::interval(TURN);
    loop {
        tokio::select! {
            _ = interrupt.recv() => return Ok(()),
            _ = terminate.recv() => return Ok(()),
            _ = turns.tick() => forge.send_due().await,
        };
    }
}

/// The URL with the user and a token as the password, as `git clone` takes it.
fn with_password(mut url: Url, login: &str, token: &str) -> Result<Url> {
    let placed = url.set_username(login).and_then(|()| url.set_password(Some(token)));
    placed.map_err(|()| anyhow::anyhow!("{url} takes no user name"))?;
    Ok(url)
}

fn write(
    out: &mut dyn Write,
    kind: Kind,
    base: &Url,
    clone: &Url,
    app: &RegisteredApp,
) -> io::Result<()> {
    let endpoint = base.as_str().trim_end_matches('/');
    writeln!(out, "A practice forge ({}) runs until Ctrl-C.", kind.title())?;
    writeln!(out, "endpoint       {endpoint}")?;
    writeln!(out, "API            {endpoint}/{}", kind.api_path())?;
    writeln!(out, "token          {PASSWORD}")?;
    writeln!(out, "clone          git clone {clone}")?;
    writeln!(out, "client id      {}", app.client_id)?;
    writeln!(out, "client secret  {}", app.client_secret.expose())?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: Kind, clone: &str, lines: &[&str]) {
        let base = Url::parse("http://127.0.0.1:7800/").expect("a URL");
        let clone = with_password(base.join(clone).expect("a URL"), "practice", "ghp_1");
        let (client_id, client_secret) = ("c".to_owned(), Secret::new("s"));
        let app = RegisteredApp { client_id, client_secret };
        let mut said = Vec::new();
        write(&mut said, kind, &base, &clone.expect("a URL"), &app).expect("said");
        let said = String::from_utf8(said).expect("text");
        for line in lines {
            assert!(said.lines().any(|it| it == *line), "{line}\n{said}");
        }
    }

    #[test]
    fn what_is_said_is_enough_to_use_it() {
        let github = [
            "A practice forge (GitHub Enterprise Server) runs until Ctrl-C.",
            "endpoint       http://127.0.0.1:7800",
            "API            http://127.0.0.1:7800/api/v3",
            "token          practice",
            "clone          git clone http://practice:ghp_1@127.0.0.1:7800/practice/app.git",
            "client id      c",
            "client secret  s",
        ];
        check(Kind::GitHub, "practice/app.git", &github);
        let server = [
            "A practice forge (Bitbucket Server) runs until Ctrl-C.",
            "API            http://127.0.0.1:7800/rest/api/latest",
            "clone          git clone http://practice:ghp_1@127.0.0.1:7800/scm/P/app.git",
        ];
        check(Kind::BitbucketServer, "scm/P/app.git", &server);
    }
}
