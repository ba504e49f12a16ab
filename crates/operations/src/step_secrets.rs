//! The secrets that a step's variables name, read when it begins: as its pipeline's role, judged and
//! told to the audit log like any other reading. Opening them is left to the process.

use domain::secret_reference::{SecretReference, SecretVariable};
use identity::Ask;
use recipes::bitbucket::variables::Scope;
use store::{Changes, Kept, SecretValueRow, VariableRow, View, Want};

use crate::caller::Caller;
use crate::denials;
use crate::parameters::{self, reference::Reference};
use crate::refusal::Refused;
use crate::sealed::read_by;
use crate::secrets::read::{ACTION, Which, kept, told};
use crate::service_role::Perform;
use crate::turn::{Now, Turn};
use crate::variables;

/// What the audit log calls the reading of a secured variable.
const VARIABLE_ACTION: &str = "towpath:ReadVariable";
/// The action that reading a parameter is.
const PARAMETER_ACTION: &str = "ssm:GetParameters";

/// A step that begins wants the secrets that its action's variables name, and the variables of what it
/// belongs to.
pub struct ReadForStep<'a> {
    /// As whom.
    pub as_whom: Perform<'a>,
    /// The variables of its action that hold secrets.
    pub variables: &'a [SecretVariable],
    /// Whose variables it has, the weakest first.
    pub scopes: &'a [Scope],
}

/// What a step has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The variables of what it belongs to, the weakest first: later ones stand over earlier ones.
    pub variables: Vec<Variable>,
    /// The secrets, in the order in which its action's variables name them.
    pub secrets: Vec<Lying>,
}

/// A variable as it lies there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Whether it is masked.
    pub secured: bool,
    /// Its value.
    pub value: Lying,
}

/// A secret as it lies there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lying {
    /// Where.
    pub kept: Kept,
    /// What lies there.
    pub sealed: Vec<u8>,
    /// Whether it is bytes.
    pub binary: bool,
    /// Whether it is no secret, but a parameter that is kept as plain text.
    pub plain: bool,
}

/// Why a step does not have a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSecret {
    /// It is not there, or not as it is named.
    #[error("{0}")]
    Missing(String),
    /// The pipeline's role may not read it.
    #[error("{0}")]
    Denied(String),
}

impl ReadForStep<'_> {
    fn named(&self) -> impl Iterator<Item = (&SecretVariable, &SecretReference)> {
        self.variables.iter().flat_map(|it| it.secrets().map(move |secret| (it, secret)))
    }

    /// The variables of what the step belongs to. Whoever set them meant them for its steps; that
    /// secured ones are read is told.
    fn of_scopes(
        &self,
        caller: &Caller,
        (seen, now, changes): (&View, &Now, &mut Changes),
    ) -> Vec<Variable> {
        let mut found = Vec::new();
        for scope in self.scopes {
            for row in seen.list::<VariableRow>(&variables::of_scope(caller.account(), scope)) {
                if row.secured {
                    let arn = variables::arn(caller, row);
                    changes.record(read_by(caller, caller.account(), VARIABLE_ACTION, &arn, now));
                }
                let (name, secured) = (row.name.clone(), row.secured);
                let (kept, sealed) = (variables::kept(row), row.sealed_value.clone());
                let value = Lying { kept, sealed, binary: false, plain: !secured };
                found.push(Variable { name, secured, value });
            }
        }
        found
    }

    /// One of them: judged, found and told.
    fn read(
        &self,
        caller: &Caller,
        (variable, named): (&SecretVariable, &SecretReference),
        (seen, now, changes): (&View, &Now, &mut Changes),
    ) -> Result<Lying, (NoSecret, Option<Box<identity::Denial>>)> {
        let of = format!("variable {} names {named}", variable.name);
        let denied = |denial: Box<identity::Denial>| {
            let why = caller.request_id();
            let message = format!("{of}: {denial} (`towpath why {why}` says more)");
            (NoSecret::Denied(message), Some(denial))
        };
        for ask in asks(caller, named, seen) {
            identity::judge(&caller.principal, &ask, now.at).map_err(denied)?;
        }
        let missing =
            |refused: Refused| (NoSecret::Missing(format!("{of}: {}", refused.message)), None);
        let found = match named {
            SecretReference::Secret { id, stage, version, .. } => {
                let which = Which { secret: id, id: version.as_ref(), stage: stage.as_ref() };
                secret(caller, &which, (seen, now, changes))
            }
            SecretReference::Parameter { name } => parameter(caller, name, (seen, now, changes)),
        };
        found.map_err(missing)
    }
}

