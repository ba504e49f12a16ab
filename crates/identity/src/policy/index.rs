//! Which statements of a policy can be about an action, by the service before its colon.
//!
//! Most statements name actions of a service or two; a request is about one. The others are not
//! looked at.

use std::collections::BTreeMap;

use super::glob::Glob;
use super::statement::{Named, Statement};

/// Positions of a policy's statements.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    by_service: BTreeMap<String, Vec<usize>>,
    /// Those that `*` or `NotAction` open to every service.
    of_any_service: Vec<usize>,
}

impl Index {
    /// Of statements whose actions are written in small letters.
    pub fn of(statements: &[Statement]) -> Self {
        let mut index = Self::default();
        for (position, statement) in statements.iter().enumerate() {
            match services(&statement.actions) {
                Some(services) => services.into_iter().for_each(|service| {
                    let positions = index.by_service.entry(service).or_default();
                    if positions.last() != Some(&position) {
                        positions.push(position);
                    }
                }),
                None => index.of_any_service.push(position),
            }
        }
        index
    }

    /// The statements that may be about an action with these names, each `service:action` in small
    /// letters.
    pub fn candidates<'a>(&'a self, names: &'a [String]) -> impl Iterator<Item = usize> + 'a {
        let service = |name: &'a String| name.split(':').next().unwrap_or_default();
        let mut services: Vec<&str> = names.iter().map(service).collect();
        services.sort_unstable();
        services.dedup();
        let own = services.into_iter().filter_map(|service| self.by_service.get(service)).flatten();
        own.chain(&self.of_any_service).copied()
    }
}

/// The services that the actions are of; `None` where they are of any.
fn services(actions: &Named<Glob>) -> Option<Vec<String>> {
    if actions.negated {
        return None;
    }
    let service = |(text, _): &(String, Glob)| {
        let service = text.split_once(':').map(|(service, _)| service.to_ascii_lowercase());
        service.filter(|service| service != "*")
    };
    actions.patterns.iter().map(service).collect()
}
