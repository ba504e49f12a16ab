//! Opens the secrets that a step's variables name, at the moment when the step begins.

use domain::Secret;
use domain::secret_reference::{Part, SecretReference, SecretVariable};
use engine::StartAction;
use operations::service_role::{Deed, Perform};
use operations::step_secrets::{Lying, NoSecret, ReadForStep};
use recipes::bitbucket::variables::Scope;
use runners::{Identity, Withheld};
use serde_json::Value;

use crate::shared::Shared;

/// The variables of what a step belongs to and those that name secrets, as what it is told of itself.
///
/// # Errors
/// Which secret it cannot have and why, for the reader of its log.
pub async fn of_step(
    shared: &Shared,
    start: &StartAction,
    scopes: &[Scope],
) -> Result<Identity, Withheld> {
    if start.work.secrets.is_empty() && scopes.is_empty() {
        return Ok(Identity::default());
    }
    let broken = |cause: String| {
        tracing::error!(pipeline = %start.attempt.pipeline, cause, "a step's secrets could not be read");
        Withheld::Identity("its secrets could not be read; the server's log says why".to_owned())
    };
    let caller = shared.caller_of(&start.attempt.account).await;
    let caller = caller.map_err(|cause| broken(cause.to_string()))?;
    let as_whom = Perform { deed: Deed::Action(start), caller };
    let read = ReadForStep { as_whom, variables: &start.work.secrets, scopes };
    let found = shared.desk.take(&read, shared.now()).await;
    let found = found.map_err(|failure| broken(failure.to_string()))?.map_err(|why| {
        let message = why.to_string();
        match why {
            NoSecret::Missing(_) => Withheld::Secret(message),
            NoSecret::Denied(_) => Withheld::Denied(message),
        }
    })?;
    let open = |it: &Lying| it.kept.placed(|place| shared.vault.unseal(place, &it.sealed));
    let open = |it: &Lying| open(it).map_err(|cause| broken(cause.to_string()));
    let opened = found.secrets.iter().map(open).collect::<Result<Vec<_>, _>>()?;
    let named = put_together(&start.work.secrets, &found.secrets, &opened)?;
    let mut identity = Identity::default();
    for variable in &found.variables {
        let value = open(&variable.value)?;
        identity.masked.extend(variable.secured.then(|| value.clone()));
        identity.secrets.push((variable.name.clone(), value));
    }
    // What the action itself declares is meant for this run: it stands over all of them.
    let declared = start.work.environment.iter().filter(|_| !scopes.is_empty());
    identity.secrets.extend(declared.map(|it| (it.name.clone(), Secret::new(&it.value))));
    identity.secrets.extend(named.secrets);
    identity.masked.extend(named.masked);
    Ok(identity)
}

/// The values of variables from what they name, in the order in which they name it.
fn put_together(
    variables: &[SecretVariable],
    lying: &[Lying],
    opened: &[Secret],
) -> Result<Identity, Withheld> {
    let (mut identity, mut next) = (Identity::default(), lying.iter().zip(opened));
    for variable in variables {
        let (mut value, mut is_secret) = (String::new(), false);
        for part in &variable.parts {
            let Part::Secret(named) = part else {
                if let Part::Text(text) = part {
                    value.push_str(text);
                }
                continue;
            };
            let (lying, opened) = next.next().expect("each was read");
            let wrong = |why: &str| {
                Withheld::Secret(format!("variable {} names {named}: {why}", variable.name))
            };
            if lying.binary {
                return Err(wrong("it holds bytes; a variable takes text"));
            }
            let text = member(named, opened).map_err(|why| wrong(&why))?;
            if text.expose().contains('\0') {
                return Err(wrong("it holds a NUL character, which no variable can"));
            }
            value.push_str(text.expose());
            is_secret |= !lying.plain;
            identity.masked.extend((!lying.plain).then_some(text));
        }
        let value = Secret::new(value);
        identity.masked.extend(is_secret.then(|| value.clone()));
        identity.secrets.push((variable.name.clone(), value));
    }
    Ok(identity)
}

/// The whole of a secret, or the member of it that is named.
fn member(named: &SecretReference, opened: &Secret) -> Result<Secret, String> {
    let SecretReference::Secret { key: Some(key), .. } = named else { return Ok(opened.clone()) };
    let tree: Value = serde_json::from_str(opened.expose())
        .map_err(|_| format!("it is no JSON, so it has no key {key}; leave the key out"))?;
    match tree.get(key) {
        Some(Value::String(text)) => Ok(Secret::new(text)),
        Some(other) => Ok(Secret::new(other.to_string())),
        None => Err(format!("its JSON has no key {key}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::Kept;

    fn told(parts: Vec<Part>, secret: &str, binary: bool) -> Result<Identity, Withheld> {
        let variables = [SecretVariable { name: "A".to_owned(), parts }];
        let (account, parameter) = ("000000000000".into(), "p".to_owned());
        let kept = Kept::Parameter { account, parameter, number: 1 };
        let lying = [Lying { kept, sealed: Vec::new(), binary, plain: false }];
        put_together(&variables, &lying, &[Secret::new(secret)])
    }

    fn named(key: Option<&str>) -> Part {
        let (id, key) = ("prod/db".to_owned(), key.map(str::to_owned));
        Part::Secret(SecretReference::Secret { id, key, stage: None, version: None })
    }

    #[test]
    fn a_value_is_put_together_and_every_part_of_it_masked() {
        let parts =
            vec![Part::Text("u:".to_owned()), named(Some("p")), Part::Text("@h".to_owned())];
        let identity = told(parts, r#"{"p": "hunter2", "q": 1}"#, false).expect("it is there");
        let [(name, value)] = &identity.secrets[..] else { panic!("one variable") };
        assert_eq!((name.as_str(), value.expose()), ("A", "u:hunter2@h"));
        let masked: Vec<_> = identity.masked.iter().map(Secret::expose).collect();
        assert_eq!(masked, ["hunter2", "u:hunter2@h"]);
    }

    #[test]
    fn a_parameter_that_is_no_secret_is_not_masked() {
        let variables = [SecretVariable { name: "A".to_owned(), parts: vec![named(None)] }];
        let (account, parameter) = ("000000000000".into(), "/stage".to_owned());
        let kept = Kept::Parameter { account, parameter, number: 1 };
        let lying = [Lying { kept, sealed: Vec::new(), binary: false, plain: true }];
        let identity = put_together(&variables, &lying, &[Secret::new("staging")]);
        assert_eq!(identity.expect("it is there").masked, []);
    }

    #[test]
    fn what_is_wrong_with_a_secret_is_said_without_it() {
        let check = |key: Option<&str>, secret: &str, binary: bool, expect: &str| {
            let withheld = told(vec![named(key)], secret, binary).err().expect(expect);
            let Withheld::Secret(said) = withheld else { panic!("{withheld:?}") };
            assert!(
                said.starts_with("variable A names secret prod/db: ") && said.contains(expect),
                "{said}"
            );
            assert!(!said.contains("hunter2"), "{said}");
        };
        check(Some("p"), "hunter2", false, "it is no JSON");
        check(Some("p"), r#"{"q": "hunter2"}"#, false, "no key p");
        check(None, "aHVudGVyMg==", true, "it holds bytes");
        check(None, "hunter2\0", false, "a NUL character");
    }
}
