//! The forms of some secrets, ready to be found.

use crate::folded::Folds;
use crate::forms::{Forms, with_members};
use crate::stream::MaskedStream;
use domain::Secret;

/// What stands where a secret stood.
pub const MASK: &str = "****";

/// Knows the forms of some secrets. Every job makes one before its first command, and it may learn more.
pub struct Masker {
    pub(crate) plain: Finder,
    /// Of digits alone, looked for in text whose line breaks were taken out.
    pub(crate) wrapped: Finder,
    /// Of anything else, looked for around the ends of lines.
    pub(crate) folds: Folds,
}

/// How many bytes of a form's beginning are hashed; no form is shorter.
pub(crate) const HASHED_BYTES: usize = 4;
/// Few enough that the table stays in a processor's nearest cache, and enough that the forms of
/// dozens of secrets fill a hundredth of it.
const HASH_BITS: usize = 18;

/// Looks for some texts.
///
/// Almost no place in a log is the beginning of a form. Those that may be are found by a hash of four
/// bytes, at the same speed however many forms there are, and only those are compared with the forms
/// that begin so.
pub(crate) struct Finder {
    /// Sorted, so that those with one beginning stand together.
    forms: Vec<Vec<u8>>,
    /// Whether some form begins with four bytes of this hash.
    beginnings: Box<[u64; 1 << (HASH_BITS - 6)]>,
    longest: usize,
}

impl Masker {
    /// A masker of these secrets.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let mut masker = Self { plain: Finder::new(), wrapped: Finder::new(), folds: Folds::new() };
        masker.learn(secrets);
        masker
    }

    /// Knows these secrets from now on too.
    pub fn learn<'a>(&mut self, secrets: impl IntoIterator<Item = &'a Secret>) {
        for text in secrets.into_iter().flat_map(|secret| with_members(secret.expose())) {
            let forms = Forms::of(&text);
            self.plain.forms.extend(forms.all);
            self.wrapped.forms.extend(forms.digits);
            self.folds.learn(&text);
        }
        self.plain.prepare();
        self.wrapped.prepare();
        self.folds.prepare();
    }

    /// A whole text, masked.
    pub fn mask(&self, text: &str) -> String {
        let mut stream = self.stream();
        let mut out = stream.push(text.as_bytes());
        out.extend(stream.finish());
        String::from_utf8_lossy(&out).into_owned()
    }

    /// Begins a stream.
    pub fn stream(&self) -> MaskedStream<'_> {
        MaskedStream::new(self)
    }
}

impl Finder {
    pub fn new() -> Self {
        let beginnings = Box::new([0; 1 << (HASH_BITS - 6)]);
        Self { forms: Vec::new(), beginnings, longest: 0 }
    }

    /// Takes one more form, to be found once all are prepared.
    pub fn add(&mut self, form: Vec<u8>) {
        self.forms.push(form);
    }

    /// Makes the forms ready to be found, those too that it had already.
    pub fn prepare(&mut self) {
        self.forms.sort();
        self.forms.dedup();
        self.longest = self.forms.iter().map(Vec::len).max().unwrap_or(0);
        for form in &self.forms {
            assert!(form.len() > HASHED_BYTES, "forms have a least length");
            let slot = slot(form);
            self.beginnings[slot / 64] |= 1 << (slot % 64);
        }
    }

    /// How long the longest form is.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// The first place from `from` on where a form stands, its beginning and its end; of several that
    /// begin there the longest.
    pub fn find(&self, bytes: &[u8], from: usize) -> Option<(usize, usize)> {
        let mut at = from;
        loop {
            let mut windows = bytes.get(at..)?.windows(HASHED_BYTES);
            at += windows.position(|window| self.may_begin(window))?;
            match self.longest_at(&bytes[at..]) {
                Some(length) => return Some((at, at + length)),
                None => at += 1,
            }
        }
    }

    /// How long the longest form is that `bytes`, of which there are at least four, begin with.
    fn longest_at(&self, bytes: &[u8]) -> Option<usize> {
        let beginning = &bytes[..HASHED_BYTES];
        let first = self.forms.partition_point(|form| &form[..HASHED_BYTES] < beginning);
        let alike = self.forms[first..].iter().take_while(|form| form.starts_with(beginning));
        alike.filter(|form| bytes.starts_with(form)).map(Vec::len).max()
    }

    /// Whether some form may begin with these bytes, of which there are at least four.
    #[inline]
    pub fn may_begin(&self, bytes: &[u8]) -> bool {
        let slot = slot(bytes);
        self.beginnings[slot / 64] >> (slot % 64) & 1 == 1
    }

    /// Where in `bytes`, from `from` on, a form may begin whose end has not come yet.
    pub fn undecided(&self, bytes: &[u8], from: usize) -> usize {
        let first = from.max(bytes.len().saturating_sub(self.longest.saturating_sub(1)));
        let mut places = first..bytes.len();
        places.find(|at| self.may_grow(&bytes[*at..])).unwrap_or(bytes.len())
    }

    /// Whether `bytes` is the beginning of a form that is longer.
    fn may_grow(&self, bytes: &[u8]) -> bool {
        if bytes.len() >= HASHED_BYTES && !self.may_begin(bytes) {
            return false;
        }
        let at = self.forms.partition_point(|form| form.as_slice() <= bytes);
        self.forms.get(at).is_some_and(|form| form.starts_with(bytes))
    }
}

/// The hash of the first four bytes.
#[inline]
fn slot(bytes: &[u8]) -> usize {
    let word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    // Knuth's multiplicative hash: the upper bits depend on all others.
    (word.wrapping_mul(0x9E37_79B1) >> (32 - HASH_BITS)) as usize
}

#[cfg(test)]
mod tests;
