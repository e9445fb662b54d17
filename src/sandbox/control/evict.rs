//! Taking a pod away as a drain does it: where a budget speaks against it, it stays.

use serde_json::{Value, json};

use crate::sandbox::json::{at, number, set, text};
use crate::sandbox::objects::{Deletion, How, Objects, Part};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::resource::{BUDGETS, PODS, Resource, by_id};
use crate::sandbox::store::{Key, Stored};

/// Deletes a pod if its budgets allow it.
pub(in crate::sandbox) fn evict(
    objects: &mut Objects,
    resource: &Resource,
    key: &Key,
    eviction: &Value,
    how: How<'_>,
) -> Result<Value, Refusal> {
    let stored = objects.store.get(key).filter(|_| *key.resource == *PODS);
    let stored = stored
        .cloned()
        .ok_or_else(|| Refusal::not_found(resource, &key.name))?;
    // Who does not run, or goes already, is in nobody's way.
    let counts = stored
        .pod
        .as_deref()
        .is_some_and(|pod| pod.is_active() && !pod.node.is_empty());
    let budgets: Vec<(Key, Value)> = objects
        .store
        .list(BUDGETS, Some(&key.namespace))
        .map(|(key, budget)| (key.clone(), budget.value()))
        .filter(|(_, budget)| counts && protects(budget, &stored))
        .collect();
    for (place, mut budget) in budgets {
        let status = |field| number(&budget, &["status", field]).unwrap_or(0);
        let (allowed, healthy, desired) = (
            status("disruptionsAllowed"),
            status("currentHealthy"),
            status("desiredHealthy"),
        );
        let ready = stored.pod.as_deref().is_some_and(|pod| pod.ready_since.is_some());
        if !ready && healthy >= desired && desired > 0 {
            continue;
        }
        if allowed <= 0 {
            return Err(Refusal::budget(&place.name, desired, healthy));
        }
        // At once, not only when the controller counts again: of two at the same time one must wait.
        set(&mut budget, &["status", "disruptionsAllowed"], allowed - 1);
        if let Some(resource) = by_id(BUDGETS) {
            objects.replace(resource, &place, Part::Status, budget, how)?;
        }
    }
    let deletion = Deletion {
        grace: number(eviction, &["deleteOptions", "gracePeriodSeconds"]),
        ..Deletion::default()
    };
    objects.delete(resource, key, &deletion, how)?;
    Ok(json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201 }))
}

fn protects(budget: &Value, pod: &Stored) -> bool {
    let selector = at(budget, &["spec", "selector"]);
    let pairs = at(selector, &["matchLabels"]).as_object();
    selector.is_object()
        && pairs
            .into_iter()
            .flatten()
            .all(|(label, value)| pod.label(label).is_some_and(|its| its == text(value, &[])))
}
