//! One text as its readers may take it: as it stands, over broken lines, without colours, its escapes
//! undone.

use crate::masker::Masker;
use crate::unescaped::{Unescaped, readings, whole_from};
use crate::wrapped::{Run, runs};

/// All views of one text.
pub(crate) struct Views<'a> {
    masker: &'a Masker,
    bytes: &'a [u8],
    /// Over the ends of lines that digits were broken into.
    runs: Vec<Run>,
    /// Without colours.
    visible: Option<Run>,
    /// The end of it, which may be in a folded secret.
    last: Run,
    unescaped: Vec<Unescaped>,
}

impl<'a> Views<'a> {
    /// Of `bytes`, before which there are so many digits.
    pub fn new(masker: &'a Masker, bytes: &'a [u8], digits_before: usize) -> Self {
        Self {
            masker,
            bytes,
            runs: runs(bytes, digits_before),
            visible: Run::visible(bytes),
            last: masker.folds.last(bytes),
            unescaped: readings(bytes, &masker.plain),
        }
    }

    /// Where forms stand that are not there as they are, in order.
    pub fn matches(&self) -> Vec<(usize, usize)> {
        let Masker { plain, wrapped, folds } = self.masker;
        let mut all: Vec<_> = self.runs.iter().flat_map(|run| run.matches(wrapped)).collect();
        all.extend(self.visible.iter().flat_map(|visible| visible.matches(plain)));
        all.extend(folds.matches(self.bytes));
        all.extend(self.unescaped.iter().flat_map(|reading| reading.matches(plain)));
        all.sort();
        all
    }

    /// Where, from `from` on, a form may begin whose end has not come yet: by one view at least, and
    /// within no escape.
    pub fn undecided(&self, from: usize) -> usize {
        let Masker { plain, wrapped, folds } = self.masker;
        let length = self.bytes.len();
        let mut first = plain.undecided(self.bytes, from);
        let run = self.runs.last().and_then(|run| run.undecided(wrapped, length, from));
        let visible = self.visible.as_ref().and_then(|run| run.open(plain, from));
        for other in [run, visible, folds.open(&self.last, from)].into_iter().flatten() {
            first = first.min(other);
        }
        let unescaped = self.unescaped.iter().filter_map(|reading| reading.open(plain, from));
        first = unescaped.fold(first, usize::min);
        whole_from(&self.unescaped, first).max(from)
    }
}
