//! File and folder names that say nothing. If a function has no room, the missing word is
//! the finding.

use std::path::Path;

use super::Sources;

const EMPTY_WORDS: &[&str] =
    &["utils", "util", "common", "helpers", "helper", "manager", "types", "misc"];

/// Rust files and folders named by an empty word.
pub fn check(sources: &Sources) -> Vec<String> {
    sources
        .rust()
        .filter_map(|(path, _)| Some(format!("{path}: `{}` names nothing", empty_word(path)?)))
        .collect()
}

fn empty_word(path: &str) -> Option<&'static str> {
    let stems = Path::new(path).iter().map(|part| Path::new(part).file_stem().unwrap_or(part));
    stems.filter_map(|stem| EMPTY_WORDS.iter().find(|word| stem == **word).copied()).next()
}

#[cfg(test)]
mod tests {
    use super::empty_word;

    #[test]
    fn a_name_that_says_nothing_is_found_in_any_part() {
        assert_eq!(empty_word("crates/engine/src/utils.rs"), Some("utils"));
        assert_eq!(empty_word("crates/common/src/lib.rs"), Some("common"));
        assert_eq!(empty_word("crates/engine/src/queue.rs"), None);
        assert_eq!(empty_word("crates/wire/src/archetypes.rs"), None);
    }
}
