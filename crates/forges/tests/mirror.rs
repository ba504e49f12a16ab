//! Fetching into mirrors: over smart HTTP with a token, by path, twice, and what is refused.

use domain::forge_event::{ChangedFiles, CommitInfo, FilesUnknown, GitRef, Since};
use domain::{ArtifactRef, CommitSha, ConnectionArn, Digest, Secret, Timestamp};
use egress::{AllowedAddress, Guard};
use forges::git::{self, GitError, Remote};
use forges::mirror::{Export, Fetched, WorkingCopy};
use forges::{Mirror, Mirrors};
use practice_forge::{Config, NewCommit, NewPullRequest, PracticeForge};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::path::Path;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const NAME: &str = "ada/engine";

struct Place {
    forge: PracticeForge,
    first: CommitSha,
    folder: tempfile::TempDir,
}

async fn start() -> Place {
    let forge = PracticeForge::start(Config::default()).await.expect("a forge");
    let files = [("README.md", "An engine.\n"), ("src/wheel.txt", "round\n")];
    let first = forge.create_repository(NAME, &files).await.expect("a repository");
    Place { forge, first, folder: tempfile::tempdir().expect("a folder") }
}

impl Place {
    fn mirror(&self) -> Mirror {
        let mirrors = Mirrors::new(self.folder.path().join("mirrors"));
        mirrors.of(&ConnectionArn::new("arn:aws:codeconnections:x"), "1")
    }

    async fn remote(&self, token: &Secret) -> Remote {
        let guard = Guard::new(vec![AllowedAddress::any_port(IpAddr::from([127, 0, 0, 1]))]);
        let url = self.forge.base_url().join(&format!("{NAME}.git")).expect("a URL");
        let authorization = git::basic_authorization("x-access-token", token);
        Remote::http(&guard, &url, Some(authorization)).await.expect("a remote")
    }
}

/// Objects in a mirror, loose and packed.
fn objects(folder: &Path) -> u32 {
    let mut command = std::process::Command::new("git");
    let output = command.arg("--git-dir").arg(folder).args(["count-objects", "-v"]).output();
    let text = String::from_utf8(output.expect("git").stdout).expect("text");
    let number = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).expect(name);
        line.trim().parse::<u32>().expect("a number")
    };
    number("count:") + number("in-pack:")
}

fn only_folder(folder: &Path) -> std::path::PathBuf {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries.flatten().next().expect("a mirror").path()
}

#[tokio::test]
async fn a_second_fetch_moves_only_what_is_new() {
    let place = start().await;
    let (mirror, token) = (place.mirror(), place.forge.personal_token());
    let remote = place.remote(&token).await;
    assert!(!mirror.holds(&place.first));
    assert_eq!(mirror.fetch(&remote, &place.first).await.expect("a fetch"), Fetched::Moved);
    assert!(mirror.holds(&place.first));
    let folder = only_folder(&place.folder.path().join("mirrors"));
    let before = objects(&folder);

    // Without a token: nothing is asked of the forge for a commit that is here.
    place.forge.revoke_tokens();
    assert_eq!(mirror.fetch(&remote, &place.first).await.expect("no fetch"), Fetched::AlreadyHeld);

    let new =
        NewCommit { branch: "main", message: "Turn", files: &[("src/wheel.txt", "rounder\n")] };
    let second = place.forge.push_commit(NAME, new).await.expect("a push");
    let remote = place.remote(&place.forge.personal_token()).await;
    assert_eq!(mirror.fetch(&remote, &second).await.expect("a fetch"), Fetched::Moved);
    // One commit, two folders, one file.
    assert_eq!(objects(&folder) - before, 4);
}

