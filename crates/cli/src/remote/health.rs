//! `towpath connections show`, `test` and `rotate-hook-secrets`: how a connection fares, and what it
//! may do.

use anyhow::{Result, bail};
use domain::ConnectionArn;
use serde_json::Value;
use wire::Service;
use wire::towpath::{GetConnectionHealthInput, RotateHookSecretsInput, TestConnectionInput};

use super::table::{fields, moment, printable, text};
use super::{Client, Output};

/// Shows how a connection fares.
///
/// # Errors
/// The server refused or does not answer, or the output is closed.
pub async fn show(
    client: &Client,
    connection_arn: ConnectionArn,
    json: bool,
    out: &mut Output<'_>,
) -> Result<()> {
    let input = GetConnectionHealthInput { connection_arn };
    let found: Value = client.call(Service::Towpath, "GetConnectionHealth", &input).await?;
    if json { Ok(out.json(&found)?) } else { write(&found, out) }
}

fn write(found: &Value, out: &mut Output<'_>) -> Result<()> {
    let mut rows = Vec::new();
    if found["login"].is_string() {
        rows.push(("authorised by", text(found, "login")));
    }
    if found["throttledUntil"].is_number() {
        let (until, host) = (moment(found, "throttledUntil"), text(found, "throttledHost"));
        let why = text(found, "throttledBecause");
        rows.push(("throttled until", format!("{until}: {host} is not asked, because {why}")));
    }
    write_app(&found["app"], &mut rows);
    fields(out.answer, &rows)?;
    for hook in found["hooks"].as_array().into_iter().flatten() {
        out.line("")?;
        write_hook(hook, out)?;
    }
    Ok(())
}

