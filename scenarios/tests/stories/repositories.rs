//! What people keep in repositories, committed and pushed by git as they would.

use serde_json::json;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use testkit::declarations::{action, app, commands};
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

/// A pipeline whose steps stand in the repository's own file, run on what `keep` puts there, as an
/// archive and as a clone.
async fn follow_recipe(keep: fn(&Clone), check: impl Fn(&str, &[String])) {
    for format in ["CODE_ZIP", "CODEBUILD_CLONE_REF"] {
        let world = World::start().await;
        let connection = world.connect().await;
        let clone = Clone::of(&world);
        keep(&clone);
        clone.push();
        let mut steps = action("Steps", "Build", "BitbucketPipelines");
        steps["inputArtifacts"] = json!([{ "name": "Code" }]);
        let mut declared = app(&connection, steps);
        declared["stages"][0]["actions"][0]["configuration"]["OutputArtifactFormat"] =
            json!(format);
        world.create(&declared).await;
        world.begin("app").await;
        world.settle().await;
        let run = world.latest("app").await;
        let log = world.log("app", &run.id, "Next", "Steps").await;
        let error = world.action("app", "Next", "Steps").await["errorDetails"].to_string();
        check(&format!("{format} {} {error}", run.status), &log);
    }
}

const RECIPE: &str = "pipelines:\n  default:\n    - step:\n        script:\n          \
    - test \"$BUILD_DIR\" = \"$BITBUCKET_CLONE_DIR\"\n          \
    - test -f \"$BUILD_DIR/ci/steps.yml\"\n          \
    - echo from $BITBUCKET_GIT_HTTP_ORIGIN\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_recipe_behind_a_link_is_followed_and_knows_where_it_is() {
    let keep = |clone: &Clone| {
        fs::create_dir_all(clone.path("ci")).expect("a folder");
        fs::write(clone.path("ci/steps.yml"), RECIPE).expect("a file");
        symlink("steps.yml", clone.path("ci/all.yml")).expect("a link");
        symlink("ci/all.yml", clone.path("bitbucket-pipelines.yml")).expect("a link");
    };
    let check = |ended: &str, log: &[String]| {
        assert!(ended.contains("Succeeded"), "{ended} {log:#?}");
        let origin = log.iter().find(|line| line.starts_with("from http://"));
        assert!(origin.is_some_and(|line| line.contains("practice/app")), "{ended} {log:#?}");
    };
    follow_recipe(keep, check).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipe_that_is_no_text_or_lies_outside_is_refused_with_its_reason() {
    let broken = |clone: &Clone| {
        fs::write(clone.path("bitbucket-pipelines.yml"), b"pipelines: {}\n# \xff\n")
            .expect("a file")
    };
    let no_text = |ended: &str, _: &[String]| {
        let expect = "it is not UTF-8 text (byte 17); save it as UTF-8";
        assert!(ended.contains("ConfigurationError") && ended.contains(expect), "{ended}");
    };
    follow_recipe(broken, no_text).await;
    let outside = |clone: &Clone| {
        symlink("../steps.yml", clone.path("bitbucket-pipelines.yml")).expect("a link");
    };
    let leads_out = |ended: &str, _: &[String]| {
        let expect = "it is a link that leads out of the repository, to ../steps.yml";
        assert!(ended.contains("ConfigurationError") && ended.contains(expect), "{ended}");
    };
    follow_recipe(outside, leads_out).await;
}
