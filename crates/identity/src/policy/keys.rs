//! The condition keys that a policy asks for: those of its conditions, and those of its variables.

use super::grammar::{Policy, Version};
use super::pattern;

impl Policy {
    /// The keys, each once and as it is written first, in the order of resources and conditions.
    pub fn keys(&self) -> Vec<&str> {
        let variables = |text| match self.version {
            Version::Variables => pattern::keys(text),
            Version::Old => Vec::new(),
        };
        let mut keys: Vec<&str> = Vec::new();
        for statement in &self.statements {
            let resources = statement.resources.iter().flat_map(|it| &it.patterns);
            keys.extend(resources.flat_map(|(text, _)| variables(text)));
            for condition in &statement.conditions {
                keys.push(&condition.key);
                keys.extend(condition.wanted.iter().flat_map(|wanted| variables(&wanted.text)));
            }
        }
        once(keys)
    }
}

/// Each key once: they have no case.
pub fn once<K: AsRef<str>>(keys: Vec<K>) -> Vec<K> {
    let mut kept: Vec<K> = Vec::new();
    for key in keys {
        if !kept.iter().any(|it| it.as_ref().eq_ignore_ascii_case(key.as_ref())) {
            kept.push(key);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::*;

    #[test]
    fn keys_are_those_of_conditions_and_of_variables() {
        let text = r#"{"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/${aws:username}/${*}",
             "Condition": {"StringEquals": {"aws:PrincipalTag/Team": "${aws:RequestTag/Team, 'x'}"}}},
            {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Null": {"AWS:UserName": "true"}}}]}"#;
        let policy = |text: &str| Policy::read(text, Kind::Inline).expect("a policy");
        let all = ["aws:username", "aws:PrincipalTag/Team", "aws:RequestTag/Team"];
        assert_eq!(policy(text).keys(), all);
        let old = text.replace("2012-10-17", "2008-10-17");
        assert_eq!(policy(&old).keys(), ["aws:PrincipalTag/Team", "AWS:UserName"]);
    }
}
