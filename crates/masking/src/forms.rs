//! How one secret may look in what a step prints.

mod base64;
mod bash;
mod escaped;

use crate::wrapped::is_digit;
use serde_json::Value;

/// A shorter secret is never masked, in bytes: it is a word, and a log without `true` or `prod`
/// helps nobody. No form is shorter than its secret: of the least secret's base64 six digits do not
/// depend on what stands beside it, and six such digits are no word.
pub const SECRET_BYTES_MIN: usize = 5;
/// A shorter line of a secret with several is never masked, in bytes: `-----` and `}` are lines too.
pub const LINE_BYTES_MIN: usize = 8;
/// Tools break base64 and hex into lines; a shorter form across the end of one is a coincidence.
pub const WRAPPED_BYTES_MIN: usize = 16;
/// A number of fewer digits within a JSON secret is never masked: ports and years are numbers too.
pub const NUMBER_DIGITS_MIN: usize = 8;

/// Every form of a secret that is looked for; none where it is too short to mask.
#[derive(Debug, Default)]
pub(crate) struct Forms {
    /// All of them.
    pub all: Vec<Vec<u8>>,
    /// Those of nothing but digits of base64 and hex, which may be broken into lines.
    pub digits: Vec<Vec<u8>>,
}

impl Forms {
    pub fn of(secret: &str) -> Self {
        let secret = secret.trim_end_matches(['\r', '\n']);
        if secret.len() < SECRET_BYTES_MIN {
            return Self::default();
        }
        let mut digits = base64::forms(secret.as_bytes());
        digits.extend(escaped::json(secret).iter().flat_map(|json| base64::forms(json.as_bytes())));
        digits.extend([false, true].map(|upper| escaped::hex(secret, upper)));
        let mut all = escaped::forms(secret);
        all.extend(digits.iter().cloned());
        all.extend(lines(secret));
        all.extend(words(secret));
        all.extend(bash::traced(secret));
        all.push(secret.as_bytes().to_vec());
        // As `read` and `xargs` take it.
        all.extend(Some(secret.trim()).filter(|it| it.len() >= SECRET_BYTES_MIN).map(Vec::from));
        // Whoever folds a line breaks a secret of digits as tools break base64.
        digits.push(secret.as_bytes().to_vec());
        digits.retain(|form| form.len() >= WRAPPED_BYTES_MIN && form.iter().copied().all(is_digit));
        Self { all, digits }
    }
}

/// A secret, and the texts and numbers within it where it is JSON: a program that reads it prints
/// those. A short one is a name or a word.
pub(crate) fn with_members(secret: &str) -> Vec<String> {
    let mut all = vec![secret.to_owned()];
    if secret.trim_start().starts_with(['{', '[']) {
        let mut open: Vec<Value> = serde_json::from_str(secret).into_iter().collect();
        all.extend(open.iter().flat_map(|_| numbers(secret)));
        while let Some(value) = open.pop() {
            match value {
                Value::String(text) if text.len() >= LINE_BYTES_MIN => all.push(text),
                Value::Array(values) => open.extend(values),
                Value::Object(members) => open.extend(members.into_iter().map(|(_, value)| value)),
                _ => {}
            }
        }
    }
    all
}

/// The numbers of a JSON text as they are written: one of more than 64 bits would be another once it
/// was read.
fn numbers(json: &str) -> Vec<String> {
    let bare = json.replace(r"\\", "").replace(r#"\""#, "");
    let outside = bare.split('"').step_by(2);
    let sign = |letter: char| "+-.eE".contains(letter);
    let all = outside.flat_map(|it| it.split(|it: char| !it.is_ascii_digit() && !sign(it)));
    let digits = |it: &str| it.bytes().filter(u8::is_ascii_digit).count();
    let long = all.filter(|it| digits(it) >= NUMBER_DIGITS_MIN);
    long.map(|it| it.trim_start_matches('-').to_owned()).collect()
}

fn lines(secret: &str) -> Vec<Vec<u8>> {
    let lines = secret.lines().map(|line| line.trim().as_bytes().to_vec());
    let lines = lines.filter(|line| line.len() >= LINE_BYTES_MIN);
    if secret.contains('\n') { lines.collect() } else { Vec::new() }
}

/// What is left of the white space where a shell splits it into words and `echo` puts them together.
fn words(secret: &str) -> Option<Vec<u8>> {
    let words = secret.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    (words.len() >= SECRET_BYTES_MIN).then(|| words.into_bytes())
}
