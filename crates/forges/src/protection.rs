//! Whether a ref is protected, as every forge's REST API tells it: by rules, of which a list is shown,
//! or by what the ref says of itself, which is a list of one. What a rule is about each driver says.

use crate::Error;
use crate::answer::if_told;
use crate::forge::{Protection, RepositoryAccess};
use crate::path::check_ref;
use crate::rest::{OverRest, Pages, ReadPage};
use domain::RepositoryName;
use domain::forge_event::GitRef;
use serde::de::DeserializeOwned;

/// What one forge's protection of refs has of its own; [`Protection`] follows from it.
pub(crate) trait RestProtection: OverRest {
    /// A rule as the forge shows it, or a ref that says it of itself.
    type Shown: DeserializeOwned + Send;

    /// Reads a page of them.
    const PAGE: ReadPage<Self::Shown>;

    /// Where those are shown that may be about this ref; `None` where there are none of such refs.
    fn shown_at(repository: &RepositoryName, git_ref: &GitRef) -> Result<Option<String>, Error>;

    /// Whether it protects this ref; `None` where only the forge itself knows that.
    fn protects(shown: &Self::Shown, git_ref: &GitRef) -> Option<bool>;
}

#[async_trait::async_trait]
impl<F: RestProtection> Protection for F {
    async fn is_protected(
        &self,
        access: RepositoryAccess<'_>,
        git_ref: &GitRef,
    ) -> Result<Option<bool>, Error> {
        let RepositoryAccess { token, repository } = access;
        let what = format!("the protection of {git_ref} of {repository}");
        check_ref(git_ref, &what)?;
        let Some(first) = F::shown_at(repository, git_ref)? else { return Ok(None) };
        let pages = Pages { rest: self.rest(), token, what: &what };
        let found = if_told(pages.all(first, F::PAGE).await)?;
        Ok(found.and_then(|found| in_sum(found.iter().map(|it| F::protects(it, git_ref)))))
    }
}

/// Whether a ref is protected, of whether each rule protects it. One that does is enough; where none
/// does and one may, nobody knows.
fn in_sum(rules: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let rules: Vec<_> = rules.collect();
    match rules.contains(&Some(true)) {
        true => Some(true),
        false => (!rules.contains(&None)).then_some(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_rule_is_enough_and_a_doubt_is_no_answer() {
        let check = |rules: &[Option<bool>], expect| {
            assert_eq!(in_sum(rules.iter().copied()), expect, "{rules:?}");
        };
        check(&[], Some(false));
        check(&[Some(false), Some(false)], Some(false));
        check(&[Some(false), None], None);
        check(&[None, Some(true), Some(false)], Some(true));
    }
}
