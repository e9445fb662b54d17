//! One cluster as the model knows it: how it is heard, and its rollouts.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::domain::{
    Cluster, Environment, FRESH_FOR, KindState, Liveness, ObjectKind, Oddity, Rollout, RolloutKey, Seconds,
    Step, Untrusted,
};

use super::{AccessQuestion, Permission, SourceEvent};

/// The connection, before any kind is heard.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Connection {
    #[default]
    Opening,
    Open,
    Unreachable {
        why: Untrusted,
        retry_at: Option<Timestamp>,
    },
}

/// How a whole source is heard, in one word for the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    Connecting,
    Listing {
        seen: usize,
    },
    Live,
    /// The first trouble found, the age of what is shown, and when it is tried again.
    Stale {
        why: Untrusted,
        age: Option<Seconds>,
        retry_at: Option<Timestamp>,
    },
}

/// How long an answer on rights is believed.
const PERMISSION_FOR: Seconds = Seconds(60);

/// One cluster.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Source {
    pub environment: Environment,
    pub read_only: bool,
    pub server: Option<Untrusted>,
    /// The user that the kubeconfig names.
    pub claimed_user: Option<Untrusted>,
    /// The user that the server named.
    pub user: Option<Untrusted>,
    pub connection: Connection,
    /// Since when it is being opened, and the login command that runs for it.
    pub opening: Option<(Timestamp, Option<Untrusted>)>,
    pub kinds: BTreeMap<(ObjectKind, Option<Arc<str>>), KindState>,
    pub rollouts: BTreeMap<RolloutKey, Arc<Rollout>>,
    pub complete: bool,
    pub pin_broken: Option<Untrusted>,
    pub oddities: Vec<Oddity>,
    pub notes: Vec<Untrusted>,
    /// Nothing heard before this may be believed (the machine slept since, or the server did not answer).
    pub distrust_before: Option<Timestamp>,
    /// The server does not answer, in words, and when it is asked again.
    pub silent: Option<(Untrusted, Timestamp)>,
    /// The server's clock minus ours, as last heard.
    pub ahead: SignedDuration,
    pub permissions: BTreeMap<AccessQuestion, (Permission, Timestamp)>,
}

/// Oddities kept; the rest is told once and forgotten.
const ODDITIES: usize = 50;

impl Source {
    /// Takes in what became of the source, except rollouts' effects on others.
    pub fn absorb(&mut self, event: SourceEvent) {
        match event {
            SourceEvent::Opened {
                environment,
                read_only,
                server,
                user,
            } => {
                self.environment = environment;
                self.read_only = read_only;
                self.server = Some(server);
                self.claimed_user = Some(user);
                self.connection = Connection::Open;
            }
            SourceEvent::Opening { since, login } => self.opening = Some((since, login)),
            SourceEvent::Unreachable { why, retry_at } => {
                self.connection = Connection::Unreachable { why, retry_at }
            }
            SourceEvent::PinBroken { why } => self.pin_broken = Some(why),
            SourceEvent::Kind {
                kind,
                namespace,
                state,
            } => {
                self.kinds.insert((kind, namespace), state);
            }
            SourceEvent::Unwatched { kind, namespace } => {
                self.kinds.remove(&(kind, namespace));
            }
            SourceEvent::Silent { why, retry_at } => self.silent = Some((why, retry_at)),
            SourceEvent::Answers { at } => {
                self.silent = None;
                self.distrust_before = self.distrust_before.max(Some(at));
            }
            SourceEvent::Rollouts(changes) => {
                for (key, rollout) in changes {
                    match rollout {
                        Some(rollout) => self.rollouts.insert(key, rollout),
                        None => self.rollouts.remove(&key),
                    };
                }
            }
            SourceEvent::Clock { ahead } => self.ahead = ahead,
            SourceEvent::Complete => self.complete = true,
            SourceEvent::Odd(oddity) => {
                if self.oddities.len() < ODDITIES && !self.oddities.contains(&oddity) {
                    self.oddities.push(oddity);
                }
            }
            SourceEvent::Scope { note } => {
                if !self.notes.contains(&note) {
                    self.notes.push(note);
                }
            }
            SourceEvent::Events { .. } | SourceEvent::Traffic(_) => {}
        }
    }

    /// What the server's clock says at `now`: instants that the API gives are compared with this.
    pub fn server_time(&self, now: Timestamp) -> Timestamp {
        now.saturating_add(self.ahead).unwrap_or(now)
    }

    /// The states of `kind` that matter for `namespace`.
    pub fn states(&self, kind: ObjectKind, namespace: &str) -> impl Iterator<Item = &KindState> {
        self.kinds
            .iter()
            .filter_map(move |((its_kind, its_namespace), state)| {
                let covers = its_namespace.as_ref().is_none_or(|its| &**its == namespace);
                (*its_kind == kind && covers).then_some(state)
            })
    }

