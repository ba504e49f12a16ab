//! Files as people write them, right and wrong, and what is said about them.

use super::*;
use crate::diagnostic::Source;
use crate::plan::{CloneSettings, Depth};
use proptest::prelude::*;
use std::num::NonZeroU32;

fn read(text: &str) -> File {
    File::read(Source { name: FILE_NAME, text })
}

fn run_of(branch: &str) -> Run {
    Run {
        repository: "team/site".into(),
        event: Event::Branch(branch.into()),
        commit: "c".repeat(40),
        build_number: 1,
        id: "11111111-2222-3333-4444-555555555555".into(),
        git_http_origin: None,
        git_ssh_origin: None,
    }
}

/// All findings as `line:column severity: message`, without Bitbucket's constant opening.
fn findings(text: &str) -> Vec<String> {
    const OPENINGS: [&str; 2] = [
        "There is an error in your bitbucket-pipelines.yml at ",
        "Something is misconfigured in your bitbucket-pipelines.yml file: ",
    ];
    let said = |d: &crate::Diagnostic| {
        let message =
            OPENINGS.iter().fold(d.message.clone(), |said, opening| said.replace(opening, ""));
        format!("{}:{} {}: {message}", d.line, d.column, d.severity)
    };
    read(text).all_diagnostics().iter().map(said).collect()
}

#[track_caller]
fn check(text: &str, expect: &[&str]) {
    assert_eq!(findings(text), expect, "\n{text}");
}

/// One step in the default pipeline, with the given keys from line 4, column 9 on.
fn step(keys: &str) -> String {
    format!("pipelines:\n  default:\n    - step:\n        {}\n", keys.replace('\n', "\n        "))
}

#[track_caller]
fn check_step(keys: &str, expect: &[&str]) {
    check(&step(keys), expect);
}

#[test]
fn a_file_that_is_no_pipeline_file_says_what_it_lacks() {
    const NO_PIPELINES: &str = "There is an error in your bitbucket-pipelines.yml. The root section in your \
         bitbucket-pipelines.yml file is missing a pipelines section. Add the missing pipelines section \
         to get this working.";
    let no_pipelines = format!("1:1 error: {NO_PIPELINES}");
    let root = |kind: &str| {
        format!(
            "1:1 error: There is an error in your bitbucket-pipelines.yml. To be precise: This section \
             should be a map (it is currently defined as {kind})."
        )
    };
    let empty = "error: There is an error in your bitbucket-pipelines.yml. The root section is empty or null.";
    check("", &[&format!("1:1 {empty}")]);
    check("# nothing\n", &[&format!("2:1 {empty}")]);
    check("x", &[&root("a string")]);
    check("[]", &[&root("a list")]);
    check("{}", &[&no_pipelines]);
    check(
        "pipline: {}",
        &[
            "1:1 warning: Bitbucket does not know the key 'pipline' here; it does nothing.",
            &no_pipelines,
        ],
    );
    check("pipelines:", &["1:1 error: [pipelines]. The pipelines section is empty or null."]);
    check("pipelines: {}", &["1:1 error: [pipelines]. The pipelines section is empty or null."]);
    check("definitions: {pipelines: {shared: [{step: {script: [a]}}]}}\nexport: true", &[]);
}

#[test]
fn yaml_that_cannot_be_read_says_where() {
    const TABS: &str = "The indentation in the bitbucket-pipelines.yml file is incorrect. Correct the \
                        spacing and remove any tabs.";
    check("pipelines:\n\tdefault:\n", &[&format!("2:2 error: {TABS}")]);
    check("pipelines:\n  default:\n  - step:\n\tscript: [a]\n", &[&format!("4:2 error: {TABS}")]);
    check("pipelines: [a", &["1:12 error: unclosed bracket '['."]);
    check("pipelines: 'a", &["1:12 error: unclosed quote."]);
    check("pipelines: a: b", &["1:13 error: mapping values are not allowed in this context."]);
    check("pipelines: *none", &["1:12 error: an alias stands for no anchor above it."]);
    check("pipelines: &a [*a]", &["1:16 error: an anchor contains itself."]);
    check("pipelines:\n  branches:\n    */x: []\n", &["3:5 error: a key begins with *."]);
    check("<<: 1", &["1:5 error: YAML merge value must be mapping or sequence of mappings."]);
    check("[a]: 1", &["1:1 error: expected string scalar."]);
    check("pipelines:\n  : x", &["2:3 error: a key is missing."]);
    check("pipelines: \u{7}", &["1:12 error: unexpected character: `\\u{7}'."]);
    let too_large = format!("a: {}", "x".repeat(crate::limits::FILE_BYTES_MAX));
    check(&too_large, &["0:0 error: The file has 524291 bytes; 524288 are allowed."]);
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        bomb += &format!("a{level}: &a{level} [{}]\n", format!("*a{}, ", level - 1).repeat(8));
    }
    let expect = "error: it is larger than allowed, with what its aliases repeat.";
    assert!(findings(&bomb)[0].ends_with(expect), "{:?}", findings(&bomb));
}

