//! Steps, run for real: their shell, their inputs and outputs, their environment, what they print.
//!
//! Where a machine has no bubblewrap the tests say so and pass: what they show cannot be shown there.

mod world;

use domain::Secret;
use runners::{Abandon, End};
use world::{World, input, job, output, step};

#[test]
fn commands_share_a_shell_and_the_first_failure_ends_the_step() {
    let Some(world) = World::isolated() else { return };
    let seen = world.run(&job([step(&["A=1; cd /tmp", "echo $A $PWD", "false", "echo never"])]));
    assert_eq!(seen.outcome.end, End::Failed { step: "step".into(), exit_code: 1 });
    assert_eq!(seen.of("o"), ["+ A=1; cd /tmp", "+ echo $A $PWD", "1 /tmp", "+ false"]);
    assert_eq!(seen.outcome.steps[0].exit_code, Some(1));
    assert!(seen.outcome.first_command_at.is_some());
}

#[test]
fn exit_codes_are_those_of_the_shell() {
    let Some(world) = World::isolated() else { return };
    let codes =
        [("exit 7", 7), ("kill -9 $$", 137), ("no-such-command", 127), ("sh -c 'exit 255'", 255)];
    for (command, exit_code) in codes {
        let expect = End::Failed { step: "step".into(), exit_code };
        assert_eq!(world.run(&job([step(&[command])])).outcome.end, expect, "{command}");
    }
    let lenient = ["false || true", "[ -f nothing ] && echo no", "if false; then :; fi", "true"];
    assert_eq!(world.run(&job([step(&lenient)])).outcome.end, End::Succeeded);
}

#[test]
fn an_after_script_runs_in_either_case_and_changes_nothing() {
    let Some(world) = World::isolated() else { return };
    for (command, code) in [("exit 3", 3), ("touch /tmp/left", 0)] {
        let mut one = step(&[command]);
        one.after_script = vec!["echo after=$BITBUCKET_EXIT_CODE; ls /tmp".into(), "exit 9".into()];
        let seen = world.run(&job([one]));
        assert_eq!(seen.outcome.steps[0].exit_code, Some(code));
        assert!(seen.of("o").contains(&format!("after={code}")), "{:?}", seen.lines);
        assert_eq!(seen.of("o").contains(&"left".to_owned()), code == 0, "one /tmp for both");
    }
}

#[test]
fn a_step_whose_inputs_are_not_complete_never_begins() {
    let Some(world) = World::isolated() else { return };
    let (good, none) = (world.artifact(&[("a", "1")]), world.blobs.put(b"no archive").unwrap());
    let mut plan = job([step(&["echo ran"])]);
    plan.inputs = vec![input("Good", &good, "GOOD"), input("Broken", &none, "BROKEN")];
    let seen = world.run(&plan);
    assert!(
        matches!(&seen.outcome.end, End::InputUnusable { artifact, .. } if artifact.as_str() == "Broken")
    );
    assert!(seen.of("o").is_empty() && world.is_clean(), "{:?}", seen.lines);
    assert_eq!(world.run(&job([step(&["true"])])).outcome.end, End::Succeeded, "nothing is left");
}

