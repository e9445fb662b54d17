//! Taking in what has no owner and is selected, and letting go what is no longer selected. The same for pods of a set and sets
//! of a Deployment.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::controllers::how;
use crate::sandbox::json::{at, list, set, text};
use crate::sandbox::objects::{Objects, Part};
use crate::sandbox::resource::by_id;
use crate::sandbox::store::{Key, Stored};

/// Makes `owner`, of that kind, own what it selects of `resource`, and nothing else.
pub(super) fn settle(
    objects: &mut Objects,
    owner: &Value,
    kind: &str,
    resource: &'static str,
    now: Timestamp,
) {
    let uid = text(owner, &["metadata", "uid"]);
    let namespace = text(owner, &["metadata", "namespace"]);
    let pairs = at(owner, &["spec", "selector", "matchLabels"]).as_object();
    let selects = |stored: &Stored| {
        pairs.is_some_and(|pairs| {
            pairs
                .iter()
                .all(|(label, value)| stored.label(label).is_some_and(|its| Some(its) == value.as_str()))
        })
    };
    let strays: Vec<Key> = objects
        .store
        .unowned(resource, namespace)
        .filter(|(_, stored)| selects(stored))
        .map(|(key, _)| key.clone())
        .collect();
    let leaving: Vec<Key> = objects
        .store
        .owned(uid)
        .filter(|(key, stored)| *key.resource == *resource && !selects(stored))
        .map(|(key, _)| key.clone())
        .collect();
    let Some(of) = by_id(resource) else {
        return;
    };
    for key in strays {
        let Some(mut object) = objects.store.value(&key) else {
            continue;
        };
        if !at(&object, &["metadata", "deletionTimestamp"]).is_null() {
            continue;
        }
        let reference = json!([{
            "apiVersion": "apps/v1", "kind": kind, "name": text(owner, &["metadata", "name"]), "uid": uid,
            "controller": true, "blockOwnerDeletion": true,
        }]);
        set(&mut object, &["metadata", "ownerReferences"], reference);
        drop(objects.replace(of, &key, Part::Main, object, how(now)));
    }
    for key in leaving {
        let Some(mut object) = objects.store.value(&key) else {
            continue;
        };
        let others: Vec<Value> = list(&object, &["metadata", "ownerReferences"])
            .iter()
            .filter(|it| text(it, &["uid"]) != uid)
            .cloned()
            .collect();
        set(&mut object, &["metadata", "ownerReferences"], others);
        drop(objects.replace(of, &key, Part::Main, object, how(now)));
    }
}
