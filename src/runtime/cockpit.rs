//! The event loop: one owner of the model, the terminal and the effects. The only place that awaits more than one thing.
//!
//! Order matters: signals, keys, frames, then the world in bounded batches, so that a key never waits behind the cluster.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ratatui::layout::Rect;
use tokio::sync::{Notify, mpsc, watch};

use crate::adapters::kube::{Flags, Poke, Surroundings};
use crate::adapters::seen::SeenRevisions;
use crate::adapters::tmux::Tmux;
use crate::adapters::used::UsedNamespaces;
use crate::app::{self, Context, Event, MessageTone, Model, Policy};
use crate::clock::{Clock, JumpDetector};
use crate::config::Events;
use crate::domain::{Digest, Moment, Planner};
use crate::drivers::Drivers;
use crate::ui::screens::Memory;

use super::Exit;
use super::appearance::Appearance;
use super::follow::Follower;
use super::keyboard::Keyboard;
use super::last_lines;
use super::meter::Meter;
use super::requests::Desk;
use super::source::{self, Surrounds};
use super::start::{Start, StartError};
use super::terminal::{Capabilities, Input, Options, Screen, Session, Signal, Signals, TermEvent, title};

/// Events of the world handled before the keys are looked at again.
const BATCH: usize = 64;

/// How long writes in flight are waited for at the end.
const FAREWELL: Duration = Duration::from_secs(8);

/// The running program.
pub(super) struct Cockpit {
    pub(super) model: Model,
    pub(super) policy: Policy,
    pub(super) appearance: Appearance,
    pub(super) keyboard: Keyboard,
    pub(super) memory: Memory,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) started: Instant,
    pub(super) jumps: JumpDetector,
    pub(super) drivers: Arc<Drivers>,
    pub(super) desk: Desk,
    pub(super) used: UsedNamespaces,
    pub(super) revisions: SeenRevisions,
    pub(super) follower: Follower,
    pub(super) meter: Meter,
    pub(super) poke: Poke,
    pub(super) again: Arc<Notify>,
    pub(super) screen: Screen,
    pub(super) size: Rect,
    pub(super) capabilities: Capabilities,
    pub(super) last_frame: Option<Instant>,
    pub(super) due: Due,
    pub(super) painted: Option<(u64, Digest)>,
    /// Who asked for the program to be suspended, if somebody did.
    pub(super) suspend: Option<Asked>,
    /// The terminal is to be lent to the login command.
    pub(super) login_wanted: bool,
    /// What the cluster was opened with.
    pub(super) reach: (Flags, Surroundings),
    /// Since when it is leaving, and the status to end with.
    pub(super) leaving: Option<(Instant, Exit)>,
    pub(super) ticks: u64,
}

/// Who asked for the program to be suspended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Key,
    Signal(Signal),
}

impl Asked {
    fn signal(self) -> Option<Signal> {
        match self {
            Self::Key => None,
            Self::Signal(signal) => Some(signal),
        }
    }
}

/// Who asked for a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    World,
    Key,
}

