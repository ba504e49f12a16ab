//! What is left when GitHub has removed the hook of a webhook: its URL, while the webhook is there;
//! and no token, where that was kept only to have the hook removed.

use domain::connection::HookState;
use store::{Changes, ConnectionRow, HookRow, PipelineRow, TokenRow, View, Want, WebhookRow};

use crate::watches::connection_key;

/// What [`is_given`] looks at.
pub(crate) fn wants(hook: &HookRow) -> Vec<Want> {
    let mut wants: Vec<Want> = vec![
        WebhookRow::by_hook(&hook.id).into(),
        connection_key(&hook.account, &hook.connection).into(),
        TokenRow::at(&hook.account, &hook.connection).into(),
    ];
    wants.extend(pipeline(hook).map(Want::from));
    wants
}

fn pipeline(hook: &HookRow) -> Option<store::Key> {
    let name = hook.connection.id().split('/').next()?;
    Some(PipelineRow::at(&hook.account, &name.into()))
}

/// Leaves what is left of a hook that GitHub has removed; gives whether that is its URL.
pub(crate) fn is_given(hook: &HookRow, seen: &View, changes: &mut Changes) -> bool {
    if !hook.connection.is_source_action() {
        return false;
    }
    forget_token(hook, seen, changes);
    let given = !seen.list::<WebhookRow>(&WebhookRow::by_hook(&hook.id)).is_empty();
    if given {
        let (forge_hook_id, repository_id, trouble) = (None, None, None);
        let state = HookState::Given;
        changes.put(seen, HookRow { state, forge_hook_id, repository_id, trouble, ..hook.clone() });
    }
    given
}

/// The action that brought it is there no more.
fn forget_token(hook: &HookRow, seen: &View, changes: &mut Changes) {
    let row = pipeline(hook).and_then(|key| seen.row::<PipelineRow>(key));
    let declares = |row: &PipelineRow| {
        let mut ids = row.declaration.sources().map(|it| row.declaration.source_id(it));
        ids.any(|id| id.as_deref() == Some(hook.connection.id()))
    };
    if row.is_some_and(declares) {
        return;
    }
    let connection = connection_key(&hook.account, &hook.connection);
    if seen.row::<ConnectionRow>(connection.clone()).is_some() {
        changes.delete::<ConnectionRow>(seen, connection);
        changes.delete::<TokenRow>(seen, TokenRow::at(&hook.account, &hook.connection));
    }
}
