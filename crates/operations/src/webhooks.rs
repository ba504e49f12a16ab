//! CodePipeline's webhooks, which people put for source actions that bring a token of their own.
//!
//! A webhook's URL is a hook's. A webhook that was registered with GitHub is a hook that is kept as
//! wanted like any other; of another the forge is told by people, and nobody looks after it. What a
//! delivery comes to is `intake`'s.

use std::collections::BTreeMap;

use domain::connection::{HookState, ProviderType};
use domain::pipeline::ActionDeclaration;
use domain::webhook::{WebhookAuthentication, WebhookFilter};
use domain::{Arn, ConnectionArn, EffectId, HookId, PipelineName, RepositoryName, Secret};
use engine::{Effect, JsonPath, filled};
use identity::Ask;
use store::{Changes, EffectRow, HookRow, PipelineRow, Place, View, Want, WebhookRow};
use wire::codepipeline::{self as shapes, WebhookAuthenticationType};
use wire::error::AwsError;

use crate::caller::Caller;
use crate::limits::{LIST_MAX, WEBHOOKS_MAX};
use crate::line::new_effect;
use crate::refusal::{self, Refused};
use crate::source_tokens::STARS;
use crate::table::operation;
use crate::turn::Now;
use crate::{keys, page, tags, watches};

/// The ARN of a webhook in the caller's account.
pub fn arn(caller: &Caller, name: &str) -> String {
    caller.arn("codepipeline", &format!("webhook:{name}"))
}

/// The ARN of a webhook, told by what stands in the place of its connection.
pub(crate) fn arn_beside(source_action: &ConnectionArn, name: &str) -> Option<String> {
    let arn = Arn::parse(source_action.as_str())?;
    let resource = format!("webhook:{name}");
    Some(Arn::aws("codepipeline", &arn.region, &arn.account, &resource).to_string())
}

/// The action of a pipeline that a webhook can tell of.
pub(crate) fn target<'a>(
    pipeline: &'a PipelineRow,
    row: &WebhookRow,
) -> Option<&'a ActionDeclaration> {
    let mut sources = pipeline.declaration.sources();
    sources.find(|source| source.name == row.action && source.brings_token())
}

/// Whether a push of the branch is what a webhook lets in, by its ref alone. One that asks for more
/// of what a delivery says cannot be stood in for by a look.
pub fn is_of_pushes(row: &WebhookRow) -> bool {
    row.filters.iter().all(|filter| matches!(&*filter.json_path, "$.ref" | "$['ref']"))
}

fn no_webhook(name: Option<&str>) -> Refused {
    let message = match name {
        Some(name) => format!("There is no webhook {name} in this account."),
        None => "Write webhookName: which webhook is meant.".to_owned(),
    };
    AwsError::refused("WebhookNotFoundException", message)
}

fn wants_of(caller: &Caller, name: &str, view: &View) -> Vec<Want> {
    let key = WebhookRow::at(caller.account(), &name.to_owned());
    let mut wants: Vec<Want> = vec![key.clone().into()];
    if let Some(row) = view.known::<WebhookRow>(key) {
        wants.push(HookRow::at(&row.hook).into());
        wants.push(PipelineRow::at(caller.account(), &row.pipeline).into());
        wants.push(EffectRow::at(caller.account(), &removal(&row.hook)).into());
    }
    wants
}

fn seen<'a>(
    caller: &Caller,
    name: Option<&str>,
    view: &'a View,
) -> Result<(&'a WebhookRow, &'a HookRow), Refused> {
    let row = name.and_then(|name| {
        let row = view.row::<WebhookRow>(WebhookRow::at(caller.account(), &name.to_owned()))?;
        Some((row, view.row::<HookRow>(HookRow::at(&row.hook))?))
    });
    row.ok_or_else(|| no_webhook(name))
}

