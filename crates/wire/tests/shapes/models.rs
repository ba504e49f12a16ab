//! Walks AWS's models, as botocore carries them, beside our tables.

use serde_json::{Map, Value};
use std::path::Path;
use std::process::Command;
use wire::Service;
use wire::shape::Shape;

/// The models of the services, and what we take beyond a model (product: both spellings of a
/// connection's prefix everywhere, the members of both, a provider and a sync type of our own, and
/// variables from Parameter Store, which CodeBuild has and CodePipeline does not).
const MODELS: [(Service, &str, &[&str]); 7] = [
    (Service::CodePipeline, "codepipeline/2015-07-09", &["PARAMETER_STORE"]),
    (
        Service::CodeConnections,
        "codeconnections/2023-12-01",
        &["BitbucketServer", "CODEPIPELINE_SYNC"],
    ),
    (
        Service::CodeStarConnections,
        "codestar-connections/2019-12-01",
        &[
            "BitbucketServer",
            "AzureDevOps",
            HOST_OF_BOTH,
            "CODEPIPELINE_SYNC",
            "PullRequestComment",
        ],
    ),
    (Service::Iam, "iam/2010-05-08", &[]),
    (Service::Sts, "sts/2011-06-15", &[]),
    (Service::SecretsManager, "secretsmanager/2017-10-17", &[]),
    (Service::Ssm, "ssm/2014-11-06", &[]),
];

const HOST_OF_BOTH: &str =
    r"arn:aws(-[\w]+)*:(codestar-connections|codeconnections):.+:[0-9]{12}:host\/.+";

/// Compares every constraint of every operation that is spoken; gives how many were compared.
pub fn compare(data: &Path) -> usize {
    let mut compared = 0;
    for (service, folder, ours) in MODELS {
        let model = read(&data.join(folder).join("service-2.json.gz"));
        for operation in service.operations() {
            let input = &model["operations"][operation.name]["input"]["shape"];
            let mut walk = Walk { model: &model, ours, compared: 0 };
            if let Some(name) = input.as_str() {
                walk.shape(operation.input, name, operation.name);
            }
            compared += walk.compared;
        }
    }
    compared
}

/// The model of a service; `None` for our own.
pub fn model_of(data: &Path, service: Service) -> Option<Value> {
    let (_, folder, _) = MODELS.into_iter().find(|(known, ..)| *known == service)?;
    Some(read(&data.join(folder).join("service-2.json.gz")))
}

/// An output of the model with every member; `turn` picks among an enumeration's values.
pub fn output(model: &Value, operation: &str, turn: usize) -> Value {
    match model["operations"][operation]["output"]["shape"].as_str() {
        Some(name) => value(model, name, turn),
        None => Value::Object(Map::new()),
    }
}

fn value(model: &Value, name: &str, turn: usize) -> Value {
    let shape = &model["shapes"][name];
    let of = |side: &Value| value(model, side["shape"].as_str().expect("a shape"), turn);
    match shape["type"].as_str().expect("a type") {
        "structure" => {
            let members = shape["members"].as_object().expect("members").iter();
            Value::Object(members.map(|(name, side)| (name.clone(), of(side))).collect())
        }
        "list" => Value::Array(vec![of(&shape["member"])]),
        "map" => Value::Object(Map::from_iter([("key1".to_owned(), of(&shape["value"]))])),
        "string" => match shape["enum"].as_array() {
            Some(values) => values[turn % values.len()].clone(),
            None => Value::from("text"),
        },
        "boolean" => Value::Bool(true),
        "blob" => Value::from("dGV4dA=="),
        "timestamp" => Value::from(1_795_342_530.25),
        "integer" | "long" => Value::from(1),
        kind => panic!("{name}: a {kind} in an output"),
    }
}

fn read(path: &Path) -> Value {
    let output = Command::new("gzip").arg("-dc").arg(path).output().expect("gzip runs");
    assert!(output.status.success(), "{}", path.display());
    serde_json::from_slice(&output.stdout).expect("a model is JSON")
}