#[test]
fn sections_of_the_wrong_kind_are_named_in_bitbuckets_notation() {
    let wrong = |path: &str, wanted: &str, is: &str| {
        format!(
            "error: [{path}]. To be precise: This section should be {wanted} (it is currently defined as {is})."
        )
    };
    check(
        "pipelines:\n  branches:\n    custom:\n      script: [a]\n",
        &[&format!("3:5 {}", wrong("pipelines > branches > custom", "a list", "a map"))],
    );
    check(
        "pipelines:\n  default: make\n",
        &[&format!("2:12 {}", wrong("pipelines > default", "a list", "a string"))],
    );
    check(
        "pipelines:\n  default: []\n",
        &["2:3 error: [pipelines > default]. The default section is empty or null."],
    );
    check(
        "pipelines:\n  default:\n    - step\n",
        &[&format!("3:7 {}", wrong("pipelines > default > 0", "a map", "a string"))],
    );
    check(
        "pipelines:\n  default:\n    - step:\n      script: [a]\n",
        &["3:7 error: [pipelines > default > 0 > step]. The step section is empty or null."],
    );
    check(
        "pipelines:\n  default:\n    -\n",
        &["3:6 error: [pipelines > default > 0]. The section is empty or null."],
    );
    check(
        "pipelines:\n  default:\n    - stp: {script: [a]}\n",
        &[
            "3:7 error: [pipelines > default > 0 > stp]. 'stp' cannot stand here; a step begins with '- step:'.",
        ],
    );
    check(
        "pipelines:\n  branches:\n    main:\n      - step: {script: [a]}\n      - stage:\n          steps:\n            - step:\n",
        &[
            "5:9 unsupported: 'stage' changes what runs, and Towpath does not run it yet.",
            "7:15 error: [pipelines > branches > main > 1 > stage > steps > 0 > step]. The step section is empty or null.",
        ],
    );
}

#[test]
fn keys_written_twice_are_errors_whatever_their_quotes() {
    check(
        "pipelines:\n  branches:\n    main: [{step: {script: [a]}}]\n    'main': [{step: {script: [a]}}]\n",
        &[
            "4:5 error: [pipelines > branches > main]. The key 'main' is written twice (first in line 3).",
        ],
    );
    check_step(
        "script: [a]\nname: x\nscript: [b]",
        &[
            "6:9 error: [pipelines > default > 0 > step > script]. The key 'script' is written twice (first in line 4).",
        ],
    );
    // A merged key that is overridden is no duplicate: that is what merging is for.
    check(
        "d: &d {name: x, script: [a]}\npipelines:\n  default:\n    - step:\n        <<: *d\n        name: y\n",
        &[],
    );
}

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

#[test]
fn a_step_says_over_the_file_how_much_of_the_source_it_gets() {
    let text = "clone: {depth: 7, lfs: true}\n\
        pipelines:\n  default:\n    - step: {script: [a]}\n    - step: {script: [a], clone: {depth: full}}\n    - step: {script: [a], clone: {enabled: false, lfs: false}}\n";
    let planned = plan(&read(text), &run_of("main"), None).expect("it is planned");
    let seven = NonZeroU32::new(7).map(Depth::Commits);
    let clone = |nothing, depth, lfs| CloneSettings { nothing, depth, lfs };
    let expect = [
        clone(false, seven, true),
        clone(false, Some(Depth::Full), true),
        clone(true, seven, false),
    ];
    assert_eq!(planned.plan.steps.iter().map(|step| step.clone).collect::<Vec<_>>(), expect);
}

