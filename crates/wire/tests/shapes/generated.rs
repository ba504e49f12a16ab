//! Makes inputs from shapes: valid ones, least and most, and one for every way to be wrong.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use wire::constraint::in_camel_case;
use wire::shape::{Blob, List, Member, Pattern, Shape, Structure, Text};

/// How much a generated input holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// Only what is required, as short as it may be.
    Least,
    /// Everything, as long as it may be (lists without a limit: three members).
    Most,
}

/// An input with one thing wrong.
#[derive(Debug)]
pub struct Case {
    pub input: Value,
    pub path: String,
    pub constraint: String,
}

/// A valid value.
pub fn sample(shape: &Shape, amount: Amount) -> Value {
    match shape {
        Shape::Text(text) => Value::from(sample_text(text, amount)),
        Shape::Blob(blob) => {
            let count = if amount == Amount::Least { blob.min } else { blob.max.min(20_000) };
            Value::from(STANDARD.encode(vec![b'a'; count]))
        }
        Shape::Integer(min, max) => Value::from(if amount == Amount::Least { *min } else { *max }),
        Shape::Flag => Value::Bool(amount == Amount::Most),
        Shape::List(list) => {
            let count = if amount == Amount::Least { list.min } else { list.max.min(3) };
            Value::Array(vec![sample(list.of, amount); count])
        }
        Shape::Map(map) if amount == Amount::Least => Value::Object(Map::new()),
        Shape::Map(map) => {
            let Value::String(key) = sample(map.key, amount) else { panic!("a key is a text") };
            Value::Object(Map::from_iter([(key, sample(map.value, amount))]))
        }
        Shape::Structure(structure) => sample_structure(structure, amount),
    }
}

fn sample_structure(structure: &Structure, amount: Amount) -> Value {
    let wanted = |member: &&Member| member.required || amount == Amount::Most;
    let members = structure.members.iter().filter(wanted);
    let members = members.map(|member| (member.name.to_owned(), sample(member.shape, amount)));
    Value::Object(members.collect())
}

fn sample_text(text: &Text, amount: Amount) -> String {
    if let Some(first) = text.one_of.first() {
        return (*first).to_owned();
    }
    let goal = if amount == Amount::Least { text.min } else { text.max.min(20_000) };
    let lengthened =
        |start: &str| format!("{start}{}", "a".repeat(goal.saturating_sub(start.len())));
    let fits = |given: &String| {
        let pattern = text.pattern.is_none_or(|pattern| pattern.matches(given));
        pattern && (text.min..=text.max).contains(&given.chars().count())
    };
    let starts = STARTS.iter();
    let mut tried = starts
        .clone()
        .map(|start| lengthened(start))
        .chain(starts.map(|start| (*start).to_owned()));
    tried.find(fits).unwrap_or_else(|| panic!("no sample for {:?}", text.pattern))
}

/// For every pattern of the tables one of these, alone or lengthened with `a`, matches.
const STARTS: [&str; 23] = [
    "Name",
    "us-east-1",
    "1h",
    "123456",
    "",
    "a",
    "A",
    "AAAAAAAAAAAAAAAA",
    "/a",
    "/",
    "v1",
    "*",
    "000000000000",
    "dlv-a",
    "arn:aws:iam::000000000000:role/r",
    "arn:aws:codepipeline:us-east-1:000000000000:p",
    "arn:aws:kms:us-east-1:000000000000:key/k",
    "arn:aws-cn:codeconnections:us-east-1:000000000000:host/h",
    "arn:aws:codestar-connections:us-east-1:000000000000:connection/c",
    "01234567-89ab-4def-8123-456789abcdef",
    "vpc-01234567",
    "subnet-01234567",
    "sg-01234567",
];

/// Texts that break patterns; the first that fits the lengths and does not match is taken.
const BREAKERS: [&str; 5] = ["é", "\n", " ", "", "\u{1}"];

/// One case for every constraint that the shape holds anywhere.
pub fn violations(shape: &Shape) -> Vec<Case> {
    let mut cases = Vec::new();
    gather(shape, "", &|value| value, &mut cases);
    cases
}

/// Wraps a value of the shape at hand into a whole input, everything around it valid.
type Around<'a> = &'a dyn Fn(Value) -> Value;

