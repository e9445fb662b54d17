//! The cases, by what they are about.

pub(crate) mod autoscalers;
pub(crate) mod budgets;
pub(crate) mod deployments;
pub(crate) mod discovery;
pub(crate) mod endpoints;
pub(crate) mod lists;
pub(crate) mod owners;
pub(crate) mod patches;
pub(crate) mod pods;
pub(crate) mod progress;
pub(crate) mod refusals;
pub(crate) mod reviews;
pub(crate) mod revisions;
pub(crate) mod sets;
pub(crate) mod subresources;
pub(crate) mod watches;
pub(crate) mod writes;
