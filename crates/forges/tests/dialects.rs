//! Each driver against the practice forge in its dialect: the same story of a connection four
//! times, with what differs from forge to forge in one table.

mod double;

use domain::connection::ProviderType;
use domain::forge_event::GitRef;
use domain::hook_secret::gitlab_token;
use domain::{CommitSha, RepositoryName, Secret, Timestamp};
use double::{CALLBACK, client, url};
use egress::{AllowedAddress, Guard, Url};
use forges::git::{self, Remote};
use forges::{
    Asked, Bitbucket, BitbucketServer, ClientRegistration, CommitState, CommitStatus, Deliveries,
    Error, Exchange, Forge, GitHub, GitLab, Grant, HookTarget, RepositoryAccess,
};
use practice_forge::{Config, Fault, Kind, NewCommit, PracticeForge, Trouble};
use std::net::IpAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// What is not the same at every forge.
struct Dialect {
    kind: Kind,
    driver: fn(&Url) -> Box<dyn Forge>,
    repository: &'static str,
    renamed: &'static str,
    /// Whether tokens expire, and a refresh token is good once.
    renews: bool,
    ping: Asked,
    again: Asked,
}

const DIALECTS: [Dialect; 4] = [
    Dialect {
        kind: Kind::GitHub,
        driver: |at| Box::new(GitHub::enterprise(at, client())),
        repository: "ada/engine",
        renamed: "ada/motor",
        renews: false,
        ping: Asked::Taken,
        again: Asked::Taken,
    },
    Dialect {
        kind: Kind::GitLab,
        driver: |at| Box::new(GitLab::self_managed(at, client())),
        repository: "canal/locks/engine",
        renamed: "canal/locks/motor",
        renews: true,
        ping: Asked::Taken,
        again: Asked::Taken,
    },
    Dialect {
        kind: Kind::Bitbucket,
        driver: |at| Box::new(Bitbucket::at(at, client())),
        repository: "canal/engine",
        renamed: "canal/motor",
        renews: true,
        ping: Asked::NotOffered,
        again: Asked::NotOffered,
    },
    Dialect {
        kind: Kind::BitbucketServer,
        driver: |at| Box::new(BitbucketServer::new(at, client())),
        repository: "CANAL/engine",
        renamed: "CANAL/motor",
        renews: true,
        ping: Asked::Taken,
        again: Asked::NotOffered,
    },
];

struct Place {
    forge: PracticeForge,
    driver: Box<dyn Forge>,
    client: ClientRegistration,
    name: RepositoryName,
}

impl Place {
    async fn start(dialect: &'static Dialect) -> Self {
        let config = Config { kind: dialect.kind, ..Config::default() };
        let forge = PracticeForge::start(config).await.expect("a forge");
        let files: &[(&str, &str)] = &[("README.md", "An engine.\n")];
        forge.create_repository(dialect.repository, files).await.expect("a repository");
        let driver = (dialect.driver)(forge.base_url());
        let app = forge.register_app(&url(CALLBACK));
        let client =
            ClientRegistration { client_id: app.client_id, client_secret: app.client_secret };
        Self { forge, driver, client, name: RepositoryName::new(dialect.repository) }
    }

    async fn connect(&self) -> Grant {
        let (verifier, redirect_uri) = (Secret::new("v".repeat(43)), url(CALLBACK));
        let challenge = forges::challenge(&verifier);
        let to = self.driver.authorize_url(&self.client, "st&te", &challenge, &redirect_uri);
        let back = browse(&to).await;
        let find =
            |name| back.query_pairs().find(|(it, _)| it == name).map(|(_, it)| it.into_owned());
        assert_eq!(find("state").as_deref(), Some("st&te"), "{back}");
        let code = Secret::new(find("code").expect("a code"));
        let exchange = Exchange { code: &code, verifier: &verifier, redirect_uri: &redirect_uri };
        self.driver.exchange_code(&self.client, exchange).await.expect("a grant")
    }

    /// Pushes a commit to `main`.
    async fn turn(&self) -> CommitSha {
        let commit = NewCommit { branch: "main", message: "Turn", files: &[("a.txt", "1")] };
        self.forge.push_commit(self.name.as_str(), commit).await.expect("a push")
    }
}