#[tokio::test]
async fn a_commit_is_exported_whole_and_the_same_each_time() {
    let place = start().await;
    let attributes = "README.md export-ignore\nsrc/wheel.txt export-subst\n";
    let files = [(".gitattributes", attributes), ("src/wheel.txt", "$Format:%H$\n")];
    let new = NewCommit { branch: "main", message: "Attributes\n\nBody.", files: &files };
    let commit = place.forge.push_commit(NAME, new).await.expect("a push");
    let (mirror, local) =
        (place.mirror(), Remote::Local(place.forge.folder(NAME).expect("a folder")));
    mirror.fetch(&local, &commit).await.expect("a fetch");
    let bytes = mirror.export(&commit, Vec::new()).await.expect("an export");
    assert_eq!(bytes, mirror.export(&commit, Vec::new()).await.expect("an export"));
    let has = |text: &[u8]| bytes.windows(text.len()).any(|it| it == text);
    assert!(has(b"README.md") && has(b"src/wheel.txt"));

    let info = mirror.commit_info(&commit).await.expect("a commit");
    assert_eq!((&*info.message, &*info.author_name), ("Attributes\n\nBody.", "Practice User"));
    assert!(info.authored_at.is_some() && info.authored_at == info.committed_at);
}

#[tokio::test]
async fn what_a_commit_was_exported_as_is_remembered_with_its_mirror() {
    let place = start().await;
    let mirror = place.mirror();
    let local = Remote::Local(place.forge.folder(NAME).expect("a folder"));
    mirror.fetch(&local, &place.first).await.expect("a fetch");
    assert_eq!(mirror.exported(&place.first), None);
    let artifact = ArtifactRef { digest: Digest::of(b"zip"), size: 3, store: "local".to_owned() };
    let export = Export { artifact, info: CommitInfo::default() };
    mirror.remember(&place.first, &export).expect("it is written");
    assert_eq!(mirror.exported(&place.first), Some(export.clone()));

    let folder = only_folder(&place.folder.path().join("mirrors"));
    let file = folder.join("towpath-exports-1").join(place.first.as_str());
    std::fs::write(&file, &serde_json::to_vec(&export).expect("JSON")[..20]).expect("a torn file");
    assert_eq!(mirror.exported(&place.first), None);

    let evil = CommitSha::new("../../config");
    mirror.remember(&evil, &export).expect("nothing is written");
    assert_eq!(mirror.exported(&evil), None);
    mirror.remember(&place.first, &export).expect("it is written");
    mirror.remove().await.expect("it goes");
    assert_eq!(mirror.exported(&place.first), None);
}

#[tokio::test]
async fn a_rewritten_branch_does_not_change_what_a_push_built() {
    let place = start().await;
    let new = |message| NewCommit { branch: "main", message, files: &[("a", "1")] };
    let second = place.forge.push_commit(NAME, new("Second")).await.expect("a push");
    let back = format!("{}:refs/heads/main", place.first);
    place.forge.push_ref(NAME, &back).await.expect("a forced push");
    let remote = place.remote(&place.forge.personal_token()).await;
    let mirror = place.mirror();
    assert_eq!(mirror.fetch(&remote, &second).await.expect("by its hash"), Fetched::Moved);

    let gone = CommitSha::new("1234567890".repeat(4));
    let refused = mirror.fetch(&remote, &gone).await;
    assert!(matches!(refused, Err(GitError::CommitUnreachable)), "{refused:?}");
    assert!(!mirror.holds(&gone));
}

#[tokio::test]
async fn a_tags_own_object_leads_to_its_commit() {
    let place = start().await;
    place.forge.push_tag(NAME, "v1", &place.first, Some("One")).await.expect("a tag");
    let remote = place.remote(&place.forge.personal_token()).await;
    let tag = git::resolve(&remote, &GitRef::tag("v1")).await.expect("an answer").expect("v1");
    let mirror = place.mirror();
    mirror.fetch(&remote, &tag.after).await.expect("fetched");
    assert_eq!(mirror.commit_of(&tag.after).await.expect("a commit"), place.first);
    mirror.fetch(&remote, &place.first).await.expect("fetched");
    assert_eq!(mirror.commit_of(&place.first).await.expect("itself"), place.first);
}

