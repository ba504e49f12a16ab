//! What `lint` says of files.

use super::*;

fn lint_one(name: &str, content: impl AsRef<[u8]>) -> Said {
    let folder = Folder::new().with(name, content);
    hear(|output| {
        lint::lint(&LintArgs { files: vec![folder.at(name)], kind: None, json: false }, output)
    })
}

#[test]
fn lint_says_by_its_exit_code_what_it_found() {
    for (name, content, code, word) in [
        ("bitbucket-pipelines.yml", GOOD, 0, "nothing to say"),
        ("bitbucket-pipelines.yml", &format!("image: x\n{GOOD}"), 0, "yml: 1 warning\n"),
        ("bitbucket-pipelines.yml", NEEDS_MORE, 1, "yml: 1 not supported yet\n"),
        ("bitbucket-pipelines.yml", WRONG, 1, "yml: 1 error\n"),
        ("bitbucket-pipelines.yml", "a: [", 1, "unclosed bracket"),
        ("buildspec.yml", "version: 0.2", 2, "buildspec files are not checked yet"),
        ("Makefile", "all:", 2, "its kind is unknown"),
        ("pipeline.json", "{", 1, "EOF while parsing an object"),
        ("pipeline.json", "[]", 1, "a pipeline is an object"),
        ("pipeline.json", "{\"pipeline\": 3}", 1, "a pipeline is an object"),
        ("f.yml", "a: 1\n---\nb: 2\n", 1, "f.yml:2:1"),
        ("pipeline.json", "{\"name\": 1}", 1, "invalid type: integer `1`, expected a string"),
        (
            "pipeline.json",
            "{\"name\": \"p\", \"stages\": [], \"colour\": 1}",
            1,
            "unknown field `colour`",
        ),
    ] {
        let said = lint_one(name, content);
        assert_eq!(said.code, code, "{content}\n{}", said.words);
        assert!(said.words.contains(word), "{content}\n{}", said.words);
    }
}

#[test]
fn lint_shows_where_a_pipeline_breaks_its_structure() {
    let pipeline =
        "{\"pipeline\": {\n  \"name\": \"p\",\n  \"roleArn\": \"nobody\",\n  \"stages\": []\n}}\n";
    let said = lint_one("pipeline.json", pipeline);
    assert_eq!(said.code, 1, "{}", said.words);
    for word in
        ["error: InvalidStructureException: roleArn: ", "pipeline.json:3:3", "pipeline.json:4:3"]
    {
        assert!(said.words.contains(word), "{word}\n{}", said.words);
    }
}

#[test]
fn lint_takes_policies() {
    let open = trust("*").replace("\"StringLike\"", "\"StringLikeIfExists\"");
    let role = format!("{{\"Role\": {{\"AssumeRolePolicyDocument\":\n{}}}}}", trust("acme/shop:*"));
    let admin = "{\"Version\": \"2012-10-17\", \"Statement\": [\n{\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}]}";
    let pass = "{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\", \"Action\": \"iam:PassRole\", \"Resource\": \"*\"}}";
    for (content, code, words) in [
        (trust("{6a1f77b2-0c3d-4e5f-8a9b-0c1d2e3f4a5b}:*"), 0, vec!["nothing to say"]),
        (
            open,
            1,
            vec!["error: every token of", "policy.json:6:", "warning: StringLikeIfExists holds"],
        ),
        (
            role,
            1,
            vec![
                "policy.json:7:",
                "Bitbucket's subject has the repository's UUID, not `acme/shop`",
                "^",
                "REPOSITORY-UUID",
            ],
        ),
        (
            trust("*").replace("\"Allow\"", "\"allow\""),
            1,
            vec!["error: Invalid effect: allow", "policy.json:2:12"],
        ),
        (
            trust("*").replace("\"Statement\": [{", "\"Statement\": [{,"),
            1,
            vec!["policy.json:1:", "error: "],
        ),
        (admin.to_owned(), 0, vec!["warning: every action on everything", "policy.json:2:1"]),
        (pass.to_owned(), 0, vec!["any role", "iam:PassedToService"]),
    ] {
        let said = lint_one("policy.json", &content);
        assert_eq!(said.code, code, "{content}\n{}", said.words);
        for word in words {
            assert!(said.words.contains(word), "{word}\n{}", said.words);
        }
    }
}

#[test]
fn lint_can_be_told_what_a_file_is() {
    let folder = Folder::new().with("trust", trust("*"));
    let look = |kind| {
        let args = LintArgs { files: vec![folder.at("trust")], kind, json: false };
        hear(|output| lint::lint(&args, output))
    };
    let said = look(None);
    assert!(said.code == 2 && said.words.contains("--kind"), "{}", said.words);
    let said = look(Some(lint::Kind::TrustPolicy));
    assert!(said.code == 1 && said.words.contains("nearly every subject"), "{}", said.words);
    let said = look(Some(lint::Kind::Policy));
    assert!(said.code == 1 && said.words.contains("Principal"), "{}", said.words);
}

