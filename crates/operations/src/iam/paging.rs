//! Pages of IAM's lists: `Marker`, `MaxItems`, `IsTruncated`.

use wire::AwsError;

use crate::caller::Caller;
use crate::page;
use crate::refusal::Refused;

/// The most entries of a page, and how many there are where nobody says.
const PAGE_DEFAULT: u32 = 100;

/// A list that is cut into pages.
pub struct List<'a> {
    /// The operation.
    pub operation: &'static str,
    /// What it is narrowed by: a marker is good for the same list only.
    pub filter: &'a str,
    /// Where the page begins.
    pub marker: Option<&'a String>,
    /// How long it may be.
    pub max_items: Option<u32>,
}

impl List<'_> {
    /// The page of what is sorted by its key, and the marker of the next one.
    ///
    /// # Errors
    /// The marker is not one of this list's.
    pub fn cut<T>(
        &self,
        caller: &Caller,
        rows: Vec<T>,
        key: impl Fn(&T) -> String,
    ) -> Result<(Vec<T>, Option<String>), Refused> {
        let after = page::cursor(caller, self.operation, self.filter, self.marker)
            .map_err(|_| AwsError::validation("Invalid Marker."))?;
        let after = after.unwrap_or_default();
        let rows = rows.into_iter().filter(|row| after.is_empty() || key(row) > after).collect();
        let size = self.max_items.unwrap_or(PAGE_DEFAULT) as usize;
        Ok(page::cut(caller, self.operation, self.filter, rows, size, key))
    }
}

/// Whether a path is below a prefix; everything is below none.
pub fn is_below(path: &str, prefix: Option<&String>) -> bool {
    prefix.is_none_or(|prefix| path.starts_with(prefix.as_str()))
}
