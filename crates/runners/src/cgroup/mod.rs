//! Control groups: limits on memory, processes and CPU that hold for all of a step together.
//!
//! What a machine offers is found out once: version 1 (a hierarchy a controller), version 2 (one for
//! all), both side by side, or none. What is missing is named in a notice before the run.

mod find;

use crate::Limits;
use find::Controller;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

const NOT: &str = "does not hold";
const EACH: &str = "is looked at from time to time; each process of a step by itself is refused what is a \
                    quarter more";
const BY_USER: &str = "holds as the kernel's limit on the processes of a user: where it is reached no other \
                       begins (\"Resource temporarily unavailable\"), and the step is ended once that is seen";

/// The three controllers that limits need, as far as this process may use them.
#[derive(Clone, Debug)]
pub(crate) struct Controllers {
    memory: Option<Controller>,
    pids: Option<Controller>,
    cpu: Option<Controller>,
}

impl Controllers {
    /// Finds the controllers under which this process may make groups.
    pub(crate) fn detect() -> Self {
        let found = find::find(Path::new("/proc/self"));
        let [memory, pids, cpu] = ["memory", "pids", "cpu"].map(|name| found.controller(name));
        Self { memory, pids, cpu }
    }

    /// Removes the folders of groups, where no step has one in them.
    pub(crate) fn leave(&self) {
        for controller in [&self.memory, &self.pids, &self.cpu].into_iter().flatten() {
            let _ = fs::remove_dir(&controller.folder);
        }
    }

    /// Whether processes are counted.
    pub(crate) fn count_processes(&self) -> bool {
        self.pids.is_some()
    }

    /// Whether memory is measured.
    pub(crate) fn measure_memory(&self) -> bool {
        self.memory.is_some()
    }

