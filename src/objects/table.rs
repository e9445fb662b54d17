//! The objects of one kind by name, found by what they refer to without a search.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::domain::{Name, Pod, Untrusted};

use super::{
    ArgoRollout, Autoscaler, Deployment, DisruptionBudget, EndpointSlice, Event, Namespace, ReplicaSet,
    Service,
};

/// What an object can be looked up by, beside its name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reference {
    Uid(Untrusted),
    /// Its controller's uid.
    Owner(Untrusted),
    /// The uid of the object that it is about.
    About(Untrusted),
    /// The first pair of its selector, in a namespace: whatever it selects has that pair.
    Selects(Untrusted, (Untrusted, Untrusted)),
    /// Whose replicas it sets: namespace, kind, name.
    Scales(Untrusted, Untrusted, Untrusted),
    /// The Deployment whose template it takes: namespace, name.
    Workload(Untrusted, Untrusted),
    /// The Service that it belongs to: namespace, name.
    Service(Untrusted, Untrusted),
}

/// An object that a table holds.
pub trait Kept: PartialEq {
    fn name(&self) -> &Name;
    fn references(&self) -> Vec<Reference>;
}

/// What putting an object in a table did.
#[derive(Debug)]
pub(super) enum Put<T> {
    Same,
    New,
    Replaced(Arc<T>),
}

/// The objects of one kind.
#[derive(Debug)]
pub struct Table<T> {
    rows: BTreeMap<Name, Arc<T>>,
    references: HashMap<Reference, BTreeSet<Name>>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            references: HashMap::new(),
        }
    }
}

impl<T> Table<T> {
    /// The object of that name.
    pub fn get(&self, name: &Name) -> Option<&Arc<T>> {
        self.rows.get(name)
    }

    /// All of them, by namespace and name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<T>> {
        self.rows.values()
    }

    /// Those of one namespace, by name.
    pub fn in_namespace<'a>(&'a self, namespace: &'a Untrusted) -> impl Iterator<Item = &'a Arc<T>> {
        self.names_in(namespace).map(|(_, row)| row)
    }

    /// Those that refer to this, by name.
    pub fn by<'a>(&'a self, reference: &Reference) -> impl Iterator<Item = &'a Arc<T>> + use<'a, T> {
        self.references
            .get(reference)
            .into_iter()
            .flatten()
            .filter_map(|name| self.rows.get(name))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The names in a namespace, or all of them.
    pub(super) fn names(&self, namespace: Option<&str>) -> BTreeSet<Name> {
        match namespace {
            Some(namespace) => {
                let namespace = Untrusted::from(namespace);
                self.names_in(&namespace).map(|(name, _)| name.clone()).collect()
            }
            None => self.rows.keys().cloned().collect(),
        }
    }

    fn names_in<'a>(&'a self, namespace: &'a Untrusted) -> impl Iterator<Item = (&'a Name, &'a Arc<T>)> {
        let first = Name {
            namespace: namespace.clone(),
            name: Untrusted::from(""),
        };
        self.rows
            .range(first..)
            .take_while(move |(name, _)| name.namespace == *namespace)
    }
}

impl<T: Kept> Table<T> {
    pub(super) fn put(&mut self, object: Arc<T>) -> Put<T> {
        if self.rows.get(object.name()).is_some_and(|row| **row == *object) {
            return Put::Same;
        }
        let before = self.take(object.name());
        for reference in object.references() {
            self.references
                .entry(reference)
                .or_default()
                .insert(object.name().clone());
        }
        self.rows.insert(object.name().clone(), object);
        before.map_or(Put::New, Put::Replaced)
    }

    pub(super) fn take(&mut self, name: &Name) -> Option<Arc<T>> {
        let row = self.rows.remove(name)?;
        for reference in row.references() {
            if let Some(names) = self.references.get_mut(&reference) {
                names.remove(name);
                if names.is_empty() {
                    self.references.remove(&reference);
                }
            }
        }
        Some(row)
    }
}

macro_rules! kept {
    ($($kind:ty: |$object:ident| $references:expr;)*) => {$(
        impl Kept for $kind {
            fn name(&self) -> &Name {
                &self.name
            }

            fn references(&self) -> Vec<Reference> {
                let $object = self;
                $references
            }
        }
    )*};
}

kept! {
    Deployment: |it| vec![Reference::Uid(it.uid.clone())];
    ReplicaSet: |it| with_owner(it.owner.as_ref(), vec![Reference::Uid(it.uid.clone())]);
    Pod: |it| with_owner(it.owner.as_ref(), Vec::new());
    Service: |it| it
        .selector
        .first()
        .map(|pair| Reference::Selects(it.name.namespace.clone(), pair.clone()))
        .into_iter()
        .collect();
    EndpointSlice: |it| it
        .service
        .iter()
        .map(|service| Reference::Service(it.name.namespace.clone(), service.clone()))
        .collect();
    Autoscaler: |it| vec![Reference::Scales(
        it.name.namespace.clone(),
        it.target_kind.clone(),
        it.target_name.clone(),
    )];
    DisruptionBudget: |it| it
        .selector
        .first()
        .map(|pair| Reference::Selects(it.name.namespace.clone(), pair.clone()))
        .into_iter()
        .collect();
    Event: |it| vec![Reference::About(it.about_uid.clone())];
    Namespace: |_it| Vec::new();
    ArgoRollout: |it| {
        let mut references = vec![Reference::Uid(it.uid.clone())];
        if let Some(workload) = &it.workload {
            references.push(Reference::Workload(it.name.namespace.clone(), workload.clone()));
        }
        references
    };
}

fn with_owner(owner: Option<&Untrusted>, mut references: Vec<Reference>) -> Vec<Reference> {
    references.extend(owner.map(|owner| Reference::Owner(owner.clone())));
    references
}
