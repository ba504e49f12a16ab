//! The arrows between the rooms, as ARCHITECTURE.md draws them: each row may use the rows
//! below it, never its neighbours or above.

use crate::workspace::{Room, Use};

/// Top to bottom.
const ROWS: &[(&str, &[&str])] = &[
    ("binary", &["towpath"]),
    ("processes", &["server", "worker", "cli", "sim"]),
    ("pages", &["console"]),
    ("meaning", &["operations", "effects"]),
    ("edges", &["forges", "runners", "store", "practice_forge"]),
    ("supply", &["egress", "blobs"]),
    ("ground", &["engine", "webhooks", "recipes", "identity", "wire", "masking"]),
    ("words", &["domain"]),
];

/// They may use all, and only tests use them.
const ABOVE_ALL: &[&str] = &["testkit", "scenarios", "xtask"];

/// What tests alone may use from anywhere: the test world and the forge double in it.
const FOR_TESTS: &[&str] = &["testkit", "practice_forge"];

/// An API call never talks to the world: it writes an effect.
const OPERATIONS_NEVER: &[&str] = &["forges", "runners", "practice_forge", "egress"];

/// What decides has no runtime, no sockets and no database to decide with.
const PURE_ROWS: &[&str] = &["ground", "words"];
const DOING: &[&str] = &["tokio", "async-trait", "axum", "hyper", "reqwest", "rusqlite", "sqlx"];

/// Every use that the picture does not allow.
pub fn check(rooms: &[Room]) -> Vec<String> {
    rooms
        .iter()
        .flat_map(|room| room.uses.iter().filter_map(|used| judge(&room.name, used)))
        .collect()
}

fn judge(room: &str, used: &Use) -> Option<String> {
    if ABOVE_ALL.contains(&room) {
        return None;
    }
    match row(room) {
        None => {
            Some(format!("{room}: in no row; give it one in tidy/arrows.rs and ARCHITECTURE.md"))
        }
        Some(row) if used.room => judge_room(room, row, used),
        Some(row) => judge_library(room, row, used),
    }
}

fn judge_room(room: &str, row: usize, used: &Use) -> Option<String> {
    let name = used.name.as_str();
    if used.tests_only && FOR_TESTS.contains(&name) {
        return None;
    }
    if room == "operations" && OPERATIONS_NEVER.contains(&name) {
        return Some(format!("{room} uses {name}: a call that needs the world writes an effect"));
    }
    match self::row(name) {
        Some(other) if other > row => None,
        Some(other) => Some(format!(
            "{room} ({}) uses {name} ({}): a row may use the rows below it only",
            ROWS[row].0, ROWS[other].0
        )),
        None => Some(format!("{room} uses {name}: only tests may")),
    }
}

fn judge_library(room: &str, row: usize, used: &Use) -> Option<String> {
    let pure = PURE_ROWS.contains(&ROWS[row].0) && !used.tests_only;
    (pure && DOING.contains(&used.name.as_str()))
        .then(|| format!("{room} uses {}: a room that decides does nothing else", used.name))
}

fn row(room: &str) -> Option<usize> {
    ROWS.iter().position(|(_, rooms)| rooms.contains(&room))
}

#[cfg(test)]
mod tests {
    use super::judge;
    use crate::workspace::Use;

    fn check(room: &str, used: &str, expect: Option<&str>) {
        let room_of_ours = super::row(used).is_some() || super::ABOVE_ALL.contains(&used);
        let finding =
            judge(room, &Use { name: used.to_owned(), tests_only: false, room: room_of_ours });
        match (&finding, expect) {
            (None, None) => {}
            (Some(finding), Some(expect)) if finding.contains(expect) => {}
            _ => panic!("{room} -> {used}: {finding:?}"),
        }
    }

    #[test]
    fn down_is_allowed_and_nothing_else() {
        check("towpath", "server", None);
        check("operations", "store", None);
        check("console", "domain", None);
        check("server", "worker", Some("rows below"));
        check("store", "operations", Some("rows below"));
        check("wire", "identity", Some("rows below"));
        check("server", "testkit", Some("only tests"));
        check("annex", "domain", Some("in no row"));
        check("scenarios", "server", None);
    }

    #[test]
    fn operations_and_the_ground_do_nothing() {
        check("operations", "egress", Some("writes an effect"));
        check("effects", "egress", None);
        check("engine", "tokio", Some("decides"));
        check("store", "tokio", None);
    }

    #[test]
    fn tests_may_use_the_test_world_from_anywhere() {
        let used = |name: &str| Use { name: name.to_owned(), tests_only: true, room: true };
        assert_eq!(judge("forges", &used("practice_forge")), None);
        assert_eq!(judge("engine", &used("testkit")), None);
        assert!(judge("engine", &used("store")).is_some());
    }
}
