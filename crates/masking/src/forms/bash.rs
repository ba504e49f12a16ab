//! A secret as bash quotes words: `printf %q`, and `set -x` of a secret that was split into words.
//!
//! Whether bash quotes a `#` or a `~` depends on what stands before it, and of that the secret's own
//! beginning knows nothing: it has both forms.

use super::SECRET_BYTES_MIN;
use super::escaped::dollar_quoted;

/// What bash quotes wherever it stands.
const SPECIAL: &[u8] = b" \t\n'\"\\|&;()<>!{}*[]?^$`";

/// `printf %q`, where the secret begins a word and where it stands within one.
pub(super) fn backslashed(secret: &str) -> [Vec<u8>; 2] {
    [true, false].map(|first| {
        let bytes = secret.bytes().enumerate();
        let quoted = |at: usize, byte| byte == b',' || is_special(secret.as_bytes(), at, first);
        bytes
            .flat_map(|(at, byte)| quoted(at, byte).then_some(b'\\').into_iter().chain([byte]))
            .collect()
    })
}

/// `set -x` of a secret that was not quoted: every word of it is quoted by itself. What else is
/// written in the first word and in the last one may want the quotes that the secret's part does not.
pub(super) fn traced(secret: &str) -> Vec<Vec<u8>> {
    let words: Vec<&str> = secret.split_ascii_whitespace().collect();
    let ways = [(false, false), (false, true), (true, false), (true, true)];
    let traces = ways.into_iter().map(|(first, last)| trace(&words, first, last));
    traces.filter(|trace| trace.len() >= SECRET_BYTES_MIN).collect()
}

fn trace(words: &[&str], quote_first: bool, quote_last: bool) -> Vec<u8> {
    let mut out = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let (first, last) = (at == 0, at + 1 == words.len());
        let (open, inner, close) = quoted(word, first && quote_first || last && quote_last);
        if !first {
            out.push(b' ');
            out.extend_from_slice(open);
        }
        out.extend(inner);
        if !last {
            out.extend_from_slice(close);
        }
    }
    out
}

/// What stands before a word, the word, and what stands behind it.
fn quoted(word: &str, always: bool) -> (&'static [u8], Vec<u8>, &'static [u8]) {
    let special = (0..word.len()).any(|at| is_special(word.as_bytes(), at, true));
    if word.bytes().any(|byte| byte.is_ascii_control()) {
        (b"$'", dollar_quoted(word, false), b"'")
    } else if special || always {
        (b"'", word.replace('\'', r"'\''").into_bytes(), b"'")
    } else {
        (b"", word.as_bytes().to_vec(), b"")
    }
}

/// Whether the byte there is quoted; `first` says that the text begins a word.
fn is_special(text: &[u8], at: usize, first: bool) -> bool {
    let begins = at == 0 && first;
    match text[at] {
        b'#' => begins,
        b'~' => begins || (at > 0 && b"=:".contains(&text[at - 1])),
        byte => SPECIAL.contains(&byte),
    }
}
