//! What Systems Manager's model (apiVersion 2014-11-06) asks of each input of Parameter Store.

use crate::shape::{
    Operation, Pattern, Shape, any_text, list, matching, may, must, one_of, secret, structure, text,
};

/// The operations that are spoken.
pub static OPERATIONS: [Operation; 13] = [
    Operation { name: "PutParameter", input: &PUT_PARAMETER },
    Operation { name: "GetParameter", input: &GET_PARAMETER },
    Operation { name: "GetParameters", input: &GET_PARAMETERS },
    Operation { name: "GetParametersByPath", input: &GET_PARAMETERS_BY_PATH },
    Operation { name: "DescribeParameters", input: &DESCRIBE_PARAMETERS },
    Operation { name: "GetParameterHistory", input: &GET_PARAMETER_HISTORY },
    Operation { name: "DeleteParameter", input: &PARAMETER_NAMED },
    Operation { name: "DeleteParameters", input: &PARAMETERS_NAMED },
    Operation { name: "LabelParameterVersion", input: &LABEL_PARAMETER_VERSION },
    Operation { name: "UnlabelParameterVersion", input: &UNLABEL_PARAMETER_VERSION },
    Operation { name: "AddTagsToResource", input: &ADD_TAGS },
    Operation { name: "RemoveTagsFromResource", input: &REMOVE_TAGS },
    Operation { name: "ListTagsForResource", input: &LIST_TAGS },
];

static PUT_PARAMETER: Shape = structure(&[
    must("Name", &NAME),
    may("Description", &DESCRIPTION),
    must("Value", &VALUE),
    may("Type", &TYPE),
    may("KeyId", &KEY_ID),
    may("Overwrite", &FLAG),
    may("AllowedPattern", &ALLOWED_PATTERN),
    may("Tags", &TAGS),
    may("Tier", &TIER),
    may("Policies", &POLICIES),
    may("DataType", &DATA_TYPE),
]);

static GET_PARAMETER: Shape = structure(&[must("Name", &NAME), may("WithDecryption", &FLAG)]);
static GET_PARAMETERS: Shape = structure(&[must("Names", &NAMES), may("WithDecryption", &FLAG)]);

static GET_PARAMETERS_BY_PATH: Shape = structure(&[
    must("Path", &NAME),
    may("Recursive", &FLAG),
    may("ParameterFilters", &FILTERS),
    may("WithDecryption", &FLAG),
    may("MaxResults", &PAGE_BY_PATH),
    may("NextToken", &ANY),
]);

static DESCRIBE_PARAMETERS: Shape = structure(&[
    may("Filters", &OLDER_FILTERS),
    may("ParameterFilters", &FILTERS),
    may("MaxResults", &PAGE),
    may("NextToken", &ANY),
    may("Shared", &FLAG),
]);

static GET_PARAMETER_HISTORY: Shape = structure(&[
    must("Name", &NAME),
    may("WithDecryption", &FLAG),
    may("MaxResults", &PAGE),
    may("NextToken", &ANY),
]);

static PARAMETER_NAMED: Shape = structure(&[must("Name", &NAME)]);
static PARAMETERS_NAMED: Shape = structure(&[must("Names", &NAMES)]);

static LABEL_PARAMETER_VERSION: Shape =
    structure(&[must("Name", &NAME), may("ParameterVersion", &VERSION), must("Labels", &LABELS)]);

static UNLABEL_PARAMETER_VERSION: Shape =
    structure(&[must("Name", &NAME), must("ParameterVersion", &VERSION), must("Labels", &LABELS)]);

static ADD_TAGS: Shape = structure(&[
    must("ResourceType", &RESOURCE_TYPE),
    must("ResourceId", &ANY),
    must("Tags", &TAGS),
]);
static REMOVE_TAGS: Shape = structure(&[
    must("ResourceType", &RESOURCE_TYPE),
    must("ResourceId", &ANY),
    must("TagKeys", &TAG_KEYS),
]);
static LIST_TAGS: Shape =
    structure(&[must("ResourceType", &RESOURCE_TYPE), must("ResourceId", &ANY)]);

static FLAG: Shape = Shape::Flag;
static ANY: Shape = any_text();
static NAME: Shape = text(1, 2048);
static NAMES: Shape = list(1, 10, &NAME);
static VALUE: Shape = secret(0, usize::MAX);
static DESCRIPTION: Shape = text(0, 1024);
static TYPE: Shape = one_of(&["String", "StringList", "SecureString"]);
static KEY_ID: Shape = matching(1, 256, &KEY);
static ALLOWED_PATTERN: Shape = text(0, 1024);
static TIER: Shape = one_of(&["Standard", "Advanced", "Intelligent-Tiering"]);
static POLICIES: Shape = text(1, 4096);
static DATA_TYPE: Shape = text(0, 128);
static VERSION: Shape = Shape::Integer(i64::MIN, i64::MAX);
static LABEL: Shape = text(1, 100);
static LABELS: Shape = list(1, 10, &LABEL);
static PAGE: Shape = Shape::Integer(1, 50);
static PAGE_BY_PATH: Shape = Shape::Integer(1, 10);
static FILTERS: Shape = list(0, usize::MAX, &FILTER);
static FILTER: Shape = structure(&[
    must("Key", &FILTER_KEY),
    may("Option", &FILTER_OPTION),
    may("Values", &FILTER_VALUES),
]);
static FILTER_KEY: Shape = matching(1, 132, &FILTER_NAME);
static FILTER_OPTION: Shape = text(1, 10);
static FILTER_VALUES: Shape = list(1, 50, &FILTER_VALUE);
static FILTER_VALUE: Shape = text(1, 1024);
static OLDER_FILTERS: Shape = list(0, usize::MAX, &OLDER_FILTER);
static OLDER_FILTER: Shape = structure(&[must("Key", &OLDER_KEY), must("Values", &FILTER_VALUES)]);
static OLDER_KEY: Shape = one_of(&["Name", "Type", "KeyId"]);
static RESOURCE_TYPE: Shape = one_of(&[
    "Document",
    "ManagedInstance",
    "MaintenanceWindow",
    "Parameter",
    "PatchBaseline",
    "OpsItem",
    "OpsMetadata",
    "Automation",
    "Association",
    "CloudConnector",
]);
static TAG: Shape = structure(&[must("Key", &TAG_KEY), must("Value", &TAG_VALUE)]);
static TAGS: Shape = list(0, 1000, &TAG);
static TAG_KEY: Shape = matching(1, 128, &TAG_TEXT);
static TAG_KEYS: Shape = list(0, usize::MAX, &TAG_KEY);
static TAG_VALUE: Shape = matching(0, 256, &TAG_TEXT);

static KEY: Pattern = Pattern::new(r"^([a-zA-Z0-9:/_-]+)$");
static FILTER_NAME: Pattern = Pattern::new(r"^(tag:.+|Name|Type|KeyId|Path|Label|Tier|DataType)$");
static TAG_TEXT: Pattern = Pattern::new(r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$");
