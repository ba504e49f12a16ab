//! A forge that an organisation runs itself: its own certificate authority, a proxy, and addresses
//! that only it may be at, for the API and for git alike.

use domain::forge_event::GitRef;
use domain::{RepositoryName, Secret};
use egress::{AllowedAddress, Authorities, Client, Guard, ProxyUser, Route, Url};
use forges::git::{self, GitError, Remote};
use forges::{Error, Forge, GitHub, Repositories, RepositoryAccess};
use practice_forge::{Config, PracticeForge};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

const NAME: &str = "ada/engine";
/// URLs that nothing of ours may ask.
const REFUSED: &str = include_str!("../../egress/testdata/refused-urls.txt");

fn openssl(folder: &Path, arguments: &str) {
    let mut command = Command::new("openssl");
    command.args(arguments.split(' ')).current_dir(folder);
    let made = command.output().expect("openssl runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// An authority of the test's own, and a certificate of it for the forge.
fn certificates(folder: &Path) {
    openssl(
        folder,
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem \
         -subj /CN=Practice-authority -days 2 -addext basicConstraints=critical,CA:TRUE",
    );
    openssl(
        folder,
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout forge.key -out forge.csr \
         -subj /CN=forge",
    );
    let names = "subjectAltName=DNS:forge.invalid,IP:127.0.0.1\n";
    std::fs::write(folder.join("names"), names).expect("written");
    openssl(
        folder,
        "x509 -req -in forge.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out forge.pem \
         -extfile names",
    );
}

fn acceptor(folder: &Path) -> TlsAcceptor {
    let chain = CertificateDer::from_pem_file(folder.join("forge.pem")).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(folder.join("forge.key")).expect("a key");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![chain], key)
        .expect("they go together");
    TlsAcceptor::from(Arc::new(config))
}

/// A practice forge behind TLS.
struct Place {
    forge: PracticeForge,
    address: SocketAddr,
    authority: String,
    _folder: tempfile::TempDir,
}

async fn start() -> Place {
    let folder = tempfile::tempdir().expect("a folder");
    certificates(folder.path());
    let forge = PracticeForge::start(Config::default()).await.expect("a forge");
    forge.create_repository(NAME, &[("README.md", "An engine.\n")]).await.expect("a repository");
    let (acceptor, inner) = (acceptor(folder.path()), forge.base_url().authority().to_owned());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, inner) = (acceptor.clone(), inner.clone());
            tokio::spawn(async move {
                let Ok(mut outer) = acceptor.accept(stream).await else { return };
                let mut inner = TcpStream::connect(inner).await.expect("the forge listens");
                let _ = copy_bidirectional(&mut outer, &mut inner).await;
            });
        }
    });
    let authority = std::fs::read_to_string(folder.path().join("ca.pem")).expect("a certificate");
    Place { forge, address, authority, _folder: folder }
}

/// What the API and git say to a client that goes this way.
async fn ask(
    place: &Place,
    client: &Client,
    endpoint: &str,
) -> (Result<(), Error>, Result<(), GitError>) {
    let (token, name) = (place.forge.personal_token(), RepositoryName::new(NAME));
    let access = RepositoryAccess { token: &token, repository: &name };
    let endpoint = Url::parse(endpoint).expect("a URL");
    let driver = GitHub::enterprise(&endpoint, client.clone());
    let api = driver.repository(access).await.map(drop);
    (api, by_git(&driver, client, &token).await)
}

async fn by_git(driver: &GitHub, client: &Client, token: &Secret) -> Result<(), GitError> {
    let url = driver.clone_url(&RepositoryName::new(NAME)).expect("a URL");
    let authorization = driver.git_authorization(token);
    let remote = Remote::http(client.guard(), &url, Some(authorization)).await?;
    let head = git::resolve(&remote, &GitRef::branch("main")).await?;
    head.map(drop).ok_or(GitError::Damaged)
}

fn at(address: SocketAddr) -> Vec<AllowedAddress> {
    vec![format!("127.0.0.1:{}", address.port()).parse().expect("an exception")]
}

#[tokio::test]
async fn a_host_is_believed_by_its_own_authority_and_by_no_other() {
    let (place, other) = (start().await, start().await);
    let endpoint = format!("https://{}", place.address);
    let url = Url::parse(&endpoint).expect("a URL");
    let plain = Client::new(Guard::new(at(place.address)));
    let trusting = |pem: &str| {
        let authorities = Authorities::parse(pem).expect("a certificate");
        plain.with(Route::to(&url).trusting(authorities))
    };

    let (api, git) = ask(&place, &trusting(&place.authority), &endpoint).await;
    api.expect("the API is asked");
    git.expect("git is let in");

    for stranger in [plain.clone(), trusting(&other.authority)] {
        let (api, git) = ask(&place, &stranger, &endpoint).await;
        assert!(matches!(api, Err(Error::Unavailable { .. })), "{api:?}");
        assert!(matches!(git, Err(GitError::Unreachable { .. })), "{git:?}");
    }
}

