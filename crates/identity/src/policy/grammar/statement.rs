//! One statement of a policy's text.

use super::{Kind, Reader, Version, unknown};
use crate::finding::Finding;
use crate::policy::arn;
use crate::policy::glob::Glob;
use crate::policy::json::{Member, Node};
use crate::policy::pattern::Pattern;
use crate::policy::principal::{Named as Who, Principals};
use crate::policy::statement::{Effect, Named, Statement};

const FIELDS: &[&str] = &[
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// What a role's trust policy can be about.
const TRUST_ACTIONS: [&str; 6] = [
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:tagsession",
    "sts:setsourceidentity",
    "sts:setcontext",
];

/// The members of a statement, by name.
struct Fields<'a> {
    node: Node<'a>,
    members: Vec<Member<'a>>,
}

impl<'a> Fields<'a> {
    fn get(&self, name: &str) -> Option<Node<'a>> {
        self.members.iter().find(|member| member.name == name).map(|member| member.value)
    }

    /// `Action` or `NotAction` and the like: which, and its value.
    fn either(&self, name: &str) -> Result<Option<(bool, Node<'a>)>, Finding> {
        let negated = format!("Not{name}");
        match (self.get(name), self.get(&negated)) {
            (Some(_), Some(other)) => {
                Err(other.wrong("Syntax errors in policy.", format!("keep {name} or {negated}")))
            }
            (plain, negated) => {
                Ok(plain.map(|node| (false, node)).or(negated.map(|node| (true, node))))
            }
        }
    }
}

impl Reader {
    pub(super) fn statement(&mut self, node: Node) -> Option<Statement> {
        let members = node.members();
        let members = self.note(members)?;
        let strange = members.iter().filter(|member| !FIELDS.contains(&member.name.as_str()));
        self.findings.extend(strange.map(|member| unknown(member, FIELDS)));
        let fields = Fields { node, members };
        // Each part is read, though one before it is wrong: people want all findings at once.
        let sid = self.sid(&fields);
        let effect = effect(&fields);
        let effect = self.note(effect);
        let principals = self.principals(&fields, effect);
        let actions = self.actions(&fields);
        let resources = self.resources(&fields);
        let conditions = fields.get("Condition").map_or(Vec::new(), |node| self.conditions(node));
        Some(Statement {
            place: node.place(),
            extent: node.extent(),
            sid,
            effect: effect?,
            principals: principals?,
            actions: actions?,
            resources: resources?,
            conditions,
        })
    }

    fn sid(&mut self, fields: &Fields) -> Option<String> {
        let node = fields.get("Sid")?;
        let sid = self.note(node.text())?;
        let plain = sid.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !plain && self.kind != Kind::Resource {
            let message = "Statement IDs (SID) must be alpha-numeric. Check that your input \
                           satisfies the regular expression [0-9A-Za-z]*";
            self.findings.push(node.wrong(message, "take other characters out"));
        }
        Some(sid).filter(|sid| !sid.is_empty())
    }

    /// Outer `None`: wrong, and noted. Inner: the statement names none, as it should.
    fn principals(
        &mut self,
        fields: &Fields,
        effect: Option<Effect>,
    ) -> Option<Option<Principals>> {
        let found = self.note(fields.either("Principal"))?;
        if let Some((true, node)) = found {
            let excepted = self.check_excepted(node, effect);
            self.note(excepted)?;
        }
        match (found, self.kind.names_principals()) {
            (None, false) => Some(None),
            (None, true) => {
                let message = "Missing required field Principal";
                self.findings.push(fields.node.wrong(message, "say whom it is about"));
                None
            }
            (Some((_, node)), false) => {
                let message = "Policy document should not specify a principal.";
                let fix = "take Principal out: the policy is about whoever it is attached to";
                self.findings.push(node.wrong(message, fix));
                None
            }
            (Some((negated, node)), true) => {
                let named = principals(node);
                let named = self.note(named)?;
                Some(Some(Principals { negated, named }))
            }
        }
    }

    /// `NotPrincipal` means strangers, and sessions and accounts of those whom it names: IAM has it for
    /// denying on resources alone.
    fn check_excepted(&self, node: Node, effect: Option<Effect>) -> Result<(), Finding> {
        let fix = "name those who are meant by Principal, or all but some by \"*\" and ArnNotEquals on aws:PrincipalArn";
        match (self.kind, effect) {
            (Kind::Trust, _) => Err(node.wrong("Has prohibited field NotPrincipal", fix)),
            (_, Some(Effect::Allow)) => {
                Err(node.wrong("NotPrincipal must be used with Effect Deny.", fix))
            }
            _ => Ok(()),
        }
    }