operation! {
    /// `codepipeline:PutWebhook`: a new one, or the one of this name with another definition under
    /// its old URL.
    Put: shapes::PutWebhookInput => shapes::PutWebhookOutput;
    resource(caller, input) { arn(caller, &input.webhook.name) }
    ask(_, input, _, ask) { ask.with(keys::of_request_tags(tags::of_pipeline(input.tags.as_ref()))) }
    also(caller, input, _) {
        let pipeline = crate::pipelines::arn(caller, &input.webhook.target_pipeline);
        vec![Ask::new("codepipeline:PutWebhook", &pipeline)]
    }
    wants(caller, input, view) {
        let mut wants = wants_of(caller, &input.webhook.name, view);
        wants.push(PipelineRow::at(caller.account(), &input.webhook.target_pipeline).into());
        wants.push(all(caller).into());
        wants
    }
    decide(caller, input, view, now, mut changes) {
        let definition = &input.webhook;
        let target = Target::of(caller, definition, view)?;
        let (authentication, secret) = authentication(definition)?;
        let filters = filters(definition, target.action)?;
        let known = seen(caller, Some(&definition.name), view).ok();
        let signed = WebhookAuthentication::GithubHmac;
        if authentication == signed && secret.is_none() && known.is_none_or(|(row, _)| row.authentication != signed) {
            let message = format!("{STARS} stands for the secret that is kept, and there is none: write SecretToken.");
            return Err(AwsError::refused("InvalidWebhookAuthenticationParametersException", message));
        }
        if known.is_none() && view.list::<WebhookRow>(&all(caller)).len() >= WEBHOOKS_MAX as usize {
            let message = format!("The account has {WEBHOOKS_MAX} webhooks, the most there may be.");
            return Err(AwsError::refused("LimitExceededException", message));
        }
        let arn = arn(caller, &definition.name);
        let mut all = known.map(|(row, _)| row.tags.clone()).unwrap_or_default();
        tags::add(&mut all, tags::of_pipeline(input.tags.as_ref()), &arn)?;
        let hook = put_hook(caller, &target, secret, known, view, now, &mut changes)?;
        let row = WebhookRow {
            account: caller.account().clone(),
            name: definition.name.clone(),
            hook: hook.id.clone(),
            pipeline: definition.target_pipeline.clone(),
            created: known.map_or(now.at, |(row, _)| row.created),
            action: definition.target_action.clone(),
            filters,
            authentication,
            last_triggered: known.and_then(|(row, _)| row.last_triggered),
            tags: all,
        };
        changes.put(view, row.clone());
        let pipeline = Some(target.pipeline);
        Ok((changes, shapes::PutWebhookOutput { webhook: shape(caller, &row, &hook, pipeline) }))
    }
}

/// What a webhook is to start.
struct Target<'a> {
    pipeline: &'a PipelineRow,
    action: &'a ActionDeclaration,
    /// What stands in the place of its connection.
    source_action: ConnectionArn,
    repository: RepositoryName,
}

impl<'a> Target<'a> {
    fn of(
        caller: &Caller,
        definition: &shapes::WebhookDefinition,
        view: &'a View,
    ) -> Result<Self, Refused> {
        let (account, name) = (caller.account(), &definition.target_pipeline);
        let pipeline = view.row::<PipelineRow>(PipelineRow::at(account, name));
        let pipeline = pipeline.ok_or_else(|| refusal::no_pipeline(account, name))?;
        let declaration = &pipeline.declaration;
        let watches = engine::watches(declaration).into_iter();
        let mut watches = watches.filter(|watch| watch.source_action == definition.target_action);
        let mut sources = declaration.sources();
        let action = sources.find(|it| it.name == definition.target_action && it.brings_token());
        let (Some(action), Some(watch)) = (action, watches.next()) else {
            return Err(AwsError::validation(format!(
                "targetAction {} is no source action of pipeline {name} with the provider \
                 ThirdParty GitHub: pipelines with connections need no webhook put for them.",
                definition.target_action
            )));
        };
        let source_action = watches::source_action(caller, declaration, &watch);
        Ok(Self { pipeline, action, source_action, repository: watch.repository })
    }
}

