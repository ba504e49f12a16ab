//! One stream that comes in pieces, on its way through a masker.
//!
//! What may still become a secret with what comes next is held back, and nothing else: people read
//! along.

use crate::dumped::Dumps;
use crate::masker::{MASK, Masker};
use crate::views::Views;
use crate::wrapped;

/// One stream on its way through a masker.
pub struct MaskedStream<'a> {
    masker: &'a Masker,
    undecided: Undecided,
}

/// What of a stream is not decided yet; the masker may have learned more before the next piece.
#[derive(Default)]
pub struct Undecided {
    /// What comes goes through here first.
    dumps: Dumps,
    held: Vec<u8>,
    /// How many digits of base64 or hex stand, without a break, before what is held.
    digits_before: usize,
}

impl<'a> MaskedStream<'a> {
    pub(crate) fn new(masker: &'a Masker) -> Self {
        Self { masker, undecided: Undecided::default() }
    }

    /// Takes the next piece and gives what is decided: all of it, but for an end that may become a
    /// secret with what comes next.
    pub fn push(&mut self, piece: &[u8]) -> Vec<u8> {
        self.undecided.push(self.masker, piece)
    }

    /// Gives what was held back: no more will come.
    pub fn finish(&mut self) -> Vec<u8> {
        self.undecided.finish(self.masker)
    }
}

impl Undecided {
    /// Takes the next piece and gives what is decided by this masker.
    pub fn push(&mut self, masker: &Masker, piece: &[u8]) -> Vec<u8> {
        self.held.extend(self.dumps.push(&masker.plain, piece));
        let held = std::mem::take(&mut self.held);
        let (out, rest) = self.decide(masker, &held, false);
        self.digits_before = wrapped::digits_at_end(&held[..rest], self.digits_before);
        self.held = held[rest..].to_vec();
        out
    }

    /// Gives what was held back: no more will come.
    pub fn finish(&mut self, masker: &Masker) -> Vec<u8> {
        self.held.extend(self.dumps.finish(&masker.plain));
        let held = std::mem::take(&mut self.held);
        self.decide(masker, &held, true).0
    }

    /// The masked beginning of `bytes`, and where the undecided rest begins.
    ///
    /// A match may be replaced once no form that began before it, or at its own beginning, can still
    /// grow: that is, when it begins before the first undecided place.
    fn decide(&self, masker: &Masker, bytes: &[u8], last: bool) -> (Vec<u8>, usize) {
        let plain = &masker.plain;
        let views = Views::new(masker, bytes, self.digits_before);
        let undecided = |from| if last { bytes.len() } else { views.undecided(from) };
        let mut broken = views.matches().into_iter().peekable();
        let mut next = plain.find(bytes, 0);
        let (mut out, mut at, mut hold) = (Vec::with_capacity(bytes.len()), 0, undecided(0));
        loop {
            while broken.next_if(|(_, end)| *end <= at).is_some() {}
            if next.is_some_and(|(start, _)| start < at) {
                next = plain.find(bytes, at);
            }
            let first = match (next, broken.peek().copied()) {
                (Some(one), Some((start, end))) if (start.max(at), one.1) < (one.0, end) => {
                    Some((start.max(at), end))
                }
                (None, Some((start, end))) => Some((start.max(at), end)),
                (one, _) => one,
            };
            let Some((start, end)) = first.filter(|(start, _)| *start < hold) else { break };
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
