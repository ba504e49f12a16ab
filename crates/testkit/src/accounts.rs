//! A second account beside the first one, with a key of its own.

use domain::AccountId;
use store::{AccountRow, Changes};
use wire::sigv4::Credentials;

use crate::caller::Caller;
use crate::world::World;

impl World {
    /// Makes another account; a client with its key.
    pub async fn other_account(&self, account: &str) -> Caller {
        let (shared, account) = (self.shared(), AccountId::new(account));
        let at = shared.now();
        let caller = shared.caller_of(&account).await.expect("the store answers");
        let made = operations::accounts::new_key(&caller, at);
        let (key, secret) = made.expect("a key");
        let credentials = Credentials {
            access_key_id: key.access_key.as_str().into(),
            secret_access_key: secret,
            session_token: None,
        };
        let mut changes = Changes::of_loop();
        changes.insert(AccountRow { account, generation: 1, created: at, alias: None });
        changes.insert(key);
        shared.desk.store.commit(changes).await.expect("the store answers");
        self.caller.with_key(credentials)
    }
}
