//! Role chaining: the session of one role was refused another role by sts:AssumeRole.

use crate::doctor::finding::Finding;

/// What a message tells of it, with both roles.
pub(super) fn refused(text: &str) -> Option<Finding> {
    let (_, rest) = text.split_once("User: ")?;
    let mut words = rest.split_whitespace().map(|it| it.trim_matches(['"', '\'', '\\', '.', ',']));
    let caller = words.next().filter(|it| it.contains(":assumed-role/"))?;
    let called = "is not authorized to perform: sts:AssumeRole on resource:".split(' ');
    if !called.eq(words.by_ref().filter(|it| *it != "│").take(8)) {
        return None;
    }
    let asked = words.find(|it| it.contains(":role/"))?;
    let (role, _session) = caller.rsplit_once('/')?;
    let role = role.replacen(":sts:", ":iam:", 1).replacen(":assumed-role/", ":role/", 1);
    let message = "the session of one role asked for another (role chaining), and that role's trust policy does not name the first \
                   with sts:AssumeRole, or the first role's own policies do not allow it";
    let trust = format!(
        "write \"Principal\": {{\"AWS\": \"{role}\"}}, \"Action\": \"sts:AssumeRole\" into the trust policy of {asked}"
    );
    let fix = if account(&role) == account(asked) {
        trust
    } else {
        format!(
            "{trust}, and allow sts:AssumeRole on it in the policies of {role}: it is in another account"
        )
    };
    Some(Finding::refused(message, fix))
}

fn account(arn: &str) -> Option<&str> {
    arn.split(':').nth(4)
}
