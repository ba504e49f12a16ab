//! The guard that takes archives apart, against archives that want out.
//!
//! Each hostile archive is made here, byte by byte where a well-behaved writer would refuse to; after
//! each, the world beside the folder is as it was.

use blobs::archive::{ArchiveError, Owner, extract, pack};
use blobs::limits::ArchiveLimits;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

/// One entry as a hostile writer would write it: nothing about it is checked.
#[derive(Clone)]
struct Entry {
    name: Vec<u8>,
    mode: u32,
    content: Vec<u8>,
    /// What the headers say instead of the truth.
    declared: Option<u32>,
    flags: u16,
    method: u16,
    /// Where its local header is said to lie, if not where it is.
    offset: Option<u32>,
}

const FILE: u32 = 0o100_644;
const FOLDER: u32 = 0o040_755;
const LINK: u32 = 0o120_777;

fn entry(name: impl AsRef<[u8]>, mode: u32, content: impl AsRef<[u8]>) -> Entry {
    let (name, content) = (name.as_ref().to_vec(), content.as_ref().to_vec());
    Entry { name, mode, content, declared: None, flags: 0, method: 0, offset: None }
}

fn file(name: impl AsRef<[u8]>) -> Entry {
    entry(name, FILE, "x")
}

fn link(name: &str, target: &str) -> Entry {
    entry(name, LINK, target)
}

/// A zip file of these entries, stored, by the letter of PKWARE's APPNOTE 4.3.
fn zip(entries: &[Entry]) -> Vec<u8> {
    let (mut out, mut central) = (Vec::new(), Vec::new());
    for entry in entries {
        let offset = entry.offset.unwrap_or(out.len() as u32);
        let (stored, size) = (entry.content.len() as u32, entry.content.len() as u32);
        let size = entry.declared.unwrap_or(size);
        let mut shared = Vec::new();
        for number in [20, entry.flags, entry.method, 0, 0x21] {
            shared.extend(u16::to_le_bytes(number));
        }
        for number in [crc32(&entry.content), stored, size] {
            shared.extend(u32::to_le_bytes(number));
        }
        shared.extend((entry.name.len() as u16).to_le_bytes());
        shared.extend([0, 0]);
        if entry.offset.is_none() {
            out.extend(b"PK\x03\x04");
            out.extend(&shared);
            out.extend(&entry.name);
            out.extend(&entry.content);
        }
        central.extend(b"PK\x01\x02\x14\x03");
        central.extend(&shared);
        central.extend([0; 6]);
        central.extend((entry.mode << 16).to_le_bytes());
        central.extend(offset.to_le_bytes());
        central.extend(&entry.name);
    }
    let (start, size, count) = (out.len() as u32, central.len() as u32, entries.len() as u16);
    out.extend(central);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    out.extend([size.to_le_bytes(), start.to_le_bytes()].concat());
    out.extend([0, 0]);
    out
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 * (sum & 1)))
    })
}

/// A folder with a secret beside the one that archives are unpacked into.
struct World {
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("into")).unwrap();
        fs::write(folder.path().join("secret"), "untouched").unwrap();
        fs::create_dir(folder.path().join("other")).unwrap();
        Self { folder }
    }

    fn target(&self) -> PathBuf {
        self.folder.path().join("into")
    }

    fn unpack(&self, bytes: &[u8], limits: &ArchiveLimits) -> Result<usize, ArchiveError> {
        let path = self.folder.path().join("archive.zip");
        fs::write(&path, bytes).unwrap();
        let out = extract(File::open(&path).unwrap(), &self.target(), None, limits);
        fs::remove_file(path).unwrap();
        Ok(out?.entries)
    }

    fn assert_nothing_escaped(&self, case: &str) {
        let mut names: Vec<_> = fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["into", "other", "secret"], "{case}");
        assert_eq!(fs::read(self.folder.path().join("secret")).unwrap(), b"untouched", "{case}");
        assert_eq!(fs::read_dir(self.folder.path().join("other")).unwrap().count(), 0, "{case}");
    }
}