/// A proxy that knows one name, and writes down what it is asked; one that asks who it is lets only
/// this `Proxy-Authorization` through.
async fn proxy(
    to: SocketAddr,
    only: Option<&'static str>,
) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let (address, asked) = (listener.local_addr().expect("one"), Arc::default());
    let writing = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let writing: Arc<Mutex<Vec<String>>> = Arc::clone(&writing);
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await.expect("a request"));
                }
                let text = String::from_utf8_lossy(&head).into_owned();
                let known = only.is_none_or(|only| {
                    let mut lines = text.lines().filter_map(|line| line.split_once(": "));
                    lines.any(|(name, value)| {
                        name.eq_ignore_ascii_case("proxy-authorization") && value == only
                    })
                });
                writing.lock().expect("a lock").push(text);
                if !known {
                    let refused = b"HTTP/1.1 407 Proxy Authentication Required\r\n\
                        Proxy-Authenticate: Basic realm=\"towpath\"\r\nContent-Length: 0\r\n\r\n";
                    return stream.write_all(refused).await.expect("an answer");
                }
                let good = b"HTTP/1.1 200 Connection established\r\n\r\n";
                stream.write_all(good).await.expect("an answer");
                let mut inner = TcpStream::connect(to).await.expect("the forge listens");
                let _ = copy_bidirectional(&mut stream, &mut inner).await;
            });
        }
    });
    (address, asked)
}

#[tokio::test]
async fn a_proxy_carries_the_api_and_git_and_sees_no_credential() {
    let place = start().await;
    let (proxy, asked) = proxy(place.address, None).await;
    // No resolver knows the name: only through the proxy is there a way.
    let endpoint = format!("https://forge.invalid:{}", place.address.port());
    let url = Url::parse(&endpoint).expect("a URL");
    let authorities = Authorities::parse(&place.authority).expect("a certificate");
    let route = Route::to(&url).trusting(authorities);
    let route = route.through(&format!("http://{proxy}")).expect("a proxy");

    // The proxy's own address is looked at.
    let client = Client::new(Guard::default()).with(route.clone());
    let (api, git) = ask(&place, &client, &endpoint).await;
    assert!(api.is_err() && matches!(git, Err(GitError::Egress(_))), "{api:?} {git:?}");
    assert!(asked.lock().expect("a lock").is_empty());

    let allowed = Client::new(Guard::default()).with(route.allowing(at(proxy)));
    let (api, git) = ask(&place, &allowed, &endpoint).await;
    api.expect("the API is asked");
    git.expect("git is let in");
    let asked = asked.lock().expect("a lock").clone();
    assert!(asked.len() >= 2, "{asked:?}");
    for head in asked {
        assert!(
            head.starts_with(&format!("CONNECT forge.invalid:{}", place.address.port())),
            "{head}"
        );
        assert!(!head.to_lowercase().contains("authorization"), "{head}");
    }
}

#[tokio::test]
async fn a_proxy_that_asks_who_it_is_is_told_and_the_forge_is_not() {
    let place = start().await;
    // ada:p@ss word
    let (proxy, asked) = proxy(place.address, Some("Basic YWRhOnBAc3Mgd29yZA==")).await;
    let endpoint = format!("https://forge.invalid:{}", place.address.port());
    let url = Url::parse(&endpoint).expect("a URL");
    let authorities = Authorities::parse(&place.authority).expect("a certificate");
    let route = Route::to(&url).trusting(authorities).allowing(at(proxy));
    let route = route.through(&format!("http://{proxy}")).expect("a proxy");
    let as_user = |password: &str| {
        let (name, password) = ("ada".to_owned(), Secret::new(password));
        route.clone().known_as(ProxyUser { name, password })
    };
    let client = Client::new(Guard::default());
    let (api, git) = ask(&place, &client.with(as_user("p@ss word")), &endpoint).await;
    api.expect("the API is asked");
    git.expect("git is let in");
    assert!(asked.lock().expect("a lock").iter().all(|head| head.starts_with("CONNECT ")));
    for stranger in [route.clone(), as_user("hunter2")] {
        let (api, git) = ask(&place, &client.with(stranger), &endpoint).await;
        for said in [format!("{:?}", api.expect_err("407")), format!("{:?}", git.expect_err("407"))]
        {
            assert!(said.contains("(407)") && said.contains("--proxy-password-file"), "{said}");
            assert!(!said.contains("hunter2"), "{said}");
        }
    }
}

#[tokio::test]
async fn an_address_that_one_host_may_be_at_is_no_other_hosts() {
    let (place, other) = (start().await, start().await);
    let endpoint = format!("https://{}", place.address);
    let url = Url::parse(&endpoint).expect("a URL");
    let authorities = Authorities::parse(&place.authority).expect("a certificate");
    let everything = vec!["127.0.0.0/8:*".parse().expect("an exception")];
    let route = Route::to(&url).trusting(authorities).allowing(everything);
    let client = Client::new(Guard::default()).with(route);
    let (api, git) = ask(&place, &client, &endpoint).await;
    api.expect("the API is asked");
    git.expect("git is let in");
    let (api, git) = ask(&other, &client, &format!("https://{}", other.address)).await;
    assert!(api.is_err() && matches!(git, Err(GitError::Egress(_))), "{api:?} {git:?}");
}

#[tokio::test]
async fn git_asks_no_url_that_the_guard_refuses_whatever_way_there_is() {
    let guard = Guard::default();
    let mut refused = 0;
    for text in REFUSED.lines() {
        let Ok(url) = Url::parse(text) else { continue };
        assert!(Remote::http(&guard, &url, None).await.is_err(), "{text} read as {url}");
        // A proxy is no way around: an address is looked at all the same.
        if let Ok(route) = Route::to(&url).through("http://93.184.216.34:3128") {
            let literal = matches!(url.host(), Some(url::Host::Ipv4(_) | url::Host::Ipv6(_)));
            let through = Remote::http(&guard.with(route), &url, None).await;
            assert!(!literal || through.is_err(), "{text} through a proxy");
        }
        refused += 1;
    }
    println!("{refused} URLs refused");
}
