//! Where measurements of what users feel come from, and what is asked for.

use std::time::Duration;

use super::Untrusted;

/// What is configured of measurements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metrics {
    pub place: MetricsPlace,
    pub queries: Queries,
    /// How often it is asked while a rollout is open.
    pub every: Duration,
}

/// Where Prometheus, or what speaks as it does, is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetricsPlace {
    /// At an address, asked without the API server. The file holds a bearer token.
    Url { url: String, token_file: Option<String> },
    /// Behind a Service of the cluster, asked through the API server with the user's own rights.
    Service {
        namespace: String,
        name: String,
        /// Its number or its name.
        port: String,
    },
}

/// What is asked for, in PromQL with `$namespace` and `$pods`. Each answer has one value for each label `pod`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queries {
    /// Requests a second.
    pub requests: String,
    /// The share of them that fail, from 0 to 1.
    pub errors: String,
    /// A quantile of how long they take, in seconds.
    pub latency: String,
    /// What that quantile is called: `p99`.
    pub quantile: String,
}

impl Queries {
    /// Requests that are counted in `http_requests_total` with a label `code`.
    pub const REQUESTS: &'static str =
        r#"sum by (pod) (rate(http_requests_total{namespace="$namespace",pod=~"$pods"}[1m]))"#;

    /// Their failures. A pod that never failed has no series of it, and an error share of zero.
    pub const ERRORS: &'static str = r#"(sum by (pod) (rate(http_requests_total{namespace="$namespace",pod=~"$pods",code=~"5.."}[1m])) or sum by (pod) (rate(http_requests_total{namespace="$namespace",pod=~"$pods"}[1m])) * 0) / sum by (pod) (rate(http_requests_total{namespace="$namespace",pod=~"$pods"}[1m]))"#;

    /// How long they take, from a histogram.
    pub const LATENCY: &'static str = r#"histogram_quantile(0.99, sum by (pod, le) (rate(http_request_duration_seconds_bucket{namespace="$namespace",pod=~"$pods"}[1m])))"#;

    /// The queries that are used when none are configured, over another time than a minute.
    pub fn over(window: &str) -> Self {
        let written = Self::default();
        let over = |query: String| query.replace("[1m]", &format!("[{window}]"));
        Self {
            requests: over(written.requests),
            errors: over(written.errors),
            latency: over(written.latency),
            quantile: written.quantile,
        }
    }

    /// A query for these pods. What could not be a name of the API is left out: it would be part of the query, not of a value.
    pub fn filled<'a>(query: &str, namespace: &str, pods: impl Iterator<Item = &'a str>) -> String {
        let pods: Vec<String> = pods
            .filter(|name| is_name(name))
            // A dot means any character in a pattern; in brackets it is itself, whatever quotes the query has.
            .map(|name| name.replace('.', "[.]"))
            .collect();
        let namespace = if is_name(namespace) { namespace } else { "" };
        query
            .replace("$namespace", namespace)
            .replace("$pods", &pods.join("|"))
    }
}

impl Default for Queries {
    fn default() -> Self {
        Self {
            requests: Self::REQUESTS.to_owned(),
            errors: Self::ERRORS.to_owned(),
            latency: Self::LATENCY.to_owned(),
            quantile: "p99".to_owned(),
        }
    }
}

impl MetricsPlace {
    /// How people call it. An address is shown without what could be a secret in it.
    pub fn shown(&self) -> String {
        match self {
            Self::Url { url, .. } => Untrusted::from(url.split('?').next().unwrap_or_default()).shown(),
            Self::Service {
                namespace,
                name,
                port,
            } => Untrusted::from(format!("{namespace}/{name}:{port}")).shown(),
        }
    }
}

fn is_name(text: &str) -> bool {
    let allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    !text.is_empty() && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_become_a_pattern_and_nothing_else() {
        let filled = |pods: &[&str]| {
            Queries::filled(
                r#"a{namespace="$namespace",pod=~"$pods"}"#,
                "shop",
                pods.iter().copied(),
            )
        };
        assert_eq!(
            filled(&["web-1", "web.2"]),
            r#"a{namespace="shop",pod=~"web-1|web[.]2"}"#
        );
        let injected = filled(&["web-1", "x\"} or vector(1) #", "$namespace"]);
        assert_eq!(injected, r#"a{namespace="shop",pod=~"web-1"}"#);
    }
}
