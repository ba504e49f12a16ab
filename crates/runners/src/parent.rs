//! Whether the process that starts another still lives, asked by the other one, as `/proc` tells it.
//!
//! Not by `getppid`: to the first process of a namespace of processes, whoever is outside of it has the
//! number 0, alive or not.

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

/// More than the four first words of `stat` have.
const STAT_BYTES: usize = 256;

/// The process that starts another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parent(u32);

impl Parent {
    /// The calling process, which is about to be one.
    pub(crate) fn this() -> rustix::io::Result<Self> {
        stat(|text| text.split(|byte| *byte == b' ').next().and_then(number)).map(Self)
    }

    /// Asked by the child. It makes system calls and nothing else.
    pub(crate) fn must_live(self) -> rustix::io::Result<()> {
        let parent = stat(parent)?;
        if parent == self.0 { Ok(()) } else { Err(Errno::SRCH) }
    }
}

/// `4711 (name) S 4710 …` (proc(5)); a name may have blanks and brackets.
fn stat(read: impl FnOnce(&[u8]) -> Option<u32>) -> rustix::io::Result<u32> {
    let file =
        rustix::fs::open(c"/proc/self/stat", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
    let mut bytes = [0; STAT_BYTES];
    let length = rustix::io::read(&file, &mut bytes)?;
    bytes.get(..length).and_then(read).ok_or(Errno::INVAL)
}

fn parent(text: &[u8]) -> Option<u32> {
    let name_ends = text.iter().rposition(|byte| *byte == b')')?;
    number(text.get(name_ends..)?.split(|byte| *byte == b' ').nth(2)?)
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0u32, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| u32::from(digit - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parent_stands_behind_whatever_the_name_is() {
        assert_eq!(parent(b"12 (sh) S 345 12 12 0"), Some(345));
        assert_eq!(parent(b"12 (a) S 6 (b) R 345 12"), Some(345));
        assert_eq!(parent(b"12 (sh"), None);
        assert_eq!(Parent::this(), Ok(Parent(std::process::id())));
        assert_eq!(Parent(1).must_live(), Err(Errno::SRCH), "a test is started by another program");
    }
}
