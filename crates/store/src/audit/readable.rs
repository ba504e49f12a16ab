//! The log row by row: one that cannot be read is told, and hides none of the others.

use super::AuditFlaw;
use crate::record::{Error, Query, Record, Row};
use crate::statement::Value;
use crate::store::Store;

/// A page of a list.
pub(super) struct Page<R> {
    /// The rows of it that can be read.
    pub(super) rows: Vec<R>,
    keys: Vec<Vec<Value>>,
}

impl<R> Page<R> {
    /// The number in the last key, for the page after this one; `None` where this is the last.
    pub(super) fn next(&self, limit: i64) -> Option<i64> {
        let full = self.keys.len() as i64 >= limit;
        let numbers = self.keys.last().filter(|_| full)?.iter().rev();
        numbers
            .filter_map(|value| if let Value::Int(number) = value { Some(*number) } else { None })
            .next()
    }
}

impl Store {
    /// The rows of a list that can be read; the others are flaws.
    pub(super) async fn readable<R: Record>(
        &self,
        query: Query,
        flaws: &mut Vec<AuditFlaw>,
    ) -> Result<Page<R>, Error> {
        let found = self.database.run(vec![query.statement]).await?;
        let mut page = Page { rows: Vec::new(), keys: Vec::new() };
        for values in found.into_iter().flatten() {
            // The version stands before the key.
            let key: Vec<Value> = values.iter().skip(1).take(R::TABLE.key.len()).cloned().collect();
            match Row::of(R::TABLE, values).and_then(R::from_row) {
                Ok(row) => page.rows.push(row),
                Err(why) => flaws.push(unreadable::<R>(&key, &why)),
            }
            page.keys.push(key);
        }
        Ok(page)
    }
}

fn unreadable<R: Record>(key: &[Value], why: &Error) -> AuditFlaw {
    let shown = |value: &Value| match value {
        Value::Int(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Blob(_) | Value::Null => "?".to_owned(),
    };
    let key = key.iter().map(shown).collect::<Vec<_>>().join(", ");
    AuditFlaw::Unreadable { table: R::TABLE.name, key, why: why.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::Statement;
    use crate::vault::Vault;
    use crate::{Changes, StoreConfig};
    use domain::{HolderId, Timestamp};
    use identity::audit::{Details, Entry};

    fn entry(at: i64) -> Entry {
        let [principal, action, resource] = ["ada", "x:Y", "*"].map(str::to_owned);
        let (account, details) = ("000000000000".into(), Details::default());
        Entry { at: Timestamp(at), account, principal, access_key: None, action, resource, details }
    }

    /// Five entries, each sealed alone, and the heads signed once.
    async fn log(vault: &Vault) -> Store {
        let store = Store::open(&StoreConfig::Memory).await.expect("a store");
        for at in 1..=5 {
            let mut changes = Changes::of_loop();
            changes.record(entry(at));
            store.commit(changes).await.expect("committed");
        }
        let signed = store.sign_audit(vault, None, Timestamp(9)).await.expect("signed");
        let mut changes = Changes::of_loop();
        changes.insert(signed.row(HolderId::new("server")));
        store.commit(changes).await.expect("committed");
        store
    }

    /// What is told of a log after somebody with the database in hand ran this.
    async fn told(sql: &'static str) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder");
        let vault = Vault::open(&folder.path().join("sealing.key")).expect("a key");
        let store = log(&vault).await;
        store.database.run(vec![Statement { sql, binds: Vec::new() }]).await.expect("it is done");
        let report = store.check_audit(&vault, None).await.expect("a report");
        report.flaws.iter().map(ToString::to_string).collect()
    }

    #[tokio::test]
    async fn a_row_that_cannot_be_read_is_told_with_all_else_that_does_not_hold() {
        let entries = told(
            "UPDATE audit_entries SET doc = CASE sequence WHEN 2 THEN '{' ELSE x'ff' END \
             WHERE sequence IN (2, 4)",
        )
        .await;
        let [second, group, fourth, last] = &entries[..] else { panic!("{entries:#?}") };
        assert!(second.starts_with("audit_entries: the row 1, 2 cannot be read: "), "{second}");
        assert_eq!(group, "chain 1: the entries 2 to 2 are not those that were sealed");
        assert!(fourth.starts_with("audit_entries: the row 1, 4 cannot be read: "), "{fourth}");
        assert_eq!(last, "chain 1: the entries 4 to 4 are not those that were sealed");

        let seals = told("UPDATE audit_seals SET first = 1.5 WHERE last = 3").await;
        let [seal, order, ..] = &seals[..] else { panic!("{seals:#?}") };
        assert!(seal.starts_with("audit_seals: the row 1, 3 cannot be read: "), "{seal}");
        let behind = "chain 1: what begins with entry 4 does not follow the group before it";
        assert_eq!(order, behind);

        let heads = told("UPDATE audit_heads SET doc = ''").await;
        let [head, unsigned] = &heads[..] else { panic!("{heads:#?}") };
        assert!(head.starts_with("audit_heads: the row 9, server cannot be read: "), "{head}");
        assert!(unsigned.starts_with("no signature is there"), "{unsigned}");
    }

    #[test]
    fn the_page_after_a_full_one_begins_behind_its_last_number() {
        let page = |keys| Page::<()> { rows: Vec::new(), keys };
        let of_seal = vec![Value::Int(1), Value::Int(7)];
        let of_head = vec![Value::Int(7), Value::from("server")];
        for key in [of_seal, of_head] {
            assert_eq!(page(vec![key.clone()]).next(1), Some(7));
            assert_eq!(page(vec![key]).next(2), None, "it was the last");
        }
        assert_eq!(page(vec![vec![Value::Null]]).next(1), None, "nothing to go on from");
    }
}
