//! Whether the forge protects the ref that a commit is fetched by, for the tokens of the steps after it.
//! Where no step gets one, the forge is not asked.

use domain::ArtifactRef;
use domain::revision::Trigger;
use engine::{InputArtifact, StepTokens};
use recipes::bitbucket;

use super::Fetching;
use super::named::Wanted;
use crate::inputs;
use crate::limits::RECIPE_BYTES_MAX;
use crate::trouble::Trouble;

impl Fetching<'_> {
    /// What the forge says, where it is known before the commit is here whether steps get tokens; `None`
    /// where the commit's own files say it.
    pub(super) async fn early_protection(&self, wanted: &Wanted) -> Option<Option<bool>> {
        match self.start.work.tokens {
            StepTokens::None => Some(None),
            StepTokens::Asked => Some(self.ask_protection(wanted).await),
            StepTokens::InFiles(_) => None,
        }
    }

    /// What the forge says, where the commit's own files have steps that get tokens.
    pub(super) async fn late_protection(
        &self,
        wanted: &Wanted,
        artifact: &ArtifactRef,
    ) -> Result<Option<bool>, Trouble> {
        let StepTokens::InFiles(names) = &self.start.work.tokens else { return Ok(None) };
        let Some(output) = self.start.work.outputs.first() else { return Ok(None) };
        let (name, artifact) = (output.name.clone(), artifact.clone());
        let input = InputArtifact { name, artifact, is_clone_reference: self.is_clone() };
        for name in names {
            let name = name.as_deref().unwrap_or(bitbucket::FILE_NAME);
            let (performer, start) = (self.performer, self.start);
            let text = inputs::file(performer, start, &input, name, RECIPE_BYTES_MAX).await?;
            // A file that cannot be read fails the action that runs it, which says why.
            if text.is_ok_and(|text| bitbucket::may_ask_for_tokens(&text)) {
                return Ok(self.ask_protection(wanted).await);
            }
        }
        Ok(None)
    }

    /// A pull request is somebody's proposal, whatever its branch is called: never protected. A commit
    /// that a person named may be on no branch at all: nothing is said of it.
    async fn ask_protection(&self, wanted: &Wanted) -> Option<bool> {
        let is_pushed = self.is_pushed();
        match &self.start.trigger {
            Trigger::WebhookV2(push) if is_pushed && push.pull_request.is_some() => {
                return Some(false);
            }
            _ => {}
        }
        let is_named = self.start.work.revision.is_some() && !is_pushed;
        let git_ref = wanted.git_ref.as_ref().filter(|_| !is_named)?;
        let (access, repository) = (self.access, &wanted.repository);
        let said = access.forge.is_protected(access.to(repository), git_ref).await;
        said.unwrap_or_else(|cause| {
            tracing::warn!(%cause, %git_ref, "tokens do not say whether the ref is protected");
            None
        })
    }
}
