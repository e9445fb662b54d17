//! The program's own watches, store and drivers without its screen: what a rollout looks like, and when.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use flightdeck::adapters::kube::{
    ApiClient, ApiFailure, Backoff, Connected, Events, Flags, Poke, Surroundings, Timing, Watch, connect,
    scopes,
};
use flightdeck::clock::SystemClock;
use flightdeck::domain::{
    Answer, Choice, Cluster, KindState, Materials, Name, Need, ObjectKind, Plan, PlanQuestion, Planner,
    Refusal, Rollout, RolloutKey, Step,
};
use flightdeck::drivers::Drivers;
use flightdeck::objects::{Change, ObjectStore};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Longer than any of it takes on a machine that does other things, too.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);

/// A client as the program makes it from a kubeconfig.
pub(crate) async fn client(kubeconfig: PathBuf) -> Connected {
    let flags = Flags {
        kubeconfig: Some(kubeconfig),
        ..Flags::default()
    };
    connect(&flags, &Surroundings::default())
        .await
        .expect("a kubeconfig that can be used")
}

/// Watches one namespace until dropped.
pub(crate) struct Listening {
    namespace: String,
    pub(crate) client: ApiClient,
    cluster: Cluster,
    drivers: Drivers,
    store: ObjectStore,
    changes: mpsc::Receiver<Vec<Change>>,
    rollouts: BTreeMap<RolloutKey, Arc<Rollout>>,
    /// Every state that a kind was ever in, in order.
    pub(crate) states: Vec<(ObjectKind, KindState)>,
    _poke: Poke,
    _tasks: JoinSet<()>,
}

impl Listening {
    /// Retries after a quarter of a second, so that a test need not wait for the program's patience.
    pub(crate) async fn start(kubeconfig: PathBuf, namespace: &str) -> Self {
        let quick = Backoff {
            first: Duration::from_millis(250),
            most: Duration::from_millis(500),
        };
        let timing = Timing {
            answer: Duration::from_secs(2),
            list_idle: Duration::from_secs(2),
            retry: quick,
            slow: quick,
            relist: quick,
            ..Timing::default()
        };
        let client = client(kubeconfig).await.client;
        let (sender, changes) = mpsc::channel(64);
        let (poke, mut tasks) = (Poke::default(), JoinSet::new());
        for scope in scopes(&ObjectKind::ALL, &[Arc::from(namespace)]).scopes {
            let watch = Watch {
                scope,
                events: Events::Notable,
                client: client.clone(),
                changes: sender.clone(),
                poked: poke.listen(),
                clock: Arc::new(SystemClock),
                timing,
                refused: None,
            };
            tasks.spawn(watch.run());
        }
        let cluster = Cluster::new("lab");
        Self {
            namespace: namespace.to_owned(),
            client,
            drivers: Drivers::new(cluster.clone()),
            cluster,
            store: ObjectStore::default(),
            changes,
            rollouts: BTreeMap::new(),
            states: Vec::new(),
            _poke: poke,
            _tasks: tasks,
        }
    }

    fn absorb(&mut self, batch: Vec<Change>) {
        let mut touched = BTreeSet::new();
        for change in batch {
            if let Change::Health { scope, state } = &change {
                self.states.push((scope.kind, state.clone()));
            }
            for one in self.store.apply(change) {
                touched.extend(self.drivers.affected(&one, &self.store));
            }
        }
        for key in touched {
            match self.drivers.observe(&self.store, &key).rollout {
                Some(rollout) => self.rollouts.insert(key, rollout),
                None => self.rollouts.remove(&key),
            };
        }
    }

    /// Listens until it is as wanted, and says when that was.
    pub(crate) async fn until(&mut self, what: &str, wanted: impl Fn(&Self) -> bool) -> Instant {
        let end = Instant::now() + PATIENCE;
        while !wanted(self) {
            let left = end.saturating_duration_since(Instant::now());
            match tokio::time::timeout(left, self.changes.recv()).await {
                Ok(Some(batch)) => self.absorb(batch),
                Ok(None) => panic!("the watches ended"),
                Err(tokio::time::error::Elapsed { .. }) => panic!(
                    "waited in vain for {what}\n{:#?}\n{:?}",
                    self.rollouts
                        .values()
                        .map(|it| (&it.key, it.paused, &it.counts, &it.findings))
                        .collect::<Vec<_>>(),
                    self.store.states().collect::<Vec<_>>()
                ),
            }
        }
        Instant::now()
    }

    /// The Deployment of this name as the drivers see it.
    pub(crate) fn rollout(&self, name: &str) -> Option<&Arc<Rollout>> {
        self.rollouts
            .values()
            .find(|rollout| rollout.key.name == Name::new(&self.namespace, name))
    }

    /// How the kind is heard now.
    pub(crate) fn state(&self, kind: ObjectKind) -> Option<&KindState> {
        self.store.state(kind, &self.namespace)
    }

    /// True when every kind is heard, or is known not to exist.
    pub(crate) fn all_live(&self) -> bool {
        let mut states = self.store.states().map(|(_, state)| state).peekable();
        states.peek().is_some()
            && states.all(|state| matches!(state, KindState::Live { .. } | KindState::Absent))
    }

    /// The plan of a step that its verb says all of.
    pub(crate) async fn plan(&self, name: &str, step: Step) -> Result<Plan, Refusal> {
        self.plan_for(name, step, &Choice::Nothing).await
    }

    /// The plan of a step, made as a sheet makes it: what it needs is read first, round by round.
    pub(crate) async fn plan_for(&self, name: &str, step: Step, choice: &Choice) -> Result<Plan, Refusal> {
        let rollout = self.rollout(name).expect("the rollout is known");
        let mut materials = Materials::default();
        loop {
            let question = PlanQuestion {
                rollout,
                step,
                choice,
                materials: &materials,
            };
            let mut missing = self.drivers.needs(question);
            missing.retain(|need| materials.answer(need).is_none());
            if missing.is_empty() {
                return self.drivers.plan(question);
            }
            for need in missing {
                let limit = Duration::from_secs(10);
                let read = match &need {
                    Need::Object { path } => self.client.get_raw(path, limit).await,
                    Need::Metadata { path } => self.client.get_metadata(path, limit).await,
                };
                let answer = match read {
                    Ok(raw) => {
                        materials.stamp = raw.server_date.or(materials.stamp);
                        Answer::Found(raw.body)
                    }
                    Err(ApiFailure::NotFound { .. }) => Answer::Gone,
                    Err(failure) => panic!("{need:?} cannot be read: {failure}"),
                };
                materials.answers.push((need, answer));
            }
        }
    }

    /// What this cluster is called.
    pub(crate) fn cluster(&self) -> &Cluster {
        &self.cluster
    }
}
