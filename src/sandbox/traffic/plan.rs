//! What a scenario says of traffic: how many requests come, and how the containers of an image answer them.

use std::collections::BTreeMap;

use serde::Deserialize;

/// All of it.
#[derive(Clone, Debug, Default)]
pub(in crate::sandbox) struct Users {
    /// Namespace and name of each Service that is used.
    pub(in crate::sandbox) plans: Vec<((String, String), Plan)>,
    /// How images answer, by their name.
    pub(in crate::sandbox) images: BTreeMap<String, Serving>,
}

/// The users of an app.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Plan {
    /// Requests a second, on average.
    pub(in crate::sandbox) rate: f64,
    /// By which share of it the rate swells and ebbs.
    #[serde(default = "wobble")]
    pub(in crate::sandbox) wobble: f64,
}

fn wobble() -> f64 {
    0.15
}

/// How a container answers.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::sandbox) struct Serving {
    /// Half of the answers take no longer, in milliseconds.
    pub(in crate::sandbox) latency_ms: f64,
    /// How far they scatter: the sigma of a lognormal distribution.
    pub(in crate::sandbox) spread: f64,
    /// The share of requests that fail, from 0 to 1.
    pub(in crate::sandbox) error_rate: f64,
    /// They fail only after a container has run so many seconds.
    pub(in crate::sandbox) errors_after: u32,
    /// One pod alone, the first of the image behind a Service, takes so many times as long.
    pub(in crate::sandbox) slow: f64,
    /// Requests a second that a pod can answer. Beyond it answers are late, and what is too much fails.
    pub(in crate::sandbox) capacity: f64,
}

impl Default for Serving {
    fn default() -> Self {
        Self {
            latency_ms: 25.0,
            spread: 0.6,
            error_rate: 0.0,
            errors_after: 0,
            slow: 1.0,
            capacity: 100.0,
        }
    }
}

impl Plan {
    /// What is wrong with it, in words.
    pub(in crate::sandbox) fn fault(&self) -> Option<&'static str> {
        if !(0.0..=1e7).contains(&self.rate) {
            return Some("rate is a number of requests a second, from 0 to 10000000");
        }
        (!(0.0..=1.0).contains(&self.wobble)).then_some("wobble is a share from 0 to 1")
    }
}

impl Serving {
    /// What is wrong with it, in words.
    pub(in crate::sandbox) fn fault(&self) -> Option<&'static str> {
        let wrong = [
            (
                !(0.01..=600_000.0).contains(&self.latency_ms),
                "latency_ms is from 0.01 to 600000",
            ),
            (!(0.0..=5.0).contains(&self.spread), "spread is from 0 to 5"),
            (
                !(0.0..=1.0).contains(&self.error_rate),
                "error_rate is a share from 0 to 1",
            ),
            (
                !(1.0..=10_000.0).contains(&self.slow),
                "slow is a factor from 1 to 10000",
            ),
            (
                !(0.01..=1e7).contains(&self.capacity),
                "capacity is a number of requests a second, from 0.01 to 10000000",
            ),
        ];
        wrong
            .into_iter()
            .find(|(is_wrong, _)| *is_wrong)
            .map(|(_, why)| why)
    }
}
