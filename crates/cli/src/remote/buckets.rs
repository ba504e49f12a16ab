//! `towpath buckets`: where artifacts lie.

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::json;
use wire::Service;
use wire::towpath::{CreateBucketInput, CreateBucketOutput};

use super::listing::{ListFlags, Listing};
use super::table::{moment, text};
use super::{Client, Folder, Output};

/// Flags of `buckets`.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    #[command(flatten)]
    folder: Folder,
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// The account's buckets
    List(ListFlags),
    /// Make a bucket; making one's own again changes nothing
    Create {
        /// 3 to 63 characters: lower-case letters, digits, dots, hyphens
        #[arg(value_name = "BUCKET")]
        name: String,
    },
}

static BUCKETS: Listing = Listing {
    service: Service::Towpath,
    operation: "ListBuckets",
    member: "buckets",
    columns: &[
        ("BUCKET", |row| text(row, "bucketName")),
        ("CREATED", |row| moment(row, "createdAt")),
    ],
    nothing: "no buckets; `towpath buckets create` makes one",
};

/// Runs the command.
///
/// # Errors
/// The server refused or does not answer, or the output is closed.
pub async fn run(arguments: Arguments, out: &mut Output<'_>) -> Result<()> {
    let client = Client::open(&arguments.folder)?;
    match arguments.action {
        Action::List(flags) => BUCKETS.show(&client, json!({}), &flags, out).await,
        Action::Create { name } => {
            let input = CreateBucketInput { bucket_name: name.as_str().into() };
            let made: CreateBucketOutput =
                client.call(Service::Towpath, "CreateBucket", &input).await?;
            Ok(out.line(made.bucket.bucket_name.as_str())?)
        }
    }
}
