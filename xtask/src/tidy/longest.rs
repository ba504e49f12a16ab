//! The ten longest files and functions, for people to judge.
//!
//! Functions are found by their indentation, which rustfmt guarantees: one ends at the
//! first line that is its own indentation and a closing brace.

use std::fmt::Write;

use super::Sources;

const SHOWN: usize = 10;

/// Two lists, longest first.
pub fn report(sources: &Sources) -> String {
    let files =
        sources.rust().map(|(path, text)| (text.lines().count(), path.to_owned())).collect();
    let functions = sources.rust().flat_map(|(path, text)| {
        functions(text).into_iter().map(move |(lines, name)| (lines, format!("{path}  {name}")))
    });
    let mut report = String::new();
    for (heading, lengths) in [("longest files", files), ("longest functions", functions.collect())]
    {
        let _ = writeln!(report, "{heading}, in lines:");
        for (lines, name) in longest(lengths) {
            let _ = writeln!(report, "  {lines:>5}  {name}");
        }
    }
    report
}

fn longest(mut lengths: Vec<(usize, String)>) -> Vec<(usize, String)> {
    lengths.sort_by(|a, b| b.cmp(a));
    lengths.truncate(SHOWN);
    lengths
}

/// The functions of one file with their lengths in lines, signature and braces included.
fn functions(text: &str) -> Vec<(usize, &str)> {
    let lines: Vec<&str> = text.lines().collect();
    let starts = lines
        .iter()
        .enumerate()
        .filter_map(|(at, line)| Some((at, name(line)?, indentation(line))));
    starts
        .filter_map(|(at, name, indent)| {
            let closing = format!("{indent}}}");
            // A declaration without a body ends before any closing brace of its own.
            let end = lines[at..]
                .iter()
                .position(|line| *line == closing || declared_only(line, indent))?;
            (lines[at + end] == closing).then_some((end + 1, name))
        })
        .collect()
}

fn name(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace().skip_while(|word| {
        word.starts_with("pub") || ["const", "async", "unsafe", "extern", "in"].contains(word)
    });
    if words.next()? != "fn" {
        return None;
    }
    words.next()?.split(['(', '<']).next()
}

fn declared_only(line: &str, indent: &str) -> bool {
    line.ends_with(';') && indentation(line) == indent
}

fn indentation(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

#[cfg(test)]
mod tests {
    use super::functions;

    #[test]
    fn functions_are_measured_from_signature_to_brace() {
        let text = "\
pub(crate) async fn first<T>(
    a: T,
) {
    if true {
    }
}

trait Shape {
    fn declared(&self);

    fn given(&self) {
        one();
    }
}
";
        assert_eq!(functions(text), [(6, "first"), (3, "given")]);
    }
}
