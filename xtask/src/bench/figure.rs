//! Figures: many durations in, the few numbers that describe them out.

use std::fmt;
use std::time::Duration;

use anyhow::Result;

/// The durations of one thing, measured many times.
#[derive(Debug)]
pub struct Figure {
    sorted: Vec<Duration>,
}

impl Figure {
    /// Describes `durations`.
    ///
    /// # Panics
    /// Where nothing was measured.
    pub fn of(mut durations: Vec<Duration>) -> Figure {
        assert!(!durations.is_empty(), "a figure of nothing");
        durations.sort();
        Figure { sorted: durations }
    }

    /// Measures `work` `times` times, after a tenth as many that do not count.
    pub fn measure(times: usize, mut work: impl FnMut() -> Result<Duration>) -> Result<Figure> {
        for _ in 0..times.div_ceil(10) {
            work()?;
        }
        (0..times).map(|_| work()).collect::<Result<_>>().map(Figure::of)
    }

    /// The duration that half of them did not exceed.
    pub fn median(&self) -> Duration {
        self.percentile(50)
    }

    /// The duration that `percent` per cent of them did not exceed.
    pub fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.sorted.len() * percent).div_ceil(100);
        self.sorted[rank.max(1) - 1]
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // On a machine with other work the least says what the work itself takes.
        let [least, median, high] =
            [self.sorted[0], self.median(), self.percentile(99)].map(milliseconds);
        write!(out, "p50 {median} ms   least {least}   p99 {high}   of {}", self.sorted.len())
    }
}

/// One line of the report: what kind of figure, of what, and the figure.
pub fn print(kind: &str, of: &str, figure: impl fmt::Display) {
    println!("{kind:<10}{of:<70} {figure}");
}

/// Two digits behind the point.
pub fn milliseconds(duration: Duration) -> String {
    format!("{:.2}", duration.as_secs_f64() * 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::Figure;
    use std::time::Duration;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let figure = Figure::of([4, 1, 3, 2].map(Duration::from_millis).to_vec());
        assert_eq!(figure.median(), Duration::from_millis(2));
        assert_eq!(figure.percentile(99), Duration::from_millis(4));
        assert_eq!(Figure::of(vec![Duration::from_millis(7)]).median(), Duration::from_millis(7));
    }
}
