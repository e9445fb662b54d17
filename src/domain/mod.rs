//! What is true of releases, whoever moves them: the words of the product as types.
//!
//! Knows no I/O, no clock and no JSON of any API. Instants come in with the facts; whoever asks a question that depends on
//! time passes `now`.

mod choice;
mod diff;
mod health;
mod metrics;
mod outcome;
mod owner;
mod plan;
mod plan_token;
mod planner;
mod pod;
mod reason;
mod revision;
mod rollout;
mod scope;
mod standing;
mod step;
mod text;
mod time;
mod traffic;
mod undo_target;
mod weight;

pub use choice::Choice;
pub use diff::{DiffLine, DiffSide, TemplateDiff, TemplateOf};
pub use health::{FRESH_FOR, KindState, Liveness, ObjectKind};
pub use metrics::{Metrics, MetricsPlace, Queries};
pub use outcome::{EffectSeen, Outcome, Refusal, RefusalKind};
pub use owner::{Manager, Owner, OwnerTool, Reverts};
pub use plan::{Change, Digest, Fact, FactCheck, Goal, Method, Note, Plan, Target, Transport, Write};
pub use plan_token::{ClusterMark, PLAN_VALID_FOR, PlanToken, TokenError, TokenFault};
pub use planner::{Answer, Materials, Need, PlanQuestion, Planner};
pub use pod::{ContainerState, Pod, PodPhase};
pub use reason::{Finding, Gravity, Reason, Side};
pub use revision::{Image, Leaves, Revision, RevisionRole};
pub use rollout::{Counts, Driver, Oddity, Rollout, RolloutKey, State, Strategy, Written};
pub use scope::{Cluster, Environment, Name, Namespaces};
pub use standing::Standing;
pub use step::{Class, Step};
pub use text::Untrusted;
pub use time::{Moment, Seconds};
pub use traffic::{Felt, Measured, Traffic};
pub use undo_target::{Because, SeenWhole, can_undo_to, undo_target};
pub use weight::{CanaryStep, CanaryStepKind, Weight, Weights};
