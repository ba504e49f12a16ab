//! Steps that would never end, or take all there is: each ends at its limit, by the limit's name.

mod world;

use runners::{End, Limit, Limits, Network};
use world::{World, job, step};

fn check(limits: Limits, command: &str, expect: Limit, needs: &str) {
    let Some(world) = World::isolated() else { return };
    let mut plan = job([step(&["echo begun", command])]);
    plan.limits = limits;
    let notices = world.runner.notices(&plan);
    if !needs.is_empty() && notices.iter().any(|notice| notice.contains(needs)) {
        return println!("skipped: no control group {needs}");
    }
    let seen = world.run(&plan);
    let End::LimitReached { limit, .. } = &seen.outcome.end else {
        panic!("{command}: {} {:?}", seen.outcome.end, seen.lines.last());
    };
    assert_eq!(*limit, expect, "{command}");
    let last = seen.lines.last().unwrap();
    assert!(last.starts_with("s ") && last.contains(expect.name()), "{last}");
    assert_eq!(seen.outcome.steps[0].exit_code, None);
    assert!(world.is_clean(), "{command}: files are left");
}

#[test]
fn an_endless_loop_ends_at_its_time() {
    let limits = Limits { step_seconds_max: 1, ..Limits::default() };
    check(limits, "while :; do :; done", Limit::StepSeconds, "");
}

#[test]
fn a_gigabyte_of_output_ends_at_its_bytes() {
    let limits = Limits { step_log_bytes_max: 1 << 20, ..Limits::default() };
    let gigabyte = "head -c 1000000000 /dev/zero | tr '\\0' x";
    check(limits.clone(), gigabyte, Limit::StepLogBytes, "");
    check(limits.clone(), "yes ''", Limit::StepLogBytes, "");
    check(limits, "yes error >&2", Limit::StepLogBytes, "");
}

#[test]
fn a_fork_bomb_ends_at_its_processes() {
    let limits = Limits { step_processes_max: 64, ..Limits::default() };
    let bomb = "bomb() { bomb | bomb & }; bomb; sleep 600";
    check(limits, bomb, Limit::StepProcesses, "");
}

#[test]
fn a_memory_hog_ends_at_its_bytes() {
    let limits = Limits { step_memory_bytes_max: 64 << 20, ..Limits::default() };
    let hog = "head -c 1000000000 /dev/zero | tail";
    check(limits.clone(), hog, Limit::StepMemoryBytes, "memory");
    // Fresh folders in memory are memory, too.
    check(limits, "cat /dev/zero > /dev/shm/full", Limit::StepMemoryBytes, "memory");
}

#[test]
fn a_step_that_grows_ends_at_its_bytes_with_or_without_a_group() {
    let limits = Limits { step_memory_bytes_max: 64 << 20, ..Limits::default() };
    let more = "all+=$(head -c 2000000 /dev/zero | tr '\\0' x)";
    let alone = format!("while {more}; do sleep 0.01; done");
    check(limits.clone(), &alone, Limit::StepMemoryBytes, "");
    // No one of these has as much.
    let each = format!("(for n in $(seq 15); do {more}; done; sleep 600) &");
    check(limits, &format!("{each} {each} {each} wait"), Limit::StepMemoryBytes, "");
}

#[test]
fn too_many_bytes_in_the_workspace_end_a_step() {
    let limits = Limits { step_workspace_bytes_max: 8 << 20, ..Limits::default() };
    let many = "for n in 1 2 3 4 5 6 7 8; do head -c 4000000 /dev/zero > $n; done; sleep 600";
    check(limits, many, Limit::StepWorkspaceBytes, "");
}

#[test]
fn a_steps_own_time_limit_wins() {
    let Some(world) = World::isolated() else { return };
    let mut one = step(&["sleep 600"]);
    one.max_seconds = Some(1);
    let end = world.run(&job([one])).outcome.end;
    let (step, limit) = ("step".to_owned(), Limit::MaxTime);
    assert_eq!(end, End::LimitReached { step, limit, value: 1 });
    let minute = End::LimitReached { step: "build".to_owned(), limit, value: 60 };
    let expect =
        "step \"build\" was ended at its limit: max-time: 1 minute, bitbucket-pipelines.yml";
    assert_eq!(minute.to_string(), expect);
}

#[test]
fn without_a_network_there_is_only_a_loopback() {
    let Some(world) = World::isolated() else { return };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut plan = job([step(&[&format!("bash -c 'exec 3<>/dev/tcp/127.0.0.1/{port}'")])]);
    assert_eq!(world.run(&plan).outcome.end, End::Succeeded, "shared with the host by default");
    plan.network = Network::None;
    let seen = world.run(&plan);
    assert!(matches!(seen.outcome.end, End::Failed { .. }), "{:?}", seen.lines);
}
