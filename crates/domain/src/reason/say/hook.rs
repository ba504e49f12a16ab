//! Words for webhooks that are not as they should be.

use super::Said;
use super::span::spans;
use crate::RepositoryName;
use crate::connection::{Missed, Vain};
use crate::reason::HookGap;

pub(super) fn say(gap: &HookGap) -> Said {
    match gap {
        HookGap::Refused { repository, trouble } => Said::of(
            "hook-refused",
            spans!["There is no webhook that tells of pushes to ", repository, ": ", trouble, "."],
        )
        .then(spans![
            "An administrator of the repository must let the user who authorised the connection add \
             webhooks, or somebody who may must authorise it: `towpath connections authorize \
             CONNECTION`. The webhook then comes by itself; until then the pipeline can be started \
             by hand."
        ]),
        HookGap::Wanted { repository } => Said::of(
            "hook-wanted",
            spans!["The forge is asked for the webhook of ", repository, " and has not answered."],
        ),
        HookGap::Amiss { repository, trouble } => {
            Said::of("hook-amiss", spans!["The webhook of ", repository, ": ", trouble, "."])
        }
        HookGap::Unheard { repository } => Said::of(
            "hook-unheard",
            spans![
                "The webhook of ",
                repository,
                " is registered, and nothing that was signed with its secret has come so far."
            ],
        )
        .then(spans![
            "Look at its recent deliveries, in the settings of the repository at the forge: where \
             they went, and what was answered. The forge must be able to reach this server's public \
             URL."
        ]),
        HookGap::Unsigned { repository, at, why, count } => Said::of(
            "hook-unsigned",
            spans![
                "A delivery to the webhook of ",
                repository,
                " was refused at ",
                at,
                ": ",
                why,
                " (refused so far: ",
                count,
                ")."
            ],
        )
        .then(spans![
            "If the forge sent it, somebody changed the hook's secret there: `towpath connections \
             rotate-hook-secrets CONNECTION` gives both sides a new one. If it did not, somebody else \
             knows the hook's address, and nothing of theirs was believed."
        ]),
        HookGap::Unseen { repository, missed } => match missed.vain {
            Vain::NotThere => unseen(repository, missed),
            Vain::Unreached => unreached(repository, missed),
        },
        HookGap::Polled { repository, every_seconds: Some(seconds) } => Said::of(
            "hook-polled",
            spans![repository, " has no webhook: its branch is looked at every ", seconds, " s."],
        ),
        HookGap::Polled { repository, every_seconds: None } => Said::of(
            "hook-polled",
            spans![repository, " has no webhook, and its branch was not looked at yet."],
        )
        .then(spans![
            "The server looks as often as its setting polling.seconds says; 0 is never."
        ]),
    }
}

fn unseen(repository: &RepositoryName, missed: &Missed) -> Said {
    Said::of(
        "hook-unseen",
        spans![
            repository,
            " has no webhook, and looking at its branch comes to nothing: ",
            &missed.why,
            " (last at ",
            &missed.last,
            "; times in a row: ",
            &missed.count,
            ")."
        ],
    )
    .then(spans![
        "See whether Owner, Repo and Branch of the source action are right (case counts), or give \
         it a token whose user may read the repository (UpdatePipeline)."
    ])
}

fn unreached(repository: &RepositoryName, missed: &Missed) -> Said {
    let since = missed.first.unwrap_or(missed.last);
    Said::of(
        "hook-unreached",
        spans![
            repository,
            " has no webhook, and its forge could not be reached at ",
            &missed.last,
            " to look at its branch: ",
            &missed.why,
            " (times in a row: ",
            &missed.count,
            ", since ",
            &since,
            ")."
        ],
    )
    .then(spans![
        "The looks go on by themselves. If it lasts, see whether this server reaches the forge: its \
         name service, its proxy, a firewall between them."
    ])
}
