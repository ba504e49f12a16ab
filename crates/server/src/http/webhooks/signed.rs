//! Who knows a secret: a delivery is held against what its hook or App is sealed with.

use domain::connection::ProviderType;
use domain::hook_secret::{gitlab_signing_token, gitlab_token};
use domain::{Secret, Timestamp};
use store::{HookRow, Place, RegistrationRow};

use crate::shared::Shared;

/// Holds a delivery against the hook's secret, and then against the one before it, while that may
/// still be under way. Gives which of the two it was.
pub(super) fn verify(
    shared: &Shared,
    hook: &HookRow,
    sent: &webhooks::Headers,
    body: &[u8],
    received: Timestamp,
) -> Result<&'static str, webhooks::SignatureRefusal> {
    let fits = |sealed: &[u8]| {
        let secrets: Vec<_> = open(shared, hook, sealed).into_iter().collect();
        webhooks::verify(hook.provider, sent, body, &secrets, received)
    };
    let refused = match fits(&hook.sealed_secret) {
        Ok(_) => return Ok(operations::hooks::VERIFIED),
        Err(refused) => refused,
    };
    let previous = hook.sealed_previous.as_ref().filter(|_| hook.believes_previous(received));
    match previous.map(|sealed| fits(sealed)) {
        Some(Ok(_)) => Ok("the signature fits the secret that the hook had before"),
        _ => Err(refused),
    }
}

fn open(shared: &Shared, hook: &HookRow, sealed: &[u8]) -> Option<Secret> {
    let opened = shared.vault.unseal(&Place::of_hook(&hook.account, &hook.id), sealed);
    let secret = opened.inspect_err(|cause| tracing::error!(%cause, "hook secret")).ok()?;
    Some(proof(hook, secret))
}

/// What the forge proves with that it knows the secret: that itself, but for GitLab, which signs
/// with one thing made of it and, where it cannot sign, shows another.
fn proof(hook: &HookRow, secret: Secret) -> Secret {
    match (hook.provider, hook.signs) {
        (ProviderType::GitLab | ProviderType::GitLabSelfManaged, Some(true)) => {
            gitlab_signing_token(&secret)
        }
        (ProviderType::GitLab | ProviderType::GitLabSelfManaged, _) => gitlab_token(&secret),
        _ => secret,
    }
}

/// Holds a delivery against the App's secret.
pub(super) fn verify_app(
    shared: &Shared,
    app: &RegistrationRow,
    sent: &webhooks::Headers,
    body: &[u8],
    received: Timestamp,
) -> Result<&'static str, webhooks::SignatureRefusal> {
    let place = Place::of_app_hook(&app.account, &app.id);
    let opened = app.sealed_hook_secret.as_ref().map(|sealed| shared.vault.unseal(&place, sealed));
    let opened = opened.and_then(|it| {
        it.inspect_err(|cause| tracing::error!(%cause, "an App's hook secret")).ok()
    });
    let secrets: Vec<_> = opened.into_iter().collect();
    webhooks::verify(app.provider, sent, body, &secrets, received)?;
    Ok(operations::hooks::VERIFIED)
}

#[cfg(test)]
mod tests {
    use domain::connection::HookState;
    use store::NewHook;

    use super::*;

    fn hook(provider: ProviderType, signs: Option<bool>) -> HookRow {
        let new = NewHook {
            id: "hook".into(),
            account: "000000000000".into(),
            connection: "arn".into(),
            repository: "ada/engine".into(),
            provider,
            sealed_secret: Vec::new(),
            state: HookState::Registered,
        };
        HookRow { signs, ..new.into() }
    }

    #[test]
    fn a_gitlab_that_signs_is_not_believed_by_its_token() {
        let secret = || Secret::new("secret");
        let (token, signing) = (gitlab_token(&secret()), gitlab_signing_token(&secret()));
        let judged = |provider, signs, token: &Secret| {
            let sent = webhooks::Headers::from_iter([("X-Gitlab-Token", token.expose())]);
            let proof = proof(&hook(provider, signs), secret());
            webhooks::verify(provider, &sent, b"{}", &[proof], domain::Timestamp(0)).is_ok()
        };
        for provider in [ProviderType::GitLab, ProviderType::GitLabSelfManaged] {
            for (signs, expect) in [(None, true), (Some(false), true), (Some(true), false)] {
                assert_eq!(judged(provider, signs, &token), expect, "{provider} {signs:?}");
                assert!(!judged(provider, signs, &signing) && !judged(provider, signs, &secret()));
            }
        }
    }

    #[test]
    fn the_other_forges_sign_with_the_secret_itself() {
        use ProviderType::{Bitbucket, BitbucketServer, GitHub, GitHubEnterpriseServer};
        for provider in [GitHub, GitHubEnterpriseServer, Bitbucket, BitbucketServer] {
            for signs in [None, Some(true)] {
                let proof = proof(&hook(provider, signs), Secret::new("secret"));
                assert_eq!(proof, Secret::new("secret"), "{provider} {signs:?}");
            }
        }
    }
}
