//! Every note in `docs/` is reachable: the index page of its folder links to it.

use super::Sources;

const FOLDERS: &[&str] = &["docs/changes/", "docs/decisions/", "docs/guides/"];

/// Notes that their folder's README.md does not link.
pub fn check(sources: &Sources) -> Vec<String> {
    FOLDERS.iter().flat_map(|folder| unlinked(sources, folder)).collect()
}

fn unlinked(sources: &Sources, folder: &str) -> Vec<String> {
    let index = format!("{folder}README.md");
    let links = sources.all().find(|(path, _)| *path == index).map_or("", |(_, text)| text);
    let notes = sources.all().filter_map(|(path, _)| path.strip_prefix(folder));
    notes
        .filter(|note| *note != "README.md" && !links.contains(&format!("]({note})")))
        .map(|note| format!("{folder}{note}: {index} does not link to it"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::Sources;
    use super::check;

    #[test]
    fn a_note_without_a_link_is_found() {
        let index = ("docs/changes/README.md", "- [a push](0001-push.md)");
        assert_eq!(check(&Sources::of(&[index, ("docs/changes/0001-push.md", "")])).len(), 0);
        assert_eq!(check(&Sources::of(&[index, ("docs/changes/0002-pull.md", "")])).len(), 1);
    }
}
