//! From an object to the workload that it belongs to, whoever drives that.

use crate::domain::{Name, Untrusted};
use crate::objects::{ListScope, Object, ObjectStore, Reference};

/// The uid of the workload behind a `ReplicaSet`, a pod, or an Event about a pod.
pub(super) fn workload_uid(object: &Object, store: &ObjectStore) -> Option<Untrusted> {
    let of_pod = |owner: Option<&Untrusted>| {
        let set = store.replica_sets.by(&Reference::Uid(owner?.clone())).next()?;
        set.owner.clone()
    };
    match object {
        Object::ReplicaSet(set) => set.owner.clone(),
        Object::Pod(pod) => of_pod(pod.owner.as_ref()),
        Object::Event(event) => of_pod(store.pods.get(&event.about)?.owner.as_ref()),
        Object::Deployment(_)
        | Object::Service(_)
        | Object::EndpointSlice(_)
        | Object::Autoscaler(_)
        | Object::DisruptionBudget(_)
        | Object::Namespace(_)
        | Object::ArgoRollout(_) => None,
    }
}

/// The workload whose number of pods an autoscaler sets, if it is of `kind`.
pub(super) fn scaled(object: &Object, kind: &str) -> Option<Name> {
    if let Object::Autoscaler(autoscaler) = object
        && autoscaler.target_kind.raw() == kind
    {
        return Some(Name {
            namespace: autoscaler.name.namespace.clone(),
            name: autoscaler.target_name.clone(),
        });
    }
    None
}

/// Whether a list of this scope tells of objects in `name`'s namespace.
pub(super) fn covers(scope: &ListScope, name: &Name) -> bool {
    scope
        .namespace
        .as_ref()
        .is_none_or(|namespace| name.namespace.raw() == &**namespace)
}
