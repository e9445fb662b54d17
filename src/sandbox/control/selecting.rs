//! Which pods are selected by whom, kept up to date change by change: a pod that changes wakes only those that select it, or
//! selected it before. Knows nothing of what is done with them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use crate::sandbox::objects::Objects;
use crate::sandbox::resource::PODS;
use crate::sandbox::store::{Change, Key, Stored};

/// Somebody with a selector.
#[derive(Debug, Default)]
struct Chooser {
    /// All of them must be on a pod.
    pairs: Vec<(String, String)>,
    /// Names of the pods that have them.
    pods: BTreeSet<Arc<str>>,
}

/// Everybody with a selector.
#[derive(Debug, Default)]
pub(super) struct Selecting {
    choosers: BTreeMap<Key, Chooser>,
    /// By namespace and one of their pairs; those that select everything by an empty one.
    by_pair: BTreeMap<(Arc<str>, String, String), BTreeSet<Key>>,
}

impl Selecting {
    /// Somebody selects by these pairs from now on; `None` selects nothing.
    pub(super) fn choose(&mut self, objects: &Objects, key: &Key, pairs: Option<Vec<(String, String)>>) {
        let same = self.choosers.get(key).map(|it| &it.pairs) == pairs.as_ref();
        if same {
            return;
        }
        self.forget(key);
        let Some(pairs) = pairs else {
            return;
        };
        let pods = objects.store.list(PODS, Some(&key.namespace));
        let pods = pods
            .filter(|(_, pod)| has_all(pod, &pairs))
            .map(|(pod, _)| Arc::clone(&pod.name))
            .collect();
        let found = self.by_pair.entry(place(key, &pairs)).or_default();
        found.insert(key.clone());
        self.choosers.insert(key.clone(), Chooser { pairs, pods });
    }

    /// Somebody is gone.
    pub(super) fn forget(&mut self, key: &Key) {
        if let Some(before) = self.choosers.remove(key) {
            let place = place(key, &before.pairs);
            if let Some(found) = self.by_pair.get_mut(&place) {
                found.remove(key);
                if found.is_empty() {
                    self.by_pair.remove(&place);
                }
            }
        }
    }

    /// A pod changed: says for whom that matters.
    pub(super) fn moved(&mut self, change: &Change) -> BTreeSet<Key> {
        let (before, after) = (
            change.before.as_deref(),
            Some(&*change.object).filter(|_| !change.deleted),
        );
        let (was, is) = (self.of(&change.key, before), self.of(&change.key, after));
        for key in was.difference(&is) {
            if let Some(chooser) = self.choosers.get_mut(key) {
                chooser.pods.remove(&change.key.name);
            }
        }
        for key in is.difference(&was) {
            if let Some(chooser) = self.choosers.get_mut(key) {
                chooser.pods.insert(Arc::clone(&change.key.name));
            }
        }
        was.union(&is).cloned().collect()
    }

    /// Those that select a pod that looks so.
    fn of(&self, key: &Key, pod: Option<&Stored>) -> BTreeSet<Key> {
        let Some(pod) = pod else {
            return BTreeSet::new();
        };
        let own = pod
            .labels
            .iter()
            .map(|(label, value)| (label.as_str(), value.as_str()));
        own.chain([("", "")])
            .filter_map(|(label, value)| {
                let place = (Arc::clone(&key.namespace), label.to_owned(), value.to_owned());
                self.by_pair.get(&place)
            })
            .flatten()
            .filter(|it| {
                self.choosers
                    .get(*it)
                    .is_some_and(|chooser| has_all(pod, &chooser.pairs))
            })
            .cloned()
            .collect()
    }

    /// The pods that somebody selects, by name.
    pub(super) fn pods<'a>(
        &'a self,
        objects: &'a Objects,
        key: &'a Key,
    ) -> impl Iterator<Item = (&'a Key, &'a Arc<Stored>)> {
        let names = self.choosers.get(key).into_iter().flat_map(|it| &it.pods);
        names.filter_map(|name| {
            let pod = Key {
                resource: PODS.into(),
                namespace: Arc::clone(&key.namespace),
                name: Arc::clone(name),
            };
            objects.store.entry(&pod)
        })
    }
}

/// What a Service or a budget selects by.
pub(super) fn pairs(selector: &Value) -> Option<Vec<(String, String)>> {
    let pairs = selector.as_object()?.iter();
    Some(
        pairs
            .map(|(label, value)| (label.clone(), value.as_str().unwrap_or_default().to_owned()))
            .collect(),
    )
}

fn place(key: &Key, pairs: &[(String, String)]) -> (Arc<str>, String, String) {
    let (label, value) = pairs.first().cloned().unwrap_or_default();
    (Arc::clone(&key.namespace), label, value)
}

fn has_all(pod: &Stored, pairs: &[(String, String)]) -> bool {
    pairs
        .iter()
        .all(|(label, value)| pod.label(label) == Some(value.as_str()))
}