/// Goes where the browser is sent, without following; gives where it is sent back to.
async fn browse(to: &Url) -> Url {
    let address = (to.host_str().expect("a host"), to.port().expect("a port"));
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("a connection");
    let target = &to[url::Position::BeforePath..];
    let request = format!("GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    let location = answer.lines().find_map(|line| line.strip_prefix("location: "));
    url(location.unwrap_or_else(|| panic!("{answer}")))
}

#[tokio::test]
async fn a_connection_from_handshake_to_status_at_each_forge() {
    for dialect in &DIALECTS {
        let place = Place::start(dialect).await;
        let (driver, name, kind) = (&place.driver, &place.name, dialect.kind);
        let grant = place.connect().await;
        assert_eq!(driver.missing_scopes(&grant.scopes), Vec::<&str>::new(), "{kind}");
        let token = grant.token;
        let access = RepositoryAccess { token: &token, repository: name };
        let who = driver.identity(&token).await.expect("an identity");
        assert_eq!(who.login, "practice", "{kind}");
        let found = driver.repository(access).await.expect("a repository");
        assert_eq!((&found.name, &*found.default_branch), (name, "main"), "{kind}");
        assert_eq!((found.may_administer, found.may_report), (Some(true), Some(true)), "{kind}");

        let commit = place.turn().await;
        let guard = Guard::new(vec![AllowedAddress::any_port(IpAddr::from([127, 0, 0, 1]))]);
        let clone = driver.clone_url(name).expect("a URL");
        let shown = Some(driver.git_authorization(&token));
        let remote = Remote::http(&guard, &clone, shown).await.expect("let through");
        let by_git = git::resolve(&remote, &GitRef::branch("main")).await.expect("an answer");
        assert_eq!(by_git.expect("main").commit, commit, "{kind}");

        let status = CommitStatus {
            state: CommitState::Pending,
            context: "towpath/release".to_owned(),
            description: "Under way".to_owned(),
            target_url: Some(url("https://towpath.example/console")),
            git_ref: None,
        };
        for state in [CommitState::Pending, CommitState::Pending, CommitState::Succeeded] {
            let status = CommitStatus { state, ..status.clone() };
            driver.set_status(access, &commit, &status).await.expect("a status");
        }
        let last = place.forge.statuses().pop().expect("a status");
        assert_eq!(last.commit, commit, "{kind}");

        place.forge.rename_repository(dialect.repository, dialect.renamed).expect("renamed");
        let moved = driver.repository(access).await.expect("found by its old name");
        assert_eq!((moved.id, moved.name), (found.id, dialect.renamed.into()), "{kind}");
        place.forge.revoke_tokens();
        let revoked = driver.identity(&token).await;
        assert!(matches!(revoked, Err(Error::Unauthorised)), "{kind}: {revoked:?}");
    }
}

#[tokio::test]
async fn a_refresh_token_is_good_once_and_its_second_use_ends_the_family() {
    for dialect in DIALECTS.iter().filter(|it| it.renews) {
        let place = Place::start(dialect).await;
        let (driver, client, kind) = (&place.driver, &place.client, dialect.kind);
        let first = place.connect().await;
        assert!(first.expires_in_seconds.is_some(), "{kind}");
        let old = first.refresh_token.expect("a refresh token");
        let impostor = ClientRegistration { client_secret: Secret::new("x"), ..client.clone() };
        let refused = driver.refresh(&impostor, &old).await;
        assert!(matches!(refused, Err(Error::ClientRefused { .. })), "{kind}: {refused:?}");
        let second = driver.refresh(client, &old).await.expect("a grant");
        driver.identity(&second.token).await.expect("the new token is good");
        let new = second.refresh_token.expect("the next one");
        for token in [&old, &new] {
            let lost = driver.refresh(client, token).await;
            assert!(matches!(lost, Err(Error::GrantLost { .. })), "{kind}: {lost:?}");
        }
    }
}

#[tokio::test]
async fn a_forge_says_which_refs_it_protects_where_it_says_so_at_all() {
    for dialect in &DIALECTS {
        let place = Place::start(dialect).await;
        let (driver, name, kind) = (&place.driver, &place.name, dialect.kind);
        let (token, own) = (place.connect().await.token, place.forge.personal_token());
        let _access = RepositoryAccess { token: &token, repository: name };
        let (main, tag) = (GitRef::branch("main"), GitRef::tag("v1"));
        let commit = place.turn().await;
        place.forge.push_tag(dialect.repository, "v1", &commit, None).await.expect("a tag");
        let says = async |token: &Secret, git_ref: &GitRef| {
            driver
                .is_protected(RepositoryAccess { token, repository: name }, git_ref)
                .await
                .expect("an answer")
        };
        assert_eq!(says(&own, &main).await, Some(false), "{kind}");
        for git_ref in [&main, &tag] {
            place.forge.protect(dialect.repository, &git_ref.full(), true).expect("protected");
        }
        assert_eq!(says(&own, &main).await, Some(true), "{kind}");
        // Bitbucket's app reads restrictions with a scope of their own, which it does not have.
        let told = (kind != Kind::Bitbucket).then_some(true);
        assert_eq!(says(&token, &main).await, told, "{kind}");
        let of_tags = matches!(kind, Kind::GitLab | Kind::BitbucketServer).then_some(true);
        assert_eq!(says(&own, &tag).await, of_tags, "{kind}");
        place.forge.protect(dialect.repository, &main.full(), false).expect("open again");
        assert_eq!(says(&own, &main).await, Some(false), "{kind}");
    }
}

/// Takes every delivery with 202; gives the address.
async fn receive() -> Url {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move { take(&mut stream).await });
        }
    });
    url(&format!("http://{address}/hooks/h"))
}