/// What the role must be allowed.
fn asks(caller: &Caller, named: &SecretReference, seen: &View) -> Vec<Ask> {
    match named {
        SecretReference::Secret { id, stage, version, .. } => {
            let which = Which { secret: id, id: version.as_ref(), stage: stage.as_ref() };
            vec![which.ask(caller, seen, Ask::new(ACTION, "*"))]
        }
        SecretReference::Parameter { name } => {
            let ask = parameters::about(caller, name, seen, Ask::new(PARAMETER_ACTION, "*"));
            let of_secret = Reference::read(name).map(|secret| secret.ask(caller, seen));
            [ask].into_iter().chain(of_secret).collect()
        }
    }
}

fn secret(
    caller: &Caller,
    which: &Which<'_>,
    (seen, now, changes): (&View, &Now, &mut Changes),
) -> Result<Lying, Refused> {
    let (row, value) = which.read(caller, seen, now.at)?;
    let resource = which.ask(caller, seen, Ask::new(ACTION, "*")).resource;
    changes.record(read_by(caller, caller.account(), ACTION, &resource, now));
    told(caller, row, value, (seen, now, changes));
    Ok(lying(value))
}

/// A parameter, or the secret that its name stands for.
fn parameter(
    caller: &Caller,
    name: &str,
    (seen, now, changes): (&View, &Now, &mut Changes),
) -> Result<Lying, Refused> {
    if let Some(secret) = Reference::read(name) {
        return secret.value(caller, (seen, now, changes)).map(|(_, value)| lying(value));
    }
    let (row, value, _) = parameters::get::read(caller, name, seen)?;
    let ask = parameters::about(caller, name, seen, Ask::new(PARAMETER_ACTION, "*"));
    changes.record(read_by(caller, caller.account(), PARAMETER_ACTION, &ask.resource, now));
    let sealed = value.sealed_value.clone();
    let plain = parameters::kind(row) != wire::ssm::ParameterType::SecureString;
    Ok(Lying { kept: parameters::kept(value), sealed, binary: false, plain })
}

fn lying(value: &SecretValueRow) -> Lying {
    let sealed = value.sealed_value.clone();
    Lying { kept: kept(value), sealed, binary: value.binary, plain: false }
}

impl Turn for ReadForStep<'_> {
    type Answer = Result<Found, NoSecret>;

    fn wants(&self, seen: &View) -> Vec<Want> {
        let caller = &self.as_whom.caller;
        let mut wants = self.as_whom.wants_of_whom(seen);
        let scopes = self.scopes.iter();
        wants.extend(scopes.map(|scope| variables::of_scope(caller.account(), scope).into()));
        wants.extend(self.named().flat_map(|(_, named)| {
            match named {
                SecretReference::Secret { id, stage, version, .. } => {
                    Which { secret: id, id: version.as_ref(), stage: stage.as_ref() }
                        .wants(caller, seen)
                }
                SecretReference::Parameter { name } => parameters::get::wants(caller, name, seen),
            }
        }));
        wants
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, Self::Answer), Refused> {
        let refused = |why: String| Ok((Changes::of_loop(), Err(NoSecret::Denied(why))));
        let asks = !self.variables.is_empty() || !self.scopes.is_empty();
        if asks && !self.as_whom.deed.grants_identity() {
            return refused("the code is a pull request's from a fork".to_owned());
        }
        let Some(row) = self.as_whom.row(seen) else {
            return refused("the pipeline is gone, and its secrets with its role".to_owned());
        };
        let caller = self.as_whom.caller.clone();
        let caller = match self.as_whom.principal(row, seen, now) {
            Ok(principal) => Caller { principal, ..caller },
            // Variables are its repository's, whatever became of the pipeline's role.
            Err(_) if self.variables.is_empty() => caller,
            Err(why) => return refused(why),
        };
        let (mut changes, mut found) = (Changes::of_loop(), Found::default());
        found.variables = self.of_scopes(&caller, (seen, now, &mut changes));
        for named in self.named() {
            match self.read(&caller, named, (seen, now, &mut changes)) {
                Ok(lying) => found.secrets.push(lying),
                Err((withheld, denial)) => {
                    let kept = denial.map(|denial| denials::keep(&caller, &denial, seen, now));
                    return Ok((kept.unwrap_or_default(), Err(withheld)));
                }
            }
        }
        Ok((changes, Ok(found)))
    }
}
