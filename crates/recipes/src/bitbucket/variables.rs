//! The variables that Bitbucket sets for every step, from what is known of a run.

use super::select::Event;
use domain::derived_uuid;

/// The variables in which the runner tells a step where its checkout is.
pub const FOLDER_VARIABLES: &[&str] = &["BITBUCKET_CLONE_DIR", "BUILD_DIR"];

/// What a run knows of itself. What it does not know is left out of the step's environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The repository as its forge names it: `owner/name`.
    pub repository: String,
    /// What started the run; a branch or a tag, never both.
    pub event: Event,
    /// The commit that is checked out.
    pub commit: String,
    /// Counts the runs of a repository, from 1.
    pub build_number: u64,
    /// The run's own id, a UUID without braces; the ids of its steps follow from it.
    pub id: String,
    /// Where the repository is cloned from over HTTP, if it is known.
    pub git_http_origin: Option<String>,
    /// Where the repository is cloned from over SSH, if it is known.
    pub git_ssh_origin: Option<String>,
}

/// The ids of a step and of what it belongs to, in braces as Bitbucket writes them. They follow from
/// names alone, so that a repository, an environment and a workspace keep theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ids {
    /// Of the repository.
    pub repository: String,
    /// Of the workspace, which is the repository's owner.
    pub workspace: String,
    /// Of the run.
    pub pipeline: String,
    /// Of the step.
    pub step: String,
    /// Of the environment that it deploys to, behind the environment's name for URLs.
    pub environment: Option<(String, String)>,
}

impl Ids {
    /// The ids of the step with the given index, from 0.
    pub fn of(run: &Run, index: usize, deployment: Option<&str>) -> Self {
        let braced = |parts: &[&str]| format!("{{{}}}", derived_uuid(parts));
        let (workspace, _) = run.repository.rsplit_once('/').unwrap_or(("", &run.repository));
        let environment = deployment.map(slugify).map(|slug| {
            let id = braced(&["environment", &run.repository, &slug]);
            (slug, id)
        });
        Self {
            repository: braced(&["repository", &run.repository]),
            workspace: braced(&["workspace", workspace]),
            pipeline: format!("{{{}}}", run.id),
            step: braced(&[&run.id, "step", &index.to_string()]),
            environment,
        }
    }
}

/// The variables of the step with the given index (from 0), in Bitbucket's documented order.
/// Variables that somebody declared come after these and so override them.
pub fn defaults(run: &Run, index: usize, deployment: Option<&str>) -> Vec<(String, String)> {
    let (workspace, slug) = run.repository.rsplit_once('/').unwrap_or(("", &run.repository));
    let (branch, tag) = match &run.event {
        Event::Branch(name) => (Some(name.as_str()), None),
        Event::Tag(name) => (None, Some(name.as_str())),
    };
    let build_number = run.build_number.to_string();
    let ids = Ids::of(run, index, deployment);
    let (deployment_slug, deployment_id) = ids.environment.unzip();
    let known: [(&str, Option<&str>); 18] = [
        ("CI", Some("true")),
        ("BITBUCKET_BUILD_NUMBER", Some(&build_number)),
        ("BITBUCKET_COMMIT", Some(&run.commit)),
        ("BITBUCKET_WORKSPACE", Some(workspace)),
        ("BITBUCKET_REPO_SLUG", Some(slug)),
        ("BITBUCKET_REPO_UUID", Some(&ids.repository)),
        ("BITBUCKET_REPO_FULL_NAME", Some(&run.repository)),
        ("BITBUCKET_REPO_OWNER", Some(workspace)),
        ("BITBUCKET_REPO_OWNER_UUID", Some(&ids.workspace)),
        ("BITBUCKET_BRANCH", branch),
        ("BITBUCKET_TAG", tag),
        ("BITBUCKET_GIT_HTTP_ORIGIN", run.git_http_origin.as_deref()),
        ("BITBUCKET_GIT_SSH_ORIGIN", run.git_ssh_origin.as_deref()),
        ("BITBUCKET_STEP_UUID", Some(&ids.step)),
        ("BITBUCKET_STEP_RUN_NUMBER", Some("1")),
        ("BITBUCKET_PIPELINE_UUID", Some(&ids.pipeline)),
        ("BITBUCKET_DEPLOYMENT_ENVIRONMENT", deployment_slug.as_deref()),
        ("BITBUCKET_DEPLOYMENT_ENVIRONMENT_UUID", deployment_id.as_deref()),
    ];
    let set = known.into_iter().filter_map(|(name, value)| Some((name, value?)));
    set.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// An environment's name as URLs and variables write it: lower case, `-` for everything that is
/// neither letter nor digit.
fn slugify(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_lowercase()
}

/// What variables that people set belong to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// All repositories of an owner.
    Workspace(String),
    /// One repository, `owner/name`.
    Repository(String),
    /// The steps of a repository that deploy to an environment, by its name for URLs.
    Deployment(String, String),
}

