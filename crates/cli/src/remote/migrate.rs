//! `towpath pipelines migrate`: a pipeline of the older GitHub action is moved to a connection.
//!
//! What changes is shown as a difference of the declaration; with `--apply` it is declared, the
//! webhooks that were put for it are deleted, here and at GitHub, and the token is forgotten. What a
//! connection cannot do as the older action did is refused, each with its reason. A move that was
//! interrupted is finished by moving again.

use anyhow::{Result, bail};
use clap::Args;
use serde_json::{Map, Value, json};
use similar::TextDiff;
use wire::Service::{CodeConnections, CodePipeline, Towpath};

use super::connections::find;
use super::{Client, Output};

/// Flags of `pipelines migrate`.
#[derive(Args, Clone, Debug)]
pub struct Migrate {
    /// The pipeline's name
    #[arg(value_name = "PIPELINE")]
    name: String,
    /// The connection that it moves to, by its ARN or its name
    #[arg(long, value_name = "CONNECTION")]
    connection: String,
    /// Do it, and not only show what would change
    #[arg(long)]
    apply: bool,
}

/// Runs the command.
///
/// # Errors
/// The server refused or does not answer, the pipeline cannot be moved, or the output is closed.
pub async fn run(client: &Client, flags: Migrate, out: &mut Output<'_>) -> Result<()> {
    let named = json!({ "name": flags.name });
    let found: Value = client.call(CodePipeline, "GetPipeline", &named).await?;
    let (before, webhooks) = (&found["pipeline"], webhooks(client, &flags.name).await?);
    let arn = find(client, &flags.connection).await?;
    let moved = moved(before, arn.as_str(), &webhooks);
    let mut obstacles = match &moved {
        Ok(after) => violations(after),
        Err(obstacles) => obstacles.clone(),
    };
    if sources(before).any(is_older) {
        obstacles.extend(unusable(client, arn.as_str(), before).await?);
    }
    let after = match moved {
        Ok(after) if obstacles.is_empty() => after,
        _ => {
            bail!("pipeline {} cannot be moved to {arn}:\n  {}", flags.name, obstacles.join("\n  "))
        }
    };
    write!(out.answer, "{}", difference(&flags.name, before, &after)?)?;
    for webhook in &webhooks {
        out.say(&format!("webhook {} is deleted, here and at GitHub", text(webhook, "name")))?;
    }
    if !flags.apply {
        return Ok(out.say("nothing was changed; add --apply to do it")?);
    }
    if after != *before {
        let asked = json!({ "pipeline": after });
        client.call::<_, Value>(CodePipeline, "UpdatePipeline", &asked).await?;
    }
    for webhook in &webhooks {
        let named = json!({ "name": text(webhook, "name") });
        client.call::<_, Value>(CodePipeline, "DeleteWebhook", &named).await?;
    }
    Ok(out.say(&format!(
        "pipeline {} has a connection now; its token is forgotten as soon as GitHub has no hook of it \
         any more, and is best revoked there: https://github.com/settings/tokens",
        flags.name
    ))?)
}

/// The definitions of the webhooks that start a pipeline.
async fn webhooks(client: &Client, pipeline: &str) -> Result<Vec<Value>> {
    let (mut found, mut asked) = (Vec::new(), json!({}));
    loop {
        let page: Value = client.call(CodePipeline, "ListWebhooks", &asked).await?;
        let listed = page["webhooks"].as_array().into_iter().flatten();
        let definitions = listed.map(|it| it["definition"].clone());
        found.extend(definitions.filter(|it| it["targetPipeline"] == pipeline));
        match page.get("NextToken") {
            Some(token) => asked = json!({ "NextToken": token }),
            None => return Ok(found),
        }
    }
}

