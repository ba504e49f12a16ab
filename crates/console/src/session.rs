//! Who is signed in: one random cookie, of which only the hash is kept.
//!
//! A session begins with a new id (a cookie that was there before is never taken over), ends when
//! it idles, at its absolute end, and at sign-out, where its row is deleted (threat T26).

use crate::limits::{SESSION_IDLE_SECONDS, SESSION_SECONDS_MAX, SESSION_TOUCH_SECONDS};
use axum::http::{HeaderMap, header};
use domain::{AccessKeyId, AccountId, Timestamp};
use operations::arrival::Arrival;
use sha2::{Digest, Sha256};
use store::{Changes, CommitError, LinkRow, SessionRow, Store, View, Want};

/// How many digits of a session's hash are told.
const SHOWN_DIGITS: usize = 12;

/// A session in use.
#[derive(Clone, Debug)]
pub struct Session {
    /// What is remembered of it.
    pub row: SessionRow,
    /// What its forms must carry.
    pub form_token: String,
    /// How the request came in that shows it.
    pub arrival: Option<Arrival>,
}

impl Session {
    /// What stands for a key in the audit log: it tells one session from another, and opens none.
    pub fn key(&self) -> AccessKeyId {
        AccessKeyId::new(format!("console-{}", &self.row.id_hash[..SHOWN_DIGITS]))
    }
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The link is unknown, used or too old; which of them is not told.
    #[error(
        "This link was used already, or is older than ten minutes, or was never one. Make a new \
         one: towpath console link"
    )]
    Link,
    /// What is remembered could not be read.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The session could not be written down.
    #[error(transparent)]
    Commit(CommitError),
}

/// The hash under which a cookie or link is kept: SHA-256, lower-case hex. Both are random enough
/// that nothing slower is needed.
pub fn hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret))
}

/// What the forms of the session with this cookie carry. It cannot be turned back into it.
fn form_token(cookie: &str) -> String {
    hash(&format!("form token of {cookie}"))
}

/// The cookie's name. `__Host-` binds it to this very host and to HTTPS; browsers refuse it on
/// plain HTTP, which is served on loopback only.
fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-towpath" } else { "towpath" }
}

/// The `Set-Cookie` of a new session.
pub fn cookie(secure: bool, secret: &str) -> String {
    let (name, flag) = (cookie_name(secure), if secure { "; Secure" } else { "" });
    format!("{name}={secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age={SESSION_SECONDS_MAX}{flag}")
}

/// The `Set-Cookie` that forgets.
pub fn no_cookie(secure: bool) -> String {
    let (name, flag) = (cookie_name(secure), if secure { "; Secure" } else { "" });
    format!("{name}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0{flag}")
}

fn sent(headers: &HeaderMap, secure: bool) -> Option<&str> {
    let pairs = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = pairs.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| name.trim() == cookie_name(secure)).map(|(_, secret)| secret.trim())
}

/// The live session of a request, its last use noted now and then.
pub async fn of_request(
    headers: &HeaderMap,
    secure: bool,
    store: &Store,
    at: Timestamp,
) -> Result<Option<Session>, store::Error> {
    let Some(secret) = sent(headers, secure) else { return Ok(None) };
    let Some(row) = alive(&hash(secret), store, at).await? else { return Ok(None) };
    touch(&row, store, at).await?;
    Ok(Some(Session { row, form_token: form_token(secret), arrival: None }))
}

/// The session under this hash, if it has neither idled nor run out.
pub async fn alive(
    id_hash: &str,
    store: &Store,
    at: Timestamp,
) -> Result<Option<SessionRow>, store::Error> {
    let row = store.get::<SessionRow>(SessionRow::at(&id_hash.to_owned())).await?;
    let idle_end = |row: &SessionRow| row.last_seen.plus_seconds(SESSION_IDLE_SECONDS);
    let lives = |row: &SessionRow| at < row.expires && at < idle_end(row) && says_who(row);
    Ok(row.filter(lives))
}

/// Sessions that a user began once acted as the root. None of them is alive any more.
fn says_who(row: &SessionRow) -> bool {
    row.acts_as.is_some() || row.user == root(&row.account)
}

fn root(account: &AccountId) -> String {
    format!("arn:aws:iam::{account}:root")
}

/// Notes the use. Another request that notes it at the same time has said the same.
async fn touch(row: &SessionRow, store: &Store, at: Timestamp) -> Result<(), store::Error> {
    if at < row.last_seen.plus_seconds(SESSION_TOUCH_SECONDS) {
        return Ok(());
    }
    let (mut seen, mut changes) = (View::new(), Changes::of_loop());
    store.load(&[Want::Row(SessionRow::at(&row.id_hash))], &mut seen).await?;
    let Some(present) = seen.row::<SessionRow>(SessionRow::at(&row.id_hash)) else { return Ok(()) };
    changes.put(&seen, SessionRow { last_seen: at, ..present.clone() });
    if let Err(cause) = store.commit(changes).await {
        tracing::debug!(%cause, "a session's use was not noted");
    }
    Ok(())
}

