//! Who may act as a service account: its policy, as `gcloud iam service-accounts get-iam-policy`
//! writes it, and the names that the bearer of a federated token goes by in it.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::Mapped;

/// The roles that let their members have a service account's tokens.
const ROLES: [&str; 2] = ["roles/iam.workloadIdentityUser", DELEGATING];

/// The one of them that lets a member pass the right on, in a chain of delegates.
const DELEGATING: &str = "roles/iam.serviceAccountTokenCreator";

/// A service account's policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceAccount {
    /// Who has which role on it.
    #[serde(default)]
    pub bindings: Vec<Binding>,
}

/// Who has a role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// `roles/iam.workloadIdentityUser`.
    pub role: String,
    /// `principal://iam.googleapis.com/…`, `principalSet://iam.googleapis.com/…`,
    /// `serviceAccount:ADDRESS`.
    #[serde(default)]
    pub members: Vec<String>,
    /// What must be true besides; refused where it is set up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Json>,
}

impl Binding {
    /// Whether its role lets its members have the account's tokens.
    pub fn gives_tokens(&self) -> bool {
        ROLES.contains(&&*self.role)
    }
}

impl ServiceAccount {
    /// Whether one who goes by these names may have its tokens.
    pub fn lets_in(&self, names: &[String]) -> bool {
        self.grants(&ROLES, names)
    }

    /// Whether one who goes by these names may go on through it to one that it has a role on.
    pub fn lets_through(&self, names: &[String]) -> bool {
        self.grants(&[DELEGATING], names)
    }

    fn grants(&self, roles: &[&str], names: &[String]) -> bool {
        let grants = self.bindings.iter().filter(|it| roles.contains(&&*it.role));
        grants.flat_map(|binding| &binding.members).any(|member| names.contains(member))
    }
}

/// The names of a bearer of this pool's tokens, the one that is theirs alone first.
pub fn names(pool: &str, mapped: &Mapped) -> Vec<String> {
    let (one, set) = ("principal://iam.googleapis.com", "principalSet://iam.googleapis.com");
    let mut names = vec![format!("{one}/{pool}/subject/{}", mapped.subject)];
    names.push(format!("{set}/{pool}/*"));
    for (attribute, value) in &mapped.attributes {
        match value {
            Json::Array(groups) if attribute == "google.groups" => {
                let groups = groups.iter().filter_map(Json::as_str);
                names.extend(groups.map(|group| format!("{set}/{pool}/group/{group}")));
            }
            Json::String(text) if attribute.starts_with("attribute.") => {
                names.push(format!("{set}/{pool}/{attribute}/{text}"));
            }
            _ => {}
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const POOL: &str = "projects/1/locations/global/workloadIdentityPools/p";

    fn check(role: &str, member: &str, expect: bool) {
        let attributes = json!({
            "google.subject": "s", "google.groups": ["ops"], "attribute.repository": "{6a1f}",
        });
        let attributes = serde_json::from_value(attributes).expect("attributes");
        let names = names(POOL, &Mapped { subject: "s".to_owned(), attributes });
        let policy = json!({"bindings": [{"role": role, "members": [member]}]});
        let policy: ServiceAccount = serde_json::from_value(policy).expect("a policy");
        assert_eq!(policy.lets_in(&names), expect, "{member}");
        assert_eq!(policy.lets_through(&names), expect && role == DELEGATING, "{member}");
    }

    #[test]
    fn a_member_is_a_subject_a_group_an_attribute_or_the_pool() {
        let user = "roles/iam.workloadIdentityUser";
        let set = format!("principalSet://iam.googleapis.com/{POOL}");
        check(user, &format!("principal://iam.googleapis.com/{POOL}/subject/s"), true);
        check(user, &format!("principal://iam.googleapis.com/{POOL}/subject/t"), false);
        check(user, &format!("{set}/*"), true);
        check(user, &format!("{set}/group/ops"), true);
        check(user, &format!("{set}/attribute.repository/{{6a1f}}"), true);
        check(user, &format!("{set}/attribute.repository/6a1f"), false);
        check(user, &format!("{}2/*", set), false);
        check("roles/viewer", &format!("{set}/*"), false);
        check(DELEGATING, &format!("{set}/*"), true);
    }
}
