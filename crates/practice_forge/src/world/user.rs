//! People.

/// Somebody with an account.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: u64,
    pub(crate) login: String,
    /// Bitbucket's `{uuid}`, without the braces.
    pub(crate) uuid: String,
}

impl User {
    pub(crate) fn email(&self) -> String {
        format!("{}@example.org", self.login)
    }
}

/// What the signed-in user does when an OAuth app asks for something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Consent {
    /// Agrees, without being shown a page.
    #[default]
    Given,
    /// Refuses, without being shown a page.
    Refused,
    /// Is shown a page with two buttons.
    Asked,
}
