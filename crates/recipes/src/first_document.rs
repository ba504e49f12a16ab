//! Where the first document of a YAML text ends, and whether another follows. A text here is one.

use crate::diagnostic::Place;

/// The text up to the marker that ends its first document. A `---` or `...` at the start of a line
/// ends a document wherever it stands, in block scalars too, so lines are all there is to look at.
pub(crate) fn first_document(text: &str) -> &str {
    let mut started = false;
    let mut end = 0;
    for line in text.split_inclusive(['\n', '\r']) {
        let marker = ["---", "..."].iter().find(|marker| {
            line.strip_prefix(**marker)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
        });
        match marker {
            Some(&"...") => return &text[..end],
            Some(_) if started => return &text[..end],
            Some(_) => started = true,
            None => started |= !matches!(line.trim_start().chars().next(), None | Some('#' | '%')),
        }
        end += line.len();
    }
    text
}

/// What is said where a second document begins, and the fix.
pub(crate) const SECOND_DOCUMENT: &str =
    "A second document begins after this line, and nothing of it is read.";
pub(crate) const ONE_DOCUMENT: &str = "write one document, and remove what follows it";

/// The marker behind which a second document has something to say.
pub(crate) fn second_document(text: &str) -> Option<Place> {
    let (first, rest) = text.split_at(first_document(text).len());
    let says = |line: &str| {
        let marked = ["---", "..."].into_iter().find_map(|marker| line.strip_prefix(marker));
        let words = marked.unwrap_or(line).trim();
        !(words.is_empty() || words.starts_with(['#', '%']))
    };
    let line = u32::try_from(first.matches('\n').count() + 1).unwrap_or(u32::MAX);
    rest.split(['\n', '\r']).any(says).then_some(Place { line, column: 1, width: 3 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_document_is_found_where_it_says_something() {
        fn check(text: &str, line: Option<u32>) {
            assert_eq!(second_document(text).map(|place| place.line), line, "{text:?}");
        }
        check("a: 1\n---\nb: 2\n", Some(2));
        check("---\na: 1\n...\n# x\n---\nb", Some(3));
        check("a: 1\n--- b\n", Some(2));
        check("a: 1\n", None);
        check("---\na: 1\n---\n\n# nothing\n...\n", None);
    }
}
