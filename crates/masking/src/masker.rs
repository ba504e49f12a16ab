//! Finding every form of every secret in a stream that comes in pieces.

use crate::forms::forms;
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use domain::Secret;

/// What stands where a secret stood.
pub const MASK: &str = "****";

/// Knows the forms of some secrets. Cheap to share, costly to make.
pub struct Masker {
    /// Sorted, for [`Masker::may_grow`].
    forms: Vec<Vec<u8>>,
    longest: usize,
    /// `None` where there is nothing to hide.
    finder: Option<AhoCorasick>,
}

impl Masker {
    /// A masker of these secrets.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let mut all: Vec<_> =
            secrets.into_iter().flat_map(|secret| forms(secret.expose())).collect();
        all.sort();
        all.dedup();
        let longest = all.iter().map(Vec::len).max().unwrap_or(0);
        // Every job makes one before its first command, and a table of all transitions takes ten times
        // as long to make as what it saves on most logs. Building fails only beyond four thousand
        // million states: a log is worth less than that.
        let mut builder = AhoCorasick::builder();
        builder.match_kind(MatchKind::LeftmostLongest).kind(Some(AhoCorasickKind::ContiguousNFA));
        let finder = (!all.is_empty()).then(|| builder.build(&all));
        let finder = finder.map(|built| built.expect("too many secrets to look for"));
        Self { forms: all, longest, finder }
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
        MaskedStream { masker: self, held: Vec::new() }
    }

    /// Whether `bytes` is the beginning of a form that is longer.
    fn may_grow(&self, bytes: &[u8]) -> bool {
        let at = self.forms.partition_point(|form| form.as_slice() <= bytes);
        self.forms.get(at).is_some_and(|form| form.starts_with(bytes))
    }

    /// Where in `bytes`, from `from` on, a form may begin whose end has not come yet.
    fn undecided(&self, bytes: &[u8], from: usize) -> usize {
        let first = from.max(bytes.len().saturating_sub(self.longest.saturating_sub(1)));
        let mut places = first..bytes.len();
        places.find(|at| self.may_grow(&bytes[*at..])).unwrap_or(bytes.len())
    }
}

/// One stream on its way through a masker.
pub struct MaskedStream<'a> {
    masker: &'a Masker,
    held: Vec<u8>,
}

