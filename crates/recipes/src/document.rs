//! YAML text, and so JSON, to a tree in which every node knows its place: what several findings in
//! a service's own words need, and a derived struct cannot give. Anchors, aliases and merge keys are
//! resolved; what the words mean is left to the recipes.

mod raw;
mod unreadable;

use crate::diagnostic::{Diagnostic, Place, Severity, Source};
use crate::first_document::{ONE_DOCUMENT, SECOND_DOCUMENT, first_document, second_document};
use crate::limits::FILE_BYTES_MAX;
use raw::{Raw, locate, options};
use serde_saphyr::{Location, Spanned};
pub(crate) use unreadable::Unreadable;
use unreadable::describe;

/// A value and where it was written; of an aliased value, where its anchor stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub place: Place,
    pub value: Value,
}

/// What YAML can say. Scalars keep their spelling: `1.10` stays `1.10`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Boolean(String),
    Number(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key of a map and where it was written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Key {
    pub text: String,
    pub place: Place,
}

/// Reads the first document of a text; what follows it is [`second_document`]'s.
pub(crate) fn parse(text: &str) -> Result<Node, Unreadable> {
    if text.len() > FILE_BYTES_MAX {
        return Err(Unreadable::TooLarge(text.len()));
    }
    let first = first_document(text);
    serde_saphyr::from_str_with_options::<Spanned<Raw>>(first, options())
        .map(|raw| locate(raw, first))
        .map_err(|error| describe(text, &error))
}

/// The values of a YAML or JSON text, for a format whose shapes are checked elsewhere; numbers and
/// booleans as JSON has them.
///
/// # Errors
/// Where it cannot be read, or a map has a key twice.
pub fn value_of(source: Source<'_>) -> Result<serde_json::Value, Diagnostic> {
    let wrong =
        |place, message: String, fix| source.diagnostic(Severity::Error, place, message, fix);
    let tree = parse(source.text).map_err(|why| match why {
        Unreadable::TooLarge(bytes) => {
            let message = format!("The file has {bytes} bytes; {FILE_BYTES_MAX} are allowed.");
            wrong(Place::default(), message, None)
        }
        Unreadable::Tabs(place) => {
            let fix = "indent with spaces only".to_owned();
            wrong(place, "The line is indented with tabs.".to_owned(), Some(fix))
        }
        Unreadable::Wrong { place, met, fix } => {
            wrong(place, format!("It cannot be read: {met}."), fix)
        }
    })?;
    if let Some(place) = second_document(source.text) {
        return Err(wrong(place, SECOND_DOCUMENT.to_owned(), Some(ONE_DOCUMENT.to_owned())));
    }
    plain(&tree)
        .map_err(|key| wrong(key.place, format!("The key {} stands here twice.", key.text), None))
}

/// A node without its place; the second of two equal keys of a map is the error.
fn plain(node: &Node) -> Result<serde_json::Value, &Key> {
    use serde_json::Value as Json;
    Ok(match &node.value {
        Value::Null => Json::Null,
        Value::Boolean(word) => Json::Bool(word.eq_ignore_ascii_case("true")),
        // What is no number in JSON (`0x10`, `1_000`, `.inf`) stays the text that it is.
        Value::Number(word) => word
            .parse::<serde_json::Number>()
            .map_or_else(|_| Json::from(word.as_str()), Json::Number),
        Value::Text(text) => Json::from(text.as_str()),
        Value::List(items) => Json::Array(items.iter().map(plain).collect::<Result<_, _>>()?),
        Value::Map(entries) => {
            let mut members = serde_json::Map::new();
            for (key, value) in entries {
                if members.insert(key.text.clone(), plain(value)?).is_some() {
                    return Err(key);
                }
            }
            Json::Object(members)
        }
    })
}

/// The place that a path such as `stages[1].actions[0].name` names in a YAML or JSON text, or the
/// innermost one of its parts that is there; none where the text cannot be read. A dot in a key
/// separates, too.
pub fn place_of(text: &str, path: &str) -> Option<Place> {
    let tree = parse(text).ok()?;
    let (mut node, mut place) = (&tree, tree.place);
    for part in path.split(['.', '[', ']']).filter(|part| !part.is_empty()) {
        let below = match &node.value {
            Value::Map(entries) => entries.iter().find(|(key, _)| key.text == part),
            Value::List(items) => {
                let Some(item) = part.parse().ok().and_then(|index: usize| items.get(index)) else {
                    break;
                };
                (node, place) = (item, item.place);
                continue;
            }
            _ => None,
        };
        let Some((key, value)) = below else { break };
        (node, place) = (value, key.place);
    }
    Some(place)
}

fn place(location: &Location) -> Place {
    let number = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    Place {
        line: number(location.line()),
        column: number(location.column()),
        width: u32::try_from(location.span().len()).unwrap_or(u32::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Node {
        parse(text).unwrap_or_else(|why| panic!("{why:?}"))
    }

    /// A tree in one line: places as `@line:column`.
    fn show(node: &Node) -> String {
        let list = |items: Vec<String>| items.join(", ");
        let shown = match &node.value {
            Value::Null => "~".to_owned(),
            Value::Boolean(word) => format!("boolean {word}"),
            Value::Number(word) => format!("number {word}"),
            Value::Text(text) => format!("{text:?}"),
            Value::List(items) => format!("[{}]", list(items.iter().map(show).collect())),
            Value::Map(entries) => {
                let entry = |(key, node): &(Key, Node)| format!("{}: {}", key.text, show(node));
                format!("{{{}}}", list(entries.iter().map(entry).collect()))
            }
        };
        format!("{shown}@{}:{}", node.place.line, node.place.column)
    }

    #[test]
    fn scalars_keep_their_spelling() {
        let expect = "{a: number 1.10@1:4, b: number 007@2:4, c: \"yes\"@3:4, d: boolean True@4:4, \
                      e: ~@5:4, f: \"1\"@6:4, g: number 1e999@7:4, h: number 99999999999999999999@8:4, \
                      i: \"x\\ny\\n\"@10:3}@1:1";
        let text = "a: 1.10\nb: 007\nc: yes\nd: True\ne: ~\nf: '1'\ng: 1e999\n\
                    h: 99999999999999999999\ni: |\n  x\n  y\n";
        assert_eq!(show(&tree(text)), expect);
    }

    #[test]
    fn aliases_and_merged_keys_are_placed_where_their_anchor_stands() {
        let text = "a: &x {b: 1, c: 2}\nd: *x\ne:\n  <<: *x\n  c: 3\n";
        let of_x = "{b: number 1@1:11, c: number 2@1:17}@1:7";
        let expect =
            format!("{{a: {of_x}, d: {of_x}, e: {{c: number 3@5:6, b: number 1@1:11}}@4:3}}@1:1");
        assert_eq!(show(&tree(text)), expect);
    }

    #[test]
    fn values_are_those_of_json_and_a_key_stands_once() {
        let read = |text| value_of(Source { name: "f.yml", text }).map_err(|why| why.headline());
        let expect = serde_json::json!({"a": 1, "b": [true, null, "x", 1.5], "c": "0x10"});
        assert_eq!(read("a: 1\nb: [true, ~, x, 1.5]\nc: 0x10\n"), Ok(expect.clone()));
        let json = r#"{"a": 1, "b": [true, null, "x", 1.5], "c": "0x10"}"#;
        assert_eq!(read(json), Ok(expect));
        let twice = "f.yml:3:1: error: The key a stands here twice.";
        assert_eq!(read("a: 1\nb: 2\na: 3\n"), Err(twice.to_owned()));
        let broken = read("a: [1,\nb: }\n").expect_err("it is broken");
        assert!(broken.starts_with("f.yml:1:4:"), "where what stays open begins: {broken}");
        let tabs = read("a:\n\tb: 1\n").expect_err("tabs");
        assert!(tabs.starts_with("f.yml:2:"), "{tabs}");
        let refused = read("a: 1\n---\nb: 2\n").expect_err("half of it would be lost");
        assert_eq!(refused, format!("f.yml:2:1: error: {SECOND_DOCUMENT}"));
    }

    #[test]
    fn only_the_first_document_is_read() {
        for text in [
            "a: 1\n---\nb: [",
            "%YAML 1.2\n# x\n---\na: 1\n--- \nb",
            "a: 1\n...\nb: [",
            "a: 1\r---\rb: [",
        ] {
            assert!(show(&tree(text)).starts_with("{a: number 1"), "{text}");
        }
        assert_eq!(show(&tree("a: |\n  x ---\n  ---\n")), "{a: \"x ---\\n---\\n\"@2:3}@1:1");
    }

    #[test]
    fn bombs_end_at_a_limit() {
        let mut text = "a0: &a0 [x, x]\n".to_owned();
        for level in 1..30 {
            text += &format!("a{level}: &a{level} [*a{0}, *a{0}]\n", level - 1);
        }
        let deep = "[".repeat(5000);
        let long = format!("a: &a \"{}\"\nb: [{}]", "\\n".repeat(9999), "*a, ".repeat(9999));
        for text in [text, deep, long, "x".repeat(FILE_BYTES_MAX + 1)] {
            assert!(parse(&text).is_err());
        }
    }

    #[test]
    fn a_path_leads_to_its_place_or_as_near_as_there_is() {
        let text = "{\n  \"a\": [1, {\"b\": {\"c\": 2}}]\n}\n";
        for (path, line, column) in [
            ("a", 2, 3),
            ("a[0]", 2, 9),
            ("a[1].b.c", 2, 19),
            ("a[1].b.none", 2, 13),
            ("a[7].b", 2, 3),
            ("none", 1, 1),
            ("", 1, 1),
        ] {
            let place = place_of(text, path).unwrap();
            assert_eq!((place.line, place.column), (line, column), "{path}");
        }
        assert_eq!(place_of("{", "a"), None);
    }
}
