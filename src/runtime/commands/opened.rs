//! A cluster that is open for one command: the cockpit's own connection, watches, store and drivers, and its model without a
//! screen.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;

use crate::adapters::kube::Poke;
use crate::app::{self, Connection, Context, Effect, Event, Model, Policy, Source, SourceEvent};
use crate::clock::Clock;
use crate::domain::{
    Cluster, KindState, Moment, Namespaces, ObjectKind, Refusal, Rollout, RolloutKey, Untrusted,
};
use crate::drivers::Drivers;
use crate::runtime::source::{self, Api, Opening, Surrounds};

use super::CommandError;

/// What a rollout cannot be judged without.
const NEEDED: [ObjectKind; 4] = [
    ObjectKind::Deployment,
    ObjectKind::ReplicaSet,
    ObjectKind::Pod,
    ObjectKind::ArgoRollout,
];

/// What telling where a rollout stands takes: less than the cockpit reads, which shows more.
pub(super) const TOLD: [ObjectKind; 6] = [
    ObjectKind::Deployment,
    ObjectKind::ReplicaSet,
    ObjectKind::Pod,
    ObjectKind::ArgoRollout,
    ObjectKind::Event,
    ObjectKind::HorizontalPodAutoscaler,
];

/// What stopping takes: it waits for nothing else.
pub(super) const STOPPED: [ObjectKind; 4] = NEEDED;

/// What acting takes besides: what a change would leave without pods, and who overrules it.
pub(super) const ACTED_ON: [ObjectKind; 9] = [
    ObjectKind::Deployment,
    ObjectKind::ReplicaSet,
    ObjectKind::Pod,
    ObjectKind::ArgoRollout,
    ObjectKind::Event,
    ObjectKind::HorizontalPodAutoscaler,
    ObjectKind::Service,
    ObjectKind::EndpointSlice,
    ObjectKind::PodDisruptionBudget,
];

/// A list that fails this often in a row fails the command.
const TRIES: u32 = 2;

/// Events of the world waiting for the command.
const WAITING: usize = 256;

/// The open cluster. Dropped, it is closed.
pub(super) struct Opened {
    pub(super) model: Model,
    pub(super) cluster: Cluster,
    pub(super) drivers: Arc<Drivers>,
    policy: Policy,
    pub(super) clock: Arc<dyn Clock>,
    events: mpsc::Receiver<Event>,
    /// For requests; `None` until it is connected.
    pub(super) api: Api,
    poke: Poke,
    again: Arc<Notify>,
    /// What was there and went away since it was opened.
    gone: BTreeSet<RolloutKey>,
    task: JoinHandle<()>,
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A kind that is not known where it should be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Missing {
    pub(super) kind: ObjectKind,
    /// `None`: everywhere.
    pub(super) namespace: Option<Untrusted>,
    pub(super) is_forbidden: bool,
    pub(super) why: Untrusted,
}

impl Opened {
    /// Begins to open. Nothing has been heard yet.
    pub(super) fn open(opening: Opening, clock: Arc<dyn Clock>) -> Self {
        let cluster = opening.cluster.clone();
        let policy = Policy {
            events: false,
            read_only: opening.read_only,
            environment: opening.environment,
            ..Policy::default()
        };
        let drivers = Arc::new(Drivers::new(cluster.clone()));
        let (events_in, events) = mpsc::channel(WAITING);
        let (api_in, api) = watch::channel(None);
        let (poke, again) = (Poke::default(), Arc::new(Notify::new()));
        let surrounds = Surrounds {
            events: events_in,
            clock: Arc::clone(&clock),
            drivers: Arc::clone(&drivers),
            poke: poke.clone(),
            again: Arc::clone(&again),
        };
        Self {
            model: Model::new(cluster.clone()),
            cluster,
            drivers,
            policy,
            clock,
            events,
            api,
            poke,
            again,
            gone: BTreeSet::new(),
            task: tokio::spawn(source::run(opening, surrounds, api_in)),
        }
    }

