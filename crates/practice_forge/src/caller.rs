//! Who asks, and what they may do.

use crate::problem::Problem;
use crate::world::World;
use crate::world::app::Installed;
use crate::world::repository::{Access, Repository, Restriction};
use crate::world::user::User;
use crate::{Kind, Shared};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;

/// Whoever the request's token speaks for.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) user: User,
    pub(crate) scope: String,
    /// Whether an OAuth app asks for them.
    pub(crate) by_app: bool,
    /// The client that asks.
    pub(crate) client_id: Option<String>,
    /// The installation of a GitHub App, which speaks for no person.
    pub(crate) installed: Option<Installed>,
}

impl Caller {
    /// Whether an App's installation may do that much; people are held against other rules.
    fn is_permitted(&self, need: Access) -> bool {
        self.installed.as_ref().is_none_or(|it| match need {
            Access::None | Access::Read => {
                it.permits("metadata", false) || it.permits("contents", false)
            }
            Access::Write => it.permits("statuses", true) || it.permits("contents", true),
            Access::Admin => it.permits("repository_hooks", true),
        })
    }
}

impl FromRequestParts<Arc<Shared>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        shared: &Arc<Shared>,
    ) -> Result<Self, Self::Rejection> {
        let token = token(shared.kind, &parts.headers).ok_or(Problem::BadCredentials)?;
        shared.caller(token).ok_or(Problem::BadCredentials)
    }
}

/// `Bearer`, which every forge takes, and what one of them takes besides.
fn token(kind: Kind, headers: &HeaderMap) -> Option<&str> {
    let text = |name: &str| headers.get(name).and_then(|it| it.to_str().ok());
    let words = text(header::AUTHORIZATION.as_str()).and_then(|it| it.split_once(' '));
    let found = words.filter(|(scheme, _)| {
        scheme.eq_ignore_ascii_case("bearer") || (kind == Kind::GitHub && *scheme == "token")
    });
    let private = text("private-token").filter(|_| kind == Kind::GitLab);
    found.map(|(_, token)| token).or(private)
}

impl Shared {
    /// Whom a token speaks for now.
    pub(crate) fn caller(&self, token: &str) -> Option<Caller> {
        let world = self.world();
        let found = world.grants.token(token, self.now())?;
        let (client_id, installed) = (found.client_id.clone(), found.installed.clone());
        let bot = |it: &Installed| User {
            id: it.installation,
            login: found.login.clone(),
            uuid: String::new(),
        };
        let user = match &installed {
            Some(installed) => bot(installed),
            None => world.user(&found.login)?.clone(),
        };
        let (scope, by_app) = (found.scope.clone(), found.family.is_some());
        Some(Caller { user, scope, by_app, client_id, installed })
    }

    /// The repository, if the caller may do that much there. One whose existence is nobody's
    /// business is not found.
    pub(crate) fn admit(
        &self,
        caller: &Caller,
        full_name: &str,
        need: Access,
    ) -> Result<Repository, Problem> {
        let world = self.world();
        let found = world.repository(full_name).ok_or(Problem::NotFound)?;
        if let Some(installed) = &caller.installed {
            return admit_installed(&world, caller, installed, found, need);
        }
        let access = found.access_of(&caller.user.login);
        if access < Access::Read {
            return Err(Problem::NotFound);
        }
        if let Some(needed) = self.kind.missing_scope(caller, need) {
            return Err(Problem::Scope { needed, granted: caller.scope.clone() });
        }
        let restriction = world.restrictions.get(&found.owner).filter(|_| caller.by_app);
        match restriction {
            Some(Restriction::Saml) => Err(Problem::Saml { organisation: found.owner.clone() }),
            Some(Restriction::OAuthApps) if need == Access::Read => Err(Problem::NotFound),
            Some(Restriction::OAuthApps) => Err(Problem::Forbidden(restricted(&found.owner))),
            None if access < need => Err(Problem::Forbidden("403 Forbidden".to_owned())),
            None => Ok(found.clone()),
        }
    }

    /// Every repository that the caller may do that much with.
    pub(crate) fn admitted(&self, caller: &Caller, need: Access) -> Vec<Repository> {
        let names: Vec<_> = self.world().repositories.iter().map(Repository::full_name).collect();
        names.iter().filter_map(|name| self.admit(caller, name, need).ok()).collect()
    }
}

/// An App's installation sees what it was installed on and its token is for.
fn admit_installed(
    world: &World,
    caller: &Caller,
    installed: &Installed,
    found: &Repository,
    need: Access,
) -> Result<Repository, Problem> {
    let of = world.installations.iter().find(|it| it.number == installed.installation);
    let of = of.ok_or(Problem::BadCredentials)?;
    let named = installed.repositories.as_ref().is_none_or(|named| named.contains(&found.id));
    match () {
        () if of.suspended_at.is_some() => {
            Err(Problem::Forbidden("This installation has been suspended".to_owned()))
        }
        () if !of.covers(found) || !named => Err(Problem::NotFound),
        () if !caller.is_permitted(need) => {
            Err(Problem::Forbidden("Resource not accessible by integration".to_owned()))
        }
        () => Ok(found.clone()),
    }
}

/// GitHub's words.
fn restricted(organisation: &str) -> String {
    format!(
        "Although you appear to have the correct authorization credentials, the `{organisation}` organization has enabled OAuth App access restrictions, meaning that data access to third-parties is limited. For more information on these restrictions, including how to enable this app, visit https://docs.github.com/articles/restricting-access-to-your-organization-s-data/"
    )
}

/// Bitbucket Server says in every answer of its API who asked.
pub(crate) async fn name(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let token = token(shared.kind, request.headers()).map(str::to_owned);
    let mut answer = next.run(request).await;
    let caller = token.filter(|_| shared.kind == Kind::BitbucketServer);
    let caller = caller.and_then(|token| shared.caller(&token));
    let value = caller.and_then(|caller| caller.user.login.parse().ok());
    value.into_iter().for_each(|value| {
        answer.headers_mut().insert("x-ausername", value);
    });
    answer
}
