//! A run as a terminal shows it.

use crate::local::output::Output;
use blobs::log::{Record, Stream};
use runners::{Event, Identity, Listener, StepReport, Withheld};
use std::io::{self, Write};
use std::net::SocketAddrV4;

/// Writes a run to the terminal as it comes: the steps' stdout is the answer, all else are words.
pub(super) struct Terminal<'t, 'o> {
    output: &'t mut Output<'o>,
    /// How many steps there are.
    count: usize,
    /// Whether the steps' stdout stands in the middle of a line.
    in_line: bool,
    /// The last line that the runner said for itself.
    said: String,
    /// Why nothing more can be written.
    deaf: Option<io::Error>,
}

impl<'t, 'o> Terminal<'t, 'o> {
    /// One on which a run of so many steps is to be shown.
    pub(super) fn new(output: &'t mut Output<'o>, count: usize) -> Self {
        Self { output, count, in_line: false, said: String::new(), deaf: None }
    }

    /// The last line that the runner said for itself; or why not everything could be written.
    pub(super) fn last_said(self) -> io::Result<String> {
        self.deaf.map_or(Ok(self.said), Err)
    }
}

impl Listener for Terminal<'_, '_> {
    /// There is no issuer without a server: what needs a token fails where it is used, and the step
    /// is run as far as it gets.
    fn identify(&mut self, _: usize, _: Option<SocketAddrV4>) -> Result<Identity, Withheld> {
        let notice = "the step asks for an OIDC token: there is no issuer here, without a server, \
                      so BITBUCKET_STEP_OIDC_TOKEN is not set";
        Ok(Identity { notices: vec![notice.to_owned()], ..Identity::default() })
    }

    fn hear(&mut self, event: Event<'_>) -> io::Result<()> {
        self.write(event).map_err(|error| {
            let kind = error.kind();
            self.deaf.get_or_insert(error);
            kind.into()
        })
    }
}

impl Terminal<'_, '_> {
    fn write(&mut self, event: Event<'_>) -> io::Result<()> {
        match event {
            Event::StepStarted { index, name } => {
                self.output.say(&format!("step {} of {}: {name:?}", index + 1, self.count))
            }
            Event::Output(records) => {
                records.iter().try_for_each(|record| self.print(record))?;
                self.output.answer.flush()
            }
            Event::StepEnded(report) => {
                if std::mem::take(&mut self.in_line) {
                    writeln!(self.output.answer)?;
                }
                self.output.say(&ended(report))
            }
        }
    }

    fn print(&mut self, record: &Record) -> io::Result<()> {
        let to = match record.stream {
            Stream::System => {
                self.said = String::from_utf8_lossy(&record.text).into_owned();
                return self.output.say(&self.said);
            }
            Stream::Stdout => {
                self.in_line = !record.ends_line;
                &mut self.output.answer
            }
            Stream::Stderr => &mut self.output.words,
        };
        to.write_all(&record.text)?;
        if record.ends_line { to.write_all(b"\n") } else { Ok(()) }
    }
}

fn ended(report: &StepReport) -> String {
    let seconds = (report.ended_at.0 - report.started_at.0) as f64 / 1000.0;
    let how = match report.exit_code {
        Some(0) => "succeeded".to_owned(),
        Some(code) => format!("failed with exit code {code}"),
        None => "was ended".to_owned(),
    };
    format!("step {:?} {how} after {seconds:.1} s", report.name)
}
