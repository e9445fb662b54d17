//! What every source says, as it is now: tables by kind, how well each is heard, and what could not be read.
//!
//! Fed by [`Change`]s alone, in whatever order watches deliver them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::domain::{KindState, Name, ObjectKind, Oddity, Pod, Untrusted};

use super::table::{Kept, Put};
use super::{
    ArgoRollout, Autoscaler, Change, Deployment, DisruptionBudget, EndpointSlice, Event, ListScope,
    Namespace, Object, ReplicaSet, Service, Table,
};

/// Oddities that are kept; older ones are counted only.
const ODDITIES: usize = 100;

/// What a change touched, for drivers to say which rollouts must be observed anew.
#[derive(Clone, Debug, PartialEq)]
pub enum Touched {
    /// An object came (`before` is `None`), changed, or went (`after` is `None`).
    Object {
        before: Option<Object>,
        after: Option<Object>,
    },
    /// A kind became readable, or ceased to be.
    Coverage(ListScope),
}

impl Touched {
    /// The object on either side of the change.
    pub fn sides(&self) -> impl Iterator<Item = &Object> {
        let (before, after) = match self {
            Self::Object { before, after } => (before.as_ref(), after.as_ref()),
            Self::Coverage(_) => (None, None),
        };
        before.into_iter().chain(after)
    }
}

/// Whether a kind can be counted in a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// Listed whole at least once: what is not there does not exist (or did not, when last heard).
    Read,
    /// Never asked for, or the first list is not complete.
    NotYet,
    /// The server does not have this kind.
    Absent,
    /// May not be read; the server's words.
    Unreadable(Untrusted),
}

/// Everything known of one source.
#[derive(Debug, Default)]
pub struct ObjectStore {
    pub deployments: Table<Deployment>,
    pub replica_sets: Table<ReplicaSet>,
    pub pods: Table<Pod>,
    pub services: Table<Service>,
    pub endpoint_slices: Table<EndpointSlice>,
    pub autoscalers: Table<Autoscaler>,
    pub budgets: Table<DisruptionBudget>,
    pub events: Table<Event>,
    pub namespaces: Table<Namespace>,
    pub argo_rollouts: Table<ArgoRollout>,
    states: BTreeMap<ListScope, KindState>,
    /// Per list under way: the names that it has not mentioned yet.
    unmentioned: BTreeMap<ListScope, BTreeSet<Name>>,
    oddities: VecDeque<Oddity>,
    odd: u64,
}

impl ObjectStore {
    /// Takes in what a watch learnt. Empty when nothing is different from before.
    pub fn apply(&mut self, change: Change) -> Vec<Touched> {
        match change {
            Change::ListBegan(scope) => {
                let names = self.names(&scope);
                self.unmentioned.insert(scope, names);
                Vec::new()
            }
            Change::Applied(object) => {
                self.mentioned(&object);
                self.put(object).into_iter().collect()
            }
            Change::Deleted { kind, name } => self.take(kind, &name).into_iter().collect(),
            Change::ListEnded(scope) => {
                let gone = self.unmentioned.remove(&scope).unwrap_or_default();
                gone.iter()
                    .filter_map(|name| self.take(scope.kind, name))
                    .collect()
            }
            Change::Health { scope, state } => self.heard(scope, state),
            Change::Odd(oddity) => {
                self.note(oddity);
                Vec::new()
            }
        }
    }

    /// Nobody watches this scope any more. What it has is not swept: another list may have it too.
    pub fn unwatched(&mut self, scope: &ListScope) -> Vec<Touched> {
        self.unmentioned.remove(scope);
        match self.states.remove(scope) {
            Some(_) => vec![Touched::Coverage(scope.clone())],
            None => Vec::new(),
        }
    }

    /// How well a kind is heard in a namespace: by the list of that namespace, else by the list of all. `None` when neither
    /// was asked for.
    pub fn state(&self, kind: ObjectKind, namespace: &str) -> Option<&KindState> {
        let narrow = ListScope {
            kind,
            namespace: Some(Arc::from(namespace)),
        };
        let wide = ListScope {
            kind,
            namespace: None,
        };
        self.states.get(&narrow).or_else(|| self.states.get(&wide))
    }

    /// Whether a kind can be counted in a namespace: otherwise a driver says so, instead of 0.
    pub fn coverage(&self, kind: ObjectKind, namespace: &Untrusted) -> Coverage {
        coverage(self.state(kind, namespace.raw()))
    }

    /// Every scope that was asked for, with how well it is heard.
    pub fn states(&self) -> impl Iterator<Item = (&ListScope, &KindState)> {
        self.states.iter()
    }

    /// What could not be read, latest last; and how many there were in all.
    pub fn oddities(&self) -> (impl Iterator<Item = &Oddity>, u64) {
        (self.oddities.iter(), self.odd)
    }