/// The App that it goes through, whose one hook tells of every repository.
fn write_app(app: &Value, rows: &mut Vec<(&'static str, String)>) {
    if app.is_null() {
        return;
    }
    let installed_in = match app["installedIn"].is_string() {
        true => format!(" in {}", text(app, "installedIn")),
        false => String::new(),
    };
    let installation = text(app, "installation");
    rows.push(("App", format!("{}, installation {installation}{installed_in}", text(app, "slug"))));
    rows.push((
        "its hook",
        match app["heardAt"].is_number() {
            true => format!("delivered at {}", moment(app, "heardAt")),
            false => {
                "has not delivered yet: see the App's recent deliveries at the forge".to_owned()
            }
        },
    ));
    rows.extend(refused(app));
}

/// What was refused, and what to do about it.
fn refused(hook: &Value) -> Option<(&'static str, String)> {
    let refused = hook.get("refused")?;
    let (count, at) = (text(refused, "count"), moment(refused, "lastAt"));
    let (why, peer) = (text(refused, "because"), text(refused, "peer"));
    Some((
        "refused",
        format!(
            "{count}, the last at {at} from {peer}: {why}; if the forge sent it, give the hook a new \
             secret: `towpath connections rotate-hook-secrets`, or the App's in `towpath forges register`"
        ),
    ))
}

fn write_hook(hook: &Value, out: &mut Output<'_>) -> Result<()> {
    let mut rows = vec![("repository", text(hook, "repository")), ("hook", text(hook, "state"))];
    if hook["presentName"].is_string() {
        rows.push(("now called", text(hook, "presentName")));
    }
    rows.push((
        "verified",
        match hook["verifiedAt"].is_number() {
            true => moment(hook, "verifiedAt"),
            false => "not yet: no delivery signed with its secret has come".to_owned(),
        },
    ));
    rows.extend(refused(hook));
    if hook["trouble"].is_string() {
        rows.push(("trouble", text(hook, "trouble")));
    }
    if hook["previousSecretUntil"].is_number() {
        rows.push(("old secret until", moment(hook, "previousSecretUntil")));
    }
    Ok(fields(out.answer, &rows)?)
}

/// Shows what a connection may do in a repository.
///
/// # Errors
/// It may not do all that pipelines need; or the server refused or does not answer, or the output
/// is closed.
pub async fn test(
    client: &Client,
    connection_arn: ConnectionArn,
    repository: &str,
    json: bool,
    out: &mut Output<'_>,
) -> Result<()> {
    let input = TestConnectionInput { connection_arn, repository: repository.into() };
    let found: Value = client.call(Service::Towpath, "TestConnection", &input).await?;
    match json {
        true => out.json(&found)?,
        false => write_rights(&found, out)?,
    }
    let members = ["read", "hooks", "statuses"];
    if members.iter().any(|member| found[*member]["verdict"] == "refused") {
        bail!("pipelines cannot rely on this connection for {repository} yet");
    }
    Ok(())
}

fn write_rights(found: &Value, out: &mut Output<'_>) -> Result<()> {
    let right = |member: &str| match found[member]["verdict"].as_str() {
        Some("given") => "yes".to_owned(),
        Some("refused") => format!("no: {}", text(&found[member], "why")),
        _ => "the forge does not say before it is tried".to_owned(),
    };
    let mut rows = Vec::new();
    if found["login"].is_string() {
        rows.push(("speaks for", text(found, "login")));
    }
    rows.extend([
        ("read", right("read")),
        ("webhooks", right("hooks")),
        ("commit statuses", right("statuses")),
    ]);
    let scopes = found["missingScopes"].as_array().into_iter().flatten();
    let scopes: Vec<_> = scopes.filter_map(Value::as_str).map(printable).collect();
    if !scopes.is_empty() {
        let scopes = scopes.join(", ");
        rows.push(("missing scopes", format!("{scopes}; authorise it again and leave them in")));
    }
    Ok(fields(out.answer, &rows)?)
}

/// Replaces the secrets of a connection's hooks, or ends the time in which those before verify too.
///
/// # Errors
/// The server refused or does not answer, or the output is closed.
pub async fn rotate(
    client: &Client,
    connection_arn: ConnectionArn,
    end_overlap: bool,
    out: &mut Output<'_>,
) -> Result<()> {
    let (mut rotated, mut next_token) = (0, None);
    loop {
        let (connection_arn, end_overlap) = (connection_arn.clone(), Some(end_overlap));
        let input = RotateHookSecretsInput { connection_arn, next_token, end_overlap };
        let page: Value = client.call(Service::Towpath, "RotateHookSecrets", &input).await?;
        let hooks = page["hooks"].as_array().map(Vec::as_slice).unwrap_or_default();
        for hook in hooks {
            out.line(&text(hook, "repository"))?;
        }
        rotated += hooks.len();
        next_token = page["nextToken"].as_str().map(str::to_owned);
        if next_token.is_none() {
            break;
        }
    }
    Ok(out.say(&match rotated {
        0 if end_overlap => "no hook has a secret beside its present one".to_owned(),
        several if end_overlap => format!("{several} hook(s) verify by their present secret alone"),
        0 => "it has no registered hook".to_owned(),
        several => format!(
            "{several} hook(s) have new secrets; the forge is told now, and those before verify on \
             for a day after it has taken them"
        ),
    })?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(write: impl Fn(&mut Output<'_>) -> Result<()>) -> String {
        let (mut answer, mut words) = (Vec::new(), Vec::new());
        write(&mut Output { answer: &mut answer, words: &mut words }).expect("shown");
        String::from_utf8(answer).expect("text")
    }

    #[test]
    fn a_throttled_forge_and_a_silent_hook_are_said() {
        let found = json!({
            "connectionArn": "arn", "status": "AVAILABLE", "throttledHost": "git.example",
            "throttledUntil": 1_700_000_000, "throttledBecause": "it says so",
            "hooks": [{ "repository": "ada/engine", "state": "registered" }],
        });
        let shown = shown(|out| write(&found, out));
        for part in ["throttled until", "git.example is not asked", "not yet: no delivery"] {
            assert!(shown.contains(part), "{shown}");
        }
        assert!(!shown.contains("refused") && !shown.contains("App"), "{shown}");
    }

    #[test]
    fn an_app_says_where_it_is_installed_and_whether_its_hook_delivers() {
        let refused = json!({
            "count": 3, "lastAt": 1_700_000_000, "peer": "192.0.2.1",
            "because": "the signature does not fit",
        });
        let app = |heard: Value| {
            let mut app = json!({ "slug": "towpath-ci", "installation": 42, "installedIn": "ada" });
            app["heardAt"] = heard;
            app["refused"] = refused.clone();
            shown(|out| write(&json!({ "hooks": [], "app": app }), out))
        };
        let silent = app(Value::Null);
        for part in ["towpath-ci, installation 42 in ada", "has not delivered yet", "3, the last"] {
            assert!(silent.contains(part), "{silent}");
        }
        assert!(app(json!(1_700_000_000)).contains("delivered at 2023-11-14"));
    }

    #[test]
    fn each_right_says_whether_and_why_not() {
        let found = json!({
            "read": { "verdict": "given" }, "statuses": { "verdict": "unsaid" },
            "hooks": { "verdict": "refused", "why": "an administrator must" },
            "missingScopes": ["repo"],
        });
        let shown = shown(|out| write_rights(&found, out));
        for part in ["yes", "no: an administrator must", "does not say", "repo; authorise"] {
            assert!(shown.contains(part), "{shown}");
        }
    }
}
