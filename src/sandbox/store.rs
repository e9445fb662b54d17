//! The objects as the bytes that are served, with what they are found by; one version for all of them, and the changes that a
//! watch can go on from. Knows nothing of what objects mean: it stores whatever it is given.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::watch;

use super::facts::Pod;
use super::json::{at, list, set, text};
use super::resource::PODS;

/// Changes that are remembered; a watch that is further behind has to list again.
const HISTORY: usize = 8192;

/// What they may hold, in bytes: large objects are forgotten sooner.
const HISTORY_BYTES: usize = 16 << 20;

/// Where versions begin. What came before is remembered by nobody, as in a cluster that is older than its server.
const FIRST: u64 = 1000;

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
    /// For a pod.
    pub(super) pod: Option<Box<Pod>>,
}

impl Stored {
    pub(super) fn of(value: &Value) -> Self {
        let labels = at(value, &["metadata", "labels"]).as_object();
        let labels = labels.into_iter().flatten();
        let owners = list(value, &["metadata", "ownerReferences"]).iter();
        Self {
            bytes: written(value),
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
            pod: Pod::of(value),
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
    /// What each uid owns; what nobody owns is under the empty one.
    owned: BTreeMap<String, BTreeSet<Key>>,
    pods: usize,
    history: VecDeque<Change>,
    /// Bytes that only the history may hold on to.
    remembered: usize,
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
            pods: 0,
            owned: BTreeMap::new(),
            history: VecDeque::new(),
            remembered: 0,
            version: FIRST,
            limit,
            news: watch::Sender::new(FIRST),
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

    /// How many pods there are.
    pub(super) fn pods(&self) -> usize {
        self.pods
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Arc<Stored>> {
        self.objects.get(key)
    }

    pub(super) fn value(&self, key: &Key) -> Option<Value> {
        self.get(key).map(|stored| stored.value())
    }

    /// An object with its own key.
    pub(super) fn entry(&self, key: &Key) -> Option<(&Key, &Arc<Stored>)> {
        self.objects.get_key_value(key)
    }

    /// Those of a kind in a namespace that nobody owns.
    pub(super) fn unowned<'a>(
        &'a self,
        resource: &'a str,
        namespace: &'a str,
    ) -> impl Iterator<Item = (&'a Key, &'a Arc<Stored>)> {
        let first = Key::new(resource, namespace, "");
        let keys = self.owned.get("").map(|keys| keys.range(first..));
        let keys = keys.into_iter().flatten();
        keys.take_while(move |key| within(key, resource, Some(namespace)))
            .filter_map(|key| self.objects.get_key_value(key))
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

    /// Those of a kind as they were at a version, after a key, by namespace and name. Only what changed since is looked at
    /// besides what there is.
    pub(super) fn list_at<'a>(
        &'a self,
        resource: &'a str,
        namespace: Option<&'a str>,
        version: u64,
        after: Option<&Key>,
    ) -> Result<impl Iterator<Item = (&'a Key, &'a Arc<Stored>)>, Gone> {
        // What each of them was then, by the first change since.
        let mut then: BTreeMap<&Key, Option<&Arc<Stored>>> = BTreeMap::new();
        for change in self.since(version)? {
            if within(&change.key, resource, namespace) && after.is_none_or(|after| change.key > *after) {
                then.entry(&change.key).or_insert(change.before.as_ref());
            }
        }
        let first = after.map_or_else(
            || Bound::Included(Key::new(resource, namespace.unwrap_or_default(), "")),
            |after| Bound::Excluded(after.clone()),
        );
        let changed: BTreeSet<&Key> = then.keys().copied().collect();
        let same = self
            .objects
            .range((first, Bound::Unbounded))
            .take_while(move |(key, _)| within(key, resource, namespace))
            .filter(move |(key, _)| !changed.contains(key));
        let mut others = then
            .into_iter()
            .filter_map(|(key, stored)| Some((key, stored?)))
            .peekable();
        let mut same = same.peekable();
        Ok(std::iter::from_fn(move || match (same.peek(), others.peek()) {
            (Some((one, _)), Some((other, _))) if other < one => others.next(),
            (Some(_), _) => same.next(),
            (None, _) => others.next(),
        }))
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
        if before.is_none() && *key.resource == *PODS {
            self.pods += 1;
        }
        self.forget_owners(&key, before.as_deref());
        for uid in owners(&stored) {
            self.owned.entry(uid.to_owned()).or_default().insert(key.clone());
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
        if *key.resource == *PODS {
            self.pods = self.pods.saturating_sub(1);
        }
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
        for uid in before.into_iter().flat_map(owners) {
            if let Some(keys) = self.owned.get_mut(uid) {
                keys.remove(key);
                if keys.is_empty() {
                    self.owned.remove(uid);
                }
            }
        }
    }

    fn tell(&mut self, change: Change) {
        self.version = change.version;
        self.remembered += change.object.bytes.len();
        self.history.push_back(change);
        while self.history.len() > self.limit || (self.remembered > HISTORY_BYTES && self.history.len() > 1) {
            let Some(oldest) = self.history.pop_front() else {
                break;
            };
            self.remembered -= oldest.object.bytes.len();
        }
        self.news.send_replace(self.version);
    }
}

/// What an object is comes first, so that a list can leave it out without reading it.
fn written(value: &Value) -> Bytes {
    let Some(fields) = value.as_object() else {
        return Bytes::from(value.to_string());
    };
    let first = ["apiVersion", "kind"];
    let named = first.iter().filter_map(|name| fields.get_key_value(*name));
    let others = fields.iter().filter(|(name, _)| !first.contains(&name.as_str()));
    let mut text = Vec::with_capacity(2048);
    for (name, value) in named.chain(others) {
        text.push(if text.is_empty() { b'{' } else { b',' });
        // Keys and values are JSON already: writing them to memory cannot fail.
        let written = serde_json::to_writer(&mut text, name);
        text.push(b':');
        drop(written.and_then(|()| serde_json::to_writer(&mut text, value)));
    }
    if text.is_empty() {
        text.push(b'{');
    }
    text.push(b'}');
    text.shrink_to_fit();
    Bytes::from(text)
}

fn owners(stored: &Stored) -> impl Iterator<Item = &str> {
    let nobody = stored.owners.is_empty().then_some("");
    stored.owners.iter().map(|owner| owner.uid.as_str()).chain(nobody)
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

    fn numbers(store: &Store, version: u64, after: Option<&Key>) -> Vec<i64> {
        let then = store
            .list_at("things", Some("shop"), version, after)
            .ok()
            .unwrap();
        then.filter_map(|(_, it)| it.value()["number"].as_i64()).collect()
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
        assert_eq!(numbers(&store, then, None), [1, 2]);
        assert_eq!(numbers(&store, then, Some(&named("a", 0).0)), [2]);
        assert_eq!(numbers(&store, store.version(), None), [10, 3]);
        assert_eq!(numbers(&store, store.version(), Some(&named("a", 0).0)), [3]);
        assert!(store.list_at("things", None, 1, None).is_err());
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
    fn large_objects_are_forgotten_sooner() {
        let mut store = Store::default();
        let first = store.version();
        for number in 0..40 {
            let (key, mut value) = named("a", number);
            set(&mut value, &["ballast"], "x".repeat(1 << 20));
            store.put(key, value);
        }
        assert_eq!(store.since(first).err(), Some(Gone::TooOld));
        let held: usize = store.history.iter().map(|it| it.object.bytes.len()).sum();
        assert!(held <= HISTORY_BYTES && held == store.remembered, "{held}");
        assert!(store.since(store.version() - 10).is_ok());
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