    fn actions(&mut self, fields: &Fields) -> Option<Named<Glob>> {
        let found = self.note(fields.either("Action"))?;
        let Some((negated, node)) = found else {
            let message = "Policy statement must contain actions.";
            self.findings.push(fields.node.wrong(message, "add \"Action\""));
            return None;
        };
        let message = "Policy statement must contain actions.";
        let trusts = self.kind == Kind::Trust && !negated;
        let patterns = self.list(node, message, |text| {
            let glob = action(text).map_err(|fix| {
                let vendor = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, \
                              etc.";
                (vendor.to_owned(), fix)
            })?;
            if trusts && !TRUST_ACTIONS.iter().any(|action| glob.matches(action)) {
                let wrong = "AssumeRole policy may only specify STS AssumeRole actions.";
                let fix = "write sts:AssumeRole or sts:AssumeRoleWithWebIdentity; what the role may do is for its other policies";
                return Err((wrong.to_owned(), fix.to_owned()));
            }
            Ok((text.to_owned(), glob))
        });
        Some(Named { negated, patterns: patterns? })
    }

    fn resources(&mut self, fields: &Fields) -> Option<Option<Named<Pattern>>> {
        let found = self.note(fields.either("Resource"))?;
        let (negated, node) = match (found, self.kind) {
            (None, Kind::Trust) => return Some(None),
            (Some((_, node)), Kind::Trust) => {
                let fix = "take it out: a trust policy is about the role that has it";
                self.findings.push(node.wrong("Has prohibited field Resource", fix));
                return None;
            }
            (None, _) => {
                let message = "Policy statement must contain resources.";
                self.findings.push(fields.node.wrong(message, "add \"Resource\""));
                return None;
            }
            (Some(found), _) => found,
        };
        let variables = self.version == Version::Variables;
        let message = "Policy statement must contain resources.";
        let patterns = self.list(node, message, |text| {
            let read = arn::resource(text, variables).map(|pattern| (text.to_owned(), pattern));
            read.map_err(|fix| (format!("Resource {text} must be in ARN format or \"*\"."), fix))
        });
        Some(Some(Named { negated, patterns: patterns? }))
    }

    /// Reads a text or a list of texts, at least one.
    fn list<T>(
        &mut self,
        node: Node,
        empty: &str,
        read: impl Fn(&str) -> Result<T, (String, String)>,
    ) -> Option<Vec<T>> {
        let nodes = node.elements();
        let nodes = self.note(nodes)?;
        if nodes.is_empty() {
            self.findings.push(node.wrong(empty, "name at least one"));
            return None;
        }
        let count = nodes.len();
        let one = |node: Node| {
            let text = node.text()?;
            read(&text).map_err(|(message, fix)| node.wrong(message, fix))
        };
        let read: Vec<T> = nodes.into_iter().filter_map(|node| self.note(one(node))).collect();
        (read.len() == count).then_some(read)
    }
}

fn effect(fields: &Fields) -> Result<Effect, Finding> {
    let Some(node) = fields.get("Effect") else {
        let message = "Missing required field Effect";
        return Err(fields.node.wrong(message, "add \"Effect\": \"Allow\" or \"Deny\""));
    };
    match node.text()?.as_str() {
        "Allow" => Ok(Effect::Allow),
        "Deny" => Ok(Effect::Deny),
        other => {
            let message = format!("Invalid effect: {other}");
            Err(node.wrong(message, "write \"Allow\" or \"Deny\""))
        }
    }
}

fn principals(node: Node) -> Result<Vec<Who>, Finding> {
    if node.is_text() {
        return match node.text()?.as_str() {
            "*" => Ok(vec![Who::Everyone]),
            other => {
                let message = format!("Invalid principal in policy: \"{other}\"");
                Err(node.wrong(message, "write \"*\", or {\"AWS\": …}, {\"Federated\": …}"))
            }
        };
    }
    let mut named = Vec::new();
    for member in node.members()? {
        for element in member.value.elements()? {
            let text = element.text()?;
            named.push(Who::read(&member.name, &text).map_err(|fix| {
                let kind = &member.name;
                element.wrong(format!("Invalid principal in policy: \"{kind}\":\"{text}\""), fix)
            })?);
        }
    }
    match named.is_empty() {
        true => Err(node.wrong("Missing required field Principal cannot be empty!", "name one")),
        false => Ok(named),
    }
}

/// Reads `service:Action*`, `*` or `*:*`; what would be right, where it is none. Actions have no case.
fn action(text: &str) -> Result<Glob, String> {
    let vendor = |vendor: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
        !vendor.is_empty() && vendor.bytes().all(plain)
    };
    let name = |name: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'?' | b'_');
        !name.is_empty() && name.bytes().all(plain)
    };
    let good = match text.split_once(':') {
        Some((before, after)) => vendor(before) && name(after) || text == "*:*",
        None => text == "*",
    };
    match good {
        true => Ok(Glob::read(&text.to_ascii_lowercase())),
        false => Err("write `service:Action`, with wildcards in the action only, or \"*\"".into()),
    }
}
