//! A subject of one's own. Bitbucket's ends in the step's UUID, which is another in every run, so a
//! relying party that compares whole subjects (Azure) can never know it before. A template makes one
//! that stays the same: `repository:{repository}:environment:{environment}`.

use domain::forge_event::RefKind;

use super::Step;
use crate::limits::SUBJECT_CHARS_MAX;

/// What may stand in braces.
const NAMES: [&str; 13] = [
    "account",
    "repository",
    "repository_uuid",
    "workspace_uuid",
    "step_uuid",
    "environment",
    "ref",
    "ref_type",
    "branch",
    "tag",
    "pipeline",
    "stage",
    "action",
];

/// A subject to be made for a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Subject {
    /// Bitbucket's own.
    #[default]
    Bitbucket,
    /// A template whose placeholders are all known.
    Template(Vec<Part>),
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// As it stands.
    Text(String),
    /// The value of this name.
    Value(&'static str),
}

/// Why there is no subject.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnusableSubject {
    /// A brace that is not closed.
    #[error("a `{{` in the subject is not closed; write a name between `{{` and `}}`")]
    Unclosed,
    /// A name that means nothing.
    #[error("`{{{0}}}` in the subject is not known; there are {names}", names = NAMES.join(", "))]
    Unknown(String),
    /// It would be the same for every step.
    #[error("the subject names nothing of the step: every step of every pipeline would have it")]
    Constant,
    /// The action's steps are no deployments.
    #[error(
        "the subject names `{{environment}}`, which only steps with a `deployment` of a \
         BitbucketPipelines action have; name `{{repository}}`, `{{ref}}`, `{{stage}}` or `{{action}}` instead"
    )]
    NoDeployment,
    /// The step has no such thing.
    #[error("the subject names `{{{0}}}`, and this step has none")]
    Absent(&'static str),
    /// STS takes no longer one.
    #[error("the subject has {0} characters; {SUBJECT_CHARS_MAX} are allowed")]
    TooLong(usize),
}

impl Subject {
    /// Reads a template.
    pub fn read(template: &str) -> Result<Self, UnusableSubject> {
        let (mut parts, mut rest) = (Vec::new(), template);
        while let Some((text, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or(UnusableSubject::Unclosed)?;
            let known = NAMES.into_iter().find(|known| *known == name);
            parts.push(Part::Text(text.to_owned()));
            parts
                .push(Part::Value(known.ok_or_else(|| UnusableSubject::Unknown(name.to_owned()))?));
            rest = after;
        }
        if parts.is_empty() {
            return Err(UnusableSubject::Constant);
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self::Template(parts))
    }

    /// Whether it names a deployment's environment.
    pub(super) fn names_environment(&self) -> bool {
        matches!(self, Self::Template(parts) if parts.contains(&Part::Value("environment")))
    }

    /// The subject of a step. A `:` in a value is written `%3A`, so that none can pass for the
    /// template's own: a branch called `main:environment:production` is one value.
    pub fn of(&self, step: &Step) -> Result<String, UnusableSubject> {
        let Self::Template(parts) = self else { return Ok(step.bitbucket_subject()) };
        let mut subject = String::new();
        for part in parts {
            match part {
                Part::Text(text) => subject.push_str(text),
                Part::Value(name) => {
                    let value = value(step, name).filter(|value| !value.is_empty());
                    let value = value.ok_or(UnusableSubject::Absent(name))?;
                    subject.push_str(&value.replace('%', "%25").replace(':', "%3A"));
                }
            }
        }
        match subject.chars().count() {
            0..=SUBJECT_CHARS_MAX => Ok(subject),
            long => Err(UnusableSubject::TooLong(long)),
        }
    }
}

fn value(step: &Step, name: &str) -> Option<String> {
    let of_kind = |kind| {
        let git_ref = step.git_ref.as_ref().filter(|it| it.kind == kind);
        git_ref.map(|it| it.name.clone())
    };
    let known = match name {
        "account" => step.attempt.account.to_string(),
        "repository" => step.repository.clone(),
        "repository_uuid" => step.repository_uuid.clone(),
        "workspace_uuid" => step.workspace_uuid.clone(),
        "step_uuid" => step.step_uuid.clone(),
        "environment" => return step.environment.as_ref().map(|it| it.slug.clone()),
        "ref" => return step.git_ref.as_ref().map(|it| it.full()),
        "ref_type" => return step.git_ref.as_ref().map(|it| it.kind.as_str().to_owned()),
        "branch" => return of_kind(RefKind::Branch),
        "tag" => return of_kind(RefKind::Tag),
        "pipeline" => step.attempt.pipeline.to_string(),
        "stage" => step.attempt.stage.to_string(),
        "action" => step.attempt.action.to_string(),
        _ => return None,
    };
    Some(known)
}

#[cfg(test)]
mod tests {
    use super::super::tests::step;
    use super::*;
    use domain::forge_event::GitRef;

    fn check(template: &str, expect: Result<&str, UnusableSubject>) {
        let made = Subject::read(template).and_then(|subject| subject.of(&step()));
        assert_eq!(made, expect.map(str::to_owned), "{template}");
    }

    #[test]
    fn a_template_makes_the_same_subject_in_every_run() {
        check("repository:{repository}:ref:{ref}", Ok("repository:team/site:ref:refs/heads/main"));
        check("{pipeline}/{stage}/{action}", Ok("app/Deploy/Push"));
        check("x:{environment}", Err(UnusableSubject::Absent("environment")));
        check("x:{tag}", Err(UnusableSubject::Absent("tag")));
        check("x:{branhc}", Err(UnusableSubject::Unknown("branhc".to_owned())));
        check("x:{branch", Err(UnusableSubject::Unclosed));
        check("everybody", Err(UnusableSubject::Constant));
        let long = format!("{{branch}}{}", "x".repeat(255));
        check(&long, Err(UnusableSubject::TooLong(259)));
    }

    #[test]
    fn no_branch_can_pass_for_another_part_of_the_subject() {
        let git_ref = Some(GitRef::branch("main:environment:production%3A"));
        let subject = Subject::read("ref:{branch}").expect("a template");
        let made = subject.of(&Step { git_ref, ..step() });
        assert_eq!(made.as_deref(), Ok("ref:main%3Aenvironment%3Aproduction%253A"));
    }

    #[test]
    fn every_name_that_is_known_has_a_value_or_is_absent_from_the_step() {
        let tag = Step { git_ref: Some(GitRef::tag("v1")), ..step() };
        for name in NAMES.into_iter().filter(|name| *name != "environment") {
            let found = [&step(), &tag].into_iter().any(|step| value(step, name).is_some());
            assert!(found, "{name}");
        }
    }
}
