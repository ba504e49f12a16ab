//! A proxy, and whom it knows this server as.

use domain::Secret;
use std::fmt;
use std::hash::{Hash, Hasher};
use url::Url;

/// What is said where a proxy answers 407, whoever asked it.
pub const PROXY_REFUSES: &str = "the proxy on the way there wants a user and a password, or does not take those that it was \
     given (407): the server's operator must say them with `towpath forges reach HOST --proxy \
     http://HOST:PORT --proxy-user USER --proxy-password-file FILE`";

/// A proxy on the way to an origin.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Proxy {
    /// Where it is; nobody's name and no password stand in it.
    pub url: Url,
    /// Whom it knows this server as; none where it asks nobody.
    pub user: Option<ProxyUser>,
}

/// A user of a proxy. It hears of them when a way through it is opened, the forge never does.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyUser {
    /// The name.
    pub name: String,
    /// The password.
    pub password: Secret,
}

impl Proxy {
    /// With user and password in it, as git takes it. It must not be shown.
    pub fn whole(&self) -> Secret {
        let mut url = self.url.clone();
        if let Some(ProxyUser { name, password }) = &self.user {
            // An `http` URL with a host has room for both.
            let (name, password) = (encoded(name), encoded(password.expose()));
            let _ = url.set_username(&name).and_then(|()| url.set_password(Some(&password)));
        }
        Secret::new(url.as_str())
    }
}

/// So that nothing of it means anything in a URL, a percent sign neither.
fn encoded(text: &str) -> String {
    let one = |byte: u8| match byte.is_ascii_alphanumeric() {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

impl fmt::Debug for ProxyUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProxyUser({})", self.name)
    }
}

/// Connections that were opened for one user serve no other.
impl Hash for ProxyUser {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.password.expose().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_stands_whole_in_the_url_and_nowhere_else() {
        let url = Url::parse("http://192.0.2.1:3128").expect("a URL");
        let user = ProxyUser { name: "ada".to_owned(), password: Secret::new("p:a/s@s %41") };
        let proxy = Proxy { url, user: Some(user) };
        assert_eq!(proxy.whole().expose(), "http://ada:p%3Aa%2Fs%40s%20%2541@192.0.2.1:3128/");
        assert!(!format!("{proxy:?}").contains("p:a"), "{proxy:?}");
    }
}