#[tokio::test]
async fn a_ref_is_resolved_to_its_commit() {
    let place = start().await;
    place.forge.push_tag(NAME, "v1", &place.first, Some("One")).await.expect("a tag");
    let remote = place.remote(&place.forge.personal_token()).await;
    let main = git::resolve(&remote, &GitRef::branch("main")).await.expect("an answer");
    assert_eq!(main.map(|head| head.commit), Some(place.first.clone()));
    let tag = git::resolve(&remote, &GitRef::tag("v1")).await.expect("an answer").expect("v1");
    assert_eq!(tag.commit, place.first);
    assert_ne!(tag.after, place.first);
    assert_eq!(git::resolve(&remote, &GitRef::branch("none")).await.expect("an answer"), None);
    let evil = git::resolve(&remote, &GitRef::branch("-evil")).await;
    assert!(evil.expect_err("refused").to_string().contains("begins with '-'"));
}

#[tokio::test]
async fn what_a_forge_refuses_is_told_apart() {
    let place = start().await;
    let mirror = place.mirror();
    let remote = place.remote(&Secret::new("wrong")).await;
    let refused = mirror.fetch(&remote, &place.first).await;
    assert!(matches!(refused, Err(GitError::Unauthorised)), "{refused:?}");

    let Remote::Http { mut pinned, .. } = remote else { unreachable!("it is one") };
    pinned.url.set_path("/ada/none.git");
    let token = place.forge.personal_token();
    let authorization = Some(git::basic_authorization("x", &token));
    let remote = Remote::Http { pinned, authorization, authorities: None };
    let missing = mirror.fetch(&remote, &place.first).await;
    assert!(matches!(missing, Err(GitError::NotFound)), "{missing:?}");
}

#[tokio::test]
async fn only_the_one_protocol_is_spoken_and_nothing_is_run() {
    let place = start().await;
    let mirror = place.mirror();
    let marker = place.folder.path().join("ran");
    let evil = [
        format!("ext::sh -c touch% {}", marker.display()),
        "--upload-pack=touch /tmp/x".to_owned(),
        "-oProxyCommand=x".to_owned(),
        "fd::17".to_owned(),
        "relative/path".to_owned(),
    ];
    for text in evil {
        let refused = mirror.fetch(&Remote::Local(text.clone().into()), &place.first).await;
        assert!(matches!(refused, Err(GitError::NotAbsolute(_))), "{text}: {refused:?}");
    }
    let tricky = CommitSha::new("--upload-pack=touch");
    let local = Remote::Local(place.forge.folder(NAME).expect("a folder"));
    assert!(matches!(mirror.fetch(&local, &tricky).await, Err(GitError::NotACommit(_))));
    assert!(!marker.exists());
}

#[tokio::test]
async fn a_damaged_mirror_is_thrown_away_and_made_again() {
    let place = start().await;
    let mirror = place.mirror();
    let local = Remote::Local(place.forge.folder(NAME).expect("a folder"));
    mirror.fetch(&local, &place.first).await.expect("a fetch");
    let folder = only_folder(&place.folder.path().join("mirrors"));
    std::fs::remove_dir_all(folder.join("objects")).expect("damage");
    std::fs::create_dir_all(folder.join("objects/pack")).expect("a folder");
    let broken = mirror.export(&place.first, Vec::new()).await;
    assert!(matches!(broken, Err(GitError::Damaged)), "{broken:?}");
    assert!(!mirror.holds(&place.first));
    mirror.fetch(&local, &place.first).await.expect("a new mirror");
    mirror.export(&place.first, Vec::new()).await.expect("an export");
}

#[tokio::test]
async fn the_sweep_removes_only_what_is_unused() {
    let place = start().await;
    let mirrors = Mirrors::new(place.folder.path().join("mirrors"));
    let mirror = mirrors.of(&ConnectionArn::new("arn:aws:codeconnections:x"), "1");
    let local = Remote::Local(place.forge.folder(NAME).expect("a folder"));
    mirror.fetch(&local, &place.first).await.expect("a fetch");
    assert_eq!(mirrors.sweep(Timestamp(0)).await.expect("a sweep"), 0);
    assert!(mirror.holds(&place.first));
    assert_eq!(mirrors.sweep(Timestamp(i64::MAX)).await.expect("a sweep"), 1);
    assert!(!mirror.holds(&place.first));
}