async fn take(stream: &mut tokio::net::TcpStream) {
    let mut bytes = Vec::new();
    loop {
        let mut part = [0; 8192];
        let count = stream.read(&mut part).await.expect("bytes");
        bytes.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |text| text.parse().expect("a length")) {
            break;
        }
    }
    let answer = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    stream.write_all(answer).await.expect("an answer");
}

/// Waits for the delivery of a push among those of pings; each of them must verify. Gives the
/// repository that it names.
async fn first_push(place: &Place) -> Option<String> {
    let (provider, stored) = (place.driver.provider(), Secret::new("stored"));
    let secrets = match provider {
        ProviderType::GitLabSelfManaged => [gitlab_token(&stored)],
        _ => [stored],
    };
    let mut seen = 0;
    loop {
        let sent = place.forge.delivered(seen + 1).await;
        for delivery in &sent[seen..] {
            let pairs =
                delivery.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let (headers, body) = (pairs.collect(), delivery.body.as_bytes());
            webhooks::verify(provider, &headers, body, &secrets, Timestamp(0)).expect("signed");
            let changes = webhooks::normalise(provider, &headers, body).expect("changes");
            let columns = webhooks::Columns::of(&changes[0]);
            if columns.kind == "push" && columns.action.as_deref() == Some("updated") {
                return columns.repo;
            }
        }
        seen = sent.len();
    }
}

#[tokio::test]
async fn hooks_are_found_on_every_page_and_what_is_sent_verifies() {
    for dialect in &DIALECTS {
        let place = Place::start(dialect).await;
        let (driver, kind) = (&place.driver, dialect.kind);
        let token = place.connect().await.token;
        let access = RepositoryAccess { token: &token, repository: &place.name };
        let target = |n: u32| HookTarget {
            url: url(&format!("http://127.0.0.1:1/hooks/{n}")),
            secret: Secret::new("stored"),
        };
        let ours = HookTarget { url: receive().await, ..target(0) };
        for n in 0..103 {
            driver.create_hook(access, &target(n)).await.expect("a hook");
        }
        let hooks = driver.hooks(access).await.expect("hooks");
        assert_eq!(hooks.len(), 103, "{kind}");
        for hook in &hooks[1..] {
            driver.delete_hook(access, &hook.id).await.expect("gone");
        }
        let id = hooks[0].id.clone();
        driver.delete_hook(access, &hooks[1].id).await.expect("gone already");
        let kept = driver.update_hook(access, &id, &ours).await.expect("a hook");
        assert_eq!((&*kept.url, kept.id, kept.active), (ours.url.as_str(), id.clone(), true));
        let ping = driver.ping_hook(access, &id).await.expect("an answer");
        assert_eq!(ping, dialect.ping, "{kind}");

        place.turn().await;
        assert_eq!(first_push(&place).await.as_deref(), Some(dialect.repository), "{kind}");

        let known = driver.deliveries(access, &id, Timestamp(0)).await.expect("an answer");
        let last = match known {
            Deliveries::Listed(list) => list.into_iter().next(),
            Deliveries::Last(last) => last,
            Deliveries::NotOffered => None,
        };
        let again = match &last {
            Some(last) => {
                assert!(last.was_taken(), "{kind}: {last:?}");
                driver.redeliver(access, &id, &last.id).await
            }
            None => driver.redeliver(access, &id, "1").await,
        };
        assert_eq!(again.expect("an answer"), dialect.again, "{kind}");
        assert_eq!(last.is_some(), kind != Kind::Bitbucket, "{kind}");
    }
}

#[tokio::test]
async fn a_forge_that_misbehaves_is_told_apart_from_one_that_refuses() {
    for dialect in &DIALECTS {
        let place = Place::start(dialect).await;
        let (driver, kind) = (&place.driver, dialect.kind);
        let token = place.connect().await.token;
        let access = RepositoryAccess { token: &token, repository: &place.name };
        let check = async |fault: Fault, expect: fn(&Error) -> bool| {
            place.forge.trouble(Trouble::from(fault.clone()));
            let error = driver.hooks(access).await.expect_err("trouble");
            assert!(expect(&error), "{kind}: {fault:?}: {error}");
            place.forge.calm();
        };
        let is_down = |error: &Error| matches!(error, Error::Unavailable { .. });
        let is_limit =
            |error: &Error| matches!(error, Error::RateLimited { wait } if wait.as_secs() == 7);
        check(Fault::Status(503), is_down).await;
        check(Fault::Html, is_down).await;
        check(Fault::Truncated, is_down).await;
        check(Fault::SecondaryLimit(7), is_limit).await;
        check(Fault::RateLimited(7), |error| matches!(error, Error::RateLimited { .. })).await;
        let elsewhere = Fault::Redirect(url("https://elsewhere.example/"));
        check(elsewhere, |error| matches!(error, Error::Egress(_))).await;
        driver.hooks(access).await.expect("calm again");
    }
}
