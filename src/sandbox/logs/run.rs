//! One run of a container, and the lines that it has written by an instant.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::sandbox::json::{at, list, number, text};

/// Between two lines, about.
const PACE: i64 = 5_000;

/// Lines that are kept, as a node keeps only so much.
const KEPT: i64 = 2_000;

/// A container that is not ready says so once in so many lines.
const PATIENT: i64 = 6;

/// A run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    seed: String,
    image: String,
    pub(super) start: Timestamp,
    /// When it ended and with which code, if it did.
    pub(super) end: Option<(Timestamp, i64)>,
    /// Between these it answered requests.
    serves: (Timestamp, Timestamp),
}

/// When, and what.
pub(super) type Line = (Timestamp, String);

impl Run {
    /// The run that is going on, or else the one that ended last; `previous` is always the latter.
    pub(super) fn of(pod: &Value, container: &str, previous: bool) -> Option<Self> {
        let status = status(pod, container)?;
        let state = at(status, &["state"]);
        let ended = [
            at(state, &["terminated"]),
            at(status, &["lastState", "terminated"]),
        ];
        let current = at(state, &["running"]);
        let is_current = !previous && !current.is_null();
        let (run, end) = if is_current {
            (current, None)
        } else {
            let from = usize::from(previous && ended.first().is_some_and(|it| !it.is_null()));
            let run = ended.into_iter().skip(from).find(|it| !it.is_null())?;
            let end = text(run, &["finishedAt"]).parse().ok()?;
            (run, Some((end, number(run, &["exitCode"]).unwrap_or(0))))
        };
        let start: Timestamp = text(run, &["startedAt"]).parse().ok()?;
        let serves = if is_current {
            serving(pod, status, start)
        } else {
            (start, Timestamp::MAX)
        };
        let uid = text(pod, &["metadata", "uid"]);
        Some(Self {
            seed: format!("{uid}/{container}/{start}"),
            image: text(status, &["image"]).to_owned(),
            start,
            end,
            serves,
        })
    }

    /// What it wrote after an instant, up to another.
    pub(super) fn lines(&self, after: Timestamp, until: Timestamp) -> Vec<Line> {
        let until = self.end.map_or(until, |(end, _)| end.min(until));
        let oldest = self.number_at(until).saturating_sub(KEPT);
        let first = self.number_at(after).max(oldest);
        let mut lines = if first == 0 { self.opening() } else { Vec::new() };
        lines.extend((first.max(1)..=self.number_at(until)).filter_map(|number| self.line(number)));
        if let Some((end, code)) = self.end.filter(|(end, _)| *end <= until) {
            lines.retain(|(at, _)| *at < end);
            lines.extend(last_words(end, code));
        }
        lines.retain(|(at, _)| *at > after && *at <= until);
        lines
    }

    fn number_at(&self, at: Timestamp) -> i64 {
        (at.as_millisecond().saturating_sub(self.start.as_millisecond()) / PACE).max(0)
    }

    fn opening(&self) -> Vec<Line> {
        let later = |milliseconds: i64| self.start + SignedDuration::from_millis(milliseconds);
        vec![
            (
                later(3),
                format!("level=info msg=\"starting\" image={}", self.image),
            ),
            (later(118), "level=info msg=\"configuration read\"".to_owned()),
            (
                later(402),
                "level=info msg=\"listening\" address=0.0.0.0:8080".to_owned(),
            ),
        ]
    }

    /// The line of that number, where there is one.
    fn line(&self, number: i64) -> Option<Line> {
        let chance = Sha256::digest(format!("{}/{number}", self.seed));
        let chance = |index: usize| i64::from(chance.get(index).copied().unwrap_or(0));
        let within = (chance(0) * 256 + chance(1)) % PACE;
        let at = self.start + SignedDuration::from_millis(number.saturating_mul(PACE) + within);
        if at < self.serves.0 || at >= self.serves.1 {
            let words = "level=warn msg=\"not ready\" waiting_for=warm-up".to_owned();
            return (number % PATIENT == 1).then_some((at, words));
        }
        let path = [
            "/",
            "/items",
            "/items/4711",
            "/orders",
            "/healthz",
            "/search?q=shoes",
        ]
        .get(usize::try_from(chance(2) % 6).ok()?)?;
        let method = if *path == "/orders" { "POST" } else { "GET" };
        let milliseconds = 3 + chance(3) % 40;
        let words =
            format!("level=info msg=\"request\" method={method} path={path} status=200 ms={milliseconds}");
        Some((at, words))
    }
}