    /// Which limits hold on this machine less than they say, or not at all, a sentence each. Processes
    /// may be counted by their user instead.
    pub(crate) fn missing(&self, limits: &Limits, counts_by_user: bool) -> Vec<String> {
        let absent = |controller: &Option<Controller>, name: &str, limit: &str, how: &str| {
            let text =
                format!("control group \"{name}\" is not available to this process: {limit} {how}");
            controller.is_none().then_some(text)
        };
        let cpu = limits.step_cpu_percent_max.is_some();
        let processes = if counts_by_user { BY_USER } else { NOT };
        [
            absent(&self.memory, "memory", crate::Limit::StepMemoryBytes.name(), EACH),
            absent(&self.pids, "pids", crate::Limit::StepProcesses.name(), processes),
            absent(&self.cpu, "cpu", "limits.step_cpu_percent_max", NOT).filter(|_| cpu),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Makes a group for one step. The step before it may have the same name, and a group of that name
    /// while the kernel still buries its processes: a number tells them apart.
    pub(crate) fn group(&self, name: &str, limits: &Limits) -> io::Result<Group> {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let name = &format!("{name}-{}", MADE.fetch_add(1, Ordering::Relaxed));
        let mut group = Group::default();
        if let Some(memory) = &self.memory {
            let folder = group.join(memory, name)?;
            limit_memory(memory, &folder, limits.step_memory_bytes_max)?;
            group.memory = Some((folder, memory.is_v2));
        }
        if let Some(pids) = &self.pids {
            let folder = group.join(pids, name)?;
            fs::write(folder.join("pids.max"), limits.step_processes_max.to_string())?;
            group.pids = Some(folder);
        }
        if let (Some(cpu), Some(percent)) = (&self.cpu, limits.step_cpu_percent_max) {
            let folder = group.join(cpu, name)?;
            limit_cpu(cpu, &folder, percent)?;
        }
        Ok(group)
    }
}

fn limit_memory(memory: &Controller, folder: &Path, bytes: u64) -> io::Result<()> {
    let bytes = bytes.to_string();
    if memory.is_v2 {
        fs::write(folder.join("memory.max"), bytes)?;
        // Absent where the kernel was built without swap.
        let _ = fs::write(folder.join("memory.swap.max"), "0");
    } else {
        fs::write(folder.join("memory.limit_in_bytes"), &bytes)?;
        let _ = fs::write(folder.join("memory.memsw.limit_in_bytes"), &bytes);
    }
    Ok(())
}

fn limit_cpu(cpu: &Controller, folder: &Path, percent: u32) -> io::Result<()> {
    // Hundredths of a CPU are thousands of microseconds in the usual period of 100,000.
    let quota = u64::from(percent) * 1000;
    match cpu.is_v2 {
        true => fs::write(folder.join("cpu.max"), format!("{quota} 100000")),
        false => fs::write(folder.join("cpu.cfs_quota_us"), quota.to_string()),
    }
}

/// The group of one step, in as many hierarchies as its limits need. Dropped, it is gone.
#[derive(Debug, Default)]
pub(crate) struct Group {
    folders: Vec<PathBuf>,
    memory: Option<(PathBuf, bool)>,
    pids: Option<PathBuf>,
}

impl Group {
    fn join(&mut self, controller: &Controller, name: &str) -> io::Result<PathBuf> {
        let folder = controller.folder.join(name);
        if !self.folders.contains(&folder) {
            // Another runner of this process may take the empty folder away in between.
            while let Err(error) = controller.make_folder().and_then(|()| fs::create_dir(&folder)) {
                if error.kind() != io::ErrorKind::NotFound {
                    return Err(error);
                }
            }
            self.folders.push(folder.clone());
        }
        Ok(folder)
    }

    /// The files through which a child joins, opened by us: the child writes when it is nobody yet.
    ///
    /// A child is one thread, and where threads have a door of their own (version 1) it goes through
    /// that: the other one first waits until every processor has let go of every process, which took
    /// 6 to 24 ms where this one took 0.05.
    pub(crate) fn doors(&self) -> io::Result<Vec<File>> {
        let open = |path: PathBuf| OpenOptions::new().write(true).open(path);
        let door = |folder: &PathBuf| match open(folder.join("tasks")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                open(folder.join("cgroup.procs"))
            }
            opened => opened,
        };
        self.folders.iter().map(door).collect()
    }

    /// How many processes were killed for want of memory.
    pub(crate) fn memory_kills(&self) -> u64 {
        self.memory.as_ref().map_or(0, |(folder, is_v2)| {
            let file = if *is_v2 { "memory.events" } else { "memory.oom_control" };
            value(&folder.join(file), "oom_kill")
        })
    }

    /// How many processes were not made because there were too many.
    pub(crate) fn refused_forks(&self) -> u64 {
        self.pids.as_ref().map_or(0, |folder| value(&folder.join("pids.events"), "max"))
    }

    /// Kills every process in the group, again and again until none is left to fork.
    pub(crate) fn kill(&self) {
        for folder in &self.folders {
            // Version 2 has one word for it, which no fork can outrun.
            if fs::write(folder.join("cgroup.kill"), "1").is_ok() {
                continue;
            }
            for _ in 0..100 {
                if !kill_all(folder) {
                    break;
                }
            }
        }
    }
}

/// Kills what is in the group now; whether there was something.
fn kill_all(folder: &Path) -> bool {
    let listed = fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
    let pids = listed.lines().filter_map(|line| rustix::process::Pid::from_raw(line.parse().ok()?));
    pids.filter(|pid| rustix::process::kill_process(*pid, rustix::process::Signal::KILL).is_ok())
        .count()
        > 0
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
        for folder in &self.folders {
            find::remove_group(folder);
        }
    }
}

/// The number beside `key` in a file of `key number` lines; 0 where there is none.
fn value(file: &Path, key: &str) -> u64 {
    let text = fs::read_to_string(file).unwrap_or_default();
    let mut pairs = text.lines().filter_map(|line| line.split_once(' '));
    let found = pairs.find(|(name, _)| *name == key);
    found.and_then(|(_, number)| number.trim().parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::Controllers;
    use crate::Limits;

    #[test]
    fn a_step_gets_its_group_while_the_one_before_it_is_not_gone() {
        let (controllers, limits) = (Controllers::detect(), Limits::default());
        let before = controllers.group("attempt", &limits).unwrap();
        let after = controllers.group("attempt", &limits).unwrap();
        assert!(before.folders.iter().all(|folder| !after.folders.contains(folder)));
        drop((before, after));
        controllers.leave();
    }
}