fn hostile() -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    let mut add = |case: String, entries: &[Entry]| all.push((case, zip(entries)));
    for name in [
        "..",
        "../x",
        "../secret",
        "a/../../secret",
        "a/..",
        "a/../b",
        "./a",
        "a/./b",
        ".",
        "/x",
        "/etc/passwd",
        "//x",
        "a//b",
        "///",
        "/",
        "",
        "a\0b",
        "\0",
        "../",
        "a/../",
        "/a/",
        "../../../../../../../../../../tmp/towpath-escape",
        "a/b/../../../c",
        "..//x",
    ] {
        let mode = if name.ends_with('/') { FOLDER } else { FILE };
        add(format!("name {name:?}"), &[entry(name, mode, if mode == FILE { "x" } else { "" })]);
    }
    add("file below a link".into(), &[link("d", "."), file("d/x")]);
    add("file below a link that comes later".into(), &[file("d/x"), link("d", ".")]);
    add("file over a link".into(), &[link("l", "x"), file("l")]);
    add("folder over a link".into(), &[link("l", "x"), entry("l/", FOLDER, "")]);
    for (what, mode) in [
        ("set-user-id", 0o104_755),
        ("set-group-id", 0o102_755),
        ("both", 0o106_755),
        ("set-group-id folder", 0o042_755),
        ("character device", 0o020_666),
        ("block device", 0o060_666),
        ("pipe", 0o010_644),
        ("socket", 0o140_755),
        ("unknown kind", 0o170_644),
    ] {
        let name = if mode & 0o170_000 == 0o040_000 { "d/" } else { "f" };
        add(what.into(), &[entry(name, mode, "")]);
    }
    add("folder's mode on a file's name".into(), &[entry("d", FOLDER, "")]);
    add("file's mode on a folder's name".into(), &[entry("f/", FILE, "x")]);
    add("link's mode on a folder's name".into(), &[entry("l/", LINK, "x")]);
    add("one name twice".into(), &[file("a"), file("a")]);
    add("file and folder of one name".into(), &[file("a"), entry("a/", FOLDER, "")]);
    add("file below a file".into(), &[file("a"), file("a/b")]);
    add("encrypted".into(), &[Entry { flags: 1, ..file("a") }]);
    add("unknown method".into(), &[Entry { method: 99, ..file("a") }]);
    add("method without an inflater".into(), &[Entry { method: 12, ..file("a") }]);
    add("local header elsewhere".into(), &[file("a"), Entry { offset: Some(7), ..file("b") }]);
    add("local header behind the end".into(), &[Entry { offset: Some(1 << 30), ..file("b") }]);
    add(
        "more entries than may be".into(),
        &(0..1001).map(|number| file(number.to_string())).collect::<Vec<_>>(),
    );
    add("more bytes than may be".into(), &[entry("a", FILE, vec![7; 2_000_001])]);
    let parts: Vec<_> = (0..5).map(|n| entry(n.to_string(), FILE, vec![7; 500_000])).collect();
    add("more bytes than may be, in parts".into(), &parts);
    let lie = Entry { declared: Some(u32::MAX - 1), ..file("a") };
    add("declares four gigabytes".into(), &[lie]);
    all.push(("no zip at all".into(), b"hello".to_vec()));
    all.push(("nothing".into(), Vec::new()));
    let good = zip(&[file("a"), file("b")]);
    all.push(("cut short".into(), good[..good.len() - 5].to_vec()));
    let mut flipped = good.clone();
    flipped[31] ^= 1;
    all.push(("content that is not what its checksum says".into(), flipped));
    all.push(("bomb".into(), bomb()));
    all
}

/// Three million zeros in three kilobytes.
fn bomb() -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("zeros", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(&vec![0; 1_900_000]).unwrap();
    zip.finish().unwrap().into_inner()
}

