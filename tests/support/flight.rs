//! Stories on the sandbox: its cluster under a clock that only moves when told, the real client and the real sender of requests,
//! and the pure core between them. What is seen is the same in every run.

use std::sync::Arc;
use std::time::Duration;

use flightdeck::adapters::kube::{Events, Flags, Pinned, Surroundings, connect, list_path};
use flightdeck::adapters::record::{Record, Who};
use flightdeck::app::{Effect, Event, EventLine, Screen, SourceEvent};
use flightdeck::clock::TestClock;
use flightdeck::domain::{
    Cluster, Environment, KindState, Metrics, MetricsPlace, ObjectKind, Queries, RolloutKey,
};
use flightdeck::drivers::Drivers;
use flightdeck::objects::{Change, Interner, ListScope, Object, ObjectStore};
use flightdeck::runtime::requests::Desk;
use flightdeck::runtime::source::Open;
use flightdeck::runtime::{Question, event_line};
use flightdeck::sandbox::{CONTEXT, Launch, PROMETHEUS, Sandbox, Scenario, shipped};
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};

use super::cockpit::Cockpit;
use super::story::Story;

const WITHIN: Duration = Duration::from_secs(30);

/// A cockpit on a sandbox.
pub(crate) struct Flight {
    pub(crate) story: Story,
    sandbox: Sandbox,
    clock: Arc<TestClock>,
    drivers: Arc<Drivers>,
    store: ObjectStore,
    desk: Desk,
    events: mpsc::Receiver<Event>,
    /// Effects up to here were carried out.
    done: usize,
    runtime: Runtime,
    _open: watch::Sender<Option<Open>>,
    _folder: tempfile::TempDir,
}

impl Flight {
    /// A shipped scenario, so many seconds after its start.
    pub(crate) fn of(name: &str, seconds: u64) -> Self {
        let found = shipped().iter().find(|it| it.name == name);
        let scenario = found.expect("a shipped scenario").scenario().unwrap();
        let mut flight = Self::on(scenario);
        flight.pass(seconds);
        flight
    }

    fn on(scenario: Scenario) -> Self {
        let mut cockpit = Cockpit::silent(CONTEXT);
        let clock = Arc::new(TestClock::at(cockpit.now()));
        let launch = Launch {
            scenario,
            seed: Some(7),
            port: 0,
        };
        let sandbox = Sandbox::launch(launch, clock.clone()).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let kubeconfig = folder.path().join("kubeconfig");
        std::fs::write(&kubeconfig, sandbox.kubeconfig()).unwrap();
        let flags = Flags {
            kubeconfig: Some(kubeconfig),
            ..Flags::default()
        };
        let around = Surroundings::default();
        let connected = runtime.block_on(connect(&flags, &around)).unwrap();
        let open = Open {
            pinned: Pinned::new(&flags, &around, &connected),
            client: connected.client,
        };
        let (open, api) = watch::channel(Some(open));
        let (sender, events) = mpsc::channel(256);
        let drivers = Arc::new(Drivers::new(Cluster::new(CONTEXT)));
        cockpit.planner = drivers.clone();
        cockpit.answers = false;
        cockpit.policy.environment = Environment::Sandbox;
        let desk = Desk {
            cluster: Cluster::new(CONTEXT),
            api,
            events: sender,
            record: Record::in_folder(folder.path()).unwrap(),
            clock: clock.clone(),
            planner: drivers.clone(),
            read_only: false,
            tmux: None,
            run: "1".to_owned(),
        };
        cockpit.source(SourceEvent::Opened {
            environment: Environment::Sandbox,
            read_only: false,
            server: "https://127.0.0.1".into(),
            user: "sandbox-operator".into(),
        });
        Self {
            story: Story::on(cockpit).size(120, 36),
            sandbox,
            clock,
            drivers,
            store: ObjectStore::default(),
            desk,
            events,
            done: 0,
            runtime,
            _open: open,
            _folder: folder,
        }
    }

    /// Time passes, for the cluster and for who looks at it.
    pub(crate) fn pass(&mut self, seconds: u64) -> &mut Self {
        for _ in 0..seconds {
            self.clock.advance(Duration::from_secs(1));
            self.sandbox.catch_up();
            self.hear();
            self.story.cockpit.wait(1000);
            self.carry_out();
        }
        self.look()
    }

    /// Presses keys, one after the other.
    pub(crate) fn press(&mut self, keys: &[&str]) -> &mut Self {
        for key in keys {
            self.story.press(&[key]);
            self.carry_out();
        }
        self.look()
    }

    /// Waits until the open sheet takes keys.
    pub(crate) fn arm(&mut self) -> &mut Self {
        self.pass(1);
        self.story.look_at_sheet();
        self.look()
    }

