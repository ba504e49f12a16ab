//! One service under two names, and one name for several actions: connections.
//!
//! CodeStar Connections became CodeConnections; policies say either, in actions, resources and
//! keys, and mean the same connections. `AuthorizeConnection` is an action that AWS does not have
//! and articles name: it stands for what finishing a handshake in a browser takes.

const NEW: &str = "codeconnections:";
const OLD: &str = "codestar-connections:";
const AUTHORIZE: &str = "authorizeconnection";

/// The actions of a handshake ("Permissions to complete connections in a console", Developer Tools
/// console user guide).
const HANDSHAKE: &[&str] = &[
    "getindividualaccesstoken",
    "getinstallationurl",
    "listinstallationtargets",
    "startoauthhandshake",
    "updateconnectioninstallation",
];

/// All names of an action or a key, written small; its own first.
pub(super) fn names(folded: String) -> Vec<String> {
    let bare = folded.strip_prefix(NEW).or(folded.strip_prefix(OLD)).map(str::to_owned);
    let mut names = vec![folded];
    let Some(bare) = bare else { return names };
    let authorizes = HANDSHAKE.contains(&bare.as_str());
    for also in [Some(bare.as_str()), authorizes.then_some(AUTHORIZE)].into_iter().flatten() {
        for service in [NEW, OLD] {
            let name = format!("{service}{also}");
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

/// Both spellings of a connection's ARN, its own first; any other text as it is.
pub(super) fn arns(arn: &str) -> Vec<String> {
    let other = |from: &str, to: &str| {
        let (head, tail) = arn.split_once(&format!(":{from}"))?;
        // Only the service is meant, never a part of the resource.
        (!head[head.find(':')? + 1..].contains(':')).then(|| format!("{head}:{to}{tail}"))
    };
    let also = other(OLD, NEW).or_else(|| other(NEW, OLD));
    [Some(arn.to_owned()), also].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_has_two_spellings_and_nothing_else_has() {
        fn check(arn: &str, expect: &[&str]) {
            assert_eq!(arns(arn), expect, "{arn}");
        }
        let (old, new) = (
            "arn:aws:codestar-connections:us-east-1:111111111111:connection/x",
            "arn:aws:codeconnections:us-east-1:111111111111:connection/x",
        );
        check(old, &[old, new]);
        check(new, &[new, old]);
        check("*", &["*"]);
        check("arn:aws:s3:::b/codeconnections:x", &["arn:aws:s3:::b/codeconnections:x"]);
        check("arn:aws:s3:::codeconnections:x", &["arn:aws:s3:::codeconnections:x"]);
    }

    #[test]
    fn an_action_has_both_prefixes_and_a_handshakes_one_name_more() {
        fn check(action: &str, expect: &[&str]) {
            assert_eq!(names(action.to_owned()), expect, "{action}");
        }
        check("s3:getobject", &["s3:getobject"]);
        let (new, old) = ("codeconnections:useconnection", "codestar-connections:useconnection");
        check(new, &[new, old]);
        check(old, &[old, new]);
        let count = names("codeconnections:startoauthhandshake".to_owned()).len();
        assert_eq!(count, 4);
    }
}
