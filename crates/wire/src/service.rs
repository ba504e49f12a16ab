//! The services of this server: their names on the wire and their operations.

use crate::shape::Operation;
use crate::{codeconnections, codepipeline, iam, s3, secretsmanager, ssm, sts, towpath};

/// A service of this server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// CodePipeline, 2015-07-09.
    CodePipeline,
    /// CodeConnections, 2023-12-01.
    CodeConnections,
    /// CodeStar Connections, 2019-12-01: the older name of the same thing.
    CodeStarConnections,
    /// Identity and Access Management, 2010-05-08.
    Iam,
    /// The Security Token Service, 2011-06-15.
    Sts,
    /// Secrets Manager, 2017-10-17.
    SecretsManager,
    /// Systems Manager, 2014-11-06: its Parameter Store.
    Ssm,
    /// S3, 2006-03-01.
    S3,
    /// Our own API, `Towpath_20261101`.
    Towpath,
}

impl Service {
    /// Every service.
    pub const ALL: [Self; 9] = [
        Self::CodePipeline,
        Self::CodeConnections,
        Self::CodeStarConnections,
        Self::Iam,
        Self::Sts,
        Self::SecretsManager,
        Self::Ssm,
        Self::S3,
        Self::Towpath,
    ];

    /// The service in a credential's scope, and the prefix of the service's actions in policies.
    pub fn signing_name(self) -> &'static str {
        match self {
            Self::CodePipeline => "codepipeline",
            Self::CodeConnections => "codeconnections",
            Self::CodeStarConnections => "codestar-connections",
            Self::Iam => "iam",
            Self::Sts => "sts",
            Self::SecretsManager => "secretsmanager",
            Self::Ssm => "ssm",
            Self::S3 => "s3",
            Self::Towpath => "towpath",
        }
    }

    /// What stands before the dot in `X-Amz-Target`; `None` for a service of Query or REST.
    pub fn target_prefix(self) -> Option<&'static str> {
        match self {
            Self::CodePipeline => Some("CodePipeline_20150709"),
            Self::CodeConnections => Some("com.amazonaws.codeconnections.CodeConnections_20231201"),
            Self::CodeStarConnections => {
                Some("com.amazonaws.codestar.connections.CodeStar_connections_20191201")
            }
            Self::SecretsManager => Some("secretsmanager"),
            Self::Ssm => Some("AmazonSSM"),
            Self::Iam | Self::Sts | Self::S3 => None,
            Self::Towpath => Some("Towpath_20261101"),
        }
    }

    /// The `Version` of a Query service's form.
    pub fn query_version(self) -> Option<&'static str> {
        match self {
            Self::Iam => Some("2010-05-08"),
            Self::Sts => Some("2011-06-15"),
            _ => None,
        }
    }

    /// The content type that the service's own clients send; every JSON service reads both.
    pub fn json_content_type(self) -> &'static str {
        match self {
            Self::CodeConnections | Self::CodeStarConnections => "application/x-amz-json-1.0",
            _ => "application/x-amz-json-1.1",
        }
    }

    /// The operations that are spoken.
    pub fn operations(self) -> &'static [Operation] {
        match self {
            Self::CodePipeline => &codepipeline::OPERATIONS,
            Self::CodeConnections | Self::CodeStarConnections => &codeconnections::OPERATIONS,
            Self::Iam => &iam::OPERATIONS,
            Self::Sts => &sts::OPERATIONS,
            Self::SecretsManager => &secretsmanager::OPERATIONS,
            Self::Ssm => &ssm::OPERATIONS,
            Self::S3 => &s3::OPERATIONS,
            Self::Towpath => &towpath::OPERATIONS,
        }
    }

    /// The row of an operation.
    pub fn operation(self, name: &str) -> Option<&'static Operation> {
        self.operations().iter().find(|operation| operation.name == name)
    }

    /// The service of a target prefix.
    pub fn by_target_prefix(prefix: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.target_prefix() == Some(prefix))
    }
}
