//! What a forge may answer git, and what that is taken for: a limit is kept to, and an answer that is
//! not git's, or not the whole of it, says nothing about a branch.

mod double;

use domain::forge_event::GitRef;
use double::{Answer, Double, answer, client};
use forges::git::{self, GitError, Remote};
use std::time::Duration;

/// Where git is told the branch `main` is, if the forge answers so.
async fn resolved(answers: Vec<Answer>) -> Result<bool, GitError> {
    let forge = Double::start(answers).await;
    let url = forge.url.join("ada/engine.git").expect("a URL");
    let remote = Remote::http(client().guard(), &url, None).await.expect("a remote");
    Ok(git::resolve(&remote, &GitRef::branch("main")).await?.is_some())
}

fn typed(kind: &str, body: &str) -> Answer {
    answer("200 OK", body).header(format!("Content-Type: application/x-git-upload-pack-{kind}"))
}

fn offer() -> Answer {
    let body = "001e# service=git-upload-pack\n0000000eversion 2\n0013ls-refs=unborn\n0000";
    typed("advertisement", body)
}

fn refs(body: &str) -> Vec<Answer> {
    vec![offer(), typed("result", body)]
}

#[tokio::test]
async fn a_branch_is_not_there_only_where_git_says_so() {
    let commit = "a".repeat(40);
    assert!(
        resolved(refs(&format!("003d{commit} refs/heads/main\n0000"))).await.expect("a branch")
    );
    assert!(!resolved(refs("0000")).await.expect("none"));
}

#[tokio::test]
async fn a_limit_says_how_long_it_lasts() {
    for status in ["429 Too Many Requests", "403 Forbidden", "503 Service Unavailable"] {
        let limit = || answer(status, "slow down").header("Retry-After: 90");
        for answers in [vec![limit()], vec![offer(), limit()]] {
            let said = resolved(answers).await;
            let wait = Duration::from_secs(90);
            assert!(
                matches!(said, Err(GitError::RateLimited { wait: it }) if it == wait),
                "{status}: {said:?}"
            );
        }
    }
    let refused = resolved(vec![answer("403 Forbidden", "no")]).await;
    assert!(matches!(refused, Err(GitError::Unauthorised)), "{refused:?}");
}

#[tokio::test]
async fn an_answer_that_is_not_gits_or_not_whole_passes() {
    let page = || answer("200 OK", "<html>Sign in</html>").header("Content-Type: text/html");
    for (answers, what) in [
        (vec![page()], "a page of one line"),
        (vec![answer("200 OK", "")], "nothing"),
        (vec![offer(), page()], "a page where the branches were"),
        (vec![typed("advertisement", "")], "an empty offer"),
        (vec![typed("advertisement", "001e# service=git-upload-pack\n0000000eversi")], "a cut one"),
        (refs(""), "no branches, and no end"),
        (refs("003daaaa"), "a cut line"),
    ] {
        let said = resolved(answers).await;
        assert!(said.as_ref().is_err_and(GitError::passes), "{what}: {said:?}");
    }
}
