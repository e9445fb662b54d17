//! What users feel of a rollout: measured by pod, told by revision. What was not measured is unknown, never zero.

use std::collections::BTreeMap;

use super::{Revision, Rollout, Untrusted};

/// What was measured of one pod.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measured {
    /// Requests a second.
    pub requests: Option<f64>,
    /// The share of them that failed, from 0 to 1.
    pub errors: Option<f64>,
    /// The configured quantile of how long they took, in seconds.
    pub latency: Option<f64>,
}

/// What was measured, by the pods' names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Traffic {
    pub pods: BTreeMap<Untrusted, Measured>,
}

/// What users feel of one revision.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Felt {
    /// Requests a second that its pods take together.
    pub requests: Option<f64>,
    /// The share of them that failed.
    pub errors: Option<f64>,
    /// The quantile of all its requests is at most that of its slowest pod: quantiles cannot be averaged.
    pub latency: Option<f64>,
    /// Pods that were measured, of those that should have been.
    pub measured: usize,
    pub expected: usize,
}

impl Measured {
    /// A value from outside: what is no number, or below zero, is not known.
    pub fn known(value: f64) -> Option<f64> {
        (value.is_finite() && value >= 0.0).then_some(value)
    }
}

impl Traffic {
    /// The share of a revision. Pods belong to it by their owner, as the API tells; `None` when it has no pods that could be
    /// measured, or pods were not read.
    pub fn of(&self, rollout: &Rollout, revision: &Revision) -> Option<Felt> {
        let its = rollout
            .pods
            .as_deref()?
            .iter()
            .filter(|pod| pod.owner.is_some() && pod.owner == revision.uid);
        let (mut felt, mut failing, mut weighed) = (Felt::default(), 0.0, 0.0);
        for pod in its {
            let measured = self.pods.get(&pod.name.name).copied().unwrap_or_default();
            // A pod that is not ready gets no requests, so nothing need be known of it.
            if pod.ready || measured.requests.is_some() {
                felt.expected = felt.expected.saturating_add(1);
            }
            if let Some(requests) = measured.requests {
                felt.measured = felt.measured.saturating_add(1);
                felt.requests = Some(felt.requests.unwrap_or(0.0) + requests);
                if let Some(errors) = measured.errors {
                    failing += errors * requests;
                    weighed += requests;
                }
            }
            felt.latency = match (felt.latency, measured.latency) {
                (Some(one), Some(other)) => Some(one.max(other)),
                (one, other) => one.or(other),
            };
        }
        felt.errors = (weighed > 0.0).then(|| failing / weighed);
        (felt.expected > 0).then_some(felt)
    }
}