#[tokio::test]
async fn git_connects_to_the_checked_address_whatever_the_name_says() {
    let place = start().await;
    let token = place.forge.personal_token();
    let Remote::Http { pinned, authorization, authorities } = place.remote(&token).await else {
        unreachable!("it is one")
    };
    // A name that no resolver knows: only the pin can lead there.
    let port = pinned.addresses[0].port();
    let text = format!("http://forge.invalid:{port}/{NAME}.git");
    let url = egress::Url::parse(&text).expect("a URL");
    let pinned = egress::Pinned { url, ..pinned };
    let remote = Remote::Http { pinned, authorization, authorities };
    assert_eq!(place.mirror().fetch(&remote, &place.first).await.expect("a fetch"), Fetched::Moved);
}

#[tokio::test]
async fn a_redirect_takes_the_credential_nowhere() {
    let place = start().await;
    let elsewhere = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    elsewhere.set_nonblocking(true).expect("no waiting");
    let to = elsewhere.local_addr().expect("an address");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let head = format!("HTTP/1.1 302 Found\r\nLocation: http://{to}/{NAME}.git/info/refs");
            let end = "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            let _ = stream.write_all(format!("{head}{end}").as_bytes()).await;
        }
    });
    let url = egress::Url::parse(&format!("http://{address}/{NAME}.git")).expect("a URL");
    let guard = Guard::new(vec![AllowedAddress::any_port(address.ip())]);
    let secret = git::basic_authorization("x", &Secret::new("t"));
    let remote = Remote::http(&guard, &url, Some(secret)).await.expect("a remote");
    let refused = place.mirror().fetch(&remote, &place.first).await;
    assert!(matches!(refused, Err(GitError::Redirected)), "{refused:?}");
    assert!(elsewhere.accept().is_err(), "somebody called where the redirect leads");
}

