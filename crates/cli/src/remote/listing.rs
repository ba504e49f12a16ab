//! Lists of the API as tables: what to ask, and which columns to show.

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use wire::Service;

use super::{Client, ClientError, Output, table};
use crate::limits::PAGE_ROWS_MAX;

/// Flags of every listing.
#[derive(Args, Clone, Debug)]
pub struct ListFlags {
    /// The API's JSON instead of a table
    #[arg(long)]
    pub json: bool,
    /// The most rows
    #[arg(long, value_name = "N", default_value_t = PAGE_ROWS_MAX, value_parser = at_least_one)]
    pub limit: usize,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    let rows = text.parse().ok().filter(|rows| *rows > 0);
    rows.ok_or_else(|| "write a whole number from 1 on".to_owned())
}

/// One kind of list.
#[derive(Clone, Copy)]
pub struct Listing {
    /// The service that is asked.
    pub service: Service,
    /// Its operation.
    pub operation: &'static str,
    /// The member of its answer that holds the rows.
    pub member: &'static str,
    /// The columns: a heading, and what stands under it.
    pub columns: &'static [Column],
    /// What is said where there are no rows.
    pub nothing: &'static str,
}

/// A heading, and a row's text under it.
pub type Column = (&'static str, fn(&Value) -> String);

/// Rows of a list.
pub struct Listed {
    /// As the API gives them, at most as many as were asked for.
    pub rows: Vec<Value>,
    /// Whether the server has more.
    pub more: bool,
}

impl Listing {
    /// Asks for the rows and shows them, as a table or as the API's JSON.
    ///
    /// # Errors
    /// The server refused or does not answer, or the output is closed.
    pub async fn show(
        &self,
        client: &Client,
        input: Value,
        flags: &ListFlags,
        out: &mut Output<'_>,
    ) -> Result<()> {
        let listed = self.ask(client, input, flags.limit).await?;
        match flags.json {
            true => out.json(&json!({ self.member: listed.rows }))?,
            false => self.write(&listed.rows, out)?,
        }
        if listed.more {
            out.say(&format!("there are more than {}: see them with --limit", flags.limit))?;
        }
        Ok(())
    }

    /// Asks page after page until there are `limit` rows, or no more.
    ///
    /// # Errors
    /// The server refused or does not answer.
    pub async fn ask(
        &self,
        client: &Client,
        mut input: Value,
        limit: usize,
    ) -> Result<Listed, ClientError> {
        let (size, token) = self.paging();
        let (mut rows, mut more) = (Vec::new(), true);
        while more && rows.len() < limit {
            input[size] = json!((limit - rows.len()).min(PAGE_ROWS_MAX));
            let mut page: Value = client.call(self.service, self.operation, &input).await?;
            if let Some(page) = page[self.member].as_array_mut() {
                rows.append(page);
            }
            input[token] = page[token].take();
            more = !input[token].is_null();
        }
        more |= rows.len() > limit;
        rows.truncate(limit);
        Ok(Listed { rows, more })
    }

    /// Writes rows as a table.
    ///
    /// # Errors
    /// The output is closed.
    pub fn write(&self, rows: &[Value], out: &mut Output<'_>) -> std::io::Result<()> {
        if rows.is_empty() {
            return out.say(self.nothing);
        }
        let heading: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        let cells = |row| self.columns.iter().map(|(_, cell)| cell(row)).collect();
        table::write(out.answer, &heading, &rows.iter().map(cells).collect::<Vec<_>>())
    }

    /// How the service spells its paging members.
    fn paging(&self) -> (&'static str, &'static str) {
        match self.service {
            Service::CodeConnections | Service::CodeStarConnections => ("MaxResults", "NextToken"),
            _ => ("maxResults", "nextToken"),
        }
    }
}
