//! Watching a step until it is gone: one loop that reads what it prints and looks at its limits.

use crate::census::Census;
use crate::cgroup::Group;
use crate::launch::Child;
use crate::layout::Layout;
use crate::limits::{CENSUS_SPARE, KILL_MILLIS, LOOK_MILLIS, PARTIAL_LINE_MILLIS};
use crate::output::{Output, Room};
use crate::{Abandon, End, Limit, Limits, folder};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::process::{PidfdFlags, Signal};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

/// Why a step was ended.
#[derive(Debug)]
pub(crate) enum Stop {
    Limit(Limit, u64),
    Abandoned,
    Broken(io::Error),
}

impl Stop {
    /// How the run ends whose step of this name was ended.
    pub(crate) fn end_of(self, step: &str) -> End {
        match self {
            Self::Limit(limit, value) => End::LimitReached { step: step.to_owned(), limit, value },
            Self::Abandoned => End::Abandoned,
            Self::Broken(error) => End::broken(error),
        }
    }
}

/// What a step is watched for.
pub(crate) struct Rules<'a> {
    pub limits: &'a Limits,
    /// Its time in seconds, and which limit says so.
    pub time: (Limit, u32),
    pub layout: &'a Layout,
    pub group: &'a Group,
    /// What the group does not count, and a census has to.
    pub uncounted: Uncounted,
    pub abandon: &'a Abandon,
}

/// What no control group counts of a step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Uncounted {
    pub memory: bool,
    pub processes: bool,
}

/// How a step's process ended: its exit code, 128 and the signal where one killed it; or why it was
/// ended.
pub(crate) fn watch(
    child: &mut Child,
    rules: &Rules<'_>,
    output: &mut Output<'_>,
) -> Result<i32, Stop> {
    let mut watch = Watch::begin(child, rules).map_err(Stop::Broken)?;
    let stop = watch.until_end(output);
    watch.end_all(output).map_err(Stop::Broken)?;
    let status = watch.child.wait().map_err(Stop::Broken)?;
    // What it did in its last moments was not looked at yet.
    let full = || output.is_full.then(|| watch.limit(Limit::StepLogBytes));
    let refused = || watch.refused_by_group().filter(|_| !status.success());
    match stop.or_else(refused).or_else(full) {
        Some(stop) => Err(stop),
        None => Ok(status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))),
    }
}

struct Watch<'a> {
    child: &'a mut Child,
    ended: OwnedFd,
    rules: &'a Rules<'a>,
    deadline: Instant,
    next_look: Instant,
    next_measure: Instant,
    next_census: Instant,
}

impl<'a> Watch<'a> {
    fn begin(child: &'a mut Child, rules: &'a Rules<'a>) -> io::Result<Self> {
        let ended = rustix::process::pidfd_open(child.pid, PidfdFlags::empty())?;
        let now = Instant::now();
        let deadline = now + Duration::from_secs(rules.time.1.into());
        let (next_look, next_measure, next_census) = (now, now, now);
        Ok(Self { child, ended, rules, deadline, next_look, next_measure, next_census })
    }

    /// Passes output on until the process has ended or must be.
    fn until_end(&mut self, output: &mut Output<'_>) -> Option<Stop> {
        loop {
            let ready = match self.wait(output, true, LOOK_MILLIS) {
                Ok(ready) => ready,
                Err(error) => return Some(Stop::Broken(error)),
            };
            let room = output.read().and_then(|room| match room {
                Room::Left => output.flush(PARTIAL_LINE_MILLIS),
                full => Ok(full),
            });
            match room {
                Ok(Room::Left) => {}
                Ok(Room::None) => return Some(self.limit(Limit::StepLogBytes)),
                Err(error) => return Some(Stop::Broken(error)),
            }
            if ready == Ready::Ended {
                return None;
            }
            if self.rules.abandon.asked() {
                return Some(Stop::Abandoned);
            }
            if let Some(stop) = self.look() {
                return Some(stop);
            }
        }
    }

    /// Makes sure that nothing of the step is left, and takes the rest of its output: to be passed on
    /// if it ended by itself, and thrown away if it goes on printing while it dies.
    fn end_all(&mut self, output: &mut Output<'_>) -> io::Result<()> {
        let by_itself = self.wait(output, false, 0)? == Ready::Ended;
        self.rules.group.kill();
        // Gone, if it ended by itself and left nobody.
        let _ = rustix::process::kill_process_group(self.child.pid, Signal::KILL);
        let until = Instant::now() + Duration::from_millis(KILL_MILLIS as u64);
        while output.pipes().next().is_some() && Instant::now() < until {
            self.wait_for_output(output)?;
            if by_itself && output.read()? == Room::Left {
                continue;
            }
            output.discard()?;
        }
        if by_itself { output.flush(0).map(drop) } else { Ok(()) }
    }

