//! What the model asks for, and what the system and time ask of the program.

use crate::adapters::record::Who;
use crate::app::{Effect, Event, MessageTone};

use super::Exit;
use super::cockpit::{Asked, Cockpit, Due};
use super::terminal::{Session, Signal, copy};

/// While nothing happens a frame is drawn this often, in ticks of a second: ages move in steps of five.
const CALM_EVERY: u64 = 5;

/// How often files are looked at for changes, in ticks of a second.
const RELOAD_EVERY: u64 = 2;

impl Cockpit {
    pub(super) fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Send { id, request, .. } => {
                let source = self.model.sources.get(&self.desk.cluster);
                let who = Who {
                    cluster_uid: self.desk.cluster_uid(),
                    server: source
                        .and_then(|it| it.server.as_ref())
                        .map(ToString::to_string)
                        .unwrap_or_default(),
                    user: source.and_then(|it| it.user.clone()),
                };
                tokio::spawn(self.desk.clone().serve(id, request, who));
            }
            Effect::Note {
                id,
                rollout,
                step,
                words,
            } => {
                let desk = self.desk.clone();
                tokio::spawn(async move { desk.note(id, &rollout.to_string(), step.verb(), &words).await });
            }
            Effect::Follow(key) => {
                if let Some(key) = &key {
                    self.used.note(key.name.namespace.raw());
                }
                self.meter.follow(key.clone(), &self.model);
                self.follower.follow(key, &self.model);
            }
            Effect::Remember(batch) => self.revisions.note(batch),
            Effect::Copy(text) => match copy(&text, self.capabilities) {
                Ok(bytes) => {
                    self.screen.beside(&bytes);
                    self.update(
                        Event::Message {
                            tone: MessageTone::Info,
                            text: format!("copied: {text}"),
                        },
                        Due::Key,
                    );
                }
                Err(error) => {
                    self.update(
                        Event::Message {
                            tone: MessageTone::Warn,
                            text: error.to_string(),
                        },
                        Due::Key,
                    );
                }
            },
            Effect::Refresh => {
                self.poke.all();
                self.again.notify_waiters();
            }
            Effect::Redraw => self.screen.invalidate(),
            Effect::Login => self.login_wanted = true,
            Effect::Suspend => self.suspend = Some(Asked::Key),
            Effect::Quit => self.leave(Exit::DONE),
        }
    }

    pub(super) fn signal(&mut self, signal: Signal, session: &Session) -> Option<Exit> {
        match signal {
            Signal::Terminate | Signal::HangUp => {
                let exit = Exit(signal.status().unwrap_or(1));
                if self.model.in_flight() == 0 {
                    return Some(exit);
                }
                self.leave(exit);
                None
            }
            Signal::Interrupt => {
                self.leave(Exit::DONE);
                None
            }
            Signal::Suspend => None,
            Signal::Resume => {
                if let Err(error) = session.reenter() {
                    tracing::error!(%error, "the terminal could not be entered again");
                }
                self.screen.invalidate();
                self.resize();
                self.update(
                    Event::Jumped {
                        why: "stopped and continued",
                    },
                    Due::Key,
                );
                None
            }
        }
    }

    pub(super) fn tick(&mut self) {
        self.ticks += 1;
        let why = "the machine slept, or its clock was set";
        if self.jumps.look(self.clock.now(), self.clock.instant()).is_some() {
            self.update(Event::Jumped { why }, Due::World);
        }
        if self.ticks.is_multiple_of(RELOAD_EVERY)
            && let Some(faults) = self.appearance.reload()
        {
            self.apply_rules();
            let (tone, text) = if faults.is_empty() {
                (
                    MessageTone::Good,
                    "configuration and themes read again".to_owned(),
                )
            } else {
                (MessageTone::Warn, faults.join("; "))
            };
            self.update(Event::Message { tone, text }, Due::World);
        }
        self.meter.look(&self.model);
        if self.ticks.is_multiple_of(CALM_EVERY) || !self.model.is_calm(self.clock.now()) {
            self.update(Event::Tick, Due::World);
        }
    }

    /// The rules of the open context as configured now: from the next request on they hold, shown or not.
    fn apply_rules(&mut self) {
        let (environment, read_only) = self.appearance.rules();
        self.policy.environment = environment;
        self.policy.read_only = read_only;
        self.policy.events = self.appearance.posts_events();
        self.desk.read_only = read_only;
        let metrics = self.appearance.metrics(self.meter.metrics().cloned());
        self.meter.configure(metrics);
        for source in self.model.sources.values_mut() {
            source.environment = environment;
            source.read_only = read_only;
        }
    }
}
