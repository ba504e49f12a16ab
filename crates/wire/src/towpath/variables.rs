//! Variables of bitbucket-pipelines.yml: of a workspace, a repository or a deployment.

use crate::moment::Moment;
use crate::secret_text;
use crate::shapes::shapes;
use domain::Secret;

shapes! { "camelCase";
    /// What variables belong to: a workspace, or a repository, or one of its deployments.
    VariableScope {} optional {
        /// The owner of repositories, as their forge names it.
        workspace: String,
        /// `owner/name`.
        repository: String,
        /// An environment of that repository's deployments.
        deployment: String,
    }

    /// Sets a variable, over one that is there.
    PutVariableInput {
        /// What it belongs to.
        scope: VariableScope,
        /// Its name in the environment of steps.
        name: String,
        /// Its value.
        #[serde(with = "secret_text")]
        value: Secret,
    } optional {
        /// Whether it is masked in logs and shown to nobody; where absent, it is.
        secured: bool,
    }

    /// Nothing to say.
    PutVariableOutput {} optional {}

    /// Asks for the variables of a scope.
    ListVariablesInput {
        /// What they belong to.
        scope: VariableScope,
    } optional {}

    /// All of them.
    ListVariablesOutput {
        /// By name.
        variables: Vec<Variable>,
    } optional {}

    /// A variable; the value of a secured one is not shown.
    Variable {
        /// Its name.
        name: String,
        /// Whether it is secured.
        secured: bool,
        /// When it was set.
        updated_at: Moment,
    } optional {
        /// Its value, where it is not secured.
        value: String,
    }

    /// Removes a variable.
    DeleteVariableInput {
        /// What it belongs to.
        scope: VariableScope,
        /// Its name.
        name: String,
    } optional {}

    /// Nothing to say.
    DeleteVariableOutput {} optional {}
}