/// Runs the cockpit until it is quit, or a signal ends it.
pub(super) async fn run(start: Start, clock: Arc<dyn Clock>) -> Result<Exit, StartError> {
    let capabilities = Capabilities::of_process();
    let mut signals = Signals::listen().map_err(StartError::Terminal)?;
    let session = Session::enter(Options::from(capabilities)).map_err(StartError::Terminal)?;
    let writer = session.writer().map_err(StartError::Terminal)?;
    let (keys_in, mut keys) = mpsc::channel(256);
    let mut input = Some(
        Input::start(capabilities.hold(), Arc::clone(&clock), keys_in.clone())
            .map_err(StartError::Terminal)?,
    );
    let (events_in, mut events) = mpsc::channel(256);
    let (mut cockpit, opening, api_in) = Cockpit::new(start, capabilities, clock, &events_in);
    // First paint before the first byte from the cluster.
    cockpit.resize();
    cockpit.paint(&writer);
    let surrounds = Surrounds {
        events: events_in.clone(),
        clock: Arc::clone(&cockpit.clock),
        drivers: Arc::clone(&cockpit.drivers),
        poke: cockpit.poke.clone(),
        again: Arc::clone(&cockpit.again),
    };
    let unfinished = tokio::spawn(super::unfinished::resolve(cockpit.desk.clone()));
    let caught_up = tokio::spawn(last_lines::tell(cockpit.desk.record.clone(), events_in.clone()));
    let world = tokio::spawn(source::run(opening, surrounds, api_in));
    let mut batch = Vec::with_capacity(BATCH);
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let exit = loop {
        tokio::select! {
            biased;
            signal = signals.next() => match cockpit.signal(signal, &session) {
                Some(exit) => break exit,
                None if signal == Signal::Suspend => cockpit.suspend = Some(Asked::Signal(signal)),
                None => {}
            },
            key = keys.recv() => match key {
                Some(event) => if let Some(exit) = cockpit.typed(event) { break exit },
                None => break Exit::HANG_UP,
            },
            () = cockpit.frame_due(&writer) => cockpit.paint(&writer),
            () = writer.idle(), if cockpit.painted.is_some() => cockpit.tell_painted(),
            received = events.recv_many(&mut batch, BATCH) => {
                if received == 0 { break Exit::FAILED }
                for event in batch.drain(..) {
                    cockpit.update(event, Due::World);
                }
            },
            _ = tick.tick() => cockpit.tick(),
            () = tokio::time::sleep(Duration::from_millis(50)), if cockpit.is_arming() => cockpit.update(Event::Tick, Due::World),
        }
        if let Some(asked) = cockpit.suspend.take() {
            cockpit
                .sleep(asked, &session, &mut signals, &mut input, &keys_in)
                .await;
        }
        if std::mem::take(&mut cockpit.login_wanted) {
            cockpit.log_in(&session, &mut signals, &mut input, &keys_in).await;
        }
        if let Some(exit) = cockpit.may_leave() {
            break exit;
        }
        if writer.is_broken() {
            break Exit::HANG_UP;
        }
    };
    world.abort();
    unfinished.abort();
    caught_up.abort();
    if let Some(input) = input {
        input.stop().await;
    }
    drop(writer);
    session.restore();
    let enough = async {
        signals.next().await;
    };
    last_lines::write(&cockpit.desk.record, enough).await;
    Ok(exit)
}

impl Cockpit {
    fn new(
        start: Start,
        capabilities: Capabilities,
        clock: Arc<dyn Clock>,
        events: &mpsc::Sender<Event>,
    ) -> (Self, source::Opening, watch::Sender<Option<source::Open>>) {
        let Start {
            files,
            settings,
            situation,
            opening,
            record,
            used,
            revisions,
            seen,
            metrics,
            cli,
            faults,
        } = start;
        let drivers = Arc::new(Drivers::new(opening.cluster.clone()));
        let planner: Arc<dyn Planner> = drivers.clone();
        let (api_in, api) = watch::channel(None);
        let now = clock.now();
        let mut model = Model::new(opening.cluster.clone());
        model.seen = seen;
        let policy = Policy {
            read_only: opening.read_only,
            environment: opening.environment,
            events: settings.events == Events::Post,
            arming_millis: u64::try_from(settings.arming_delay(situation).as_millis()).unwrap_or(700),
        };
        let context = opening.cluster.to_string();
        let (appearance, looks) =
            Appearance::new(files, settings, situation, &context, &cli, opening.environment);
        for fault in faults.into_iter().chain(looks) {
            model.tell(now, MessageTone::Warn, fault);
        }
        let desk = Desk {
            cluster: opening.cluster.clone(),
            api: api.clone(),
            events: events.clone(),
            record,
            clock: Arc::clone(&clock),
            planner,
            read_only: opening.read_only,
            tmux: Tmux::of_process(),
            run: now.as_millisecond().to_string(),
        };
        let meter = Meter::new(
            opening.cluster.clone(),
            api.clone(),
            events.clone(),
            Arc::clone(&clock),
            metrics,
        );
        let follower = Follower::new(opening.cluster.clone(), api, events.clone(), Arc::clone(&clock));
        let started = clock.instant();
        let mut screen = Screen::new();
        screen.beside(&title(&format!(
            "{} {context} flightdeck",
            policy.environment.word()
        )));
        let cockpit = Self {
            model,
            policy,
            appearance,
            keyboard: Keyboard::default(),
            memory: Memory::default(),
            clock,
            started,
            jumps: JumpDetector::default(),
            drivers,
            desk,
            used,
            revisions,
            follower,
            meter,
            poke: Poke::default(),
            again: Arc::new(Notify::new()),
            screen,
            size: Rect::ZERO,
            capabilities,
            last_frame: None,
            due: Due::Key,
            painted: None,
            suspend: None,
            login_wanted: false,
            reach: (opening.flags.clone(), opening.surroundings.clone()),
            leaving: None,
            ticks: 0,
        };
        (cockpit, opening, api_in)
    }

