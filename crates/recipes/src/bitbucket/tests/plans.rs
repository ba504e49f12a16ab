//! What becomes of a pipeline that is run.

use super::*;

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
