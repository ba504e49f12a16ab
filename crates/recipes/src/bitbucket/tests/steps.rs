//! What a step may say.

use super::*;

#[test]
fn a_script_is_a_list_of_commands() {
    const HERE: &str = "[pipelines > default > 0 > step > script";
    let empty = |place: &str, index: usize| {
        format!("{place} error: {HERE} > {index}]. Missing or empty command string")
    };
    check_step("script: [make]", &[]);
    check_step("script: [1.10, 007]", &[]);
    check_step("script:", &[&format!("4:9 error: {HERE}]. The script section is empty or null.")]);
    check_step(
        "script: []",
        &[&format!("4:9 error: {HERE}]. The script section is empty or null.")],
    );
    check_step(
        "script: make",
        &[&format!(
            "4:17 error: {HERE}]. To be precise: This section should be a list (it is currently defined as a string)."
        )],
    );
    check_step("script:\n  - a\n  -\n  - b", &[&empty("6:12", 1)]);
    check_step("script: ['  ']", &[&empty("4:18", 0)]);
    check_step("script:\n  - a\n  - echo time: now", &[&empty("6:13", 1)]);
    check_step(
        "script: [[a]]",
        &[&format!(
            "4:18 error: {HERE} > 0]. To be precise: This section should be a string (it is currently defined as a list)."
        )],
    );
    check_step(
        "script: [\"a\\0\"]",
        &[&format!("4:18 error: {HERE} > 0]. A NUL character cannot stand in a text.")],
    );
    check_step(
        "script: [true]",
        &["4:18 warning: The command is a boolean to YAML; it runs as 'true'."],
    );
    check_step(
        "script: [a]\nafter-script: b",
        &[
            "5:23 error: [pipelines > default > 0 > step > after-script]. To be precise: This section should be a list (it is currently defined as a string).",
        ],
    );
    check_step(
        "name: x",
        &[
            "3:7 error: [pipelines > default > 0 > step]. The step section in your bitbucket-pipelines.yml file is missing a script. Add the missing script to get this working.",
        ],
    );
}

#[test]
fn values_of_a_step_are_checked() {
    const STEP: &str = "[pipelines > default > 0 > step";
    for (value, column_of) in
        [("0", 19), ("721", 19), ("-5", 19), ("1.5", 19), ("soon", 19), ("true", 19)]
    {
        check_step(
            &format!("max-time: {value}\nscript: [a]"),
            &[&format!(
                "4:{column_of} error: {STEP} > max-time]. 'max-time' should be whole minutes from 1 to 720."
            )],
        );
    }
    check_step(
        "name: true\nscript: [a]",
        &[&format!(
            "4:15 error: {STEP} > name]. To be precise: This section should be a string (it is currently defined as a boolean)."
        )],
    );
    check_step("name: 1.10\nscript: [a]", &[]);
    check_step(
        "deployment:\nscript: [a]",
        &[&format!("4:9 error: {STEP} > deployment]. The deployment section is empty or null.")],
    );
    check_step(
        "oidc: yes\nscript: [a]",
        &[&format!(
            "4:15 error: {STEP} > oidc]. To be precise: This section should be a boolean (it is currently defined as a string)."
        )],
    );
    check_step("trigger: automatic\ntype: inline\nscript: [a]", &[]);
    check_step(
        "trigger: never\nscript: [a]",
        &[&format!(
            "4:18 error: {STEP} > trigger]. The trigger 'never' should be 'automatic' or 'manual'."
        )],
    );
    check_step(
        "trigger: manual\nscript: [a]",
        &[&format!(
            "4:18 error: {STEP} > trigger]. The first step of a pipeline can't be manually triggered"
        )],
    );
    check_step(
        "type: x\nscript: [a]",
        &[&format!("4:15 error: {STEP} > type]. The type 'x' should be 'inline' or 'pipeline'.")],
    );
    let audiences = ["a"; 11].join(", ");
    let findings = findings(&step(&format!("oidc: {{audiences: [{audiences}]}}\nscript: [a]")));
    assert!(findings[0].ends_with("audiences]. 11 audiences; 10 are allowed."), "{findings:?}");
}

