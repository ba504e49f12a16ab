//! The local commands as a person at a terminal meets them.

use super::output::Output;
use super::*;
use std::fs;
use std::path::PathBuf;

/// What a command did: its exit code, its answer, its words.
struct Said {
    code: u8,
    answer: String,
    words: String,
}

fn hear(command: impl FnOnce(&mut Output<'_>) -> io::Result<u8>) -> Said {
    let (mut answer, mut words) = (Vec::new(), Vec::new());
    let code = {
        let mut output = Output { answer: Box::new(&mut answer), words: Box::new(&mut words) };
        command(&mut output).unwrap()
    };
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said { code, answer: text(answer), words: text(words) }
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        fs::write(self.at(name), content).unwrap();
        self
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

const GOOD: &str =
    "pipelines:\n  default:\n    - step: {name: Build, script: [make], max-time: 3}\n";
const NEEDS_MORE: &str = "pipelines:\n  default:\n    - step: {services: [db], script: [make]}\n";
const WRONG: &str = "pipelines:\n  default:\n    - step: {script: make}\n";

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
fn setup_writes_what_explain_accepts_or_says_why_not() {
    let text = |it: &str| Some(it.to_owned());
    let tokens = TokenArgs {
        issuer: None,
        audience: None,
        subject: None,
        workspace: text("acme"),
        workspace_uuid: text("{0f1e2d3c-0c3d-4e5f-8a9b-0c1d2e3f4a5b}"),
        repository: text("6a1f77b2-0c3d-4e5f-8a9b-0c1d2e3f4a5b"),
        environment: None,
        name: "deploy".to_owned(),
        terraform: false,
    };
    let account = "111111111111".to_owned();
    let aws = SetupArgs::Aws {
        tokens: tokens.clone(),
        account: account.clone(),
        partition: "aws".to_owned(),
    };
    let said = hear(|output| setup::set_up(&aws, output));
    assert_eq!(said.code, 0, "{}", said.words);
    let document =
        said.answer.split("<<'END'\n").nth(1).and_then(|it| it.split("\nEND").next()).unwrap();
    let claims = format!(
        "{{\"iss\": \"{ISSUER}\", \"sub\": \"{{6a1f77b2-0c3d-4e5f-8a9b-0c1d2e3f4a5b}}:{{x}}\", \"exp\": 1795346130, \
         \"aud\": \"ari:cloud:bitbucket::workspace/0f1e2d3c-0c3d-4e5f-8a9b-0c1d2e3f4a5b\"}}"
    );
    assert_eq!(explain_pieces(&[&claims, document], "").code, 0);
    assert_eq!(explain_pieces(&[&claims.replace("6a1f77b2", "7a1f77b2"), document], "").code, 1);
    let terraform = TokenArgs { terraform: true, ..tokens.clone() };
    let aws = SetupArgs::Aws { tokens: terraform, account, partition: "aws".to_owned() };
    assert!(
        hear(|output| setup::set_up(&aws, output))
            .answer
            .starts_with("resource \"aws_iam_openid_connect_provider\"")
    );
    let id = "a0a0a0a0-0c3d-4e5f-8a9b-0c1d2e3f4a5b".to_owned();
    let azure = SetupArgs::Azure { tokens, app: id.clone(), tenant: id };
    let said = hear(|output| setup::set_up(&azure, output));
    assert!(said.code == 2 && said.words.contains("new in every run"), "{}", said.words);
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

/// A repository with one commit on main and the given pipelines file.
fn repository(pipelines: &str) -> Folder {
    let folder = Folder::new().with("bitbucket-pipelines.yml", pipelines);
    let git = |arguments: &[&str]| {
        let mut command = std::process::Command::new("git");
        command.arg("-C").arg(folder.0.path()).args(["-c", "user.name=A", "-c", "user.email=a@b"]);
        assert!(command.args(arguments).status().unwrap().success());
    };
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "one"]);
    folder
}

fn run_args(folder: &Folder) -> RunArgs {
    RunArgs {
        name: None,
        branch: None,
        tag: None,
        env: Vec::new(),
        env_file: None,
        directory: folder.0.path().to_owned(),
        no_network: false,
        allow_host: false,
    }
}

/// A runner that runs nothing: each step prints its first command, and fails where that is `fail`.
struct Rehearsal;

impl runners::Runner for Rehearsal {
    fn notices(&self, _: &runners::Job) -> Vec<String> {
        Vec::new()
    }

    fn run(
        &self,
        job: &runners::Job,
        secrets: &[domain::Secret],
        _: &runners::Abandon,
        listener: &mut dyn runners::Listener,
    ) -> runners::Outcome {
        let mut end = runners::End::Succeeded;
        for (index, step) in job.plan.steps.iter().enumerate() {
            let at = domain::Timestamp(0);
            listener.hear(runners::Event::StepStarted { index, name: &step.name }).unwrap();
            let variable = |name: &str| step.environment.iter().rev().find(|pair| pair.0 == name);
            let masked = match secrets.len() {
                0 => String::new(),
                count => format!(", {count} masked"),
            };
            let branch = variable("BITBUCKET_BRANCH");
            let text = format!("{} on {branch:?}{masked}", step.script[0]);
            let stream = blobs::log::Stream::Stdout;
            let record = blobs::log::Record { at, stream, text: text.into(), ends_line: true };
            listener.hear(runners::Event::Output(&[record])).unwrap();
            end = match step.script[0].as_str() {
                "fail" => runners::End::Failed { step: step.name.clone(), exit_code: 3 },
                "lack" => runners::End::IsolationUnavailable { cause: "install bubblewrap".into() },
                _ => end,
            };
        }
        let (variables, outputs, steps) = Default::default();
        runners::Outcome { end, first_command_at: None, variables, outputs, steps }
    }
}

/// Whether steps can be kept in here; where they cannot, a test of the real runner says so.
fn can_isolate() -> bool {
    let found = std::path::Path::new("/usr/bin/bwrap").exists();
    if !found {
        eprintln!("skipped: bubblewrap is not installed");
    }
    found
}

fn rehearse(args: &RunArgs) -> Said {
    hear(|output| run::run_with(args, |_, _| Ok(std::sync::Arc::new(Rehearsal)), output))
}

fn one_step(command: &str) -> String {
    format!("image: x\npipelines:\n  default:\n    - step: {{script: [{command}]}}\n")
}

#[test]
fn run_shows_why_on_what_and_how_it_went() {
    let folder = repository(&one_step("make"));
    let said = rehearse(&run_args(&folder));
    assert_eq!(said.code, 0, "{}", said.words);
    assert_eq!(said.answer, "make on Some((\"BITBUCKET_BRANCH\", \"main\"))\n");
    for word in [
        "warning: 'image' is not followed",
        "towpath: default, because default: there is no pipeline under 'branches'",
        "towpath: on commit ",
        "towpath: step 1 of 1: \"Step 1\"",
        "towpath: succeeded",
    ] {
        assert!(said.words.contains(word), "{word}\n{}", said.words);
    }
    fs::write(folder.at("new"), "").unwrap();
    let words = rehearse(&run_args(&folder)).words;
    assert!(words.contains("and 1 file that is not committed"), "{words}");
}

#[test]
fn the_exit_code_says_how_a_run_ended() {
    for (command, code, word) in [
        ("make", 0, "succeeded"),
        ("fail", 1, "step \"Step 1\" failed with exit code 3"),
        ("lack", 2, "install bubblewrap\ntowpath: or let the steps run on this machine"),
    ] {
        let said = rehearse(&run_args(&repository(&one_step(command))));
        assert!(said.code == code && said.words.contains(word), "{}", said.words);
    }
}

#[test]
fn what_cannot_run_is_refused_before_anything_is_copied() {
    let check = |folder: &Folder, change: fn(&mut RunArgs), word: &str| {
        let mut args = run_args(folder);
        change(&mut args);
        let said = rehearse(&args);
        assert_eq!((said.code, said.answer.as_str()), (2, ""), "{}", said.words);
        assert!(said.words.contains(word), "{word}\n{}", said.words);
        assert!(!said.words.contains("on commit"), "{}", said.words);
    };
    let good = repository(&one_step("make"));
    check(&good, |args| args.tag = Some("v1".into()), "nothing runs: no pattern under 'tags'");
    check(&good, |args| args.name = Some("x".into()), "has no pipeline 'x'; it has default");
    check(&good, |args| args.env = vec!["1=2".into()], "The variable name \"1\" is invalid.");
    check(&good, |args| args.env = vec!["TOWPATH_UNSET_".into()], "is not set here");
    check(&good, |args| args.directory = "/nowhere".into(), "lies in no git working copy");
    check(&repository(NEEDS_MORE), |_| {}, "bitbucket-pipelines.yml:3:14");
    check(&repository(WRONG), |_| {}, "the file has errors");
    fs::remove_file(good.at("bitbucket-pipelines.yml")).unwrap();
    check(&good, |_| {}, "there is no such file");
}

#[test]
fn variables_and_the_branch_can_be_given() {
    let folder = repository(&one_step("make"));
    let branch = RunArgs { branch: Some("x".into()), ..run_args(&folder) };
    assert!(rehearse(&branch).answer.contains("\"x\""));
    let env = vec!["BITBUCKET_BRANCH=y=z".to_owned()];
    assert!(rehearse(&RunArgs { env, ..run_args(&folder) }).answer.contains("\"y=z\""));
    let env = vec!["MY TOKEN=canary".to_owned()];
    let refused = rehearse(&RunArgs { env, ..run_args(&folder) });
    assert!(refused.words.contains("--env MY TOKEN: ") && !refused.words.contains("canary"));
}

#[test]
fn variables_of_a_file_are_secured_and_no_message_repeats_them() {
    let folder = repository(&one_step("make"));
    let file = folder.0.path().join("secured.env");
    std::fs::write(&file, "# ours\n\nBITBUCKET_BRANCH=canary=z\n").expect("written");
    let said = rehearse(&RunArgs { env_file: Some(file.clone()), ..run_args(&folder) });
    assert!(
        said.answer.contains("\"canary=z\"") && said.answer.contains("1 masked"),
        "{}",
        said.answer
    );
    for (text, expect) in
        [("A=1\ncanary", "line 2: write NAME=VALUE"), ("a-canary-b=1", "line 1: ")]
    {
        std::fs::write(&file, text).expect("written");
        let said = rehearse(&RunArgs { env_file: Some(file.clone()), ..run_args(&folder) });
        assert!(said.words.contains(expect), "{}", said.words);
    }
}

#[test]
fn the_real_runner_runs_the_steps_of_a_working_copy() {
    if !can_isolate() {
        return;
    }
    let folder = repository(
        "pipelines:\n  default:\n    - step:\n        name: One\n        script: [cat new, touch left, git log --format=%s]\n        \
         after-script: ['echo after $BITBUCKET_EXIT_CODE']\n    - step:\n        name: Two\n        \
         script: ['test ! -e left', 'test \"$PWD\" = \"$BITBUCKET_CLONE_DIR\"', exit 3]\n",
    );
    fs::write(folder.at("new"), "not committed\n").unwrap();
    let said = hear(|output| run::run(&run_args(&folder), output));
    assert_eq!(said.code, 1, "{}{}", said.answer, said.words);
    for line in ["+ cat new\nnot committed\n", "\none\n", "after 0\n", "+ exit 3\n"] {
        assert!(said.answer.contains(line), "{line}\n{}{}", said.answer, said.words);
    }
    assert_eq!(
        said.words.matches("step \"Two\" failed with exit code 3").count(),
        2,
        "{}",
        said.words
    );
    assert!(!folder.at("left").exists(), "the working copy is untouched");
}

const ISSUER: &str = "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc";

fn claims(subject: &str) -> String {
    format!(
        "{{\"iss\": \"{ISSUER}\", \"sub\": \"{subject}\", \"aud\": \"a\", \"exp\": 1795346130}}"
    )
}

fn trust(subject: &str) -> String {
    let bare = &ISSUER["https://".len()..];
    format!(
        "{{\"Version\": \"2012-10-17\", \"Statement\": [{{\n \"Effect\": \"Allow\",\n \"Principal\": {{\"Federated\": \
         \"arn:aws:iam::111111111111:oidc-provider/{bare}\"}},\n \"Action\": \"sts:AssumeRoleWithWebIdentity\",\n \
         \"Condition\": {{\"StringEquals\": {{\"{bare}:aud\": \"a\"}},\n  \"StringLike\": {{\"{bare}:sub\": \"{subject}\"}}}}}}]}}"
    )
}

fn explain_at(args: ExplainArgs, stdin: &str) -> Said {
    let at = domain::Timestamp::from_rfc3339("2026-11-22T10:15:30Z");
    let args = ExplainArgs { at, ..args };
    hear(|output| explain::explain(&args, &mut stdin.as_bytes(), output))
}

fn explain_pieces(pieces: &[&str], stdin: &str) -> Said {
    let pieces = pieces.iter().map(|it| (*it).to_owned()).collect();
    explain_at(ExplainArgs { pieces, ..ExplainArgs::default() }, stdin)
}

#[test]
fn explain_says_which_condition_refuses_a_token() {
    let folder = Folder::new().with("trust.json", trust("{6a1f}:*"));
    let policy = folder.at("trust.json").display().to_string();
    let said = explain_pieces(&["-", &policy], &claims("{6a1f}:{77b2}"));
    assert_eq!((said.code, said.words.as_str()), (0, ""), "{}", said.answer);
    assert!(said.answer.ends_with("It would be accepted.\n"), "{}", said.answer);
    let said = explain_pieces(&["-", &policy], &claims("{6A1F}:{77b2}"));
    assert_eq!(said.code, 1, "{}", said.answer);
    for word in [
        "the service answers: AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity",
        "(cause 16:",
        "StringLike api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc:sub (line 6)",
        "wanted    {6a1f}:*\n      sub       {6A1F}:{77b2}\n                  ^^^^",
        "fix: write \"{6A1F}:*\"",
    ] {
        assert!(said.answer.contains(word), "{word}\n{}", said.answer);
    }
}

#[test]
fn explain_takes_what_is_pasted_and_warns_of_tokens() {
    let said = explain_pieces(&["AADSTS700213: presented assertion subject 'a'"], "");
    assert!(said.code == 1 && said.answer.contains("cause 41"), "{}", said.answer);
    let part = |text: &str| {
        use base64::Engine;
        base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(text)
    };
    let token = format!(
        "{}.{}.c2lnbmF0dXJl",
        part("{\"alg\":\"RS256\",\"kid\":\"k\"}"),
        part(&claims("s"))
    );
    let said = explain_pieces(&[&token], "");
    assert!(said.words.contains("stays in the shell's history"), "{}", said.words);
    assert!(!(said.answer + &said.words).contains("c2lnbmF0dXJl"));
    let folder = Folder::new().with("token.jwt", format!("{token}\n"));
    let args = ExplainArgs {
        token: Some(folder.at("token.jwt").display().to_string()),
        json: true,
        ..ExplainArgs::default()
    };
    let said = explain_at(args, "");
    let report: serde_json::Value = serde_json::from_str(&said.answer).unwrap();
    assert_eq!((said.code, &report["accepted"], said.words.as_str()), (0, &true.into(), ""));
    assert_eq!(report["token"]["claims"]["sub"], "s");
    assert!(!said.answer.contains("c2lnbmF0dXJl"));
}

#[test]
fn explain_looks_at_the_steps_of_a_pipeline() {
    let file = "pipelines:\n  default:\n    - step:\n        name: Deploy\n        script:\n          - EXPORT AWS_REGION=x\n          - echo $BITBUCKET_STEP_OIDC_TOKEN > $AWS_WEB_IDENTITY_ROLE_FILE\n";
    let folder = Folder::new().with("bitbucket-pipelines.yml", file);
    let path = folder.at("bitbucket-pipelines.yml").display().to_string();
    let said = explain_pieces(&[&path], "");
    assert_eq!(said.code, 1);
    for cause in ["(cause 1:", "(cause 2:", "(cause 3:"] {
        assert!(said.answer.contains(cause), "{cause}\n{}", said.answer);
    }
}

#[test]
fn explain_says_what_it_cannot_read() {
    for (piece, word) in [
        ("no/such/file.json", "there is no such file"),
        ("{\"a\": 1}", "none that is known here"),
        ("{\"Statement\": [{\"Effect\": \"Maybe\"}]}", "line 1, column"),
        ("{", "EOF while parsing"),
    ] {
        let said = explain_pieces(&[piece], "");
        assert!(said.code == 2 && said.words.contains(word), "{piece}\n{}", said.words);
    }
    let args = ExplainArgs { token: Some("mytoken".to_owned()), ..ExplainArgs::default() };
    let said = explain_at(args, "");
    assert!(said.code == 2 && said.words.contains("there is no such file"), "{}", said.words);
}
