//! The store against a map: whatever is seen, put, inserted and deleted in whatever order, it
//! commits exactly what a map with versions would.
//!
//! It is told the way the simulator tells its stories: in thread, each taken back at its end.

use crate::rows::meta;
use proptest::prelude::*;
use std::collections::BTreeMap;
use store::sqlite::Core;
use store::{Changes, CommitError, Key, MetaRow, View, Want};

const KEYS: usize = 3;
const DECIDERS: usize = 2;

/// One step of one of the deciders.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// It looks at every row.
    Look,
    /// It writes a row over what it saw.
    Put(usize),
    /// It deletes a row that it saw, or whose absence it saw.
    Delete(usize),
    /// It writes a row unseen.
    Insert(usize),
}

/// A row's value; every write has another.
type Rows = BTreeMap<usize, usize>;

fn key(number: usize) -> Key {
    MetaRow::at(&number.to_string())
}

fn look(core: &Core) -> View {
    let (wants, mut view) = ((0..KEYS).map(|number| Want::Row(key(number))), View::new());
    core.load(&wants.collect::<Vec<_>>(), &mut view).expect("it reads");
    view
}

fn rows(view: &View) -> Rows {
    let value = |number| view.known::<MetaRow>(key(number)).map(|row| &row.value);
    let rows = (0..KEYS).filter_map(|number| Some((number, value(number)?.parse().ok()?)));
    rows.collect()
}

fn changes(step: Step, written: usize, seen: &View) -> Changes {
    let row = |number: usize| meta(&number.to_string(), &written.to_string());
    let mut changes = Changes::of_loop();
    match step {
        Step::Look => {}
        Step::Put(number) => changes.put(seen, row(number)),
        Step::Delete(number) => changes.delete::<MetaRow>(seen, key(number)),
        Step::Insert(number) => changes.insert(row(number)),
    }
    changes
}

/// What a map would do: `false` where the decider saw something else.
fn expect(step: Step, written: usize, seen: &Rows, rows: &mut Rows) -> bool {
    let (number, fresh) = match step {
        Step::Look => return true,
        Step::Put(number) | Step::Delete(number) => {
            (number, seen.get(&number) == rows.get(&number))
        }
        Step::Insert(number) => (number, !rows.contains_key(&number)),
    };
    match step {
        _ if !fresh => {}
        Step::Delete(_) => drop(rows.remove(&number)),
        _ => drop(rows.insert(number, written)),
    }
    fresh
}

fn steps() -> impl Strategy<Value = Vec<(usize, Step)>> {
    let step = prop_oneof![
        Just(Step::Look),
        (0..KEYS).prop_map(Step::Put),
        (0..KEYS).prop_map(Step::Delete),
        (0..KEYS).prop_map(Step::Insert),
    ];
    prop::collection::vec((0..DECIDERS, step), 1..40)
}

#[test]
fn the_store_does_what_a_map_with_versions_would() {
    let core = std::cell::RefCell::new(Core::in_memory().expect("a database"));
    proptest!(|(steps in steps())| {
        let mut core = core.borrow_mut();
        // The case before has left its story open: it may have failed anywhere.
        drop(core.reset());
        core.begin().expect("a story begins");
        let mut map = Rows::new();
        let mut views: Vec<_> = (0..DECIDERS).map(|_| look(&core)).collect();
        for (written, (decider, step)) in steps.into_iter().enumerate() {
            let fresh = expect(step, written, &rows(&views[decider]), &mut map);
            let done = core.commit(changes(step, written, &views[decider])).map(drop);
            prop_assert_eq!(done, if fresh { Ok(()) } else { Err(CommitError::Stale) });
            if matches!(step, Step::Look) {
                views[decider] = look(&core);
            }
            prop_assert_eq!(rows(&look(&core)), map.clone());
        }
    });
}
