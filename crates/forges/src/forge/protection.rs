//! Whether a forge protects a ref.

use crate::Error;
use crate::forge::RepositoryAccess;
use domain::forge_event::GitRef;

/// What a forge says of who may change a ref.
#[async_trait::async_trait]
pub trait Protection: Send + Sync {
    /// Whether the forge keeps a ref from being pushed to, or rewritten, by everybody who may push;
    /// `None` where it does not say: not to this token, or not of such a ref.
    async fn is_protected(
        &self,
        access: RepositoryAccess<'_>,
        git_ref: &GitRef,
    ) -> Result<Option<bool>, Error>;
}
