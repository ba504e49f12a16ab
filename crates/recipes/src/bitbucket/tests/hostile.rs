//! Texts that nearly make a file, and those that are none.

use super::*;

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
