//! What surrounds every page: where one is, who one is, and the files that a page loads.

use crate::assets::{ASSETS, Assets};
use crate::href::Href;

/// The part of the console that a page belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Section {
    /// None of them: sign-in and errors.
    #[default]
    None,
    /// Pipelines and their executions.
    Pipelines,
    /// Connections to forges.
    Connections,
    /// Webhooks as they came in.
    Deliveries,
}

/// Everything around a page's own content. It is no part of the page's JSON.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// The part that is marked in the navigation.
    pub section: Section,
    /// Account and region, where somebody is signed in.
    pub place: Option<Place>,
    /// The token that this session's forms carry.
    pub form_token: String,
    /// Where this page's event stream is; `None` where nothing changes.
    pub events: Option<Href>,
}

/// Where the signed-in person is.
#[derive(Clone, Debug)]
pub struct Place {
    /// Twelve digits.
    pub account: String,
    /// `us-east-1`.
    pub region: String,
    /// The user's name; absent where it is the account's root.
    pub user: Option<String>,
}

impl Frame {
    /// The files that pages load.
    pub fn assets(&self) -> &'static Assets {
        &ASSETS
    }

    /// Whether this part is the one that is open.
    pub fn is(&self, section: &str) -> bool {
        let open = match self.section {
            Section::None => "",
            Section::Pipelines => "pipelines",
            Section::Connections => "connections",
            Section::Deliveries => "deliveries",
        };
        open == section
    }
}
