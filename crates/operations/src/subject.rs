//! What an operation is about: where it is judged, what is known of it there, and which rows say so.
//! Said once for a bucket, a secret, a role, whatever is then done with it.

use identity::Ask;
use store::{View, Want};

use crate::caller::Caller;

/// One resource, as a call names it.
pub trait Subject {
    /// The resource as policies name it; `*` where its row has to say.
    fn resource(&self, _caller: &Caller) -> String {
        "*".to_owned()
    }

    /// What is asked, with what is known of the resource: its ARN, its tags, the policy on it.
    fn ask(&self, _caller: &Caller, _seen: &View, ask: Ask) -> Ask {
        ask
    }

    /// The rows that it is.
    fn wants(&self, caller: &Caller, seen: &View) -> Vec<Want>;
}