/// Since when it serves, and until when it did.
fn serving(pod: &Value, status: &Value, start: Timestamp) -> (Timestamp, Timestamp) {
    let ready = list(pod, &["status", "conditions"])
        .iter()
        .find(|it| text(it, &["type"]) == "Ready");
    let turned = ready.and_then(|it| text(it, &["lastTransitionTime"]).parse().ok());
    let turned: Timestamp = turned.unwrap_or(start);
    if at(status, &["ready"]).as_bool() == Some(true) {
        (turned, Timestamp::MAX)
    } else {
        (start, turned)
    }
}

fn last_words(end: Timestamp, code: i64) -> Vec<Line> {
    let earlier = |milliseconds: i64| end - SignedDuration::from_millis(milliseconds);
    if code == 0 {
        return vec![(end, "level=info msg=\"done\"".to_owned())];
    }
    vec![
        (
            earlier(40),
            "level=error msg=\"the connection to the database was lost\" error=\"broken pipe\"".to_owned(),
        ),
        (
            earlier(2),
            "panic: no connection left in the pool [recovered]".to_owned(),
        ),
        (end, format!("level=fatal msg=\"exiting\" code={code}")),
    ]
}

/// The status of a container.
pub(super) fn status<'a>(pod: &'a Value, container: &str) -> Option<&'a Value> {
    let all = list(pod, &["status", "containerStatuses"]);
    all.iter().find(|it| text(it, &["name"]) == container)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(state: &Value, last: &Value) -> Value {
        json!({
            "metadata": { "name": "web-1", "uid": "u1" },
            "status": {
                "conditions": [{ "type": "Ready", "lastTransitionTime": "2026-03-01T12:00:10Z" }],
                "containerStatuses": [{ "name": "app", "image": "web:v1", "ready": true, "state": state, "lastState": last }],
            },
        })
    }

    fn time(text: &str) -> Timestamp {
        format!("2026-03-01T{text}Z").parse().unwrap()
    }

    #[test]
    fn the_same_lines_come_however_they_are_asked_for() {
        let running = json!({ "running": { "startedAt": "2026-03-01T12:00:00Z" } });
        let run = Run::of(&pod(&running, &json!({})), "app", false).unwrap();
        let (start, middle, end) = (time("11:59:59"), time("12:05:00"), time("12:10:00"));
        let all = run.lines(start, end);
        assert!(all[0].1.contains("starting"), "{all:?}");
        let halves = [run.lines(start, middle), run.lines(middle, end)].concat();
        assert_eq!(halves, all);
        assert!(all.len() > 100 && all.is_sorted(), "{}", all.len());
        let later = run.lines(start, time("23:00:00"));
        assert!(later.len() <= 2001 && !later[0].1.contains("starting"));
        let first_request = all.iter().find(|(_, it)| it.contains("request")).unwrap();
        assert!(first_request.0 >= time("12:00:10"), "not before it is ready");
    }

    #[test]
    fn a_crash_has_last_words_and_is_the_run_before() {
        let ended = json!({ "terminated": {
            "exitCode": 1, "startedAt": "2026-03-01T11:58:00Z", "finishedAt": "2026-03-01T11:59:00Z",
        }});
        let waiting = json!({ "waiting": { "reason": "CrashLoopBackOff" } });
        let pod = pod(&waiting, &ended);
        let run = Run::of(&pod, "app", false).unwrap();
        let lines = run.lines(time("11:00:00"), time("12:00:00"));
        assert_eq!(lines.last().unwrap().1, "level=fatal msg=\"exiting\" code=1");
        assert_eq!(lines.last().unwrap().0, time("11:59:00"));
        assert_eq!(Run::of(&pod, "app", true), Some(run));
        assert_eq!(Run::of(&pod, "other", false), None);
    }
}
