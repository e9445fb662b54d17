//! The table `[metrics]`, of all contexts and of one: where measurements come from, and the queries. What is written for a context
//! counts before what is written for all.

use std::ops::Range;
use std::time::Duration;

use jiff::SignedDuration;
use toml::de::DeTable;

use super::read::{At, Reading};
use crate::domain::{Metrics, MetricsPlace, Queries};
use crate::promql::{self, Shape};

/// What can be written.
pub(super) const OF_METRICS: [&str; 7] = [
    "url",
    "service",
    "token_file",
    "requests",
    "errors",
    "latency",
    "every",
];

/// How often is asked when nobody says.
const EVERY: Duration = Duration::from_secs(10);

/// The shortest that spares a server, and the longest that still shows a release.
const BETWEEN: std::ops::RangeInclusive<Duration> = Duration::from_secs(5)..=Duration::from_secs(300);

/// What is written, and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WrittenMetrics {
    place: Option<MetricsPlace>,
    requests: Option<String>,
    errors: Option<String>,
    latency: Option<String>,
    every: Option<Duration>,
}

impl WrittenMetrics {
    /// What holds where `self` is written for a context and `all` for every one; `None` where nothing says where to ask.
    pub(super) fn over(&self, all: &Self) -> Option<Metrics> {
        let written = |own: &Option<String>, other: &Option<String>| own.as_ref().or(other.as_ref()).cloned();
        let usual = Queries::default();
        let latency = written(&self.latency, &all.latency).unwrap_or(usual.latency);
        Some(Metrics {
            place: self.place.as_ref().or(all.place.as_ref()).cloned()?,
            queries: Queries {
                requests: written(&self.requests, &all.requests).unwrap_or(usual.requests),
                errors: written(&self.errors, &all.errors).unwrap_or(usual.errors),
                quantile: quantile(&latency),
                latency,
            },
            every: self.every.or(all.every).unwrap_or(EVERY),
        })
    }
}

/// `p99` of a query that computes it, else just latency.
fn quantile(query: &str) -> String {
    let found = promql::parse(&filled(query))
        .ok()
        .and_then(|expr| expr.quantile());
    match found {
        Some(share) if (0.0..=1.0).contains(&share) => {
            // 0.999 is p99.9, not p99.9000000001.
            let percent = (share * 100_000.0).round() / 1000.0;
            format!("p{percent}")
        }
        Some(_) | None => "latency".to_owned(),
    }
}

fn filled(query: &str) -> String {
    Queries::filled(query, "namespace", std::iter::once("pod"))
}

/// Reads the table.
pub(super) fn metrics(reading: &mut Reading<'_>, table: &DeTable<'_>) -> WrittenMetrics {
    let mut written = WrittenMetrics::default();
    let (mut url, mut service, mut token_file) = (None, None, None);
    for (key, value) in table {
        match &**key.get_ref() {
            "url" => url = address(reading, value).map(|text| (text, value.span())),
            "service" => service = port(reading, value).map(|place| (place, value.span())),
            "token_file" => token_file = text(reading, "token_file", value).map(|it| (it, value.span())),
            "requests" => written.requests = query(reading, "requests", value),
            "errors" => written.errors = query(reading, "errors", value),
            "latency" => written.latency = query(reading, "latency", value),
            "every" => written.every = every(reading, value),
            unknown => reading.unknown(key.span(), unknown, &OF_METRICS),
        }
    }
    written.place = match (url, service, token_file) {
        (Some(_), Some((_, at)), _) => {
            reading.fault(at, "url and service are two places", "keep the one that is meant");
            None
        }
        (Some((url, _)), None, token) => Some(MetricsPlace::Url {
            url,
            token_file: token.map(|(path, _)| path),
        }),
        (None, service, Some((_, at))) => {
            let why = "a token is for a url: through the API server one's own rights count";
            reading.fault(at, why, "write url beside it, or remove it");
            service.map(|(place, _)| place)
        }
        (None, service, None) => service.map(|(place, _)| place),
    };
    written
}

