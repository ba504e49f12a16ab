//! The shapes of all operations. Every constraint: one generated violation, named by exactly its
//! path; a minimal and a maximal input that violate nothing and arrive whole in their types.
//!
//! With `TOWPATH_BOTOCORE` (botocore's `data` folder) set, constraints and outputs are also held
//! against the models of AWS themselves.

mod conversions;
mod generated;
mod models;

use generated::{Amount, sample, violations};
use serde_json::Value;
use wire::Service;
use wire::constraint::check;

#[test]
fn a_minimal_and_a_maximal_input_violate_nothing() {
    for service in Service::ALL {
        for operation in service.operations() {
            for amount in [Amount::Least, Amount::Most] {
                let input = sample(operation.input, amount);
                let findings = check(operation.input, &input);
                assert_eq!(findings, Default::default(), "{}", operation.name);
            }
        }
    }
}

#[test]
fn each_violation_is_named_by_exactly_its_path() {
    let mut tried = 0;
    for service in Service::ALL {
        for operation in service.operations() {
            for case in violations(operation.input) {
                let findings = check(operation.input, &case.input);
                let name = operation.name;
                assert_eq!(findings.mismatch, None, "{name}");
                let said: Vec<_> =
                    findings.violations.iter().map(|found| found.constraint.as_str()).collect();
                assert!(said.contains(&case.constraint.as_str()), "{name}: {case:?}: {said:?}");
                for violation in &findings.violations {
                    assert_eq!(violation.path, case.path, "{name}: {}", violation.constraint);
                }
                tried += 1;
            }
        }
    }
    println!("{tried} violations, each named by its path");
    assert!(tried > 500);
}

#[test]
fn nothing_of_an_input_is_lost_on_the_way_into_its_type() {
    for service in Service::ALL {
        for operation in service.operations() {
            for amount in [Amount::Least, Amount::Most] {
                let input = sample(operation.input, amount);
                let read = conversions::input(service, operation.name, input.clone());
                assert_eq!(read, Ok(input), "{}", operation.name);
            }
        }
    }
}

#[test]
fn every_output_is_one_of_the_model() {
    let Some(data) = std::env::var_os("TOWPATH_BOTOCORE") else {
        println!("skipped: TOWPATH_BOTOCORE (botocore's data folder) is not set");
        return;
    };
    let mut compared = 0;
    for service in Service::ALL {
        let Some(model) = models::model_of(std::path::Path::new(&data), service) else { continue };
        for operation in service.operations() {
            for turn in 0..ENUMERATION_VALUES_MAX {
                let whole = models::output(&model, operation.name, turn);
                let ours = conversions::output(service, operation.name, whole.clone());
                let ours = ours.unwrap_or_else(|error| panic!("{}: {error}", operation.name));
                assert!(is_part(&ours, &whole), "{}: {ours} of {whole}", operation.name);
                compared += 1;
            }
        }
    }
    println!("{compared} outputs fit their models");
}

/// More than any enumeration of these outputs has.
const ENUMERATION_VALUES_MAX: usize = 10;

/// Whether each member that is there has the same value in the whole.
fn is_part(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => part
            .iter()
            .all(|(name, value)| whole.get(name).is_some_and(|known| is_part(value, known))),
        (Value::Array(part), Value::Array(whole)) => {
            part.len() == whole.len() && part.iter().zip(whole).all(|(a, b)| is_part(a, b))
        }
        (part, whole) => part == whole,
    }
}

#[test]
fn the_tables_say_what_the_models_of_aws_say() {
    let Some(data) = std::env::var_os("TOWPATH_BOTOCORE") else {
        println!("skipped: TOWPATH_BOTOCORE (botocore's data folder) is not set");
        return;
    };
    let compared = models::compare(std::path::Path::new(&data));
    println!("{compared} constraints are those of the models");
    assert!(compared > 500);
}
