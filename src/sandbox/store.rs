//! The objects as the bytes that are served, with what they are found by; one version for all of them, and the changes that a
//! watch can go on from. Knows nothing of what objects mean: it stores whatever it is given.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::watch;

use super::json::{at, list, set, text};

/// Changes that are remembered; a watch that is further behind has to list again.
const HISTORY: usize = 8192;

/// Where an object is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    /// As [`super::resource::Resource::id`] has it.
    pub(super) resource: Arc<str>,
    /// Empty for what is in no namespace.
    pub(super) namespace: Arc<str>,
    pub(super) name: Arc<str>,
}

impl Key {
    pub(super) fn new(resource: &str, namespace: &str, name: &str) -> Self {
        Self {
            resource: resource.into(),
            namespace: namespace.into(),
            name: name.into(),
        }
    }
}

/// An owner reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) uid: String,
}

/// An object at one version.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) bytes: Bytes,
    pub(super) uid: String,
    pub(super) labels: Vec<(String, String)>,
    pub(super) owners: Vec<Owner>,
}

impl Stored {
    pub(super) fn of(value: &Value) -> Self {
        let labels = at(value, &["metadata", "labels"]).as_object();
        let labels = labels.into_iter().flatten();
        let owners = list(value, &["metadata", "ownerReferences"]).iter();
        Self {
            bytes: Bytes::from(value.to_string()),
            uid: text(value, &["metadata", "uid"]).to_owned(),
            labels: labels
                .map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()))
                .collect(),
            owners: owners
                .map(|owner| Owner {
                    kind: text(owner, &["kind"]).to_owned(),
                    name: text(owner, &["name"]).to_owned(),
                    uid: text(owner, &["uid"]).to_owned(),
                })
                .collect(),
        }
    }

    /// The object, read from its bytes. They were written by [`Self::of`].
    pub(super) fn value(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }

    pub(super) fn label(&self, key: &str) -> Option<&str> {
        let found = self.labels.iter().find(|(its, _)| its == key);
        found.map(|(_, value)| value.as_str())
    }
}

/// What happened to an object.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) version: u64,
    pub(super) key: Key,
    pub(super) before: Option<Arc<Stored>>,
    /// For what was deleted: as it was last, at the version of the deletion.
    pub(super) object: Arc<Stored>,
    pub(super) deleted: bool,
}

/// Why nothing can be said about a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gone {
    /// Its changes are forgotten.
    TooOld,
    /// It has not come yet.
    NotYet,
}

/// All objects.
#[derive(Debug)]
pub(super) struct Store {
    objects: BTreeMap<Key, Arc<Stored>>,
    /// What each uid owns.
    owned: BTreeMap<String, BTreeSet<Key>>,
    history: VecDeque<Change>,
    version: u64,
    limit: usize,
    news: watch::Sender<u64>,
}

impl Default for Store {
    fn default() -> Self {
        Self::remembering(HISTORY)
    }
}

impl Store {
    /// A store that remembers so many changes.
    pub(super) fn remembering(limit: usize) -> Self {
        Self {
            objects: BTreeMap::new(),
            owned: BTreeMap::new(),
            history: VecDeque::new(),
            version: 1,
            limit,
            news: watch::Sender::new(1),
        }
    }

    /// The version of the last change.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// Tells whenever something changed.
    pub(super) fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Arc<Stored>> {
        self.objects.get(key)
    }

    pub(super) fn value(&self, key: &Key) -> Option<Value> {
        self.get(key).map(|stored| stored.value())
    }

