//! The machine that a figure was measured on: without it the figure means nothing.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Result, bail, ensure};
use rustix::fs::statfs;

/// File systems by their magic number (statfs(2)); those in memory are refused.
const FILE_SYSTEMS: &[(i64, &str, bool)] = &[
    (0x0102_1994, "tmpfs", false),
    (0x8584_58f6_u32 as i64, "ramfs", false),
    (0xef53, "ext4", true),
    (0x9123_683e_u32 as i64, "btrfs", true),
    (0x5846_5342, "xfs", true),
    (0x794c_7630, "overlayfs", true),
    (0x2fc1_2fc1, "zfs", true),
];

/// One line about the machine. An error where `folder` lies in memory: a durable write
/// costs nothing there.
pub fn describe(folder: &Path) -> Result<String> {
    let file_system = file_system(folder)?;
    let read = |file: &str| std::fs::read_to_string(file).unwrap_or_default().trim().to_owned();
    Ok(format!(
        "{} cores, kernel {}, load {}, data on {file_system}",
        std::thread::available_parallelism()?,
        read("/proc/sys/kernel/osrelease"),
        read("/proc/loadavg").split(' ').take(3).collect::<Vec<_>>().join(" "),
    ))
}

/// One line about a SQLite database, from its own header (sqlite.org/fileformat.html §1.3). How a
/// commit is synced is a connection's setting and in no file: `store` sets FULL, and its tests hold it.
pub fn database(file: &Path) -> Result<String> {
    let mut header = [0; 100];
    File::open(file)?.read_exact(&mut header)?;
    ensure!(header.starts_with(b"SQLite format 3\0"), "{} is no database", file.display());
    let page = u16::from_be_bytes([header[16], header[17]]);
    let journal = if header[18] == 2 { "WAL" } else { "no WAL" };
    let vacuum = if header[64..68] != [0; 4] { "INCREMENTAL" } else { "off" };
    Ok(format!("journal_mode {journal}, synchronous FULL, auto_vacuum {vacuum}, pages of {page}"))
}

fn file_system(folder: &Path) -> Result<String> {
    let magic = statfs(folder)?.f_type;
    match FILE_SYSTEMS.iter().find(|(number, ..)| *number == magic) {
        Some((_, name, false)) => {
            bail!("{} is on {name}; choose a folder on disk with --data", folder.display())
        }
        Some((_, name, true)) => Ok((*name).to_owned()),
        None => Ok(format!("a file system with number {magic:#x}")),
    }
}
