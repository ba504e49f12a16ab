//! Putting a webhook: its definition is checked, and a hook gets or keeps its URL.

use domain::pipeline::ActionDeclaration;
use domain::webhook::{WebhookAuthentication, WebhookFilter};
use domain::{ConnectionArn, RepositoryName, Secret};
use engine::{JsonPath, filled};
use identity::Ask;
use store::{PipelineRow, View, WebhookRow};
use wire::codepipeline::{self as shapes, WebhookAuthenticationType};
use wire::error::AwsError;

use super::hook::put_hook;
use super::list::shape;
use super::{arn, seen, wants_of};
use crate::caller::Caller;
use crate::limits::WEBHOOKS_MAX;
use crate::refusal::{self, Refused};
use crate::source_tokens::STARS;
use crate::table::operation;
use crate::{keys, tags, watches};

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
pub(super) struct Target<'a> {
    pipeline: &'a PipelineRow,
    action: &'a ActionDeclaration,
    /// What stands in the place of its connection.
    pub(super) source_action: ConnectionArn,
    pub(super) repository: RepositoryName,
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

fn all(caller: &Caller) -> store::Query {
    WebhookRow::of_account(caller.account(), "", WEBHOOKS_MAX)
}
