//! Users and roles that a policy means for good: by their unique ids, so that whoever is made anew
//! under the name of one who is gone is somebody else ("AWS JSON policy elements: Principal", IAM
//! user guide).
//!
//! A policy's text names them by ARN, and stays as it was given; the ids stand beside it. Who has
//! which id is left to whoever saves the policy.

use std::collections::BTreeMap;
use std::ops::Range;

use super::grammar::Policy;
use super::json::Node;
use super::principal::Named;
use crate::finding::Finding;

/// The unique ids (`AIDA…`, `AROA…`) of users and roles, by the ARN that a policy names them by.
pub type UniqueIds = BTreeMap<String, String>;

impl Policy {
    /// The same policy, which means only those who have these ids; whoever has the name, where no ids
    /// are known.
    pub fn bound(mut self, ids: Option<&UniqueIds>) -> Self {
        let Some(ids) = ids else { return self };
        let principals = self.statements.iter_mut().filter_map(|it| it.principals.as_mut());
        for named in principals.flat_map(|principals| &mut principals.named) {
            if let Named::Arn(arn) = &*named
                && let Some(id) = ids.get(arn)
            {
                *named = Named::Unique { arn: arn.clone(), id: id.clone() };
            }
        }
        self
    }
}

/// A policy's text with the unique ids of those who are gone in place of their ARNs, as AWS shows it.
pub fn with_ids(text: &str, gone: &UniqueIds) -> String {
    let mut shown = text.to_owned();
    let places = if gone.is_empty() { Ok(Vec::new()) } else { places(text, gone) };
    // The last one first: the places of those before it stay.
    for (place, id) in places.unwrap_or_default().into_iter().rev() {
        shown.replace_range(place, &format!("\"{id}\""));
    }
    shown
}

/// Where the text names somebody who has an id, in its order.
fn places<'i>(text: &str, ids: &'i UniqueIds) -> Result<Vec<(Range<usize>, &'i str)>, Finding> {
    let mut places = Vec::new();
    for principal in principals(Node::read(text)?)? {
        let id = if principal.is_text() { ids.get(&principal.text()?) } else { None };
        places.extend(id.map(|id| (principal.span(), id.as_str())));
    }
    Ok(places)
}

/// Everybody whom a policy names, of each statement `Principal` or `NotPrincipal`.
fn principals(policy: Node) -> Result<Vec<Node>, Finding> {
    let mut named = Vec::new();
    for statement in elements(policy, |name| name == "Statement")? {
        for element in elements(statement, |name| name.ends_with("Principal"))? {
            match element.is_object() {
                true => named.extend(elements(element, |_| true)?),
                false => named.push(element),
            }
        }
    }
    Ok(named)
}

/// The elements of an object's members with such names.
fn elements<'a>(node: Node<'a>, wanted: fn(&str) -> bool) -> Result<Vec<Node<'a>>, Finding> {
    let members = node.members()?.into_iter().filter(|member| wanted(&member.name));
    let lists: Result<Vec<_>, _> = members.map(|member| member.value.elements()).collect();
    Ok(lists?.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Caller, Kind};

    const ANN: &str = "arn:aws:iam::111111111111:user/ann";
    const ROLE: &str = "arn:aws:iam::111111111111:role/r";
    const SESSION: &str = "arn:aws:sts::111111111111:assumed-role/r/s";

    fn ids(pairs: &[(&str, &str)]) -> UniqueIds {
        pairs.iter().map(|(arn, id)| ((*arn).to_owned(), (*id).to_owned())).collect()
    }

    fn user(arn: &str, id: &str) -> Caller {
        let (account, name) = ("111111111111".into(), "ann".to_owned());
        Caller::User { account, arn: arn.to_owned(), name, id: id.to_owned() }
    }

    fn session(id: &str) -> Caller {
        Caller::session("111111111111", "r", ROLE, id, "s")
    }

    fn text(principal: &str) -> String {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow",
            "Principal": {{"AWS": "{principal}"}}, "Action": "s3:*", "Resource": "*"}}}}"#
        )
    }

    #[test]
    fn whoever_has_a_name_anew_is_not_meant() {
        let ids = ids(&[(ANN, "AIDA1"), (ROLE, "AROA1"), (SESSION, "AROA1")]);
        let check = |principal: &str, caller: Caller, expect: bool| {
            let policy = Policy::read(&text(principal), Kind::Resource).expect("a policy");
            let policy = policy.bound(Some(&ids));
            let principals = policy.statements[0].principals.as_ref().expect("it names somebody");
            let means = principals.deny_level(&caller, false).is_some();
            assert_eq!(means, expect, "{principal} {caller:?}");
        };
        check(ANN, user(ANN, "AIDA1"), true);
        check(ANN, user(ANN, "AIDA2"), false);
        check(ANN, user("arn:aws:iam::111111111111:user/renamed", "AIDA1"), true);
        check(ROLE, session("AROA1"), true);
        check(ROLE, session("AROA2"), false);
        check(SESSION, session("AROA1"), true);
        check(SESSION, session("AROA2"), false);
        check("arn:aws:iam::111111111111:root", user(ANN, "AIDA2"), true);
    }

    #[test]
    fn who_is_gone_is_shown_by_the_id_and_nothing_else_of_the_text_changes() {
        let written = format!(
            "{{\"Statement\": [{{\"Principal\": {{\"AWS\": [\"{ANN}\",\n  \"{ROLE}\"]}}, \
             \"Condition\": {{\"ArnEquals\": {{\"aws:PrincipalArn\": \"{ANN}\"}}}}}}, \
             {{\"NotPrincipal\": {{\"AWS\": \"{ANN}\"}}}}, {{\"Principal\": \"*\"}}]}}"
        );
        let expect = format!(
            "{{\"Statement\": [{{\"Principal\": {{\"AWS\": [\"AIDA1\",\n  \"{ROLE}\"]}}, \
             \"Condition\": {{\"ArnEquals\": {{\"aws:PrincipalArn\": \"{ANN}\"}}}}}}, \
             {{\"NotPrincipal\": {{\"AWS\": \"AIDA1\"}}}}, {{\"Principal\": \"*\"}}]}}"
        );
        assert_eq!(with_ids(&written, &ids(&[(ANN, "AIDA1")])), expect);
        assert_eq!(with_ids(&written, &UniqueIds::new()), written);
    }
}
