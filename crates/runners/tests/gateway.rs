//! The way out of a step whose network is its own: for the step that asks who it is, while it runs.

mod world;

use recipes::plan::{Oidc, Step};
use runners::{End, GATEWAY, Network};
use world::{GREETING, World, job, step};

fn asking(commands: &[&str]) -> Step {
    Step { oidc: Some(Oidc::default()), ..step(commands) }
}

/// A command that prints what is said at a port of the step's loopback, or that nobody is there.
fn come(port: u16) -> String {
    format!("(exec 3<>/dev/tcp/127.0.0.1/{port} && cat <&3) 2>/dev/null || echo nobody")
}

/// What the steps' commands printed, without the lines that show the commands.
fn printed(world: &World, steps: impl IntoIterator<Item = Step>) -> (Vec<String>, Vec<usize>) {
    let mut plan = job(steps);
    plan.network = Network::None;
    let seen = world.run(&plan);
    assert_eq!(seen.outcome.end, End::Succeeded, "{:?}", seen.lines);
    let printed = seen.of("o").into_iter().filter(|line| !line.starts_with("+ ")).collect();
    (printed, seen.came)
}

#[test]
fn every_process_of_the_step_reaches_its_gateway_and_nothing_else() {
    let Some(world) = World::isolated() else { return };
    let host = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let elsewhere = come(host.local_addr().unwrap().port());
    let (first, second) = (come(GATEWAY.port()), format!("bash -c '{}'", come(GATEWAY.port())));
    let (printed, came) = printed(&world, [asking(&[&first, &second, &elsewhere])]);
    assert_eq!(printed, [GREETING, GREETING, "nobody"]);
    assert_eq!(came, [2]);
}

#[test]
fn it_is_shut_with_its_step_and_the_next_one_has_none() {
    let Some(world) = World::isolated() else { return };
    let came = come(GATEWAY.port());
    // The first leaves a process behind, which holds nothing open.
    let left = "setsid sleep 600 >/dev/null 2>&1 &";
    let (printed, came) = printed(&world, [asking(&[left, &came]), step(&[&came])]);
    assert_eq!(printed, [GREETING, "nobody"]);
    assert_eq!(came, [1]);
}

#[test]
fn nothing_of_it_lies_inside() {
    let Some(world) = World::isolated() else { return };
    // By the shell alone: a process or a pipe of its own would be seen, too, or not yet any more.
    let look = "echo /proc/$$/fd/* /proc/[0-9]* /*";
    let (with, _) = printed(&world, [asking(&[look])]);
    let (without, _) = printed(&world, [step(&[look])]);
    assert_eq!(with, without);
}

#[test]
fn a_step_on_the_hosts_network_or_on_the_host_has_none() {
    let Some(world) = World::isolated() else { return };
    let on_the_hosts = world.run(&job([asking(&["true"])]));
    let mut plan = job([asking(&["true"])]);
    plan.network = Network::None;
    let on_the_host = World::on_the_host().run(&plan);
    for seen in [on_the_hosts, on_the_host] {
        assert_eq!((seen.outcome.end, seen.came), (End::Succeeded, vec![]), "{:?}", seen.lines);
    }
}
