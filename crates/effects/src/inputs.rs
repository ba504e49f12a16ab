//! What steps get: artifacts as they are, and working copies of what is to be cloned.

use std::collections::BTreeMap;

use blobs::archive::Entry;
use domain::ArtifactRef;
use domain::reason::FailureCode;
use engine::{InputArtifact, StartAction};
use forges::mirror::NoFile;
use recipes::Plan;
use recipes::plan::{CloneSettings, Depth};
use runners::Input;

use crate::clone;
use crate::limits::LINKS_MAX;
use crate::perform::Performer;
use crate::trouble::Trouble;

/// What is said of a source without history.
const FILES_ONLY: &str = "the source is files without history; set OutputArtifactFormat of its \
                          action to CODEBUILD_CLONE_REF";

/// The inputs of an attempt whose steps these are, and which get so much history where they do not
/// say; `variables` tell them where the first one is. Beside them what the reader of the log is to
/// know, a line each.
pub async fn unpacked(
    performer: &Performer,
    start: &StartAction,
    (plan, depth): (&Plan, Option<Depth>),
    variables: &[&str],
) -> Result<(Vec<Input>, Vec<String>), Trouble> {
    let (mut inputs, mut said) = (Vec::new(), Vec::new());
    for (index, input) in start.work.inputs.iter().enumerate() {
        let variables = match index {
            0 => variables.iter().map(|name| (*name).to_owned()).collect(),
            _ => vec![format!("CODEBUILD_SRC_DIR_{}", input.name)],
        };
        let of_steps = match input.is_clone_reference {
            true => copies(performer, start, input, (plan, depth), &mut said).await?,
            false => BTreeMap::new(),
        };
        let (name, artifact) = (input.name.clone(), input.artifact.clone());
        inputs.push(Input { name, artifact, of_steps, variables });
    }
    if !is_cloned(start) {
        said.extend(without_clone(plan)?);
    }
    Ok((inputs, said))
}

/// What the action declares for all of its steps. A fetch in a step has no credential: it is to end,
/// and not to ask somebody.
pub fn environment(start: &StartAction) -> Vec<(String, String)> {
    let silent = is_cloned(start).then(|| ("GIT_TERMINAL_PROMPT".to_owned(), "0".to_owned()));
    let declared = start.work.environment.iter().map(|it| (it.name.clone(), it.value.clone()));
    silent.into_iter().chain(declared).collect()
}

fn is_cloned(start: &StartAction) -> bool {
    start.work.inputs.iter().any(|input| input.is_clone_reference)
}

/// The text of a file of an input, at most so many bytes of it; or why there is none. A link is
/// followed as long as it stays inside, as it is where the files are a folder.
pub async fn file(
    performer: &Performer,
    start: &StartAction,
    input: &InputArtifact,
    name: &str,
    bytes_max: u64,
) -> Result<Result<String, String>, Trouble> {
    let mut path = name.to_owned();
    let of = |why: String| Ok(Err(format!("{}: {name}: {why}", input.name)));
    for _ in 0..=LINKS_MAX {
        let target = match entry(performer, start, input, &path, bytes_max).await? {
            Ok(Some(Entry::File(bytes))) => {
                return domain::text(bytes)
                    .map_or_else(|why| of(why.to_string()), |text| Ok(Ok(text)));
            }
            Ok(Some(Entry::Link(target))) => target,
            Ok(None) if path == name => {
                return Ok(Err(format!("{} has no file {name}", input.name)));
            }
            Ok(None) => return of(format!("it is a link to {path}, which is not there")),
            Err(why) => return of(why),
        };
        match beside(&path, &target) {
            Some(next) => path = next,
            None => {
                return of(format!("it is a link that leads out of the repository, to {target}"));
            }
        }
    }
    of(format!("it is a link to a link, more than {LINKS_MAX} times"))
}

/// What stands at a path of an input.
async fn entry(
    performer: &Performer,
    start: &StartAction,
    input: &InputArtifact,
    path: &str,
    bytes_max: u64,
) -> Result<Result<Option<Entry>, String>, Trouble> {
    if !input.is_clone_reference {
        let archive = performer.blobs.open_checked(&input.artifact);
        let archive = archive.map_err(|cause| Trouble::Passes(cause.into()))?;
        let read = blobs::archive::read_entry(archive, path, bytes_max);
        return Ok(read.map_err(|why| why.to_string()));
    }
    let reference = clone::read(performer, &input.artifact).await?;
    let mirror = clone::held(performer, start, &reference).await?;
    Ok(match mirror.file(&reference.commit_id, path, bytes_max).await {
        Ok(bytes) => Ok(Some(Entry::File(bytes))),
        Err(NoFile::Link { target }) => Ok(Some(Entry::Link(target))),
        Err(NoFile::Missing) => Ok(None),
        Err(why) => Err(why.to_string()),
    })
}

/// Where a link at `path` leads to; `None` where that is outside.
fn beside(path: &str, target: &str) -> Option<String> {
    if target.starts_with('/') {
        return None;
    }
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// A working copy for each step, as its settings want it; one for all that want the same.
async fn copies(
    performer: &Performer,
    start: &StartAction,
    input: &InputArtifact,
    (plan, depth): (&Plan, Option<Depth>),
    said: &mut Vec<String>,
) -> Result<BTreeMap<usize, ArtifactRef>, Trouble> {
    let reference = clone::read(performer, &input.artifact).await?;
    let (mut copies, mut of_steps) = (BTreeMap::new(), BTreeMap::new());
    for (index, step) in plan.steps.iter().enumerate().filter(|(_, step)| !step.clone.nothing) {
        let settings = CloneSettings { depth: step.clone.depth.or(depth), ..step.clone };
        if let Some(artifact) = copies.get(&settings) {
            of_steps.insert(index, ArtifactRef::clone(artifact));
            continue;
        }
        let copied = clone::working_copy(performer, start, &reference, settings).await?;
        if !copied.left_out.is_empty() {
            let (name, left_out) = (&input.name, &copied.left_out);
            said.push(format!("warning: not taken from artifact {name}: {left_out}"));
        }
        copies.insert(settings, copied.artifact.clone());
        of_steps.insert(index, copied.artifact);
    }
    Ok(of_steps)
}

/// Settings of a clone where there are only files: what changes what runs is refused, the rest said.
fn without_clone(plan: &Plan) -> Result<Option<String>, Trouble> {
    let settings = || plan.steps.iter().map(|step| step.clone).filter(|clone| !clone.nothing);
    if settings().any(|clone| clone.lfs) {
        let message = format!("'clone' with 'lfs: true' needs a clone, and {FILES_ONLY}");
        return Err(Trouble::Fails(FailureCode::ConfigurationError, message));
    }
    let depth = settings().any(|clone| clone.depth.is_some());
    Ok(depth.then(|| format!("'depth' is not followed: {FILES_ONLY}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_beside_itself_and_never_out() {
        for (path, target, expect) in [
            ("a.yml", "ci/a.yml", Some("ci/a.yml")),
            ("ci/a.yml", "../b.yml", Some("b.yml")),
            ("ci/a.yml", "./b/.././c.yml", Some("ci/c.yml")),
            ("a.yml", "../a.yml", None),
            ("ci/a.yml", "../../etc/passwd", None),
            ("a.yml", "/etc/passwd", None),
        ] {
            assert_eq!(beside(path, target).as_deref(), expect, "{path} -> {target}");
        }
    }
}
