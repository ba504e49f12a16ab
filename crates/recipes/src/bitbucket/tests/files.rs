//! What a file as a whole may get wrong, and how that is said.

use super::*;

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
fn whole_diagnostics_read_well() {
    let text = include_str!("../../../testdata/everything-wrong.yml");
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
