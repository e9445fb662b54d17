//! The facts that the guard is asked with, gathered from the model at the moment of confirmation.

use jiff::Timestamp;

use crate::domain::{Liveness, ObjectKind, Refusal, RefusalKind, RolloutKey, Seconds};

use super::guard::{self, Facts, Typed};
use super::{Approved, Context, Model, Sheet, Source};

/// Asks the guard.
pub(super) fn decide(context: &Context<'_>, model: &Model, read_again: bool) -> Result<Approved, Refusal> {
    let sheet = model.sheet().ok_or_else(no_sheet)?;
    let plan = sheet.plan.as_ref().ok_or_else(no_sheet)?;
    let facts = facts(context, model, sheet, read_again)?;
    guard::approve(plan, plan.digest(), &facts, typed(sheet), sheet.authority.clone())
}

/// What speaks against the plan of the open sheet, were it confirmed now.
pub(super) fn objection(context: &Context<'_>, model: &Model, token: &str) -> Result<(), Refusal> {
    let sheet = model.sheet().ok_or_else(no_sheet)?;
    let plan = sheet.plan.as_ref().ok_or_else(no_sheet)?;
    // It will be read again once it is confirmed.
    let facts = facts(context, model, sheet, true)?;
    let typed = Typed {
        token,
        ..typed(sheet)
    };
    guard::objections(plan, &facts, typed)
}

fn no_sheet() -> Refusal {
    Refusal::new(RefusalKind::NotNow, "nothing is open", "")
}

fn typed(sheet: &Sheet) -> Typed<'_> {
    Typed {
        token: sheet.token.value(),
        reason: sheet.reason.value(),
    }
}

fn facts<'a>(
    context: &Context<'_>,
    model: &'a Model,
    sheet: &'a Sheet,
    read_again: bool,
) -> Result<Facts<'a>, Refusal> {
    let source = model.sources.get(&sheet.key.cluster).ok_or_else(no_sheet)?;
    let in_flight = model
        .follows
        .iter()
        .find(|follow| *follow.key() == sheet.key && follow.locks(context.now));
    Ok(Facts {
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
        choice: &sheet.choice,
        cluster: sheet.cluster.as_ref(),
        now: source.server_time(context.now),
    })
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
