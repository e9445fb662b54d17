//! The loop of a command that acts: what the cluster tells and the desk answers goes into the model, and what the model asks
//! for goes to the desk. It is the cockpit's loop without keys and frames.

use std::time::{Duration, Instant};

use tokio::signal::unix::{self, SignalKind};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::adapters::record::{Record, Who};
use crate::adapters::seen::SeenRevisions;
use crate::adapters::tmux::Tmux;
use crate::app::{Context, Effect, Event, Follow, Model, Probe, Request};
use crate::clock::JumpDetector;
use crate::domain::{Moment, Outcome, RolloutKey};
use crate::runtime::last_lines;
use crate::runtime::requests::Desk;
use crate::runtime::{Exit, StartError};

use super::super::CommandError;
use super::super::opened::Opened;
use super::super::print::beside;
use super::order::Way;

/// How often time passes for the model.
const TICK: Duration = Duration::from_millis(100);

/// Answers waiting for the model.
const WAITING: usize = 64;

/// How long Events are waited for at the end: they tell others, and delay nothing.
const EVENTS: Duration = Duration::from_secs(1);

/// How long answers are waited for at the end.
const FAREWELL: Duration = Duration::from_secs(8);

/// What the answer itself says at the end, and is not said beside it before.
const LAST: [&str; 6] = [
    "refused: ",
    "not sent: ",
    "already so",
    "reverted",
    "not applied",
    "the object is gone",
];

/// The hand on an open cluster.
pub(super) struct Hand {
    pub(super) opened: Opened,
    pub(super) key: RolloutKey,
    desk: Desk,
    revisions: SeenRevisions,
    answers: mpsc::Receiver<Event>,
    /// What must come to its end: writes, and lines of the record.
    tasks: JoinSet<()>,
    /// Events on the object: best effort.
    events: JoinSet<()>,
    /// What need not: reads, reviews, dry runs.
    questions: JoinSet<()>,
    started: Instant,
    jumps: JumpDetector,
    ticks: Interval,
    signals: [(unix::Signal, Exit); 3],
}

/// What came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Came {
    /// Something for the model, which has taken it in.
    News,
    /// A signal that ends programs, with the code to end with.
    Ended(Exit),
}

impl Hand {
    pub(super) fn new(
        opened: Opened,
        key: RolloutKey,
        record: Record,
        revisions: SeenRevisions,
        way: &Way,
    ) -> Result<Self, CommandError> {
        let listen = |kind, exit| unix::signal(kind).map(|signal| (signal, exit));
        let signals = [
            listen(SignalKind::interrupt(), Exit::INTERRUPTED).map_err(StartError::Thread)?,
            listen(SignalKind::terminate(), Exit::TERMINATED).map_err(StartError::Thread)?,
            listen(SignalKind::hangup(), Exit::HANG_UP).map_err(StartError::Thread)?,
        ];
        let (events, answers) = mpsc::channel(WAITING);
        let clock = std::sync::Arc::clone(&opened.clock);
        let desk = Desk {
            cluster: opened.cluster.clone(),
            api: opened.api.clone(),
            events,
            record,
            planner: opened.drivers.clone(),
            read_only: opened.is_read_only(),
            // Two commands may begin in the same millisecond.
            run: format!("{}-{}", clock.now().as_millisecond(), std::process::id()),
            // Only what is typed can be typed elsewhere, too.
            tmux: matches!(way, Way::Asked).then(Tmux::of_process).flatten(),
            clock,
        };
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        Ok(Self {
            started: opened.clock.instant(),
            opened,
            key,
            desk,
            revisions,
            answers,
            tasks: JoinSet::new(),
            events: JoinSet::new(),
            questions: JoinSet::new(),
            jumps: JumpDetector::default(),
            ticks,
            signals,
        })
    }

    /// The name of the decision that this request is in the record.
    pub(super) fn decision(&self, id: crate::app::RequestId) -> String {
        format!("{}-{}", self.desk.run, id.0)
    }

    pub(super) fn model(&self) -> &Model {
        &self.opened.model
    }