#[test]
fn lint_warns_of_what_has_no_effect_here() {
    let source = r#"{"name": "Fetch", "outputArtifacts": [{"name": "Code"}],
        "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "CodeStarSourceConnection", "version": "1"},
        "configuration": {"FullRepositoryId": "ada/engine", "BranchName": "main",
            "ConnectionArn": "arn:aws:codeconnections:us-east-1:000000000000:connection/1-2"}}"#;
    let review = r#"{"name": "Review",
        "actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"},
        "configuration": {"NotificationArn": "arn:aws:sns:us-east-1:000000000000:reviews"}}"#;
    let pipeline = format!(
        r#"{{"name": "p", "roleArn": "arn:aws:iam::000000000000:role/p", "pipelineType": "V2",
        "artifactStore": {{"type": "S3", "location": "artifacts"}},
        "stages": [{{"name": "Source", "actions": [{source}]}}, {{"name": "Next", "actions": [{review}]}}]}}"#
    );
    let said = lint_one("pipeline.json", &pipeline);
    assert_eq!(said.code, 0, "{}", said.words);
    let warned =
        "warning: stages[1].actions[0].configuration.NotificationArn has no effect here: nobody";
    assert!(said.words.contains(warned) && said.words.contains("1 warning"), "{}", said.words);
}

#[test]
fn lint_warns_of_what_people_write_where_a_shell_would_read_it() {
    let fetch = r#"{"name": "Fetch", "namespace": "S", "outputArtifacts": [{"name": "Code"}],
        "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "CodeStarSourceConnection", "version": "1"},
        "configuration": {"ConnectionArn": "arn:aws:codestar-connections:us-east-1:000000000000:connection/c",
            "FullRepositoryId": "a/b", "BranchName": "main"}}"#;
    let make = r##"{"name": "Make", "inputArtifacts": [{"name": "Code"}],
        "actionTypeId": {"category": "Compute", "owner": "AWS", "provider": "Commands", "version": "1"},
        "commands": ["echo #{S.CommitId}", "echo \"#{S.CommitMessage}\""]}"##;
    let pipeline = format!(
        r#"{{"name": "p", "roleArn": "arn:aws:iam::000000000000:role/p", "pipelineType": "V2",
        "artifactStore": {{"type": "S3", "location": "artifacts"}},
        "stages": [{{"name": "Source", "actions": [{fetch}]}}, {{"name": "Next", "actions": [{make}]}}]}}"#
    );
    let said = lint_one("pipeline.json", &pipeline);
    let warned = "warning: #{S.CommitMessage} is text that whoever pushes can write";
    assert!(said.words.contains(warned) && said.words.contains("1 warning"), "{}", said.words);
}

#[test]
fn lint_says_why_a_file_cannot_be_read() {
    let too_large = "#".repeat(FILE_BYTES_MAX + 1);
    assert!(lint_one("f.yml", &too_large).words.contains("more than 524288 bytes"));
    assert!(lint_one("f.yml", [b'a', 0xff]).words.contains("not UTF-8 text (byte 2)"));
    let folder = Folder::new();
    fs::create_dir(folder.at("folder.yml")).unwrap();
    for (name, word) in [("folder.yml", "this is a folder"), ("none.yml", "there is no such file")]
    {
        let args = LintArgs { files: vec![folder.at(name)], kind: None, json: false };
        let said = hear(|output| lint::lint(&args, output));
        assert!(said.code == 2 && said.words.contains(word), "{}", said.words);
    }
}

#[test]
fn lint_takes_many_files_and_answers_in_one_document() {
    let folder = Folder::new().with("good.yml", GOOD).with("wrong.yml", WRONG);
    let files = ["good.yml", "wrong.yml", "none.yml"].map(|name| folder.at(name)).to_vec();
    let said = hear(|output| lint::lint(&LintArgs { files, kind: None, json: true }, output));
    assert_eq!((said.code, said.words.as_str()), (2, ""));
    let document: serde_json::Value = serde_json::from_str(&said.answer).unwrap();
    let files = document["files"].as_array().unwrap();
    assert_eq!(files[0]["findings"], serde_json::json!([]));
    assert_eq!(files[1]["findings"][0]["line"], 3);
    assert_eq!(files[1]["findings"][0]["severity"], "error");
    assert_eq!(files[2]["unreadable"], "there is no such file");
}