#[test]
fn rules_of_groups_hold_though_groups_are_not_run_yet() {
    let found = findings(
        "pipelines:\n  default:\n    - parallel:\n        - step: {trigger: manual, script: [a]}\n",
    );
    assert!(found[1].ends_with("Unexpected property 'trigger' in parallel step"), "{found:?}");
    let stage = |keys: &str| {
        findings(&format!(
            "pipelines:\n  default:\n    - stage:\n        steps: [{{step: {{{keys}, script: [a]}}}}]\n"
        ))
    };
    assert!(
        stage("trigger: manual")[1].contains("A step within stage can't contain a manual trigger.")
    );
    assert!(stage("condition: {}")[1].contains("A step within stage can't contain a condition."));
    let many = "    - step: {script: [a]}\n".repeat(101);
    check(
        &format!("pipelines:\n  default:\n{many}"),
        &["2:3 error: [pipelines > default]. 101 steps in a pipeline; 100 are allowed."],
    );
}

#[test]
fn another_pipelines_needs_do_not_stop_this_one_but_its_errors_do() {
    let text = "pipelines:\n  default:\n    - step: {script: [a]}\n  custom:\n    nightly:\n      - step: {services: [db], script: [a]}\n";
    assert!(plan(&read(text), &run_of("main"), None).is_ok());
    let refused = plan(&read(text), &run_of("main"), Some("custom/nightly")).unwrap_err();
    assert!(
        refused.to_string().contains("bitbucket-pipelines.yml:6:16: unsupported: 'services'"),
        "{refused}"
    );
    let broken = text.replace("script: [a]}\n  custom", "script: []}\n  custom");
    assert!(matches!(
        plan(&read(&broken), &run_of("main"), Some("custom/nightly")),
        Err(Refused::Invalid(_))
    ));
}

