//! Reads what the users of the open rollout feel, from time to time and one reading at a time. Nothing waits for it.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::adapters::kube::ApiClient;
use crate::adapters::prometheus::{Prometheus, Reading};
use crate::app::{Event, Model, SourceEvent, TrafficReading};
use crate::clock::Clock;
use crate::domain::{Cluster, Metrics, MetricsPlace, Rollout, RolloutKey, Seconds, Untrusted};

use super::source::Api;

/// Numbers count as those of now for at least so long.
const LASTS: Seconds = Seconds(30);

/// What is asked of one rollout.
pub struct Question {
    key: RolloutKey,
    pods: Vec<Untrusted>,
}

impl Question {
    /// The pods of a rollout as they are now; `None` when they were not read.
    pub fn of(rollout: &Rollout) -> Option<Self> {
        // Those that serve come first, should there be more than are asked for.
        let mut pods: Vec<_> = rollout.pods.as_ref()?.iter().collect();
        pods.sort_by_key(|pod| !pod.ready);
        Some(Self {
            key: rollout.key.clone(),
            pods: pods.into_iter().map(|pod| pod.name.name.clone()).collect(),
        })
    }

    /// Asks it. `None` when the way leads through a cluster that is not open.
    pub async fn ask(
        self,
        metrics: &Metrics,
        client: Option<ApiClient>,
        clock: &dyn Clock,
    ) -> Option<TrafficReading> {
        let reading = match Prometheus::new(metrics, client) {
            Ok(prometheus) => prometheus?.read(&self.key.name.namespace, &self.pods).await,
            Err(failure) => Reading {
                traffic: None,
                failure: Some(failure),
            },
        };
        let place = metrics.place.shown();
        let trouble = reading
            .failure
            .map(|failure| format!("{place}: {}", failure.sentence()));
        Some(TrafficReading {
            key: self.key,
            at: clock.now(),
            traffic: reading.traffic,
            trouble: trouble.map(Untrusted::from),
            quantile: metrics.queries.quantile.clone(),
            lasts: Seconds(metrics.every.as_secs().saturating_mul(3).max(LASTS.0)),
        })
    }
}

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
        let Some(question) = model.rollout(key).and_then(Question::of) else {
            return;
        };
        self.read_at = Some(now);
        let (metrics, clock) = (metrics.clone(), Arc::clone(&self.clock));
        let (events, cluster) = (self.events.clone(), self.cluster.clone());
        self.reading = Some(tokio::spawn(async move {
            if let Some(reading) = question.ask(&metrics, client, &*clock).await {
                let event = SourceEvent::Traffic(Box::new(reading));
                // At the end of the program nobody listens any more.
                drop(events.send(Event::Source(cluster, event)).await);
            }
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
