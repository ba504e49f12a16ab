//! Why a service account's policy lets the bearer of a token not act as it: whom it names instead.

use serde_json::Value as Json;

use super::POOLS;
use crate::doctor::cause::Cause;
use crate::doctor::finding::{Compared, Finding};
use crate::federation::google::{Binding, Mapped, Provider, ServiceAccount, names};

/// One binding that fits is enough; where none does, the one that comes nearest says why.
pub(super) fn judge(bound: &[Binding], provider: &Provider, mapped: &Mapped) -> Option<Finding> {
    let pool = provider.name.split("/providers/").next().unwrap_or_default();
    let names = names(pool, mapped);
    if (ServiceAccount { bindings: bound.to_vec() }).lets_in(&names) {
        return None;
    }
    let bearer = Bearer { pool, names, mapped };
    let members = bound.iter().flat_map(|it| it.members.iter().map(move |member| (it, member)));
    let looked = members.filter_map(|(binding, member)| bearer.other(binding, member));
    looked.max_by_key(|it| it.compared.is_some()).or_else(|| {
        let message = "the service account's policy names nobody of any pool".to_owned();
        Some(bearer.refused(message))
    })
}

/// Whoever shows the token, as the pool knows them.
struct Bearer<'a> {
    pool: &'a str,
    names: Vec<String>,
    mapped: &'a Mapped,
}

impl Bearer<'_> {
    /// Why a member of a binding is not they; `None` where it is of no pool at all.
    fn other(&self, binding: &Binding, member: &str) -> Option<Finding> {
        let (kind, rest) = member.split_once("://iam.googleapis.com/")?;
        if !binding.gives_tokens() {
            let role = &binding.role;
            let message = format!(
                "{member} has {role}, which gives no tokens: roles/iam.workloadIdentityUser does"
            );
            return Some(self.refused(message));
        }
        let Some(of) = rest.strip_prefix(self.pool).and_then(|it| it.strip_prefix('/')) else {
            let message = format!(
                "{member} is of another pool, or names the project by its id instead of its number"
            );
            return Some(self.refused(message));
        };
        let (name, wanted) = of.split_once('/').unwrap_or((of, ""));
        Some(match (kind, name) {
            ("principalSet", "subject") => self
                .refused(format!("{member}: one subject is a principal://, not a principalSet://")),
            ("principal", _) if name != "subject" => self.refused(format!(
                "{member}: whoever has an attribute is a principalSet://, not a principal://"
            )),
            _ => self.another(member, name, wanted),
        })
    }

    /// The binding is of this pool and well written, and for another value.
    fn another(&self, member: &str, name: &str, wanted: &str) -> Finding {
        let found = match name {
            "subject" => Some(self.mapped.subject.as_str()),
            _ => self.mapped.attributes.get(name).and_then(Json::as_str),
        };
        let Some(found) = found else {
            let refused = self.refused(format!("{name} is not mapped by the provider"));
            let fix = format!("add {name} to the attribute mapping, or {}", refused.fix);
            return Finding { fix, ..refused };
        };
        let bare = |text: &str| text.replace(['{', '}'], "");
        let message = match bare(found) == bare(wanted) {
            true => "the braces were lost in the binding",
            false => "the binding is for another",
        };
        self.refused(message.to_owned()).about(Compared::one(member, name, wanted, found))
    }

    fn refused(&self, message: String) -> Finding {
        let set = self.names.iter().find(|it| it.contains("/attribute."));
        let right = set.or(self.names.first()).map_or(POOLS, String::as_str);
        Finding::refused(message, format!("bind {right}")).of(Cause::Impersonation)
    }
}