    /// Whether something heard then is no proof that it is still so: the machine slept, or the server does not answer.
    fn is_unproven(&self, heard_at: Timestamp) -> bool {
        self.silent.is_some() || self.distrust_before.is_some_and(|since| heard_at < since)
    }

    /// The states of `kind` in every scope.
    pub fn states_of(&self, kind: ObjectKind) -> impl Iterator<Item = &KindState> {
        self.kinds
            .iter()
            .filter_map(move |((its_kind, _), state)| (*its_kind == kind).then_some(state))
    }

    /// In how many scopes the workloads themselves may not be listed.
    pub fn forbidden_workloads(&self) -> usize {
        self.states_of(ObjectKind::Deployment)
            .filter(|state| matches!(state, KindState::Forbidden { .. }))
            .count()
    }

    /// Whether what is known of `kind` in `namespace` may be believed. Kinds that are absent or forbidden are facts, not
    /// staleness: they make nothing old.
    pub fn liveness(&self, kind: ObjectKind, namespace: &str, now: Timestamp) -> Liveness {
        let mut worst = Liveness::Unknown;
        for state in self.states(kind, namespace) {
            match state {
                KindState::Absent | KindState::Forbidden { .. } => worst = Liveness::Fresh,
                KindState::Live { heard_at } if self.is_unproven(*heard_at) => {
                    return Liveness::Old(Seconds::between(*heard_at, now));
                }
                KindState::Live { .. } | KindState::Listing { .. } | KindState::Stale { .. } => {
                    worst = state.liveness(now);
                    if worst != Liveness::Fresh {
                        return worst;
                    }
                }
            }
        }
        worst
    }

    /// How the source is heard, worst first.
    pub fn heard(&self, now: Timestamp) -> Heard {
        if let Connection::Unreachable { why, retry_at } = &self.connection {
            return Heard::Stale {
                why: why.clone(),
                age: None,
                retry_at: *retry_at,
            };
        }
        if let Some((why, retry_at)) = &self.silent {
            return Heard::Stale {
                why: why.clone(),
                age: self.last_heard().map(|at| Seconds::between(at, now)),
                retry_at: Some(*retry_at),
            };
        }
        let mut listing = None;
        let mut old = None;
        for state in self.kinds.values() {
            match state {
                KindState::Stale {
                    heard_at,
                    why,
                    retry_at,
                    ..
                } => {
                    let age = heard_at.map(|at| Seconds::between(at, now));
                    return Heard::Stale {
                        why: why.clone(),
                        age,
                        retry_at: Some(*retry_at),
                    };
                }
                KindState::Listing { seen, .. } => listing = Some(listing.unwrap_or(0) + seen),
                KindState::Live { heard_at } => {
                    let age = Seconds::between(*heard_at, now);
                    if self.is_unproven(*heard_at) || age > FRESH_FOR {
                        old = Some(old.unwrap_or(age).max(age));
                    }
                }
                KindState::Absent | KindState::Forbidden { .. } => {}
            }
        }
        match (old, listing, self.kinds.is_empty()) {
            (_, _, true) => Heard::Connecting,
            (Some(age), _, _) => Heard::Stale {
                why: Untrusted::from("nothing heard"),
                age: Some(age),
                retry_at: None,
            },
            (None, Some(seen), _) if !self.complete => Heard::Listing { seen },
            (None, _, _) => Heard::Live,
        }
    }

    /// When anything was heard last.
    fn last_heard(&self) -> Option<Timestamp> {
        let heard = self.kinds.values().filter_map(|state| match state {
            KindState::Live { heard_at } => Some(*heard_at),
            KindState::Stale { heard_at, .. } => *heard_at,
            KindState::Absent | KindState::Forbidden { .. } | KindState::Listing { .. } => None,
        });
        heard.max()
    }

    /// What is known of a right, while it is young enough.
    pub fn permission(&self, question: &AccessQuestion, now: Timestamp) -> Option<&Permission> {
        let (permission, at) = self.permissions.get(question)?;
        (Seconds::between(*at, now) <= PERMISSION_FOR).then_some(permission)
    }
}

/// The right that `step` takes on this rollout.
pub(super) fn right(key: &RolloutKey, step: Step) -> AccessQuestion {
    let (group, resource) = key.driver.api();
    AccessQuestion {
        verb: "patch",
        group,
        resource,
        subresource: step.subresource(),
        namespace: key.name.namespace.clone(),
        name: key.name.name.clone(),
    }
}

/// The source of a key.
pub(super) fn of<'a>(sources: &'a BTreeMap<Cluster, Source>, key: &RolloutKey) -> Option<&'a Source> {
    sources.get(&key.cluster)
}
