//! Every policy that bears on a request, by what it stands as.

use serde::{Deserialize, Serialize};

use super::decision::Citation;
use super::grammar::Policy;

/// A policy and what it is called: its ARN, or its name where it stands inline.
#[derive(Clone, Debug)]
pub struct Attached {
    /// The name.
    pub name: String,
    /// The policy.
    pub policy: Policy,
}

/// Every policy that bears on a request. Whoever asks collects them; one that is left out is not
/// asked.
#[derive(Clone, Debug, Default)]
pub struct Policies<'a> {
    /// Service control policies of the caller's account: one list for each level of the
    /// organisation above it, and each level must allow.
    pub service_control: Vec<Vec<&'a Attached>>,
    /// Resource control policies of the resource's account, by level likewise.
    pub resource_control: Vec<Vec<&'a Attached>>,
    /// The resource's own policy.
    pub resource: Option<&'a Attached>,
    /// Whether that policy is a role's trust policy: then it must allow, whoever asks.
    pub trust: bool,
    /// The caller's policies, those of its groups too.
    pub identity: Vec<&'a Attached>,
    /// The caller's permissions boundary.
    pub boundary: Option<&'a Attached>,
    /// The policies that its session was narrowed by, where it was.
    pub session: Option<Vec<&'a Attached>>,
}

/// The kind of policy that a decision rests on; serde names are those of the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// Resource control policies.
    ResourceControl,
    /// Service control policies.
    ServiceControl,
    /// A policy on the resource.
    Resource,
    /// The trust policy of the role that is to be assumed.
    Trust,
    /// Policies of the caller.
    Identity,
    /// The caller's permissions boundary.
    Boundary,
    /// The session's policies.
    Session,
}

impl Layer {
    /// Whether policies of this kind are of the resource's account, and the caller's otherwise.
    pub(super) fn is_of_resource(self) -> bool {
        matches!(self, Self::ResourceControl | Self::Resource | Self::Trust)
    }
}

impl<'a> Policies<'a> {
    /// Those of the caller's account alone: as if nothing was said on the other side.
    pub(crate) fn of_caller(&self) -> Self {
        Self { resource: None, resource_control: Vec::new(), ..self.clone() }
    }

    /// All policies in the documented order, in groups of which each must allow.
    pub fn groups(&self) -> Vec<(Layer, &[&'a Attached])> {
        let one = std::slice::from_ref::<&'a Attached>;
        let resource = if self.trust { Layer::Trust } else { Layer::Resource };
        let mut groups = Vec::new();
        groups.extend(self.resource_control.iter().map(|it| (Layer::ResourceControl, &it[..])));
        groups.extend(self.service_control.iter().map(|it| (Layer::ServiceControl, &it[..])));
        groups.extend(self.resource.as_ref().map(|it| (resource, one(it))));
        groups.push((Layer::Identity, &self.identity[..]));
        groups.extend(self.boundary.as_ref().map(|it| (Layer::Boundary, one(it))));
        groups.extend(self.session.as_ref().map(|it| (Layer::Session, &it[..])));
        groups
    }
}

impl Attached {
    /// Its statement at a position, cited.
    pub(super) fn cite(&self, layer: Layer, position: usize) -> Citation {
        let statement = &self.policy.statements[position];
        let (sid, line) = (statement.sid.clone(), statement.place.line);
        Citation { layer, policy: self.name.clone(), statement: position, sid, line }
    }
}
