//! What is looked at when a step is gone: the variables that its shell saved, and its workspace.

use crate::layout::Layout;
use crate::spawn::number;
use crate::{End, Output, Produced, limits, script};
use blobs::Blobs;
use blobs::archive::LeftOut;
use blobs::limits::ArchiveLimits;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::path::PathBuf;

/// What a step leaves, held by descriptors that it cannot put anything else behind.
pub(crate) struct Left {
    workspace: File,
    variables: File,
}

impl Left {
    pub(crate) fn open(layout: &Layout) -> io::Result<Self> {
        let (workspace, variables) = (&layout.workspace, layout.variables());
        Ok(Self { workspace: File::open(workspace)?, variables: File::open(variables)? })
    }

    /// Those of the named variables that the shell had set.
    pub(crate) fn variables(&self, names: &[String]) -> Result<Vec<(String, String)>, End> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        Ok(script::read_saved(&self.read_variables(names.len())?, names))
    }

    /// Packs an output, and says what was left out of it.
    pub(crate) fn pack(&self, output: &Output, blobs: &Blobs) -> Result<(Produced, LeftOut), End> {
        let name = output.name.clone();
        let mut draft = blobs.draft().map_err(End::broken)?;
        let limits = ArchiveLimits::default();
        let packed = blobs::archive::pack(&self.workspace(), &output.files, &limits, &mut draft);
        let packed = packed.map_err(|error| End::OutputUnusable {
            artifact: name.clone(),
            cause: error.to_string(),
        })?;
        let artifact = blobs.keep(draft).map_err(End::broken)?;
        Ok((Produced { name, artifact }, packed.left_out))
    }

    /// The workspace, by a path that leads to it whatever bears its name now.
    fn workspace(&self) -> PathBuf {
        format!("/proc/self/fd/{}", number(self.workspace.as_fd())).into()
    }

    /// What the shell saved of so many variables.
    fn read_variables(&self, count: usize) -> Result<Vec<u8>, End> {
        let (mut bytes, bytes_max) = (Vec::new(), limits::OUTPUT_VARIABLES_BYTES_MAX);
        // Each has a sign between its name and value and one at its end, which do not count.
        let signs = 2 * count as u64;
        let most = (&self.variables).take(bytes_max + signs + 1).read_to_end(&mut bytes);
        if most.map_err(End::broken)? as u64 <= bytes_max + signs {
            return Ok(bytes);
        }
        let saved = self.variables.metadata().map_err(End::broken)?.len();
        Err(End::VariablesTooLarge { bytes: saved.saturating_sub(signs), bytes_max })
    }
}
