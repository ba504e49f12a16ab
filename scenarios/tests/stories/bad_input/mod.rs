//! What goes wrong, a table an entrance: what was put in, where the person sees the answer, and
//! its words. Each row says both; a row whose words do not come is shown with those that came.

mod calls;
mod declarations;
mod process;
mod signatures;
mod sources;
mod webhooks;

/// The rows of one entrance.
struct Table {
    entrance: &'static str,
    rows: usize,
    wrong: Vec<String>,
}

impl Table {
    fn of(entrance: &'static str) -> Self {
        Self { entrance, rows: 0, wrong: Vec::new() }
    }

    /// One bad input: what was seen must hold every piece of what is expected.
    fn row(&mut self, put_in: &str, seen: &str, expect: &[&str]) {
        self.rows += 1;
        let missing: Vec<_> = expect.iter().filter(|piece| !seen.contains(**piece)).collect();
        if !missing.is_empty() {
            self.wrong.push(format!("{put_in}\n   without {missing:?}\n   in {seen}"));
        }
    }

    fn end(self) {
        println!("{}: {} bad inputs", self.entrance, self.rows);
        assert!(self.wrong.is_empty(), "{}:\n{}", self.entrance, self.wrong.join("\n"));
    }
}

/// Status and body of an answer as one text.
fn seen(answer: &egress::Response) -> String {
    format!("{} {}", answer.status.as_u16(), String::from_utf8_lossy(&answer.body))
}

/// Status, exception class and message of a refusal as one text.
fn refusal(error: &wire::AwsError) -> String {
    format!("{} {}: {}", error.status, error.code, error.message)
}