fn text(reading: &mut Reading<'_>, name: &str, value: &At<'_>) -> Option<String> {
    let written = value.get_ref().as_str().filter(|it| !it.is_empty());
    if written.is_none() {
        let what = format!("{name} is text in quotes, not {}", value.get_ref().type_str());
        reading.fault(value.span(), &what, "write it in quotes");
    }
    written.map(ToOwned::to_owned)
}

fn address(reading: &mut Reading<'_>, value: &At<'_>) -> Option<String> {
    let written = text(reading, "url", value)?;
    let remedy = "write an address such as \"https://prometheus.example.com\"";
    let parsed = written.parse::<http::Uri>().ok();
    let is_web = ["http", "https"]
        .map(Some)
        .contains(&parsed.as_ref().and_then(http::Uri::scheme_str));
    let Some(uri) = parsed.filter(|uri| is_web && uri.host().is_some_and(|host| !host.is_empty())) else {
        reading.fault(value.span(), "this is no address of a web server", remedy);
        return None;
    };
    // A password here would be shown by `config show` and in messages.
    if uri.authority().is_some_and(|it| it.as_str().contains('@')) {
        let what = "an address with a name or password in it is shown in too many places";
        reading.fault(
            value.span(),
            what,
            "put a token into a file of its own, and write token_file = \"PATH\"",
        );
        return None;
    }
    if uri.query().is_some() {
        reading.fault(value.span(), "the address of a server has no ? in it", remedy);
        return None;
    }
    Some(written.trim_end_matches('/').to_owned())
}

/// `NAMESPACE/NAME:PORT`.
fn port(reading: &mut Reading<'_>, value: &At<'_>) -> Option<MetricsPlace> {
    let written = text(reading, "service", value)?;
    let parts = written.split_once('/').and_then(|(namespace, rest)| {
        let (name, port) = rest.split_once(':')?;
        let all = [namespace, name, port];
        all.iter().all(|it| super::read::is_label(it)).then_some(all)
    });
    let Some([namespace, name, port]) = parts.map(|all| all.map(ToOwned::to_owned)) else {
        let what = format!("\"{written}\" is no port of a Service");
        reading.fault(
            value.span(),
            &what,
            "write namespace/name:port, such as \"monitoring/prometheus:9090\"",
        );
        return None;
    };
    Some(MetricsPlace::Service {
        namespace,
        name,
        port,
    })
}

fn query(reading: &mut Reading<'_>, name: &str, value: &At<'_>) -> Option<String> {
    let written = text(reading, name, value)?;
    match mistake(&written) {
        None => Some(written),
        Some((what, remedy)) => {
            let what = format!("the query for {name} {what}");
            let at: Range<usize> = value.span();
            reading.fault(at, &what, &remedy);
            None
        }
    }
}

/// What is wrong with a query, and what to write instead.
fn mistake(query: &str) -> Option<(String, String)> {
    let told = |what: &str, remedy: &str| Some((what.to_owned(), remedy.to_owned()));
    let expr = match promql::parse(&filled(query)) {
        Ok(expr) => expr,
        Err(mistake) => {
            let what = format!("is no PromQL: {mistake}");
            return told(
                &what,
                "try it in Prometheus with names in place of $namespace and $pods",
            );
        }
    };
    if !query.contains("$pods") {
        let remedy = "add pod=~\"$pods\" to its selectors";
        return told(
            "does not say which pods: it would be asked of all of them",
            remedy,
        );
    }
    if let Some(name) = expr.lacks_range() {
        let what = format!("gives {name} no range");
        return told(&what, "write a range such as [1m] after the selector");
    }
    if expr.shape() != Shape::Vector || !expr.keeps("pod") {
        return told("does not answer by pod", "group it with by (pod)");
    }
    None
}

fn every(reading: &mut Reading<'_>, value: &At<'_>) -> Option<Duration> {
    let written = value.get_ref().as_str();
    let parsed = written
        .and_then(|text| text.parse::<SignedDuration>().ok())
        .and_then(|span| Duration::try_from(span).ok())
        .filter(|span| BETWEEN.contains(span));
    if parsed.is_none() {
        let what = "every is a duration from 5s to 5m, in quotes";
        reading.fault(
            value.span(),
            what,
            "write one such as \"10s\", or remove the line",
        );
    }
    parsed
}
