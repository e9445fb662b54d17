//! What is kept of a Rollout of Argo Rollouts (`argoproj.io/v1alpha1`).

use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::{CanaryStepKind, Manager, Name, Seconds, Untrusted};

use super::{Condition, Controller, Marks, Pairs, PodTemplate, Share};

/// A Rollout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArgoRollout {
    pub name: Name,
    pub uid: Untrusted,
    pub created_at: Option<Timestamp>,
    pub deleted_at: Option<Timestamp>,
    pub generation: i64,
    pub replicas: u32,
    pub paused: Option<bool>,
    pub min_ready: Seconds,
    pub progress_deadline: Option<Seconds>,
    /// The Deployment whose template it takes, instead of one of its own.
    pub workload: Option<Untrusted>,
    pub template: PodTemplate,
    pub strategy: ArgoStrategy,
    pub max_unavailable: Share,
    pub status: ArgoStatus,
    pub labels: Pairs,
    pub marks: Marks,
    pub owner: Option<Controller>,
    pub managers: Vec<Manager>,
}

/// How it moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArgoStrategy {
    Canary {
        steps: Arc<[CanaryStepKind]>,
        /// Weights are set at a router, not by numbers of pods.
        routed: bool,
        /// What counts as all traffic.
        full_weight: i64,
    },
    BlueGreen {
        active: Untrusted,
        preview: Option<Untrusted>,
        /// The controller flips by itself.
        promotes_itself: bool,
        promotes_after: Option<Seconds>,
    },
}

/// Its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArgoStatus {
    /// The controller writes the generation as text; what is no number counts as observed.
    pub observed_generation: Option<i64>,
    pub workload_observed_generation: Option<i64>,
    pub phase: Untrusted,
    pub message: Option<Untrusted>,
    pub aborted: bool,
    pub aborted_at: Option<Timestamp>,
    pub controller_pause: bool,
    pub pauses: Vec<(Untrusted, Option<Timestamp>)>,
    pub current_hash: Untrusted,
    pub stable_hash: Untrusted,
    /// Number of completed steps.
    pub step: Option<u32>,
    /// The weight that the controller last asked its router for.
    pub weight: Option<i64>,
    pub active_hash: Untrusted,
    pub preview_hash: Untrusted,
    pub existing: u32,
    pub updated: u32,
    pub ready: u32,
    pub available: u32,
    pub conditions: Arc<[Condition]>,
}
