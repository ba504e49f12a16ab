//! What is asked: who wants to do what to what, and all that is known about it.

use domain::{AccountId, Timestamp};

use super::caller::Caller;
use super::context::{Context, Value};
use super::glob::Glob;
use super::pattern::Pattern;
use super::synonym;

/// One question to the policies.
#[derive(Clone, Debug)]
pub struct Request {
    pub(crate) caller: Caller,
    pub(crate) action: String,
    /// All names of the action, in small letters.
    pub(crate) actions: Vec<String>,
    pub(crate) resource: String,
    /// All spellings of the resource.
    pub(crate) resources: Vec<String>,
    pub(crate) owner: Option<AccountId>,
    pub(crate) context: Context,
}

impl Request {
    /// May `caller` take `action` (`service:Action`) on `resource` (an ARN, or `*` where the action
    /// names none) of the account `owner` at this moment? No `owner`: the resource is the caller's
    /// own account's.
    ///
    /// `context` has the action's own keys. Those that follow from the other arguments
    /// (`aws:PrincipalArn`, `aws:ResourceAccount`, `aws:CurrentTime` and so on) are set here, over
    /// whatever it says of them.
    pub fn new(
        caller: Caller,
        action: &str,
        resource: &str,
        owner: Option<&AccountId>,
        mut context: Context,
        at: Timestamp,
    ) -> Self {
        let owner = owner.or(caller.account()).cloned();
        caller.tell(&mut context);
        let account = owner.as_ref().map(|account| Value::from(account.as_str()));
        context.set("aws:ResourceAccount", account);
        context.set("aws:CurrentTime", [Value::Moment(at)]);
        context.set("aws:EpochTime", [Value::Number(at.0.div_euclid(1000))]);
        let (actions, resources) =
            (synonym::names(action.to_ascii_lowercase()), synonym::arns(resource));
        let (action, resource) = (action.to_owned(), resource.to_owned());
        Self { caller, action, actions, resource, resources, owner, context }
    }

    /// The same with these keys over what the request itself says of them: for what is simulated.
    pub fn under(mut self, context: &Context) -> Self {
        self.context.extend(context);
        self
    }

    /// The condition keys with their values as texts, for whoever is told of a refusal.
    pub fn keys(&self) -> Vec<(String, Vec<String>)> {
        let texts = |values: &[Value]| values.iter().map(|it| it.text().into_owned()).collect();
        self.context.entries().map(|(key, values)| (key.to_owned(), texts(values))).collect()
    }

    /// Whether the action is of this pattern, under any of its names.
    pub(crate) fn acts(&self, pattern: &Glob) -> bool {
        self.actions.iter().any(|action| pattern.matches(action))
    }

    /// Whether the resource is of this pattern, in any of its spellings.
    pub(crate) fn is_on(&self, pattern: &Pattern) -> bool {
        self.resources.iter().any(|resource| pattern.matches(resource, &self.context))
    }

    /// Whether the resource is another account's than the caller's. Who has no account (a service,
    /// whoever a provider vouches for) is judged by the resource's side alone, not as a stranger.
    pub(crate) fn crosses_accounts(&self) -> bool {
        self.other_account().is_some()
    }

    /// The resource's account, where it is another than the caller's.
    pub(crate) fn other_account(&self) -> Option<&AccountId> {
        let own = self.caller.account()?;
        self.owner.as_ref().filter(|owner| *owner != own)
    }
}
