//! A delivery to one of CodePipeline's webhooks.
//!
//! It counts where each of the webhook's filters passes. A signed push of the action's own branch is
//! decided as any other push is. Anything else is a wish that somebody looks: git says where the
//! branch is, and nothing that the delivery says is used. Where it was not signed, the pipeline
//! starts only if the branch has moved (decision 0016).

use domain::CommitSha;
use domain::forge_event::{GitRef, Happening, RefTarget, Since, Subject};
use domain::pipeline::ActionDeclaration;
use domain::reason::{Disposition, Duplicate, Filter};
use domain::revision::Seen;
use domain::webhook::{Proof, WebhookFilter};
use engine::{JsonPath, Looked, What, filled, look};
use serde_json::Value;
use store::{HookRow, PipelineRow, Query, View, Want, WebhookRow};

use super::change::{Deciding, Next, Way, ask, foreign, unknown};
use super::question::Asker;
use super::starting::Moved;
use super::{Intake, Step};
use crate::heads::{Known, Verdict, head_key};
use crate::limits::FOUND_CHARACTERS_MAX;
use crate::webhooks::{arn_beside, target};

/// What came to a webhook.
pub(super) struct Told {
    /// What it showed.
    proof: Proof,
    /// What it says, or why that cannot be read.
    payload: Result<Value, String>,
}

impl Told {
    /// `None` for a delivery to another hook than a webhook's.
    pub(super) fn of(verdict: &str, headers: &webhooks::Headers, body: &[u8]) -> Option<Self> {
        let proof = Proof::parse(verdict)?;
        Some(Self { proof, payload: payload(headers, body) })
    }
}

/// GitHub sends JSON, or a form whose one field is JSON, as whoever made the hook chose.
fn payload(headers: &webhooks::Headers, body: &[u8]) -> Result<Value, String> {
    let kind = headers.one("content-type").ok().flatten().unwrap_or_default();
    let form = kind.starts_with("application/x-www-form-urlencoded");
    let field = || url::form_urlencoded::parse(body).find(|(name, _)| name == "payload");
    let read = match form {
        true => {
            let (_, text) = field().ok_or("a form without the field payload")?;
            serde_json::from_str(&text)
        }
        false => serde_json::from_slice(body),
    };
    read.map_err(|why| format!("no JSON: {why}"))
}

fn webhook(hook: &HookRow) -> Query {
    WebhookRow::by_hook(&hook.id)
}

fn branch(action: &ActionDeclaration) -> GitRef {
    GitRef::branch(action.branch())
}

impl Intake {
    /// The webhook, what it is to start, and what is known of the branch.
    pub(super) fn wants_of_webhook(&self, hook: &HookRow, seen: &View) -> Vec<Want> {
        let mut wants: Vec<Want> = vec![webhook(hook).into()];
        let Some(row) = seen.known_list::<WebhookRow>(&webhook(hook)).into_iter().next() else {
            return wants;
        };
        wants.push(WebhookRow::at(&row.account, &row.name).into());
        let key = PipelineRow::at(&row.account, &row.pipeline);
        wants.push(key.clone().into());
        let pipeline = seen.known::<PipelineRow>(key);
        let Some(action) = pipeline.and_then(|pipeline| target(pipeline, row)) else {
            return wants;
        };
        let branch = branch(action);
        let head = head_key(hook, &branch.clone().into());
        wants.push(head.clone().into());
        if seen.has(&head.clone().into()) {
            let known = seen.known(head);
            let asker = Asker { delivery: &self.delivery.id, index: 0, hook, known };
            wants.push(self.question_key(&asker.of_head()).into());
        }
        wants.extend(self.looked(hook, &branch, CommitSha::default()).wants(seen));
        wants
    }

    /// The branch as somebody had us look at it.
    fn looked<'a>(&self, hook: &'a HookRow, branch: &'a GitRef, commit: CommitSha) -> Moved<'a> {
        Moved {
            hook,
            what: What::Push(branch),
            git_ref: branch.clone(),
            commit,
            pull_request: None,
            webhook: None,
            known_by: Seen::Delivery(self.delivery.id.clone()),
            name: self.name_of(0),
            nonce: self.nonce,
        }
    }
}

