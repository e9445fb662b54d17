//! Reads what the users of the open rollout feel, from time to time and one reading at a time. Nothing waits for it.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::adapters::prometheus::{Prometheus, Reading};
use crate::app::{Event, Model, SourceEvent, TrafficReading};
use crate::clock::Clock;
use crate::domain::{Cluster, Metrics, MetricsPlace, RolloutKey, Seconds, Untrusted};

use super::source::Api;

/// Numbers count as those of now for at least so long.
const LASTS: Seconds = Seconds(30);

/// The meter of one source.
pub(super) struct Meter {
    cluster: Cluster,
    api: Api,
    events: mpsc::Sender<Event>,
    clock: Arc<dyn Clock>,
    metrics: Option<Metrics>,
    open: Option<RolloutKey>,
    reading: Option<JoinHandle<()>>,
    /// When it read last.
    read_at: Option<Instant>,
}

impl Meter {
    pub(super) fn new(
        cluster: Cluster,
        api: Api,
        events: mpsc::Sender<Event>,
        clock: Arc<dyn Clock>,
        metrics: Option<Metrics>,
    ) -> Self {
        Self {
            cluster,
            api,
            events,
            clock,
            metrics,
            open: None,
            reading: None,
            read_at: None,
        }
    }

    /// What is configured.
    pub(super) fn metrics(&self) -> Option<&Metrics> {
        self.metrics.as_ref()
    }

    /// What is configured from now on.
    pub(super) fn configure(&mut self, metrics: Option<Metrics>) {
        if self.metrics != metrics {
            self.metrics = metrics;
            self.stop();
        }
    }

    /// Reads for `key` from now on, or for nothing.
    pub(super) fn follow(&mut self, key: Option<RolloutKey>, model: &Model) {
        self.stop();
        self.open = key;
        self.look(model);
    }

    /// Begins a reading if one is due.
    pub(super) fn look(&mut self, model: &Model) {
        let (Some(metrics), Some(key)) = (&self.metrics, &self.open) else {
            return;
        };
        let now = self.clock.instant();
        let is_due = self
            .read_at
            .is_none_or(|at| now.saturating_duration_since(at) >= metrics.every);
        let is_busy = self.reading.as_ref().is_some_and(|task| !task.is_finished());
        let client = self.api.borrow().as_ref().map(|open| open.client.clone());
        let through = matches!(metrics.place, MetricsPlace::Service { .. });
        if !is_due || is_busy || (through && client.is_none()) {
            return;
        }
        let Some(pods) = model.rollout(key).and_then(|rollout| rollout.pods.as_ref()) else {
            return;
        };
        // Those that serve come first, should there be more than are asked for.
        let mut pods: Vec<_> = pods
            .iter()
            .map(|pod| (!pod.ready, pod.name.name.clone()))
            .collect();
        pods.sort_by_key(|(is_idle, _)| *is_idle);
        let pods: Vec<Untrusted> = pods.into_iter().map(|(_, name)| name).collect();
        self.read_at = Some(now);
        let place = metrics.place.shown();
        let prometheus = Prometheus::new(metrics, client);
        let (key, clock, events, cluster) = (
            key.clone(),
            Arc::clone(&self.clock),
            self.events.clone(),
            self.cluster.clone(),
        );
        let quantile = metrics.queries.quantile.clone();
        let lasts = Seconds(metrics.every.as_secs().saturating_mul(3).max(LASTS.0));
        self.reading = Some(tokio::spawn(async move {
            let reading = match prometheus {
                Ok(Some(prometheus)) => prometheus.read(&key.name.namespace, &pods).await,
                Ok(None) => return,
                Err(failure) => Reading {
                    traffic: None,
                    failure: Some(failure),
                },
            };
            let trouble = reading
                .failure
                .map(|failure| format!("{place}: {}", failure.sentence()));
            let reading = TrafficReading {
                key,
                at: clock.now(),
                traffic: reading.traffic,
                trouble: trouble.map(Untrusted::from),
                quantile,
                lasts,
            };
            // At the end of the program nobody listens any more.
            drop(
                events
                    .send(Event::Source(cluster, SourceEvent::Traffic(Box::new(reading))))
                    .await,
            );
        }));
    }

    fn stop(&mut self) {
        self.read_at = None;
        if let Some(task) = self.reading.take() {
            task.abort();
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.stop();
    }
}
