//! The conditions of a statement's text.

use super::{Reader, Version};
use crate::finding::Finding;
use crate::policy::condition::{Condition, Wanted};
use crate::policy::json::{Member, Node};
use crate::policy::operator::Operator;

impl Reader {
    pub(super) fn conditions(&mut self, node: Node) -> Vec<Condition> {
        let mut conditions = Vec::new();
        let operators = node.members();
        for member in self.note(operators).unwrap_or_default() {
            let Some(operator) = self.operator(&member) else { continue };
            let keys = member.value.members();
            for key in self.note(keys).unwrap_or_default() {
                conditions.extend(self.condition(operator, key));
            }
        }
        conditions
    }

    fn operator(&mut self, member: &Member) -> Option<Operator> {
        let operator = Operator::parse(&member.name);
        if operator.is_none() {
            let fix = match Operator::nearest(&member.name) {
                Some("Null") => "write `Null` alone".to_owned(),
                Some(near) => format!(
                    "write `{near}`, with ForAllValues: or ForAnyValue: before it and IfExists \
                     after it where they are meant"
                ),
                None => "write one of IAM's operators, such as StringEquals".to_owned(),
            };
            let message =
                format!("Syntax errors in policy. Invalid Condition type : {}.", member.name);
            self.findings.push(member.at.wrong(message, fix));
        }
        operator
    }

    fn condition(&mut self, operator: Operator, member: Member) -> Option<Condition> {
        let key = member.name;
        if !key.split_once(':').is_some_and(|(vendor, name)| !vendor.is_empty() && !name.is_empty())
        {
            let message =
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
            self.findings.push(member.at.wrong(message, "write a key as `aws:SourceIp`"));
            return None;
        }
        let variables = self.version == Version::Variables;
        let nodes = member.value.elements();
        let nodes = self.note(nodes)?;
        if nodes.is_empty() {
            let fix = "name at least one value: an empty list is never met";
            self.findings.push(member.value.wrong("Syntax errors in policy.", fix));
        }
        let one = |node: Node| {
            let text = scalar(node)?;
            let wanted = Wanted::read(text.clone(), operator.row.comparison, variables);
            wanted.map_err(|fix| {
                node.wrong(format!("Invalid value {text} for condition {operator} {key}."), fix)
            })
        };
        let wanted = nodes.into_iter().filter_map(|node| self.note(one(node))).collect();
        let (folded_key, place) = (key.to_ascii_lowercase(), member.at.place());
        Some(Condition { operator, folded_key, wanted, place, key })
    }
}

/// A value of a condition: a text, or a number or truth value as it is written.
fn scalar(node: Node) -> Result<String, Finding> {
    if node.is_text() {
        return node.text();
    }
    let plain = !node.is_list() && !node.is_object() && node.source() != "null";
    plain.then(|| node.source().to_owned()).ok_or_else(|| {
        node.wrong("Syntax errors in policy.", "write a text, a number, true or false")
    })
}