#[test]
fn a_step_starts_from_its_inputs_and_leaves_outputs_and_variables() {
    let Some(world) = World::isolated() else { return };
    let source = world.artifact(&[("src/a.txt", "from source"), ("run.sh", "echo ran")]);
    let second = world.artifact(&[("b.txt", "second")]);
    let mut plan = job([
        step(&["touch src/left-behind ~/left /tmp/left"]),
        step(&[
            "test ! -e src/left-behind && test ! -e ~/left && test ! -e /tmp/left",
            "sh run.sh && cat src/a.txt \"$SECOND/b.txt\" && echo && test $HERE = $PWD",
            "mkdir -p out/deep && echo made > out/deep/x && ln -s deep/x out/link",
            "export VERSION=\"1.2\nand more\"; UNSET_LATER=1; EMPTY=",
            "unset UNSET_LATER; set -C",
        ]),
    ]);
    plan.inputs = vec![input("Source", &source, "HERE"), input("Other", &second, "SECOND")];
    plan.outputs = vec![output("Built", &["out/**"])];
    plan.output_variables = ["VERSION", "UNSET_LATER", "EMPTY"].map(String::from).to_vec();
    let seen = world.run(&plan);
    assert_eq!(seen.outcome.end, End::Succeeded, "{:?}", seen.lines);
    assert!(seen.of("o").contains(&"ran".to_owned()));
    assert!(seen.of("o").contains(&"from sourcesecond".to_owned()));
    let variables = [("VERSION", "1.2\nand more"), ("EMPTY", "")];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(seen.outcome.variables, variables);
    let tree = world.unpack(&seen.outcome.outputs[0].artifact);
    assert_eq!(std::fs::read_to_string(tree.path().join("out/link")).unwrap(), "made\n");
    assert!(world.is_clean(), "the job's folder is gone");
}

#[test]
fn output_variables_may_be_as_large_as_an_action_may_give_and_no_larger() {
    let Some(world) = World::isolated() else { return };
    let run = |bytes: usize| {
        let mut plan = job([step(&[&format!("V=$(head -c {bytes} /dev/zero | tr '\\0' x)")])]);
        plan.output_variables = vec!["V".into()];
        world.run(&plan).outcome
    };
    // The name counts.
    let most = run(122_879);
    assert_eq!((most.end, most.variables[0].1.len()), (End::Succeeded, 122_879));
    let end = run(122_890).end;
    assert_eq!(end, End::VariablesTooLarge { bytes: 122_891, bytes_max: 122_880 });
    assert!(end.to_string().contains("; 122880 are allowed"), "{end}");
}

#[test]
fn inputs_and_outputs_that_cannot_be_are_named() {
    let Some(world) = World::isolated() else { return };
    let mut plan = job([step(&["true"])]);
    let bad = world.blobs.put(b"no zip").unwrap();
    plan.inputs = vec![input("Source", &bad, "HERE")];
    let end = world.run(&plan).outcome.end.to_string();
    assert!(end.starts_with("input artifact Source cannot be used: not a sound zip"), "{end}");

    plan.inputs[0].artifact.size = 1;
    let end = world.run(&plan).outcome.end.to_string();
    assert!(end.contains("artifact digest mismatch"), "{end}");

    plan.inputs.clear();
    plan.outputs = vec![output("Built", &["dist/**"])];
    let end = world.run(&plan).outcome.end.to_string();
    assert_eq!(end, "output artifact Built cannot be made: no file matches dist/**");
}

#[test]
fn a_step_may_have_another_content_or_none() {
    let Some(world) = World::isolated() else { return };
    let (one, other) = (world.artifact(&[("a", "1\n")]), world.artifact(&[("a", "2\n")]));
    let mut without = step(&["ls -A; test -d $SRC"]);
    without.clone.nothing = true;
    let mut job = job([step(&["cat a"]), step(&["cat a"]), without]);
    let mut input = input("Code", &one, "SRC");
    input.of_steps.insert(1, other);
    job.inputs = vec![input];
    let seen = world.run(&job);
    assert_eq!(seen.outcome.end, End::Succeeded);
    assert_eq!(seen.of("o"), ["+ cat a", "1", "+ cat a", "2", "+ ls -A; test -d $SRC"]);
}

