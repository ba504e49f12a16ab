//! Every room has a README that is also its rustdoc, takes the workspace's lints, is named
//! as its folder and is not published.

use crate::workspace::{Room, Workspace};

const INCLUDED: &str = r#"#![doc = include_str!("../README.md")]"#;

/// What a room lacks.
pub fn check(workspace: &Workspace) -> Vec<String> {
    workspace.rooms.iter().flat_map(findings).collect()
}

fn findings(room: &Room) -> Vec<String> {
    let read = |name: &str| std::fs::read_to_string(room.folder.join(name)).unwrap_or_default();
    let entry = [read("src/lib.rs"), read("src/main.rs")].concat();
    let manifest = read("Cargo.toml");
    let holds = [
        (room.folder.ends_with(&room.name), "its folder has another name"),
        (!read("README.md").trim().is_empty(), "no README.md that says what it is for"),
        (entry.contains(INCLUDED), "its README.md is not its rustdoc (include_str! in lib.rs)"),
        (
            section(&manifest, "lints").contains(&"workspace = true"),
            "no `[lints] workspace = true`",
        ),
        (section(&manifest, "package").contains(&"publish = false"), "no `publish = false`"),
    ];
    holds
        .iter()
        .filter(|(holds, _)| !holds)
        .map(|(_, lack)| format!("{}: {lack}", room.name))
        .collect()
}

/// The lines of one table of a manifest.
fn section<'a>(manifest: &'a str, name: &str) -> Vec<&'a str> {
    let heading = format!("[{name}]");
    let behind = manifest.lines().map(str::trim).skip_while(|line| *line != heading).skip(1);
    behind.take_while(|line| !line.starts_with('[')).collect()
}

#[cfg(test)]
mod tests {
    use super::section;

    #[test]
    fn a_section_ends_where_the_next_begins() {
        let manifest = "[package]\nname = \"a\"\n\n[lints]\nworkspace = true\n\n[features]\nworkspace = false\n";
        assert!(section(manifest, "lints").contains(&"workspace = true"));
        assert!(!section(manifest, "lints").contains(&"workspace = false"));
        assert!(section(manifest, "dependencies").is_empty());
    }
}
