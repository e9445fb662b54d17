//! One reading: what was asked for each pod, and what went wrong.

use std::collections::BTreeMap;
use std::time::Duration;

use super::answer::{Received, by_pod};
use super::direct::Direct;
use super::failure::MetricsFailure;
use crate::adapters::kube::{ApiClient, ServicePort};
use crate::domain::{Measured, Metrics, MetricsPlace, Queries, Traffic, Untrusted};

/// The longest that one question may take.
const ANSWER: Duration = Duration::from_secs(5);

/// The longest that all of them may take.
const READING: Duration = Duration::from_secs(15);

/// Pods asked for at a time: a GET with their names stays below what proxies take.
const AT_A_TIME: usize = 40;

/// Pods of one rollout that are asked for; the others are told as not measured.
const PODS: usize = 240;

/// What is known now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// `None` when nothing could be asked.
    pub traffic: Option<Traffic>,
    /// The first thing that went wrong.
    pub failure: Option<MetricsFailure>,
}

/// A way to measurements.
pub struct Prometheus {
    way: Way,
    queries: Queries,
}

enum Way {
    Direct(Direct),
    Through(ApiClient, ServicePort),
}

impl Prometheus {
    /// The configured way. `client` is that of the cluster; an address needs none.
    ///
    /// # Errors
    ///
    /// When the address cannot be used.
    pub fn new(metrics: &Metrics, client: Option<ApiClient>) -> Result<Option<Self>, MetricsFailure> {
        let way = match (&metrics.place, client) {
            (MetricsPlace::Url { url, token_file }, _) => Way::Direct(Direct::new(url, token_file.clone())?),
            (
                MetricsPlace::Service {
                    namespace,
                    name,
                    port,
                },
                Some(client),
            ) => {
                let service = ServicePort {
                    namespace: namespace.clone(),
                    name: name.clone(),
                    port: port.clone(),
                };
                Way::Through(client, service)
            }
            (MetricsPlace::Service { .. }, None) => return Ok(None),
        };
        Ok(Some(Self {
            way,
            queries: metrics.queries.clone(),
        }))
    }

    /// Asks for these pods of a namespace. What failed is unknown, and the rest is told.
    pub async fn read(&self, namespace: &Untrusted, pods: &[Untrusted]) -> Reading {
        match tokio::time::timeout(READING, self.all(namespace, pods)).await {
            Ok(reading) => reading,
            Err(_elapsed) => Reading {
                traffic: None,
                failure: Some(MetricsFailure::Timeout(READING)),
            },
        }
    }

    async fn all(&self, namespace: &Untrusted, pods: &[Untrusted]) -> Reading {
        let mut measured: BTreeMap<Untrusted, Measured> = BTreeMap::new();
        let mut failure = None;
        let pods = pods.get(..PODS).unwrap_or(pods);
        let queries: [(&'static str, &str, Put); 3] = [
            ("requests", &self.queries.requests, |it, value| {
                it.requests = Some(value);
            }),
            ("errors", &self.queries.errors, |it, value| {
                it.errors = Some(value);
            }),
            ("latency", &self.queries.latency, |it, value| {
                it.latency = Some(value);
            }),
        ];
        for (what, query, put) in queries {
            for some in pods.chunks(AT_A_TIME) {
                let query = Queries::filled(query, namespace.raw(), some.iter().map(Untrusted::raw));
                match self
                    .ask(&query)
                    .await
                    .and_then(|received| by_pod(what, &received))
                {
                    Ok(values) => {
                        for (pod, value) in values.into_iter().filter(|(pod, _)| some.contains(pod)) {
                            put(measured.entry(pod).or_default(), value);
                        }
                    }
                    Err(error) if error.is_final() => {
                        return Reading {
                            traffic: None,
                            failure: Some(error),
                        };
                    }
                    Err(error) => {
                        failure.get_or_insert(error);
                    }
                }
            }
        }
        Reading {
            traffic: Some(Traffic { pods: measured }),
            failure,
        }
    }

    async fn ask(&self, query: &str) -> Result<Received, MetricsFailure> {
        match &self.way {
            Way::Direct(direct) => direct.ask(query, ANSWER).await,
            Way::Through(client, service) => {
                let asked = client.get_through(service, "api/v1/query", ("query", query), ANSWER);
                let answer = asked.await.map_err(MetricsFailure::Cluster)?;
                Ok(Received {
                    status: answer.status,
                    body: answer.body,
                    date: answer.date,
                })
            }
        }
    }
}

/// Where a value belongs.
type Put = fn(&mut Measured, f64);