fn gather(shape: &Shape, path: &str, around: Around, cases: &mut Vec<Case>) {
    let mut add = |value: Value, constraint: String| {
        cases.push(Case { input: around(value), path: path.to_owned(), constraint });
    };
    match shape {
        Shape::Text(text) => broken_texts(text).into_iter().for_each(|(v, c)| add(v.into(), c)),
        Shape::Integer(min, max) => {
            if let Some(under) = min.checked_sub(1) {
                let constraint = format!("Member must have value greater than or equal to {min}");
                add(under.into(), constraint);
            }
            if let Some(over) = max.checked_add(1) {
                add(over.into(), format!("Member must have value less than or equal to {max}"));
            }
        }
        Shape::Blob(blob) => broken_blobs(blob).into_iter().for_each(|(v, c)| add(v, c)),
        Shape::Flag => {}
        Shape::List(list) => {
            broken_lists(list).into_iter().for_each(|(value, words)| add(value, words));
            let inside = |value| around(Value::Array(vec![value; 1]));
            gather(list.of, &format!("{path}.1.member"), &inside, cases);
        }
        Shape::Map(map) => {
            let Value::String(key) = sample(map.key, Amount::Most) else { panic!() };
            let Shape::Text(text) = map.key else { panic!() };
            for (broken, words) in broken_texts(text) {
                let entry = Map::from_iter([(broken, sample(map.value, Amount::Least))]);
                let words = format!("Map keys must satisfy constraint: [{words}]");
                add(Value::Object(entry), words);
            }
            let inside = |value| around(Value::Object(Map::from_iter([(key.clone(), value)])));
            gather(map.value, &format!("{path}.{key}.member"), &inside, cases);
        }
        Shape::Structure(structure) => gather_members(structure, path, around, cases),
    }
}

fn gather_members(structure: &Structure, path: &str, around: Around, cases: &mut Vec<Case>) {
    for member in structure.members {
        let named = in_camel_case(member.name);
        let path = match path {
            "" => named,
            path => format!("{path}.{named}"),
        };
        let with = |value: Option<Value>| {
            let mut whole = sample_structure(structure, Amount::Least);
            let members = whole.as_object_mut().expect("a structure");
            members.remove(member.name);
            members.extend(value.map(|value| (member.name.to_owned(), value)));
            around(whole)
        };
        if member.required {
            let constraint = "Member must not be null".to_owned();
            cases.push(Case { input: with(None), path: path.clone(), constraint });
        }
        gather(member.shape, &path, &|value| with(Some(value)), cases);
    }
}

fn broken_lists(list: &List) -> Vec<(Value, String)> {
    let of = |count| Value::Array(vec![sample(list.of, Amount::Least); count]);
    let short = list.min.checked_sub(1).map(|count| (of(count), at_least(list.min)));
    let long = list.max.checked_add(1).map(|count| (of(count), at_most(list.max)));
    short.into_iter().chain(long).collect()
}

fn broken_blobs(blob: &Blob) -> Vec<(Value, String)> {
    let of = |count| Value::from(STANDARD.encode(vec![b'a'; count]));
    let short = blob.min.checked_sub(1).map(|count| (of(count), at_least(blob.min)));
    let long = blob.max.checked_add(1).map(|count| (of(count), at_most(blob.max)));
    short.into_iter().chain(long).collect()
}

fn broken_texts(text: &Text) -> Vec<(String, String)> {
    let mut broken = Vec::new();
    if !text.one_of.is_empty() {
        let words = format!("Member must satisfy enum value set: [{}]", text.one_of.join(", "));
        broken.push(("NoSuchValue".to_owned(), words));
    }
    let short = text.min.checked_sub(1).map(|count| ("a".repeat(count), at_least(text.min)));
    let long = text.max.checked_add(1).map(|count| ("a".repeat(count), at_most(text.max)));
    broken.extend(short.into_iter().chain(long));
    let mismatch = text.pattern.and_then(|pattern| mismatch(text, pattern));
    broken.extend(mismatch);
    broken
}

/// `None` for the pattern that nothing breaks, `[\s\S]*`.
fn mismatch(text: &Text, pattern: &Pattern) -> Option<(String, String)> {
    let lengthened = |start: &&str| {
        let missing = text.min.saturating_sub(start.chars().count());
        format!("{start}{}", "a".repeat(missing))
    };
    let breaks = |given: &String| !pattern.matches(given);
    let given = BREAKERS.iter().map(lengthened).find(breaks)?;
    let words = format!("Member must satisfy regular expression pattern: {}", pattern.text);
    Some((given, words))
}

fn at_least(min: usize) -> String {
    format!("Member must have length greater than or equal to {min}")
}

fn at_most(max: usize) -> String {
    format!("Member must have length less than or equal to {max}")
}