impl MaskedStream<'_> {
    /// Takes the next piece and gives what is decided: all of it, but for an end that may become a
    /// secret with what comes next.
    pub fn push(&mut self, piece: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(piece);
        let held = std::mem::take(&mut self.held);
        let (out, rest) = self.decide(&held, false);
        self.held = held[rest..].to_vec();
        out
    }

    /// Gives what was held back: no more will come.
    pub fn finish(&mut self) -> Vec<u8> {
        let held = std::mem::take(&mut self.held);
        self.decide(&held, true).0
    }

    /// The masked beginning of `bytes`, and where the undecided rest begins.
    ///
    /// A match may be replaced once no form that began before it, or at its own beginning, can still
    /// grow: that is, when it begins before the first undecided place.
    fn decide(&self, bytes: &[u8], last: bool) -> (Vec<u8>, usize) {
        let Some(finder) = &self.masker.finder else { return (bytes.to_vec(), bytes.len()) };
        let undecided = |from| if last { bytes.len() } else { self.masker.undecided(bytes, from) };
        let (mut out, mut at, mut hold) = (Vec::with_capacity(bytes.len()), 0, undecided(0));
        while let Some(found) = finder.find(&bytes[at..]) {
            let (start, end) = (at + found.start(), at + found.end());
            if start >= hold {
                break;
            }
            out.extend_from_slice(&bytes[at..start]);
            out.extend_from_slice(MASK.as_bytes());
            at = end;
            if end > hold {
                hold = undecided(end);
            }
        }
        out.extend_from_slice(&bytes[at..hold]);
        (out, hold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn masker(secrets: &[&str]) -> Masker {
        let secrets: Vec<_> = secrets.iter().map(|text| Secret::new(*text)).collect();
        Masker::new(&secrets)
    }

    #[test]
    fn each_common_form_of_a_secret_is_hidden() {
        fn check(secret: &str, printed: &str, expect: &str) {
            assert_eq!(masker(&[secret]).mask(printed), expect, "{printed}");
        }
        let secret = r#"p@ss "wo/rd'1"#;
        check(secret, r#"it is p@ss "wo/rd'1."#, "it is ****.");
        check(secret, "70407373 70407373202277", "70407373 70407373202277");
        check(secret, "x7040737320 x704073732022776f2f72642731", "x7040737320 x****");
        check(secret, "X704073732022776F2F72642731", "X****");
        check(secret, "?k=p%40ss%20%22wo%2Frd%271&", "?k=****&");
        check(secret, "?k=p%40ss%20%22wo%2frd%271&", "?k=****&");
        check(secret, "?k=p%40ss+%22wo%2Frd%271&", "?k=****&");
        check(secret, r#"{"k":"p@ss \"wo/rd'1"}"#, r#"{"k":"****"}"#);
        check(secret, r#"{"k":"p@ss \"wo\/rd'1"}"#, r#"{"k":"****"}"#);
        check(secret, r#"+ k='p@ss "wo/rd'\''1'"#, "+ k='****'");
        check(secret, r#"k=p@ss\ \"wo/rd\'1"#, "k=****");
        check(
            "line one of it\nshort\nline two of it\n",
            "a line two of it b short",
            "a **** b short",
        );
    }

    #[test]
    fn base64_is_found_wherever_the_secret_begins_in_it() {
        use base64::Engine;
        use base64::engine::general_purpose::{STANDARD, URL_SAFE};
        let masker = masker(&["hunter2-hunter2"]);
        for before in ["", "a", "ab", "abc", "user:"] {
            for after in ["", "x", "xy", "\n"] {
                let text = format!("{before}hunter2-hunter2{after}");
                for encoded in [STANDARD.encode(&text), URL_SAFE.encode(&text)] {
                    let masked = masker.mask(&encoded);
                    assert!(masked.contains(MASK), "{text}: {masked}");
                    assert!(masked.len() <= MASK.len() + 14, "{text}: {masked}");
                }
            }
        }
    }

    #[test]
    fn short_words_are_left_alone_and_the_longest_secret_wins() {
        assert_eq!(masker(&["a", "true", "{", "", "1234"]).mask("a true { 1234"), "a true { 1234");
        assert_eq!(masker(&["secret", "secret-longer"]).mask("secret-longer"), "****");
        assert_eq!(masker(&["abcde", "cdefgh"]).mask("abcdefgh"), "****fgh");
        assert_eq!(masker(&[]).mask("as it is"), "as it is");
    }

    #[test]
    fn only_what_may_become_a_secret_is_held_back() {
        let masker = masker(&["hunter2"]);
        let mut stream = masker.stream();
        assert_eq!(stream.push(b"password? "), b"password? ");
        assert_eq!(stream.push(b"hunt"), b"");
        assert_eq!(stream.push(b"ing\nhunter"), b"hunting\n");
        assert_eq!(stream.push(b"2!"), b"****!");
        assert_eq!(stream.push(b"hun"), b"");
        assert_eq!(stream.finish(), b"hun");
    }

    proptest! {
        #[test]
        fn how_a_stream_is_cut_changes_nothing(
            secrets in proptest::collection::vec("[ab]{5,9}", 1..4),
            pieces in proptest::collection::vec("[abc]{0,7}", 0..12),
        ) {
            let secrets: Vec<_> = secrets.iter().map(Secret::new).collect();
            let masker = Masker::new(&secrets);
            let mut stream = masker.stream();
            let mut cut: Vec<u8> = pieces.iter().flat_map(|p| stream.push(p.as_bytes())).collect();
            cut.extend(stream.finish());
            let whole = masker.mask(&pieces.concat());
            prop_assert_eq!(String::from_utf8(cut).unwrap(), whole.clone());
            for secret in &secrets {
                prop_assert!(!whole.contains(secret.expose()));
            }
        }
    }
}
