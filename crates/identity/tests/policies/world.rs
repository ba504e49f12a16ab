//! A request and every policy that bears on it, as plain texts: what both evaluators read.

use domain::{AccountId, Timestamp};
use identity::policy::{
    Attached, Caller, Context, Decision, Explanation, Kind, Policies, Policy, Request, Value,
    evaluate, explain,
};
use serde_json::Value as Json;

/// Everything that one decision rests on.
#[derive(Clone, Debug)]
pub struct World {
    pub who: Who,
    pub action: String,
    pub resource: String,
    pub owner: &'static str,
    pub context: Vec<(String, Vec<String>)>,
    pub service_control: Vec<Vec<Json>>,
    pub resource_control: Vec<Vec<Json>>,
    pub policy: Option<Json>,
    pub trust: bool,
    pub identity: Vec<Json>,
    pub boundary: Option<Json>,
    pub session: Option<Vec<Json>>,
}

/// Who asks, by the texts that policies compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Root,
    User,
    Session,
    Web,
    Service,
    Anonymous,
}

pub const OWN: &str = "111111111111";
pub const OTHER: &str = "222222222222";
pub const USER: &str = "arn:aws:iam::111111111111:user/ann";
pub const ROLE: &str = "arn:aws:iam::111111111111:role/r";
pub const SESSION: &str = "arn:aws:sts::111111111111:assumed-role/r/s";
pub const PROVIDER: &str = "arn:aws:iam::111111111111:oidc-provider/ci.example";
pub const SERVICE: &str = "codepipeline.amazonaws.com";
/// 2026-11-22T10:15:30Z.
pub const NOW: Timestamp = Timestamp(1_795_342_530_000);

impl World {
    fn caller(&self) -> Caller {
        let account = AccountId::from(OWN);
        match self.who {
            Who::Root => Caller::Root { account },
            Who::User => {
                let (arn, name, id) = (USER.to_owned(), "ann".to_owned(), "AIDA1".to_owned());
                Caller::User { account, arn, name, id }
            }
            Who::Session => Caller::session(OWN, "r", ROLE, "AROA1", "s"),
            Who::Web => Caller::WebIdentity { provider: PROVIDER.to_owned() },
            Who::Service => Caller::Service { name: SERVICE.to_owned() },
            Who::Anonymous => Caller::Anonymous,
        }
    }

    fn request(&self) -> Request {
        let mut context = Context::default();
        for (key, values) in &self.context {
            context.set(key, values.iter().map(|text| Value::from(text.as_str())));
        }
        let owner = AccountId::from(self.owner);
        Request::new(self.caller(), &self.action, &self.resource, Some(&owner), context, NOW)
    }

    /// What the evaluator decides.
    pub fn decide(&self) -> Decision {
        self.decide_by(&Read::of(self))
    }

    /// What it decides by policies that were read before.
    pub fn decide_by(&self, read: &Read) -> Decision {
        evaluate(&read.policies(), &self.request())
    }

    /// What it decides when it is asked to explain itself.
    pub fn explain(&self) -> Explanation {
        explain(&Read::of(self).policies(), &self.request())
    }

    /// Every policy there is, to add to.
    pub fn documents(&mut self) -> Vec<&mut Json> {
        let levels = self.service_control.iter_mut().chain(&mut self.resource_control).flatten();
        let own = self.policy.iter_mut().chain(&mut self.identity).chain(&mut self.boundary);
        levels.chain(own).chain(self.session.iter_mut().flatten()).collect()
    }
}

fn attached(json: &Json, kind: Kind) -> Attached {
    let text = json.to_string();
    let policy = Policy::read(&text, kind).unwrap_or_else(|wrong| panic!("{text}: {wrong}"));
    Attached { name: "p".to_owned(), policy }
}

/// A world's policies, read.
pub struct Read {
    service_control: Vec<Vec<Attached>>,
    resource_control: Vec<Vec<Attached>>,
    resource: Option<Attached>,
    trust: bool,
    identity: Vec<Attached>,
    boundary: Option<Attached>,
    session: Option<Vec<Attached>>,
}

impl Read {
    pub fn of(world: &World) -> Self {
        let read = |kind| move |json: &Json| attached(json, kind);
        let all = |list: &[Json], kind| -> Vec<Attached> { list.iter().map(read(kind)).collect() };
        let levels = |levels: &[Vec<Json>], kind| levels.iter().map(|it| all(it, kind)).collect();
        let kind = if world.trust { Kind::Trust } else { Kind::Resource };
        Self {
            service_control: levels(&world.service_control, Kind::ServiceControl),
            resource_control: levels(&world.resource_control, Kind::ResourceControl),
            resource: world.policy.as_ref().map(read(kind)),
            trust: world.trust,
            identity: all(&world.identity, Kind::Managed),
            boundary: world.boundary.as_ref().map(read(Kind::Managed)),
            session: world.session.as_ref().map(|it| all(it, Kind::Managed)),
        }
    }

    fn policies(&self) -> Policies<'_> {
        Policies {
            service_control: self.service_control.iter().map(|it| it.iter().collect()).collect(),
            resource_control: self.resource_control.iter().map(|it| it.iter().collect()).collect(),
            resource: self.resource.as_ref(),
            trust: self.trust,
            identity: self.identity.iter().collect(),
            boundary: self.boundary.as_ref(),
            session: self.session.as_ref().map(|it| it.iter().collect()),
        }
    }
}
