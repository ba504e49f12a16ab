//! How a setting's text becomes a value. `None` says that it does not fit; what would is said where
//! the setting is read.

use std::str::FromStr;

use domain::connection::ProviderType;
use domain::endpoints::own_endpoint;

use super::{StepIsolation, StepNetwork};

pub(super) fn optional<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    if text.is_empty() { Some(None) } else { read(text).map(Some) }
}

pub(super) fn list<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(read).collect()
}

pub(super) fn parsed<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

pub(super) fn above_zero<T: FromStr + PartialOrd + Default>(text: &str) -> Option<T> {
    parsed(text).filter(|number| *number > T::default())
}

pub(super) fn public_url(text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok()?;
    let plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let named = url.has_host() && url.username().is_empty() && url.password().is_none();
    let scheme = matches!(url.scheme(), "http" | "https");
    (plain && named && scheme).then(|| url.as_str().trim_end_matches('/').to_owned())
}

/// A forge that is one place for everybody, and the address that is to stand for it.
pub(super) fn stand_in(text: &str) -> Option<(ProviderType, String)> {
    let (provider, url) = text.split_once('=')?;
    let provider = ProviderType::parse(provider).filter(|it| own_endpoint(*it).is_some())?;
    Some((provider, public_url(url)?))
}

pub(super) fn database(text: &str) -> Option<domain::Secret> {
    let known = text.starts_with("postgres://") || text.starts_with("postgresql://");
    known.then(|| domain::Secret::new(text))
}

pub(super) fn step_network(text: &str) -> Option<StepNetwork> {
    match text {
        "host" => Some(StepNetwork::Host),
        "none" => Some(StepNetwork::None),
        _ => None,
    }
}

pub(super) fn step_isolation(text: &str) -> Option<StepIsolation> {
    match text {
        "bubblewrap" => Some(StepIsolation::Bubblewrap),
        "host" => Some(StepIsolation::Host),
        _ => None,
    }
}