#[test]
fn services_are_read_for_their_mistakes() {
    let check_service = |service: &str, expect: &[&str]| {
        check(
            &format!("definitions:\n  services:\n    db: {service}\n{}", step("script: [a]")),
            expect,
        );
    };
    const DB: &str = "[definitions > services > db";
    check_service("{image: x, memory: 512, variables: {A: 1, B: b}}", &[]);
    check_service(
        "{image: x, variables: {discovery.type: one}}",
        &[&format!(
            "3:32 error: {DB}]. The variable name \"discovery.type\" is invalid. It should contain only alphanumeric characters and underscores and it should not begin with a number."
        )],
    );
    check_service(
        "{image: x, variables: {A: true}}",
        &[&format!(
            "3:35 error: {DB} > variables > A]. The variable A should be a string (it is currently defined as a boolean)."
        )],
    );
    check_service(
        "{memory: 64}",
        &[&format!("3:18 error: {DB} > memory]. 'memory' should be whole megabytes from 128 on.")],
    );
    check(&format!("definitions:\n{}", step("script: [a]")), &[]);
}

#[test]
fn keys_that_say_only_where_a_step_runs_are_noted() {
    for (keys, noted) in [
        ("image: node:22", "image"),
        ("image: {name: x, run-as-user: 1}", "image"),
        ("size: 2x", "size"),
        ("runs-on: [self.hosted, linux]", "runs-on"),
        ("runtime: {cloud: {version: 3}}", "runtime"),
        ("caches: [node]", "caches"),
        ("concurrency-group: x", "concurrency-group"),
        ("fail-fast: true", "fail-fast"),
    ] {
        let found = findings(&step(&format!("{keys}\nscript: [a]")));
        assert!(
            found.len() == 1
                && found[0].starts_with(&format!("4:9 warning: '{noted}' is not followed: ")),
            "{found:?}"
        );
    }
    check_step(
        "clone: {filter: 'blob:none', enabled: true, lfs: false}\nscript: [a]",
        &["4:17 warning: 'filter' is not followed: the step gets the files of the commit."],
    );
    check_step(
        "clone: {depth: 0}\nscript: [a]",
        &[
            "4:24 error: [pipelines > default > 0 > step > clone > depth]. 'depth' should be a whole number of commits from 1 on, or 'full'.",
        ],
    );
    check_step(
        "after_script: [a]\nscript: [a]",
        &["4:9 warning: Bitbucket does not know the key 'after_script' here; it does nothing."],
    );
}

#[test]
fn keys_that_change_what_runs_are_refused_with_their_line() {
    for (keys, refused) in [
        ("services: [docker]", "services"),
        ("artifacts: [dist/**]", "artifacts"),
        ("condition: {changesets: {includePaths: [src]}}", "condition"),
        ("environment: production", "environment"),
        ("on-fail: {strategy: ignore}", "on-fail"),
        ("output-variables: [A]", "output-variables"),
        ("input-variables: {A: b}", "input-variables"),
        ("custom: x", "custom"),
        ("type: pipeline", "type: pipeline"),
    ] {
        let text = step(&format!("{keys}\nscript: [a]"));
        check(
            &text,
            &[&format!(
                "4:9 unsupported: '{refused}' changes what runs, and Towpath does not run it yet."
            )],
        );
        let refusal = plan(&read(&text), &run_of("main"), None).unwrap_err();
        assert!(
            matches!(refusal, Refused::Unsupported(ref list) if list.len() == 1 && list[0].line == 4)
        );
    }
    for (element, refused) in [
        ("- parallel: [{step: {script: [a]}}, {step: {script: [b]}}]", "parallel"),
        ("- parallel: {fail-fast: true, steps: [{step: {script: [a]}}]}", "parallel"),
        ("- stage: {steps: [{step: {script: [a]}}]}", "stage"),
        ("- variables: [{name: A}]", "variables"),
        ("- final: {script: [a]}", "final"),
    ] {
        let text = format!("pipelines:\n  default:\n    - step: {{script: [a]}}\n    {element}\n");
        check(
            &text,
            &[&format!(
                "4:7 unsupported: '{refused}' changes what runs, and Towpath does not run it yet."
            )],
        );
    }
    check_step(
        "script:\n  - pipe: atlassian/x:1",
        &["5:13 unsupported: 'pipe' changes what runs, and Towpath does not run it yet."],
    );
    let manual = "pipelines:\n  default:\n    - step: {script: [a]}\n    - step: {trigger: manual, script: [a]}\n";
    check(
        manual,
        &[
            "4:14 unsupported: 'trigger: manual' changes what runs, and Towpath does not run it yet.",
        ],
    );
    for root in ["triggers: {repository-push: []}", "options: {docker: true}"] {
        let text = format!("{root}\n{}", step("script: [a]"));
        assert!(
            matches!(plan(&read(&text), &run_of("main"), None), Err(Refused::Unsupported(_))),
            "{root}"
        );
    }
}
