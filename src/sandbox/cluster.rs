//! What all connections share: the objects behind one lock, the clock, the token. Held for moments only, never while waiting.

use std::sync::{Arc, PoisonError};

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::clock::Clock;

use super::access::{CALLERS, Caller};
use super::control::Controllers;
use super::forward::{self, Responder};
use super::ids::hex;
use super::objects::Objects;
use super::resource::SCALERS;
use super::scenario::{Play, Scenario, ScenarioError};
use super::traffic::{self, Traffic};

/// Port-forwards at the same time.
const FORWARDS: usize = 64;

/// Objects and those who work on them.
#[derive(Debug)]
pub(super) struct State {
    pub(super) objects: Objects,
    pub(super) controllers: Controllers,
    pub(super) play: Play,
    pub(super) traffic: Traffic,
    /// The instant at which controllers have more to do.
    unfinished: Option<Timestamp>,
}

/// The cluster of one sandbox.
pub(super) struct Cluster {
    #[expect(
        clippy::disallowed_types,
        reason = "a server has many connections and one store"
    )]
    state: std::sync::Mutex<State>,
    clock: Arc<dyn Clock>,
    /// What pods answer to those who reach their ports.
    pub(super) responder: Responder,
    forwards: Arc<Semaphore>,
    /// What each caller's token comes to.
    tokens: [[u8; 32]; CALLERS.len()],
}

impl Cluster {
    /// A cluster at the beginning of a scenario: what lies before now happens when it is first advanced.
    pub(super) fn new(
        scenario: Scenario,
        clock: Arc<dyn Clock>,
        seed: [u8; 16],
        token: &str,
    ) -> Result<Self, ScenarioError> {
        let mut state = State {
            traffic: Traffic::new(scenario.traffic(), seed),
            unfinished: None,
            objects: Objects::new(seed),
            controllers: Controllers::new(scenario.behaviours()),
            play: Play::new(scenario, seed, clock.now()),
        };
        state.begin()?;
        Ok(Self {
            #[expect(
                clippy::disallowed_types,
                reason = "a server has many connections and one store"
            )]
            state: std::sync::Mutex::new(state),
            clock,
            responder: Arc::new(forward::usual),
            forwards: Arc::new(Semaphore::new(FORWARDS)),
            tokens: tokens(token).map(|token| Sha256::digest(token).into()),
        })
    }

    /// Does something with all of it. A panic elsewhere leaves the store as it was between two changes.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A place for one more port-forward, if there is one.
    pub(super) fn forwards(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.forwards).try_acquire_owned().ok()
    }

    /// Whose token that is. Digests are compared, so that the time it takes tells nothing.
    pub(super) fn caller(&self, token: &str) -> Option<&'static Caller> {
        let digest = <[u8; 32]>::from(Sha256::digest(token));
        let mut known = CALLERS.iter().zip(&self.tokens);
        known.find(|(_, its)| **its == digest).map(|(caller, _)| caller)
    }
}

/// The token of each caller: the first is given, the others are made of it.
pub(super) fn tokens(first: &str) -> [String; CALLERS.len()] {
    CALLERS.map(|caller| {
        if caller == CALLERS[0] {
            first.to_owned()
        } else {
            hex(&Sha256::digest(format!("{}/{first}", caller.name)))
        }
    })
}

impl State {
    fn begin(&mut self) -> Result<(), ScenarioError> {
        let start = self.play.start();
        traffic::furnish(&mut self.objects, start);
        self.play.furnish(&mut self.objects, start)
    }

    /// Lets everything happen that is due until `now`, in order.
    pub(super) fn advance(&mut self, now: Timestamp) {
        while !self.advance_for(now, usize::MAX) {}
    }

    /// The same, for so many looks of the controllers at most; false when there is more to do. Others may ask in between.
    pub(super) fn advance_for(&mut self, now: Timestamp, looks: usize) -> bool {
        self.traffic.catch_up(now);
        loop {
            let next = [self.play.due(), self.controllers.due(), self.traffic.due()];
            let next = next.into_iter().flatten().min();
            let at = self
                .unfinished
                .take()
                .or(next.filter(|at| *at < now))
                .unwrap_or(now);
            self.play.act(&mut self.objects, at);
            if !self.controllers.step(&mut self.objects, at, looks) {
                self.unfinished = Some(at);
                return false;
            }
            if self.traffic.step(&self.objects, at) && self.objects.store.list(SCALERS, None).next().is_some()
            {
                let work = self.traffic.work().collect();
                self.controllers.report(&self.objects, work);
            }
            if at == now {
                return true;
            }
        }
    }
}

#[cfg(test)]
#[path = "cluster_tests.rs"]
mod tests;
