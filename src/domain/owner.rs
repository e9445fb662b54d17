//! Who else writes to a workload, and would take back what a human changes.

use jiff::Timestamp;

use super::Untrusted;

/// The tool behind an owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OwnerTool {
    /// A controller owner reference: an operator made this object and writes its fields.
    Operator,
    ArgoCd,
    Flux,
    Helm,
    /// `kubectl apply` left its annotation: the next apply brings its fields back.
    Apply,
    /// Argo Rollouts drives this Deployment through `workloadRef`.
    ArgoRollouts,
    Flagger,
}

/// When an owner takes an edit back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reverts {
    /// It rewrites the field whenever it differs: an edit does not last.
    Always,
    /// At its next synchronisation, deployment or apply.
    Later,
    /// It may, and this program could not read whether it does.
    Perhaps,
}

/// One owner, as read from references, labels and annotations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    pub tool: OwnerTool,
    /// The owner's own name: `Widget/shop`, an Application, a Helm release.
    pub name: Untrusted,
    pub reverts: Reverts,
}

/// Who wrote to an object, from its `managedFields`: manager, subresource, when. Field sets are not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manager {
    pub manager: Untrusted,
    pub subresource: Option<Untrusted>,
    pub at: Option<Timestamp>,
}
