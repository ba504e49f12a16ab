//! test, tidy, bench, sim, crash.

fn main() {}
