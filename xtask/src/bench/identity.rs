//! Identity: tokens asked for over HTTP and shown to STS, everything verified, judged and written into
//! the audit log; beside them what signing and verifying take alone. The load comes from the same
//! machine.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::figure::print;
use super::load::Hook;
use super::machine;
use crate::stage::succeed;
use crate::surroundings::Surroundings;
use crate::workspace::Workspace;

const CLIENTS: usize = 16;
/// Requests of one client, and of each of sixteen: all rounds together stay below what one step is
/// given.
const REQUESTS: usize = 600;
/// How often each is measured, so that a busy moment shows as one.
const ROUNDS: usize = 3;

/// An algorithm with what is promised for it: tokens minted a second.
const ALGORITHMS: [(&str, u32); 2] = [("RS256", 2_700), ("ES256", 6_000)];
/// Sessions opened a second.
const SESSIONS: u32 = 3_000;

/// Measures and prints.
pub fn run(workspace: &Workspace, folder: &Path) -> Result<()> {
    alone(workspace)?;
    let binary = workspace.target.join("release/towpath");
    let world = World::open(&Surroundings::of(workspace, false)?, &binary, folder)?;
    for (algorithm, promised) in ALGORITHMS {
        let of = format!("mint over HTTP, {algorithm} (≥ {promised}/s)");
        measure(&of, &world.minting(algorithm)?)?;
    }
    for (algorithm, _) in ALGORITHMS {
        let of = format!("AssumeRoleWithWebIdentity, {algorithm} (≥ {SESSIONS}/s)");
        measure(&of, &world.assuming(algorithm)?)?;
    }
    print("machine", &machine::describe(folder)?, "");
    Ok(())
}

/// What the mathematics take, on one core and without HTTP.
fn alone(workspace: &Workspace) -> Result<()> {
    succeed(&mut workspace.cargo("build --release --package identity --example tokens"))?;
    let told = Command::new(workspace.target.join("release/examples/tokens")).output()?;
    ensure!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    for line in String::from_utf8(told.stdout)?.lines() {
        print("alone", line, "");
    }
    Ok(())
}

fn measure(of: &str, request: &Hook) -> Result<()> {
    for _ in 0..ROUNDS {
        print("towpath", &format!("{of}, 1 client"), request.load(1, REQUESTS)?.latency);
        let rate = request.load(CLIENTS, REQUESTS)?.rate;
        print("towpath", &format!("{of}, {CLIENTS} clients"), format!("{rate:.0}/s"));
    }
    Ok(())
}

/// The release build with two steps that run in it.
struct World {
    script: Child,
    ready: Value,
}

impl World {
    fn open(surroundings: &Surroundings, binary: &Path, folder: &Path) -> Result<World> {
        let mut script = surroundings.client("bench_identity.py");
        script.env("TOWPATH_BINARY", binary).env("TMPDIR", folder);
        let mut script = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        let answers = script.stdout.take().context("stdout is piped")?;
        BufReader::new(answers).read_line(&mut line)?;
        let ready = serde_json::from_str(&line).context("bench_identity.py ended");
        Ok(World { script, ready: ready? })
    }

    /// A request for one more token of a step.
    fn minting(&self, algorithm: &str) -> Result<Hook> {
        let word = self.said(algorithm, "word")?;
        Ok(Hook {
            host: self.host()?,
            path: self.said(algorithm, "path")?,
            headers: format!("Authorization: bearer {word}\r\n"),
            body: Vec::new(),
        })
    }

    /// A call that shows a step's token.
    fn assuming(&self, algorithm: &str) -> Result<Hook> {
        Ok(Hook {
            host: self.host()?,
            path: "/".to_owned(),
            headers: "Content-Type: application/x-www-form-urlencoded\r\n".to_owned(),
            body: self.said(algorithm, "form")?.into_bytes(),
        })
    }

    fn host(&self) -> Result<String> {
        Ok(self.ready["host"].as_str().context("bench_identity.py names the server")?.to_owned())
    }

    fn said(&self, algorithm: &str, what: &str) -> Result<String> {
        let said = self.ready["steps"][algorithm][what].as_str();
        Ok(said
            .with_context(|| format!("bench_identity.py says {what} of {algorithm}"))?
            .to_owned())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // The script ends its world when its input ends.
        drop(self.script.stdin.take());
        drop(self.script.wait());
    }
}
