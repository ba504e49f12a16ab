//! Where in a text a policy stands: alone, or within what a command of IAM's answered.

use std::borrow::Cow;

use super::json::Node;
use crate::finding::{Finding, Place};

/// Members that a policy is found under, the outer ones first.
const WRAPPERS: [&str; 8] = [
    "Role",
    "Policy",
    "PolicyVersion",
    "AssumeRolePolicyDocument",
    "PolicyDocument",
    "Document",
    "policy",
    "resourcePolicy",
];

/// The policy in a text, every character of it at the line and column where it stands there.
///
/// An answer of IAM's has it as an object, as a text of JSON, or as one with `%` escapes.
pub fn find(text: &str) -> Result<Cow<'_, str>, Finding> {
    let mut node = Node::read(text)?;
    let mut wrapped = false;
    'inward: while node.is_object() {
        let members = node.members()?;
        if members.iter().any(|member| member.name == "Statement") {
            break;
        }
        for name in WRAPPERS {
            if let Some(member) = members.iter().find(|member| member.name == name) {
                (node, wrapped) = (member.value, true);
                continue 'inward;
            }
        }
        break;
    }
    if node.is_text() {
        let inner = node.text()?;
        return Ok(Cow::Owned(if inner.starts_with('%') { unescaped(&inner) } else { inner }));
    }
    let Place { line, column } = node.place();
    let before = "\n".repeat(line.saturating_sub(1) as usize)
        + &" ".repeat(column.saturating_sub(1) as usize);
    Ok(if wrapped { Cow::Owned(before + node.source()) } else { Cow::Borrowed(text) })
}

fn unescaped(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let byte =
            digits.and_then(|two| u8::from_str_radix(two, 16).ok()).filter(|_| *first == b'%');
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Kind, Policy};

    const POLICY: &str = "{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\", \
                          \"Action\": \"*\", \"Resource\": \"*\"}}";

    #[test]
    fn a_policy_is_found_where_it_stands() {
        fn check(text: &str, line: u32, column: u32) {
            let found = find(text).expect(text);
            let policy = Policy::read(&found, Kind::Managed).expect(text);
            let place = policy.statements[0].place;
            assert_eq!((place.line, place.column), (line, column), "{text}");
        }
        let column =
            u32::try_from(POLICY.find("{\"Effect").expect("a statement")).expect("short") + 1;
        check(POLICY, 1, column);
        check(&format!("{{\"PolicyVersion\": {{\n \"Document\": {POLICY}}}}}"), 2, column + 13);
        check(&format!("{{\"Role\": {{\"AssumeRolePolicyDocument\":\n{POLICY}}}}}"), 2, column);
        let text = serde_json::to_string(POLICY).expect("JSON");
        check(&format!("{{\"PolicyDocument\": {text}}}"), 1, column);
        let escaped = POLICY.replace('{', "%7B").replace('"', "%22");
        check(&format!("{{\"PolicyDocument\": \"{escaped}\"}}"), 1, column);
    }

    #[test]
    fn what_is_no_policy_is_left_to_its_reader() {
        assert_eq!(find("{\"a\": 1}").as_deref(), Ok("{\"a\": 1}"));
        assert_eq!(unescaped("%zz%4"), "%zz%4");
        assert!(find("{").is_err());
    }
}
