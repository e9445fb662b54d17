//! Creating, changing and deleting objects by the rules of the API: who may change what, what is stamped, what is refused.
//! Clients and controllers go the same way. Knows nothing of HTTP.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::apply;
use super::definition;
pub(super) use super::deletion::{Deletion, Propagation};
use super::form;
use super::ids::Ids;
use super::json::{at, list, number, set, take, text};
use super::kinds::Kinds;
use super::refusal::Refusal;
use super::resource::{DEFINITIONS, DEPLOYMENTS, NAMESPACES, PODS, Resource, SERVICES, by_id};
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

/// How an object came to be as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// Who wrote what is still to be noted.
    Updated,
    /// Server-side apply has noted it.
    Applied,
}

/// The store and its rules.
#[derive(Debug)]
pub(super) struct Objects {
    pub(super) store: Store,
    pub(super) kinds: Arc<Kinds>,
    pub(super) ids: Ids,
    /// Addresses given away.
    addresses: u32,
}

/// Pods that are simulated. More would make a laptop slow, not the lesson better; they are refused as by a quota.
pub(super) const MOST_PODS: usize = 20_000;

/// The API's form of an instant.
pub(super) fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The key of an object that says itself where it is.
pub(super) fn key_of(resource: &Resource, object: &Value) -> Key {
    let namespace = text(object, &["metadata", "namespace"]);
    let namespace = if resource.namespaced { namespace } else { "" };
    Key::new(resource.id(), namespace, text(object, &["metadata", "name"]))
}

