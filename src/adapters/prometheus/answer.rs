//! What an answer of the query API says, and whether it may be believed.

use std::collections::BTreeMap;

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::failure::MetricsFailure;
use crate::domain::{Measured, Seconds, Untrusted};

/// Older than this an answer is not of now: a cache, or a server whose clock stands still.
const OLDEST: SignedDuration = SignedDuration::from_secs(60);

/// As much of a strange answer as is told.
const WORDS: usize = 120;

/// An answer as it was received.
pub(super) struct Received {
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
    /// The time of whoever answered.
    pub(super) date: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    status: String,
    data: Option<Data>,
    error_type: Option<String>,
    error: Option<String>,
    #[serde(default)]
    warnings: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    result_type: String,
    #[serde(default)]
    result: serde_json::Value,
}

#[derive(Deserialize)]
struct Entry {
    metric: BTreeMap<String, String>,
    /// Seconds since 1970, and the value as text: it can be `NaN`.
    value: (f64, String),
}

/// The value for each pod. What is no number is left out.
pub(super) fn by_pod(
    what: &'static str,
    received: &Received,
) -> Result<BTreeMap<Untrusted, f64>, MetricsFailure> {
    let Ok(envelope) = serde_json::from_slice::<Envelope>(&received.body) else {
        return Err(strange(received));
    };
    if envelope.status != "success" || !received.status.is_success() {
        let words = [envelope.error_type, envelope.error];
        let words: Vec<String> = words.into_iter().flatten().collect();
        if words.is_empty() {
            return Err(strange(received));
        }
        let why = Untrusted::from(words.join(": "));
        return Err(MetricsFailure::Refused { what, why });
    }
    if !envelope.warnings.is_empty() {
        let words = Untrusted::from(envelope.warnings.join("; "));
        return Err(MetricsFailure::Warned { what, words });
    }
    let Some(data) = envelope.data.filter(|data| data.result_type == "vector") else {
        let why = Untrusted::from("it does not answer with one value for each pod");
        return Err(MetricsFailure::Refused { what, why });
    };
    let Ok(entries) = serde_json::from_value::<Vec<Entry>>(data.result) else {
        return Err(strange(received));
    };
    let mut values = BTreeMap::new();
    for entry in entries {
        if let Some(age) = age(entry.value.0, received.date) {
            return Err(MetricsFailure::Stale { what, age });
        }
        let Some(pod) = entry.metric.get("pod") else {
            return Err(MetricsFailure::NoPods { what });
        };
        if let Some(value) = entry.value.1.parse().ok().and_then(Measured::known) {
            values.insert(Untrusted::from(pod.as_str()), value);
        }
    }
    Ok(values)
}

/// How old a value is when that is too old. Both instants are those of the other side: our clock need not agree with them.
fn age(seconds: f64, date: Option<Timestamp>) -> Option<Seconds> {
    let since = SignedDuration::try_from_secs_f64(seconds).ok()?;
    let at = Timestamp::from_duration(since).ok()?;
    let date = date?;
    (date.duration_since(at) > OLDEST).then(|| Seconds::between(at, date))
}

fn strange(received: &Received) -> MetricsFailure {
    let status = received.status.as_u16();
    if [401, 403].contains(&status) {
        return MetricsFailure::Denied(status);
    }
    let text = String::from_utf8_lossy(&received.body);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let words: String = words.chars().take(WORDS).collect();
    MetricsFailure::NotPrometheus {
        status,
        words: Untrusted::from(if words.is_empty() {
            "nothing".to_owned()
        } else {
            words
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-03-01T12:00:00Z";

    fn read(body: &str) -> Result<Vec<(String, f64)>, MetricsFailure> {
        let received = Received {
            status: StatusCode::OK,
            body: body.as_bytes().to_vec(),
            date: NOW.parse().ok(),
        };
        let values = by_pod("requests", &received)?;
        Ok(values
            .into_iter()
            .map(|(pod, value)| (pod.shown(), value))
            .collect())
    }

    fn vector(entries: &str) -> String {
        format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{entries}]}}}}"#)
    }

    fn entry(pod: &str, at: i64, value: &str) -> String {
        format!(r#"{{"metric":{{"pod":"{pod}"}},"value":[{at}.5,"{value}"]}}"#)
    }

    #[test]
    fn only_what_is_certain_is_handed_on() {
        let now = NOW.parse::<Timestamp>().unwrap().as_second();
        let all = ["1.5", "NaN", "+Inf", "-1", "0", "x"].map(|value| entry(&format!("p{value}"), now, value));
        let known = [("p0".to_owned(), 0.0), ("p1.5".to_owned(), 1.5)];
        assert_eq!(read(&vector(&all.join(","))).unwrap(), known);
        assert_eq!(read(&vector("")).unwrap(), []);
        let stale = read(&vector(&entry("a", now - 300, "1"))).unwrap_err();
        assert!(matches!(stale, MetricsFailure::Stale { .. }), "{stale:?}");
        let warned = r#"{"status":"success","data":{"resultType":"vector","result":[]},"warnings":["a store is away"]}"#;
        assert!(read(warned).unwrap_err().sentence().contains("a store is away"));
        let unlabelled = format!(r#"{{"metric":{{}},"value":[{now},"1"]}}"#);
        assert_eq!(
            read(&vector(&unlabelled)),
            Err(MetricsFailure::NoPods { what: "requests" })
        );
        let refused = r#"{"status":"error","errorType":"execution","error":"topk is not supported here"}"#;
        let words = read(refused).unwrap_err().sentence();
        assert!(
            words.contains("topk is not supported") && words.contains("correct requests"),
            "{words}"
        );
        for strange in [
            "",
            "<html>Log in</html>",
            "{}",
            "[]",
            r#"{"status":"success"}"#,
            &vector("3"),
        ] {
            assert!(read(strange).is_err(), "{strange}");
        }
    }
}
