//! What stands around a workload: who owns it, which Services select it, what scales it.

use crate::domain::{Leaves, Name, Owner, OwnerTool, Reverts, Untrusted};
use crate::objects::{Controller, Coverage, Marks, ObjectStore, Pairs, Reference};

/// Everybody who writes to the workload, the strictest first.
pub(super) fn owners(controller: Option<&Controller>, marks: &Marks) -> Vec<Owner> {
    let mut owners = Vec::new();
    let mut add = |tool, name: Untrusted, reverts| owners.push(Owner { tool, name, reverts });
    if let Some(controller) = controller {
        let api = controller.api_version.raw();
        let tool = if api.starts_with("flagger.app/") {
            OwnerTool::Flagger
        } else if api.starts_with("argoproj.io/") && controller.kind.raw() == "Rollout" {
            OwnerTool::ArgoRollouts
        } else {
            OwnerTool::Operator
        };
        let name = format!("{}/{}", controller.kind.raw(), controller.name.raw());
        add(tool, Untrusted::from(name), Reverts::Always);
    }
    if let Some(application) = &marks.argo_cd {
        add(OwnerTool::ArgoCd, application.clone(), Reverts::Perhaps);
    }
    if let Some(object) = &marks.flux {
        add(OwnerTool::Flux, object.clone(), Reverts::Later);
    }
    if let Some(release) = &marks.helm {
        add(OwnerTool::Helm, release.clone(), Reverts::Later);
    }
    if marks.applied {
        add(OwnerTool::Apply, Untrusted::from("kubectl apply"), Reverts::Later);
    }
    owners
}

/// Names of the Services that select pods with these labels.
pub(super) fn services(store: &ObjectStore, namespace: &Untrusted, labels: &Pairs) -> Vec<Untrusted> {
    let mut names: Vec<Untrusted> = labels
        .iter()
        .flat_map(|pair| {
            let reference = Reference::Selects(namespace.clone(), pair.clone());
            store.services.by(&reference)
        })
        .filter(|service| service.selects(labels))
        .map(|service| service.name.name.clone())
        .collect();
    names.sort();
    names.dedup();
    names
}

/// Services and `PodDisruptionBudget`s that select pods labelled `now` and not pods labelled `then`. A Service is emptied when
/// no ready pod of another workload is behind it.
pub(super) fn leaving(
    store: &ObjectStore,
    namespace: &Untrusted,
    now: &Pairs,
    then: &Pairs,
    workload: &Untrusted,
) -> Vec<Leaves> {
    let services = store
        .services
        .in_namespace(namespace)
        .filter(|service| service.selects(now) && !service.selects(then))
        .map(|service| Leaves {
            kind: "Service",
            name: service.name.name.clone(),
            empties: !store.pods.in_namespace(namespace).any(|pod| {
                pod.ready && service.selects(&pod.labels) && !belongs(store, pod.owner.as_ref(), workload)
            }),
        });
    let selects = |selector: &Pairs, labels: &Pairs| selector.iter().all(|pair| labels.contains(pair));
    let budgets = store
        .budgets
        .in_namespace(namespace)
        .filter(|budget| !budget.selector.is_empty())
        .filter(|budget| selects(&budget.selector, now) && !selects(&budget.selector, then))
        .map(|budget| Leaves {
            kind: "PodDisruptionBudget",
            name: budget.name.name.clone(),
            empties: false,
        });
    services.chain(budgets).collect()
}

/// Whether a pod, told by its owner, is of this workload.
fn belongs(store: &ObjectStore, owner: Option<&Untrusted>, workload: &Untrusted) -> bool {
    let set = owner.and_then(|owner| store.replica_sets.by(&Reference::Uid(owner.clone())).next());
    set.is_some_and(|set| set.owner.as_ref() == Some(workload))
}

/// What sets its number of pods, with its bounds.
pub(super) fn autoscaler(store: &ObjectStore, kind: &str, name: &Name) -> Option<(Untrusted, u32, u32)> {
    let reference = Reference::Scales(name.namespace.clone(), Untrusted::from(kind), name.name.clone());
    let found = store.autoscalers.by(&reference).next()?;
    Some((found.name.name.clone(), found.min, found.max))
}

/// Why a kind cannot be counted, in words; `None` when it can.
pub(super) fn unread(what: &str, coverage: &Coverage) -> Option<Untrusted> {
    match coverage {
        Coverage::Read => None,
        Coverage::NotYet => Some(Untrusted::from(format!("{what}: not read yet"))),
        Coverage::Absent => Some(Untrusted::from(format!("{what}: not served here"))),
        Coverage::Unreadable(why) => Some(Untrusted::from(format!("{what}: {}", why.raw()))),
    }
}
