//! Creating, changing and deleting objects by the rules of the API: who may change what, what is stamped, what is refused.
//! Clients and controllers go the same way. Knows nothing of HTTP.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::ids::Ids;
use super::json::{at, list, number, set, take, text};
use super::refusal::Refusal;
use super::resource::{ALL, DEPLOYMENTS, NAMESPACES, PODS, Resource, SERVICES};
use super::store::{Key, Store};
use super::{check, rules};

/// Who changes something, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct How<'a> {
    pub(super) manager: &'a str,
    pub(super) now: Timestamp,
    /// Nothing is stored.
    pub(super) dry_run: bool,
}

/// Which part of an object is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Main,
    Status,
    Scale,
}

/// What a deletion asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Deletion {
    pub(super) uid: Option<String>,
    pub(super) version: Option<String>,
    pub(super) grace: Option<i64>,
    /// What it owns stays, without an owner.
    pub(super) orphan: bool,
}

/// The store and its rules.
#[derive(Debug)]
pub(super) struct Objects {
    pub(super) store: Store,
    pub(super) ids: Ids,
    /// Addresses given away.
    addresses: u32,
}

/// The API's form of an instant.
pub(super) fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The key of an object that says itself where it is.
pub(super) fn key_of(resource: &Resource, object: &Value) -> Key {
    let namespace = text(object, &["metadata", "namespace"]);
    let namespace = if resource.namespaced { namespace } else { "" };
    Key::new(&resource.id(), namespace, text(object, &["metadata", "name"]))
}

impl Objects {
    pub(super) fn new(seed: [u8; 16]) -> Self {
        Self {
            store: Store::default(),
            ids: Ids::from_seed(seed),
            addresses: 0,
        }
    }

    /// An address that nobody had before, for a pod or a Service.
    pub(super) fn address(&mut self) -> String {
        self.addresses += 1;
        let number = self.addresses;
        format!(
            "10.{}.{}.{}",
            64 + number / 62_500 % 128,
            number / 250 % 250,
            number % 250 + 1
        )
    }

    /// Stores a new object.
    pub(super) fn create(
        &mut self,
        resource: &Resource,
        mut object: Value,
        how: How<'_>,
    ) -> Result<Value, Refusal> {
        let generated = text(&object, &["metadata", "generateName"]).to_owned();
        if text(&object, &["metadata", "name"]).is_empty() && !generated.is_empty() {
            let name = format!("{generated}{}", self.ids.ending());
            set(&mut object, &["metadata", "name"], name);
        }
        set(&mut object, &["apiVersion"], resource.api_version());
        set(&mut object, &["kind"], resource.kind);
        for field in [
            "deletionTimestamp",
            "resourceVersion",
            "managedFields",
            "generation",
        ] {
            take(&mut object, &["metadata", field]);
        }
        if resource.status {
            take(&mut object, &["status"]);
        }
        rules::complete(resource, &mut object);
        check::check(resource, &object, None, None)?;
        let is_service = resource.id() == SERVICES && !how.dry_run;
        if is_service && text(&object, &["spec", "clusterIP"]).is_empty() {
            let address = self.address();
            set(&mut object, &["spec", "clusterIPs"], json!([address]));
            set(&mut object, &["spec", "clusterIP"], address);
        }
        let key = key_of(resource, &object);
        if let Some(namespace) = Some(&*key.namespace).filter(|it| !it.is_empty()) {
            let home = Key::new(NAMESPACES, "", namespace);
            if self.store.get(&home).is_none() {
                let namespaces = ALL.iter().find(|it| it.id() == NAMESPACES).unwrap_or(resource);
                return Err(Refusal::not_found(namespaces, namespace));
            }
        }
        if self.store.get(&key).is_some() {
            return Err(Refusal::exists(resource, &key.name));
        }
        set(&mut object, &["metadata", "uid"], self.ids.uid());
        set(&mut object, &["metadata", "creationTimestamp"], stamp(how.now));
        if resource.status {
            set(&mut object, &["metadata", "generation"], 1);
        }
        managed(&mut object, resource, Part::Main, how);
        if resource.id() == NAMESPACES {
            set(&mut object, &["status", "phase"], "Active");
        }
        if !how.dry_run {
            return Ok(self.store.put(key, object).value());
        }
        Ok(object)
    }

