//! No orphaned test data: each file under a `testdata` folder is named by its room's Rust
//! sources, itself or by a folder that holds it; each snapshot has the test it belongs to.

use std::collections::BTreeMap;
use std::path::Path;

use super::Sources;

/// Files that no test reads.
pub fn check(sources: &Sources) -> Vec<String> {
    let code = code_by_room(sources);
    let orphan = |path: &str| {
        let code = code.get(room(path)).map_or("", String::as_str);
        path.contains("/testdata/") && !readings(path).any(|reading| code.contains(reading))
    };
    let data = sources
        .all()
        .filter(|(path, _)| orphan(path))
        .map(|(path, _)| format!("{path}: no test reads it"));
    data.chain(sources.all().filter_map(|(path, text)| stray_snapshot(sources, path, text)))
        .collect()
}

/// The ways in which a source may name a file: by its name, its stem, or a folder above it.
fn readings(path: &str) -> impl Iterator<Item = &str> {
    let parts = Path::new(path).iter().skip_while(|part| *part != "testdata");
    let stem = Path::new(path).file_stem();
    parts.chain(stem).filter_map(|part| part.to_str()).filter(|part| !part.is_empty())
}

fn stray_snapshot(sources: &Sources, path: &str, text: &str) -> Option<String> {
    if path.ends_with(".snap.new") {
        return Some(format!("{path}: a snapshot that nobody accepted"));
    }
    let source = text.lines().find_map(|line| line.strip_prefix("source: "))?;
    let there = sources.rust().any(|(file, _)| file == source.trim_matches('"'));
    (path.ends_with(".snap") && !there).then(|| format!("{path}: its test in {source} is gone"))
}

fn code_by_room(sources: &Sources) -> BTreeMap<&str, String> {
    let mut code: BTreeMap<&str, String> = BTreeMap::new();
    for (path, text) in sources.rust() {
        code.entry(room(path)).or_default().push_str(text);
    }
    code
}

/// The room that a file lies in: two parts under `crates/`, one elsewhere.
fn room(path: &str) -> &str {
    let parts = if path.starts_with("crates/") { 2 } else { 1 };
    let end = path.match_indices('/').nth(parts - 1).map_or(path.len(), |(at, _)| at);
    &path[..end]
}

#[cfg(test)]
mod tests {
    use super::super::Sources;
    use super::check;

    fn found(code: &str, data: &str) -> usize {
        check(&Sources::of(&[("crates/webhooks/src/github.rs", code), (data, "")])).len()
    }

    #[test]
    fn a_file_is_read_by_name_or_by_folder() {
        assert_eq!(found(r#"read("push.json")"#, "crates/webhooks/testdata/github/push.json"), 0);
        assert_eq!(found(r#"every("testdata")"#, "crates/webhooks/testdata/github/push.json"), 0);
        assert_eq!(found(r#"read("ping.json")"#, "crates/webhooks/testdata/odd/push.json"), 1);
        assert_eq!(found(r#"read("push.json")"#, "crates/wire/testdata/odd/push.json"), 1);
    }

    #[test]
    fn a_snapshot_goes_with_its_test() {
        let snapshot = ("crates/a/src/snapshots/b.snap", "---\nsource: crates/a/src/b.rs\n---\n");
        assert_eq!(check(&Sources::of(&[snapshot])).len(), 1);
        assert_eq!(check(&Sources::of(&[snapshot, ("crates/a/src/b.rs", "")])).len(), 0);
    }
}
