//! Rows as a connection decoded them before. A version stands for what a row says, so a row that is
//! known in the version stored now need not be taken apart again; most of a read was that.

use super::convert::owned;
use crate::limits::{KNOWN_BYTES_MAX, KNOWN_ROW_BYTES_MAX};
use crate::record::{Decoded, Error, Found, Key, Row, Table};
use crate::statement::Value;
use std::collections::HashMap;
use std::ops::Range;

#[derive(Debug, Default)]
pub(super) struct KnownRows {
    rows: HashMap<Key, (i64, Decoded)>,
    /// As they are stored, earlier versions of a row included.
    bytes: usize,
}

impl KnownRows {
    /// The record of a row that is being read: version, key, columns, doc.
    pub(super) fn found(
        &mut self,
        table: &'static Table,
        row: &rusqlite::Row<'_>,
    ) -> Result<Found, Error> {
        let (version, key) = (row.get(0)?, values(row, 1..table.key.len() + 1)?);
        let key = Key { table, values: key };
        if let Some((known, record)) = self.rows.get(&key)
            && *known == version
        {
            return Ok(Found { version, record: record.clone() });
        }
        let values = values(row, 0..row.as_ref().column_count())?;
        let bytes = values.iter().map(Value::bytes).sum();
        let found = Row::of(table, values)?.decode(table)?;
        self.keep(key, &found, bytes);
        Ok(found)
    }

    /// Where there is no more room all others go: what is still needed comes back when it is read.
    fn keep(&mut self, key: Key, found: &Found, bytes: usize) {
        if bytes > KNOWN_ROW_BYTES_MAX {
            return;
        }
        if self.bytes + bytes > KNOWN_BYTES_MAX {
            *self = Self::default();
        }
        self.bytes += bytes;
        self.rows.insert(key, (found.version, found.record.clone()));
    }
}

fn values(row: &rusqlite::Row<'_>, columns: Range<usize>) -> Result<Vec<Value>, Error> {
    columns.map(|column| Ok(owned(row.get_ref(column)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn keep(known: &mut KnownRows, key: &str, bytes: usize) {
        let found = Found { version: 1, record: Arc::new(()) };
        known.keep(crate::MetaRow::at(&key.to_owned()), &found, bytes);
    }

    #[test]
    fn what_is_kept_has_a_limit() {
        let mut known = KnownRows::default();
        keep(&mut known, "large", KNOWN_ROW_BYTES_MAX + 1);
        assert!(known.rows.is_empty());
        for number in 0..2 * KNOWN_BYTES_MAX / KNOWN_ROW_BYTES_MAX {
            keep(&mut known, &number.to_string(), KNOWN_ROW_BYTES_MAX);
            assert!(known.bytes <= KNOWN_BYTES_MAX);
        }
        assert_eq!(known.rows.len(), KNOWN_BYTES_MAX / KNOWN_ROW_BYTES_MAX);
    }
}
