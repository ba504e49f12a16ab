//! The headers of Bitbucket Server's deliveries; signed only where the hook has a secret.

use crate::bitbucket::sign::signature;
use crate::deliver::Letter;

pub(crate) fn headers(letter: &Letter) -> Vec<(String, String)> {
    let Letter { hook, event, guid, body, .. } = letter;
    let mut headers = vec![
        ("Content-Type".to_owned(), "application/json; charset=utf-8".to_owned()),
        ("User-Agent".to_owned(), "Atlassian HttpClient practice / Bitbucket-9.0.0".to_owned()),
        ("X-Event-Key".to_owned(), event.clone()),
        ("X-Request-Id".to_owned(), guid.clone()),
    ];
    headers.extend(signature(&hook.secret, body));
    headers
}
