//! Steps that ask who they are, and steps that do not.

mod world;

use recipes::plan::{Oidc, Step};
use runners::End;
use world::{TOKEN, World, job, step};

fn asking(commands: &[&str]) -> Step {
    Step { oidc: Some(Oidc::default()), ..step(commands) }
}

/// What the step's commands printed, without the lines that show the commands.
fn printed(seen: &world::Seen) -> Vec<String> {
    seen.of("o").into_iter().filter(|line| !line.starts_with("+ ")).collect()
}

#[test]
fn a_step_that_asks_has_its_token_in_a_variable_and_in_a_file_of_its_own() {
    let Some(world) = World::isolated() else { return };
    let seen = world.run(&job([asking(&[
        "test \"$(cat $STEP_TOKEN_FILE)\" = \"$STEP_TOKEN\" && echo same",
        "printf %s \"$STEP_TOKEN\" | wc -c",
        "stat -c '%a %U' $STEP_TOKEN_FILE",
        "echo $REGION",
    ])]));
    assert_eq!(seen.outcome.end, End::Succeeded, "{:?}", seen.lines);
    let length = TOKEN.len().to_string();
    assert_eq!(printed(&seen), ["same", &length, "600 step", "from the identity"]);
}

#[test]
fn whatever_a_step_prints_of_its_token_is_masked() {
    let world = World::on_the_host();
    let seen = world.run(&job([asking(&[
        "echo $STEP_TOKEN",
        "cat $STEP_TOKEN_FILE; echo",
        "echo $STEP_TOKEN | base64 -w0; echo",
        "echo ${STEP_TOKEN##*.}",
        "echo $STEP_TOKEN >&2",
    ])]));
    assert_eq!(seen.outcome.end, End::Succeeded, "{:?}", seen.lines);
    let said = seen.lines.join("\n");
    let signature = TOKEN.rsplit('.').next().unwrap();
    assert!(!said.contains(TOKEN) && !said.contains(signature), "{said}");
    assert!(seen.of("s").iter().any(|line| line.starts_with("known by ")), "{said}");
}

#[test]
fn a_step_that_does_not_ask_has_no_token_of_another_step() {
    let world = World::on_the_host();
    let look = "echo ${STEP_TOKEN-none}; ls $(dirname $0)/tokens 2>/dev/null || echo no folder";
    let seen = world.run(&job([asking(&["true"]), step(&[look])]));
    assert_eq!(seen.outcome.end, End::Succeeded, "{:?}", seen.lines);
    assert_eq!(printed(&seen), ["none", "no folder"]);
}

#[test]
fn a_step_that_is_given_none_does_not_begin() {
    let world = World::on_the_host();
    let seen = world.run(&job([step(&["true"]), asking(&["echo begun"])]));
    let cause = "only the first is known here".to_owned();
    assert_eq!(seen.outcome.end, End::IdentityUnavailable { step: "step".to_owned(), cause });
    assert!(!printed(&seen).contains(&"begun".to_owned()));
}

#[test]
fn what_the_step_declares_stands_over_what_its_identity_brings() {
    let world = World::on_the_host();
    let environment = vec![("REGION".to_owned(), "its own".to_owned())];
    let seen = world.run(&job([Step { environment, ..asking(&["echo $REGION"]) }]));
    assert_eq!(printed(&seen), ["its own"]);
}
