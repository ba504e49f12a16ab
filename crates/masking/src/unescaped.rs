//! Text as it is once its escapes are undone, and once more: JSON within JSON, a URL within HTML.
//!
//! Writers differ in what they escape, and each has its own letters for it. Undone, all are one. Only
//! the text around escapes is looked at, so that other text costs no more than the look for their signs.

use crate::escapes::{Escapes, Meaning, Unread};
use crate::masker::{Finder, HASHED_BYTES};
use crate::places::first_place;
use std::ops::Range;

/// A part of a text, its escapes undone.
pub(crate) struct Unescaped {
    text: Vec<u8>,
    /// Where in the bytes each of the text stands, or the escape that it is of.
    places: Vec<usize>,
    /// Where the part ends: before an escape whose end has not come.
    end: usize,
    /// Whether more of it may come.
    goes_on: bool,
}

/// What stands in `bytes` around escapes, undone in every way, once and twice, for whoever looks for
/// these forms.
pub(crate) fn readings(bytes: &[u8], finder: &Finder) -> Vec<Unescaped> {
    let mut all = Vec::new();
    for part in around_escapes(bytes, finder.longest()) {
        let once = Unescaped::plain(bytes, part).undone(finder);
        all.extend(once.iter().flat_map(|reading| reading.undone(finder)));
        all.extend(once);
    }
    all
}

/// Where the escape or letter begins that `place` lies within, by each reading.
pub(crate) fn whole_from(readings: &[Unescaped], place: usize) -> usize {
    readings.iter().map(|reading| reading.whole_from(place)).min().unwrap_or(place)
}

fn around_escapes(bytes: &[u8], longest: usize) -> Vec<Range<usize>> {
    let (mut around, mut at) = (Vec::<Range<usize>>::new(), 0);
    while let Some(found) = first_place(&bytes[at..], Escapes::may_begin) {
        let sign = at + found;
        let family = Escapes::beginning_with(bytes[sign]);
        let read = family.map_or(Err(Unread::Other), |family| family.read(&bytes[sign + 1..]));
        at = match read {
            Ok((length, _)) => sign + length,
            Err(Unread::Open) => bytes.len(),
            Err(Unread::Other) => {
                at = sign + 1;
                continue;
            }
        };
        let part = sign.saturating_sub(longest)..bytes.len().min(at + longest);
        match around.last_mut().filter(|last| last.end >= part.start) {
            Some(last) => last.end = part.end,
            None => around.push(part),
        }
    }
    around
}

impl Unescaped {
    fn plain(bytes: &[u8], part: Range<usize>) -> Self {
        let goes_on = part.end == bytes.len();
        let text = bytes[part.clone()].to_vec();
        Self { text, end: part.end, places: part.collect(), goes_on }
    }

    /// What it is where the escapes of one family are undone, for each family that it has some of.
    fn undone(&self, finder: &Finder) -> Vec<Self> {
        let mut all = Vec::new();
        for family in Escapes::ALL {
            let (whole, signs) = self.undone_from(0, family, usize::MAX);
            if !signs.is_empty() || whole.end < self.end {
                all.push(whole);
                all.extend(signs.iter().filter_map(|sign| self.behind(*sign, family, finder)));
            }
        }
        all
    }

    /// What stands behind a sign that may be no escape's, where a form may begin there.
    fn behind(&self, sign: usize, family: Escapes, finder: &Finder) -> Option<Self> {
        let (beginning, _) = self.undone_from(sign + 1, family, HASHED_BYTES);
        let is_short = beginning.text.len() < HASHED_BYTES;
        (is_short && self.goes_on || !is_short && finder.may_begin(&beginning.text))
            .then(|| self.undone_from(sign + 1, family, finder.longest()).0)
    }

    /// The text from an index on, at least `most` bytes of it where there are so many, and where
    /// escapes of the family stand.
    fn undone_from(&self, from: usize, family: Escapes, most: usize) -> (Self, Vec<usize>) {
        let mut undone = Self { text: Vec::new(), places: Vec::new(), ..*self };
        let (mut at, mut signs) = (from, Vec::new());
        while let Some(plain) = first_place(&self.text[at..], |byte| byte == family.sign()) {
            let sign = at + plain;
            undone.copy(self, at..sign);
            if undone.text.len() >= most {
                return (undone.cut(self, sign), signs);
            }
            match family.read(&self.text[sign + 1..]) {
                Ok((length, meaning)) => {
                    undone.add(meaning, self.places[sign]);
                    signs.push(sign);
                    at = sign + length;
                }
                Err(Unread::Other) => {
                    undone.copy(self, sign..sign + 1);
                    at = sign + 1;
                }
                Err(Unread::Open) => {
                    undone.end = self.places[sign];
                    return (undone, signs);
                }
            }
        }
        let end = self.text.len().min(at.saturating_add(most));
        undone.copy(self, at..end);
        (if end < self.text.len() { undone.cut(self, end) } else { undone }, signs)
    }

    /// Ends before what stands at this index of the other one.
    fn cut(mut self, other: &Self, index: usize) -> Self {
        (self.end, self.goes_on) = (other.place(index), false);
        self
    }

    fn copy(&mut self, other: &Self, part: Range<usize>) {
        self.text.extend_from_slice(&other.text[part.clone()]);
        self.places.extend_from_slice(&other.places[part]);
    }

    fn add(&mut self, meaning: Meaning, place: usize) {
        match meaning {
            Meaning::Byte(byte) => self.text.push(byte),
            Meaning::Letter(letter) => {
                self.text.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        self.places.resize(self.text.len(), place);
    }

    /// Where forms stand in it.
    pub fn matches(&self, finder: &Finder) -> Vec<(usize, usize)> {
        let (mut found, mut at) = (Vec::new(), 0);
        while let Some((start, end)) = finder.find(&self.text, at) {
            found.push((self.places[start], self.place(end)));
            at = end;
        }
        found
    }

    /// Where in it, from `from` on, a form may begin whose end has not come yet.
    pub fn open(&self, finder: &Finder, from: usize) -> Option<usize> {
        let first = self.places.partition_point(|place| *place < from);
        self.goes_on.then(|| self.place(finder.undecided(&self.text, first)))
    }

    /// Where what is at this index of the text stands in the bytes.
    fn place(&self, index: usize) -> usize {
        self.places.get(index).copied().unwrap_or(self.end)
    }

    fn whole_from(&self, place: usize) -> usize {
        match self.places.partition_point(|it| *it <= place) {
            _ if place >= self.end => {
                if self.goes_on {
                    self.end
                } else {
                    place
                }
            }
            0 => place,
            next => self.places[next - 1],
        }
    }
}
