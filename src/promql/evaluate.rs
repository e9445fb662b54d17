//! Answers a query from samples, as Prometheus 2 does.
//!
//! Answered are: selectors with their matchers and `offset`, `rate` and `increase`, `histogram_quantile`, the aggregations `sum`,
//! `avg`, `max`, `min` and `count`, arithmetic, comparisons and sets between scalars and vectors, one to one. Everything else is
//! refused by its name, never answered wrong.

use std::collections::BTreeSet;

use super::counter::{self, Per};
use super::expr::{Expr, Selector};
use super::labels::Labels;
use super::selector::Wanted;
use super::source::{Sample, Samples, Series, Value, is_stale};
use super::{aggregate, binary, histogram};

/// How old the newest sample of a series may be.
const LOOKBACK: i64 = 300_000;

/// Why a query is not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("{0} is not supported here")]
    Unsupported(String),
    #[error("{0}")]
    Wrong(String),
}

/// Answers a query at an instant in milliseconds since 1970.
///
/// # Errors
///
/// When the query means nothing, or something that is not supported.
pub fn evaluate(expr: &Expr, samples: &dyn Samples, at: i64) -> Result<Value, Refusal> {
    match expr {
        Expr::Number(number) => Ok(Value::Scalar(*number)),
        Expr::Text(text) => Ok(Value::Text(text.clone())),
        Expr::Instant(selector) => Ok(Value::Vector(newest(selector, samples, at)?)),
        Expr::Range(selector, span) => Ok(Value::Matrix(range(selector, *span, samples, at)?)),
        Expr::Subquery(_, _) => Err(Refusal::Unsupported("a subquery".to_owned())),
        Expr::Call { name, arguments } => call(name, arguments, samples, at),
        Expr::Aggregate {
            name,
            grouping,
            parameter,
            of,
        } => {
            if parameter.is_some() {
                return Err(Refusal::Unsupported(name.clone()));
            }
            let of = vector(of, name, samples, at)?;
            aggregate::aggregate(name, grouping, of).map(Value::Vector)
        }
        Expr::Binary {
            operator,
            left,
            right,
            is_bool,
            matching,
        } => {
            let left = evaluate(left, samples, at)?;
            let right = evaluate(right, samples, at)?;
            binary::apply(*operator, *is_bool, matching, left, right)
        }
        Expr::Negative(of) => match evaluate(of, samples, at)? {
            Value::Scalar(number) => Ok(Value::Scalar(-number)),
            Value::Vector(all) => unique(all.into_iter().map(|it| (it.labels.without_name(), -it.value))),
            Value::Text(_) | Value::Matrix(_) => {
                Err(Refusal::Wrong("only numbers have a negative".to_owned()))
            }
        },
    }
}

fn selected(selector: &Selector, span: i64, samples: &dyn Samples, at: i64) -> Result<Vec<Series>, Refusal> {
    if selector.fixed {
        return Err(Refusal::Unsupported("the modifier @".to_owned()));
    }
    let wanted = Wanted::of(&selector.matchers).map_err(Refusal::Wrong)?;
    let until = at.saturating_sub(selector.offset);
    Ok(samples.series(&wanted, until.saturating_sub(span), until))
}

fn newest(selector: &Selector, samples: &dyn Samples, at: i64) -> Result<Vec<Sample>, Refusal> {
    let found = selected(selector, LOOKBACK, samples, at)?.into_iter();
    let newest = found.filter_map(|series| {
        let (_, value) = *series.points.last()?;
        (!is_stale(value)).then_some(Sample {
            labels: series.labels,
            value,
        })
    });
    Ok(newest.collect())
}

fn range(selector: &Selector, span: i64, samples: &dyn Samples, at: i64) -> Result<Vec<Series>, Refusal> {
    let mut found = selected(selector, span, samples, at)?;
    for series in &mut found {
        series.points.retain(|(_, value)| !is_stale(*value));
    }
    found.retain(|series| !series.points.is_empty());
    Ok(found)
}

fn call(name: &str, arguments: &[Expr], samples: &dyn Samples, at: i64) -> Result<Value, Refusal> {
    match (name, arguments) {
        ("rate", [Expr::Range(selector, span)]) => counted(selector, *span, Per::Second, samples, at),
        ("increase", [Expr::Range(selector, span)]) => counted(selector, *span, Per::Range, samples, at),
        ("histogram_quantile", [quantile, buckets]) => {
            let Value::Scalar(quantile) = evaluate(quantile, samples, at)? else {
                return Err(Refusal::Wrong(format!("{name} wants a number first")));
            };
            let buckets = vector(buckets, name, samples, at)?;
            Ok(Value::Vector(histogram::quantile(quantile, buckets)))
        }
        ("rate" | "increase", _) => Err(Refusal::Wrong(format!("{name} wants one range, such as a[1m]"))),
        ("histogram_quantile", _) => Err(Refusal::Wrong(format!("{name} wants a number and a vector"))),
        _ => Err(Refusal::Unsupported(format!("the function {name}"))),
    }
}

fn counted(
    selector: &Selector,
    span: i64,
    per: Per,
    samples: &dyn Samples,
    at: i64,
) -> Result<Value, Refusal> {
    let until = at.saturating_sub(selector.offset);
    let window = counter::Window {
        from: until.saturating_sub(span),
        until,
    };
    let found = range(selector, span, samples, at)?;
    unique(found.into_iter().filter_map(|series| {
        let value = counter::increase(&series.points, window, per)?;
        Some((series.labels.without_name(), value))
    }))
}

fn vector(of: &Expr, name: &str, samples: &dyn Samples, at: i64) -> Result<Vec<Sample>, Refusal> {
    match evaluate(of, samples, at)? {
        Value::Vector(found) => Ok(found),
        Value::Scalar(_) | Value::Text(_) | Value::Matrix(_) => {
            Err(Refusal::Wrong(format!("{name} wants an instant vector")))
        }
    }
}

/// Two series of an answer may not have the same labels.
pub(super) fn unique(found: impl Iterator<Item = (Labels, f64)>) -> Result<Value, Refusal> {
    let (mut seen, mut all) = (BTreeSet::new(), Vec::new());
    for (labels, value) in found {
        if !seen.insert(labels.clone()) {
            let why = "vector cannot contain metrics with the same labelset";
            return Err(Refusal::Wrong(why.to_owned()));
        }
        all.push(Sample { labels, value });
    }
    Ok(Value::Vector(all))
}

#[cfg(test)]
#[path = "evaluate_tests.rs"]
mod tests;
