//! What a connection may do in a repository, asked before a pipeline relies on it. Only the forge
//! knows: the turn ends with an effect, and the process waits for its answer.

use domain::EffectId;
use engine::Effect;
use serde::{Deserialize, Serialize};
use wire::towpath as shapes;

use crate::connections::seen;
use crate::line::new_effect;
use crate::table::operation;
use crate::watches::connection_key;

/// The effect whose answer is the operation's output.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Question {
    /// Which.
    pub effect: EffectId,
}

operation! {
    /// `towpath:TestConnection`.
    Test: shapes::TestConnectionInput => Question;
    resource(_, input) { input.connection_arn.to_string() }
    wants(caller, input, _) {
        vec![connection_key(caller.account(), &input.connection_arn).into()]
    }
    decide(caller, input, view, now, changes) {
        let mut changes = changes;
        let connection = seen(caller, &input.connection_arn, view)?.arn.clone();
        let account = caller.account().clone();
        let effect = EffectId::new(format!("eff-test-{}", caller.uuid("test")));
        let repository = input.repository.clone();
        let asked = Effect::TestConnection { account: account.clone(), connection, repository };
        changes.effect(new_effect(&account, effect.clone(), asked, now));
        Ok((changes, Question { effect }))
    }
}
