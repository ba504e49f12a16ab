//! What belongs to a commit beside its own files: submodules, and what git LFS keeps; as files and in
//! a clone, and what nobody is led to by it.

use domain::CommitSha;
use domain::connection::ProviderType;
use practice_forge::{Access, Fault, Trouble};
use serde_json::{Value, json};
use testkit::declarations::{action, app, commands};
use testkit::{REPOSITORY, Scene, World};
use wire::Service::CodePipeline;

use crate::clones::{cloned, printed, set};

at_each_forge! {
    a_source_brings_submodules_and_large_files
}

/// The content of the file that LFS keeps.
const LARGE: &str = "a large wheel\n";

/// Where `practice/lib` lies in the source.
const LIB: &str = "vendor/lib";

/// A `.gitmodules` of one submodule.
fn gitmodules(path: &str, url: &str) -> String {
    format!("[submodule \"lib\"]\n\tpath = {path}\n\turl = {url}\n")
}

/// A repository with one file.
async fn repository(world: &World, name: &str) -> CommitSha {
    let made = world.forge.create_repository(name, &[("lib.txt", "turn\n")]).await;
    made.expect("a repository")
}

/// `practice/lib` in the source, by this `.gitmodules`.
async fn with_lib(world: &World, gitmodules: &str) {
    let lib = repository(world, "practice/lib").await;
    world.commit("main", &[(".gitmodules", gitmodules)]).await;
    link(world, REPOSITORY, LIB, &lib).await;
}

async fn link(world: &World, name: &str, path: &str, commit: &CommitSha) -> CommitSha {
    world.forge.link(name, "main", (path, commit)).await.expect("a commit")
}

/// A file that LFS keeps in the source, called `large.bin`; gives its hash.
async fn with_large_file(world: &World) -> String {
    let pointer = world.forge.keep_large_file(REPOSITORY, LARGE.as_bytes()).expect("it is kept");
    let attributes = "*.bin filter=lfs diff=lfs merge=lfs -text\n";
    world.commit("main", &[("large.bin", &pointer), (".gitattributes", attributes)]).await;
    pointer.lines().nth(1).and_then(|it| it.split(':').nth(1)).expect("a hash").to_owned()
}

/// `app` with everything fetched, as files.
fn whole(connection: &str, lines: &[&str]) -> Value {
    let mut declared = app(connection, commands("Make", lines));
    set(&mut declared, "FetchSubmodules", "true");
    set(&mut declared, "FetchLfs", "true");
    set(&mut declared, "DetectChanges", "false");
    declared
}

async fn run(world: &World) {
    world.begin("app").await;
    world.settle().await;
}

async fn declare(world: &World, declared: &Value) {
    world.must(CodePipeline, "UpdatePipeline", &json!({ "pipeline": declared })).await;
    run(world).await;
}

/// The code and message with which the source of the newest execution failed.
async fn failure(world: &World) -> (String, String) {
    let details = world.action("app", "Source", "Fetch").await["errorDetails"].clone();
    let text = |key: &str| details[key].as_str().unwrap_or_default().to_owned();
    (text("code"), text("message"))
}

/// Runs `app` and holds its source's failure against this.
async fn fails(world: &World, code: &str, expect: &[&str]) {
    run(world).await;
    let said = failure(world).await;
    assert_eq!(said.0, code, "{said:?}");
    for part in expect {
        assert!(said.1.contains(part), "{part}: {}", said.1);
    }
    for secret in ["canary", "x-access-token", "Authorization"] {
        assert!(!said.1.contains(secret), "{}", said.1);
    }
}

