//! Pages: a cursor sealed into a token that only the same list of the same account takes back.

use wire::token::List;

use crate::caller::Caller;
use crate::refusal::Refused;

/// The cursor of a request's token; `None` for the first page.
///
/// # Errors
/// `InvalidNextTokenException` for a token that this list did not give out.
pub fn cursor(
    caller: &Caller,
    operation: &str,
    filter: &str,
    token: Option<&String>,
) -> Result<Option<String>, Refused> {
    let list = List { account: caller.account(), operation, filter };
    token.map(|token| caller.pages.open(&list, token)).transpose()
}

/// Cuts `rows` (one more than `size` were asked for) to a page, and seals where the next begins.
pub fn cut<R>(
    caller: &Caller,
    operation: &str,
    filter: &str,
    mut rows: Vec<R>,
    size: usize,
    key: impl Fn(&R) -> String,
) -> (Vec<R>, Option<String>) {
    let more = rows.len() > size;
    rows.truncate(size);
    let last = rows.last().filter(|_| more);
    let next = last.map(|last| token(caller, operation, filter, &key(last)));
    (rows, next)
}

/// A cursor as a token that only the same list of the same account takes back.
pub fn token(caller: &Caller, operation: &str, filter: &str, cursor: &str) -> String {
    caller.pages.seal(&List { account: caller.account(), operation, filter }, cursor)
}

/// The page size that was asked for, within 1 and `most`.
pub fn size(asked: Option<u32>, most: u32) -> usize {
    asked.filter(|size| *size > 0).unwrap_or(most).min(most) as usize
}