    /// Puts an object, or a part of it, in the place of what is stored.
    pub(super) fn replace(
        &mut self,
        resource: &Resource,
        key: &Key,
        part: Part,
        new: Value,
        how: How<'_>,
    ) -> Result<Value, Refusal> {
        let old = self
            .store
            .value(key)
            .ok_or_else(|| Refusal::not_found(resource, &key.name))?;
        guard(resource, key, &old, &new)?;
        let mut object = match part {
            Part::Main => main(resource, &old, new),
            Part::Status => {
                let mut object = old.clone();
                set(&mut object, &["status"], at(&new, &["status"]).clone());
                // Its controller notes the revision together with the status, and no generation comes of it.
                if resource.id() == DEPLOYMENTS {
                    let notes = at(&new, &["metadata", "annotations"]).clone();
                    set(&mut object, &["metadata", "annotations"], notes);
                }
                object
            }
            Part::Scale => {
                let mut object = old.clone();
                let replicas = number(&new, &["spec", "replicas"]).unwrap_or(0);
                set(&mut object, &["spec", "replicas"], replicas);
                object
            }
        };
        rules::complete(resource, &mut object);
        let scaled = (part == Part::Scale).then_some("Scale");
        check::check(resource, &object, Some(&old), scaled)?;
        if object == old {
            return Ok(old);
        }
        // An annotation of a Deployment may be a wish to its controller.
        let noted = resource.id() == DEPLOYMENTS
            && part == Part::Main
            && at(&object, &["metadata", "annotations"]) != at(&old, &["metadata", "annotations"]);
        if resource.status && (noted || at(&object, &["spec"]) != at(&old, &["spec"])) {
            let generation = number(&old, &["metadata", "generation"]).unwrap_or(0);
            set(&mut object, &["metadata", "generation"], generation + 1);
        }
        managed(&mut object, resource, part, how);
        if how.dry_run {
            return Ok(object);
        }
        let is_going = !at(&object, &["metadata", "deletionTimestamp"]).is_null();
        let stored = self.store.put(key.clone(), object).value();
        if is_going && *key.resource != *PODS && list(&stored, &["metadata", "finalizers"]).is_empty() {
            self.store.remove(key);
        }
        Ok(stored)
    }

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
        let version = text(&object, &["metadata", "resourceVersion"]);
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
        if deletion.orphan {
            self.orphan(&uid);
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
                return Ok(self.store.put(key.clone(), object).value());
            }
            return Ok(object);
        }
        if *key.resource == *NAMESPACES {
            for resource in ALL.iter().filter(|it| it.namespaced) {
                let id = resource.id();
                let inside = self.store.list(&id, Some(&key.name)).map(|(key, _)| key.clone());
                for key in inside.collect::<Vec<_>>() {
                    self.store.remove(&key);
                }
            }
        }
        self.store.remove(key);
        Ok(json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
            "details": { "name": &*key.name, "group": resource.group, "kind": resource.plural, "uid": uid },
        }))
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

/// What a writer took the object for must be what it is.
fn guard(resource: &Resource, key: &Key, old: &Value, new: &Value) -> Result<(), Refusal> {
    let name = text(new, &["metadata", "name"]);
    if name != &*key.name {
        let why = format!(
            "the name of the object ({name}) does not match the name on the URL ({})",
            key.name
        );
        return Err(Refusal::bad_request(why));
    }
    let differs = |field: &str| {
        let wanted = text(new, &["metadata", field]);
        !wanted.is_empty() && wanted != text(old, &["metadata", field])
    };
    if differs("resourceVersion") {
        let why =
            "the object has been modified; please apply your changes to the latest version and try again";
        return Err(Refusal::conflict(resource, &key.name, why));
    }
    if differs("uid") {
        return Err(Refusal::invalid(
            resource,
            &key.name,
            "metadata.uid",
            "field is immutable",
        ));
    }
    if resource.namespaced && differs("namespace") {
        return Err(Refusal::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    Ok(())
}

/// A whole object, except what nobody writes.
fn main(resource: &Resource, old: &Value, mut new: Value) -> Value {
    let kept = [
        "namespace",
        "uid",
        "creationTimestamp",
        "generation",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "resourceVersion",
        "managedFields",
    ];
    for field in kept {
        let path = ["metadata", field];
        take(&mut new, &path);
        if let Some(value) = Some(at(old, &path)).filter(|it| !it.is_null()) {
            set(&mut new, &path, value.clone());
        }
    }
    set(&mut new, &["apiVersion"], resource.api_version());
    set(&mut new, &["kind"], resource.kind);
    if resource.status {
        take(&mut new, &["status"]);
        if let Some(status) = old.get("status") {
            set(&mut new, &["status"], status.clone());
        }
    }
    new
}

/// Notes who wrote. Which fields is not kept: nobody reads them here.
fn managed(object: &mut Value, resource: &Resource, part: Part, how: How<'_>) {
    let subresource = match part {
        Part::Main => "",
        Part::Status => "status",
        Part::Scale => "scale",
    };
    let others = list(object, &["metadata", "managedFields"])
        .iter()
        .filter(|entry| {
            text(entry, &["manager"]) != how.manager || text(entry, &["subresource"]) != subresource
        });
    let mut entries: Vec<Value> = others.cloned().collect();
    let mut entry = json!({
        "manager": how.manager, "operation": "Update", "apiVersion": resource.api_version(),
        "time": stamp(how.now), "fieldsType": "FieldsV1", "fieldsV1": {},
    });
    if !subresource.is_empty() {
        set(&mut entry, &["subresource"], subresource);
    }
    entries.push(entry);
    set(object, &["metadata", "managedFields"], entries);
}

#[cfg(test)]
#[path = "objects_tests.rs"]
mod tests;
