//! What stands between foreign text and a page: HTML escaping, and marks for characters that hide.
//!
//! Commit messages, branch names and logs are written by others. A character that turns the
//! reading direction, takes no room or steers a terminal is shown as its code, so that what a
//! person reads is what is there ("Trojan Source", CVE-2021-42574). `askama.toml` names this
//! escaper for every template, so no template can forget it.

use askama::filters::Escaper;
use std::fmt::{self, Write};

/// The escaper of all pages.
#[derive(Clone, Copy, Debug, Default)]
pub struct Marked;

impl Escaper for Marked {
    fn write_escaped_str<W: Write>(&self, mut to: W, text: &str) -> fmt::Result {
        let mut plain_from = 0;
        for (at, c) in text.char_indices() {
            if is_plain(c) {
                continue;
            }
            to.write_str(&text[plain_from..at])?;
            write_special(&mut to, c)?;
            plain_from = at + c.len_utf8();
        }
        to.write_str(&text[plain_from..])
    }
}

fn is_plain(c: char) -> bool {
    !matches!(c, '<' | '>' | '&' | '"' | '\'' | '`') && !hides(c)
}

fn write_special(to: &mut impl Write, c: char) -> fmt::Result {
    if hides(c) { write!(to, "‹U+{:04X}›", c as u32) } else { write!(to, "&#{};", c as u32) }
}

/// Whether a reader would not see the character, or would see something else because of it.
/// Line feeds and tabs are layout, not deceit.
fn hides(c: char) -> bool {
    let steers = c.is_control() && !matches!(c, '\n' | '\t');
    let turns = matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let takes_no_room = matches!(c, '\u{00AD}' | '\u{180E}' | '\u{200B}'..='\u{200D}' | '\u{2028}' | '\u{2029}'
        | '\u{2060}'..='\u{2065}' | '\u{206A}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}');
    steers || turns || takes_no_room
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let mut shown = String::new();
        Marked.write_escaped_str(&mut shown, text).unwrap();
        assert_eq!(shown, expect);
    }

    #[test]
    fn ordinary_text_in_any_script_passes_unchanged() {
        check(
            "fix: Größe über 10 µs, 你好 👩 ok\n\tnext",
            "fix: Größe über 10 µs, 你好 👩 ok\n\tnext",
        );
    }

    #[test]
    fn markup_becomes_text() {
        check("<b a='1'>&\"`", "&#60;b a=&#39;1&#39;&#62;&#38;&#34;&#96;");
    }

    #[test]
    fn what_hides_is_named() {
        check("a\u{202E}b\u{200B}c", "a‹U+202E›b‹U+200B›c");
        check("\u{1b}[31mred\r", "‹U+001B›[31mred‹U+000D›");
    }
}
