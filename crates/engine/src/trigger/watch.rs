//! The repositories that a pipeline has source actions on.

use domain::pipeline::{ActionDeclaration, PipelineDeclaration};
use domain::{ActionName, ConnectionArn, RepositoryName, StageName};

use super::own_branch::detects_changes;

/// A repository that a pipeline has a source action on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// The stage of the source action.
    pub stage: StageName,
    /// The source action.
    pub source_action: ActionName,
    /// By what it is reached.
    pub by: ReachedBy,
    /// The repository, as the pipeline spells it.
    pub repository: RepositoryName,
}

/// By what a source action reaches its repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReachedBy {
    /// A connection.
    Connection {
        /// As the pipeline spells it.
        arn: ConnectionArn,
        /// Whether news could start the pipeline: whether a hook is needed.
        listens: bool,
    },
    /// A token of the action's own.
    Token,
}

/// The repositories that a pipeline has source actions on.
pub fn watches(declaration: &PipelineDeclaration) -> Vec<Watch> {
    let Some(stage) = declaration.stages.first() else { return Vec::new() };
    let watch = |action: &ActionDeclaration| {
        let by = match action.brings_token() {
            true => ReachedBy::Token,
            false => ReachedBy::Connection {
                arn: ConnectionArn::new(action.setting("ConnectionArn")?),
                listens: listens(declaration, action),
            },
        };
        let (stage, source_action) = (stage.name.clone(), action.name.clone());
        Some(Watch { stage, source_action, by, repository: action.repository()? })
    };
    declaration.sources().filter_map(watch).collect()
}

/// Whether pull requests could start a pipeline.
pub fn listens_to_requests(declaration: &PipelineDeclaration) -> bool {
    declaration.triggers().iter().any(|it| it.git_configuration.pull_request.is_some())
}

fn listens(declaration: &PipelineDeclaration, action: &ActionDeclaration) -> bool {
    if declaration.triggers().is_empty() {
        return detects_changes(action);
    }
    let names = declaration.triggers().iter().map(|it| &it.git_configuration.source_action_name);
    names.into_iter().any(|name| *name == action.name)
}
