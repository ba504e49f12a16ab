//! What people keep in repositories, committed and pushed by git as they would.

use serde_json::json;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use testkit::declarations::{app, commands};
use testkit::{REPOSITORY, World};

/// A clone on a person's machine.
struct Clone {
    folder: tempfile::TempDir,
}

impl Clone {
    fn of(world: &World) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut url = world.forge.clone_url(REPOSITORY).expect("a repository");
        url.set_username("x-access-token").expect("a URL with a user");
        url.set_password(Some(world.forge.personal_token().expose())).expect("and a password");
        let clone = Self { folder };
        clone.git(&["clone", "--quiet", url.as_str(), "."]);
        clone
    }

    fn path(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.folder.path().join(Path::new(name.as_ref()))
    }

    fn git(&self, arguments: &[&str]) {
        let mut git = Command::new("git");
        git.current_dir(self.folder.path()).args(["-c", "user.name=Ada", "-c", "user.email=a@b.c"]);
        git.envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")]);
        let done = git.args(arguments).output().expect("git is installed");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "git {arguments:?}: {said}");
    }

    fn push(&self) {
        self.git(&["add", "--all", "--force"]);
        self.git(&["commit", "--quiet", "--message", "What people keep"]);
        self.git(&["push", "--quiet", "origin", "HEAD:main"]);
    }
}

/// Links as package managers and old build systems leave them, and names of other systems.
fn keep_odd_things(clone: &Clone) {
    fs::create_dir_all(clone.path("node_modules/.bin")).expect("a folder");
    fs::create_dir_all(clone.path("node_modules/tool")).expect("a folder");
    fs::write(clone.path("node_modules/tool/run"), "#!/bin/sh\n").expect("a file");
    for (name, target) in [
        ("node_modules/.bin/tool", "../tool/run"),
        ("node_modules/linked", "/srv/linked"),
        ("shared", "../../shared"),
        ("sdk", "/opt/sdk"),
        ("latest", "node_modules/../README.md"),
        ("l1", "/1"),
        ("l2", "/2"),
        ("l3", "/3"),
    ] {
        symlink(target, clone.path(name)).expect("a link");
    }
    for name in [&b"src\\main.c"[..], b"Icon\r", b"two\nlines", b"B::Deparse.3pm", b"caf\xe9.txt"] {
        fs::write(clone.path(OsStr::from_bytes(name)), "kept\n").expect("a file");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn links_that_lead_out_are_left_out_with_a_warning_and_the_rest_is_built() {
    let world = World::start().await;
    let connection = world.connect().await;
    let clone = Clone::of(&world);
    keep_odd_things(&clone);
    clone.push();
    let mut build = commands(
        "Step",
        &[
            "sh node_modules/.bin/tool",
            r"cat 'src\main.c' B::Deparse.3pm Icon* two*lines",
            "test ! -L shared && test ! -L sdk",
        ],
    );
    build["outputArtifacts"] = json!([{ "name": "Site", "files": ["**/*"] }]);
    world.create(&app(&connection, build)).await;
    world.begin("app").await;
    world.settle().await;

    let run = world.latest("app").await;
    let log = world.log("app", &run.id, "Next", "Step").await;
    assert_eq!(run.status, "Succeeded", "{log:#?}");
    assert_eq!(log.iter().filter(|line| *line == "kept").count(), 4, "{log:#?}");
    let warned =
        log.iter().find(|line| line.starts_with("warning: not taken from artifact Code: "));
    let warned = warned.expect("a warning names what is missing");
    assert!(warned.contains(r#""l1": a link that leads out"#), "{warned}");
    assert!(warned.ends_with("and 3 more"), "{warned}");
    assert!(!log.iter().any(|line| line.starts_with("not in artifact")), "{log:#?}");
}
