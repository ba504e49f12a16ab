//! Bitbucket's keys and what becomes of each: followed, noted because it only says where a step
//! runs, or refused because doing without it would run something else than what was written.

/// What becomes of a key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Meaning {
    /// Read where it belongs, or without any effect on a run.
    Followed,
    /// Says only where a step runs; what happens here instead.
    Elsewhere(&'static str),
    /// Changes what runs; what to do about it.
    Refused(&'static str),
}

use Meaning::{Elsewhere, Followed, Refused};

/// Keys and their meanings.
pub(super) type Table = &'static [(&'static str, Meaning)];

/// The top of the file. Other keys hold anchors and mean nothing, on Bitbucket too.
pub(super) const ROOT: Table = &[
    ("image", Elsewhere("the steps run with this machine's tools")),
    ("clone", Followed),
    ("options", Followed),
    ("definitions", Followed),
    ("pipelines", Followed),
    ("triggers", Refused("start the pipeline from 'branches' or 'tags'")),
    ("export", Followed),
    ("labels", Followed),
];

/// `options`.
pub(super) const OPTIONS: Table = &[
    ("docker", Followed),
    ("max-time", Followed),
    ("oidc", Followed),
    ("size", Elsewhere("the steps get what this machine's limits allow")),
    ("runtime", Elsewhere("the steps run on this machine")),
    ("runs-on", Elsewhere("the steps run on this machine")),
];

/// `clone`, at the top and in a step.
pub(super) const CLONE: Table = &[
    ("enabled", Followed),
    ("lfs", Followed),
    ("depth", Followed),
    ("filter", Elsewhere("the step gets the files of the commit")),
    ("skip-ssl-verify", Elsewhere("the step clones nothing itself")),
];

/// `pipelines`.
pub(super) const PIPELINES: Table = &[
    ("default", Followed),
    ("branches", Followed),
    ("tags", Followed),
    ("pull-requests", Followed),
    ("custom", Followed),
    ("bookmarks", Elsewhere("Mercurial bookmarks no longer exist")),
];

/// A step.
pub(super) const STEP: Table = &[
    ("name", Followed),
    ("script", Followed),
    ("after-script", Followed),
    ("max-time", Followed),
    ("deployment", Followed),
    ("oidc", Followed),
    ("clone", Followed),
    ("trigger", Followed),
    ("type", Followed),
    ("image", Elsewhere("the step runs with this machine's tools")),
    ("size", Elsewhere("the step gets what this machine's limits allow")),
    ("runs-on", Elsewhere("the step runs on this machine")),
    ("runtime", Elsewhere("the step runs on this machine")),
    ("caches", Elsewhere("nothing is restored or kept, so the step may take longer")),
    ("concurrency-group", Elsewhere("the step does not wait for others of its group")),
    ("fail-fast", Elsewhere("it means something in a parallel group only")),
    ("services", Refused("start what the step needs in its script")),
    ("artifacts", Refused("make in each step what it needs, or join the steps into one")),
    (
        "condition",
        Refused("test for it in the script, as in: git diff --quiet HEAD^ -- src && exit 0"),
    ),
    ("environment", Refused("name the environment with 'deployment'")),
    ("on-fail", Refused("catch the failure in the script")),
    ("output-variables", Refused("join the steps into one")),
    ("custom", Refused("write the child pipeline's steps here")),
    ("input-variables", Refused("write the child pipeline's steps here")),
];

/// `parallel` with members named.
pub(super) const PARALLEL: &[&str] = &["steps", "fail-fast", "on-fail"];

/// `stage`.
pub(super) const STAGE: &[&str] =
    &["name", "steps", "deployment", "environment", "trigger", "condition", "on-fail"];

/// The meaning of a key, if it has one.
pub(super) fn meaning(table: Table, key: &str) -> Option<Meaning> {
    table.iter().find(|(known, _)| *known == key).map(|(_, meaning)| *meaning)
}

/// The keys of a table.
pub(super) fn names(table: Table) -> Vec<&'static str> {
    table.iter().map(|(name, _)| *name).collect()
}