/// What a definition asks deliveries to show, and the secret; none where the one that is kept stays.
fn authentication(
    definition: &shapes::WebhookDefinition,
) -> Result<(WebhookAuthentication, Option<Secret>), Refused> {
    let asked = &definition.authentication_configuration;
    let wrong = |message: &str| {
        Err(AwsError::refused("InvalidWebhookAuthenticationParametersException", message))
    };
    match (definition.authentication, &asked.secret_token, &asked.allowed_ip_range) {
        (WebhookAuthenticationType::GithubHmac, Some(secret), None) => {
            let secret = Some(secret.clone()).filter(|secret| secret.expose() != STARS);
            Ok((WebhookAuthentication::GithubHmac, secret))
        }
        (WebhookAuthenticationType::GithubHmac, ..) => {
            wrong("GITHUB_HMAC takes SecretToken, and nothing else.")
        }
        (WebhookAuthenticationType::Ip, None, Some(range)) => match range.parse::<ipnet::IpNet>() {
            Ok(_) => Ok((WebhookAuthentication::Ip { range: range.clone() }, None)),
            Err(_) => wrong("AllowedIPRange must be a CIDR range, such as 192.0.2.0/24."),
        },
        (WebhookAuthenticationType::Ip, ..) => wrong("IP takes AllowedIPRange, and nothing else."),
        (WebhookAuthenticationType::Unauthenticated, None, None) => {
            Ok((WebhookAuthentication::Unauthenticated, None))
        }
        (WebhookAuthenticationType::Unauthenticated, ..) => {
            wrong("UNAUTHENTICATED takes neither SecretToken nor AllowedIPRange.")
        }
    }
}

fn filters(
    definition: &shapes::WebhookDefinition,
    action: &ActionDeclaration,
) -> Result<Vec<WebhookFilter>, Refused> {
    let known: Vec<&str> = action.configuration.iter().flatten().map(|(key, _)| &**key).collect();
    let known = known.into_iter().filter(|key| *key != "OAuthToken").collect::<Vec<_>>().join(", ");
    let mut filters = Vec::new();
    for (rule, at) in definition.filters.iter().zip(0..) {
        let wrong = |member: &str, why: &dyn std::fmt::Display| {
            let message = format!("filters[{at}].{member}: {why}.");
            AwsError::refused("InvalidWebhookFilterPatternException", message)
        };
        JsonPath::parse(&rule.json_path).map_err(|why| wrong("jsonPath", &why))?;
        if let Some(text) = &rule.match_equals {
            filled(text, |key| action.setting(key), &known)
                .map_err(|why| wrong("matchEquals", &why))?;
        }
        filters.push(WebhookFilter {
            json_path: rule.json_path.clone(),
            match_equals: rule.match_equals.clone(),
        });
    }
    Ok(filters)
}

/// The hook whose URL the webhook has. One that is at GitHub hears of a new secret.
fn put_hook(
    caller: &Caller,
    target: &Target<'_>,
    secret: Option<Secret>,
    known: Option<(&WebhookRow, &HookRow)>,
    view: &View,
    now: &Now,
    changes: &mut Changes,
) -> Result<HookRow, Refused> {
    let id = known.map(|(_, hook)| hook.id.clone());
    let id = id.unwrap_or_else(|| HookId::new(caller.word("webhook")));
    let place = Place::of_hook(caller.account(), &id);
    let seal =
        |secret: &Secret| caller.sealer.seal(&place, secret).map_err(|_| AwsError::internal());
    let Some((row, hook)) = known else {
        // Stars stand for a secret that is kept, and none is.
        let made = || Secret::new(caller.word("webhook's secret"));
        let sealed = seal(&secret.unwrap_or_else(made))?;
        let hook = HookRow {
            id,
            account: caller.account().clone(),
            connection: target.source_action.clone(),
            repository: target.repository.clone(),
            forge_hook_id: None,
            sealed_secret: sealed,
            sealed_previous: None,
            state: HookState::Given,
            provider: ProviderType::GitHub,
            repository_id: None,
            signs: None,
            trouble: None,
            known_as: None,
            verified: None,
            heads_known: None,
            previous_until: None,
        };
        changes.insert(hook.clone());
        return Ok(hook);
    };
    let moves = (&hook.connection, &hook.repository) != (&target.source_action, &target.repository);
    if moves && hook.state != HookState::Given {
        return Err(AwsError::validation(format!(
            "Webhook {} is registered with {} for {}: deregister it first, so that it is removed \
             there.",
            row.name, hook.repository, hook.connection
        )));
    }
    let mut next = HookRow {
        connection: target.source_action.clone(),
        repository: target.repository.clone(),
        ..hook.clone()
    };
    if let Some(secret) = secret {
        let at_forge = hook.state == HookState::Registered;
        next.sealed_previous = at_forge.then(|| hook.sealed_secret.clone());
        (next.sealed_secret, next.previous_until) = (seal(&secret)?, None);
        if at_forge {
            watches::register(&next, &caller.uuid("register"), now, changes);
        }
    }
    changes.put(view, next.clone());
    Ok(next)
}

