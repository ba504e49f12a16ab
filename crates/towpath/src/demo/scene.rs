//! What stands while the story is told, and is cleared away however it ends.

use std::io;

use practice_forge::PracticeForge;
use server::Running;
use tempfile::TempDir;

/// The folder of the demo and what runs in it.
pub struct Scene {
    /// The server's folder and its key's.
    pub folder: TempDir,
    /// The practice forge, with a folder of its own.
    pub forge: Option<PracticeForge>,
    /// The server.
    pub running: Option<Running>,
}

impl Scene {
    /// An empty folder.
    ///
    /// # Errors
    /// There is no place for one.
    pub fn open() -> io::Result<Self> {
        Ok(Self { folder: tempfile::tempdir()?, forge: None, running: None })
    }

    /// Ends the server, and its steps with it; then forge and folders go.
    pub async fn close(self) {
        if let Some(running) = self.running {
            running.stop().await;
        }
    }
}
