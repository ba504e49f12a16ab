//! What Google takes of a pool's provider and of a service account's policy.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{Unusable, check_issuer, unusable, written};
use crate::federation::Condition;
use crate::federation::condition::Kind as ValueKind;
use crate::federation::google::{self, Provider, ServiceAccount};
use crate::limits::{ATTRIBUTE_MAPPINGS_MAX, AUDIENCES_OF_PROVIDER_MAX, MEMBERS_MAX};

pub(super) fn provider(json: Json, project: &str, name: &str) -> Result<Provider, Unusable> {
    let mut provider: Provider = written(json)?;
    let (pool, id) = name.split_once('/').unwrap_or_default();
    provider.name = google::name(project, pool, id);
    // What is saved is there.
    provider.state.clear();
    check_issuer(&provider.oidc.issuer_uri, "oidc.issuerUri")?;
    if provider.oidc.allowed_audiences.len() > AUDIENCES_OF_PROVIDER_MAX {
        let problem = format!("at most {AUDIENCES_OF_PROVIDER_MAX}");
        return Err(unusable("oidc.allowedAudiences", problem));
    }
    check_mapping(&provider.attribute_mapping)?;
    if let Some(condition) = &provider.attribute_condition {
        let roots = ["assertion", "google", "attribute"];
        let checked =
            Condition::read(condition).and_then(|it| it.check_kind(&roots, &[ValueKind::Flag]));
        checked.map_err(|why| unusable("attributeCondition", why.to_string()))?;
    }
    Ok(provider)
}

fn check_mapping(mapping: &BTreeMap<String, String>) -> Result<(), Unusable> {
    if !mapping.contains_key("google.subject") {
        let problem = "google.subject must be mapped, usually to assertion.sub";
        return Err(unusable("attributeMapping", problem));
    }
    if mapping.len() > ATTRIBUTE_MAPPINGS_MAX {
        return Err(unusable("attributeMapping", format!("at most {ATTRIBUTE_MAPPINGS_MAX}")));
    }
    for (attribute, expression) in mapping {
        let path = format!("attributeMapping.{attribute}");
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let own = |it: &str| !it.is_empty() && it.len() <= 100 && it.chars().all(plain);
        let known = ["google.subject", "google.groups"].contains(&&**attribute)
            || attribute.strip_prefix("attribute.").is_some_and(own);
        if !known {
            let problem =
                "google.subject, google.groups, or attribute.NAME of small letters, digits and _";
            return Err(unusable(path, problem));
        }
        let kinds: &[ValueKind] = match attribute.as_str() {
            "google.groups" => &[ValueKind::List, ValueKind::Text],
            _ => &[ValueKind::Text],
        };
        let read = Condition::read(expression);
        let checked = read.and_then(|it| it.check_kind(&["assertion"], kinds));
        checked.map_err(|why| unusable(path, why.to_string()))?;
    }
    Ok(())
}

pub(super) fn service_account(json: Json) -> Result<ServiceAccount, Unusable> {
    let account: ServiceAccount = written(json)?;
    let members: usize = account.bindings.iter().map(|binding| binding.members.len()).sum();
    if members > MEMBERS_MAX {
        return Err(unusable("bindings", format!("{members} members; at most {MEMBERS_MAX}")));
    }
    for (index, binding) in account.bindings.iter().enumerate() {
        if binding.condition.is_some() {
            let problem = "conditions of bindings are not judged here; write it into the provider's attributeCondition";
            return Err(unusable(format!("bindings[{index}].condition"), problem));
        }
    }
    Ok(account)
}
