//! Deleting objects: at once, after a pod's grace, after what holds them; with what they own, or without. What is left of an
//! owner's objects is the controllers' work.

use std::sync::Arc;

use serde_json::{Value, json};

use super::json::{at, list, number, set, text};
use super::objects::{How, Objects, stamp};
use super::refusal::Refusal;
use super::resource::{DEFINITIONS, NAMESPACES, PODS, Resource};
use super::store::{Key, Owner};

/// What a deletion asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Deletion {
    pub(super) uid: Option<String>,
    pub(super) version: Option<String>,
    pub(super) grace: Option<i64>,
    pub(super) propagation: Propagation,
}

/// What becomes of what it owns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Propagation {
    /// It goes afterwards.
    #[default]
    Background,
    /// It goes first, and is waited for.
    Foreground,
    /// It stays, without an owner.
    Orphan,
}

/// Holds an owner until what it owns is gone.
const FOREGROUND: &str = "foregroundDeletion";

impl Objects {
    /// Deletes an object: a pod after its grace, what has finalizers after them, anything else at once.
    pub(super) fn delete(
        &mut self,
        resource: &Resource,
        key: &Key,
        deletion: &Deletion,
        how: How<'_>,
    ) -> Result<Value, Refusal> {
        let mut object = self
            .store
            .value(key)
            .ok_or_else(|| Refusal::not_found(resource, &key.name))?;
        let uid = text(&object, &["metadata", "uid"]).to_owned();
        if let Some(wanted) = deletion.uid.as_ref().filter(|wanted| **wanted != uid) {
            let why = format!(
                "the UID in the precondition ({wanted}) does not match the UID in record ({uid}). The object might have \
                 been deleted and then recreated"
            );
            return Err(Refusal::conflict(resource, &key.name, &why));
        }
        let version = text(&object, &["metadata", "resourceVersion"]).to_owned();
        if let Some(wanted) = deletion.version.as_ref().filter(|wanted| **wanted != version) {
            let why = format!(
                "the ResourceVersion in the precondition ({wanted}) does not match the ResourceVersion in record \
                 ({version}). The object might have been modified"
            );
            return Err(Refusal::conflict(resource, &key.name, &why));
        }
        if how.dry_run {
            return Ok(object);
        }
        if deletion.propagation == Propagation::Orphan {
            self.orphan(&uid);
        }
        let blocked = deletion.propagation == Propagation::Foreground && !self.blocking(&uid).is_empty();
        if blocked {
            let mut holds = list(&object, &["metadata", "finalizers"]).to_vec();
            if !holds.iter().any(|it| it == FOREGROUND) {
                holds.push(FOREGROUND.into());
                set(&mut object, &["metadata", "finalizers"], holds);
            }
        }
        let usual = number(&object, &["spec", "terminationGracePeriodSeconds"]);
        let grace = deletion.grace.or(usual).unwrap_or(30);
        let is_pod = *key.resource == *PODS;
        let waits = (is_pod && grace > 0) || !list(&object, &["metadata", "finalizers"]).is_empty();
        if waits {
            if at(&object, &["metadata", "deletionTimestamp"]).is_null() {
                let grace = if is_pod { grace } else { 0 };
                let end = how.now + jiff::SignedDuration::from_secs(grace.clamp(0, 86_400));
                set(&mut object, &["metadata", "deletionTimestamp"], stamp(end));
                set(&mut object, &["metadata", "deletionGracePeriodSeconds"], grace);
                let going = self.store.put(key.clone(), object).value();
                if blocked {
                    self.delete_owned(&uid, how);
                }
                return Ok(self.store.value(key).unwrap_or(going));
            }
            return Ok(object);
        }
        if *key.resource == *NAMESPACES {
            let kinds = Arc::clone(&self.kinds);
            for resource in kinds.all().filter(|it| it.namespaced) {
                self.clear(resource.id(), Some(&key.name));
            }
        }
        if *key.resource == *DEFINITIONS {
            self.clear(&key.name, None);
        }
        self.store.remove(key);
        self.learn(resource);
        Ok(json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
            "details": { "name": &*key.name, "group": &resource.group, "kind": &resource.plural, "uid": uid },
        }))
    }

    /// What keeps an owner from going first.
    fn blocking(&self, uid: &str) -> Vec<Key> {
        let blocks = |value: &Value| {
            let owners = list(value, &["metadata", "ownerReferences"]);
            let blocks = |owner: &Value| at(owner, &["blockOwnerDeletion"]).as_bool() == Some(true);
            owners
                .iter()
                .any(|owner| text(owner, &["uid"]) == uid && blocks(owner))
        };
        let owned = self.store.owned(uid);
        owned
            .filter(|(_, stored)| blocks(&stored.value()))
            .map(|(key, _)| key.clone())
            .collect()
    }

    /// What it owns goes the same way. What is going already is left to that.
    fn delete_owned(&mut self, uid: &str, how: How<'_>) {
        let kinds = Arc::clone(&self.kinds);
        let foreground = Deletion {
            propagation: Propagation::Foreground,
            ..Deletion::default()
        };
        for key in self.blocking(uid) {
            let owned = self.store.value(&key).unwrap_or_default();
            let is_going = !at(&owned, &["metadata", "deletionTimestamp"]).is_null();
            if let Some(resource) = kinds.by_id(&key.resource).filter(|_| !is_going) {
                // It may be gone by now, which is as well.
                drop(self.delete(resource, &key, &foreground, how));
            }
        }
    }

    /// Lets an owner go that waited for something that is gone now.
    pub(super) fn let_go(&mut self, namespace: &str, owner: &Owner) {
        let kinds = Arc::clone(&self.kinds);
        let places = kinds.all().filter(|it| it.kind == owner.kind);
        let place = places
            .map(|it| Key::new(it.id(), if it.namespaced { namespace } else { "" }, &owner.name))
            .find(|key| self.store.get(key).is_some_and(|it| it.uid == owner.uid));
        let Some((key, mut object)) = place.and_then(|key| Some((key.clone(), self.store.value(&key)?)))
        else {
            return;
        };
        let holds = list(&object, &["metadata", "finalizers"]);
        if !holds.iter().any(|it| it == FOREGROUND) || !self.blocking(&owner.uid).is_empty() {
            return;
        }
        let others: Vec<Value> = holds.iter().filter(|it| *it != FOREGROUND).cloned().collect();
        let is_free = others.is_empty();
        set(&mut object, &["metadata", "finalizers"], others);
        self.store.put(key.clone(), object);
        if is_free {
            self.store.remove(&key);
        }
    }

    /// Takes away all of a kind.
    fn clear(&mut self, id: &str, namespace: Option<&str>) {
        let inside = self.store.list(id, namespace).map(|(key, _)| key.clone());
        for key in inside.collect::<Vec<_>>() {
            self.store.remove(&key);
        }
    }

    fn orphan(&mut self, uid: &str) {
        let owned: Vec<Key> = self.store.owned(uid).map(|(key, _)| key.clone()).collect();
        for key in owned {
            if let Some(mut object) = self.store.value(&key) {
                let owners = list(&object, &["metadata", "ownerReferences"]);
                let others: Vec<Value> = owners
                    .iter()
                    .filter(|owner| text(owner, &["uid"]) != uid)
                    .cloned()
                    .collect();
                set(&mut object, &["metadata", "ownerReferences"], others);
                self.store.put(key, object);
            }
        }
    }
}
