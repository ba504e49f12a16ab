//! The beginning of a story, and its end: faults stop, and everything comes to rest.

use std::collections::BTreeMap;

use domain::connection::{ConnectionStatus, ProviderType};
use domain::{CommitSha, ConnectionArn, Timestamp};
use engine::Line;
use store::ConnectionRow;

use crate::declarations::{CONNECTION, LONG, MAIN, SHORT};
use crate::story::{Held, Story, account};

/// Steps in which everything must come to rest: many times what any seed needs.
const STEPS_MAX: usize = 20_000;

impl Story<'_> {
    /// A connection, a repository with one commit, and two pipelines whose hook is registered.
    pub fn prepare(&mut self) -> Held {
        let arn = ConnectionArn::new(CONNECTION);
        let connection = ConnectionRow {
            account: account(),
            id: arn.id().to_owned(),
            arn,
            name: "forge".to_owned(),
            provider: ProviderType::GitHub,
            host_arn: None,
            created: self.at,
            status: ConnectionStatus::Available,
            login: Some("ada".to_owned()),
            tags: BTreeMap::new(),
            throttled: None,
            installation: None,
            installed_in: None,
            installation_seen: None,
            left: None,
        };
        self.put_down(|changes| changes.insert(connection))?;
        let first = CommitSha::new(self.random.hex(40));
        self.forge.move_to(MAIN, Some(first), &mut self.random);
        let climate = self.climate;
        self.climate = climate.settled();
        for name in [LONG, SHORT] {
            self.request_create(name, 0);
            self.rest(false)?;
        }
        self.climate = climate;
        Ok(())
    }

    /// No more faults, nobody asks for anything new: everything comes to its end.
    pub fn settle(&mut self) -> Held {
        self.note("— everything comes to rest —".to_owned());
        self.climate = self.climate.settled();
        self.rest(true)
    }

    /// Goes on until nobody has anything to do; with `all`, until everything is over.
    fn rest(&mut self, all: bool) -> Held {
        for _ in 0..STEPS_MAX {
            self.at = Timestamp(self.at.0 + 1);
            let busy = !self.process.is_idle() || !self.performances.is_empty();
            match () {
                () if !self.process.underway.is_empty() => self.step_a_turn()?,
                () if busy => self.perform()?,
                () if !all => return Ok(()),
                () if !self.forge.on_the_way.is_empty() => self.receive()?,
                () if self.is_over() => return Ok(()),
                () => self.help()?,
            }
        }
        Err(format!("nothing comes to rest: {}", self.left()))
    }

    fn is_over(&self) -> bool {
        self.ledger.lines.values().all(|line| line.head.live.is_empty())
    }

    /// What only people can move on, they do; if that is nothing, something is stuck.
    fn help(&mut self) -> Held {
        self.open_ways();
        self.answer_with_old_tokens();
        self.answer_approvals(100);
        match self.process.underway.is_empty() {
            true => Err(format!("stuck: {}", self.left())),
            false => Ok(()),
        }
    }

    fn left(&self) -> String {
        let waits =
            |line: &Line| line.head.live.keys().flat_map(|id| line.waits(id)).collect::<Vec<_>>();
        let waits: Vec<_> = self.ledger.lines.values().map(waits).collect();
        let process = &self.process;
        format!(
            "{waits:?}, {} turns, {} effects in hand, {} performances, {} deliveries",
            process.underway.len(),
            process.in_hand.len() + process.orphans.len(),
            self.performances.len(),
            process.waiting.len() + usize::from(process.deciding.is_some())
        )
    }
}
