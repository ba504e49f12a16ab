//! The action providers that are here, and what each wants.

use super::{Found, connection_source, token_source};
use domain::fork;
use domain::pipeline::ActionDeclaration;
use domain::secret_reference::SecretVariable;
use std::ops::RangeInclusive;

/// What a provider takes.
struct Provider {
    /// `category/owner/provider/version`.
    id: &'static str,
    inputs: RangeInclusive<usize>,
    outputs: RangeInclusive<usize>,
    required: &'static [&'static str],
    optional: &'static [&'static str],
    /// Output variables, where they are always the same.
    variables: &'static [&'static str],
    check: fn(&ActionDeclaration, &str, &mut Found),
}

/// The key with which an action asks for a commit status of its own (CodeBuild's word for it).
const REPORT: &str = "ReportBuildStatus";

/// AWS's action structure reference, but for BitbucketPipelines, which is ours.
const PROVIDERS: [Provider; 6] = [
    Provider {
        id: "Source/AWS/CodeStarSourceConnection/1",
        inputs: 0..=0,
        outputs: 1..=1,
        required: &["ConnectionArn", "FullRepositoryId", "BranchName"],
        optional: &[
            "OutputArtifactFormat",
            "DetectChanges",
            "GitCloneDepth",
            "FetchSubmodules",
            "FetchLfs",
            fork::SETTING,
        ],
        variables: &[
            "AuthorDate",
            "AuthorDisplayName",
            "AuthorEmail",
            "AuthorId",
            "BranchName",
            "CommitId",
            "CommitMessage",
            "CommitterDate",
            "ConnectionArn",
            "DestinationBranchName",
            "FullRepositoryName",
            "ProviderType",
            "PullRequestId",
            "PullRequestTitle",
            "SourceBranchName",
            "TagName",
        ],
        check: connection_source::check,
    },
    Provider {
        id: "Source/ThirdParty/GitHub/1",
        inputs: 0..=0,
        outputs: 1..=1,
        required: &["Owner", "Repo", "Branch", "OAuthToken"],
        optional: &["PollForSourceChanges"],
        variables: &[
            "AuthorDate",
            "BranchName",
            "CommitId",
            "CommitMessage",
            "CommitUrl",
            "CommitterDate",
            "RepositoryName",
        ],
        check: token_source::check,
    },
    Provider {
        id: "Compute/AWS/Commands/1",
        inputs: 1..=10,
        outputs: 0..=1,
        required: &[],
        optional: &[
            "EnvironmentType",
            "ComputeType",
            "VpcId",
            "Subnets",
            "SecurityGroupIds",
            "Oidc",
            "OidcRoleArn",
            "OidcAudiences",
            "OidcTokens",
            "OidcSubject",
            "OidcAlgorithm",
            REPORT,
        ],
        variables: &[],
        check: |_, _, _| {},
    },
    Provider {
        id: "Build/AWS/BitbucketPipelines/1",
        inputs: 1..=1,
        outputs: 0..=1,
        required: &[],
        optional: &[
            "File",
            "OidcRoleArn",
            "OidcAudiences",
            "OidcTokens",
            "OidcSubject",
            "OidcAlgorithm",
            REPORT,
        ],
        variables: &[],
        check: |_, _, _| {},
    },
    Provider {
        id: "Approval/AWS/Manual/1",
        inputs: 0..=0,
        outputs: 0..=0,
        required: &[],
        optional: &["NotificationArn", "ExternalEntityLink", "CustomData", REPORT],
        variables: &[],
        check: |_, _, _| {},
    },
    Provider {
        id: "Deploy/AWS/S3/1",
        inputs: 1..=1,
        outputs: 0..=0,
        required: &["BucketName", "Extract"],
        optional: &["ObjectKey", "KMSEncryptionKeyARN", "CannedACL", "CacheControl", REPORT],
        variables: &[],
        check: check_s3_deploy,
    },
];

fn provider(action: &ActionDeclaration) -> Option<&'static Provider> {
    let id = action.action_type_id.to_string();
    PROVIDERS.iter().find(|provider| provider.id == id)
}

/// Whether an action gives this output variable; `None` where only running it can tell.
pub(super) fn gives(action: &ActionDeclaration, variable: &str) -> Option<bool> {
    let fixed = provider(action).map(|it| it.variables).unwrap_or_default();
    if is_commands(action) {
        let declared = action.output_variables.as_deref().unwrap_or_default();
        Some(declared.iter().any(|name| name == variable))
    } else {
        (!fixed.is_empty()).then(|| fixed.contains(&variable))
    }
}

