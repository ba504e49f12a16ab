//! What a connection may do in a repository, asked before a pipeline relies on it. Only the forge
//! knows: the turn ends with an effect, and the process waits for its answer.

use domain::EffectId;
use engine::Effect;
use serde::{Deserialize, Serialize};
use wire::towpath as shapes;

use crate::connections::seen;
use crate::line::new_effect;
use crate::shares;
use crate::table::operation;

/// The effect whose answer is the operation's output.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Question {
    /// Which.
    pub effect: EffectId,
}

operation! {
    /// `towpath:TestConnection`, also of a connection that another account shares.
    Test: shapes::TestConnectionInput => Question;
    resource(_, input) { input.connection_arn.to_string() }
    ask(caller, input, view, ask) { shares::for_own(caller, &input.connection_arn, view, ask) }
    also(caller, input, view) {
        shares::seeing(caller, &input.connection_arn, view).into_iter().collect()
    }
    wants(caller, input, _) {
        shares::wants(caller, &input.connection_arn)
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