    /// Types what confirms a sheet, once it takes keys.
    pub(crate) fn confirm(&mut self, token: &str) -> &mut Self {
        self.arm();
        self.story.type_text(token).press(&["enter"]);
        self.carry_out();
        self.look()
    }

    /// Reads the cluster anew, and draws.
    pub(crate) fn look(&mut self) -> &mut Self {
        self.hear();
        self.carry_out();
        self.measure();
        self.story.see();
        self
    }

    /// What the users of the open rollout feel, as the demo reads it.
    fn measure(&mut self) {
        let Screen::Rollout(key) = self.story.cockpit.model.screen().clone() else {
            return;
        };
        let rollout = self.story.cockpit.model.rollout(&key);
        let Some(question) = rollout.and_then(Question::of) else {
            return;
        };
        let (namespace, name, port) = PROMETHEUS;
        let metrics = Metrics {
            place: MetricsPlace::Service {
                namespace: namespace.to_owned(),
                name: name.to_owned(),
                port: port.to_string(),
            },
            queries: Queries::default(),
            every: Duration::from_secs(5),
        };
        let client = self.desk.api.borrow().clone().unwrap().client;
        let asking = question.ask(&metrics, Some(client), &*self.clock);
        let reading = self.runtime.block_on(asking).unwrap();
        self.story.cockpit.source(SourceEvent::Traffic(Box::new(reading)));
    }

    /// What a list of everything says.
    fn hear(&mut self) {
        let heard_at = self.story.cockpit.now();
        for kind in ObjectKind::ALL {
            let scope = ListScope {
                kind,
                namespace: None,
            };
            let items = self.list(&scope, Events::Notable);
            let state = items
                .as_ref()
                .map_or(KindState::Absent, |_items| KindState::Live { heard_at });
            self.store.apply(Change::ListBegan(scope.clone()));
            for item in items.unwrap_or_default() {
                let object = Object::decode(kind, item.to_string().as_bytes(), &mut Interner::default());
                self.store.apply(Change::Applied(object.unwrap()));
            }
            self.store.apply(Change::ListEnded(scope.clone()));
            self.store.apply(Change::Health {
                scope,
                state: state.clone(),
            });
            self.story.cockpit.source(SourceEvent::Kind {
                kind,
                namespace: None,
                state,
            });
        }
        let rollouts = self.drivers.keys(&self.store).into_iter().map(|key| {
            let rollout = self.drivers.observe(&self.store, &key).rollout;
            (key, rollout)
        });
        let rollouts = rollouts.collect();
        self.story.cockpit.source(SourceEvent::Rollouts(rollouts));
        self.story.cockpit.source(SourceEvent::Complete);
    }

    fn list(&self, scope: &ListScope, events: Events) -> Option<Vec<Value>> {
        let client = self.desk.api.borrow().clone().unwrap().client;
        let path = list_path(scope, false, events);
        let answer = self.runtime.block_on(client.get_raw(&path, WITHIN)).ok()?;
        let mut list: Value = serde_json::from_str(&answer.body).unwrap();
        Some(
            list["items"]
                .as_array_mut()
                .map(std::mem::take)
                .unwrap_or_default(),
        )
    }

    /// Does what the core asks for, until it asks for nothing more.
    fn carry_out(&mut self) {
        while let Some(effect) = self.story.cockpit.effects.get(self.done).cloned() {
            self.done += 1;
            match effect {
                Effect::Send { id, request, .. } => {
                    let desk = self.desk.clone();
                    self.runtime.block_on(desk.serve(id, request, Who::default()));
                    self.sandbox.catch_up();
                    while let Ok(event) = self.events.try_recv() {
                        self.story.cockpit.event(event);
                    }
                }
                Effect::Follow(Some(key)) => self.tell_events(key),
                _others => {}
            }
        }
    }

    /// The Events of the rollout that is open, as they are now.
    fn tell_events(&mut self, key: RolloutKey) {
        let scope = ListScope {
            kind: ObjectKind::Event,
            namespace: Some(Arc::from(key.name.namespace.raw())),
        };
        let decode = |item: Value| {
            let object = Object::decode(scope.kind, item.to_string().as_bytes(), &mut Interner::default());
            match object.unwrap() {
                Object::Event(event) => event_line(&key, &event),
                _others => None,
            }
        };
        let events = self.list(&scope, Events::Everything).unwrap_or_default();
        let mut lines: Vec<EventLine> = events.into_iter().filter_map(decode).collect();
        lines.sort_by_key(|line| std::cmp::Reverse(line.at));
        self.story.cockpit.source(SourceEvent::Events { key, lines });
    }
}
