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

/// Whether two texts are ARNs of one resource. A connection or host has two: CodeConnections was
/// CodeStar Connections, and both names of the service are good. Another partition, region or
/// account names something else.
pub fn is_same_resource(one: &str, other: &str) -> bool {
    let renamed = |text| {
        Arn::parse(text).map(|arn| match &*arn.service {
            "codestar-connections" => Arn { service: "codeconnections".to_owned(), ..arn },
            _ => arn,
        })
    };
    renamed(one).is_some_and(|arn| renamed(other) == Some(arn))
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
    fn a_connection_has_two_arns_and_no_third() {
        fn check(other: &str, expect: bool) {
            let arn = "arn:aws:codeconnections:us-east-1:000000000000:connection/x";
            assert_eq!(is_same_resource(arn, other), expect, "{other}");
            assert_eq!(is_same_resource(other, arn), expect, "{other}");
        }
        check("arn:aws:codeconnections:us-east-1:000000000000:connection/x", true);
        check("arn:aws:codestar-connections:us-east-1:000000000000:connection/x", true);
        check("arn:aws:codestar-connections:us-east-1:000000000000:connection/y", false);
        check("arn:aws:codeconnections:eu-west-1:000000000000:connection/x", false);
        check("arn:aws:codeconnections:us-east-1:111111111111:connection/x", false);
        check("arn:aws-cn:codeconnections:us-east-1:000000000000:connection/x", false);
        check("arn:aws:s3:us-east-1:000000000000:connection/x", false);
        check("connection/x", false);
        assert!(!is_same_resource("no ARN", "no ARN"));
    }

    #[test]
    fn an_arn_reads_back_and_keeps_colons_in_its_resource() {
        let text = "arn:aws:codepipeline:us-east-1:000000000000:actiontype:AWS/Source/S3/1";
        assert_eq!(Arn::parse(text).map(|arn| arn.to_string()), Some(text.to_owned()));
        for wrong in ["", "arn:aws:s3", "urn:aws:s3:::b", "arn:aws::::x", "arn:aws:s3:::"] {
            assert_eq!(Arn::parse(wrong), None, "{wrong}");
        }
    }
}
