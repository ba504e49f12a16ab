//! Matching alone: what other pipelines cost a push, and what many changed files cost. It needs the
//! rooms that decide and no server.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::figure::{Figure, print};
use super::machine;
use crate::stage::succeed;
use crate::workspace::Workspace;

/// The figures of `crates/operations/examples/matching.rs`, in its order, with what each may take.
const PROMISES: [&str; 4] = [
    "match a push, 1 pipeline",
    "match a push, 100,000 pipelines on other repositories (as with 1)",
    "match a push, 1,000 more on the same repository (each ≤ 20 µs)",
    "10,000 changed files against 24 filters (≤ 10 ms)",
];
/// Pipelines on the same repository, beside the one that starts.
const BESIDE: u32 = 1_000;

/// Runs the example and prints its figures.
pub fn run(workspace: &Workspace, folder: &Path) -> Result<()> {
    print("machine", &machine::describe(folder)?, "");
    succeed(&mut workspace.cargo("build --release --package operations --example matching"))?;
    let mut example =
        std::process::Command::new(workspace.target.join("release/examples/matching"));
    let told = example.arg(folder).output().context("the example does not run")?;
    ensure!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let figures = read(&String::from_utf8(told.stdout)?)?;
    for (of, figure) in PROMISES.iter().zip(&figures) {
        print("towpath", of, microseconds(figure));
    }
    let each = figures[2].median().saturating_sub(figures[0].median()) / BESIDE;
    print("towpath", "each of those 1,000", format!("{:.1} µs", each.as_secs_f64() * 1e6));
    print("machine", &machine::describe(folder)?, "");
    Ok(())
}

/// One figure a line: its name, a tab, and the nanoseconds that were measured.
fn read(told: &str) -> Result<Vec<Figure>> {
    let line = |line: &str| {
        let (_, numbers) = line.split_once('\t').context("a line without figures")?;
        let nanoseconds = numbers.split(' ').map(|it| Ok(Duration::from_nanos(it.parse()?)));
        Ok(Figure::of(nanoseconds.collect::<Result<_>>()?))
    };
    let figures = told.lines().map(line).collect::<Result<Vec<_>>>()?;
    ensure!(
        figures.len() == PROMISES.len(),
        "{} figures instead of {}",
        figures.len(),
        PROMISES.len()
    );
    Ok(figures)
}

fn microseconds(figure: &Figure) -> String {
    let of = |percent| figure.percentile(percent).as_secs_f64() * 1e6;
    format!("p50 {:.1} µs   least {:.1}   p99 {:.1}", of(50), of(0), of(99))
}