pub(super) fn check(action: &ActionDeclaration, path: &str, found: &mut Found) {
    let Some(provider) = provider(action) else {
        let known: Vec<_> = PROVIDERS.iter().map(|provider| provider.id).collect();
        let problem =
            format!("no action provider {}; there are {}", action.action_type_id, known.join(", "));
        found.action(format!("{path}.actionTypeId"), problem);
        return;
    };
    check_counts(provider, action, path, found);
    check_keys(provider, action, path, found);
    check_members(action, path, found);
    check_boolean(action, REPORT, path, found);
    (provider.check)(action, path, found);
}

fn check_counts(provider: &Provider, action: &ActionDeclaration, path: &str, found: &mut Found) {
    let (inputs, outputs) = (action.inputs().count(), action.outputs().len());
    let counts = [
        ("inputArtifacts", inputs, &provider.inputs),
        ("outputArtifacts", outputs, &provider.outputs),
    ];
    for (member, count, range) in
        counts.into_iter().filter(|(_, count, range)| !range.contains(count))
    {
        let (least, most) = (range.start(), range.end());
        let wanted = if least == most { least.to_string() } else { format!("{least} to {most}") };
        let problem = format!("{count} artifacts; {} takes {wanted}", provider.id);
        found.action(format!("{path}.{member}"), problem);
    }
}

fn check_keys(provider: &Provider, action: &ActionDeclaration, path: &str, found: &mut Found) {
    for key in provider.required.iter().filter(|key| action.setting(key).is_none()) {
        let problem = format!("{} needs the key {key}", provider.id);
        found.action(format!("{path}.configuration"), problem);
    }
    let known = |key: &str| provider.required.contains(&key) || provider.optional.contains(&key);
    for key in action.configuration.iter().flatten().map(|(key, _)| key) {
        if !known(key) {
            let all = [provider.required, provider.optional].concat();
            let problem = match all.as_slice() {
                [] => format!("{} has no configuration", provider.id),
                all => format!("unknown key; {} knows {}", provider.id, all.join(", ")),
            };
            found.action(format!("{path}.configuration.{key}"), problem);
        }
    }
}

/// Whether an action runs steps, and so can work in a clone.
pub(crate) fn runs_steps(action: &ActionDeclaration) -> bool {
    is_commands(action) || action.action_type_id.provider == "BitbucketPipelines"
}

fn is_commands(action: &ActionDeclaration) -> bool {
    action.action_type_id.provider == "Commands"
}

/// Members that only some providers read.
fn check_members(action: &ActionDeclaration, path: &str, found: &mut Found) {
    if is_commands(action) && action.commands().is_empty() {
        found.action(format!("{path}.commands"), "a Commands action needs at least one command");
    }
    let runs = runs_steps(action);
    let files = action.outputs().iter().any(|output| output.files.is_some());
    let strangers = [
        ("commands", !is_commands(action) && !action.commands().is_empty()),
        ("outputVariables", !is_commands(action) && action.output_variables.is_some()),
        ("outputArtifacts", !runs && files),
        ("environmentVariables", !runs && !action.environment().is_empty()),
    ];
    for (member, _) in strangers.into_iter().filter(|(_, there)| *there) {
        let problem = format!("{} does not read this; leave it out", action.action_type_id);
        found.action(format!("{path}.{member}"), problem);
    }
    for (variable, at) in action.environment().iter().zip(0..) {
        if let Err(misnamed) = SecretVariable::read(variable) {
            found.action(format!("{path}.environmentVariables[{at}].value"), misnamed.to_string());
        }
    }
}

/// The access lists that say what is so without them: the bucket's owner has every right, and nobody
/// else has one but by a policy.
const ORDINARY_ACLS: [&str; 2] = ["private", "bucket-owner-full-control"];

fn check_s3_deploy(action: &ActionDeclaration, path: &str, found: &mut Found) {
    check_boolean(action, "Extract", path, found);
    if action.setting("KMSEncryptionKeyARN").is_some() {
        let problem = "KMSEncryptionKeyARN is not supported: objects are not encrypted here; \
                       encrypt the disk that they lie on, and leave KMSEncryptionKeyARN out";
        found.action(format!("{path}.configuration.KMSEncryptionKeyARN"), problem);
    }
    if let Some(acl) = action.setting("CannedACL").filter(|acl| !ORDINARY_ACLS.contains(acl)) {
        let problem = format!(
            "CannedACL {acl} is not supported: buckets do not allow ACLs here; write private or \
             bucket-owner-full-control, and let others in by a policy on the bucket"
        );
        found.action(format!("{path}.configuration.CannedACL"), problem);
    }
    if action.setting("Extract") == Some("false") && action.setting("ObjectKey").is_none() {
        let problem = "ObjectKey is needed where Extract is false: the object's whole name";
        found.action(format!("{path}.configuration"), problem);
    }
}

pub(super) fn check_boolean(action: &ActionDeclaration, key: &str, path: &str, found: &mut Found) {
    if action.setting(key).is_some_and(|value| !matches!(value, "true" | "false")) {
        found.action(format!("{path}.configuration.{key}"), "write true or false");
    }
}
