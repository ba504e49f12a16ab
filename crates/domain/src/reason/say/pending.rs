//! Words for what waits for a forge, or for its turn.

use super::span::spans;
use super::{Said, Span};
use crate::reason::{AwaitedForge, Pending, Silence};

pub(super) fn say(pending: &Pending) -> Said {
    match pending {
        Pending::Turn => Said::of(
            "undecided",
            spans![
                "It is written down and waits for its turn: the deliveries of one hook are decided in \
                 the order in which they came."
            ],
        ),
        Pending::Source(awaited) => fetched(awaited),
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
    let Some(silence) = silence else {
        sentence.push(Span::from("."));
        return Said::of("forge-asked", sentence);
    };
    sentence.extend(spans![" and"]);
    sentence.extend(unanswered(silence));
    Said::of("forge-silent", sentence)
        .then(spans!["Mend what keeps the forge from answering; nothing is lost meanwhile."])
}

fn fetched(awaited: &AwaitedForge) -> Said {
    let AwaitedForge { stage, action, attempt, provider, host, connection, .. } = awaited;
    let forge = format!("{host} ({provider}, by {connection})");
    let mut sentence = spans!["Attempt ", attempt, " of action ", action, " of stage ", stage];
    sentence.extend(spans![" waits for the forge at ", &forge, " since ", &awaited.since]);
    sentence.extend(spans!["; it is given up at ", &awaited.until, " at the latest."]);
    let Some(silence) = &awaited.silence else {
        return Said::of("forge-awaited", sentence).then(spans![
            "If this takes long, see whether the forge answers: \
             `towpath connections test CONNECTION REPOSITORY`."
        ]);
    };
    sentence.extend(spans![" The forge"]);
    sentence.extend(unanswered(silence));
    Said::of("forge-silent", sentence).then(spans![
        "Mend what keeps the forge from answering, or stop the execution to give it up now."
    ])
}

fn unanswered(Silence { tries, why, again }: &Silence) -> Vec<Span> {
    let mut said = spans![" has not answered, after ", tries, " tries: ", why];
    said.extend(spans![". It is asked again at ", again, "."]);
    said
}