fn small() -> ArchiveLimits {
    ArchiveLimits {
        entries_max: 1000,
        bytes_max: 2_000_000,
        ratio_from_bytes: 1_000_000,
        ..ArchiveLimits::default()
    }
}

#[test]
fn no_hostile_archive_is_taken_and_none_leaves_a_trace_outside() {
    let corpus = hostile();
    assert!(corpus.len() >= 55, "only {} hostile archives", corpus.len());
    let mut taken = Vec::new();
    for (case, bytes) in &corpus {
        let world = World::new();
        match world.unpack(bytes, &small()) {
            Ok(entries) => taken.push(format!("{case}: {entries} entries were taken")),
            Err(ArchiveError::Io(error)) => {
                taken.push(format!("{case}: reached the disk: {error}"))
            }
            Err(_) => world.assert_nothing_escaped(case),
        }
    }
    assert_eq!(taken, Vec::<String>::new());
    println!("{} hostile archives refused", corpus.len());
}

#[test]
fn an_honest_archive_is_unpacked_with_its_modes_and_its_links() {
    let world = World::new();
    let entries = [
        entry("bin/", FOLDER, ""),
        entry("bin/run", 0o100_755, "#!/bin/sh\n"),
        entry("src/deep/er/x.txt", FILE, "text"),
        entry("empty/", FOLDER, ""),
        link("run", "bin/run"),
        link("src/up", "../bin"),
        entry("no-mode", 0, "dos"),
        entry("ünï\u{2028}cödé ..x", FILE, ""),
    ];
    assert_eq!(world.unpack(&zip(&entries), &small()).unwrap(), 8);
    let mode = |name: &str| fs::metadata(world.target().join(name)).unwrap().mode() & 0o7777;
    assert_eq!((mode("bin/run"), mode("src/deep/er/x.txt")), (0o755, 0o644));
    assert_eq!(fs::read_to_string(world.target().join("run")).unwrap(), "#!/bin/sh\n");
    assert_eq!(fs::read_to_string(world.target().join("src/up/run")).unwrap(), "#!/bin/sh\n");
    assert!(world.target().join("empty").is_dir());
}

/// What an honest tree may have and nobody gets here: names that no file of Linux has or that lead out
/// of a folder where people unpack, and links that lead out of the tree.
fn odd() -> Vec<Entry> {
    let long = "x".repeat(256);
    let deep = "d/".repeat(70) + "f";
    let huge = "n/".repeat(1500) + "f";
    let mut all: Vec<Entry> =
        ["..\\x", "a\\..\\b", "\\x", "\\\\host\\share\\x", "C:\\x", "c:/x", &long, &deep, &huge]
            .map(file)
            .into();
    all.push(file(b"a\xff\xfe"));
    all.push(file(b"a/\xc0\xae\xc0\xae/b"));
    let long = "x".repeat(2000);
    let targets = [
        "/etc/passwd",
        "/",
        "..",
        "../secret",
        "../../x",
        "a/../../secret",
        "./../secret",
        "b/..",
        "",
        "\0",
        "..\\secret",
        &long,
    ];
    all.extend(targets.map(|target| link("l", target)));
    all.push(link("d/l", "../../secret"));
    all.push(link("d/e/l", "../../../secret"));
    all
}

#[test]
fn what_leads_out_is_left_out_by_name_and_the_rest_is_there() {
    let all = odd();
    for odd in &all {
        let (world, case) = (World::new(), String::from_utf8_lossy(&odd.name).into_owned());
        let archive = world.folder.path().join("archive.zip");
        fs::write(&archive, zip(&[file("before"), odd.clone(), file("z/after")])).unwrap();
        let out = extract(File::open(&archive).unwrap(), &world.target(), None, &small()).unwrap();
        fs::remove_file(archive).unwrap();
        assert_eq!((out.entries, out.left_out.count()), (2, 1), "{case}: {}", out.left_out);
        world.assert_nothing_escaped(&case);
        let found = fs::read_dir(world.target()).unwrap();
        let mut found: Vec<_> = found.map(|entry| entry.unwrap().file_name()).collect();
        found.sort();
        assert_eq!(found, ["before", "z"], "{case}");
    }
    println!("{} odd entries left out", all.len());
}

