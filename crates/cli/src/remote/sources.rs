//! What keeps a pipeline's sources from being told of, or read: said below how the pipeline stands.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::Value;
use wire::Service;
use wire::codepipeline::GetPipelineInput;
use wire::towpath::ExplainInput;

use super::table::text;
use super::{Client, Output};

/// What is in order, or no more than how it is meant to be.
const WELL: [&str; 2] = ["connection-available", "hook-polled"];

/// What a source action is reached by, and which repository it reads.
struct Source {
    action: String,
    by: String,
    repository: String,
}

/// Writes what is amiss. Who may not ask that is shown nothing more: the pipeline's state was the
/// answer.
///
/// # Errors
/// The output is closed.
pub(super) async fn show(client: &Client, pipeline: &str, out: &mut Output<'_>) -> Result<()> {
    let input = GetPipelineInput { name: pipeline.into(), version: None };
    let found = client.call::<_, Value>(Service::CodePipeline, "GetPipeline", &input).await;
    let Ok(found) = found else { return Ok(()) };
    let mut asked = BTreeMap::new();
    for source in sources(&found) {
        if !asked.contains_key(&source.by) {
            let reasons = reasons(client, &source.by).await;
            asked.insert(source.by.clone(), reasons);
        }
        for line in amiss(&source, &asked[&source.by]) {
            out.line(&line)?;
        }
    }
    Ok(())
}

async fn reasons(client: &Client, id: &str) -> Vec<Value> {
    let input = ExplainInput { id: id.to_owned() };
    let found = client.call::<_, Value>(Service::Towpath, "Explain", &input).await;
    let found = found.unwrap_or_default();
    found["reasons"].as_array().cloned().unwrap_or_default()
}

fn sources(found: &Value) -> Vec<Source> {
    let stage = &found["pipeline"]["stages"][0];
    let actions = stage["actions"].as_array().into_iter().flatten();
    let source = |action: &Value| {
        let (configuration, name) = (&action["configuration"], text(action, "name"));
        let (by, repository) = match configuration["ConnectionArn"].as_str() {
            Some(arn) => (arn.to_owned(), text(configuration, "FullRepositoryId")),
            None => {
                let pipeline = found["metadata"]["pipelineArn"].as_str()?;
                let owner = configuration["Owner"].as_str()?;
                let repository = format!("{owner}/{}", configuration["Repo"].as_str()?);
                (format!("{pipeline}/{}/{name}", text(stage, "name")), repository)
            }
        };
        Some(Source { action: name, by, repository })
    };
    actions.filter_map(source).collect()
}

/// A connection's hooks of other repositories are nothing of this source's.
fn amiss(source: &Source, reasons: &[Value]) -> Vec<String> {
    let concerns = |reason: &&Value| {
        let (code, sentence) = (text(reason, "code"), text(reason, "sentence"));
        let is_hook = code.starts_with("hook-");
        !WELL.contains(&&*code) && (!is_hook || sentence.contains(&source.repository))
    };
    let said = |reason: &Value| {
        let step = reason["nextStep"].is_string().then(|| text(reason, "nextStep"));
        let step = step.map(|step| format!(" to do: {step}")).unwrap_or_default();
        format!("{}: {}{step}", source.action, text(reason, "sentence"))
    };
    reasons.iter().filter(concerns).map(said).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_source_is_reached_by_its_connection_or_by_itself() {
        let found = json!({
            "pipeline": { "stages": [{ "name": "Source", "actions": [
                { "name": "New", "configuration":
                    { "ConnectionArn": "arn:c", "FullRepositoryId": "ada/engine" } },
                { "name": "Old", "configuration": { "Owner": "ada", "Repo": "notes" } },
                { "name": "Bucket", "configuration": { "S3Bucket": "b" } },
            ] }] },
            "metadata": { "pipelineArn": "arn:p" },
        });
        let found: Vec<_> =
            sources(&found).into_iter().map(|it| (it.action, it.by, it.repository)).collect();
        let source = |action: &str, by: &str, repository: &str| {
            (action.to_owned(), by.to_owned(), repository.to_owned())
        };
        let expect =
            [source("New", "arn:c", "ada/engine"), source("Old", "arn:p/Source/Old", "ada/notes")];
        assert_eq!(found, expect);
    }

    #[test]
    fn what_is_amiss_with_this_source_is_said_and_no_more() {
        let source = Source {
            action: "Fetch".to_owned(),
            by: "arn:c".to_owned(),
            repository: "ada/engine".to_owned(),
        };
        let reasons = [
            json!({ "code": "connection-available", "sentence": "ada authorised it" }),
            json!({ "code": "hook-unseen", "sentence": "ada/engine: not found", "nextStep": "look" }),
            json!({ "code": "hook-refused", "sentence": "ada/other: no" }),
            json!({ "code": "connection-missing", "sentence": "it is gone" }),
        ];
        let said = amiss(&source, &reasons);
        assert_eq!(said, ["Fetch: ada/engine: not found to do: look", "Fetch: it is gone"]);
    }
}
