//! `towpath connections show`, `test`, `repair` and `rotate-hook-secrets`: how a connection fares, what
//! it may do, and what is done about it.

use anyhow::{Result, bail};
use domain::ConnectionArn;
use serde::Serialize;
use serde_json::Value;
use wire::Service;
use wire::towpath::{
    GetConnectionHealthInput, RepairConnectionInput, RotateHookSecretsInput, TestConnectionInput,
};

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
    let pipelines = found["pipelines"].as_array().into_iter().flatten();
    let pipelines: Vec<_> = pipelines.filter_map(Value::as_str).map(printable).collect();
    if !pipelines.is_empty() {
        rows.push(("pipelines", pipelines.join(", ")));
    }
    let others = found["otherAccounts"].as_array().into_iter().flatten();
    rows.extend(others.map(|it| {
        ("shared with", format!("{}, {} pipeline(s)", text(it, "accountId"), text(it, "pipelines")))
    }));
    write_app(&found["app"], &mut rows);
    let refused = found["refusedStatuses"].as_array().into_iter().flatten();
    rows.extend(refused.map(refused_status));
    fields(out.answer, &rows)?;
    for hook in found["hooks"].as_array().into_iter().flatten() {
        out.line("")?;
        write_hook(hook, out)?;
    }
    Ok(())
}

/// A commit status that did not reach its repository.
fn refused_status(refused: &Value) -> (&'static str, String) {
    let (repository, context) = (text(refused, "repository"), text(refused, "context"));
    let (at, why) = (moment(refused, "at"), text(refused, "because"));
    let commit: String = text(refused, "commitId").chars().take(8).collect();
    ("status refused", format!("{context} of {commit} in {repository} at {at}: {why}"))
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
    match hook["state"] == "polled" {
        true => rows.extend(looks(hook)),
        false => rows.extend(deliveries(hook)),
    }
    rows.extend(refused(hook));
    if hook["trouble"].is_string() {
        rows.push(("trouble", text(hook, "trouble")));
    }
    if hook["previousSecretUntil"].is_number() {
        rows.push(("old secret until", moment(hook, "previousSecretUntil")));
    }
    Ok(fields(out.answer, &rows)?)
}

/// Whether the forge has it, and whether what it tells comes.
fn deliveries(hook: &Value) -> Vec<(&'static str, String)> {
    let verified = match hook["verifiedAt"].is_number() {
        true => moment(hook, "verifiedAt"),
        false => "not yet: no delivery signed with its secret has come".to_owned(),
    };
    let asked = hook["askedAt"].is_number().then(|| ("at the forge", moment(hook, "askedAt")));
    asked.into_iter().chain([("verified", verified)]).collect()
}

/// What no delivery tells of is looked at.
fn looks(hook: &Value) -> Vec<(&'static str, String)> {
    let mut rows = vec![(
        "looked at",
        match hook["lookedAtEverySeconds"].is_number() {
            true => format!("every {} s", text(hook, "lookedAtEverySeconds")),
            false => "not yet; as often as the server's polling.seconds says".to_owned(),
        },
    )];
    if hook["missedLooks"].is_number() {
        let (last, count) = (moment(hook, "lastMissedAt"), text(hook, "missedLooks"));
        let since = hook["missedSince"].is_number();
        let since = since.then(|| format!("since {}, ", moment(hook, "missedSince")));
        let since = since.unwrap_or_default();
        rows.push(("in vain", format!("{count} time(s) in a row, {since}the last at {last}")));
    }
    rows
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

/// Has the forge asked for a connection's hooks now.
///
/// # Errors
/// The connection does not work, the server refused or does not answer, or the output is closed.
pub async fn repair(
    client: &Client,
    connection_arn: ConnectionArn,
    out: &mut Output<'_>,
) -> Result<()> {
    let arn = &connection_arn;
    let input = |next_token| RepairConnectionInput { connection_arn: arn.clone(), next_token };
    let repaired = each_hook(client, "RepairConnection", out, input).await?;
    Ok(out.say(&match repaired {
        0 => "it has no webhook: no pipeline and no link uses it".to_owned(),
        several => format!(
            "the forge is asked for {several} webhook(s) now; `towpath connections show \
             {connection_arn}` says when it answered and what is amiss"
        ),
    })?)
}

/// Asks page by page, and writes the repositories of the hooks that are told; how many they are.
async fn each_hook<I: Serialize>(
    client: &Client,
    operation: &str,
    out: &mut Output<'_>,
    input: impl Fn(Option<String>) -> I,
) -> Result<usize> {
    let (mut told, mut next_token) = (0, None);
    loop {
        let page: Value = client.call(Service::Towpath, operation, &input(next_token)).await?;
        let hooks = page["hooks"].as_array().map(Vec::as_slice).unwrap_or_default();
        for hook in hooks {
            out.line(&text(hook, "repository"))?;
        }
        told += hooks.len();
        next_token = page["nextToken"].as_str().map(str::to_owned);
        if next_token.is_none() {
            return Ok(told);
        }
    }
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
    let input = |next_token| {
        let (connection_arn, end_overlap) = (connection_arn.clone(), Some(end_overlap));
        RotateHookSecretsInput { connection_arn, next_token, end_overlap }
    };
    let rotated = each_hook(client, "RotateHookSecrets", out, input).await?;
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
            "pipelines": ["app", "docs"],
            "otherAccounts": [{ "accountId": "111111111111", "pipelines": 2 }],
            "refusedStatuses": [{ "repository": "ada/engine", "context": "towpath/app",
                "commitId": "0123456789abcdef", "at": 1_700_000_000, "because": "it may not" }],
        });
        let shown = shown(|out| write(&found, out));
        for part in [
            "app, docs",
            "111111111111, 2 pipeline(s)",
            "throttled until",
            "git.example is not asked",
            "not yet: no delivery",
            "towpath/app of 01234567 in ada/engine",
            "it may not",
        ] {
            assert!(shown.contains(part), "{shown}");
        }
        assert!(!shown.contains(", the last at") && !shown.contains("App"), "{shown}");
    }

    #[test]
    fn what_is_looked_at_says_how_that_fares_and_nothing_of_deliveries() {
        let found = json!({ "hooks": [{
            "repository": "ada/nope", "state": "polled", "lookedAtEverySeconds": 60,
            "missedLooks": 3, "lastMissedAt": 1_700_000_000, "missedSince": 1_600_000_000,
            "trouble": "not found",
        }] });
        let shown = shown(|out| write(&found, out));
        let in_vain = "3 time(s) in a row, since 2020-09-13T12:26:40.000Z, the last at 2023";
        for part in ["every 60 s", in_vain, "not found"] {
            assert!(shown.contains(part), "{shown}");
        }
        assert!(!shown.contains("verified"), "{shown}");
    }

    #[test]
    fn a_hook_says_when_the_forge_was_asked_for_it() {
        let found = json!({ "hooks": [{
            "repository": "ada/engine", "state": "registered", "askedAt": 1_700_000_000,
        }] });
        let shown = shown(|out| write(&found, out));
        assert!(shown.contains("at the forge") && shown.contains("2023-11-14"), "{shown}");
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