struct Walk<'a> {
    model: &'a Value,
    ours: &'a [&'a str],
    compared: usize,
}

impl Walk<'_> {
    fn shape(&mut self, shape: &Shape, name: &str, path: &str) {
        let model = &self.model["shapes"][name];
        let kind = model["type"].as_str().expect("a shape has a type");
        match shape {
            Shape::Structure(structure) => {
                let members = model["members"].as_object().expect("members");
                let beyond = |name: &str| self.ours.contains(&name) && !members.contains_key(name);
                let of_model = structure.members.iter().filter(|member| !beyond(member.name));
                let of_model: Vec<_> = of_model.collect();
                assert_eq!(of_model.len(), members.len(), "{path}");
                let required = |name: &str| {
                    let list = model["required"].as_array();
                    list.is_some_and(|list| list.iter().any(|required| required == name))
                };
                for member in of_model {
                    let path = format!("{path}.{}", member.name);
                    let of = members.get(member.name).unwrap_or_else(|| panic!("{path}"));
                    self.same(member.required, required(member.name), &path);
                    self.shape(member.shape, of["shape"].as_str().expect("a name"), &path);
                }
            }
            Shape::List(list) => {
                self.same(kind, "list", path);
                self.lengths(list.min, list.max, model, path);
                let of = model["member"]["shape"].as_str().expect("a member");
                self.shape(list.of, of, &format!("{path}.member"));
            }
            Shape::Map(map) => {
                self.same(kind, "map", path);
                self.lengths(map.min, map.max, model, path);
                for (side, shape) in [("key", map.key), ("value", map.value)] {
                    let of = model[side]["shape"].as_str().expect("a side");
                    self.shape(shape, of, &format!("{path}.{side}"));
                }
            }
            Shape::Flag => self.same(kind, "boolean", path),
            Shape::Integer(min, max) => {
                let (least, most) = match kind {
                    "long" => (i64::MIN, i64::MAX),
                    _ => (i64::from(i32::MIN), i64::from(i32::MAX)),
                };
                assert!(["integer", "long"].contains(&kind), "{path}: {kind}");
                self.same(*min, model["min"].as_i64().unwrap_or(least), path);
                self.same(*max, model["max"].as_i64().unwrap_or(most), path);
            }
            Shape::Blob(blob) => {
                self.same(kind, "blob", path);
                self.lengths(blob.min, blob.max, model, path);
            }
            Shape::Text(text) => {
                self.same(kind, "string", path);
                self.lengths(text.min, text.max, model, path);
                self.pattern(text.pattern.map(|pattern| pattern.text), model, path);
                self.values(text.one_of, model, path);
            }
        }
    }

    fn same<T: PartialEq + std::fmt::Debug>(&mut self, ours: T, model: T, path: &str) {
        assert_eq!(ours, model, "{path}: ours and the model's");
        self.compared += 1;
    }

    fn lengths(&mut self, min: usize, max: usize, model: &Value, path: &str) {
        let bound = |name: &str| model[name].as_u64().map(|bound| bound as usize);
        self.same(min, bound("min").unwrap_or(0), path);
        self.same(max, bound("max").unwrap_or(usize::MAX), path);
    }

    fn pattern(&mut self, ours: Option<&str>, model: &Value, path: &str) {
        if !ours.is_some_and(|ours| self.ours.contains(&ours)) {
            self.same(ours, model["pattern"].as_str(), path);
        }
    }

    fn values(&mut self, ours: &[&str], model: &Value, path: &str) {
        let ours: Vec<&str> =
            ours.iter().filter(|value| !self.ours.contains(value)).copied().collect();
        let listed = model["enum"].as_array().map(Vec::as_slice).unwrap_or_default();
        let listed: Vec<&str> = listed.iter().filter_map(Value::as_str).collect();
        let listed: Vec<&str> =
            listed.into_iter().filter(|value| !self.ours.contains(value)).collect();
        self.same(ours, listed, path);
    }
}
