//! What came of reading the file: the resource is as it says, or a blocker says why it is not.

use std::sync::Arc;

use domain::pipeline::PipelineDeclaration;
use domain::sync::{SyncAttempt, SyncEvent, SyncState, SyncType};
use domain::text::NotText;
use domain::{AccessKeyId, AccountId, Arn, CommitSha, Digest, EffectId, PipelineName};
use engine::{CommitState, EventKind, ReadSyncFile, SyncFile, Unread};
use identity::policy::Caller as Who;
use identity::{Ask, Permit, Principal, Standing};
use recipes::diagnostic::Source;
use store::{
    Changes, EffectRow, Key, PipelineRow, RepositoryLinkRow, SyncConfigurationRow, View, Want,
};

use super::definition::{self, Finding};
use super::{blocked, publish, unblocked};
use crate::caller::Caller;
use crate::pipelines::{self, declare, passed_on, wants_of_declaring};
use crate::refusal::Refused;
use crate::service_role;
use crate::standing::Whose;
use crate::sync_configurations::link_key;
use crate::turn::{Now, Turn};

/// The file of a sync was read, or cannot be.
pub struct Synced {
    account: AccountId,
    sync_type: SyncType,
    resource: String,
    effect: EffectId,
    read: Result<SyncFile, Unread>,
    /// What the file declares; it is read once, however often the turn is asked for its wishes.
    declared: Option<Result<PipelineDeclaration, Finding>>,
    caller: Caller,
}

impl Synced {
    /// What an effect that reads a file brought back. `caller` has what a call would have: it is
    /// made to speak for the configuration's role.
    pub fn new(
        asked: &ReadSyncFile,
        effect: EffectId,
        read: Result<SyncFile, Unread>,
        caller: Caller,
    ) -> Self {
        let declared = read.as_ref().ok().map(|file| declared(file, &asked.resource));
        Self {
            account: asked.account.clone(),
            sync_type: asked.sync_type,
            resource: asked.resource.clone(),
            effect,
            read,
            declared,
            caller,
        }
    }

    fn key(&self) -> Key {
        SyncConfigurationRow::at(&self.account, &self.sync_type, &self.resource)
    }

    fn effect_key(&self) -> Key {
        EffectRow::at(&self.account, &self.effect)
    }

    fn pipeline(&self) -> Key {
        PipelineRow::at(&self.account, &PipelineName::new(&*self.resource))
    }

    /// Who acts: the configuration's role, in its account, whose policies decide.
    fn on_behalf_of(&self, row: &SyncConfigurationRow, seen: &View) -> Caller {
        // Nobody signed: a repository's file speaks.
        let access_key = AccessKeyId::new("");
        let arn = Arn::parse(&row.role_arn).expect("it was checked when it was declared");
        let nobody = Standing::of(Who::Anonymous);
        let role = self.role(row).filter(|role| seen.is_whole(&role.wants(seen)));
        // A role that is gone may nothing.
        let standing = role.and_then(|role| role.standing(seen)).unwrap_or(nobody);
        let (account, standing) = (self.account.clone(), Arc::new(standing));
        let principal = Principal { account, arn, access_key, standing };
        Caller { principal, ..self.caller.clone() }
    }

    fn role(&self, row: &SyncConfigurationRow) -> Option<Whose> {
        service_role::sync::whose(&self.account, &row.role_arn)
    }
}

fn declared(file: &SyncFile, resource: &str) -> Result<PipelineDeclaration, Finding> {
    let unreadable = |why: NotText| Finding { line: None, reason: format!("{}: {why}", file.path) };
    let text = domain::text(file.content.clone()).map_err(unreadable)?;
    definition::read(Source { name: &file.path, text: &text }, resource)
}

/// Whether the role may declare this pipeline, and pass on what the declaration names.
fn permit(
    operation: &str,
    caller: &Caller,
    declaration: &PipelineDeclaration,
    seen: &View,
    now: &Now,
) -> Result<Permit, Refused> {
    let judge = |ask: &Ask| {
        let judged = identity::judge(&caller.principal, ask, now.at);
        judged.map_err(|denial| crate::refusal::denied(&denial))
    };
    let arn = pipelines::arn(caller, &declaration.name);
    let permit = judge(&Ask::new(format!("codepipeline:{operation}"), arn))?;
    for ask in passed_on(caller, declaration, seen) {
        judge(&ask)?;
    }
    Ok(permit)
}

impl Turn for Synced {
    type Answer = ();

    fn wants(&self, seen: &View) -> Vec<Want> {
        let mut wants: Vec<Want> =
            vec![self.key().into(), self.effect_key().into(), self.pipeline().into()];
        let Some(row) = seen.known::<SyncConfigurationRow>(self.key()) else { return wants };
        wants.push(link_key(row).into());
        if let Some(Ok(declaration)) = &self.declared {
            wants.extend(self.role(row).iter().flat_map(|role| role.wants(seen)));
            wants.extend(wants_of_declaring(&self.on_behalf_of(row, seen), declaration, seen));
        }
        wants
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = self.over(Changes::of_loop(), seen);
        let row = seen.row::<SyncConfigurationRow>(self.key());
        // A newer attempt is under way, or nothing is to be kept in step any more.
        let latest = row.and_then(|row| Some((row, row.latest.as_ref()?)));
        let Some((row, latest)) = latest.filter(|(_, latest)| latest.effect == self.effect) else {
            return Ok((changes, ()));
        };
        let link =
            seen.row::<RepositoryLinkRow>(link_key(row)).expect("a link outlives what rests on it");
        let (row, state, words) = match self.apply(row, latest, link, seen, now) {
            Ok((applied, words)) => {
                changes = applied;
                (self.succeeded(row, latest, &words, now), CommitState::Success, words)
            }
            Err(finding) => {
                let words = "A sync blocker says why it is not applied.".to_owned();
                (self.failed(row, latest, link, finding, now), CommitState::Failure, words)
            }
        };
        publish(&row, link, state, &words, now, &mut changes);
        changes.put(seen, row);
        Ok((changes, ()))
    }
}