/// Writes an object as it is, whatever git thinks of it; gives its hash.
fn write_object(repository: &Path, kind: &str, content: &[u8]) -> String {
    use std::io::Write;
    let mut command = std::process::Command::new("git");
    command.arg("--git-dir").arg(repository);
    command.args(["hash-object", "-w", "--stdin", "--literally", "-t", kind]);
    let pipes = command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = pipes.spawn().expect("git");
    child.stdin.take().expect("a pipe").write_all(content).expect("it reads");
    let output = child.wait_with_output().expect("git ends");
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

fn write_tree(repository: &Path, mode_and_name: &str, entry: &str) -> String {
    let entry = hex::decode(entry).expect("a hash");
    write_object(repository, "tree", &[mode_and_name.as_bytes(), b"\0", &entry].concat())
}

#[tokio::test]
async fn what_old_tools_wrote_wrong_is_built_and_what_leads_out_is_not() {
    let place = start().await;
    let repository = place.forge.folder(NAME).expect("a folder");
    let (mirror, remote) = (place.mirror(), Remote::Local(repository.clone()));
    let file = write_object(&repository, "blob", b"round\n");
    let plain = write_tree(&repository, "100644 wheel.txt", &file);
    let padded = write_tree(&repository, "040000 src", &plain);
    let dot_git = write_tree(&repository, "100644 .git", &file);
    let ada = "Ada <ada@forge.example> 1400000000 +0000";
    let rows = [
        (&padded, ada, true),
        (&plain, "Ada <ada@forge.example> 1400000000 +051800", true),
        (&plain, "Ada<ada@forge.example> 1400000000 +0000", true),
        (&plain, "Ada <ada@forge.example> <ada> 1400000000 +0000", true),
        (&plain, "Ada 1400000000 +0000", true),
        (&dot_git, ada, false),
    ];
    for (tree, author, expect) in rows {
        let text = format!("tree {tree}\nauthor {author}\ncommitter {ada}\n\nTurn\n");
        let commit = CommitSha::new(write_object(&repository, "commit", text.as_bytes()));
        let fetched = mirror.fetch(&remote, &commit).await;
        assert_eq!(fetched.is_ok(), expect, "{author}: {fetched:?}");
        if expect {
            mirror.export(&commit, Vec::new()).await.expect("an archive");
            mirror.commit_info(&commit).await.expect("what it says");
        }
    }
}

fn known(names: &[&str]) -> ChangedFiles {
    ChangedFiles::Known(names.iter().map(|name| (*name).to_owned()).collect())
}

impl Place {
    async fn push(&self, branch: &str, file: &str) -> CommitSha {
        let new = NewCommit { branch, message: "Turn", files: &[(file, branch)] };
        self.forge.push_commit(NAME, new).await.expect("a push")
    }

    async fn changed(&self, commit: &CommitSha, since: Since) -> ChangedFiles {
        let remote = self.remote(&self.forge.personal_token()).await;
        self.mirror().changed_files(&remote, commit, &since).await.expect("git says")
    }
}

#[tokio::test]
async fn changed_files_are_what_git_says_whatever_they_are_called() {
    let place = start().await;
    let hostile = ["-x", "a\nb", "\"q\"\t.md", "\u{e4}/b c", "src/wheel.txt"];
    let files = hostile.map(|name| (name, "new"));
    let new = NewCommit { branch: "main", message: "Turn", files: &files };
    let second = place.forge.push_commit(NAME, new).await.expect("a push");
    let ChangedFiles::Known(mut said) =
        place.changed(&second, Since::Commit(place.first.clone())).await
    else {
        panic!("they are known");
    };
    let mut expect = hostile.map(str::to_owned);
    said.sort();
    expect.sort();
    assert_eq!(said, expect);
    // The default branch left nothing: all that is in it is new.
    let since = Since::DefaultBranch { branch: "main".to_owned() };
    assert_eq!(place.changed(&place.first, since).await, known(&["README.md", "src/wheel.txt"]));
    let before = CommitSha::new("d".repeat(40));
    let gone = ChangedFiles::Unknown(FilesUnknown::BeforeGone { before: before.clone() });
    assert_eq!(place.changed(&second, Since::Commit(before)).await, gone);
}

#[tokio::test]
async fn a_new_branch_and_a_pull_request_are_compared_with_where_they_left() {
    let place = start().await;
    let feature = place.push("feature", "src/new.txt").await;
    place.push("main", "elsewhere.txt").await;
    let created = Since::DefaultBranch { branch: "feature".to_owned() };
    assert_eq!(place.changed(&feature, created).await, known(&["src/new.txt"]));
    let target = |branch: &str| Since::Target { branch: branch.to_owned() };
    assert_eq!(place.changed(&feature, target("main")).await, known(&["src/new.txt"]));
    let branch = "gone".to_owned();
    let gone = ChangedFiles::Unknown(FilesUnknown::BranchGone { branch });
    assert_eq!(place.changed(&feature, target("gone")).await, gone);

    let request = NewPullRequest {
        repository: NAME,
        target: "main",
        source_repository: NAME,
        source: "feature",
        title: "Turn",
    };
    let number = place.forge.open_pull_request(request).await.expect("it is opened");
    place.forge.merge_pull_request(NAME, number).await.expect("it is merged");
    place.push("main", "later.txt").await;
    assert_eq!(place.changed(&feature, target("main")).await, known(&["src/new.txt"]));
    // A merge that only moved the branch on leaves no trace of where it was before.
    let next = place.push("next", "next.txt").await;
    place.forge.push_ref(NAME, &format!("{next}:refs/heads/main")).await.expect("a push");
    let branch = "main".to_owned();
    let already = ChangedFiles::Unknown(FilesUnknown::AlreadyIn { branch });
    assert_eq!(place.changed(&next, target("main")).await, already);
}

/// What git says in a working copy, with this machine's own settings left out.
fn said(folder: &Path, arguments: &[&str]) -> String {
    let mut command = std::process::Command::new("git");
    command.envs([("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_CONFIG_GLOBAL", "/dev/null")]);
    let output = command.arg("-C").arg(folder).args(arguments).output().expect("git");
    let both = [output.stdout, output.stderr].concat();
    String::from_utf8(both).expect("text").trim_end().to_owned()
}

#[tokio::test]
async fn a_working_copy_has_history_and_the_tags_of_now_and_no_token() {
    let place = start().await;
    let push = async |text| {
        let new = NewCommit { branch: "main", message: text, files: &[("src/wheel.txt", text)] };
        place.forge.push_commit(NAME, new).await.expect("a push")
    };
    place.forge.push_tag(NAME, "v1", &place.first, Some("One")).await.expect("a tag");
    let second = push("second").await;
    place.forge.push_tag(NAME, "moves", &second, None).await.expect("a tag");
    let third = push("third").await;
    let remote = place.remote(&place.forge.personal_token()).await;
    let (mirror, branch) = (place.mirror(), GitRef::branch("main"));
    mirror.fetch_with_tags(&remote, &third).await.expect("a fetch");
    place.forge.push_ref(NAME, &format!("+{third}:refs/tags/moves")).await.expect("it moves");
    mirror.fetch_with_tags(&remote, &third).await.expect("a fetch");

    let origin = "https://forge.example/ada/engine.git";
    let copy = |depth| WorkingCopy { commit: &third, git_ref: Some(&branch), origin, depth };
    let whole = place.folder.path().join("whole");
    mirror.copy_into(&copy(None), &whole).await.expect("a copy");
    assert_eq!(said(&whole, &["log", "--format=%s"]), "third\nsecond\nFirst commit");
    assert_eq!(said(&whole, &["describe"]), format!("v1-2-g{}", &third.as_str()[..7]));
    assert_eq!(said(&whole, &["tag", "--points-at", "HEAD"]), "moves");
    assert_eq!(said(&whole, &["status", "--short", "--branch"]), "## main...origin/main");
    assert_eq!(said(&whole, &["remote", "-v"]).lines().count(), 2);
    assert_eq!(said(&whole, &["fsck", "--strict"]), "");
    let config = std::fs::read_to_string(whole.join(".git/config")).expect("a config");
    assert!(
        config.contains(origin) && !config.to_lowercase().contains("authorization"),
        "{config}"
    );

    let shallow = place.folder.path().join("shallow");
    mirror.copy_into(&copy(NonZeroU32::new(2)), &shallow).await.expect("a copy");
    assert_eq!(said(&shallow, &["log", "--format=%s"]), "third\nsecond");
    assert_eq!(said(&shallow, &["rev-parse", "--is-shallow-repository"]), "true");

    let tag = GitRef::tag("v1");
    let tagged = WorkingCopy { commit: &third, git_ref: Some(&tag), origin, depth: None };
    let detached = place.folder.path().join("detached");
    mirror.copy_into(&tagged, &detached).await.expect("a copy");
    assert_eq!(said(&detached, &["status", "--short", "--branch"]), "## HEAD (no branch)");
    assert_eq!(said(&detached, &["rev-parse", "HEAD"]), third.as_str());
}

#[tokio::test]
async fn a_shallow_mirror_fetches_no_more_than_it_is_told() {
    let place = start().await;
    for text in ["second", "third"] {
        let new = NewCommit { branch: "main", message: text, files: &[("src/wheel.txt", text)] };
        place.forge.push_commit(NAME, new).await.expect("a push");
    }
    let remote = place.remote(&place.forge.personal_token()).await;
    let head = git::resolve(&remote, &GitRef::branch("main")).await.expect("an answer");
    let head = head.expect("it is there").commit;
    let mirrors = Mirrors::new(place.folder.path().join("mirrors"));
    let connection = ConnectionArn::new("arn:aws:codeconnections:x");
    let mirror = mirrors.of_depth(&connection, "1", NonZeroU32::new(1));
    mirror.fetch(&remote, &head).await.expect("a fetch");
    // One commit, two folders, two files.
    assert_eq!(objects(&only_folder(&place.folder.path().join("mirrors"))), 5);
    assert!(!mirrors.of(&connection, "1").holds(&head), "the whole history has its own mirror");
    mirror.export(&head, Vec::new()).await.expect("its files are there");
}