    pub(super) fn moment(&self) -> Moment {
        let passed = self.passed_since(self.started);
        Moment(u64::try_from(passed.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn instant(&self) -> Instant {
        self.opened.clock.instant()
    }

    pub(super) fn passed_since(&self, then: Instant) -> Duration {
        self.instant().saturating_duration_since(then)
    }

    /// Does something to the model and what it then asks for.
    pub(super) fn act(&mut self, act: impl FnOnce(&Context<'_>, &mut Model) -> Vec<Effect>) {
        let moment = self.moment();
        let effects = self.opened.with(moment, act);
        self.perform(effects);
    }

    pub(super) fn apply(&mut self, event: Event) {
        let moment = self.moment();
        let effects = self.opened.update(moment, event);
        self.perform(effects);
        self.tell();
    }

    /// Waits for what comes next and lets the model take it in.
    pub(super) async fn next(&mut self) -> Result<Came, CommandError> {
        let [
            (interrupt, of_interrupt),
            (terminate, of_terminate),
            (hang_up, of_hang_up),
        ] = &mut self.signals;
        let event = tokio::select! {
            biased;
            _ = interrupt.recv() => return Ok(Came::Ended(*of_interrupt)),
            _ = terminate.recv() => return Ok(Came::Ended(*of_terminate)),
            _ = hang_up.recv() => return Ok(Came::Ended(*of_hang_up)),
            // The desk holds a sender of its own, so that there is always another one.
            Some(answer) = self.answers.recv() => answer,
            event = self.opened.next() => event?,
            _ = self.ticks.tick() => Event::Tick,
        };
        let (now, instant) = (self.opened.clock.now(), self.instant());
        if event == Event::Tick && self.jumps.look(now, instant).is_some() {
            let why = "the machine slept, or its clock was set";
            self.apply(Event::Jumped { why });
        }
        self.apply(event);
        Ok(Came::News)
    }

    /// Lets go of the cluster once every line of the record is written that still is to be, or is told. Another signal ends
    /// the waiting.
    pub(super) async fn finish(mut self) {
        let rest = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(FAREWELL, rest).await.is_err() {
            tracing::info!("an answer was not waited for");
        }
        // Where nothing was done, nothing is lost.
        let is_done =
            |follow: &Follow| !matches!(follow.answer, Some(Outcome::NotSent { .. } | Outcome::Refused(_)));
        if self.opened.model.follows.iter().any(is_done) {
            let [(interrupt, _), (terminate, _), (hang_up, _)] = &mut self.signals;
            let enough = async {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                    _ = hang_up.recv() => {}
                }
            };
            last_lines::write(&self.desk.record, enough).await;
        }
        let events = async { while self.events.join_next().await.is_some() {} };
        if tokio::time::timeout(EVENTS, events).await.is_err() {
            tracing::info!("an Event was not waited for");
        }
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        while self.tasks.try_join_next().is_some() {}
        while self.events.try_join_next().is_some() {}
        while self.questions.try_join_next().is_some() {}
        for effect in effects {
            match effect {
                // A cockpit asks for the rights on every row that it shows; here one rollout counts.
                Effect::Send {
                    request: Request::Probe(Probe::Access(question)),
                    ..
                } if question.name != self.key.name.name => {}
                Effect::Send { id, request, .. } => {
                    let source = self.opened.source();
                    let who = Who {
                        server: source
                            .server
                            .as_ref()
                            .map(ToString::to_string)
                            .unwrap_or_default(),
                        user: source.user.clone(),
                        cluster_uid: self.desk.cluster_uid(),
                    };
                    let tasks = match &request {
                        Request::Write(_) => &mut self.tasks,
                        Request::Note(_) => &mut self.events,
                        Request::Read(_) | Request::Probe(_) => &mut self.questions,
                    };
                    tasks.spawn(self.desk.clone().serve(id, request, who));
                }
                Effect::Note {
                    id,
                    rollout,
                    step,
                    words,
                } => {
                    let desk = self.desk.clone();
                    let rollout = rollout.to_string();
                    self.tasks
                        .spawn(async move { desk.note(id, &rollout, step.verb(), &words).await });
                }
                Effect::Remember(batch) => self.revisions.note(batch),
                Effect::Refresh => self.opened.refresh(),
                Effect::Follow(_)
                | Effect::Copy(_)
                | Effect::Login
                | Effect::Redraw
                | Effect::Suspend
                | Effect::Quit => {}
            }
        }
    }

    /// What the program has to say is said beside the answer.
    fn tell(&mut self) {
        let messages = std::mem::take(&mut self.opened.model.messages);
        let mut said: Vec<_> = messages.newest_first().collect();
        said.reverse();
        for message in said {
            let of_step = message.text.split_once(&format!(" {}: ", self.key));
            if !of_step.is_some_and(|(_, words)| LAST.iter().any(|last| words.starts_with(last))) {
                beside(&message.text);
            }
        }
    }
}
