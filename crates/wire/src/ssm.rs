//! Systems Manager (2014-11-06), as far as it is Parameter Store. AwsJson 1.1.
#![allow(missing_docs, reason = "shape tables; the members are AWS's own")]

mod constraints;

use crate::moment::Moment;
use crate::shapes::{shapes, words};
use domain::Secret;

pub use constraints::OPERATIONS;

words! {
    /// What a parameter holds.
    ParameterType { String = "String", StringList = "StringList", SecureString = "SecureString" }
    /// How large a parameter may be.
    ParameterTier {
        Standard = "Standard", Advanced = "Advanced", IntelligentTiering = "Intelligent-Tiering",
    }
}

shapes! { "PascalCase";
    /// What an operation gives that has nothing to say.
    Nothing {} optional {}
    Tag { key: String, value: String } optional {}
    Filter { key: String } optional { option: String, values: Vec<String> }
    /// The older kind of a filter.
    OlderFilter { key: String, values: Vec<String> } optional {}

    PutParameterInput {
        name: String,
        #[serde(with = "crate::secret_text")]
        value: Secret,
    } optional {
        description: String,
        r#type: ParameterType,
        key_id: String,
        overwrite: bool,
        allowed_pattern: String,
        tags: Vec<Tag>,
        tier: ParameterTier,
        policies: String,
        data_type: String,
    }
    PutParameterOutput { version: i64, tier: ParameterTier } optional {}

    GetParameterInput { name: String } optional { with_decryption: bool }
    GetParameterOutput { parameter: Parameter } optional {}
    GetParametersInput { names: Vec<String> } optional { with_decryption: bool }
    GetParametersOutput { parameters: Vec<Parameter>, invalid_parameters: Vec<String> } optional {}
    GetParametersByPathInput { path: String } optional {
        recursive: bool,
        parameter_filters: Vec<Filter>,
        with_decryption: bool,
        max_results: u32,
        next_token: String,
    }
    GetParametersByPathOutput { parameters: Vec<Parameter> } optional { next_token: String }
    Parameter {
        name: String,
        r#type: ParameterType,
        #[serde(with = "crate::secret_text")]
        value: Secret,
        version: i64,
        last_modified_date: Moment,
        #[serde(rename = "ARN")]
        arn: String,
        data_type: String,
    } optional { selector: String }

    DescribeParametersInput {} optional {
        filters: Vec<OlderFilter>,
        parameter_filters: Vec<Filter>,
        max_results: u32,
        next_token: String,
        shared: bool,
    }
    DescribeParametersOutput { parameters: Vec<ParameterMetadata> } optional { next_token: String }
    ParameterMetadata {
        name: String,
        #[serde(rename = "ARN")]
        arn: String,
        r#type: ParameterType,
        last_modified_date: Moment,
        last_modified_user: String,
        version: i64,
        tier: ParameterTier,
        data_type: String,
    } optional { key_id: String, description: String, allowed_pattern: String }

    GetParameterHistoryInput { name: String } optional {
        with_decryption: bool,
        max_results: u32,
        next_token: String,
    }
    GetParameterHistoryOutput { parameters: Vec<ParameterHistory> } optional { next_token: String }
    ParameterHistory {
        name: String,
        r#type: ParameterType,
        last_modified_date: Moment,
        last_modified_user: String,
        #[serde(with = "crate::secret_text")]
        value: Secret,
        version: i64,
        labels: Vec<String>,
        tier: ParameterTier,
        data_type: String,
    } optional { key_id: String, description: String, allowed_pattern: String }

    ParameterNamed { name: String } optional {}
    ParametersNamed { names: Vec<String> } optional {}
    DeleteParametersOutput {
        deleted_parameters: Vec<String>,
        invalid_parameters: Vec<String>,
    } optional {}

    LabelParameterVersionInput { name: String, labels: Vec<String> } optional {
        parameter_version: i64,
    }
    LabelParameterVersionOutput {
        invalid_labels: Vec<String>,
        parameter_version: i64,
    } optional {}
    UnlabelParameterVersionInput {
        name: String,
        parameter_version: i64,
        labels: Vec<String>,
    } optional {}
    UnlabelParameterVersionOutput {
        removed_labels: Vec<String>,
        invalid_labels: Vec<String>,
    } optional {}

    AddTagsToResourceInput {
        resource_type: String,
        resource_id: String,
        tags: Vec<Tag>,
    } optional {}
    RemoveTagsFromResourceInput {
        resource_type: String,
        resource_id: String,
        tag_keys: Vec<String>,
    } optional {}
    ListTagsForResourceInput { resource_type: String, resource_id: String } optional {}
    ListTagsForResourceOutput { tag_list: Vec<Tag> } optional {}
}
