//! The forms of some secrets, ready to be found.

use crate::forms::Forms;
use crate::stream::MaskedStream;
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use domain::Secret;

/// What stands where a secret stood.
pub const MASK: &str = "****";

/// Knows the forms of some secrets. Cheap to share, costly to make.
pub struct Masker {
    pub(crate) plain: Finder,
    /// Of base64 and hex, looked for in text whose line breaks were taken out.
    pub(crate) wrapped: Finder,
}

/// Looks for some texts.
pub(crate) struct Finder {
    /// Sorted, for [`Finder::may_grow`].
    forms: Vec<Vec<u8>>,
    /// Whether any form begins with these two bytes.
    beginnings: Box<[u64; 1024]>,
    longest: usize,
    /// `None` where there is nothing to hide.
    automaton: Option<AhoCorasick>,
}

impl Masker {
    /// A masker of these secrets.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let (mut all, mut digits) = (Vec::new(), Vec::new());
        for secret in secrets {
            let forms = Forms::of(secret.expose());
            all.extend(forms.all);
            digits.extend(forms.digits);
        }
        Self { plain: Finder::new(all), wrapped: Finder::new(digits) }
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
    fn new(mut forms: Vec<Vec<u8>>) -> Self {
        forms.sort();
        forms.dedup();
        let longest = forms.iter().map(Vec::len).max().unwrap_or(0);
        let mut beginnings = Box::new([0u64; 1024]);
        for form in forms.iter().filter(|form| form.len() > 1) {
            let pair = usize::from(form[0]) << 8 | usize::from(form[1]);
            beginnings[pair / 64] |= 1 << (pair % 64);
        }
        // Every job makes one before its first command, and a table of all transitions takes ten times
        // as long to make as what it saves on most logs. Building fails only beyond four thousand
        // million states: a log is worth less than that.
        let mut builder = AhoCorasick::builder();
        builder.match_kind(MatchKind::LeftmostLongest).kind(Some(AhoCorasickKind::ContiguousNFA));
        let automaton = (!forms.is_empty()).then(|| builder.build(&forms));
        let automaton = automaton.map(|built| built.expect("too many secrets to look for"));
        Self { forms, beginnings, longest, automaton }
    }

    /// The first place from `from` on where a form stands: its beginning and its end.
    pub fn find(&self, bytes: &[u8], from: usize) -> Option<(usize, usize)> {
        let found = self.automaton.as_ref()?.find(&bytes[from..])?;
        Some((from + found.start(), from + found.end()))
    }

    /// Where in `bytes`, from `from` on, a form may begin whose end has not come yet.
    pub fn undecided(&self, bytes: &[u8], from: usize) -> usize {
        let first = from.max(bytes.len().saturating_sub(self.longest.saturating_sub(1)));
        let mut places = first..bytes.len();
        places.find(|at| self.may_grow(&bytes[*at..])).unwrap_or(bytes.len())
    }

    /// Whether `bytes` is the beginning of a form that is longer.
    fn may_grow(&self, bytes: &[u8]) -> bool {
        if let [first, second, ..] = bytes {
            let pair = usize::from(*first) << 8 | usize::from(*second);
            if self.beginnings[pair / 64] & (1 << (pair % 64)) == 0 {
                return false;
            }
        }
        let at = self.forms.partition_point(|form| form.as_slice() <= bytes);
        self.forms.get(at).is_some_and(|form| form.starts_with(bytes))
    }
}

#[cfg(test)]
mod tests;