async fn a_source_brings_submodules_and_large_files(provider: ProviderType) {
    let world = Scene::default().forge(provider).start().await;
    let connection = world.connect().await;
    with_large_file(&world).await;
    with_lib(&world, &gitmodules(LIB, "../lib.git")).await;
    let files =
        whole(&connection, &["cat vendor/lib/lib.txt large.bin; find . -name .git | wc -l"]);
    world.create(&files).await;
    run(&world).await;
    let said = printed(&world, "Next", "Make").await;
    assert_eq!(said, ["turn", "a large wheel", "0"], "{:?}", failure(&world).await);

    let lines = [
        "cat vendor/lib/lib.txt large.bin",
        "git submodule status | cut -c1 | tr ' ' '='",
        "git -C vendor/lib log --format=%s",
        "cat .git/config vendor/lib/.git/config | grep -c -e @ -e extraHeader || true",
        "git status --short",
    ];
    declare(&world, &cloned(whole(&connection, &lines))).await;
    let said = printed(&world, "Next", "Make").await;
    let expect = ["turn", "a large wheel", "=", "First commit", "0"];
    assert_eq!(said[..expect.len()], expect, "{:?}", failure(&world).await);
    assert_eq!(said.len(), expect.len(), "it is clean: {said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_being_asked_for_a_source_has_neither_submodules_nor_large_files() {
    let world = World::start().await;
    let connection = world.connect().await;
    with_large_file(&world).await;
    with_lib(&world, &gitmodules(LIB, "https://elsewhere.example/x.git")).await;
    let lines = ["ls vendor/lib 2>/dev/null | wc -l; head -c 8 large.bin"];
    let declared = app(&connection, commands("Make", &lines));
    world.create(&declared).await;
    run(&world).await;
    assert_eq!(printed(&world, "Next", "Make").await, ["0", "version "]);
    declare(&world, &cloned(declared)).await;
    assert_eq!(printed(&world, "Next", "Make").await, ["0", "version "]);
}

#[tokio::test(flavor = "multi_thread")]
async fn submodules_in_submodules_come_too_each_by_its_own_relative_url() {
    let world = World::start().await;
    let connection = world.connect().await;
    let inner = repository(&world, "other/inner").await;
    let modules = [(".gitmodules", gitmodules("in", "../../other/inner"))];
    let files = modules.each_ref().map(|(name, text)| (*name, text.as_str()));
    world.forge.create_repository("practice/lib", &files).await.expect("a repository");
    let lib = link(&world, "practice/lib", "in", &inner).await;
    world.commit("main", &[(".gitmodules", &gitmodules(LIB, "./../lib"))]).await;
    link(&world, REPOSITORY, LIB, &lib).await;
    world.create(&whole(&connection, &["cat vendor/lib/in/lib.txt"])).await;
    run(&world).await;
    assert_eq!(printed(&world, "Next", "Make").await, ["turn"], "{:?}", failure(&world).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submodule_that_the_connection_may_not_see_says_who_must_do_what() {
    let world = World::start().await;
    let connection = world.connect().await;
    with_lib(&world, &gitmodules(LIB, "../lib.git")).await;
    world.forge.allow("practice/lib", "practice", Access::None).expect("it is said");
    world.create(&whole(&connection, &["true"])).await;
    let expect =
        ["submodule vendor/lib", "practice/lib", &*connection, "read access", "FetchSubmodules"];
    fails(&world, "PermissionError", &expect).await;
    world.forge.allow("practice/lib", "practice", Access::Read).expect("it is said");
    run(&world).await;
    assert_eq!(world.latest("app").await.status, "Succeeded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_started_by_hand_and_fails_tells_its_commit_so() {
    let world = World::start().await;
    let connection = world.connect().await;
    with_lib(&world, &gitmodules(LIB, "https://elsewhere.example/x.git")).await;
    world.create(&whole(&connection, &["true"])).await;
    run(&world).await;
    assert_eq!(world.latest("app").await.status, "Failed");
    let told: Vec<_> = world.forge.statuses().into_iter().map(|it| it.state).collect();
    assert_eq!(told.last().map(String::as_str), Some("failure"), "{told:?}");
    let (code, said) = failure(&world).await;
    assert!(said.contains(&format!("{connection} speaks for practice")), "{code}: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_gitmodules_is_said_with_its_line() {
    let world = World::start().await;
    let connection = world.connect().await;
    with_lib(&world, &format!("{}[submodule\n", gitmodules(LIB, "../lib"))).await;
    world.create(&whole(&connection, &["true"])).await;
    fails(&world, "ConfigurationError", &[".gitmodules: bad config line 4"]).await;
    for (file, expect) in [
        (gitmodules("elsewhere", "../lib"), "submodule vendor/lib: .gitmodules does not name it"),
        (gitmodules(LIB, ""), "submodule vendor/lib: its URL is none"),
        (gitmodules(LIB, "../gone.git"), "practice/gone"),
        // It would be read as one more file of git's own configuration.
        ("[include]\n\tpath = /etc/passwd\n".to_owned(), ".gitmodules does not name it"),
        (format!("#{}\n", "x".repeat(300_000)), "bytes; 262144 are allowed"),
    ] {
        world.commit("main", &[(".gitmodules", &file)]).await;
        run(&world).await;
        let (code, message) = failure(&world).await;
        assert!(
            message.contains(expect) && !message.contains("root:"),
            "{expect}: {code} {message}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submodule_leads_nowhere_but_to_the_same_forge() {
    let world = World::start().await;
    let connection = world.connect().await;
    with_lib(&world, &gitmodules(LIB, "../lib")).await;
    world.create(&whole(&connection, &["true"])).await;
    let port = world.forge.base_url().port().expect("a port");
    for url in [
        "https://elsewhere.example/practice/lib.git",
        "https://me:canary@elsewhere.example/practice/lib.git",
        "git@elsewhere.example:practice/lib.git",
        "http://169.254.169.254/practice/lib.git",
        "http://2852039166/practice/lib.git",
        "http://127.1/practice/lib.git",
        "http://[::1]/practice/lib.git",
        &format!("http://localhost:{port}/practice/lib.git"),
        &format!("git://127.0.0.1:{port}/practice/lib.git"),
        "file:///etc",
        "/etc/passwd",
        "ext::sh -c id",
        "-u./evil",
        "--upload-pack=id",
        "../../../../etc/passwd",
        "../../../../../../etc",
    ] {
        world.commit("main", &[(".gitmodules", &gitmodules(LIB, url))]).await;
        run(&world).await;
        let (code, message) = failure(&world).await;
        // git's own check of what it fetched, or ours.
        let ours = message.contains("submodule vendor/lib")
            && message.contains("only submodules at http://127.0.0.1:");
        assert!(ours || message.contains("gitmodulesUrl"), "{url}: {code} {message}");
        assert!(!message.contains("canary"), "{message}");
        assert_eq!(world.latest("app").await.status, "Failed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_that_comes_as_another_one_is_not_taken() {
    let world = World::start().await;
    let connection = world.connect().await;
    let oid = with_large_file(&world).await;
    world.create(&whole(&connection, &["cat large.bin"])).await;
    let inside = "http://169.254.169.254/".parse().expect("a URL");
    for (fault, expect) in [
        (Fault::Truncated, "7 bytes instead of 14"),
        (Fault::Html, "longer than 14 bytes"),
        (Fault::Status(404), "404"),
        (Fault::Redirect(inside), "169.254.169.254"),
    ] {
        world.forge.trouble(Trouble { fault, path: oid.clone(), times: None });
        fails(&world, "RevisionUnavailable", &["large.bin", &oid, expect]).await;
        world.forge.calm();
    }
    let spoil = |bytes| world.forge.spoil_large_file(REPOSITORY, &oid, bytes).expect("spoilt");
    spoil(Some(b"A LARGE WHEEL\n"));
    fails(&world, "RevisionUnavailable", &["large.bin", "its SHA-256 is another one"]).await;
    spoil(None);
    fails(&world, "RevisionUnavailable", &["large.bin", "404 Object does not exist"]).await;
    spoil(Some(LARGE.as_bytes()));
    world.forge.keep_large_files_at(Some("http://169.254.169.254".parse().expect("a URL")));
    fails(&world, "RevisionUnavailable", &["large.bin", "169.254.169.254", "cloud metadata"]).await;
    world.forge.keep_large_files_at(None);
    for (fault, expect) in
        [(Fault::Html, "its answer is not of this API"), (Fault::Status(403), "credential")]
    {
        world.forge.trouble(Trouble { fault, path: "objects/batch".to_owned(), times: None });
        fails(&world, "RevisionUnavailable", &[expect]).await;
        world.forge.calm();
    }
    let down = Trouble { fault: Fault::Status(503), path: oid.clone(), times: Some(1) };
    world.forge.trouble(down);
    run(&world).await;
    assert_eq!(world.latest("app").await.status, "Succeeded", "{:?}", failure(&world).await);
    assert_eq!(printed(&world, "Next", "Make").await, ["a large wheel"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_at_another_server_is_shown_its_ticket_and_not_our_token() {
    let world = Scene::default().set("allow-address", "127.0.0.1:*").start().await;
    let beside = World::start().await;
    let connection = world.connect().await;
    with_large_file(&world).await;
    with_large_file(&beside).await;
    world.forge.keep_large_files_at(Some(beside.forge.base_url().clone()));
    world.create(&whole(&connection, &["cat large.bin"])).await;
    run(&world).await;
    assert_eq!(
        printed(&world, "Next", "Make").await,
        ["a large wheel"],
        "{:?}",
        failure(&world).await
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_of_bitbuckets_asks_for_large_files_itself() {
    let world = World::start().await;
    let connection = world.connect().await;
    let recipe = "pipelines:\n  default:\n\
        \x20   - step: {script: ['head -c 7 large.bin; echo'], clone: {lfs: true}}\n\
        \x20   - step: {script: ['head -c 7 large.bin; echo']}\n";
    world.commit("main", &[("bitbucket-pipelines.yml", recipe)]).await;
    with_large_file(&world).await;
    let mut steps = action("Steps", "Build", "BitbucketPipelines");
    steps["inputArtifacts"] = json!([{ "name": "Code" }]);
    world.create(&cloned(app(&connection, steps))).await;
    run(&world).await;
    let said = printed(&world, "Next", "Steps").await;
    let said: Vec<_> = said.iter().filter(|line| !line.starts_with("step ")).collect();
    assert_eq!(said, ["a large", "version"], "{:?}", world.statuses("app").await);
}

/// A repository as `git lfs` itself makes it; skipped where that is not installed.
#[tokio::test(flavor = "multi_thread")]
async fn what_git_lfs_pushed_is_what_a_step_gets() {
    let run_git = |folder: &std::path::Path, arguments: &[&str]| {
        let mut command = std::process::Command::new("git");
        command.current_dir(folder).args(["-c", "user.name=Ada", "-c", "user.email=a@b.example"]);
        command.env("HOME", folder).env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_TERMINAL_PROMPT", "0");
        let output = command.args(arguments).output().expect("git");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        output.status.success().then_some(()).ok_or(said)
    };
    let folder = tempfile::tempdir().expect("a folder");
    if run_git(folder.path(), &["lfs", "version"]).is_err() {
        println!("skipped: git lfs is not installed");
        return;
    }
    let world = World::start().await;
    let connection = world.connect().await;
    let mut url = world.forge.clone_url(REPOSITORY).expect("a URL");
    url.set_username("x-access-token").expect("a user");
    url.set_password(Some(world.forge.personal_token().expose())).expect("a password");
    let git = |arguments: &[&str]| {
        run_git(folder.path(), arguments).unwrap_or_else(|said| panic!("{arguments:?}: {said}"));
    };
    git(&["clone", "--quiet", url.as_str(), "app"]);
    let app_folder = folder.path().join("app");
    let content: String = (0..200_000).map(|line| format!("{line}\n")).collect();
    std::fs::write(app_folder.join("numbers.bin"), &content).expect("a file");
    for arguments in [
        &["-C", "app", "lfs", "install", "--local"][..],
        &["-C", "app", "lfs", "track", "*.bin"],
        &["-C", "app", "add", "."],
        &["-C", "app", "commit", "--quiet", "--message", "Numbers"],
        &["-C", "app", "push", "--quiet", "origin", "HEAD:main"],
    ] {
        git(arguments);
    }
    world.create(&cloned(whole(&connection, &["tail -n 1 numbers.bin; git status --short"]))).await;
    run(&world).await;
    assert_eq!(printed(&world, "Next", "Make").await, ["199999"], "{:?}", failure(&world).await);
}
