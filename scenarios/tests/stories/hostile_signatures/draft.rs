//! A request before it is signed, and as it is sent: each part can be spoiled on its own.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use domain::Timestamp;

/// An access key.
#[derive(Clone)]
pub struct Keys {
    pub id: String,
    pub secret: String,
    pub token: Option<String>,
}

impl Keys {
    pub fn new(id: String, secret: String) -> Self {
        Self { id, secret, token: None }
    }
}

/// The server's name and time, and every key that a request is signed with.
#[derive(Clone)]
pub struct Known {
    pub host: String,
    pub now: Timestamp,
    pub own: Keys,
    /// Another account's.
    pub other: Keys,
    pub deleted: Keys,
    pub inactive: Keys,
    pub session: Keys,
    /// Another session of the same key's.
    pub beside: Keys,
    /// A session that has ended.
    pub ended: Keys,
}

/// What is to be signed.
#[derive(Clone)]
pub struct Draft {
    pub known: Known,
    pub keys: Keys,
    pub method: &'static str,
    pub path: String,
    /// Encoded pairs.
    pub query: Vec<String>,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// What stands for the body in what is signed; `None` for its SHA-256.
    pub payload: Option<String>,
    pub algorithm: &'static str,
    pub date: String,
    /// Date, region, service and end of the credential's scope.
    pub scope: [String; 4],
    /// `None` for `host`, `content-type` and `x-amz-*`, sorted.
    pub names: Option<String>,
    /// Before the secret in what the key is derived from.
    pub prefix: &'static str,
}

/// What goes over the wire.
#[derive(Clone)]
pub struct Sent {
    pub method: &'static str,
    pub path: String,
    pub query: Vec<String>,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

pub fn hash(bytes: &[u8]) -> String {
    hex::encode(digest(&SHA256, bytes))
}

pub fn mac(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

pub fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let one =
        |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(one).collect()
}

impl Draft {
    pub fn new(known: &Known, method: &'static str, service: &str, path: &str) -> Self {
        let (date, own) = (known.now.amz_date(), known.own.clone());
        let scope = [&date[..8], "us-east-1", service, "aws4_request"].map(str::to_owned);
        let headers = vec![("host".to_owned(), known.host.clone())];
        Self {
            known: known.clone(),
            keys: own,
            method,
            path: path.to_owned(),
            query: Vec::new(),
            headers,
            body: Vec::new(),
            payload: None,
            algorithm: "AWS4-HMAC-SHA256",
            date,
            scope,
            names: None,
            prefix: "AWS4",
        }
    }

    /// Spoils it before it is signed.
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// At another time, in date and scope.
    pub fn at(self, seconds: i64) -> Self {
        let date = self.known.now.plus_seconds(seconds).amz_date();
        self.with(|it| {
            it.scope[0] = date[..8].to_owned();
            it.date = date;
        })
    }

    pub fn by(self, keys: impl FnOnce(&Known) -> Keys) -> Self {
        let keys = keys(&self.known);
        self.with(|it| it.keys = keys)
    }

    fn payload(&self) -> String {
        self.payload.clone().unwrap_or_else(|| hash(&self.body))
    }

    fn names(&self) -> String {
        let signs = |name: &&String| {
            matches!(name.as_str(), "host" | "content-type") || name.starts_with("x-amz-")
        };
        let mut names: Vec<_> =
            self.headers.iter().map(|(name, _)| name).filter(signs).cloned().collect();
        names.sort();
        names.dedup();
        self.names.clone().unwrap_or_else(|| names.join(";"))
    }

    pub fn key(&self) -> Vec<u8> {
        let first = format!("{}{}", self.prefix, self.keys.secret).into_bytes();
        self.scope.iter().fold(first, |key, part| mac(&key, part))
    }

    pub fn scope(&self) -> String {
        self.scope.join("/")
    }

    fn signature(&self) -> String {
        let names = self.names();
        let value = |name: &str| {
            let values = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
            values.map(|(_, value)| value.trim()).collect::<Vec<_>>().join(",")
        };
        let headers: String =
            names.split(';').map(|name| format!("{name}:{}\n", value(name))).collect();
        let mut query = self.query.clone();
        query.sort();
        let (method, path, query) = (self.method, &self.path, query.join("&"));
        let canonical =
            format!("{method}\n{path}\n{query}\n{headers}\n{names}\n{}", self.payload());
        let (algorithm, date, scope) = (self.algorithm, &self.date, self.scope());
        let to_sign = format!("{algorithm}\n{date}\n{scope}\n{}", hash(canonical.as_bytes()));
        hex::encode(mac(&self.key(), &to_sign))
    }

