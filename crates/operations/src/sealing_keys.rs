//! The keys that secrets are sealed with: here only who may ask; the process has them.

use wire::error::AwsError;
use wire::towpath as shapes;

use crate::accounts::FIRST_ACCOUNT;
use crate::caller::Caller;
use crate::refusal::Refused;
use crate::table::operation;

/// They seal what every account of the server has.
fn check_account(caller: &Caller) -> Result<(), Refused> {
    match caller.account().as_str() == FIRST_ACCOUNT {
        true => Ok(()),
        false => Err(AwsError::access_denied(format!(
            "The sealing keys are those of every account of this server: sign with a key of account \
             {FIRST_ACCOUNT}."
        ))),
    }
}

operation! {
    /// `towpath:ListSealingKeys`, and how far sealing anew has come.
    List: shapes::ListSealingKeysInput => shapes::ListSealingKeysOutput;
    resource(_, _) { "*".to_owned() }
    wants(_, _, _) { Vec::new() }
    decide(caller, _, _, _, changes) {
        check_account(caller)?;
        Ok((changes, shapes::ListSealingKeysOutput::default()))
    }
}

operation! {
    /// `towpath:RotateSealingKey`: a new key seals from then on, and what the others sealed is sealed
    /// anew while the server goes on.
    Rotate: shapes::RotateSealingKeyInput => shapes::ListSealingKeysOutput;
    resource(_, _) { "*".to_owned() }
    wants(_, _, _) { Vec::new() }
    decide(caller, _, _, _, mut changes) {
        check_account(caller)?;
        changes.record_asked();
        Ok((changes, shapes::ListSealingKeysOutput::default()))
    }
}