impl Objects {
    pub(super) fn new(seed: [u8; 16]) -> Self {
        Self {
            store: Store::default(),
            kinds: Arc::default(),
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
        take(&mut object, &["metadata", "managedFields"]);
        self.create_as(resource, object, Written::Updated, how)
    }

    pub(super) fn create_as(
        &mut self,
        resource: &Resource,
        mut object: Value,
        written: Written,
        how: How<'_>,
    ) -> Result<Value, Refusal> {
        let generated = text(&object, &["metadata", "generateName"]).to_owned();
        if text(&object, &["metadata", "name"]).is_empty() && !generated.is_empty() {
            let name = self.unused(resource, &object, &generated);
            set(&mut object, &["metadata", "name"], name);
        }
        set(&mut object, &["apiVersion"], resource.stored_api_version());
        set(&mut object, &["kind"], resource.kind.as_str());
        for field in ["deletionTimestamp", "resourceVersion", "generation"] {
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
            set(&mut object, &["spec", "clusterIPs"], vec![address.clone()]);
            set(&mut object, &["spec", "clusterIP"], address);
        }
        let key = key_of(resource, &object);
        if let Some(namespace) = Some(&*key.namespace).filter(|it| !it.is_empty()) {
            let home = Key::new(NAMESPACES, "", namespace);
            if self.store.get(&home).is_none() {
                let namespaces = by_id(NAMESPACES).map_or(resource, |it| it);
                return Err(Refusal::not_found(namespaces, namespace));
            }
        }
        if self.store.get(&key).is_some() {
            return Err(Refusal::exists(resource, &key.name));
        }
        if *key.resource == *PODS && self.store.pods() >= MOST_PODS {
            let why = format!(
                "exceeded quota: sandbox, requested: pods=1, used: pods={MOST_PODS}, limited: pods={MOST_PODS}"
            );
            return Err(Refusal::not_admitted(resource, &key.name, &why));
        }
        set(&mut object, &["metadata", "uid"], self.ids.uid());
        set(&mut object, &["metadata", "creationTimestamp"], stamp(how.now));
        if resource.status || resource.custom.is_some() {
            set(&mut object, &["metadata", "generation"], 1);
        }
        if written == Written::Updated {
            apply::note(&mut object, None, resource, Part::Main, how);
        }
        if resource.id() == NAMESPACES {
            set(&mut object, &["status", "phase"], "Active");
        }
        if resource.id() == DEFINITIONS {
            definition::established(&mut object, how.now);
        }
        if how.dry_run {
            return Ok(object);
        }
        let created = self.store.put(key, object).value();
        self.learn(resource);
        Ok(created)
    }

    /// A name that begins so and that nothing has.
    fn unused(&mut self, resource: &Resource, object: &Value, beginning: &str) -> String {
        let namespace = text(object, &["metadata", "namespace"]);
        let namespace = if resource.namespaced { namespace } else { "" };
        loop {
            let name = format!("{beginning}{}", self.ids.ending());
            if self
                .store
                .get(&Key::new(resource.id(), namespace, &name))
                .is_none()
            {
                return name;
            }
        }
    }

    /// Stores a new object of whatever kind it says that it is, with the status that it brings.
    pub(super) fn create_any(&mut self, object: Value, how: How<'_>) -> Result<Value, Refusal> {
        let (version, kind) = (text(&object, &["apiVersion"]), text(&object, &["kind"]));
        let resource = self.kinds.of_object(version, kind).cloned();
        let resource = resource.ok_or_else(|| Refusal::no_such_kind(version, kind))?;
        let status = object.get("status").filter(|_| resource.status).cloned();
        let created = self.create(&resource, object, how)?;
        let Some(status) = status.filter(|_| !how.dry_run) else {
            return Ok(created);
        };
        let mut with_status = created;
        set(&mut with_status, &["status"], status);
        let key = key_of(&resource, &with_status);
        self.replace(&resource, &key, Part::Status, with_status, how)
    }

    /// Serves what definitions say now, where that was one.
    pub(super) fn learn(&mut self, resource: &Resource) {
        if resource.id() == DEFINITIONS {
            let definitions = self.store.list(DEFINITIONS, None);
            self.kinds = Arc::new(Kinds::of(definitions.map(|(_, stored)| stored.value())));
        }
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
        self.replace_as(resource, (key, part), new, Written::Updated, how)
    }

    pub(super) fn replace_as(
        &mut self,
        resource: &Resource,
        (key, part): (&Key, Part),
        new: Value,
        written: Written,
        how: How<'_>,
    ) -> Result<Value, Refusal> {
        let old = self
            .store
            .value(key)
            .ok_or_else(|| Refusal::not_found(resource, &key.name))?;
        guard(resource, key, &old, &new)?;
        let managers = apply::said(&old, &new);
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
                form::set_replicas(resource, &mut object, replicas);
                object
            }
        };
        if !managers.is_null() {
            set(&mut object, &["metadata", "managedFields"], managers);
        }
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
        if noted || is_another_generation(resource, &object, &old) {
            let generation = number(&old, &["metadata", "generation"]).unwrap_or(0);
            set(&mut object, &["metadata", "generation"], generation + 1);
        }
        if written == Written::Updated {
            apply::note(&mut object, Some(&old), resource, part, how);
        }
        if how.dry_run {
            return Ok(object);
        }
        let is_going = !at(&object, &["metadata", "deletionTimestamp"]).is_null();
        let stored = self.store.put(key.clone(), object).value();
        self.learn(resource);
        if is_going && *key.resource != *PODS && list(&stored, &["metadata", "finalizers"]).is_empty() {
            self.store.remove(key);
        }
        Ok(stored)
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

/// Somebody wants something else than before. Of kinds that a definition made, everything but metadata and status is what is
/// wanted.
fn is_another_generation(resource: &Resource, new: &Value, old: &Value) -> bool {
    if resource.custom.is_none() {
        return resource.status && at(new, &["spec"]) != at(old, &["spec"]);
    }
    let wanted = |object: &Value| {
        let mut object = object.clone();
        take(&mut object, &["metadata"]);
        if resource.status {
            take(&mut object, &["status"]);
        }
        object
    };
    wanted(new) != wanted(old)
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
    ];
    for field in kept {
        let path = ["metadata", field];
        take(&mut new, &path);
        if let Some(value) = Some(at(old, &path)).filter(|it| !it.is_null()) {
            set(&mut new, &path, value.clone());
        }
    }
    set(&mut new, &["apiVersion"], resource.stored_api_version());
    set(&mut new, &["kind"], resource.kind.as_str());
    if resource.status {
        take(&mut new, &["status"]);
        if let Some(status) = old.get("status") {
            set(&mut new, &["status"], status.clone());
        }
    }
    new
}

#[cfg(test)]
#[path = "objects_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "objects_custom_tests.rs"]
mod custom_tests;