    /// Leaves as soon as nothing is in flight. A signal's status stays, whatever is asked for later.
    pub(super) fn leave(&mut self, exit: Exit) {
        let (since, exit) = match self.leaving {
            Some((since, earlier)) if earlier != Exit::DONE => (since, earlier),
            Some((since, _)) => (since, exit),
            None => (self.clock.instant(), exit),
        };
        self.leaving = Some((since, exit));
    }

    pub(super) fn moment(&self) -> Moment {
        let passed = self.clock.instant().saturating_duration_since(self.started);
        Moment(u64::try_from(passed.as_millis()).unwrap_or(u64::MAX))
    }

    /// Applies one event and does what it asks for.
    pub(super) fn update(&mut self, event: Event, due: Due) {
        let context = Context {
            now: self.clock.now(),
            moment: self.moment(),
            planner: &*self.drivers,
            policy: &self.policy,
        };
        let effects = app::update(&context, &mut self.model, event);
        if self.due != Due::Key {
            self.due = due;
        }
        for effect in effects {
            self.perform(effect);
        }
    }

    /// A key, or something else from the terminal.
    fn typed(&mut self, event: TermEvent) -> Option<Exit> {
        match event {
            TermEvent::Key(key) => self.key(key, false),
            TermEvent::Repeat(key) => self.key(key, true),
            TermEvent::Paste(text) => self.update(Event::Paste(text), Due::Key),
            TermEvent::Dropped { what, count } => self.update(Event::InputDropped { what, count }, Due::Key),
            TermEvent::Resize { .. } => self.resize(),
            TermEvent::FocusGained | TermEvent::FocusLost => {}
            TermEvent::InputClosed => return Some(Exit::HANG_UP),
        }
        None
    }

    fn key(&mut self, key: app::Key, repeat: bool) {
        if let Some(event) = self
            .keyboard
            .read(&self.appearance.settings.keys, &self.model, key, repeat)
        {
            self.update(event, Due::Key);
        }
    }

    fn is_arming(&self) -> bool {
        self.model
            .sheet()
            .is_some_and(|sheet| sheet.is_arming() && sheet.seen.is_some())
    }

    /// Leaves when nothing is in flight any more, or when waiting took too long.
    fn may_leave(&mut self) -> Option<Exit> {
        let (since, exit) = self.leaving?;
        let waited = self.clock.instant().saturating_duration_since(since);
        if self.model.in_flight() == 0 || waited >= FAREWELL {
            return Some(exit);
        }
        let text = format!("finishing {} before leaving", self.model.in_flight());
        self.model.flash = Some((MessageTone::Info, text, self.clock.now()));
        self.due = Due::Key;
        None
    }

    /// ctrl-z, or SIGTSTP from outside.
    async fn sleep(
        &mut self,
        asked: Asked,
        session: &Session,
        signals: &mut Signals,
        input: &mut Option<Input>,
        keys: &mpsc::Sender<TermEvent>,
    ) {
        if let Some(reading) = input.take() {
            reading.stop().await;
        }
        let result = session.suspend(signals, asked.signal()).await;
        match Input::start(self.capabilities.hold(), Arc::clone(&self.clock), keys.clone()) {
            Ok(reading) => *input = Some(reading),
            Err(error) => {
                tracing::error!(%error, "the keys cannot be read any more");
                self.leave(Exit::FAILED);
            }
        }
        self.screen.invalidate();
        self.resize();
        match result {
            Ok(()) => self.update(Event::Jumped { why: "suspended" }, Due::Key),
            Err(error) => {
                self.update(
                    Event::Message {
                        tone: MessageTone::Warn,
                        text: error.to_string(),
                    },
                    Due::Key,
                );
            }
        }
    }
}
