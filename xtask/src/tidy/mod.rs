//! What holds in every room and no compiler checks.
//!
//! One check a file, each a function from what is there to what is wrong with it. The ten
//! longest files and functions are printed and never judged: people do that.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::arguments::Arguments;
use crate::stage::Outcome;
use crate::workspace::Workspace;

mod arrows;
mod indexes;
mod longest;
mod migrations;
mod names;
mod rooms;
mod test_data;
mod words;

/// Every text file of the repository, read once.
pub struct Sources {
    files: Vec<Source>,
}

/// One file: where it lies from the root, and its text.
struct Source {
    path: PathBuf,
    text: String,
}

/// `cargo xtask tidy`.
pub fn run(workspace: &Workspace, _: &Arguments) -> Result<()> {
    check(workspace).map(drop)
}

/// Prints the longest files and functions, then all findings; an error where there are any.
pub fn check(workspace: &Workspace) -> Result<Outcome> {
    let sources = Sources::read(workspace)?;
    print!("{}", longest::report(&sources));
    let findings = findings(workspace, &sources)?;
    for finding in &findings {
        println!("tidy: {finding}");
    }
    match findings.len() {
        0 => Ok(Outcome::Passed),
        number => bail!("{number} findings"),
    }
}

fn findings(workspace: &Workspace, sources: &Sources) -> Result<Vec<String>> {
    Ok([
        arrows::check(&workspace.rooms),
        rooms::check(workspace),
        migrations::check(sources),
        names::check(sources),
        words::check(sources, &words::private(workspace)?),
        test_data::check(sources),
        indexes::check(sources),
    ]
    .concat())
}

impl Sources {
    fn read(workspace: &Workspace) -> Result<Sources> {
        let mut files = Vec::new();
        for path in workspace.files()? {
            // What is not text (an icon, an archive in test data) is listed with no text.
            let text =
                String::from_utf8(std::fs::read(workspace.root.join(&path))?).unwrap_or_default();
            files.push(Source { path, text });
        }
        Ok(Sources { files })
    }

    fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|file| (file.path.to_str().unwrap_or_default(), file.text.as_str()))
    }

    /// The Rust sources.
    fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.all().filter(|(path, _)| path.ends_with(".rs"))
    }

    #[cfg(test)]
    fn of(files: &[(&str, &str)]) -> Sources {
        let source =
            |(path, text): &(&str, &str)| Source { path: path.into(), text: (*text).to_owned() };
        Sources { files: files.iter().map(source).collect() }
    }
}