/// Why the connection would not do: it has to be AVAILABLE, and to read every repository.
async fn unusable(client: &Client, arn: &str, pipeline: &Value) -> Result<Vec<String>> {
    let asked = json!({ "ConnectionArn": arn });
    let found: Value = client.call(CodeConnections, "GetConnection", &asked).await?;
    let connection = &found["Connection"];
    if connection["ConnectionStatus"] != "AVAILABLE" {
        let message = text(connection, "StatusMessage");
        return Ok(vec![format!(
            "the connection is {}: {message}",
            text(connection, "ConnectionStatus")
        )]);
    }
    let kind = text(connection, "ProviderType");
    if kind != "GitHub" {
        return Ok(vec![elsewhere(client, &kind, connection).await?]);
    }
    let mut obstacles = Vec::new();
    for action in sources(pipeline).filter(|action| is_older(action)) {
        let repository = repository(action);
        let asked = json!({ "connectionArn": arn, "repository": repository });
        let tested: Value = client.call(Towpath, "TestConnection", &asked).await?;
        if tested["read"]["verdict"] == "refused" {
            let why = text(&tested["read"], "why");
            obstacles.push(format!("the connection may not read {repository}: {why}"));
        }
    }
    Ok(obstacles)
}

/// The older action is of github.com: the same name at another forge is somebody else's repository.
async fn elsewhere(client: &Client, kind: &str, connection: &Value) -> Result<String> {
    let place = match connection["HostArn"].as_str() {
        Some(host) => {
            let asked = json!({ "HostArn": host });
            let found: Value = client.call(CodeConnections, "GetHost", &asked).await?;
            format!("{kind} at {}", text(&found, "ProviderEndpoint"))
        }
        None => kind.to_owned(),
    };
    Ok(format!("the connection is to {place}, and the repository is at github.com"))
}

