//! The files of one step: a folder of its own, filled from the job's inputs.

use crate::{End, Input, Token, folder, script::Script};
use blobs::Blobs;
use blobs::archive::{LeftOut, Owner};
use blobs::limits::ArchiveLimits;
use domain::{ArtifactName, ArtifactRef};
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The user id that an isolated step sees as its own.
pub(crate) const STEP_ID: u32 = 1000;
/// Where an isolated step finds its files.
pub(crate) const INSIDE: &str = "/build";

/// Where a step's files lie, on the host or as the step itself sees them.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// The folder that holds the four others; it is not the step's to change.
    pub root: PathBuf,
    /// Commands start here; it holds the first input.
    pub workspace: PathBuf,
    /// A folder for each further input, by its name.
    pub inputs: PathBuf,
    /// HOME.
    pub home: PathBuf,
    /// The scripts, which the step cannot change, and `variables`, which it writes.
    pub control: PathBuf,
}

impl Layout {
    /// The layout below a folder.
    pub(crate) fn below(folder: &Path) -> Self {
        let [workspace, inputs, home, control] =
            ["workspace", "inputs", "home", "control"].map(|name| folder.join(name));
        Self { root: folder.to_path_buf(), workspace, inputs, home, control }
    }

    /// The folder of the input at this place in the job.
    pub(crate) fn input(&self, index: usize, input: &Input) -> PathBuf {
        match index {
            0 => self.workspace.clone(),
            _ => self.inputs.join(input.name.as_str()),
        }
    }

    /// What the step may change.
    pub(crate) fn writable(&self) -> [PathBuf; 4] {
        [self.workspace.clone(), self.inputs.clone(), self.home.clone(), self.variables()]
    }

    /// The folder of the step's tokens.
    pub(crate) fn tokens(&self) -> PathBuf {
        self.control.join("tokens")
    }

    /// The file to which the script writes the output variables.
    pub(crate) fn variables(&self) -> PathBuf {
        self.control.join("variables")
    }
}

/// The files of a running job. Dropped, they are gone.
pub(crate) struct JobFolder {
    path: PathBuf,
    owner: Option<Owner>,
}

impl JobFolder {
    /// Makes the folder; the files in it will belong to `owner`.
    pub(crate) fn make(path: PathBuf, owner: Option<Owner>) -> io::Result<Self> {
        // Nobody lists it; whoever knows a name in it (the step's own user) may pass.
        fs::DirBuilder::new().mode(0o711).create(&path)?;
        Ok(Self { path, owner })
    }

    /// The user whose files they are, where it is not this process's own.
    pub(crate) fn uid(&self) -> Option<u32> {
        self.owner.map(|owner| owner.uid)
    }

    /// The layout of the step that is being prepared or runs.
    pub(crate) fn layout(&self) -> Layout {
        Layout::below(&self.path.join("step"))
    }

    /// Replaces the files of the step before with empty folders, and with the two files that
    /// bubblewrap copies: who the step is.
    pub(crate) fn begin_step(&self) -> io::Result<()> {
        let step = self.path.join("step");
        folder::remove(&step)?;
        self.make_folders(&step)?;
        let (id, home) = (STEP_ID, format!("{INSIDE}/home"));
        let passwd = format!("root:x:0:0::/:/bin/sh\nstep:x:{id}:{id}::{home}:/bin/sh\n");
        self.write_control("passwd", &passwd)?;
        self.write_control("group", &format!("root:x:0:\nstep:x:{id}:\n"))?;
        fs::write(self.layout().variables(), "")?;
        self.give(&self.layout().variables())
    }

    /// Fills the folders from the inputs of the step at this place in the plan, and writes the
    /// script when all of them are there: a step whose files are not complete has nothing to run.
    /// Gives what of which input was left out.
    pub(crate) fn fill(
        &self,
        blobs: &Blobs,
        step: usize,
        inputs: &[Input],
        script: &Script,
    ) -> Result<Vec<(ArtifactName, LeftOut)>, End> {
        let mut all = Vec::new();
        for (index, input) in inputs.iter().enumerate() {
            let left_out = self.unpack(blobs, index, input, input.of_step(step))?;
            if !left_out.is_empty() {
                all.push((input.name.clone(), left_out));
            }
        }
        self.write_script(script).map_err(broken)?;
        Ok(all)
    }

    fn unpack(
        &self,
        blobs: &Blobs,
        index: usize,
        input: &Input,
        artifact: &ArtifactRef,
    ) -> Result<LeftOut, End> {
        let unusable = |cause: String| End::InputUnusable { artifact: input.name.clone(), cause };
        let into = self.layout().input(index, input);
        if index > 0 {
            if !is_folder_name(input.name.as_str()) {
                return Err(unusable("its name cannot name a folder".to_owned()));
            }
            self.give_folder(&into).map_err(broken)?;
        }
        let archive = blobs.whole(artifact);
        let archive = archive.map_err(|error| unusable(error.to_string()))?;
        let limits = ArchiveLimits::default();
        let done = blobs::archive::extract(archive, &into, self.owner, &limits);
        done.map(|extracted| extracted.left_out).map_err(|error| unusable(error.to_string()))
    }

    /// Writes each token to a file that only the step's own user can read.
    pub(crate) fn write_tokens(&self, tokens: &[Token]) -> io::Result<()> {
        let folder = self.layout().tokens();
        if !tokens.is_empty() {
            fs::DirBuilder::new().mode(0o711).create(&folder)?;
        }
        for Token { variable, token, .. } in tokens {
            let path = folder.join(variable);
            let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
            file?.write_all(token.expose().as_bytes())?;
            self.give(&path)?;
        }
        Ok(())
    }

    fn make_folders(&self, step: &Path) -> io::Result<()> {
        let layout = self.layout();
        fs::DirBuilder::new().mode(0o711).create(step)?;
        for folder in [&layout.workspace, &layout.home, &layout.inputs] {
            self.give_folder(folder)?;
        }
        fs::DirBuilder::new().mode(0o755).create(&layout.control)
    }

    fn give_folder(&self, folder: &Path) -> io::Result<()> {
        fs::DirBuilder::new().mode(0o755).create(folder)?;
        self.give(folder)
    }

    fn give(&self, path: &Path) -> io::Result<()> {
        match self.owner {
            Some(Owner { uid, gid }) => std::os::unix::fs::chown(path, Some(uid), Some(gid)),
            None => Ok(()),
        }
    }

    /// `main` last: it is what a shell begins with.
    fn write_script(&self, script: &Script) -> io::Result<()> {
        for (name, text) in [("body", &script.body), ("after", &script.after)] {
            if let Some(text) = text {
                self.write_control(name, text)?;
            }
        }
        self.write_control("main", &script.main)
    }

    /// Writes a file that the step reads and cannot change.
    fn write_control(&self, name: &str, text: &str) -> io::Result<()> {
        let path = self.layout().control.join(name);
        fs::write(&path, text)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444))
    }
}

impl Drop for JobFolder {
    fn drop(&mut self) {
        if let Err(error) = folder::remove(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "a job's folder stays until the next start");
        }
    }
}

fn broken(error: io::Error) -> End {
    End::Broken { cause: format!("the workspace: {error}") }
}

fn is_folder_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains(['/', '\0'])
}
