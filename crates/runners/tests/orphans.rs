//! A server that is killed leaves no process of a step behind, at whatever moment it happens.
//!
//! The server is this very test program, started again: it opens a runner, says so, and runs steps until
//! it is killed. Steps are found by their user, which is theirs alone; so this needs root.

mod world;

use domain::clock::SystemClock;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use world::{World, job, step};

/// Users of the steps here and nowhere else.
const UIDS: std::ops::Range<u32> = 190_000..190_064;
/// The folder that the server works in; where it is set, this program is that server.
const FOLDER: &str = "TOWPATH_TEST_ORPHANS";
const KILLS: u64 = 60;
/// By then a step has long begun, on a busy machine too.
const MICROS_MAX: u64 = 60_000;
/// What is dying is gone by then.
const GONE: Timespec = Timespec { tv_sec: 20, tv_nsec: 0 };

#[test]
fn a_killed_server_leaves_no_process_of_a_step() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return serve(Path::new(&folder));
    }
    if !rustix::process::geteuid().is_root() || World::isolated().is_none() {
        return println!("skipped: only root gives steps a user of their own");
    }
    for seed in 0..KILLS {
        kill_a_server(seed);
        for survivor in steps() {
            let gone = poll(&mut [PollFd::new(&survivor.0, PollFlags::IN)], Some(&GONE));
            assert_eq!(gone.unwrap(), 1, "seed {seed}: it goes on: {}", survivor.1);
        }
    }
    println!("{KILLS} servers killed");
}

/// Runs steps that never end by themselves, as a server does.
fn serve(folder: &Path) {
    let blobs = Arc::new(blobs::Blobs::open(&folder.join("blobs")).unwrap());
    let config = runners::RunnerConfig {
        folder: folder.join("jobs"),
        uids: UIDS,
        bubblewrap: None,
        host_allowed: false,
    };
    let runner = runners::open(&config, blobs.clone(), Arc::new(SystemClock)).unwrap();
    let world =
        World { folder: tempfile::tempdir_in(folder).unwrap(), jobs: config.folder, blobs, runner };
    println!("begun");
    loop {
        world.run(&job([step(&["setsid sleep 600 & sleep 0.01"])]));
    }
}

/// Starts a server, and kills it at the seed's moment.
fn kill_a_server(seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    let pass = std::os::unix::fs::PermissionsExt::from_mode(0o711);
    fs::set_permissions(folder.path(), pass).unwrap();
    let mut server = Command::new(std::env::current_exe().unwrap());
    server.args(["--exact", "a_killed_server_leaves_no_process_of_a_step", "--nocapture"]);
    server.env(FOLDER, folder.path()).stdout(Stdio::piped()).process_group(0);
    let mut server = server.spawn().unwrap();
    let printed = BufReader::new(server.stdout.take().unwrap());
    assert!(printed.lines().map_while(Result::ok).any(|line| line.contains("begun")));
    // The moment itself is what is chosen here, so it must be waited for.
    let micros = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let until = Instant::now() + Duration::from_micros(micros % MICROS_MAX);
    while Instant::now() < until {
        std::hint::spin_loop();
    }
    server.kill().unwrap();
    server.wait().unwrap();
}

/// The steps' processes that live, by a descriptor that becomes readable when they are gone.
fn steps() -> Vec<(rustix::fd::OwnedFd, String)> {
    let all = fs::read_dir("/proc").unwrap().flatten();
    let of_steps = all.filter(|it| it.metadata().is_ok_and(|data| UIDS.contains(&data.uid())));
    let alive = |it: fs::DirEntry| {
        let pid = Pid::from_raw(it.file_name().to_str()?.parse().ok()?)?;
        let descriptor = pidfd_open(pid, PidfdFlags::empty()).ok()?;
        let status = fs::read_to_string(it.path().join("status")).unwrap_or_default();
        let shown = status.lines().take(3).collect::<Vec<_>>().join(" ");
        Some((descriptor, shown))
    };
    of_steps.filter_map(alive).collect()
}
