//! How one secret may look in what a step prints.

mod base64;
mod escaped;

/// A shorter secret is never masked, in bytes: it is a word, and a log without `true` or `prod`
/// helps nobody. No form is shorter than its secret: of the least secret's base64 six digits do not
/// depend on what stands beside it, and six such digits are no word.
pub const SECRET_BYTES_MIN: usize = 5;
/// A shorter line of a secret with several is never masked, in bytes: `-----` and `}` are lines too.
pub const LINE_BYTES_MIN: usize = 8;
/// Tools break base64 and hex into lines; a shorter form across the end of one is a coincidence.
pub const WRAPPED_BYTES_MIN: usize = 16;

/// Every form of a secret that is looked for; none where it is too short to mask.
#[derive(Debug, Default)]
pub(crate) struct Forms {
    /// All of them.
    pub all: Vec<Vec<u8>>,
    /// Those of base64 and hex, which may be broken into lines.
    pub digits: Vec<Vec<u8>>,
}

impl Forms {
    pub fn of(secret: &str) -> Self {
        let secret = secret.trim_end_matches(['\r', '\n']);
        if secret.len() < SECRET_BYTES_MIN {
            return Self::default();
        }
        let mut digits = base64::forms(secret.as_bytes());
        digits.extend([false, true].map(|upper| escaped::hex(secret, upper)));
        let mut all = escaped::forms(secret);
        all.extend(digits.iter().cloned());
        all.extend(lines(secret));
        all.push(secret.as_bytes().to_vec());
        digits.retain(|form| form.len() >= WRAPPED_BYTES_MIN);
        Self { all, digits }
    }
}

fn lines(secret: &str) -> Vec<Vec<u8>> {
    let lines = secret.lines().map(|line| line.trim().as_bytes().to_vec());
    let lines = lines.filter(|line| line.len() >= LINE_BYTES_MIN);
    if secret.contains('\n') { lines.collect() } else { Vec::new() }
}
