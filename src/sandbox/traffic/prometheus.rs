//! The query API of Prometheus over the samples of a sandbox. What it does not know it refuses in Prometheus' own form.

use bytes::Bytes;
use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::samples::LABELS;
use super::stream::Traffic;
use crate::promql::{Labels, Refusal, Sample, Series, Value, evaluate, parse};
use crate::sandbox::route::Query;

/// Steps of a range query, as the real one limits them.
const STEPS: i64 = 11_000;

/// An error: status, Prometheus' word for it, why.
struct Problem(StatusCode, &'static str, String);

/// Answers one request: path below the server's root, and its parameters.
pub(in crate::sandbox) fn answer(
    traffic: &Traffic,
    path: &str,
    query: &Query,
    now: Timestamp,
) -> (StatusCode, Bytes) {
    let found = match path {
        "api/v1/query" => instant(traffic, query, now),
        "api/v1/query_range" => range(traffic, query),
        "api/v1/labels" => Ok(json!(LABELS)),
        "api/v1/status/buildinfo" => Ok(json!({
            "version": "2.42.0", "revision": "sandbox", "branch": "", "buildUser": "", "buildDate": "", "goVersion": "",
        })),
        other => Err(Problem(
            StatusCode::NOT_FOUND,
            "not_found",
            format!(
                "/{other} is not supported: the sandbox answers query, query_range, labels and status/buildinfo"
            ),
        )),
    };
    let (status, body) = match found {
        Ok(data) => (StatusCode::OK, json!({ "status": "success", "data": data })),
        Err(Problem(status, kind, why)) => (
            status,
            json!({ "status": "error", "errorType": kind, "error": why }),
        ),
    };
    (status, Bytes::from(body.to_string()))
}

fn bad(name: &str, why: impl std::fmt::Display) -> Problem {
    let why = format!("invalid parameter {name:?}: {why}");
    Problem(StatusCode::BAD_REQUEST, "bad_data", why)
}

fn refused(refusal: &Refusal) -> Problem {
    Problem(StatusCode::UNPROCESSABLE_ENTITY, "execution", refusal.to_string())
}

fn instant(traffic: &Traffic, query: &Query, now: Timestamp) -> Result<Json, Problem> {
    let expr =
        parse(query.get("query")).map_err(|mistake| bad("query", format!("parse error: {mistake}")))?;
    let at = match query.get("time") {
        "" => now.as_millisecond(),
        text => millis("time", text)?,
    };
    let value = evaluate(&expr, traffic, at).map_err(|refusal| refused(&refusal))?;
    Ok(match value {
        Value::Scalar(number) => json!({ "resultType": "scalar", "result": point(at, number) }),
        Value::Text(text) => json!({ "resultType": "string", "result": [seconds(at), text] }),
        Value::Vector(all) => {
            let one = |it: &Sample| json!({ "metric": metric(&it.labels), "value": point(at, it.value) });
            json!({ "resultType": "vector", "result": all.iter().map(one).collect::<Vec<_>>() })
        }
        Value::Matrix(all) => matrix(&all),
    })
}

fn range(traffic: &Traffic, query: &Query) -> Result<Json, Problem> {
    let expr =
        parse(query.get("query")).map_err(|mistake| bad("query", format!("parse error: {mistake}")))?;
    let start = millis("start", query.get("start"))?;
    let end = millis("end", query.get("end"))?;
    let step = span("step", query.get("step"))?;
    if end < start {
        return Err(bad("end", "end timestamp must not be before start time"));
    }
    if step <= 0 {
        return Err(bad(
            "step",
            "zero or negative query resolution step widths are not accepted",
        ));
    }
    if end.saturating_sub(start) / step > STEPS {
        let why = "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)";
        return Err(Problem(StatusCode::BAD_REQUEST, "bad_data", why.to_owned()));
    }
    let mut all: Vec<Series> = Vec::new();
    let mut at = start;
    while at <= end {
        let found = match evaluate(&expr, traffic, at).map_err(|refusal| refused(&refusal))? {
            Value::Vector(found) => found,
            Value::Scalar(value) => vec![Sample {
                labels: Labels::default(),
                value,
            }],
            Value::Text(_) | Value::Matrix(_) => {
                let why = "invalid expression type for range query, must be Scalar or instant Vector";
                return Err(bad("query", why));
            }
        };
        for sample in found {
            match all.iter_mut().find(|it| it.labels == sample.labels) {
                Some(series) => series.points.push((at, sample.value)),
                None => all.push(Series {
                    labels: sample.labels,
                    points: vec![(at, sample.value)],
                }),
            }
        }
        at = at.saturating_add(step);
    }
    Ok(matrix(&all))
}

fn matrix(all: &[Series]) -> Json {
    let one = |series: &Series| {
        let values = series.points.iter().map(|(at, value)| point(*at, *value));
        json!({ "metric": metric(&series.labels), "values": values.collect::<Vec<_>>() })
    };
    json!({ "resultType": "matrix", "result": all.iter().map(one).collect::<Vec<_>>() })
}

fn metric(labels: &Labels) -> Json {
    labels
        .iter()
        .map(|(label, value)| (label.to_owned(), json!(value)))
        .collect()
}

fn point(at: i64, value: f64) -> Json {
    let text = if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned()
    } else {
        value.to_string()
    };
    json!([seconds(at), text])
}

fn seconds(millis: i64) -> f64 {
    std::time::Duration::from_millis(millis.unsigned_abs()).as_secs_f64()
}

/// An instant: seconds since 1970, or a date.
fn millis(name: &str, text: &str) -> Result<i64, Problem> {
    let wrong = || bad(name, format!("cannot parse {text:?} to a valid timestamp"));
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at.as_millisecond());
    }
    let number: f64 = text.parse().map_err(|_no| wrong())?;
    let span = jiff::SignedDuration::try_from_secs_f64(number).map_err(|_no| wrong())?;
    i64::try_from(span.as_millis()).map_err(|_no| wrong())
}

/// A span: seconds, or a duration such as `15s`.
fn span(name: &str, text: &str) -> Result<i64, Problem> {
    match parse(&format!("a[{text}]")) {
        Ok(crate::promql::Expr::Range(_, span)) => Ok(span),
        Ok(_) | Err(_) => millis(name, text),
    }
}
