//! Amazon Resource Names: `arn:partition:service:region:account:resource`.

use crate::{AccountId, Region};
use serde::{Deserialize, Serialize};
use std::fmt;

/// An ARN taken apart. `resource` keeps everything after the fifth colon.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Arn {
    /// `aws`, `aws-cn`, …
    pub partition: String,
    /// `codepipeline`, `iam`, …
    pub service: String,
    /// Empty for services without regions.
    pub region: Region,
    /// Empty for resources without an account.
    pub account: AccountId,
    /// `connection/UUID`, `role/NAME`, …
    pub resource: String,
}

impl Arn {
    /// An ARN of partition `aws`.
    pub fn aws(service: &str, region: &Region, account: &AccountId, resource: &str) -> Self {
        let (partition, service) = ("aws".to_owned(), service.to_owned());
        let (region, account) = (region.clone(), account.clone());
        Self { partition, service, region, account, resource: resource.to_owned() }
    }

    /// Takes a text apart; `None` where it is not six colon-separated ASCII parts that begin with
    /// `arn:aws`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let (arn, partition) = (parts.next()?, parts.next()?);
        let (service, region, account) = (parts.next()?, parts.next()?, parts.next()?);
        let resource = parts.next()?;
        let good = text.is_ascii() && arn == "arn" && partition.starts_with("aws");
        (good && !service.is_empty() && !resource.is_empty()).then(|| Self {
            partition: partition.to_owned(),
            service: service.to_owned(),
            region: Region::new(region),
            account: AccountId::new(account),
            resource: resource.to_owned(),
        })
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, service, region, account, resource } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_reads_back_and_keeps_colons_in_its_resource() {
        let text = "arn:aws:codepipeline:us-east-1:000000000000:actiontype:AWS/Source/S3/1";
        assert_eq!(Arn::parse(text).map(|arn| arn.to_string()), Some(text.to_owned()));
        for wrong in ["", "arn:aws:s3", "urn:aws:s3:::b", "arn:aws::::x", "arn:aws:s3:::"] {
            assert_eq!(Arn::parse(wrong), None, "{wrong}");
        }
    }
}
