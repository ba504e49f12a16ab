//! What must not be published: folders of one person's machine, and words that are listed,
//! one a line, in `.git/info/private-words`, which git itself never commits.

use anyhow::Result;

use super::Sources;
use crate::workspace::Workspace;

/// Folders of one machine, in pieces so that this file does not hold them. Only with a name
/// behind them do they say where somebody works.
const MACHINE_FOLDERS: &[(&str, &str)] =
    &[("/wo", "rk/"), ("/Us", "ers/"), ("/tmp/ta", "rget/"), ("/ho", "me/")];

/// Names under the home folder that stand for nobody.
const NOBODY: &[&str] = &["user", "runner", "step", "me", "someone", "example"];

/// Reads the private words; none where the list is not kept.
pub fn private(workspace: &Workspace) -> Result<Vec<String>> {
    match std::fs::read_to_string(workspace.root.join(".git/info/private-words")) {
        Ok(text) => Ok(text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect()),
        Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(failure) => Err(failure.into()),
    }
}

/// Every line that holds one, by file and line number. The line itself is not printed.
pub fn check(sources: &Sources, private: &[String]) -> Vec<String> {
    let lines = sources.all().flat_map(|(path, text)| {
        (1..).zip(text.lines()).map(move |(number, line)| (path, number, line))
    });
    lines
        .filter_map(|(path, number, line)| {
            Some(format!("{path}:{number}: {}", judge(line, private)?))
        })
        .collect()
}

fn judge(line: &str, private: &[String]) -> Option<&'static str> {
    if MACHINE_FOLDERS
        .iter()
        .any(|(start, end)| names_machine_folder(line, &format!("{start}{end}")))
    {
        return Some("a folder of one machine; ask for it, or make one");
    }
    private.iter().any(|word| line.contains(word.as_str())).then_some("a private word")
}

/// Whether `folder` stands in the line as the beginning of a path with a name behind it.
fn names_machine_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let begins_path =
            !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-/}".contains(c));
        let name: String =
            line[at + folder.len()..].chars().take_while(|c| c.is_alphanumeric()).collect();
        begins_path && !name.is_empty() && !NOBODY.contains(&name.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::judge;

    #[test]
    fn a_home_folder_is_found_and_a_path_that_only_looks_like_one_is_not() {
        let home = ["/ho", "me/"].concat();
        assert!(judge(&format!("let data = \"{home}ada/data\";"), &[]).is_some());
        assert!(judge(&format!("a step sees no {home}"), &[]).is_none());
        assert!(judge(&format!("{home}runner/x"), &[]).is_none());
        assert!(judge(&format!("https://forge.example{home}page"), &[]).is_none());
    }

    #[test]
    fn private_words_are_those_that_are_listed() {
        assert!(judge("made at Acme", &["Acme".to_owned()]).is_some());
        assert!(judge("made at Acme", &[]).is_none());
    }
}
