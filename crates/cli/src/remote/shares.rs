//! `towpath connections share`: who else may use a connection.

use anyhow::Result;
use domain::ConnectionArn;
use serde_json::{Value, json};
use wire::Service;
use wire::towpath::{ConnectionPolicyInput, PutConnectionPolicyInput};

use super::table::fields;
use super::{Client, Output};

/// Lets accounts, users or roles see the connection, pass it on and use it, and nobody else.
pub async fn share(
    client: &Client,
    connection_arn: ConnectionArn,
    with: &[String],
    out: &mut Output<'_>,
) -> Result<()> {
    let actions = ["GetConnection", "PassConnection", "UseConnection"];
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"AWS": with},
        "Action": actions.map(|action| format!("codeconnections:{action}")),
        "Resource": connection_arn,
    }]});
    let input = PutConnectionPolicyInput { connection_arn, policy: policy.to_string() };
    let _: Value = client.call(Service::Towpath, "PutConnectionPolicy", &input).await?;
    Ok(fields(out.answer, &[("shared with", with.join(", "))])?)
}

/// Shares the connection with nobody any more.
pub async fn unshare(
    client: &Client,
    connection_arn: ConnectionArn,
    out: &mut Output<'_>,
) -> Result<()> {
    let input = ConnectionPolicyInput { connection_arn };
    let _: Value = client.call(Service::Towpath, "DeleteConnectionPolicy", &input).await?;
    Ok(fields(out.answer, &[("shared with", "nobody".to_owned())])?)
}
