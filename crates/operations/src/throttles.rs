//! A forge is left alone for a while: its connection says until when.

use domain::{AccountId, ConnectionArn};
use store::{Changes, ConnectionRow, Throttle, View, Want};

use crate::refusal::Refused;
use crate::turn::{Now, Turn};
use crate::watches::connection_key;

/// A forge is not asked for a while.
pub struct Throttled {
    /// Whose.
    pub account: AccountId,
    /// The connection that noticed.
    pub connection: ConnectionArn,
    /// Which forge, until when, and why.
    pub throttle: Throttle,
}

impl Turn for Throttled {
    type Answer = ();

    fn wants(&self, _: &View) -> Vec<Want> {
        vec![connection_key(&self.account, &self.connection).into()]
    }

    fn decide(&self, seen: &View, _: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        let key = connection_key(&self.account, &self.connection);
        if let Some(row) = seen.row::<ConnectionRow>(key) {
            let throttled = Some(self.throttle.clone());
            changes.put(seen, ConnectionRow { throttled, ..row.clone() });
        }
        Ok((changes, ()))
    }
}
