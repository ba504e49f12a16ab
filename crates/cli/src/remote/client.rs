//! A signed call of a running server, and what may be said in place of an answer.

use anyhow::{Context, Result};
use domain::clock::SystemClock;
use domain::{Clock, Region};
use egress::{AllowedAddress, Failure, Guard, HeaderMap, HeaderName, HeaderValue, Method, Request};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::{Position, Url};
use wire::client::{Caller, Outgoing, read_answer, read_xml};
use wire::sigv4::Credentials;
use wire::{AwsError, Service};

use super::Folder;
use super::environment::Server;
use crate::limits::ANSWER_BYTES_MAX;

/// A client of one server, with one access key.
pub struct Client {
    http: egress::Client,
    url: Url,
    /// `host:port` as the URL has it; it is signed.
    host: String,
    region: Region,
    credentials: Credentials,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The server's own words.
    #[error(transparent)]
    Refused(#[from] AwsError),
    /// Nothing listens there, or not HTTP.
    #[error(
        "no server answers at {address} ({why}): start it with `towpath up`, or name the data \
         folder of one that runs with --data"
    )]
    NotRunning {
        /// Where it was asked.
        address: String,
        /// The innermost cause.
        why: String,
    },
    /// It answered too late or too much.
    #[error(transparent)]
    Failed(Failure),
}

impl ClientError {
    /// Whether the server refused with this code.
    pub fn is(&self, code: &str) -> bool {
        matches!(self, Self::Refused(error) if error.code == code)
    }
}

impl Client {
    /// A client of the server that runs on a data folder, with the key that lies there.
    ///
    /// # Errors
    /// As [`Folder::server`] and [`Client::of`].
    pub fn open(folder: &Folder) -> Result<Self> {
        Self::of(&folder.server()?)
    }

    /// A client for whoever the environment names ([`Server::named`]); of the data folder's server
    /// and with its key, where it names nobody or `--data` names the folder.
    ///
    /// # Errors
    /// As [`Client::open`].
    pub fn open_as_named(folder: &Folder) -> Result<Self> {
        match Server::named(|name| std::env::var(name).ok()) {
            Some(named) if !folder.is_said() => Self::of(&named),
            _ => Self::open(folder),
        }
    }

    /// A client of this server. Nothing is sent yet.
    ///
    /// # Errors
    /// Its address is no URL, or its host name leads nowhere.
    pub fn of(server: &Server) -> Result<Self> {
        let address = &server.address;
        let url = Url::parse(address).with_context(|| format!("{address:?} is no server's URL"))?;
        let credentials = Credentials {
            access_key_id: server.access_key.as_str().into(),
            secret_access_key: server.secret.clone(),
            session_token: server.session_token.clone(),
        };
        let host = url[Position::BeforeHost..Position::AfterPort].to_owned();
        let region = Region::new(&server.region);
        Ok(Self { http: egress::Client::new(guard(&url)?), url, host, region, credentials })
    }

    /// Calls an operation of a JSON service.
    ///
    /// # Errors
    /// The server refused, or did not answer.
    pub async fn call<I: Serialize, O: DeserializeOwned>(
        &self,
        service: Service,
        operation: &str,
        input: &I,
    ) -> Result<O, ClientError> {
        let (credentials, region) = (&self.credentials, &self.region);
        let caller = Caller { credentials, region, host: &self.host };
        let answer =
            self.send(caller.request(service, operation, input, SystemClock.now())).await?;
        Ok(read_answer(answer.status.as_u16(), &answer.body)?)
    }

    /// Calls an operation of a Query service; the answer is its XML.
    ///
    /// # Errors
    /// The server refused, or did not answer.
    pub async fn query(
        &self,
        service: Service,
        operation: &str,
        form: &[(&str, &str)],
    ) -> Result<String, ClientError> {
        let (credentials, region) = (&self.credentials, &self.region);
        let caller = Caller { credentials, region, host: &self.host };
        let answer = self.send(caller.query(service, operation, form, SystemClock.now())).await?;
        Ok(read_xml(answer.status.as_u16(), &answer.body)?)
    }

    async fn send(&self, outgoing: Outgoing) -> Result<egress::Response, ClientError> {
        let sent = self.http.send(self.carry(outgoing)).await;
        sent.map_err(|failure| self.failed(failure))
    }

    fn carry(&self, outgoing: Outgoing) -> Request {
        // What no header can carry is left out; the server then says what is missing.
        let header = |(name, value): (String, String)| {
            Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?))
        };
        Request {
            headers: outgoing.headers.into_iter().filter_map(header).collect::<HeaderMap>(),
            body: outgoing.body,
            response_bytes_max: ANSWER_BYTES_MAX,
            ..Request::new(Method::POST, self.url.clone())
        }
    }

    fn failed(&self, failure: Failure) -> ClientError {
        match failure {
            Failure::Unreachable { why, .. } => {
                let address = self.url.origin().ascii_serialization();
                ClientError::NotRunning { address, why }
            }
            other => ClientError::Failed(other),
        }
    }
}

/// Allows the server's own addresses and no other: they are what the operator of this very machine
/// wrote into the data folder, loopback or not.
fn guard(url: &Url) -> Result<Guard> {
    let addresses = url.socket_addrs(|| None);
    let addresses = addresses.with_context(|| format!("the host of {url} is not known"))?;
    let allowed = addresses.iter().map(|address| address.to_string().parse::<AllowedAddress>());
    Ok(Guard::new(allowed.collect::<Result<_, _>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Secret;
    use serde_json::{Value, json};

    fn client(address: &str) -> Result<Client> {
        let (region, access_key) = ("us-east-1".to_owned(), "AKIAEXAMPLE".to_owned());
        Client::of(&Server {
            address: address.to_owned(),
            region,
            access_key,
            secret: Secret::new("s"),
            session_token: None,
        })
    }

    async fn ask(address: &str) -> String {
        let client = client(address).expect("a URL");
        let answer = client.call::<_, Value>(Service::Towpath, "ListBuckets", &json!({})).await;
        answer.expect_err("nobody answers").to_string()
    }

    #[tokio::test]
    async fn a_server_that_does_not_run_is_named_with_what_to_do() {
        let door = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", door.local_addr().expect("bound"));
        drop(door);
        let said = ask(&address).await;
        assert!(said.contains(&address) && said.contains("`towpath up`"), "{said}");
    }

    #[tokio::test]
    async fn a_refusal_is_the_servers_own_sentence() {
        let body = r#"{"__type":"AccessDeniedException","message":"You may not."}"#;
        let said = ask(&answering("403 Forbidden", body).await).await;
        assert_eq!(said, "AccessDeniedException: You may not.");
    }

    #[test]
    fn an_address_that_is_none_is_shown() {
        let error = client("nowhere").err().expect("refused");
        assert!(error.to_string().contains("\"nowhere\""), "{error}");
    }

    /// A server that gives the one same answer to the first request; its address.
    async fn answering(status: &'static str, body: &'static str) -> String {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let door = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", door.local_addr().expect("bound"));
        tokio::spawn(async move {
            let (mut peer, _) = door.accept().await.expect("asked");
            let mut request = vec![0; 64 * 1024];
            let _ = peer.read(&mut request).await;
            let length = body.len();
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}");
            let _ = peer.write_all(answer.as_bytes()).await;
        });
        address
    }
}