#[test]
fn a_plan_holds_what_the_file_says() {
    let text = "
definitions:
  steps:
    - step: &build
        name: Build
        script: &common
          - export A=1
          - |
            make all
            make test
options: {max-time: 5}
pipelines:
  branches:
    feature/*:
      - step: *build
      - step:
          <<: *build
          name: Deploy
          deployment: Test Site
          max-time: 2
          oidc: true
          after-script: [date]
      - step:
          script: *common
";
    let planned = plan(&read(text), &run_of("feature/x"), None).unwrap();
    assert_eq!((planned.pipeline.as_str(), planned.line), ("branches/feature/*", 14));
    assert_eq!(planned.reason, "branches: 'feature/*' matches");
    let [build, deploy, unnamed] = planned.plan.steps.as_slice() else { panic!("three steps") };
    assert_eq!((build.name.as_str(), build.max_seconds), ("Build", Some(300)));
    assert_eq!(build.script, ["export A=1", "make all\nmake test\n"]);
    assert_eq!(
        (deploy.name.as_str(), deploy.max_seconds, deploy.oidc.is_some()),
        ("Deploy", Some(120), true)
    );
    assert_eq!((&deploy.script, &deploy.after_script), (&build.script, &vec!["date".to_owned()]));
    assert_eq!(deploy.deployment.as_deref(), Some("Test Site"));
    assert!(
        deploy
            .environment
            .contains(&("BITBUCKET_DEPLOYMENT_ENVIRONMENT".into(), "test-site".into()))
    );
    assert_eq!((unnamed.name.as_str(), &unnamed.script), ("Step 3", &build.script));
    assert!(planned.warnings.is_empty(), "{:?}", planned.warnings);
}

#[test]
fn whole_diagnostics_read_well() {
    let text = include_str!("../../testdata/everything-wrong.yml");
    let shown: Vec<String> = read(text).all_diagnostics().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

/// Every key that Atlassian's own schema has is one that we know; where the schema is at hand.
#[test]
fn every_key_of_the_published_schema_is_known() {
    let Ok(folder) = std::env::var("TOWPATH_REFERENCE") else {
        return eprintln!("skipped: TOWPATH_REFERENCE is not set");
    };
    let path = std::path::Path::new(&folder).join("schemas/bitbucket-pipelines.schema.json");
    let schema: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let schemas = &schema["components"]["schemas"];
    let properties = |of: &serde_json::Value| -> Vec<String> {
        of["properties"].as_object().unwrap().keys().cloned().collect()
    };
    let mut checked = 0;
    let mut all_known = |of: &serde_json::Value, known: &[&str]| {
        for key in properties(of) {
            assert!(known.contains(&key.as_str()), "{key}");
            checked += 1;
        }
    };
    all_known(&schemas["step_base"], &keys::names(keys::STEP));
    all_known(&schemas["clone"], &keys::names(keys::CLONE));
    all_known(&schemas["stage"], keys::STAGE);
    all_known(&schemas["parallel_expanded"], keys::PARALLEL);
    let root = &schemas["pipelines_configuration"];
    all_known(root, &keys::names(keys::ROOT));
    all_known(&root["properties"]["pipelines"], &keys::names(keys::PIPELINES));
    eprintln!("checked {checked} keys of the schema");
}

/// Cases for the properties below; many more where TOWPATH_DEEP is set.
fn cases() -> ProptestConfig {
    let deep = std::env::var_os("TOWPATH_DEEP").is_some();
    ProptestConfig { cases: if deep { 50_000 } else { 256 }, ..ProptestConfig::default() }
}

/// Lines that nearly make a pipeline file, at indentations that nearly fit.
fn nearly_a_file() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "pipelines:",
        "default:",
        "branches:",
        "'**':",
        "main: &m",
        "custom:",
        "- step:",
        "- step: &s",
        "- step: *s",
        "<<: *s",
        "script:",
        "script: [a, b]",
        "- make",
        "- echo a: b",
        "- pipe: x",
        "- |",
        "name: x",
        "max-time: 5",
        "oidc: true",
        "oidc: {audiences: [a]}",
        "- parallel:",
        "- stage:",
        "steps:",
        "clone: {enabled: false}",
        "image: x",
        "services: [db]",
        "tags:",
        "pull-requests:",
        "destinations:",
        "import: x",
        "options:",
        "- ~",
        "---",
        "...",
        "{",
        "[",
        "&a",
        "*a",
        "\t",
        "'",
        "\"",
        "# x",
        "? a",
        ": b",
        "!t x",
        "%x",
    ]);
    let line =
        (0usize..12, words).prop_map(|(indent, word)| format!("{}{word}\n", " ".repeat(indent)));
    prop::collection::vec(line, 0..25).prop_map(|lines| lines.concat())
}

/// Reads, selects, plans and shows; the text decides how far it comes.
fn use_it(text: &str) {
    let file = read(text);
    for diagnostic in file.all_diagnostics() {
        assert!(!diagnostic.to_string().contains('\u{1b}') && !diagnostic.message.is_empty());
        assert!(
            diagnostic.line == 0
                || diagnostic.line as usize <= text.split(['\n', '\r']).count() + 1
        );
    }
    match plan(&file, &run_of("main"), None) {
        Ok(planned) => assert!(planned.plan.steps.iter().all(|step| !step.script.is_empty())),
        Err(refused) => assert!(!refused.to_string().is_empty()),
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn no_text_panics(text in "\\PC{0,200}") {
        use_it(&text);
    }

    #[test]
    fn no_bytes_panic(text in "[ -~\\n\\t\u{0}-\u{1f}äß\u{feff}\u{202e}]{0,200}") {
        use_it(&text);
    }

    #[test]
    fn nothing_that_is_nearly_a_file_panics(text in nearly_a_file()) {
        use_it(&text);
    }

    #[test]
    fn commands_come_through_as_they_were_written(commands in prop::collection::vec("[ -~]{0,20}[!-~]", 1..5)) {
        let items: String = commands.iter().map(|c| format!("\n          - '{}'", c.replace('\'', "''"))).collect();
        let file = read(&step(&format!("script:{}", items.replace("\n          ", "\n  "))));
        let planned = plan(&file, &run_of("main"), None).unwrap();
        prop_assert_eq!(&planned.plan.steps[0].script, &commands);
    }
}
