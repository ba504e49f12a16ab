//! Servers in processes of their own, to be killed as `kill -9` does.
//!
//! The process is the running test binary once more, with one test that calls [`serve`].

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use crate::clock::SteppedClock;
use crate::process::Process;
use crate::world::{Flags, World, config};

/// What such a process finds its settings in.
const SETTINGS: &str = "TOWPATH_STORY_SETTINGS";

/// A server in a process of its own; it is killed when it is dropped.
pub struct Apart(Child);

impl Apart {
    /// Kills it; returns once it is dead, and its data folder is free.
    pub fn kill(&mut self) {
        // It may have died already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        self.kill();
    }
}

impl World {
    /// Starts a server in a process of its own, on the world's database, with a data folder of this name.
    /// `test` is the ignored test of the running binary that calls [`serve`].
    pub fn start_apart(&self, name: &str, test: &str) -> Apart {
        let data = self.folder.path().join(name).display().to_string();
        let settings = Flags::from_iter([("data", data)].into_iter().chain(
            self.flags.iter().filter(|(name, _)| **name != "data").map(|(n, v)| (*n, v.clone())),
        ));
        let settings = serde_json::to_string(&settings).expect("texts");
        let binary = std::env::current_exe().expect("this binary");
        let started = Command::new(binary)
            .args([test, "--exact", "--ignored"])
            .env(SETTINGS, settings)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Apart(started.expect("it starts"))
    }
}

/// Serves until the process that started this one is gone; at once done where none did.
pub async fn serve() {
    let Ok(settings) = std::env::var(SETTINGS) else { return };
    let settings: std::collections::BTreeMap<String, String> =
        serde_json::from_str(&settings).expect("settings");
    // Their names live as long as the process.
    let flags: Flags = settings.into_iter().map(|(name, value)| (&*name.leak(), value)).collect();
    let folder = flags["data"].clone();
    let config = config(&flags, Path::new(&folder));
    let process = Process::start(config, Arc::new(SteppedClock::default())).await;
    let _process = process.expect("the server starts");
    let silent = || std::io::stdin().lines().count();
    let _ = tokio::task::spawn_blocking(silent).await;
}
