//! What was left out of an archive or of a tree, as a person is told: the first few by name.

use crate::limits::LEFT_OUT_NAMED_MAX;
use std::fmt;

/// Entries that were left out. A hostile tree may have any number of them, so few are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    named: Vec<String>,
    more: usize,
}

impl LeftOut {
    /// Whether nothing was.
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// How many were.
    pub fn count(&self) -> usize {
        self.named.len() + self.more
    }

    /// A name is shown in quotes: what it holds is the tree's to say, and may not look like ours.
    pub(super) fn add(&mut self, name: &[u8], why: &str) {
        if self.named.len() < LEFT_OUT_NAMED_MAX {
            self.named.push(format!("{:?}: {why}", String::from_utf8_lossy(name)));
        } else {
            self.more += 1;
        }
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.named.join("; "))?;
        match self.more {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_are_named_and_the_others_counted() {
        let mut left_out = LeftOut::default();
        assert!(left_out.is_empty());
        for number in 0..8 {
            left_out.add(format!("a\n{number}").as_bytes(), "it is odd");
        }
        let said = left_out.to_string();
        assert!(said.starts_with(r#""a\n0": it is odd; "a\n1": it is odd;"#), "{said}");
        assert!(said.ends_with("; and 3 more") && left_out.count() == 8, "{said}");
    }
}
