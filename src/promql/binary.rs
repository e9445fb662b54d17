//! Operators between two values: number with number, vector with number, vector with vector, one to one.

use std::collections::{BTreeMap, BTreeSet};

use super::evaluate::{Refusal, unique};
use super::expr::{Grouping, Matching};
use super::labels::Labels;
use super::operator::Operator;
use super::source::{Sample, Value};

/// Applies an operator.
pub(super) fn apply(
    operator: Operator,
    is_bool: bool,
    matching: &Matching,
    left: Value,
    right: Value,
) -> Result<Value, Refusal> {
    if is_bool && !operator.compares() {
        return Err(wrong("bool belongs to comparisons alone"));
    }
    match (left, right) {
        (Value::Scalar(left), Value::Scalar(right)) => {
            if operator.compares() && !is_bool {
                return Err(wrong("comparisons between scalars must use bool"));
            }
            let value = operator.of_numbers(left, right);
            value
                .map(Value::Scalar)
                .ok_or_else(|| wrong("sets are of vectors"))
        }
        (Value::Vector(left), Value::Scalar(right)) => with_number(operator, is_bool, left, |it| (it, right)),
        (Value::Scalar(left), Value::Vector(right)) => with_number(operator, is_bool, right, |it| (left, it)),
        (Value::Vector(left), Value::Vector(right)) => {
            if matching.many {
                return Err(Refusal::Unsupported("group_left and group_right".to_owned()));
            }
            if operator.is_set() {
                return Ok(Value::Vector(sets(operator, matching, left, right)));
            }
            one_to_one(operator, is_bool, matching, left, right)
        }
        (Value::Matrix(_) | Value::Text(_), _) | (_, Value::Matrix(_) | Value::Text(_)) => {
            Err(wrong("operators stand between numbers and instant vectors"))
        }
    }
}

fn wrong(why: &str) -> Refusal {
    Refusal::Wrong(why.to_owned())
}

/// A comparison filters and keeps the value of its vector; with `bool` it is a number as any other.
fn with_number(
    operator: Operator,
    is_bool: bool,
    vector: Vec<Sample>,
    sides: impl Fn(f64) -> (f64, f64),
) -> Result<Value, Refusal> {
    if operator.is_set() {
        return Err(wrong("sets are of vectors"));
    }
    unique(vector.into_iter().filter_map(|sample| {
        let (left, right) = sides(sample.value);
        let value = operator.of_numbers(left, right)?;
        if operator.compares() && !is_bool {
            return (value > 0.0).then_some((sample.labels, sample.value));
        }
        Some((sample.labels.without_name(), value))
    }))
}

/// What two series must have in common.
fn signature(matching: &Matching, labels: &Labels) -> Labels {
    match &matching.on {
        None => labels.without_name(),
        Some(grouping) => labels.grouped(grouping),
    }
}

fn one_to_one(
    operator: Operator,
    is_bool: bool,
    matching: &Matching,
    left: Vec<Sample>,
    right: Vec<Sample>,
) -> Result<Value, Refusal> {
    let twice = || wrong("found duplicate series for the match group on one side of the operation");
    let mut partners = BTreeMap::new();
    for sample in right {
        if partners
            .insert(signature(matching, &sample.labels), sample.value)
            .is_some()
        {
            return Err(twice());
        }
    }
    let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
    for sample in left {
        let signature = signature(matching, &sample.labels);
        let Some(partner) = partners.get(&signature) else {
            continue;
        };
        let value = operator.of_numbers(sample.value, *partner).unwrap_or(f64::NAN);
        if !seen.insert(signature.clone()) {
            return Err(twice());
        }
        let filters = operator.compares() && !is_bool;
        let labels = match &matching.on {
            Some(Grouping::By(_)) => signature,
            Some(Grouping::Without(names)) => {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                sample.labels.without(&names)
            }
            None => sample.labels,
        };
        if !filters {
            found.push((labels.without_name(), value));
        } else if value > 0.0 {
            found.push((labels, sample.value));
        }
    }
    unique(found.into_iter())
}

fn sets(operator: Operator, matching: &Matching, left: Vec<Sample>, right: Vec<Sample>) -> Vec<Sample> {
    let of = |all: &[Sample]| -> BTreeSet<Labels> {
        all.iter()
            .map(|sample| signature(matching, &sample.labels))
            .collect()
    };
    let (has_left, has_right) = (of(&left), of(&right));
    let within = |sample: &Sample, set: &BTreeSet<Labels>| set.contains(&signature(matching, &sample.labels));
    if operator == Operator::Or {
        let more = right.into_iter().filter(|sample| !within(sample, &has_left));
        return left.iter().cloned().chain(more).collect();
    }
    let wanted = operator == Operator::And;
    left.into_iter()
        .filter(|sample| within(sample, &has_right) == wanted)
        .collect()
}