#[test]
fn a_step_has_the_declared_environment_and_nothing_of_the_servers() {
    let Some(world) = World::isolated() else { return };
    let mut one =
        step(&["env | cut -d= -f1 | sort | tr '\\n' ' '; echo", "echo $A $CI $HOME $LANG"]);
    one.environment = vec![("A".into(), "step".into())];
    let mut plan = job([one]);
    plan.environment = vec![("A".into(), "job".into())];
    let seen = world.run(&plan);
    assert!(seen.of("o").contains(&"step true /build/home C.UTF-8".to_owned()), "{:?}", seen.lines);
    // PWD, OLDPWD, SHLVL and _ are the shell's own.
    let names = seen.of("o")[1].replace("OLDPWD ", "");
    assert_eq!(names.trim(), "A CI HOME LANG PATH PWD SHLVL _");
}

#[test]
fn a_declared_preload_does_not_reach_bubblewrap() {
    let Some(world) = World::isolated() else { return };
    let mut plan = job([step(&["echo in"])]);
    plan.environment = vec![("LD_PRELOAD".into(), "/nowhere/evil.so".into())];
    let seen = world.run(&plan);
    // The loader complains for each program inside; bubblewrap would have been the first.
    assert!(seen.of("e").iter().all(|line| !line.contains("bwrap")), "{:?}", seen.lines);
    assert_eq!(seen.outcome.end, End::Succeeded);
}

#[test]
fn secrets_are_masked_in_output_variables_and_echoed_commands() {
    let Some(world) = World::isolated() else { return };
    let commands =
        ["V=hunter2-secret", "printf hunter2; sleep 0.3; echo -secret", "printf %s $V | base64"];
    let mut plan = job([step(&commands)]);
    plan.output_variables = vec!["V".into()];
    let seen = world.run_with(&plan, &[Secret::new("hunter2-secret")]);
    assert_eq!(seen.outcome.variables, [("V".to_owned(), "****".to_owned())]);
    assert!(!seen.lines.contains(&"o hunter2-secret".to_owned()), "{:?}", seen.lines);
    assert_eq!(seen.of("o").iter().filter(|line| line.starts_with("****")).count(), 2);
    assert_eq!(seen.of("o")[0], "+ V=****");
}

#[test]
fn streams_are_told_apart_and_a_line_without_end_is_shown() {
    let Some(world) = World::isolated() else { return };
    let commands = ["echo out; echo err >&2", "printf prompt; sleep 0.5; echo; printf end"];
    let seen = world.run(&job([step(&commands)]));
    assert_eq!(seen.of("e"), ["err"]);
    assert!(seen.lines.contains(&"o+prompt".to_owned()), "{:?}", seen.lines);
    assert_eq!(seen.lines.last().unwrap(), "o+end");
}

#[test]
fn what_a_step_leaves_running_ends_with_it() {
    let Some(world) = World::isolated() else { return };
    let leave = "(sleep 600; echo late) & setsid sleep 600 &";
    let seen = world.run(&job([step(&[leave, "echo done"])]));
    assert_eq!(seen.outcome.end, End::Succeeded, "{:?}", seen.lines);
}

#[test]
fn an_abandoned_run_ends() {
    let Some(world) = World::isolated() else { return };
    let abandon = Abandon::new().unwrap();
    let handle = abandon.clone();
    let seen = world.listen(&job([step(&["echo begun; sleep 600"])]), &[], &abandon, move |line| {
        if line == "o begun" {
            handle.ask();
        }
    });
    assert_eq!(seen.outcome.end, End::Abandoned);
    let seen = world.listen(&job([step(&["echo begun"])]), &[], &abandon, |_| {});
    assert_eq!((seen.outcome.end, seen.outcome.steps.len()), (End::Abandoned, 0));
}

#[test]
fn a_job_is_a_value_that_travels() {
    let plan = job([step(&["true"])]);
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<runners::Job>(&text).unwrap(), plan);
}

#[test]
fn a_runner_that_leaves_late_takes_nothing_from_the_next() {
    let Some(world) = World::isolated() else { return };
    let (world, before) = world.restarted();
    drop(before);
    assert_eq!(world.run(&job([step(&["true"])])).outcome.end, End::Succeeded);
}
