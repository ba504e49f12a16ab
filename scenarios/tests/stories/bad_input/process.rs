//! Put in at the start of a server, on its machine, or on the command line. The operator sees the
//! error of the start, the status that a forge gets, or an exit code.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use server::config::Layers;
use server::{Config, ConfigError};
use testkit::declarations::{app, commands};
use testkit::{Scene, World};

use super::Table;

fn read(flag: Option<(&'static str, &str)>, file: &str) -> Result<Config, ConfigError> {
    let flags: BTreeMap<_, _> =
        flag.into_iter().map(|(name, value)| (name, value.to_owned())).collect();
    let layers = Layers::read(&flags, |_| None, Some((Path::new("towpath.toml"), file)))?;
    Config::from_layers(&layers, Path::new("data"), Path::new("key"))
}

#[test]
fn a_configuration_that_cannot_be_used_names_the_setting() {
    let mut table = Table::of("configurations");
    type Row<'a> = (&'a str, Option<(&'static str, &'a str)>, &'a str, &'a [&'a str]);
    let rows: [Row<'_>; 11] = [
        (
            "a setting of nobody's",
            None,
            "lisen = 1",
            &["`lisen` is no setting", "did you mean `listen`"],
        ),
        (
            "a setting outside of its table",
            None,
            "network = \"none\"",
            &["`network` is no setting", "did you mean `steps.network`"],
        ),
        ("no TOML", None, "listen = ", &["towpath.toml"]),
        ("an address that is none", Some(("listen", "here")), "", &["listen", "ADDRESS:PORT"]),
        (
            "open to everybody",
            Some(("listen", "0.0.0.0:80")),
            "",
            &["--tls-cert", "--insecure-http"],
        ),
        ("half a certificate", Some(("tls-cert", "c.pem")), "", &["give both"]),
        ("a URL with a path", Some(("public-url", "https://a/b")), "", &["without a path"]),
        (
            "a URL with a query",
            Some(("public-url", "https://a/?b=c")),
            "",
            &["public-url", "without a path"],
        ),
        ("another database", Some(("database", "mysql://x")), "", &["postgres://"]),
        (
            "no seconds",
            None,
            "[limits]\nstep_seconds_max = 0",
            &["limits.step_seconds_max", "above zero"],
        ),
        (
            "a network of nobody's",
            None,
            "[steps]\nnetwork = \"ours\"",
            &["steps.network", "\"none\""],
        ),
    ];
    for (what, flag, file, expect) in rows {
        let error = read(flag, file).expect_err(what);
        table.row(what, &error.to_string(), expect);
    }
    table.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_start_says_why() {
    let mut table = Table::of("starts");
    let mut world = World::start().await;
    let second = world.start_second().await.expect_err("only one at a time");
    table.row("a second server", &format!("{second:#}"), &["another towpath server", "--data"]);
    world.stop().await;
    let key = world.config.sealing_key.clone();
    let mode = |mode: u32| {
        use std::os::unix::fs::PermissionsExt;
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(&key, permissions).expect("the key is ours");
    };
    mode(0o644);
    let open = world.start_second().await.expect_err("a secret is no secret");
    table.row("a key that all can read", &format!("{open:#}"), &["sealing key", "chmod 600"]);
    mode(0o600);
    let saved = std::fs::read(&key).expect("the key");
    std::fs::write(&key, "not a key").expect("written");
    let other = world.start_second().await.expect_err("no key");
    table.row("a key that is none", &format!("{other:#}"), &["sealing key"]);
    std::fs::write(&key, "ab".repeat(32)).expect("written");
    let other = world.start_second().await.expect_err("nothing opens");
    let path = key.display().to_string();
    let expect = [&*path, "is not the sealing key of this database", "--sealing-key"];
    table.row("another key", &format!("{other:#}"), &expect);
    std::fs::remove_file(&key).expect("it goes");
    let gone = world.start_second().await.expect_err("nothing opens");
    let expect = [&*path, "is not there", "put it back"];
    table.row("a key that is gone", &format!("{gone:#}"), &expect);
    assert!(!key.exists(), "no new key was made in its place");
    std::fs::write(&key, saved).expect("written");
    mode(0o600);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    world.config.listen = taken.local_addr().expect("bound");
    let taken = world.start_second().await.expect_err("the port is taken");
    let expect = ["cannot listen on 127.0.0.1:", "with --listen", "in use"];
    table.row("a port that is taken", &format!("{taken:#}"), &expect);
    world.config.listen = ([127, 0, 0, 1], 0).into();
    for (what, certificate, key, expect) in certificates(&world.config.data) {
        world.config.tls = Some((certificate, key));
        let refused = world.start_second().await.expect_err(what);
        table.row(what, &format!("{refused:#}"), expect);
    }
    world.config.tls = None;
    for (what, url, expect) in databases() {
        world.config.database = Some(domain::Secret::new(url));
        let refused = format!("{:#}", world.start_second().await.expect_err(what));
        table.row(what, &refused, expect);
        assert!(!refused.contains("hunter2"), "{refused}");
    }
    table.end();
}

type Certificates = (&'static str, PathBuf, PathBuf, &'static [&'static str]);

/// Certificates and keys that cannot be used. Two that do not fit are made where openssl is.
fn certificates(folder: &Path) -> Vec<Certificates> {
    let path = |name: &str| folder.join(name);
    std::fs::write(path("text.pem"), "-----BEGIN nothing").expect("written");
    let make = |name: &str| {
        let (key, certificate) = (path(&format!("{name}.key")), path(&format!("{name}.pem")));
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=localhost"]);
        openssl.arg("-keyout").arg(&key).arg("-out").arg(&certificate);
        openssl.output().is_ok_and(|output| output.status.success())
    };
    let mut rows: Vec<Certificates> = vec![
        (
            "a certificate that is not there",
            path("none.pem"),
            path("none.key"),
            &["--tls-cert", "none.pem cannot be read", "No such file"],
        ),
        (
            "a certificate that is none",
            path("text.pem"),
            path("text.pem"),
            &["--tls-cert", "text.pem: no certificate in PEM"],
        ),
    ];
    if !make("one") || !make("two") {
        println!("skipped: no openssl makes a certificate here");
        return rows;
    }
    rows.push((
        "a key that is none",
        path("one.pem"),
        path("text.pem"),
        &["--tls-key", "text.pem: no private key in PEM"],
    ));
    rows.push((
        "another certificate's key",
        path("one.pem"),
        path("two.key"),
        &["one.pem", "two.key", "do not go together"],
    ));
    rows
}

/// Databases that cannot be used; with one that answers, also those that it refuses.
fn databases() -> Vec<(&'static str, String, &'static [&'static str])> {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("bound").port();
    drop(free);
    let mut rows: Vec<(&str, String, &'static [&'static str])> = vec![
        (
            "no PostgreSQL there",
            format!("postgres://ada:hunter2@127.0.0.1:{port}/towpath"),
            &["PostgreSQL at 127.0.0.1:", "cannot be reached", "start it"],
        ),
        (
            "a database URL that is none",
            "postgres://ada:hunter2@host:port/towpath".to_owned(),
            &["write postgres://USER:PASSWORD@HOST:PORT/DATABASE"],
        ),
    ];
    let Some(server) = std::env::var("TOWPATH_POSTGRES").ok().filter(|url| !url.is_empty()) else {
        println!("skipped: TOWPATH_POSTGRES names no server that refuses a database");
        return rows;
    };
    let (server, _) = server.rsplit_once('/').expect("a URL with a database");
    rows.push((
        "a database that is not there",
        format!("{server}/towpath_none"),
        &["has no database towpath_none", "create it"],
    ));
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_and_goes_on_when_there_is_room() {
    let Some(disk) = SmallDisk::mount() else {
        return println!("skipped: no small disk can be mounted here");
    };
    let data = disk.folder.path().join("data");
    let scene = Scene::default().set("data", &data.display().to_string());
    let world = scene.start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    let mut table = Table::of("a full disk");
    let filler = disk.fill();
    world.commit("main", &[("a", "1")]).await;
    let told = world.last_push();
    let seen = format!("{} {}", told.status_code, told.status);
    table.row("a delivery", &seen, &["503", "could not be written down; send it again"]);
    let asked = serde_json::json!({ "bucketName": "more" });
    let error = world.call(wire::Service::Towpath, "CreateBucket", &asked).await;
    let error = super::refusal(&error.expect_err("there is no room"));
    table.row("a call", &error, &["503", "ServiceUnavailable", "full"]);
    std::fs::remove_file(filler).expect("the filler goes");
    let pushes = world.pushes_told();
    world.forge.redeliver(told.id).expect("it was sent");
    world.told_of(pushes + 1).await;
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Succeeded"]);
    table.end();
    drop(world);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_up_under_a_step_ends_the_step_and_nothing_else() {
    let Some(disk) = SmallDisk::mount() else {
        return println!("skipped: no small disk can be mounted here");
    };
    let data = disk.folder.path().join("data");
    let scene = Scene::default().set("data", &data.display().to_string());
    let world = scene.start().await;
    let connection = world.connect().await;
    // More than the disk has room for; what is set aside is the operator's to free, a piece at a time.
    let mut ballast = Vec::from_iter((0..16).map(|nth| disk.folder.path().join(format!("{nth}"))));
    for path in &ballast {
        std::fs::write(path, vec![0; 512 << 10]).expect("written");
    }
    let printing = commands("Make", &["yes and so on | head -c 40000000"]);
    world.create(&app(&connection, printing)).await;
    world.begin("app").await;
    // No bell rings when a disk is full. The step may still print into what is freed; once a piece
    // of its log did not fit, the next that is freed has room for its end.
    while world.action("app", "Next", "Make").await["status"] != "Failed" {
        if !disk.has_room()
            && let Some(path) = ballast.pop()
        {
            std::fs::remove_file(path).expect("it goes");
        }
        tokio::task::yield_now().await;
    }
    for path in ballast {
        std::fs::remove_file(path).expect("it goes");
    }
    world.settle().await;
    let mut table = Table::of("a disk that fills up");
    let step = world.action("app", "Next", "Make").await;
    let expect = ["SystemUnavailable", "No space left on device"];
    table.row("a step that prints to the end of it", &step["errorDetails"].to_string(), &expect);
    table.end();
    world
        .create(&{
            let mut small = app(&connection, commands("Make", &["true"]));
            small["name"] = serde_json::json!("small");
            small
        })
        .await;
    world.begin("small").await;
    world.settle().await;
    assert_eq!(world.statuses("small").await, ["Succeeded"], "there is room again");
    drop(world);
}

/// A disk of a few megabytes.
struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=28m", "small"]).arg(folder.path());
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        mounted.then_some(Self { folder })
    }

    /// Whether a few pages more can be written.
    fn has_room(&self) -> bool {
        let probe = self.folder.path().join("probe");
        let written = std::fs::write(&probe, [1; 64 * 1024]).is_ok();
        let _ = std::fs::remove_file(probe);
        written
    }

    /// Takes all the room that is left; gives the file.
    fn fill(&self) -> std::path::PathBuf {
        let path = self.folder.path().join("filler");
        let mut file = std::fs::File::create(&path).expect("a file");
        let piece = [0; 4096];
        while std::io::Write::write_all(&mut file, &piece).is_ok() {}
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.folder.path()).output();
    }
}

#[test]
fn the_command_ends_with_a_code_and_a_sentence() {
    let Some(binary) = std::env::var_os("TOWPATH_BINARY") else {
        return println!("skipped: TOWPATH_BINARY names no built binary");
    };
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("bad.yml"), "pipelines:\n  default:\n    - step:\n        scrip: [ls]\n")
        .expect("written");
    std::fs::write(path("wrong.toml"), "lisen = 1\n").expect("written");
    let (empty, bad, file) = (path("none"), path("bad.yml"), path("wrong.toml"));
    let rows: [(&str, Vec<&str>, i32, &[&str]); 10] = [
        ("no command", vec![], 2, &["Usage"]),
        ("a command of nobody's", vec!["upp"], 2, &["'up'"]),
        (
            "no server",
            vec!["pipelines", "list", "--data", &empty],
            1,
            &["no running server", "towpath up"],
        ),
        ("no exports", vec!["env", "--data", &empty], 1, &["no running server"]),
        ("a wrong setting", vec!["up", "--config", &file], 1, &["`lisen` is no setting"]),
        (
            "an open door",
            vec!["up", "--listen", "0.0.0.0:0", "--data", &empty],
            1,
            &["--insecure-http"],
        ),
        (
            "a configuration shown that cannot be used",
            vec!["up", "--print-config", "--listen", "0.0.0.0:0", "--data", &empty],
            1,
            &["listen = \"0.0.0.0:0\"", "--insecure-http"],
        ),
        (
            "a URL with a path",
            vec!["up", "--print-config", "--public-url", "https://a/b", "--data", &empty],
            1,
            &["public-url", "without a path"],
        ),
        ("a file with mistakes", vec!["lint", &bad], 1, &["scrip"]),
        ("a file that is not there", vec!["lint", "none.yml"], 2, &["none.yml"]),
    ];
    let mut table = Table::of("commands");
    for (what, arguments, code, expect) in rows {
        let mut command = Command::new(&binary);
        command.args(arguments).current_dir(folder.path()).env("HOME", folder.path());
        let output = command.env_remove("TOWPATH_DATA").output().expect("it runs");
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let seen = format!("{}{}", said(&output.stdout), said(&output.stderr));
        table.row(what, &format!("exit {:?} {seen}", output.status.code()), expect);
        table.row(
            what,
            &format!("exit {:?}", output.status.code()),
            &[&format!("exit Some({code})")],
        );
    }
    let mut command = Command::new(&binary);
    command.args(["up", "--print-config", "--data", &empty]).env("TOWPATH_LISTN", "127.0.0.1:0");
    let output = command.env("HOME", folder.path()).output().expect("it runs");
    let seen = format!("{:?} {}", output.status.code(), String::from_utf8_lossy(&output.stderr));
    let expect = ["Some(1)", "TOWPATH_LISTN sets nothing", "did you mean TOWPATH_LISTEN"];
    table.row("a mistyped variable", &seen, &expect);
    table.end();
}