impl Scope {
    /// The environment of a repository, by the name that a file gives it.
    pub fn deployment(repository: impl Into<String>, name: &str) -> Self {
        Self::Deployment(repository.into(), slugify(name))
    }

    /// What the variables of a step belong to, the weakest first.
    pub fn of_step(repository: &str, deployment: Option<&str>) -> Vec<Self> {
        let workspace = repository.rsplit_once('/').map_or("", |(workspace, _)| workspace);
        let scopes =
            [Self::Workspace(workspace.to_owned()), Self::Repository(repository.to_owned())];
        let deployment = deployment.map(|name| Self::deployment(repository, name));
        scopes.into_iter().chain(deployment).collect()
    }
}

/// `workspace OWNER`, `repository OWNER/NAME`, `deployment OWNER/NAME ENVIRONMENT`.
impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Workspace(owner) => write!(f, "workspace {owner}"),
            Self::Repository(name) => write!(f, "repository {name}"),
            Self::Deployment(name, environment) => write!(f, "deployment {name} {environment}"),
        }
    }
}

/// Bitbucket's sentence for a variable's name that no shell takes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "The variable name \"{0}\" is invalid. It should contain only alphanumeric characters and \
     underscores and it should not begin with a number."
)]
pub struct InvalidName(pub String);

/// Checks the name of a variable.
pub fn check_name(name: &str) -> Result<(), InvalidName> {
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let goes_on = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if begins && goes_on { Ok(()) } else { Err(InvalidName(name.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn run(event: Event) -> Run {
        Run {
            repository: "team/site".into(),
            event,
            commit: "c".repeat(40),
            build_number: 7,
            id: derived_uuid(&["run"]),
            git_http_origin: Some("https://example.org/team/site".into()),
            git_ssh_origin: None,
        }
    }

    fn map(run: &Run, index: usize, deployment: Option<&str>) -> BTreeMap<String, String> {
        defaults(run, index, deployment).into_iter().collect()
    }

    #[test]
    fn a_step_of_a_branch_knows_its_surroundings() {
        let set = map(&run(Event::Branch("main".into())), 0, Some("Production (EU)"));
        for (name, expect) in [
            ("CI", "true"),
            ("BITBUCKET_BUILD_NUMBER", "7"),
            ("BITBUCKET_BRANCH", "main"),
            ("BITBUCKET_WORKSPACE", "team"),
            ("BITBUCKET_REPO_SLUG", "site"),
            ("BITBUCKET_REPO_FULL_NAME", "team/site"),
            ("BITBUCKET_GIT_HTTP_ORIGIN", "https://example.org/team/site"),
            ("BITBUCKET_DEPLOYMENT_ENVIRONMENT", "production-eu"),
        ] {
            assert_eq!(set.get(name).map(String::as_str), Some(expect), "{name}");
        }
        assert!(!set.contains_key("BITBUCKET_TAG"));
        assert!(!set.contains_key("BITBUCKET_GIT_SSH_ORIGIN"));
    }

    #[test]
    fn a_step_of_a_tag_has_no_branch() {
        let set = map(&run(Event::Tag("v1".into())), 0, None);
        assert_eq!(set.get("BITBUCKET_TAG").map(String::as_str), Some("v1"));
        assert!(!set.contains_key("BITBUCKET_BRANCH"));
        assert!(!set.contains_key("BITBUCKET_DEPLOYMENT_ENVIRONMENT"));
    }

    #[test]
    fn ids_wear_braces_and_every_step_has_its_own() {
        let run = run(Event::Branch("main".into()));
        let (first, second) = (map(&run, 0, None), map(&run, 1, None));
        assert_ne!(first["BITBUCKET_STEP_UUID"], second["BITBUCKET_STEP_UUID"]);
        assert_eq!(first["BITBUCKET_PIPELINE_UUID"], second["BITBUCKET_PIPELINE_UUID"]);
        for (name, value) in first.iter().filter(|(name, _)| name.ends_with("_UUID")) {
            assert!(value.starts_with('{') && value.ends_with('}') && value.len() == 38, "{name}");
        }
    }

    #[test]
    fn names_are_checked_in_bitbuckets_words() {
        for good in ["A", "_x", "a1_B"] {
            assert_eq!(check_name(good), Ok(()));
        }
        for bad in ["", "1a", "discovery.type", "a-b", "ä", "A=B"] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
