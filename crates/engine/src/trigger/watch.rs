//! The repositories that a pipeline has source actions on.

use domain::pipeline::{ActionDeclaration, PipelineDeclaration};
use domain::{ActionName, ConnectionArn, RepositoryName};

use super::own_branch::detects_changes;

/// A repository that a pipeline has a source action on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// The source action.
    pub source_action: ActionName,
    /// The connection, as the pipeline spells it.
    pub connection: ConnectionArn,
    /// The repository, as the pipeline spells it.
    pub repository: RepositoryName,
    /// Whether news could start the pipeline: whether a hook is needed.
    pub listens: bool,
}

/// The repositories that a pipeline has source actions on.
pub fn watches(declaration: &PipelineDeclaration) -> Vec<Watch> {
    let watch = |action: &ActionDeclaration| {
        Some(Watch {
            source_action: action.name.clone(),
            connection: ConnectionArn::new(action.setting("ConnectionArn")?),
            repository: RepositoryName::new(action.setting("FullRepositoryId")?),
            listens: listens(declaration, action),
        })
    };
    declaration.sources().filter_map(watch).collect()
}

fn listens(declaration: &PipelineDeclaration, action: &ActionDeclaration) -> bool {
    if declaration.triggers().is_empty() {
        return detects_changes(action);
    }
    let names = declaration.triggers().iter().map(|it| &it.git_configuration.source_action_name);
    names.into_iter().any(|name| *name == action.name)
}