    /// Those of a kind, in one namespace or all, by namespace and name.
    pub(super) fn list<'a>(
        &'a self,
        resource: &'a str,
        namespace: Option<&'a str>,
    ) -> impl Iterator<Item = (&'a Key, &'a Arc<Stored>)> {
        let first = Key::new(resource, namespace.unwrap_or_default(), "");
        self.objects
            .range(first..)
            .take_while(move |(key, _)| within(key, resource, namespace))
    }

    /// What that uid owns.
    pub(super) fn owned(&self, uid: &str) -> impl Iterator<Item = (&Key, &Arc<Stored>)> {
        let keys = self.owned.get(uid).into_iter().flatten();
        keys.filter_map(|key| self.objects.get_key_value(key))
    }

    /// Those of a kind as they were at a version.
    pub(super) fn list_at(
        &self,
        resource: &str,
        namespace: Option<&str>,
        version: u64,
    ) -> Result<BTreeMap<Key, Arc<Stored>>, Gone> {
        let mut then: BTreeMap<Key, Arc<Stored>> = self
            .list(resource, namespace)
            .map(|(key, stored)| (key.clone(), Arc::clone(stored)))
            .collect();
        let since: Vec<&Change> = self.since(version)?.collect();
        for change in since.into_iter().rev() {
            if within(&change.key, resource, namespace) {
                match &change.before {
                    Some(before) => drop(then.insert(change.key.clone(), Arc::clone(before))),
                    None => drop(then.remove(&change.key)),
                }
            }
        }
        Ok(then)
    }

    /// The changes after a version, oldest first.
    pub(super) fn since(&self, version: u64) -> Result<impl Iterator<Item = &Change> + '_, Gone> {
        if version > self.version {
            return Err(Gone::NotYet);
        }
        let oldest = self.history.front().map_or(self.version + 1, |it| it.version);
        if version + 1 < oldest {
            return Err(Gone::TooOld);
        }
        let start = self.history.partition_point(|change| change.version <= version);
        Ok(self.history.range(start..))
    }

    /// Stores an object at the next version.
    pub(super) fn put(&mut self, key: Key, mut value: Value) -> Arc<Stored> {
        let version = self.version + 1;
        set(&mut value, &["metadata", "resourceVersion"], version.to_string());
        let stored = Arc::new(Stored::of(&value));
        let before = self.objects.insert(key.clone(), Arc::clone(&stored));
        self.forget_owners(&key, before.as_deref());
        for owner in &stored.owners {
            self.owned
                .entry(owner.uid.clone())
                .or_default()
                .insert(key.clone());
        }
        self.tell(Change {
            version,
            key,
            before,
            object: Arc::clone(&stored),
            deleted: false,
        });
        stored
    }

    /// Takes an object away. Hands out its last state.
    pub(super) fn remove(&mut self, key: &Key) -> Option<Arc<Stored>> {
        let before = self.objects.remove(key)?;
        self.forget_owners(key, Some(&before));
        let version = self.version + 1;
        let mut value = before.value();
        set(&mut value, &["metadata", "resourceVersion"], version.to_string());
        let object = Arc::new(Stored::of(&value));
        self.tell(Change {
            version,
            key: key.clone(),
            before: Some(before),
            object: Arc::clone(&object),
            deleted: true,
        });
        Some(object)
    }

    fn forget_owners(&mut self, key: &Key, before: Option<&Stored>) {
        for owner in before.into_iter().flat_map(|before| &before.owners) {
            if let Some(keys) = self.owned.get_mut(&owner.uid) {
                keys.remove(key);
                if keys.is_empty() {
                    self.owned.remove(&owner.uid);
                }
            }
        }
    }

    fn tell(&mut self, change: Change) {
        self.version = change.version;
        self.history.push_back(change);
        while self.history.len() > self.limit {
            self.history.pop_front();
        }
        self.news.send_replace(self.version);
    }
}

fn within(key: &Key, resource: &str, namespace: Option<&str>) -> bool {
    *key.resource == *resource && namespace.is_none_or(|namespace| *key.namespace == *namespace)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn named(name: &str, number: u32) -> (Key, Value) {
        let value =
            json!({ "metadata": { "name": name, "namespace": "shop", "uid": name }, "number": number });
        (Key::new("things", "shop", name), value)
    }

    fn numbers(objects: &BTreeMap<Key, Arc<Stored>>) -> Vec<i64> {
        let values = objects.values().map(|it| it.value());
        values.filter_map(|value| value["number"].as_i64()).collect()
    }

    #[test]
    fn a_list_can_be_had_as_it_was() {
        let mut store = Store::default();
        for (name, number) in [("a", 1), ("b", 2)] {
            let (key, value) = named(name, number);
            store.put(key, value);
        }
        let then = store.version();
        let (key, value) = named("a", 10);
        store.put(key, value);
        store.remove(&named("b", 0).0);
        let (key, value) = named("c", 3);
        store.put(key, value);
        let at = |version| numbers(&store.list_at("things", Some("shop"), version).unwrap());
        assert_eq!(at(then), [1, 2]);
        assert_eq!(at(store.version()), [10, 3]);
        assert_eq!(store.since(then).unwrap().count(), 3);
        assert_eq!(store.list("things", Some("other")).count(), 0);
    }

    #[test]
    fn what_is_forgotten_is_told_and_what_has_not_come_too() {
        let mut store = Store::remembering(2);
        let first = store.version();
        for number in 0..3 {
            let (key, value) = named("a", number);
            store.put(key, value);
        }
        assert_eq!(store.since(first).err(), Some(Gone::TooOld));
        assert_eq!(store.since(first + 1).unwrap().count(), 2);
        assert_eq!(store.since(store.version()).unwrap().count(), 0);
        assert_eq!(store.since(store.version() + 1).err(), Some(Gone::NotYet));
    }

    #[test]
    fn what_is_owned_is_found_until_it_goes() {
        let mut store = Store::default();
        let (key, mut value) = named("a", 1);
        set(
            &mut value,
            &["metadata", "ownerReferences"],
            json!([{ "uid": "boss" }]),
        );
        store.put(key.clone(), value.clone());
        store.put(key.clone(), value);
        assert_eq!(store.owned("boss").count(), 1);
        let last = store.remove(&key).unwrap();
        let version = text(&last.value(), &["metadata", "resourceVersion"]).to_owned();
        assert_eq!(
            version,
            store.version().to_string(),
            "the deletion has a version of its own"
        );
        assert_eq!(store.owned("boss").count(), 0);
    }
}
