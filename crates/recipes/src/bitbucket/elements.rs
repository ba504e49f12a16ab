//! The elements of one pipeline: steps in a row, and the groups that are not run yet, which are
//! read all the same, for an error in one stops the whole file.

use super::cursor::{Cursor, Findings};
use super::keys;
use super::step::{self, Defaults, Step, Within};
use crate::diagnostic::closest;
use crate::document::Value;
use crate::limits::STEPS_MAX;

/// Reads the value of a pipeline's key; gives its steps, without those in groups.
pub(super) fn read(at: &Cursor<'_>, given: Defaults, found: &mut Findings<'_>) -> Vec<Step> {
    let mut elements = Elements { given, found, steps: Vec::new(), count: 0 };
    elements.read(at);
    elements.steps
}

/// The elements read so far.
struct Elements<'f, 's> {
    given: Defaults,
    found: &'f mut Findings<'s>,
    steps: Vec<Step>,
    count: usize,
}

impl Elements<'_, '_> {
    fn read(&mut self, at: &Cursor<'_>) {
        if let Some(import) = at.fields().iter().find(|field| field.key() == "import") {
            return self.found.unsupported(import, "'import'", "write the pipeline's steps here");
        }
        for (index, item) in at.items(self.found).iter().enumerate() {
            self.element(item, Within::Pipeline { first: index == 0 });
        }
        if self.count > STEPS_MAX {
            let sentence = format!("{} steps in a pipeline; {STEPS_MAX} are allowed.", self.count);
            self.found.error_at(at.key_place(), at, &sentence, None);
        }
        self.warn_of_repeated_deployments(at);
    }

    /// One element: a map with a single key that says what it is.
    fn element(&mut self, at: &Cursor<'_>, within: Within) {
        let fields = at.entries(self.found);
        let [field] = fields.as_slice() else {
            return self.not_one_key(at, &fields);
        };
        match (field.key(), within) {
            ("step", _) => self.step(field, within),
            ("parallel", Within::Pipeline { .. }) => self.parallel(field),
            ("stage", Within::Pipeline { .. }) => self.stage(field),
            ("variables", Within::Pipeline { .. }) => {
                self.found.unsupported(field, "'variables'", "set the variables in the script");
            }
            ("final", Within::Pipeline { .. }) => {
                let fix = "do it in the 'after-script' of each step";
                self.found.unsupported(field, "'final'", fix);
            }
            (key, _) => {
                let known = ["step", "parallel", "stage", "variables", "final"];
                let fix = closest(key, &known).map(|meant| format!("perhaps '{meant}' was meant"));
                let sentence = format!("'{key}' cannot stand here; a step begins with '- step:'.");
                self.found.error_at(field.key_place(), field, &sentence, fix.as_deref());
            }
        }
    }

    /// Most often a step whose keys are not indented below it.
    fn not_one_key(&mut self, at: &Cursor<'_>, fields: &[Cursor<'_>]) {
        let group =
            fields.iter().find(|field| ["step", "parallel", "stage"].contains(&field.key()));
        match group {
            Some(field) if field.node.value == Value::Null => {
                let sentence = format!("The {} section is empty or null.", field.key());
                let fix = "indent what belongs to it by two more spaces";
                self.found.error_at(field.key_place(), field, &sentence, Some(fix));
            }
            _ if fields.is_empty() && !matches!(at.node.value, Value::Map(_)) => {}
            _ => {
                let sentence = "An element should have a single key: step, parallel or stage.";
                self.found.error(at, sentence, Some("begin each element with '- '"));
            }
        }
    }

    fn step(&mut self, field: &Cursor<'_>, within: Within) {
        self.count += 1;
        let step = step::read(field, within, self.given, self.found);
        if matches!(within, Within::Pipeline { .. }) {
            self.steps.push(step);
        }
    }

    /// Read for its errors; its steps are not run yet.
    fn parallel(&mut self, at: &Cursor<'_>) {
        self.found.unsupported(at, "'parallel'", "write its steps one after another");
        match &at.node.value {
            Value::Map(_) => self.group(at, keys::PARALLEL, Within::Parallel),
            _ => self.members(at, Within::Parallel),
        }
    }

    /// Read for its errors; its steps are not run yet.
    fn stage(&mut self, at: &Cursor<'_>) {
        self.found.unsupported(at, "'stage'", "write its steps without the stage");
        self.group(at, keys::STAGE, Within::Stage);
    }

    fn group(&mut self, at: &Cursor<'_>, known: &[&str], within: Within) {
        let fields = at.entries(self.found);
        for field in &fields {
            match field.key() {
                "steps" => self.members(field, within),
                key if known.contains(&key) => {}
                _ => step::unknown(field, known, self.found),
            }
        }
        if !fields.is_empty() && !fields.iter().any(|field| field.key() == "steps") {
            step::missing(at, at.key(), "steps", self.found);
        }
    }

    fn members(&mut self, at: &Cursor<'_>, within: Within) {
        for member in at.items(self.found) {
            self.element(&member, within);
        }
    }

    fn warn_of_repeated_deployments(&mut self, at: &Cursor<'_>) {
        let mut seen: Vec<&str> = Vec::new();
        for name in self.steps.iter().filter_map(|step| step.deployment.as_deref()) {
            if seen.contains(&name) {
                let message = format!(
                    "The deployment environment '{name}' in your bitbucket-pipelines.yml file \
                     occurs multiple times in the pipeline; Bitbucket allows it once."
                );
                self.found.warning(at, message, None);
            }
            seen.push(name);
        }
    }
}
