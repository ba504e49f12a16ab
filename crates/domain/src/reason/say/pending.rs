//! Words for deliveries that are not decided yet.

use super::span::spans;
use super::{Said, Span};
use crate::reason::{Pending, Silence};

pub(super) fn say(pending: &Pending) -> Said {
    match pending {
        Pending::Turn => Said::of(
            "undecided",
            spans![
                "It is written down and waits for its turn: the deliveries of one hook are decided in \
                 the order in which they came."
            ],
        ),
        Pending::Head { ref_name, silence } => {
            asked(spans!["where ", ref_name, " leads"], silence.as_ref())
        }
        Pending::Files { commit, silence } => {
            asked(spans!["which files changed up to ", commit], silence.as_ref())
        }
    }
}

fn asked(what: Vec<Span>, silence: Option<&Silence>) -> Said {
    let mut sentence = spans!["The forge is asked "];
    sentence.extend(what);
    let Some(Silence { tries, why, again }) = silence else {
        sentence.push(Span::from("."));
        return Said::of("forge-asked", sentence);
    };
    sentence.extend(spans![" and has not answered, after ", tries, " tries: ", why]);
    sentence.extend(spans![". It is asked again at ", again, "."]);
    Said::of("forge-silent", sentence)
        .then(spans!["Mend what keeps the forge from answering; nothing is lost meanwhile."])
}
