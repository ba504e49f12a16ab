//! The PostgreSQL executor (being written).

use crate::{Changes, CommitError, Committed, Error, View, Want};

#[derive(Clone, Debug)]
pub(crate) struct Postgres;

impl Postgres {
    pub(crate) async fn open(_url: &str) -> Result<Self, Error> {
        Err(Error::Database("PostgreSQL: being written".to_owned()))
    }
    pub(crate) async fn load(&self, _wants: &[Want], _into: &mut View) -> Result<(), Error> {
        Ok(())
    }
    pub(crate) async fn commit(&self, _changes: Changes) -> Result<Committed, CommitError> {
        Err(CommitError::Unknown)
    }
}
