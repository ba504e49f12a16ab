//! News of an App's installation overtake each other; the latest look holds.

use domain::connection::{ConnectionStatus, Halted, Missing};
use domain::{Installation, RegistrationId, Timestamp};
use operations::installations::{Looked, Stopped};
use store::ConnectionRow;

use crate::world::{ACCOUNT, CONNECTION, World};

const NUMBER: u64 = 5;

fn row(world: &World) -> ConnectionRow {
    let rows = world.list::<ConnectionRow>(ConnectionRow::of_account(&ACCOUNT.into(), "", 1));
    rows.into_iter().next().expect("the connection")
}

fn registration() -> RegistrationId {
    RegistrationId::new("reg-1")
}

/// A token was not given that was asked for at a moment.
fn refused(seconds: i64) -> Stopped {
    Stopped {
        account: ACCOUNT.into(),
        connection: CONNECTION.into(),
        halted: Halted::Suspended,
        asked: Timestamp(0).plus_seconds(seconds),
    }
}

/// A look at a moment.
fn looked(seconds: i64, suspended: bool) -> Looked {
    Looked {
        account: ACCOUNT.into(),
        registration: registration(),
        installations: vec![(NUMBER, suspended)],
        asked: Timestamp(0).plus_seconds(seconds),
    }
}

fn through_an_app() -> World {
    let mut world = World::new();
    let installation = Some(Installation { registration: registration(), number: NUMBER });
    let row = ConnectionRow { installation, ..row(&world) };
    world.change(row);
    world
}

#[test]
fn a_refused_token_that_is_told_late_does_not_undo_a_newer_look() {
    let mut world = through_an_app();
    world.take(&looked(10, false)).expect("decided");
    world.take(&refused(9)).expect("decided");
    assert_eq!(row(&world).status, ConnectionStatus::Available, "the look is newer");
    let suspended = ConnectionStatus::Error(Missing::InstallationAgain(Halted::Suspended));
    world.take(&refused(11)).expect("decided");
    assert_eq!(row(&world).status, suspended, "the refusal is newer");
    world.take(&looked(10, false)).expect("decided");
    assert_eq!(row(&world).status, suspended, "a look that took long is no newer either");
    world.take(&looked(12, false)).expect("decided");
    assert_eq!(row(&world).status, ConnectionStatus::Available);
}