    /// Opens what may hold `namespaces` and reads it once, whole.
    ///
    /// # Errors
    ///
    /// When the cluster cannot be read, or no workload of it may be.
    pub(super) async fn read(
        opening: Opening,
        namespaces: Namespaces,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, CommandError> {
        let mut opened = Self::open(
            Opening {
                namespaces,
                ..opening
            },
            clock,
        );
        while !opened.is_settled()? {
            opened.hear().await?;
        }
        opened.may_read()?;
        Ok(opened)
    }

    /// Takes in what comes next, and whatever came with it.
    pub(super) async fn hear(&mut self) -> Result<(), CommandError> {
        let Some(event) = self.events.recv().await else {
            return Err(self.unreachable("a part of the program ended; report this, with the log"));
        };
        self.absorb(event);
        while let Ok(event) = self.events.try_recv() {
            self.absorb(event);
        }
        Ok(())
    }

    /// The next event of the world, for a command that lets the whole model take it in.
    pub(super) async fn next(&mut self) -> Result<Event, CommandError> {
        let event = self.events.recv().await;
        event.ok_or_else(|| self.unreachable("a part of the program ended; report this, with the log"))
    }

    /// Lets the whole model take in an event, at that moment of the monotonic clock.
    pub(super) fn update(&mut self, moment: Moment, event: Event) -> Vec<Effect> {
        if let Event::Source(_, event) = &event {
            self.note_gone(event);
        }
        self.with(moment, |context, model| app::update(context, model, event))
    }

    /// Lets something be done to the model.
    pub(super) fn with<T>(&mut self, moment: Moment, act: impl FnOnce(&Context<'_>, &mut Model) -> T) -> T {
        let context = Context {
            now: self.clock.now(),
            moment,
            planner: &*self.drivers,
            policy: &self.policy,
        };
        act(&context, &mut self.model)
    }

    /// What speaks against the plan on the sheet, were it confirmed now with the flags that it needs.
    pub(super) fn objection(&self, needs: &[&str]) -> Result<(), Refusal> {
        app::objection(&self.context(), &self.model, needs.contains(&"--no-dry-run"))
    }

    /// No write may leave.
    pub(super) fn is_read_only(&self) -> bool {
        self.policy.read_only
    }

    /// How long a sheet must have been seen before it can be confirmed, and whether an Event tells of it.
    pub(super) fn rule(&mut self, arming: Duration, events: bool) {
        self.policy.arming_millis = u64::try_from(arming.as_millis()).unwrap_or(u64::MAX);
        self.policy.events = events;
    }

    /// Lists everything anew.
    pub(super) fn refresh(&self) {
        self.poke.all();
        self.again.notify_waiters();
    }

    /// The same, for at most this long.
    pub(super) async fn hear_for(&mut self, span: Duration) -> Result<(), CommandError> {
        match tokio::time::timeout(span, self.hear()).await {
            Ok(heard) => heard,
            Err(_elapsed) => Ok(()),
        }
    }

    fn absorb(&mut self, event: Event) {
        match event {
            // Events are of an open rollout, and none is open.
            Event::Source(_, SourceEvent::Events { .. })
            | Event::Key { .. }
            | Event::Paste(_)
            | Event::InputDropped { .. }
            | Event::Painted { .. }
            | Event::Tick
            | Event::Jumped { .. }
            | Event::Record(_)
            | Event::Answer { .. } => {}
            Event::Source(cluster, event) => {
                self.note_gone(&event);
                if let Some(source) = self.model.sources.get_mut(&cluster) {
                    source.absorb(event);
                }
            }
            Event::Message { text, .. } => tracing::info!("{text}"),
        }
    }

    fn note_gone(&mut self, event: &SourceEvent) {
        if let SourceEvent::Rollouts(changes) = event {
            for (key, now) in changes {
                if now.is_none() {
                    self.gone.insert(key.clone());
                } else {
                    self.gone.remove(key);
                }
            }
        }
    }

    /// What went away while it was being read.
    pub(super) fn gone(&self) -> impl Iterator<Item = &RolloutKey> {
        self.gone.iter()
    }

    /// True once everything that is needed was listed, or will not be.
    fn is_settled(&self) -> Result<bool, CommandError> {
        let source = self.source();
        if let Connection::Unreachable { why, .. } = &source.connection {
            return Err(self.unreachable(&why.shown()));
        }
        if let Some((why, _)) = &source.silent {
            return Err(self.unreachable(&why.shown()));
        }
        let undecided = source.kinds.iter().any(|((kind, _), state)| {
            let tried_again = match state {
                KindState::Stale {
                    heard_at: None,
                    tries,
                    ..
                } => *tries < TRIES,
                KindState::Listing { .. } => true,
                KindState::Stale { .. }
                | KindState::Absent
                | KindState::Forbidden { .. }
                | KindState::Live { .. } => false,
            };
            NEEDED.contains(kind) && tried_again
        });
        Ok(source.complete && !undecided)
    }

    /// Some workload must have been listed somewhere: nothing read is no empty cluster.
    fn may_read(&self) -> Result<(), CommandError> {
        let source = self.source();
        let read = source
            .kinds
            .iter()
            .any(|((kind, _), state)| is_workload(*kind) && is_read(state));
        if read {
            return Ok(());
        }
        let missing = self.missing();
        let of_workloads = || missing.iter().filter(|it| is_workload(it.kind));
        if let Some(lost) = of_workloads().find(|it| !it.is_forbidden) {
            return Err(self.unreachable(&lost.why.shown()));
        }
        let Some(forbidden) = of_workloads().next() else {
            return Err(self.unreachable(
                "it serves neither Deployments nor Argo Rollouts; check `server` in the kubeconfig",
            ));
        };
        let place = forbidden.namespace.as_ref();
        Err(CommandError::Forbidden {
            place: place.map_or_else(|| "in all namespaces".to_owned(), |it| format!("in {it}")),
            why: forbidden.why.shown(),
        })
    }

    /// What is needed, and not known.
    pub(super) fn missing(&self) -> Vec<Missing> {
        let mut missing: Vec<Missing> = self
            .source()
            .kinds
            .iter()
            .filter_map(|((kind, namespace), state)| {
                let (is_forbidden, why) = match state {
                    KindState::Forbidden { message } => (true, message.clone()),
                    KindState::Stale { why, .. } => (false, why.clone()),
                    KindState::Listing { .. } => (false, Untrusted::from("not read yet")),
                    KindState::Absent | KindState::Live { .. } => return None,
                };
                Some(Missing {
                    kind: *kind,
                    namespace: namespace.as_ref().map(|it| Untrusted::from(&**it)),
                    is_forbidden,
                    why,
                })
            })
            .collect();
        missing.sort();
        missing
    }

    /// Whether what is known of the kinds that are needed is heard live.
    pub(super) fn is_live(&self) -> bool {
        let kinds = &self.source().kinds;
        kinds
            .iter()
            .all(|((kind, _), state)| !NEEDED.contains(kind) || !matches!(state, KindState::Stale { .. }))
    }

    /// Whether a kind was read where `rollout` lives.
    pub(super) fn has_read(&self, kind: ObjectKind, rollout: &Rollout) -> bool {
        let mut states = self.source().states(kind, rollout.key.name.namespace.raw());
        states.any(is_read)
    }

    pub(super) fn unreachable(&self, why: &str) -> CommandError {
        CommandError::CannotReach {
            cluster: self.cluster.to_string(),
            why: why.to_owned(),
        }
    }

    /// The one source. A model always has it; an empty one stands in for what cannot be.
    pub(super) fn source(&self) -> &Source {
        static NONE: std::sync::LazyLock<Source> = std::sync::LazyLock::new(Source::default);
        self.model.sources.get(&self.cluster).unwrap_or(&NONE)
    }

    /// The clock of the server.
    pub(super) fn now(&self) -> Timestamp {
        self.source().server_time(self.clock.now())
    }

    /// What the views ask of. With `now` of our own clock: they correct it by themselves where they take a model.
    pub(super) fn context(&self) -> Context<'_> {
        Context {
            now: self.clock.now(),
            moment: Moment::default(),
            planner: &*self.drivers,
            policy: &self.policy,
        }
    }
}

fn is_workload(kind: ObjectKind) -> bool {
    matches!(kind, ObjectKind::Deployment | ObjectKind::ArgoRollout)
}

/// Listed whole at least once.
fn is_read(state: &KindState) -> bool {
    match state {
        KindState::Live { .. }
        | KindState::Stale {
            heard_at: Some(_), ..
        } => true,
        KindState::Absent
        | KindState::Forbidden { .. }
        | KindState::Listing { .. }
        | KindState::Stale { heard_at: None, .. } => false,
    }
}