#[test]
fn names_that_are_only_unusual_are_files_like_others() {
    let world = World::new();
    let names =
        ["a\\b", "Icon\r", "a\nb", "a\tb", "a\x1b[31mb", "a/\u{85}b", "B::Deparse.3pm", "Readme"];
    let mut entries: Vec<_> = names.map(file).into();
    entries.extend([file("README"), file("D/a"), file("d/b"), link("l", "a\\b")]);
    assert_eq!(world.unpack(&zip(&entries), &small()).unwrap(), entries.len());
    for name in names {
        assert_eq!(fs::read(world.target().join(name)).unwrap(), b"x", "{name:?}");
    }
}

#[test]
fn files_are_given_to_the_owner_that_was_named() {
    let world = World::new();
    let owner = Owner { uid: 234_567, gid: 234_567 };
    let path = world.folder.path().join("archive.zip");
    fs::write(&path, zip(&[file("d/a")])).unwrap();
    let out = extract(File::open(&path).unwrap(), &world.target(), Some(owner), &small());
    if !rustix::process::geteuid().is_root() {
        return println!("skipped: only root may give files away");
    }
    out.unwrap();
    for path in ["d", "d/a"] {
        assert_eq!(fs::metadata(world.target().join(path)).unwrap().uid(), owner.uid, "{path}");
    }
}

fn make_tree(root: &Path) {
    fs::create_dir_all(root.join("dist/js")).unwrap();
    fs::write(root.join("dist/js/a.js"), "a").unwrap();
    fs::write(root.join("dist/run"), "b").unwrap();
    fs::set_permissions(root.join("dist/run"), fs::Permissions::from_mode(0o4700)).unwrap();
    fs::write(root.join("other"), "c").unwrap();
    symlink("js/a.js", root.join("dist/in")).unwrap();
    symlink("/etc/passwd", root.join("dist/out")).unwrap();
    symlink("../../secret", root.join("dist/up")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, root.join("dist/pipe"), 0o644.into()).unwrap();
}

#[test]
fn a_tree_is_packed_the_same_twice_without_following_anything_and_unpacks_again() {
    let world = World::new();
    let store = blobs::Blobs::open(&world.folder.path().join("other")).unwrap();
    let keep = |tree: &Path| {
        fs::create_dir(tree).unwrap();
        make_tree(tree);
        let mut draft = store.draft().unwrap();
        let packed = pack(tree, &["dist".to_owned()], &small(), &mut draft).unwrap();
        (packed, store.keep(draft).unwrap())
    };
    let (packed, artifact) = keep(&world.folder.path().join("one"));
    assert_eq!((packed.entries, packed.left_out.count()), (3, 3), "{}", packed.left_out);
    assert_eq!(keep(&world.folder.path().join("two")), (packed, artifact.clone()));

    let archive = store.open_checked(&artifact).unwrap();
    extract(archive, &world.target(), None, &small()).unwrap();
    assert_eq!(fs::read_to_string(world.target().join("dist/in")).unwrap(), "a");
    let mode = fs::metadata(world.target().join("dist/run")).unwrap().mode();
    assert_eq!(mode & 0o7777, 0o755, "executable, and no longer set-user-id");
    assert!(!world.target().join("other").exists());
}

#[test]
fn a_pattern_that_names_nothing_is_said() {
    let world = World::new();
    let store = blobs::Blobs::open(&world.folder.path().join("other")).unwrap();
    let mut draft = store.draft().unwrap();
    let refused = pack(&world.target(), &["dist/**".to_owned()], &small(), &mut draft);
    assert_eq!(refused.unwrap_err().to_string(), "no file matches dist/**");
    assert!(pack(&world.target(), &[], &small(), &mut store.draft().unwrap()).is_ok());
}
