//! What a step's processes come to together, added up from `/proc`: for machines where no control
//! group counts them. It is a look from time to time, so what begins and ends between two is missed.

use rustix::process::Pid;
use std::fs;

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Census {
    /// Processes and threads.
    pub tasks: u64,
    /// Bytes of memory of their own; what a process shares with those it came from counts for each.
    pub memory_bytes: u64,
    processes: Vec<i32>,
}

impl Census {
    /// Counts a process and all that come from it. Who is gone meanwhile is not counted.
    pub(crate) fn of(first: Pid) -> Self {
        let (mut census, mut left) = (Self::default(), vec![first.as_raw_nonzero().get()]);
        while let Some(process) = left.pop() {
            let Ok(status) = fs::read_to_string(format!("/proc/{process}/status")) else {
                continue;
            };
            let Ok(tasks) = fs::read_dir(format!("/proc/{process}/task")) else { continue };
            census.memory_bytes += bytes(&status, "RssAnon:");
            census.processes.push(process);
            for task in tasks.flatten() {
                census.tasks += 1;
                let children = fs::read_to_string(task.path().join("children"));
                let children = children.unwrap_or_default();
                left.extend(children.split_whitespace().filter_map(|it| it.parse::<i32>().ok()));
            }
        }
        census
    }

    /// Bytes of memory, what is shared counted once; the kernel takes longer to say so.
    pub(crate) fn exact_memory_bytes(&self) -> u64 {
        let own = |process: &i32| fs::read_to_string(format!("/proc/{process}/smaps_rollup"));
        let known = self.processes.iter().filter_map(|process| own(process).ok());
        known.map(|text| bytes(&text, "Pss_Anon:")).sum()
    }
}

/// A line of the kernel's: `RssAnon:  1234 kB`.
fn bytes(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok());
    number.unwrap_or_default() * 1024
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn children_are_counted_with_their_memory_and_what_they_share_once() {
        let mut shell = Command::new("bash");
        let text = "a=$(head -c 20000000 /dev/zero | tr '\\0' x)";
        shell.args(["-c", &format!("{text}; (echo ready; read _; :) <&0 & read _; wait")]);
        let mut child = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = [0; 6];
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut said).unwrap();
        let pid = Pid::from_raw(child.id() as i32).unwrap();
        let census = Census::of(pid);
        assert_eq!(census.tasks, 2);
        let exact = census.exact_memory_bytes();
        assert!(
            exact > 20_000_000 && census.memory_bytes > exact + 20_000_000,
            "{census:?} {exact}"
        );
        // Both read until their input ends.
        drop(child.stdin.take());
        child.wait().unwrap();
        assert_eq!(Census::of(pid), Census::default());
    }
}
