//! Both databases migrate together: the same files under `migrations/sqlite` and
//! `migrations/postgres`, numbered from 0001 without a gap.

use std::collections::BTreeSet;

use super::Sources;

const DATABASES: [&str; 2] = ["sqlite", "postgres"];

/// Migrations without their pair, and gaps in the numbers.
pub fn check(sources: &Sources) -> Vec<String> {
    let [sqlite, postgres] = DATABASES.map(|database| names(sources, database));
    let unpaired = sqlite.symmetric_difference(&postgres);
    let mut findings: Vec<String> = unpaired
        .map(|name| format!("store: migration {name} is there for one database only"))
        .collect();
    for (expected, name) in (1..).zip(&sqlite) {
        if number(name) != Some(expected) {
            findings
                .push(format!("store: migration {name} stands where number {expected:04} belongs"));
        }
    }
    findings
}

fn names<'a>(sources: &'a Sources, database: &str) -> BTreeSet<&'a str> {
    let folder = format!("crates/store/migrations/{database}/");
    sources.all().filter_map(|(path, _)| path.strip_prefix(&folder)).collect()
}

fn number(name: &str) -> Option<u32> {
    name.split_once('_')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::Sources;
    use super::check;

    fn found(paths: &[&str]) -> usize {
        let files: Vec<String> =
            paths.iter().map(|path| format!("crates/store/migrations/{path}")).collect();
        check(&Sources::of(&files.iter().map(|path| (path.as_str(), "")).collect::<Vec<_>>())).len()
    }

    #[test]
    fn pairs_in_order_are_fine_and_anything_else_is_found() {
        assert_eq!(found(&["sqlite/0001_first.sql", "postgres/0001_first.sql"]), 0);
        assert_eq!(found(&["sqlite/0001_first.sql"]), 1);
        assert_eq!(found(&["sqlite/0002_late.sql", "postgres/0002_late.sql"]), 1);
    }
}
