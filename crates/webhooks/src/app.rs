//! What only an App's one hook says: of which installation a delivery is, and what became of an
//! installation (GitHub's documentation, events `installation` and `installation_repositories`).

use crate::body::Object;
use crate::github::{EVENT, repository};
use crate::{Headers, Unusable};
use domain::RepositoryName;
use domain::forge_event::Repository;

/// Where a delivery to an App belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppDelivery {
    /// The forge's number of the installation; some events are of none.
    pub installation: Option<u64>,
    /// The repository, where it is about one.
    pub repository: Option<Repository>,
    /// What became of the installation, where it is about that.
    pub happened: Option<InstallationHappening>,
}

/// What became of an installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstallationHappening {
    /// Its owner suspended it.
    Suspended,
    /// Its owner let it go on.
    Resumed,
    /// Its owner uninstalled the App.
    Uninstalled,
    /// Its owner accepted what the App asks for now.
    PermissionsAccepted,
    /// It sees other repositories than before.
    Repositories {
        /// It sees these now.
        added: Vec<RepositoryName>,
        /// It does not see these any more.
        removed: Vec<RepositoryName>,
    },
}

/// Reads where a delivery to an App belongs. Only for bytes that were verified.
///
/// # Errors
/// It is not what GitHub sends.
pub fn app_delivery(headers: &Headers, body: &[u8]) -> Result<AppDelivery, Unusable> {
    let event = headers.one(EVENT).ok().flatten().unwrap_or_default();
    let payload = Object::payload(body)?;
    let installation = payload.object("installation")?;
    Ok(AppDelivery {
        installation: installation.map(|it| it.need("id")).transpose()?,
        repository: repository(&payload, "repository")?,
        happened: happened(event, &payload)?,
    })
}

fn happened(event: &str, payload: &Object<'_>) -> Result<Option<InstallationHappening>, Unusable> {
    let action: String = payload.get("action")?.unwrap_or_default();
    Ok(match (event, action.as_str()) {
        ("installation", "suspend") => Some(InstallationHappening::Suspended),
        ("installation", "unsuspend") => Some(InstallationHappening::Resumed),
        ("installation", "deleted") => Some(InstallationHappening::Uninstalled),
        ("installation", "new_permissions_accepted") => {
            Some(InstallationHappening::PermissionsAccepted)
        }
        ("installation_repositories", _) => Some(InstallationHappening::Repositories {
            added: names(payload, "repositories_added")?,
            removed: names(payload, "repositories_removed")?,
        }),
        _ => None,
    })
}

fn names(payload: &Object<'_>, member: &str) -> Result<Vec<RepositoryName>, Unusable> {
    let listed = payload.list(member)?.unwrap_or_default().into_iter();
    listed.map(|it| it?.need::<String>("full_name").map(|it| it.as_str().into())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(event: &str, body: &str) -> AppDelivery {
        let headers = Headers::from_iter([("X-GitHub-Event", event)]);
        app_delivery(&headers, body.as_bytes()).expect("it is read")
    }

    #[test]
    fn a_delivery_to_an_app_says_of_which_installation_it_is() {
        let push =
            r#"{"installation": {"id": 5}, "repository": {"id": 7, "full_name": "ada/engine"}}"#;
        let found = read("push", push);
        assert_eq!((found.installation, found.happened), (Some(5), None));
        assert_eq!(found.repository.and_then(|it| it.id).as_deref(), Some("7"));
        assert_eq!(read("ping", "{}").installation, None);
    }

    #[test]
    fn what_becomes_of_an_installation_is_told_apart() {
        use InstallationHappening::{PermissionsAccepted, Resumed, Suspended, Uninstalled};
        fn check(action: &str, expect: Option<InstallationHappening>) {
            let body = format!(r#"{{"action": "{action}", "installation": {{"id": 5}}}}"#);
            assert_eq!(read("installation", &body).happened, expect, "{action}");
            assert_eq!(read("push", &body).happened, None, "only of its own event");
        }
        check("suspend", Some(Suspended));
        check("unsuspend", Some(Resumed));
        check("deleted", Some(Uninstalled));
        check("new_permissions_accepted", Some(PermissionsAccepted));
        check("created", None);
        let body = r#"{"action": "removed", "installation": {"id": 5}, "repositories_added": [],
            "repositories_removed": [{"id": 7, "full_name": "ada/engine"}]}"#;
        let removed = vec!["ada/engine".into()];
        let expect = InstallationHappening::Repositories { added: Vec::new(), removed };
        assert_eq!(read("installation_repositories", body).happened, Some(expect));
    }
}
