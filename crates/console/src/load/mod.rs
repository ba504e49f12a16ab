//! From what is remembered to what a page shows. It reads, finds words, and decides nothing.

pub mod connections;
pub mod deliveries;
pub mod execution;
pub mod log;
pub mod picture;
pub mod pipelines;
pub mod syncs;
pub mod timeline;
pub mod words;

use domain::{AccountId, Timestamp};
use store::{Query, Record, Store, View, Want};

/// Where a page's content comes from.
#[derive(Clone, Copy)]
pub struct Shelf<'a> {
    /// What is remembered.
    pub store: &'a Store,
    /// Logs and artifacts.
    pub blobs: &'a blobs::Blobs,
    /// Whose pages these are.
    pub account: &'a AccountId,
    /// What time it is.
    pub at: Timestamp,
}

/// Why a page could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is nothing under this address.
    #[error("{0}")]
    Unknown(String),
    /// What is remembered could not be read.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A log could not be read.
    #[error("the log cannot be read: {0}")]
    Log(#[from] std::io::Error),
}

impl Shelf<'_> {
    /// Several lists in one visit to the store, in the order of the queries.
    pub(crate) async fn lists<R: Record>(
        &self,
        queries: Vec<Query>,
    ) -> Result<Vec<Vec<R>>, LoadError> {
        let mut view = View::new();
        let wants: Vec<_> = queries.iter().cloned().map(Want::List).collect();
        self.store.load(&wants, &mut view).await?;
        let list = |query| view.list::<R>(query).into_iter().cloned().collect();
        Ok(queries.iter().map(list).collect())
    }
}
