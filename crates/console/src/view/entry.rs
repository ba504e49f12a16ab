//! The pages before the console proper: signing in, being sent on to a forge, and refusals.

use super::Frame;
use crate::href::Href;
use askama::Template;
use serde::Serialize;

/// The page that a one-time link opens. Opening it changes nothing; its button's POST consumes
/// the link, so a mail scanner or a preview cannot use it up.
#[derive(Clone, Debug, Serialize, Template)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[template(path = "sign_in.html")]
pub struct SignIn {
    /// Around the page.
    #[serde(skip)]
    pub frame: Frame,
    /// The link's secret, sent back by the button; `None` where no link was followed.
    #[serde(skip)]
    pub link: Option<String>,
    /// What was wrong with the last try.
    pub problem: Option<String>,
}

/// A page on the way to a forge. A browser that came by a form may be forbidden to follow a
/// redirect to another origin (`form-action`), so this page sends it on by itself.
#[derive(Clone, Debug, Serialize, Template)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[template(path = "handoff.html")]
pub struct Handoff {
    /// Around the page.
    #[serde(skip)]
    pub frame: Frame,
    /// The connection that is being finished.
    pub connection: String,
    /// The forge's host, as the person will see it.
    pub host: String,
    /// The forge's authorisation page, with the handshake's state.
    pub authorise: Href,
}

/// A page that says what was wrong, and what would be right.
#[derive(Clone, Debug, Serialize, Template)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[template(path = "problem.html")]
pub struct Problem {
    /// Around the page.
    #[serde(skip)]
    pub frame: Frame,
    /// The HTTP status.
    pub status: u16,
    /// A short name, `Not found`.
    pub title: String,
    /// What was wrong and what would be right.
    pub message: String,
    /// The request's id, to find it in the server's log.
    pub request: Option<String>,
    /// Where to go from here.
    pub back: Option<Href>,
}
