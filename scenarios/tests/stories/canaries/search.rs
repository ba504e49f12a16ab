//! Finds secrets in every encoding in which they could lie somewhere without being sealed.

use std::collections::HashMap;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// Bytes by which a form is looked up.
const START: usize = 8;
/// Bytes of a secret that are searched: of a long one those in its middle.
const PIECE: usize = 24;

/// A piece of the secret as it stands, backwards, in hex, percent-encoded, escaped as in JSON, and in
/// base64 however much stands before it; each also in the hex of a dump.
pub fn forms(secret: &[u8]) -> Vec<Vec<u8>> {
    let piece = &secret[secret.len().saturating_sub(PIECE) / 2..][..secret.len().min(PIECE)];
    let hex = hex::encode(piece);
    let each = |escape: fn(&u8) -> String| piece.iter().map(escape).collect::<String>();
    let mut forms = vec![
        piece.to_vec(),
        piece.iter().rev().copied().collect(),
        hex.to_uppercase().into_bytes(),
        each(|byte| format!("%{byte:02X}")).into_bytes(),
        each(|byte| format!("%{byte:02x}")).into_bytes(),
        each(|byte| format!("\\u00{byte:02x}")).into_bytes(),
    ];
    for shift in 0..3 {
        let text = [&b"xxx"[..shift], piece].concat();
        // What stays the same of it whatever stands around.
        let (skip, len) = ((shift * 4).div_ceil(3), text.len() / 3 * 4);
        for encoded in [STANDARD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
            forms.push(encoded.as_bytes()[skip..len].to_vec());
        }
    }
    let dumped: Vec<_> = forms.iter().map(|form| hex::encode(form).into_bytes()).collect();
    forms.extend(dumped);
    forms
}

/// The files below a folder in which one of the forms stands.
pub fn found(folder: &Path, forms: &[Vec<u8>]) -> Vec<String> {
    let mut search = Search::default();
    forms.iter().for_each(|form| search.add("it", form.clone()));
    search.in_files(folder).into_iter().map(|(file, _)| file).collect()
}

/// Forms of secrets with their kinds, by how they begin.
#[derive(Default)]
pub struct Search(HashMap<[u8; START], Vec<(&'static str, Vec<u8>)>>);

impl Search {
    pub fn of<'a>(secrets: impl IntoIterator<Item = (&'static str, &'a [u8])>) -> Self {
        let mut search = Self::default();
        for (kind, secret) in secrets {
            forms(secret).into_iter().for_each(|form| search.add(kind, form));
        }
        search
    }

    fn add(&mut self, kind: &'static str, form: Vec<u8>) {
        let start = form[..START].try_into().expect("a form is long enough");
        self.0.entry(start).or_default().push((kind, form));
    }

    pub fn len(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    /// The kind of the first secret that stands in the text.
    pub fn first_in(&self, text: &[u8]) -> Option<&'static str> {
        text.windows(START).enumerate().find_map(|(at, start)| {
            let forms = self.0.get(start)?;
            forms.iter().find(|(_, form)| text[at..].starts_with(form)).map(|(kind, _)| *kind)
        })
    }

    /// The files below a folder in which a secret stands, and its kind.
    pub fn in_files(&self, folder: &Path) -> Vec<(String, &'static str)> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                found.extend(self.in_files(&path));
            } else if let Ok(bytes) = std::fs::read(&path) {
                let kind = self.first_in(&bytes);
                found.extend(kind.map(|kind| (path.display().to_string(), kind)));
            }
        }
        found
    }
}