/// What UpdatePipeline would refuse of the declaration.
fn violations(declared: &Value) -> Vec<String> {
    match serde_json::from_value(declared.clone()) {
        Ok(declaration) => {
            let refused = engine::validate(&declaration).err().unwrap_or_default();
            refused.iter().map(ToString::to_string).collect()
        }
        Err(unreadable) => vec![unreadable.to_string()],
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

fn sources(pipeline: &Value) -> impl Iterator<Item = &Value> {
    pipeline["stages"][0]["actions"].as_array().into_iter().flatten()
}

fn is_older(action: &Value) -> bool {
    let kind = &action["actionTypeId"];
    (text(kind, "owner"), text(kind, "provider")) == ("ThirdParty".into(), "GitHub".into())
}

fn repository(action: &Value) -> String {
    let configuration = &action["configuration"];
    format!("{}/{}", text(configuration, "Owner"), text(configuration, "Repo"))
}

/// The declaration with connections in the place of tokens, or everything that stands against it.
fn moved(before: &Value, connection: &str, webhooks: &[Value]) -> Result<Value, Vec<String>> {
    let mut obstacles = Vec::new();
    let mut after = before.clone();
    let actions = after["stages"][0]["actions"].as_array_mut().into_iter().flatten();
    let mut older = 0;
    for action in actions.filter(|action| is_older(action)) {
        older += 1;
        let told = webhooks.iter().filter(|it| it["targetAction"] == action["name"]);
        let told: Vec<_> = told.collect();
        obstacles.extend(told.iter().flat_map(|webhook| filters_against(webhook, action)));
        obstacles.extend(variables_against(before, action));
        replace(action, connection, !told.is_empty());
    }
    // Webhooks without an older action are what an interrupted move left.
    if older == 0 && webhooks.is_empty() {
        obstacles.push("it has no source action of the provider ThirdParty GitHub".to_owned());
    }
    if obstacles.is_empty() { Ok(after) } else { Err(obstacles) }
}

/// Changes are detected where somebody told of them or they were looked for.
fn replace(action: &mut Value, connection: &str, told: bool) {
    let (repository, branch) = (repository(action), action["configuration"]["Branch"].clone());
    let polled = action["configuration"]["PollForSourceChanges"] != "false";
    let mut configuration = Map::new();
    configuration.insert("ConnectionArn".to_owned(), connection.into());
    configuration.insert("FullRepositoryId".to_owned(), repository.into());
    configuration.insert("BranchName".to_owned(), branch);
    if !told && !polled {
        configuration.insert("DetectChanges".to_owned(), "false".into());
    }
    action["configuration"] = configuration.into();
    action["actionTypeId"]["owner"] = "AWS".into();
    action["actionTypeId"]["provider"] = "CodeStarSourceConnection".into();
}

/// A connection starts for pushes of the branch. Rules that ask for anything else have no like.
fn filters_against(webhook: &Value, action: &Value) -> Vec<String> {
    let name = text(webhook, "name");
    let own = format!("refs/heads/{}", text(&action["configuration"], "Branch"));
    let filters = webhook["filters"].as_array().cloned().unwrap_or_default();
    let is_own = |filter: &Value| {
        let path = text(filter, "jsonPath");
        let wanted = text(filter, "matchEquals")
            .replace("{Branch}", &text(&action["configuration"], "Branch"));
        matches!(&*path, "$.ref" | "$['ref']" | "$[\"ref\"]") && wanted == own
    };
    if filters.is_empty() {
        return vec![format!(
            "webhook {name} has no filters and starts for every event; a connection starts for \
             pushes of {own}: put the filter $.ref = {own}, or delete the webhook"
        )];
    }
    let others = filters.iter().filter(|filter| !is_own(filter));
    let against = others.map(|filter| {
        let (path, wanted) = (text(filter, "jsonPath"), text(filter, "matchEquals"));
        format!(
            "webhook {name} asks for {path} = {wanted}, which a connection cannot; it starts for \
             pushes of {own}, and with triggers for other branches, tags, files and pull requests"
        )
    });
    against.collect()
}

/// Variables that a connection's source does not give.
fn variables_against(pipeline: &Value, action: &Value) -> Vec<String> {
    let Some(namespace) = action["namespace"].as_str() else { return Vec::new() };
    let declared = pipeline.to_string();
    let missing = [
        ("CommitUrl", "a connection's source has no such variable"),
        ("RepositoryName", "a connection's source has FullRepositoryName, which is owner/name"),
    ];
    let used = missing.into_iter().filter_map(|(variable, why)| {
        let reference = format!("#{{{namespace}.{variable}}}");
        declared.contains(&reference).then(|| format!("{reference} is used, and {why}"))
    });
    used.collect()
}

/// The two declarations as a unified difference.
fn difference(name: &str, before: &Value, after: &Value) -> Result<String> {
    let (before, after) =
        (serde_json::to_string_pretty(before)?, serde_json::to_string_pretty(after)?);
    let (before, after) = (format!("{before}\n"), format!("{after}\n"));
    let (old, new) = (format!("a/{name}.json"), format!("b/{name}.json"));
    let diff = TextDiff::from_lines(&before, &after);
    Ok(diff.unified_diff().context_radius(3).header(&old, &new).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(poll: Option<&str>, command: &str) -> Value {
        let mut configuration = json!({
            "Owner": "ada", "Repo": "engine", "Branch": "main", "OAuthToken": "****",
        });
        if let Some(poll) = poll {
            configuration["PollForSourceChanges"] = json!(poll);
        }
        json!({ "name": "app", "stages": [
            { "name": "Source", "actions": [{
                "name": "Fetch", "namespace": "Source", "configuration": configuration,
                "actionTypeId": { "category": "Source", "owner": "ThirdParty", "provider": "GitHub", "version": "1" },
                "outputArtifacts": [{ "name": "Code" }],
            }] },
            { "name": "Build", "actions": [{ "name": "Make", "commands": [command] }] },
        ] })
    }

    fn webhook(filters: Value) -> Value {
        json!({ "name": "w", "targetPipeline": "app", "targetAction": "Fetch", "filters": filters })
    }

    const ARN: &str = "arn:aws:codeconnections:us-east-1:000000000000:connection/c";

    #[test]
    fn a_token_becomes_a_connection_and_nothing_else_changes() {
        fn check(poll: Option<&str>, told: bool, detects: Option<&str>) {
            let own =
                webhook(json!([{ "jsonPath": "$.ref", "matchEquals": "refs/heads/{Branch}" }]));
            let webhooks: Vec<_> = told.then_some(own).into_iter().collect();
            let before = declared(poll, "true");
            let after = moved(&before, ARN, &webhooks).expect("it can be moved");
            let action = &after["stages"][0]["actions"][0];
            let configuration = &action["configuration"];
            assert_eq!(configuration["FullRepositoryId"], "ada/engine");
            assert_eq!(
                (&configuration["BranchName"], &configuration["ConnectionArn"]),
                (&json!("main"), &json!(ARN))
            );
            assert_eq!(configuration.get("DetectChanges").and_then(Value::as_str), detects);
            assert_eq!(action["actionTypeId"]["provider"], "CodeStarSourceConnection");
            assert_eq!(
                (&action["outputArtifacts"], &after["stages"][1]),
                (&before["stages"][0]["actions"][0]["outputArtifacts"], &before["stages"][1])
            );
            assert!(!after.to_string().contains("OAuthToken"));
        }
        check(None, false, None);
        check(Some("true"), false, None);
        check(Some("false"), true, None);
        check(Some("false"), false, Some("false"));
    }

    #[test]
    fn what_a_connection_cannot_do_is_refused_with_its_reason() {
        fn check(before: &Value, webhooks: &[Value], expect: &str) {
            let refused = moved(before, ARN, webhooks).expect_err(expect).join("; ");
            assert!(refused.contains(expect), "{refused}");
        }
        let plain = declared(None, "true");
        check(&plain, &[webhook(json!([]))], "no filters");
        let published = json!([{ "jsonPath": "$.action", "matchEquals": "published" }]);
        check(&plain, &[webhook(published)], "$.action = published");
        let other = json!([{ "jsonPath": "$.ref", "matchEquals": "refs/heads/dev" }]);
        check(&plain, &[webhook(other)], "refs/heads/dev");
        check(&declared(None, "echo #{Source.CommitUrl}"), &[], "#{Source.CommitUrl} is used");
        check(&declared(None, "echo #{Source.RepositoryName}"), &[], "FullRepositoryName");
        let moved_already = moved(&plain, ARN, &[]).expect("it can be moved");
        check(&moved_already, &[], "no source action");
        let date = declared(None, "echo #{Source.CommitterDate}");
        assert!(moved(&date, ARN, &[]).is_ok(), "a connection's source has it, too");
    }

    #[test]
    fn a_move_that_was_interrupted_has_its_webhooks_left() {
        let plain = declared(None, "true");
        let after = moved(&plain, ARN, &[]).expect("it can be moved");
        let left = webhook(json!([{ "jsonPath": "$.action", "matchEquals": "deploy" }]));
        assert_eq!(moved(&after, ARN, &[left]), Ok(after.clone()), "nothing is to be declared");
    }

    #[test]
    fn what_the_server_would_refuse_is_said_before_anything_is_done() {
        let mut before = declared(None, "true");
        before["roleArn"] = json!("arn:aws:iam::000000000000:role/r");
        before["artifactStore"] = json!({ "type": "S3", "location": "artifacts" });
        before["stages"][1]["actions"][0] = json!({ "name": "Ask", "actionTypeId":
            { "category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1" } });
        let after = moved(&before, ARN, &[]).expect("it can be moved");
        assert_eq!(violations(&after), Vec::<String>::new());
        before["stages"][0]["actions"][0]["configuration"]["Branch"] = json!("refs/heads/main");
        let after = moved(&before, ARN, &[]).expect("it can be written");
        let said = violations(&after).join("; ");
        assert!(said.contains("write the branch's own name, main,"), "{said}");
    }

    #[test]
    fn the_difference_is_a_unified_one() {
        let before = declared(None, "true");
        let after = moved(&before, ARN, &[]).expect("it can be moved");
        let shown = difference("app", &before, &after).expect("text");
        assert!(shown.starts_with("--- a/app.json\n+++ b/app.json\n@@ -"), "{shown}");
        assert!(shown.contains("\n-            \"OAuthToken\": \"****\""), "{shown}");
        assert!(shown.contains(&format!("\n+            \"ConnectionArn\": \"{ARN}\"")), "{shown}");
    }
}