impl Synced {
    /// The effect is done with.
    fn over(&self, mut changes: Changes, seen: &View) -> Changes {
        changes.delete::<EffectRow>(seen, self.effect_key());
        changes
    }

    /// Declares what the file says; gives what that changes, and the same in words.
    fn apply(
        &self,
        row: &SyncConfigurationRow,
        latest: &SyncAttempt,
        link: &RepositoryLinkRow,
        seen: &View,
        now: &Now,
    ) -> Result<(Changes, String), Finding> {
        let file =
            self.read.as_ref().map_err(|why| Finding { line: None, reason: why.reason.clone() })?;
        let declared = self.declared.as_ref().expect("what was read was looked at");
        let declaration = declared.as_ref().map_err(Finding::clone)?;
        let known = seen.row::<PipelineRow>(self.pipeline());
        let applied = row.succeeded.as_ref().and_then(|it| it.digest.as_ref());
        let same = applied == Some(&Digest::of(&file.content)) && known.is_some();
        if same && !latest.asked && row.on_any_change != Some(true) {
            let words =
                format!("{} is as it was; pipeline {} stays as it is.", file.path, row.resource);
            return Ok((self.over(Changes::of_loop(), seen), words));
        }
        service_role::sync::check(&self.account, &row.role_arn, &link.arn, seen, now)
            .map_err(|why| Finding { line: None, reason: format!("{}: {why}", file.path) })?;
        let caller = self.on_behalf_of(row, seen);
        let operation = if known.is_some() { "UpdatePipeline" } else { "CreatePipeline" };
        let refused = |refused: Refused| Finding {
            line: None,
            reason: format!(
                "{}: {operation} as {} was refused: {}",
                file.path, row.role_arn, refused.message
            ),
        };
        let permit = permit(operation, &caller, declaration, seen, now).map_err(refused)?;
        let mut changes = self.over(Changes::under(&permit, now.at), seen);
        let by = row.role_arn.clone();
        let kind = |declaration: Arc<PipelineDeclaration>| match known {
            Some(_) => EventKind::Updated { declaration, by },
            None => EventKind::Created { declaration, by },
        };
        let made = declare(operation, &caller, declaration, kind, seen, now, &mut changes)
            .map_err(refused)?;
        let words =
            format!("Pipeline {} is at version {} by {}.", made.name, made.number, file.path);
        changes.put(seen, made);
        Ok((changes, words))
    }

    /// The attempt with what was read, and how it ended.
    fn ended(&self, latest: &SyncAttempt, state: SyncState, words: &str, now: &Now) -> SyncAttempt {
        let mut attempt = SyncAttempt { state, ..latest.clone() };
        match &self.read {
            Ok(file) => {
                attempt.commit = Some(file.commit.clone());
                attempt.digest = Some(Digest::of(&file.content));
                let text = format!("{} was read at {}", file.path, file.commit.short());
                attempt.events.push(SyncEvent { at: now.at, kind: SyncState::InProgress, text });
            }
            Err(unread) => attempt.commit = unread.commit.clone().or(attempt.commit),
        }
        attempt.events.push(SyncEvent { at: now.at, kind: state, text: words.to_owned() });
        attempt
    }

    fn succeeded(
        &self,
        row: &SyncConfigurationRow,
        latest: &SyncAttempt,
        words: &str,
        now: &Now,
    ) -> SyncConfigurationRow {
        let attempt = self.ended(latest, SyncState::Succeeded, words, now);
        let commit = attempt.commit.as_ref().map_or("the commit", CommitSha::short);
        let why = format!("{} was applied at {commit}.", row.config_file);
        let row = unblocked(row.clone(), &why, now);
        SyncConfigurationRow { latest: Some(attempt.clone()), succeeded: Some(attempt), ..row }
    }

    fn failed(
        &self,
        row: &SyncConfigurationRow,
        latest: &SyncAttempt,
        link: &RepositoryLinkRow,
        finding: Finding,
        now: &Now,
    ) -> SyncConfigurationRow {
        let attempt = self.ended(latest, SyncState::Failed, &finding.reason, now);
        let mut contexts = vec![
            ("ConnectionArn".to_owned(), link.connection.to_string()),
            ("Repository".to_owned(), link.repository.to_string()),
            ("Branch".to_owned(), row.branch.clone()),
            ("File".to_owned(), row.config_file.clone()),
        ];
        let commit = attempt.commit.as_ref().map(|it| ("Commit".to_owned(), it.to_string()));
        contexts.extend(commit);
        contexts.extend(finding.line.map(|line| ("Line".to_owned(), line.to_string())));
        let row = SyncConfigurationRow { latest: Some(attempt), ..row.clone() };
        blocked(row, finding.reason, contexts, now)
    }
}