/// The effect that removes a hook at GitHub.
pub(crate) fn removal(hook: &HookId) -> EffectId {
    EffectId::new(format!("eff-remove-{hook}"))
}

/// The forge is asked to remove a hook, unless it is already.
pub(crate) fn remove(hook: &HookRow, view: &View, now: &Now, changes: &mut Changes) {
    let (account, id) = (hook.account.clone(), removal(&hook.id));
    if view.row::<EffectRow>(EffectRow::at(&account, &id)).is_none() {
        let effect = Effect::RemoveHook { account: account.clone(), hook: hook.id.clone() };
        changes.effect(new_effect(&account, id, effect, now));
    }
    changes.put(view, HookRow { state: HookState::Unwanted, ..hook.clone() });
}

operation! {
    /// `codepipeline:DeleteWebhook`; deleting what is not there succeeds. One that is registered is
    /// removed at GitHub, too.
    Delete: shapes::DeleteWebhookInput => shapes::Nothing;
    resource(caller, input) { arn(caller, &input.name) }
    wants(caller, input, view) { wants_of(caller, &input.name, view) }
    decide(caller, input, view, now, mut changes) {
        let Ok((row, hook)) = seen(caller, Some(&input.name), view) else {
            return Ok((changes, shapes::Nothing::default()));
        };
        changes.delete::<WebhookRow>(view, WebhookRow::at(caller.account(), &row.name));
        match hook.state {
            HookState::Given => changes.delete::<HookRow>(view, HookRow::at(&hook.id)),
            _ => remove(hook, view, now, &mut changes),
        }
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `codepipeline:RegisterWebhookWithThirdParty`: GitHub is told of the webhook with the token of
    /// its action; why it was not stands in `ListWebhooks`.
    Register: shapes::RegisterWebhookWithThirdPartyInput => shapes::Nothing;
    resource(caller, input) { arn(caller, input.webhook_name.as_deref().unwrap_or("*")) }
    wants(caller, input, view) {
        input.webhook_name.as_ref().map(|name| wants_of(caller, name, view)).unwrap_or_default()
    }
    decide(caller, input, view, now, mut changes) {
        let (row, hook) = seen(caller, input.webhook_name.as_deref(), view)?;
        if row.authentication != WebhookAuthentication::GithubHmac {
            return Err(AwsError::validation(format!(
                "Webhook {} is not of the authentication GITHUB_HMAC, and GitHub knows no other.",
                row.name
            )));
        }
        if hook.state == HookState::Unwanted {
            return Err(AwsError::validation(format!(
                "Webhook {} is being removed at GitHub; register it once that is done.", row.name
            )));
        }
        if matches!(hook.state, HookState::Given | HookState::Failed) {
            let next = HookRow { state: HookState::Wanted, trouble: None, ..hook.clone() };
            watches::register(&next, &caller.uuid("register"), now, &mut changes);
            changes.put(view, next);
        }
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `codepipeline:DeregisterWebhookWithThirdParty`: it is removed at GitHub; its URL stays.
    Deregister: shapes::DeregisterWebhookWithThirdPartyInput => shapes::Nothing;
    resource(caller, input) { arn(caller, input.webhook_name.as_deref().unwrap_or("*")) }
    wants(caller, input, view) {
        input.webhook_name.as_ref().map(|name| wants_of(caller, name, view)).unwrap_or_default()
    }
    decide(caller, input, view, now, mut changes) {
        let (_, hook) = seen(caller, input.webhook_name.as_deref(), view)?;
        if hook.state != HookState::Given {
            remove(hook, view, now, &mut changes);
        }
        Ok((changes, shapes::Nothing::default()))
    }
}

const LIST: &str = "codepipeline:ListWebhooks";

fn all(caller: &Caller) -> store::Query {
    WebhookRow::of_account(caller.account(), "", WEBHOOKS_MAX)
}

operation! {
    /// `codepipeline:ListWebhooks`, by name.
    List: shapes::ListWebhooksInput => shapes::ListWebhooksOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, input, view) {
        let Ok(query) = list_query(caller, input) else { return Vec::new() };
        let rows = view.known_list::<WebhookRow>(&query);
        let of_row = |row: &WebhookRow| -> [Want; 2] {
            let pipeline = PipelineRow::at(caller.account(), &row.pipeline);
            [HookRow::at(&row.hook).into(), pipeline.into()]
        };
        let mut wants: Vec<Want> = rows.into_iter().flat_map(of_row).collect();
        wants.push(query.into());
        wants
    }
    decide(caller, input, view, _, changes) {
        let rows = view.list::<WebhookRow>(&list_query(caller, input)?);
        let size = page::size(input.max_results, LIST_MAX);
        let (rows, next_token) = page::cut(caller, LIST, "", rows, size, |row| row.name.clone());
        let pipeline = |name: &PipelineName| {
            view.row::<PipelineRow>(PipelineRow::at(caller.account(), name))
        };
        let shown = |row: &WebhookRow| {
            let hook = view.row::<HookRow>(HookRow::at(&row.hook))?;
            Some(shape(caller, row, hook, pipeline(&row.pipeline)))
        };
        let webhooks = rows.into_iter().filter_map(shown).collect();
        Ok((changes, shapes::ListWebhooksOutput { webhooks, next_token }))
    }
}

fn list_query(caller: &Caller, input: &shapes::ListWebhooksInput) -> Result<store::Query, Refused> {
    let after = page::cursor(caller, LIST, "", input.next_token.as_ref())?.unwrap_or_default();
    let size = page::size(input.max_results, LIST_MAX) as i64;
    Ok(WebhookRow::of_account(caller.account(), &after, size + 1))
}

/// A webhook as the API shows it, its secret as stars.
fn shape(
    caller: &Caller,
    row: &WebhookRow,
    hook: &HookRow,
    pipeline: Option<&PipelineRow>,
) -> shapes::ListWebhookItem {
    let error = error(row, hook, pipeline);
    shapes::ListWebhookItem {
        definition: definition(row),
        url: format!("{}/hooks/{}", caller.public_url, row.hook),
        error_message: error.as_ref().map(|(_, message)| message.clone()),
        error_code: error.map(|(code, _)| code.to_owned()),
        last_triggered: row.last_triggered.map(Into::into),
        arn: Some(arn(caller, &row.name)),
        tags: shown_tags(&row.tags),
    }
}

fn shown_tags(tags: &BTreeMap<String, String>) -> Option<Vec<shapes::Tag>> {
    let tag =
        |(key, value): (&String, &String)| shapes::Tag { key: key.clone(), value: value.clone() };
    (!tags.is_empty()).then(|| tags.iter().map(tag).collect())
}

fn definition(row: &WebhookRow) -> shapes::WebhookDefinition {
    let (mut secret_token, mut allowed_ip_range) = (None, None);
    let authentication = match &row.authentication {
        WebhookAuthentication::GithubHmac => {
            secret_token = Some(Secret::new(STARS));
            WebhookAuthenticationType::GithubHmac
        }
        WebhookAuthentication::Ip { range } => {
            allowed_ip_range = Some(range.clone());
            WebhookAuthenticationType::Ip
        }
        WebhookAuthentication::Unauthenticated => WebhookAuthenticationType::Unauthenticated,
    };
    let rule = |filter: &WebhookFilter| shapes::WebhookFilterRule {
        json_path: filter.json_path.clone(),
        match_equals: filter.match_equals.clone(),
    };
    shapes::WebhookDefinition {
        name: row.name.clone(),
        target_pipeline: row.pipeline.clone(),
        target_action: row.action.clone(),
        filters: row.filters.iter().map(rule).collect(),
        authentication,
        authentication_configuration: shapes::WebhookAuthConfiguration {
            allowed_ip_range,
            secret_token,
        },
    }
}

/// What keeps a webhook from starting anything, as code and sentence.
fn error(
    row: &WebhookRow,
    hook: &HookRow,
    pipeline: Option<&PipelineRow>,
) -> Option<(&'static str, String)> {
    let Some(pipeline) = pipeline else {
        return Some(("PipelineNotFound", format!("There is no pipeline {}.", row.pipeline)));
    };
    if target(pipeline, row).is_none() {
        let message = format!(
            "Pipeline {} has no source action {} with the provider ThirdParty GitHub.",
            row.pipeline, row.action
        );
        return Some(("TargetActionNotFound", message));
    }
    let trouble = hook.trouble.clone().filter(|_| hook.state == HookState::Failed)?;
    Some(("RegistrationFailed", trouble))
}