    fn wait(&self, output: &Output<'_>, listens: bool, millis: i64) -> io::Result<Ready> {
        let mut polled = vec![PollFd::new(&self.ended, PollFlags::IN)];
        if listens {
            polled.push(PollFd::from_borrowed_fd(self.rules.abandon.descriptor(), PollFlags::IN));
            polled.extend(output.pipes().map(|pipe| PollFd::from_borrowed_fd(pipe, PollFlags::IN)));
        }
        poll(&mut polled, millis)?;
        let ended = !polled[0].revents().is_empty();
        Ok(if ended { Ready::Ended } else { Ready::Alive })
    }

    fn wait_for_output(&self, output: &Output<'_>) -> io::Result<()> {
        let pipes = output.pipes().map(|pipe| PollFd::from_borrowed_fd(pipe, PollFlags::IN));
        poll(&mut pipes.collect::<Vec<_>>(), LOOK_MILLIS)
    }

    fn look(&mut self) -> Option<Stop> {
        let now = Instant::now();
        if now >= self.deadline {
            return Some(self.limit(self.rules.time.0));
        }
        if now < self.next_look {
            return None;
        }
        self.next_look = now + Duration::from_millis(LOOK_MILLIS as u64);
        self.refused_by_group().or_else(|| self.count(now)).or_else(|| self.measure(now))
    }

    /// Counts what no group does, seldom enough to take a twentieth of the time at most.
    fn count(&mut self, now: Instant) -> Option<Stop> {
        let Uncounted { memory, processes } = self.rules.uncounted;
        if !(memory || processes) || now < self.next_census {
            return None;
        }
        let (census, limits) = (Census::of(self.child.pid), self.rules.limits);
        let full = census.tasks + CENSUS_SPARE >= u64::from(limits.step_processes_max);
        let max = limits.step_memory_bytes_max;
        let large = || census.memory_bytes > max && census.exact_memory_bytes() > max;
        let limit = match (processes && full, memory && large()) {
            (true, _) => Some(Limit::StepProcesses),
            (_, true) => Some(Limit::StepMemoryBytes),
            _ => None,
        };
        self.next_census = now + now.elapsed() * 20;
        limit.map(|limit| self.limit(limit))
    }

    fn refused_by_group(&self) -> Option<Stop> {
        if self.rules.group.memory_kills() > 0 {
            return Some(self.limit(Limit::StepMemoryBytes));
        }
        (self.rules.group.refused_forks() > 0).then(|| self.limit(Limit::StepProcesses))
    }

    /// Adds up the step's files, seldom enough to take a fiftieth of the time at most.
    fn measure(&mut self, now: Instant) -> Option<Stop> {
        if now < self.next_measure {
            return None;
        }
        let Layout { workspace, inputs, home, .. } = self.rules.layout;
        let sums = [workspace, inputs, home].map(|part| folder::measure(part));
        let took = now.elapsed();
        self.next_measure = now + (took * 50).max(Duration::from_secs(2));
        let sum = sums.into_iter().try_fold(0u64, |sum, part| sum.checked_add(part?));
        let fits = sum.is_some_and(|sum| sum <= self.rules.limits.step_workspace_bytes_max);
        (!fits).then(|| self.limit(Limit::StepWorkspaceBytes))
    }

    fn limit(&self, limit: Limit) -> Stop {
        let limits = self.rules.limits;
        let value = match limit {
            Limit::StepSeconds | Limit::MaxTime => self.rules.time.1.into(),
            Limit::StepMemoryBytes => limits.step_memory_bytes_max,
            Limit::StepProcesses => limits.step_processes_max.into(),
            Limit::StepLogBytes => limits.step_log_bytes_max,
            Limit::StepWorkspaceBytes => limits.step_workspace_bytes_max,
        };
        Stop::Limit(limit, value)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ready {
    Alive,
    Ended,
}

pub(crate) fn poll(polled: &mut [PollFd<'_>], millis: i64) -> io::Result<()> {
    let timeout = Timespec { tv_sec: millis / 1000, tv_nsec: millis % 1000 * 1_000_000 };
    match rustix::event::poll(polled, Some(&timeout)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
