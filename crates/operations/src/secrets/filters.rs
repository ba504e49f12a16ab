//! Which secrets a list is about. Pure.

use domain::Region;
use store::SecretRow;
use wire::secretsmanager::{Filter, FilterKey};

/// Whether a secret fits every filter.
pub fn fit(filters: &[Filter], row: &SecretRow, region: &Region) -> bool {
    filters.iter().all(|filter| fits(filter, row, region))
}

/// Of the values of one filter, one is enough; one that begins with `!` must not fit.
fn fits(filter: &Filter, row: &SecretRow, region: &Region) -> bool {
    let values = filter.values.iter().flatten();
    let mut values = values.map(|value| match value.strip_prefix('!') {
        Some(value) => !has(filter.key.unwrap_or(FilterKey::All), value, row, region),
        None => has(filter.key.unwrap_or(FilterKey::All), value, row, region),
    });
    values.any(|fits| fits)
}

/// Names and tags begin with the value, letter by letter; descriptions and the whole are told apart
/// without regard to case, the whole word by word (API reference of Secrets Manager, Filter).
fn has(key: FilterKey, value: &str, row: &SecretRow, region: &Region) -> bool {
    let description = || row.description.as_deref().unwrap_or_default().to_lowercase();
    match key {
        FilterKey::Name => row.name.starts_with(value),
        FilterKey::Description => description().starts_with(&value.to_lowercase()),
        FilterKey::TagKey => row.tags.keys().any(|key| key.starts_with(value)),
        FilterKey::TagValue => row.tags.values().any(|tag| tag.starts_with(value)),
        FilterKey::PrimaryRegion => region.as_str().starts_with(value),
        FilterKey::OwningService => false,
        FilterKey::All => {
            let tags = row.tags.iter().flat_map(|(key, value)| [key, value]);
            let texts = tags.chain([&row.name]).map(|text| text.to_lowercase());
            let texts: Vec<String> = texts.chain([description()]).collect();
            let value = value.to_lowercase();
            let mut words = value.split(|c: char| !c.is_alphanumeric()).filter(|it| !it.is_empty());
            words.any(|word| texts.iter().any(|text| text.contains(word)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Timestamp;

    #[test]
    fn filters_narrow_and_their_values_widen() {
        let row = SecretRow {
            account: "000000000000".into(),
            name: "prod/db".to_owned(),
            resource: "prod/db-AbCdEf".to_owned(),
            deletes: None,
            created: Timestamp(0),
            description: Some("The Database".to_owned()),
            changed: Timestamp(0),
            accessed: None,
            versions: Default::default(),
            policy: None,
            policy_principals: None,
            tags: [("team".to_owned(), "Green".to_owned())].into(),
        };
        let check = |key, values: &[&str], expect: bool| {
            let values = values.iter().map(|value| (*value).to_owned()).collect();
            let filters = [Filter { key: Some(key), values: Some(values) }];
            assert_eq!(fit(&filters, &row, &Region::new("us-east-1")), expect, "{filters:?}");
        };
        check(FilterKey::Name, &["prod/"], true);
        check(FilterKey::Name, &["Prod/"], false);
        check(FilterKey::Name, &["x", "prod"], true);
        check(FilterKey::Name, &["!prod"], false);
        check(FilterKey::Description, &["the d"], true);
        check(FilterKey::TagKey, &["te"], true);
        check(FilterKey::TagValue, &["green"], false);
        check(FilterKey::PrimaryRegion, &["us-"], true);
        check(FilterKey::OwningService, &["rds"], false);
        check(FilterKey::All, &["nothing database"], true);
        check(FilterKey::All, &["nothing"], false);
    }
}
