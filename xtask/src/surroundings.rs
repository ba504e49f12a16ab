//! What the tests find in their environment, and nothing else about the machine.
//!
//! `TOWPATH_REFERENCE`, the folder of documented facts and payloads, is handed on from the
//! caller: not every clone has it beside it.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::setup::{node, python};
use crate::workspace::Workspace;

const PROPERTY_CASES_DEEP: &str = "10000";

/// What every test may find in its environment.
pub struct Surroundings<'a> {
    /// The repository.
    pub workspace: &'a Workspace,
    /// The PostgreSQL of this run, where it started.
    pub database: Option<String>,
    deep: bool,
    models: PathBuf,
}

impl Surroundings<'_> {
    /// After the set-up.
    pub fn of(workspace: &Workspace, deep: bool) -> Result<Surroundings<'_>> {
        Ok(Surroundings { workspace, database: None, deep, models: python::models(workspace)? })
    }

    /// A command that sees them.
    pub fn give(&self, mut command: Command) -> Command {
        command
            .env("TOWPATH_BINARY", self.workspace.built("towpath"))
            .env("TOWPATH_BOTOCORE", &self.models)
            .env("TOWPATH_NPM", node::folder(self.workspace))
            .env("TOWPATH_PYTHON", python::interpreter(self.workspace))
            .env("TOWPATH_AWS", python::aws(self.workspace))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(&self.workspace.root);
        if let Some(url) = &self.database {
            command.env("TOWPATH_POSTGRES", url);
        }
        if self.deep {
            command.env("TOWPATH_DEEP", "1").env("PROPTEST_CASES", PROPERTY_CASES_DEEP);
            command.env("NEXTEST_PROFILE", "deep");
        }
        command
    }

    /// A script of `scenarios/clients/`, by what its name ends in.
    pub fn client(&self, script: &str) -> Command {
        let mut client = Command::new(match script.ends_with(".py") {
            true => python::interpreter(self.workspace),
            false => "node".into(),
        });
        client.arg(self.workspace.root.join("scenarios/clients").join(script));
        self.give(client)
    }
}
