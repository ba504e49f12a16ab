//! What `oidc setup` writes and `oidc explain` says of it.

use super::*;

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
        pipeline: None,
        action: None,
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

fn explain_at(args: ExplainArgs, stdin: &str) -> Said {
    let at = domain::Timestamp::from_rfc3339("2026-11-22T10:15:30Z");
    let args = ExplainArgs { at, ..args };
    hear(|output| explain::explain(&args, Vec::new(), &mut stdin.as_bytes(), output))
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
        "{}.{}.{}",
        part("{\"alg\":\"RS256\",\"kid\":\"k\"}"),
        part(&claims("s")),
        part(&"signature".repeat(29)[..256]),
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
    let step = |pieces: &[&str]| {
        let pieces = pieces.iter().map(|it| (*it).to_owned()).collect();
        let step = Some("Make".to_owned());
        explain_at(ExplainArgs { pieces, step, ..ExplainArgs::default() }, "")
    };
    let said = step(&["{\"iss\": \"i\"}"]);
    assert!(
        said.code == 2 && said.words.contains("bring its bitbucket-pipelines.yml"),
        "{}",
        said.words
    );
    let file = "pipelines:\n  default:\n    - step:\n        name: Deploy\n        script:\n          - ls\n";
    let said = step(&[file]);
    assert!(said.code == 2 && said.words.contains("the pipeline has \"Deploy\""), "{}", said.words);
    let named = |error: &str| {
        explain_at(ExplainArgs { error: Some(error.to_owned()), ..ExplainArgs::default() }, "")
    };
    for message in ["AccessDenied:sts/AssumeRoleWithWebIdentity", "https://i.example/keys.json:404"]
    {
        let said = named(message);
        assert!(said.code == 1 && said.words.is_empty(), "{message}\n{}", said.words);
    }
    assert!(named("logs/step.log").words.contains("there is no such file"));
    let args = ExplainArgs { token: Some("mytoken".to_owned()), ..ExplainArgs::default() };
    let said = explain_at(args, "");
    assert!(said.code == 2 && said.words.contains("there is no such file"), "{}", said.words);
}