    fn heard(&mut self, scope: ListScope, state: KindState) -> Vec<Touched> {
        let after = coverage(Some(&state));
        let before = match scope.namespace.as_deref() {
            Some(namespace) => coverage(self.state(scope.kind, namespace)),
            None => coverage(self.states.get(&scope)),
        };
        self.states.insert(scope.clone(), state);
        if before == after {
            Vec::new()
        } else {
            vec![Touched::Coverage(scope)]
        }
    }

    fn note(&mut self, oddity: Oddity) {
        if self.oddities.contains(&oddity) {
            return;
        }
        self.odd = self.odd.saturating_add(1);
        self.oddities.retain(|known| known.what != oddity.what);
        if self.oddities.len() >= ODDITIES {
            self.oddities.pop_front();
        }
        self.oddities.push_back(oddity);
    }

    /// A list that is under way has it, or a watch beside it does: it is not to be swept.
    fn mentioned(&mut self, object: &Object) {
        for (scope, names) in &mut self.unmentioned {
            if scope.kind == object.kind() {
                names.remove(object.name());
            }
        }
    }

    fn names(&self, scope: &ListScope) -> BTreeSet<Name> {
        let namespace = scope.namespace.as_deref();
        match scope.kind {
            ObjectKind::Deployment => self.deployments.names(namespace),
            ObjectKind::ReplicaSet => self.replica_sets.names(namespace),
            ObjectKind::Pod => self.pods.names(namespace),
            ObjectKind::Service => self.services.names(namespace),
            ObjectKind::EndpointSlice => self.endpoint_slices.names(namespace),
            ObjectKind::HorizontalPodAutoscaler => self.autoscalers.names(namespace),
            ObjectKind::PodDisruptionBudget => self.budgets.names(namespace),
            ObjectKind::Event => self.events.names(namespace),
            ObjectKind::Namespace => self.namespaces.names(namespace),
            ObjectKind::ArgoRollout => self.argo_rollouts.names(namespace),
        }
    }

    fn put(&mut self, object: Object) -> Option<Touched> {
        match object {
            Object::Deployment(it) => put(&mut self.deployments, it, Object::Deployment),
            Object::ReplicaSet(it) => put(&mut self.replica_sets, it, Object::ReplicaSet),
            Object::Pod(it) => put(&mut self.pods, it, Object::Pod),
            Object::Service(it) => put(&mut self.services, it, Object::Service),
            Object::EndpointSlice(it) => put(&mut self.endpoint_slices, it, Object::EndpointSlice),
            Object::Autoscaler(it) => put(&mut self.autoscalers, it, Object::Autoscaler),
            Object::DisruptionBudget(it) => put(&mut self.budgets, it, Object::DisruptionBudget),
            Object::Event(it) => put(&mut self.events, it, Object::Event),
            Object::Namespace(it) => put(&mut self.namespaces, it, Object::Namespace),
            Object::ArgoRollout(it) => put(&mut self.argo_rollouts, it, Object::ArgoRollout),
        }
    }

    fn take(&mut self, kind: ObjectKind, name: &Name) -> Option<Touched> {
        let before = match kind {
            ObjectKind::Deployment => self.deployments.take(name).map(Object::Deployment),
            ObjectKind::ReplicaSet => self.replica_sets.take(name).map(Object::ReplicaSet),
            ObjectKind::Pod => self.pods.take(name).map(Object::Pod),
            ObjectKind::Service => self.services.take(name).map(Object::Service),
            ObjectKind::EndpointSlice => self.endpoint_slices.take(name).map(Object::EndpointSlice),
            ObjectKind::HorizontalPodAutoscaler => self.autoscalers.take(name).map(Object::Autoscaler),
            ObjectKind::PodDisruptionBudget => self.budgets.take(name).map(Object::DisruptionBudget),
            ObjectKind::Event => self.events.take(name).map(Object::Event),
            ObjectKind::Namespace => self.namespaces.take(name).map(Object::Namespace),
            ObjectKind::ArgoRollout => self.argo_rollouts.take(name).map(Object::ArgoRollout),
        };
        before.map(|before| Touched::Object {
            before: Some(before),
            after: None,
        })
    }
}

fn put<T: Kept>(table: &mut Table<T>, object: Arc<T>, wrap: fn(Arc<T>) -> Object) -> Option<Touched> {
    let before = match table.put(Arc::clone(&object)) {
        Put::Same => return None,
        Put::New => None,
        Put::Replaced(before) => Some(wrap(before)),
    };
    Some(Touched::Object {
        before,
        after: Some(wrap(object)),
    })
}

fn coverage(state: Option<&KindState>) -> Coverage {
    match state {
        Some(
            KindState::Live { .. }
            | KindState::Stale {
                heard_at: Some(_), ..
            },
        ) => Coverage::Read,
        Some(KindState::Absent) => Coverage::Absent,
        Some(KindState::Forbidden { message }) => Coverage::Unreadable(message.clone()),
        Some(KindState::Stale {
            heard_at: None, why, ..
        }) => Coverage::Unreadable(why.clone()),
        Some(KindState::Listing { .. }) | None => Coverage::NotYet,
    }
}
