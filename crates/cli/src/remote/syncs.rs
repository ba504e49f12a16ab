//! `towpath connections links|link|unlink|syncs|sync`: repositories by a connection, and what is kept
//! in step with files of them.

use anyhow::Result;
use domain::ConnectionArn;
use serde_json::{Value, json};
use wire::Service;
use wire::codeconnections::{
    CreateRepositoryLinkInput, CreateRepositoryLinkOutput, DeleteRepositoryLinkInput,
    GetResourceSyncStatusInput, GetSyncBlockerSummaryInput, SyncType,
};

use super::listing::{ListFlags, Listing};
use super::table::{printable, text};
use super::{Client, Output};

static LINKS: Listing = Listing {
    service: Service::CodeConnections,
    operation: "ListRepositoryLinks",
    member: "RepositoryLinks",
    columns: &[
        ("LINK", |row| text(row, "RepositoryLinkId")),
        ("REPOSITORY", |row| format!("{}/{}", text(row, "OwnerId"), text(row, "RepositoryName"))),
        ("PROVIDER", |row| text(row, "ProviderType")),
        ("CONNECTION", |row| text(row, "ConnectionArn")),
    ],
    nothing: "no repository links; `towpath connections link CONNECTION OWNER/NAME` makes one",
};

static CONFIGURATIONS: Listing = Listing {
    service: Service::CodeConnections,
    operation: "ListSyncConfigurations",
    member: "SyncConfigurations",
    columns: &[
        ("RESOURCE", |row| text(row, "ResourceName")),
        ("TYPE", |row| text(row, "SyncType")),
        ("REPOSITORY", |row| format!("{}/{}", text(row, "OwnerId"), text(row, "RepositoryName"))),
        ("BRANCH", |row| text(row, "Branch")),
        ("FILE", |row| text(row, "ConfigFile")),
        ("STATUS", |row| text(row, "Status")),
        ("BLOCKER", |row| text(row, "Blocker")),
    ],
    nothing: "nothing is kept in step with a file; `aws codeconnections create-sync-configuration` \
              makes a sync configuration",
};

/// The account's repository links.
///
/// # Errors
/// The server refused or does not answer, or the output is closed.
pub async fn links(client: &Client, flags: &ListFlags, out: &mut Output<'_>) -> Result<()> {
    LINKS.show(client, json!({}), flags, out).await
}

/// A new repository link; prints its id.
///
/// # Errors
/// As of [`links`].
pub async fn link(
    client: &Client,
    connection_arn: ConnectionArn,
    repository: &str,
    out: &mut Output<'_>,
) -> Result<()> {
    let (owner, name) = repository.rsplit_once('/').unwrap_or(("", repository));
    let input = CreateRepositoryLinkInput {
        connection_arn,
        owner_id: owner.to_owned(),
        repository_name: name.to_owned(),
        encryption_key_arn: None,
        tags: None,
    };
    let made: CreateRepositoryLinkOutput =
        client.call(Service::CodeConnections, "CreateRepositoryLink", &input).await?;
    Ok(out.line(&made.repository_link_info.repository_link_id)?)
}

/// Removes a repository link.
///
/// # Errors
/// As of [`links`].
pub async fn unlink(client: &Client, id: String) -> Result<()> {
    let input = DeleteRepositoryLinkInput { repository_link_id: id };
    let _: Value = client.call(Service::CodeConnections, "DeleteRepositoryLink", &input).await?;
    Ok(())
}

/// What is kept in step with files of every linked repository, how that went last, and what stands in
/// the way.
///
/// # Errors
/// As of [`links`].
pub async fn list(client: &Client, flags: &ListFlags, out: &mut Output<'_>) -> Result<()> {
    let links = LINKS.ask(client, json!({}), usize::MAX).await?;
    let mut rows = Vec::new();
    for link in &links.rows {
        for kind in [SyncType::CodePipelineSync, SyncType::CfnStackSync] {
            let asked = json!({ "RepositoryLinkId": link["RepositoryLinkId"], "SyncType": kind });
            let listed = CONFIGURATIONS.ask(client, asked, usize::MAX).await?;
            for mut row in listed.rows {
                let found = Sync { kind, resource: text(&row, "ResourceName") }.ask(client).await?;
                row["Status"] = found.status["LatestSync"]["Status"].clone();
                row["Blocker"] =
                    found.standing().map_or(Value::Null, |it| it["CreatedReason"].clone());
                rows.push(row);
            }
        }
    }
    rows.truncate(flags.limit);
    match flags.json {
        true => Ok(out.json(&json!({ "SyncConfigurations": rows }))?),
        false => Ok(CONFIGURATIONS.write(&rows, out)?),
    }
}

/// One resource that is kept in step.
#[derive(Clone, Debug)]
pub struct Sync {
    /// Of what kind.
    pub kind: SyncType,
    /// Its name.
    pub resource: String,
}

/// What the server says of it.
struct Found {
    /// Empty where it was never synced.
    status: Value,
    blockers: Vec<Value>,
}

impl Found {
    /// The newest blocker that stands.
    fn standing(&self) -> Option<&Value> {
        self.blockers.iter().find(|it| it["Status"] == "ACTIVE")
    }
}

impl Sync {
    async fn ask(&self, client: &Client) -> Result<Found> {
        let (sync_type, resource_name) = (self.kind, self.resource.clone());
        let input = GetResourceSyncStatusInput { resource_name, sync_type };
        let status = client.call(Service::CodeConnections, "GetResourceSyncStatus", &input).await;
        let status = match status {
            Err(cause) if cause.is("ResourceNotFoundException") => Value::Null,
            other => other?,
        };
        let (sync_type, resource_name) = (self.kind, self.resource.clone());
        let input = GetSyncBlockerSummaryInput { sync_type, resource_name };
        let summary: Value =
            client.call(Service::CodeConnections, "GetSyncBlockerSummary", &input).await?;
        let blockers = summary["SyncBlockerSummary"]["LatestBlockers"].as_array().cloned();
        Ok(Found { status, blockers: blockers.unwrap_or_default() })
    }

    /// Shows how it went last, step by step, and its blockers.
    ///
    /// # Errors
    /// As of [`links`].
    pub async fn show(&self, client: &Client, json: bool, out: &mut Output<'_>) -> Result<()> {
        let found = self.ask(client).await?;
        if json {
            let all = json!({ "ResourceSyncStatus": found.status, "Blockers": found.blockers });
            return Ok(out.json(&all)?);
        }
        out.line(&format!("{} {}", self.kind, self.resource))?;
        let latest = &found.status["LatestSync"];
        match latest["Status"].as_str() {
            Some(status) => {
                let commit = text(&latest["TargetRevision"], "Sha");
                out.line(&format!("status    {status} at {}", &commit[..commit.len().min(8)]))?;
            }
            None => out.line("status    never synced: push to its branch")?,
        }
        for event in latest["Events"].as_array().into_iter().flatten() {
            out.line(&format!("  {}", printable(&text(event, "Event"))))?;
        }
        for blocker in &found.blockers {
            let (status, why) = (text(blocker, "Status"), text(blocker, "CreatedReason"));
            out.line(&format!("blocker   {status}: {}", printable(&why)))?;
        }
        Ok(())
    }
}
