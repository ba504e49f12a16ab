//! The system packages: only the missing ones, by apt where that is allowed, else named.

use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::postgres;
use crate::stage::succeed;
use crate::workspace::program;

/// A package and how to tell that it, or something as good, is there.
struct Package {
    name: &'static str,
    present: fn() -> bool,
}

const PACKAGES: &[Package] = &[
    Package { name: "bubblewrap", present: || program("bwrap").is_some() },
    Package {
        name: "chromium",
        present: || std::env::var_os("CHROMIUM").is_some() || program("chromium").is_some(),
    },
    Package { name: "nodejs", present: || program("node").is_some() },
    Package { name: "npm", present: || program("npm").is_some() },
    Package { name: "postgresql", present: || postgres::program("initdb").is_some() },
    Package { name: "python3", present: || program("python3").is_some() },
    Package { name: "python3-venv", present: python_makes_environments },
];

/// Installs what is missing; where apt may not be used, the error says what to install.
pub fn install() -> Result<()> {
    let missing: Vec<&str> = PACKAGES.iter().filter(|p| !(p.present)()).map(|p| p.name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let Some(administrator) = administrator() else {
        bail!("missing, and apt may not be used here: install {}", missing.join(" "));
    };
    println!("installing {}", missing.join(" "));
    apt(administrator, &["update", "-q"])?;
    apt(
        administrator,
        &[&["install", "-q", "-y", "--no-install-recommends"], &missing[..]].concat(),
    )
}

/// The command line that apt runs behind: empty for root, `sudo` where it asks nothing.
fn administrator() -> Option<&'static [&'static str]> {
    const ROOT: &[&str] = &["env"];
    const SUDO: &[&str] = &["sudo", "-n", "env"];
    program("apt-get")?;
    [ROOT, SUDO].into_iter().find(|&prefix| {
        let identity = prefixed(prefix, "id").arg("-u").stderr(Stdio::null()).output();
        identity.is_ok_and(|output| output.stdout == b"0\n")
    })
}

fn apt(administrator: &[&str], arguments: &[&str]) -> Result<()> {
    // With a run level of 1, invoke-rc.d starts no service: the tests want the programs only.
    let mut command = prefixed(administrator, "DEBIAN_FRONTEND=noninteractive");
    command.args(["RUNLEVEL=1", "apt-get"]).args(arguments).stdin(Stdio::null());
    succeed(&mut command).map(drop)
}

fn prefixed(prefix: &[&str], word: &str) -> Command {
    let mut command = Command::new(prefix[0]);
    command.args(&prefix[1..]).arg(word);
    command
}

fn python_makes_environments() -> bool {
    let asked = Command::new("python3")
        .args(["-c", "import venv, ensurepip"])
        .stderr(Stdio::null())
        .status();
    asked.is_ok_and(|status| status.success())
}
