//! What the older source action of GitHub's names: the repository, the branch and a token.
//!
//! No problem repeats the token. What becomes of it is left to `operations`.

use super::Found;
use super::providers::check_boolean;
use domain::RepositoryName;
use domain::forge_event::{GitRef, own_branch};
use domain::pipeline::ActionDeclaration;

pub(super) fn check(action: &ActionDeclaration, path: &str, found: &mut Found) {
    let mut wrong = |key: &str, problem: String| {
        found.action(format!("{path}.configuration.{key}"), problem);
    };
    for key in ["Owner", "Repo"] {
        if let Some(Err(problem)) = action.setting(key).map(part) {
            wrong(key, problem);
        }
    }
    if let Some(Err(problem)) = action.setting("Branch").map(branch) {
        wrong("Branch", problem);
    }
    if let Some(Err(problem)) = action.setting("OAuthToken").map(token) {
        wrong("OAuthToken", problem.to_owned());
    }
    check_boolean(action, "PollForSourceChanges", path, found);
}

/// One part of `owner/name`.
fn part(text: &str) -> Result<(), String> {
    if text.contains('/') {
        return Err("write Owner and Repo apart, each without a slash".to_owned());
    }
    RepositoryName::new(format!("o/{text}")).check().map_err(|error| error.to_string())
}

/// One branch: this action knows neither patterns nor variables.
fn branch(text: &str) -> Result<(), String> {
    if text.contains("#{") {
        return Err("a variable cannot stand here; write one branch".to_owned());
    }
    own_branch(text).map_err(|slip| slip.to_string())?;
    GitRef::branch(text).check().map_err(|error| error.to_string())
}

/// Whether a text can be a token: a header must be able to carry it.
///
/// # Errors
/// What is wrong with it, and what would be right.
pub fn token(text: &str) -> Result<(), &'static str> {
    if text.contains("{{resolve:") {
        return Err("a dynamic reference is for CloudFormation to resolve; write the token itself");
    }
    let plain = text.bytes().all(|b| b.is_ascii_graphic()) && !text.contains("#{");
    plain.then_some(()).ok_or("write the token alone: letters, digits and signs, no spaces")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owner_repository_branch_and_token_are_what_github_has() {
        assert_eq!(part("octo-org"), Ok(()));
        for wrong in ["", "a/b", "-a", "a b", "..", "a.git"] {
            assert!(part(wrong).is_err(), "{wrong}");
        }
        assert_eq!(branch("feature/x"), Ok(()));
        for wrong in ["", "-evil", "a..b", "feature/*", "#{variables.B}", "refs/heads/main"] {
            assert!(branch(wrong).is_err(), "{wrong}");
        }
        assert_eq!(token("ghp_0123456789abcdefABCDEF"), Ok(()));
        assert_eq!(token("****"), Ok(()));
        for wrong in ["a b", "a\nb", "#{variables.T}", "{{resolve:secretsmanager:a}}", "\u{e4}"] {
            assert!(token(wrong).is_err(), "{wrong}");
        }
    }
}
