//! A working copy is run: by a runner that runs nothing, and by the real one.

use super::*;

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
