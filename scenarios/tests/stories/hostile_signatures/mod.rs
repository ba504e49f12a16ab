//! A corpus of hostile signatures: requests that differ in one thing from one that is taken. Each is
//! refused under the documented code and leaves nothing behind; then the one beside them, which is as
//! it should be, is taken, so that a corpus that proves nothing would fail.
//!
//! They are signed and sent here by other code than the product's: the requests have to be wrong in
//! ways that no client of ours can be.

mod calls;
mod chunks;
mod draft;
mod links;
mod objects;
mod sessions;

use std::path::Path;

use serde_json::{Value, json};
use testkit::{Caller, World};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wire::Service::{Iam, SecretsManager, Sts, Towpath};

use draft::{Draft, Keys, Known, Sent};

/// What is wrong, the code of the refusal, and how the request comes to be so.
type Case = (&'static str, &'static str, fn(Draft) -> Sent);

/// Cases that differ from one good request.
struct Family {
    name: &'static str,
    good: fn(&Known) -> Draft,
    sign: fn(Draft) -> Sent,
    cases: &'static [Case],
}

#[tokio::test(flavor = "multi_thread")]
async fn no_hostile_signature_is_accepted_and_nothing_is_written() {
    let world = World::start().await;
    let known = known(&world).await;
    let (mut wrong, mut count, mut named) = (Vec::new(), 0, 0);
    let families =
        [calls::FAMILIES, links::FAMILIES, sessions::FAMILIES, objects::FAMILIES, chunks::FAMILIES];
    for family in families.into_iter().flatten() {
        named += 1;
        let before = left_behind(&world).await;
        for (name, code, spoil) in family.cases {
            count += 1;
            let (status, answer) = send(&world, &spoil((family.good)(&known))).await;
            let refused = (400..500).contains(&status) && answer.contains(code);
            if !refused {
                wrong.push(format!("{}: {name}: without {code}: {status} {answer}", family.name));
            }
        }
        if left_behind(&world).await != before {
            wrong.push(format!("{}: something was written", family.name));
        }
        let (status, answer) = send(&world, &(family.sign)((family.good)(&known))).await;
        assert_eq!(status, 200, "{}: the good one: {answer}", family.name);
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    println!("{count} hostile signatures in {named} families, none accepted");
    assert!(count >= 300, "{count}");
}

/// Everything that a taken request would leave: entries of the log, secrets, users, objects, contents.
async fn left_behind(world: &World) -> Vec<String> {
    let entries = world.must(Towpath, "ListAuditEntries", &json!({ "maxResults": 1 })).await;
    let secrets = world.must(SecretsManager, "ListSecrets", &json!({})).await;
    let users = world.caller.query(Iam, "ListUsers", &[]).await.expect("users");
    let users = users.split("<ResponseMetadata>").next().unwrap_or_default().to_owned();
    let blobs = files(&world.config.data.join("blobs"));
    vec![entries["entries"].to_string(), secrets.to_string(), users, format!("{blobs:?}")]
}

fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => found.extend(files(&path)),
            path => found.push(path.display().to_string()),
        }
    }
    found.sort();
    found
}

/// Status and body; the bytes go out as they stand.
async fn send(world: &World, sent: &Sent) -> (u16, String) {
    let mut stream = tokio::net::TcpStream::connect(world.caller.host()).await.expect("it listens");
    // A server that refuses the head need not take the rest.
    let _ = stream.write_all(&sent.bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).and_then(|it| it.parse().ok());
    (status.unwrap_or_default(), answer)
}

/// What the requests are signed with, and what they are wrongly signed with.
async fn known(world: &World) -> Known {
    let own = keys(&world.caller);
    let other = keys(&world.other_account("111111111111").await);
    let made = async || {
        let made = world.must(Towpath, "CreateAccessKey", &json!({})).await;
        Keys::new(text(&made, "accessKeyId"), text(&made, "secretAccessKey"))
    };
    let deleted = made().await;
    world.must(Towpath, "DeleteAccessKey", &json!({ "accessKeyId": deleted.id })).await;
    let inactive = user_key(world).await;
    let ended = session(world, 900).await;
    world.clock.step(901);
    let (session, beside) = (session(world, 3600).await, session(world, 3600).await);
    let (bucket, host) = (json!({ "bucketName": "site" }), world.caller.host().to_owned());
    world.must(Towpath, "CreateBucket", &bucket).await;
    let now = world.shared().now();
    Known { host, now, own, other, deleted, inactive, session, beside, ended }
}

fn keys(caller: &Caller) -> Keys {
    let credentials = &caller.credentials;
    Keys::new(
        credentials.access_key_id.to_string(),
        credentials.secret_access_key.expose().to_owned(),
    )
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().expect("text").to_owned()
}

fn element(xml: &str, name: &str) -> String {
    let (_, after) = xml.split_once(&format!("<{name}>")).expect(name);
    after.split_once('<').expect("it ends").0.to_owned()
}

/// The key of a user, set inactive.
async fn user_key(world: &World) -> Keys {
    let ada = ("UserName", "ada");
    let iam = async |operation: &str, form: &[(&str, &str)]| {
        world.caller.query(Iam, operation, form).await.expect("it is done")
    };
    iam("CreateUser", &[ada]).await;
    let made = iam("CreateAccessKey", &[ada]).await;
    let keys = Keys::new(element(&made, "AccessKeyId"), element(&made, "SecretAccessKey"));
    iam("UpdateAccessKey", &[ada, ("AccessKeyId", &keys.id), ("Status", "Inactive")]).await;
    keys
}

/// A session of the first key's for some seconds.
async fn session(world: &World, seconds: i64) -> Keys {
    let form = [("DurationSeconds", &*seconds.to_string())];
    let xml = world.caller.query(Sts, "GetSessionToken", &form).await.expect("a session");
    let keys = Keys::new(element(&xml, "AccessKeyId"), element(&xml, "SecretAccessKey"));
    Keys { token: Some(element(&xml, "SessionToken")), ..keys }
}