/// Uses a link up and begins a session with the cookie `secret`: both or neither, once.
pub async fn sign_in(
    link: &str,
    secret: &str,
    store: &Store,
    at: Timestamp,
) -> Result<(), SignInError> {
    let (key, mut seen) = (LinkRow::at(&hash(link)), View::new());
    store.load(&[Want::Row(key.clone())], &mut seen).await?;
    let row = seen.row::<LinkRow>(key).filter(|row| !row.used && at < row.expires);
    let row = row.cloned().ok_or(SignInError::Link)?;
    let mut changes = Changes::of_loop();
    changes.insert(SessionRow {
        id_hash: hash(secret),
        account: row.account.clone(),
        created: at,
        last_seen: at,
        expires: at.plus_seconds(SESSION_SECONDS_MAX),
        user: row.maker.clone().unwrap_or_else(|| root(&row.account)),
        acts_as: row.acts_as.clone(),
    });
    changes.put(&seen, LinkRow { used: true, ..row });
    match store.commit(changes).await {
        Ok(_) => Ok(()),
        Err(CommitError::Stale) => Err(SignInError::Link),
        Err(cause) => Err(SignInError::Commit(cause)),
    }
}

/// Ends a session.
pub async fn sign_out(row: &SessionRow, store: &Store) -> Result<(), SignInError> {
    let (key, mut seen) = (SessionRow::at(&row.id_hash), View::new());
    store.load(&[Want::Row(key.clone())], &mut seen).await?;
    let mut changes = Changes::of_loop();
    changes.delete::<SessionRow>(&seen, key);
    match store.commit(changes).await {
        Ok(_) => Ok(()),
        // A request that noted the session's use in between must not keep it alive.
        Err(CommitError::Stale) => Box::pin(sign_out(row, store)).await,
        Err(cause) => Err(SignInError::Commit(cause)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::StoreConfig;

    const START: Timestamp = Timestamp(1_795_395_600_000);

    async fn with_link() -> Store {
        let store = Store::open(&StoreConfig::Memory).await.unwrap();
        let mut changes = Changes::of_loop();
        let expires = START.plus_seconds(600);
        changes.insert(LinkRow {
            token_hash: hash("link"),
            account: "000000000000".into(),
            expires,
            used: false,
            maker: None,
            acts_as: None,
        });
        store.commit(changes).await.unwrap();
        store
    }

    fn headers(cookie: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, cookie.parse().unwrap())])
    }

    #[tokio::test]
    async fn a_link_signs_in_once_and_within_its_time() {
        let store = with_link().await;
        let late = sign_in("link", "a", &store, START.plus_seconds(600)).await;
        assert!(matches!(late, Err(SignInError::Link)));
        assert!(matches!(sign_in("other", "a", &store, START).await, Err(SignInError::Link)));
        sign_in("link", "a", &store, START).await.unwrap();
        assert!(matches!(sign_in("link", "b", &store, START).await, Err(SignInError::Link)));
        let seen = of_request(&headers("x=1; towpath=a"), false, &store, START).await.unwrap();
        assert_eq!(seen.unwrap().row.account.as_str(), "000000000000");
        for wrong in ["towpath=b", "towpath=", "__Host-towpath=a", "atowpath=a"] {
            let seen = of_request(&headers(wrong), false, &store, START).await.unwrap();
            assert!(seen.is_none(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn a_session_ends_when_idle_at_its_end_and_at_sign_out() {
        let store = with_link().await;
        sign_in("link", "a", &store, START).await.unwrap();
        let alive = async |seconds: i64| {
            let at = START.plus_seconds(seconds);
            of_request(&headers("towpath=a"), false, &store, at).await.unwrap()
        };
        assert!(alive(SESSION_IDLE_SECONDS).await.is_none());
        // Used every ten hours it outlives its idle limit, but not its end.
        for hours in (10..=160).step_by(10) {
            assert!(alive(hours * 3600).await.is_some(), "after {hours} h");
        }
        assert!(alive(SESSION_SECONDS_MAX).await.is_none());
        let session = alive(160 * 3600).await.unwrap();
        sign_out(&session.row, &store).await.unwrap();
        assert!(alive(160 * 3600).await.is_none(), "replayed after sign-out");
    }

    #[test]
    fn cookies_are_bound_to_host_and_scheme() {
        let secure = cookie(true, "s");
        assert!(secure.starts_with("__Host-towpath=s; Path=/; HttpOnly; SameSite=Lax; "));
        assert!(secure.ends_with("; Secure"));
        assert!(cookie(false, "s").starts_with("towpath=s; Path=/; HttpOnly; SameSite=Lax; "));
        assert_ne!(form_token("a"), hash("a"));
    }
}
