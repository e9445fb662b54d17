//! The facts that the guard is asked with, gathered from the model at the moment of confirmation.

use jiff::Timestamp;

use crate::domain::{Liveness, ObjectKind, Refusal, RefusalKind, RolloutKey, Seconds};

use super::guard::{self, Facts, Typed};
use super::{Approved, Authority, Context, Model, Source};

/// Asks the guard.
pub(super) fn decide(context: &Context<'_>, model: &Model, read_again: bool) -> Result<Approved, Refusal> {
    let no_sheet = || Refusal::new(RefusalKind::NotNow, "nothing is open", "");
    let sheet = model.sheet().ok_or_else(no_sheet)?;
    let plan = sheet.plan.as_ref().ok_or_else(no_sheet)?;
    let source = model.sources.get(&sheet.key.cluster).ok_or_else(no_sheet)?;
    let in_flight = model
        .follows
        .iter()
        .find(|follow| *follow.key() == sheet.key && follow.locks(context.now));
    let facts = Facts {
        environment: context.policy.environment,
        read_only: context.policy.read_only || source.read_only,
        permission: &sheet.permission,
        dry_run: &sheet.dry_run,
        record: &sheet.record,
        panes: &sheet.panes,
        liveness: sheet_liveness(source, &sheet.key, context.now),
        read_again,
        in_flight: in_flight.map(|follow| follow.plan.step.verb()),
        pin_broken: source.pin_broken.as_ref(),
        uid: model.rollout(&sheet.key).map(|rollout| &rollout.uid),
    };
    let typed = Typed {
        token: sheet.token.value(),
        reason: sheet.reason.value(),
    };
    guard::approve(plan, plan.digest(), &facts, typed, Authority::Sheet(sheet.id))
}

/// The worst of the kinds that a sheet shows values of.
pub fn sheet_liveness(source: &Source, key: &RolloutKey, now: Timestamp) -> Liveness {
    let workload = match key.driver {
        crate::domain::Driver::Deployment => ObjectKind::Deployment,
        crate::domain::Driver::Argo => ObjectKind::ArgoRollout,
    };
    let namespace = key.name.namespace.shown();
    let mut worst = Liveness::Fresh;
    for kind in [workload, ObjectKind::ReplicaSet, ObjectKind::Pod] {
        worst = match (worst, source.liveness(kind, &namespace, now)) {
            (Liveness::Unknown, _) | (_, Liveness::Unknown) => Liveness::Unknown,
            (Liveness::Old(one), Liveness::Old(other)) => Liveness::Old(Seconds(one.0.max(other.0))),
            (Liveness::Old(age), Liveness::Fresh) | (Liveness::Fresh, Liveness::Old(age)) => {
                Liveness::Old(age)
            }
            (Liveness::Fresh, Liveness::Fresh) => Liveness::Fresh,
        };
    }
    worst
}
