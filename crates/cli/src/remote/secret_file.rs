//! Secrets that a command takes: from a file or from standard input, never from the command line, which
//! others see.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use domain::Secret;

/// The file's text without the line end that editors and `echo` add; `-` stands for standard input.
///
/// # Errors
/// It cannot be read, is empty, is no text, or has more than so many bytes.
pub fn read(path: &Path, what: &str, bytes_max: u64) -> Result<Secret> {
    let source: Box<dyn Read> = match path.to_str() {
        Some("-") => Box::new(std::io::stdin()),
        _ => {
            let cannot = || format!("cannot read {what} in {}", path.display());
            Box::new(File::open(path).with_context(cannot)?)
        }
    };
    let mut content = String::new();
    let read = source.take(bytes_max + 1).read_to_string(&mut content);
    read.with_context(|| format!("{what} in {} is no text", path.display()))?;
    let secret = content.trim_end_matches(['\r', '\n']);
    ensure!(!secret.is_empty(), "{} holds nothing: it is empty", path.display());
    ensure!(
        content.len() as u64 <= bytes_max,
        "{} has more than {bytes_max} bytes, the most for {what}",
        path.display()
    );
    Ok(Secret::new(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_the_files_text_without_its_line_end() {
        fn check(content: &str, expect: Result<&str, &str>) {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("secret");
            std::fs::write(&path, content).expect("written");
            let read = read(&path, "the secret", 8192);
            match expect {
                Ok(secret) => assert_eq!(read.expect("read").expose(), secret),
                Err(word) => {
                    let said = read.expect_err(content).to_string();
                    assert!(said.contains(word), "{said}");
                }
            }
        }
        check("practice-secret\n", Ok("practice-secret"));
        check("with blank \r\n", Ok("with blank "));
        check("bare", Ok("bare"));
        check("\n", Err("it is empty"));
        check(&"x".repeat(9000), Err("more than 8192 bytes"));
    }
}
