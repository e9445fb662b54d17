//! The garbage collector: what all owners of are gone goes as well, and no owner that is gone stays written on what lives.

use jiff::Timestamp;
use serde_json::Value;

use super::controllers::how;
use crate::sandbox::json::{list, set, text};
use crate::sandbox::objects::{Deletion, Objects, Part};
use crate::sandbox::store::{Key, Owner};

/// Looks after everything that an object that is gone owned.
pub(super) fn after(objects: &mut Objects, uid: &str, now: Timestamp) {
    let owned: Vec<Key> = objects.store.owned(uid).map(|(key, _)| key.clone()).collect();
    for key in owned {
        look(objects, &key, now);
    }
}

/// Collects an object, or takes those of its owners away that are gone.
pub(super) fn look(objects: &mut Objects, key: &Key, now: Timestamp) {
    let resource = objects.kinds.by_id(&key.resource).cloned();
    let (Some(stored), Some(resource)) = (objects.store.get(key), resource) else {
        return;
    };
    let gone: Vec<String> = stored
        .owners
        .iter()
        .filter(|owner| !is_there(objects, key, owner))
        .map(|owner| owner.uid.clone())
        .collect();
    if gone.is_empty() {
        return;
    }
    if gone.len() == stored.owners.len() {
        // It may be gone by now, which is as well.
        drop(objects.delete(&resource, key, &Deletion::default(), how(now)));
        return;
    }
    let mut object = stored.value();
    let left: Vec<Value> = list(&object, &["metadata", "ownerReferences"])
        .iter()
        .filter(|owner| !gone.iter().any(|uid| text(owner, &["uid"]) == uid))
        .cloned()
        .collect();
    set(&mut object, &["metadata", "ownerReferences"], left);
    drop(objects.replace(&resource, key, Part::Main, object, how(now)));
}

/// Owners of kinds that are not known are believed to be there.
fn is_there(objects: &Objects, of: &Key, owner: &Owner) -> bool {
    let mut known = false;
    // Kinds of several groups may have one name.
    for resource in objects.kinds.all().filter(|it| it.kind == owner.kind) {
        known = true;
        let namespace = if resource.namespaced { &*of.namespace } else { "" };
        let key = Key::new(resource.id(), namespace, &owner.name);
        let found = objects.store.get(&key);
        if found.is_some_and(|stored| stored.uid == owner.uid) {
            return true;
        }
    }
    !known
}
