//! What `plan` says of an event.

use super::*;

fn plan_of(content: &str, branch: Option<&str>, tag: Option<&str>, json: bool) -> Said {
    let folder = Folder::new().with("f.yml", content);
    let args = PlanArgs {
        file: folder.at("f.yml"),
        branch: branch.map(str::to_owned),
        tag: tag.map(str::to_owned),
        json,
    };
    hear(|output| plan::plan(&args, output))
}

#[test]
fn plan_says_what_would_run_and_why() {
    let said = plan_of(GOOD, Some("main"), None, false);
    let expect = "default (line 2)\n  because default: there is no pipeline under 'branches'\n  \
                  1. Build (at most 3 min)\n       make\n";
    assert_eq!((said.code, said.answer.as_str()), (0, expect));
    let said = plan_of(GOOD, Some("main"), None, true);
    let document: serde_json::Value = serde_json::from_str(&said.answer).unwrap();
    assert_eq!(document["steps"][0]["script"][0], "make");
    assert_eq!(document["steps"][0]["max_seconds"], 180);
}

#[test]
fn plan_says_why_nothing_would_run() {
    for (content, tag, code, word, kind) in [
        (GOOD, "v1", 1, "nothing runs: no pattern under 'tags' matches 'v1'", "nothing"),
        (WRONG, "v1", 2, "the file has errors", "invalid"),
    ] {
        let said = plan_of(content, None, Some(tag), false);
        assert_eq!(said.code, code);
        assert!(said.words.contains(word), "{}", said.words);
        let said = plan_of(content, None, Some(tag), true);
        let document: serde_json::Value = serde_json::from_str(&said.answer).unwrap();
        assert_eq!(document["refused"], kind);
    }
    let said = plan_of(NEEDS_MORE, Some("main"), None, false);
    assert_eq!(said.code, 2);
    assert!(said.words.contains("f.yml:3:14"), "{}", said.words);
    assert!(said.words.contains("refused: the pipeline needs what is not done yet (line 3)"));
}

#[test]
fn an_event_that_git_could_not_tell_of_is_refused() {
    fn check(branch: Option<&str>, tag: Option<&str>, words: &str) {
        let said = plan_of(GOOD, branch, tag, false);
        assert_eq!(said.code, 2, "{}", said.words);
        assert!(said.words.contains(words), "{}", said.words);
    }
    check(None, None, "name the event with --branch or --tag");
    check(Some(""), None, "--branch: the name is empty");
    check(Some("a..b"), None, "no two dots in a row");
    check(None, Some("-v"), "--tag: \"-v\" begins with '-'");
}