impl Deciding<'_> {
    /// What a delivery to a webhook comes to.
    pub(super) fn webhook(&mut self, told: &Told) -> Step {
        let rows = self.seen.list::<WebhookRow>(&webhook(self.hook));
        let row = rows
            .first()
            .and_then(|row| self.seen.row::<WebhookRow>(WebhookRow::at(&row.account, &row.name)));
        let Some(row) = row else { return unusable("hook", "its webhook was deleted meanwhile") };
        let pipeline = PipelineRow::at(&row.account, &row.pipeline);
        let pipeline = self.seen.row::<PipelineRow>(pipeline);
        let Some(action) = pipeline.and_then(|pipeline| target(pipeline, row)) else {
            let problem = format!(
                "pipeline {} has no source action {} with a token of its own",
                row.pipeline, row.action
            );
            return unusable("the webhook's target", &problem);
        };
        self.webhook = arn_beside(&self.hook.connection, &row.name);
        let step = match self.let_in(told, row, action) {
            Some(held) => Step::Done(held),
            None => self.pushed(told, action).unwrap_or_else(|| self.asked_to_look(told, action)),
        };
        if let Step::Done(Disposition::Started { .. }) = &step {
            let last_triggered = Some(self.now.at);
            self.changes.put(self.seen, WebhookRow { last_triggered, ..row.clone() });
        }
        step
    }

    /// What a delivery comes to that does not pass; `None` where it does.
    fn let_in(
        &self,
        told: &Told,
        row: &WebhookRow,
        action: &ActionDeclaration,
    ) -> Option<Disposition> {
        if self.intake.delivery.event == "ping" {
            let kind = "ping".to_owned();
            return Some(Disposition::Filtered(Filter::KindStartsNothing { kind }));
        }
        let payload = match &told.payload {
            Ok(payload) => payload,
            Err(problem) => {
                let (at, problem) = ("body".to_owned(), problem.clone());
                return Some(Disposition::Unusable { at, problem });
            }
        };
        let filtered = || row.filters.iter().find_map(|it| against(it, row, action, payload));
        about_another(self.hook, payload).or_else(filtered)
    }

    /// A signed push of the action's own branch. `None` for anything else.
    fn pushed(&mut self, told: &Told, action: &ActionDeclaration) -> Option<Step> {
        let (Proof::Signature, Ok(changes)) = (told.proof, &self.intake.told) else { return None };
        let [change] = changes.as_slice() else { return None };
        let Happening::Ref(moved) = &change.event.happening else { return None };
        if moved.git_ref != branch(action) {
            return None;
        }
        if let Some(disposition) = foreign(self.hook, &change.event) {
            return Some(Step::Done(disposition));
        }
        Some(self.ref_moved(0, moved))
    }

    /// Somebody has us look where the branch is now.
    fn asked_to_look(&mut self, told: &Told, action: &ActionDeclaration) -> Step {
        if let Some(first) = self.same_bytes_before().filter(|_| told.proof == Proof::Signature) {
            let first = first.clone();
            return Step::Done(Disposition::Duplicate(Duplicate::SameDelivery { first }));
        }
        let branch = branch(action);
        let subject = Subject::from(branch.clone());
        let asker = self.asker(0, &subject);
        match self.way(asker, Verdict::Ask) {
            Way::Told(Ok(Some(at))) => self.looked(told, asker, &branch, at),
            Way::Told(Ok(None)) => {
                unusable("the branch", &format!("{} has no {branch}", self.hook.repository))
            }
            Way::Told(Err(why)) => Step::Done(unknown(&subject, why)),
            Way::Next(_) | Way::Ask => ask(asker.of_head(), asker.ask_head(subject.full())),
        }
    }

    fn looked(&mut self, told: &Told, asker: Asker<'_>, branch: &GitRef, at: &RefTarget) -> Step {
        let (subject, commit) = (Subject::from(branch.clone()), at.commit.clone());
        let known = asker.known.map_or(Known::Nothing, |row| Known::At(row.sha.as_ref()));
        if known.is_at(at) && told.proof != Proof::Signature {
            return Step::Done(Disposition::Duplicate(Duplicate::SameHead { subject, commit }));
        }
        let news = self.intake.looked(self.hook, branch, commit.clone());
        let news = Moved { webhook: self.webhook.clone(), ..news };
        let since = Since::DefaultBranch { branch: branch.name.clone() };
        let head = Some(at.points_at.clone());
        self.follow(Next { asker, subject, head, merged: None, commit, since }, &news, None)
    }
}

fn unusable(at: &str, problem: &str) -> Step {
    Step::Done(Disposition::Unusable { at: at.to_owned(), problem: problem.to_owned() })
}

/// That a delivery says it is about another repository, whatever event it tells of.
fn about_another(hook: &HookRow, payload: &Value) -> Option<Disposition> {
    let name = payload.pointer("/repository/full_name").and_then(Value::as_str)?;
    let problem = format!("it is about {name}, and the source action is of {}", hook.repository);
    let is_other = !name.eq_ignore_ascii_case(hook.present_name().as_str());
    is_other.then(|| Disposition::Unusable { at: "repository.full_name".to_owned(), problem })
}

/// The rule against a delivery, if it is one.
fn against(
    filter: &WebhookFilter,
    row: &WebhookRow,
    action: &ActionDeclaration,
    payload: &Value,
) -> Option<Disposition> {
    let wrong = |problem: String| {
        Some(Disposition::Unusable { at: format!("filter {}", filter.json_path), problem })
    };
    let path = match JsonPath::parse(&filter.json_path) {
        Ok(path) => path,
        Err(why) => return wrong(why.to_string()),
    };
    let wanted = filter.match_equals.as_ref();
    let wanted = wanted.map(|text| filled(text, |key| action.setting(key), "other ones"));
    let wanted = match wanted.transpose() {
        Ok(wanted) => wanted,
        Err(why) => return wrong(why.to_string()),
    };
    let found = match look(payload, &path, wanted.as_deref()) {
        Looked::Match => return None,
        Looked::Nothing => None,
        Looked::Other(found) => Some(found.chars().take(FOUND_CHARACTERS_MAX).collect()),
    };
    let (webhook, json_path) = (row.name.clone(), filter.json_path.clone());
    Some(Disposition::Filtered(Filter::WebhookRule { webhook, json_path, wanted, found }))
}