    /// Signed in its headers.
    pub fn signed(mut self) -> Sent {
        let (date, payload) = (self.date.clone(), self.payload());
        self = self.header("x-amz-date", &date).header("x-amz-content-sha256", &payload);
        if let Some(token) = self.keys.token.clone() {
            self = self.header("x-amz-security-token", &token);
        }
        self.signed_as_it_stands()
    }

    /// The same without the headers that a signer adds.
    pub fn signed_as_it_stands(self) -> Sent {
        let (algorithm, id, scope) = (self.algorithm, &self.keys.id, self.scope());
        let (names, signature) = (self.names(), self.signature());
        let authorization = format!(
            "{algorithm} Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}"
        );
        self.header("authorization", &authorization).unsigned()
    }

    /// Signed in its query, for some seconds.
    pub fn presigned(mut self, seconds: &str) -> Sent {
        let credential = format!("{}/{}", self.keys.id, self.scope());
        let names = self.names();
        let token = self.keys.token.clone();
        let mut pairs = vec![
            ("X-Amz-Algorithm", self.algorithm.to_owned()),
            ("X-Amz-Credential", credential),
            ("X-Amz-Date", self.date.clone()),
            ("X-Amz-Expires", seconds.to_owned()),
            ("X-Amz-SignedHeaders", names),
        ];
        pairs.extend(token.map(|token| ("X-Amz-Security-Token", token)));
        self.query.extend(pairs.iter().map(|(name, value)| format!("{name}={}", escaped(value))));
        let signature = self.signature();
        self.query.push(format!("X-Amz-Signature={signature}"));
        self.unsigned()
    }

    /// Not signed at all.
    pub fn unsigned(self) -> Sent {
        let Self { method, path, query, headers, body, .. } = self;
        Sent { method, path, query, headers, body }
    }
}

impl Sent {
    /// Spoils it after it was signed.
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub fn header(self, name: &str, value: &str) -> Self {
        self.with(|it| it.headers.push((name.to_owned(), value.to_owned())))
    }

    pub fn without(self, name: &str) -> Self {
        self.with(|it| it.headers.retain(|(known, _)| known != name))
    }

    /// Rewrites a header.
    pub fn edit(self, name: &str, change: impl Fn(&str) -> String) -> Self {
        self.with(|it| {
            let found = it.headers.iter_mut().find(|(known, _)| known == name);
            let (_, value) = found.unwrap_or_else(|| panic!("there is no {name}"));
            *value = change(value);
        })
    }

    /// Rewrites the Authorization header.
    pub fn authorization(self, from: &str, to: &str) -> Self {
        self.edit("authorization", |text| {
            assert!(text.contains(from), "{from} in {text}");
            text.replacen(from, to, 1)
        })
    }

    /// Rewrites the signature in the Authorization header.
    pub fn signature(self, change: fn(&str) -> String) -> Self {
        self.edit("authorization", |text| {
            let (head, signature) = text.rsplit_once('=').expect("a signature");
            format!("{head}={}", change(signature))
        })
    }

    pub fn without_parameter(self, name: &str) -> Self {
        self.with(|it| it.query.retain(|pair| pair.split('=').next() != Some(name)))
    }

    pub fn parameter(self, pair: &str) -> Self {
        self.with(|it| it.query.push(pair.to_owned()))
    }

    /// Rewrites a piece of the query.
    pub fn query(self, from: &str, to: &str) -> Self {
        self.with(|it| {
            let found = it.query.iter_mut().find(|pair| pair.contains(from));
            let pair = found.unwrap_or_else(|| panic!("there is no {from}"));
            *pair = pair.replacen(from, to, 1);
        })
    }

    /// Without the last character of its query.
    pub fn cut(self) -> Self {
        self.with(|it| {
            it.query.last_mut().into_iter().for_each(|pair| pair.truncate(pair.len() - 1))
        })
    }

    /// With another one's Authorization.
    pub fn authorized_as(self, other: &Self) -> Self {
        let (_, value) = other.headers.last().expect("it is the last").clone();
        self.edit("authorization", |_| value.clone())
    }

    /// As HTTP/1.1 writes it; the connection ends with the answer.
    pub fn bytes(&self) -> Vec<u8> {
        let query = if self.query.is_empty() {
            String::new()
        } else {
            format!("?{}", self.query.join("&"))
        };
        let headers: String =
            self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!(
            "{} {}{query} HTTP/1.1\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n",
            self.method,
            self.path,
            self.body.len()
        );
        [head.as_bytes(), &self.body].concat()
    }
}
