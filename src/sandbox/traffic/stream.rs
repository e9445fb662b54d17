//! The requests of all users, step by step.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::board::{Board, Place};
use super::history::{CODES, Counts, EVERY, History};
use super::load::{Load, serve};
use super::plan::{Plan, Serving, Users};
use super::random::{Random, whole};
use crate::sandbox::objects::Objects;
use crate::sandbox::resource::PODS;
use crate::sandbox::store::Key;

/// What is simulated of the time before it began, and after a sleep: enough for rates of a minute.
const EARLIER: SignedDuration = SignedDuration::from_secs(90);

/// How long a rate takes to swell and ebb, in seconds: a day in twenty minutes.
const DAY: f64 = 1200.0;

/// Which Service's requests a pod counts. The Service itself, with no pod, counts what found no endpoint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Target {
    pub(super) service: Place,
    pub(super) pod: Arc<str>,
}

/// What is known of a target.
#[derive(Debug, Default)]
pub(super) struct Meter {
    pub(super) history: History,
    restarts: u32,
}

/// The users, and what was scraped of them.
#[derive(Debug)]
pub(in crate::sandbox) struct Traffic {
    plans: BTreeMap<Place, Plan>,
    images: BTreeMap<String, Serving>,
    seed: u64,
    board: Board,
    pub(super) meters: BTreeMap<Target, Meter>,
    /// The slow pod of an image behind a Service: the first that was seen.
    slow: BTreeMap<(Place, Arc<str>), Arc<str>>,
    /// What each pod had to do in the last step (namespace, pod, thousandths of a processor).
    work: Vec<(Arc<str>, Arc<str>, u64)>,
    next: Option<Timestamp>,
}

impl Traffic {
    /// What these users will do.
    pub(in crate::sandbox) fn new(users: Users, seed: [u8; 16]) -> Self {
        let Users { plans, images } = users;
        let plans = plans
            .into_iter()
            .map(|((namespace, name), plan)| ((namespace.into(), name.into()), plan));
        Self {
            plans: plans.collect(),
            images,
            seed: u64::try_from(u128::from_le_bytes(seed) >> 64).unwrap_or(0),
            board: Board::default(),
            meters: BTreeMap::new(),
            slow: BTreeMap::new(),
            work: Vec::new(),
            next: None,
        }
    }

    /// Where to go on until `now`: what was missed for long is not made up for.
    pub(in crate::sandbox) fn catch_up(&mut self, now: Timestamp) {
        let earliest = aligned(now.saturating_sub(EARLIER).unwrap_or(now));
        if self.next.is_none_or(|next| next < earliest) {
            self.next = Some(earliest);
        }
    }

    /// When the next step is.
    pub(in crate::sandbox) fn due(&self) -> Option<Timestamp> {
        self.next.filter(|_| !self.plans.is_empty())
    }

    /// How much each pod had to do in the last step. One that has all that it can do uses a whole processor.
    pub(in crate::sandbox) fn work(&self) -> impl Iterator<Item = (Key, u64)> + '_ {
        let work = self.work.iter();
        work.map(|(namespace, pod, load)| (Key::new(PODS, namespace, pod), *load))
    }

    /// Takes the step that is due; false when none is.
    pub(in crate::sandbox) fn step(&mut self, objects: &Objects, now: Timestamp) -> bool {
        let Some(at) = self.due().filter(|at| *at <= now) else {
            return false;
        };
        self.work.clear();
        self.next = at.checked_add(SignedDuration::from_millis(EVERY)).ok();
        self.board.look(objects);
        let at = at.as_millisecond();
        let mut scraped: BTreeMap<Target, (Counts, u32)> = BTreeMap::new();
        for (service, plan) in &self.plans {
            let rate = rate(plan, service, at);
            let ready = self.board.endpoints(service).filter(|it| it.is_ready);
            let ready = u32::try_from(ready.count()).unwrap_or(u32::MAX);
            for endpoint in self.board.endpoints(service) {
                let container = self.board.container(&service.0, &endpoint.pod);
                let Some((container, since)) = container.and_then(|it| Some((it, it.since?))) else {
                    continue;
                };
                let serving = self.images.get(&*container.image).copied().unwrap_or_default();
                let is_slow = serving.slow > 1.0 && {
                    let first = self.slow.entry((service.clone(), Arc::clone(&container.image)));
                    *first.or_insert_with(|| Arc::clone(&endpoint.pod)) == endpoint.pod
                };
                let load = Load {
                    rate: if endpoint.is_ready {
                        rate / f64::from(ready)
                    } else {
                        0.0
                    },
                    seconds: seconds(EVERY),
                    age: seconds(at.saturating_sub(since.as_millisecond())),
                    is_slow,
                };
                let mut random = Random::of(self.seed, &[&service.0, &service.1, &endpoint.pod], at);
                let target = Target {
                    service: service.clone(),
                    pod: Arc::clone(&endpoint.pod),
                };
                let counts = serve(&serving, load, &mut random);
                let work = (load.rate / serving.capacity).clamp(0.0, 1.0) * 1000.0;
                self.work.push((
                    Arc::clone(&service.0),
                    Arc::clone(&endpoint.pod),
                    u64::from(whole(work)),
                ));
                scraped.insert(target, (counts, container.restarts));
            }
            if ready == 0 {
                let mut random = Random::of(self.seed, &[&service.0, &service.1], at);
                let mut counts = Counts::default();
                let [_, _, (refused, _)] = CODES;
                counts.add(refused, random.poisson(rate * seconds(EVERY)));
                let target = Target {
                    service: service.clone(),
                    pod: Arc::from(""),
                };
                scraped.insert(target, (counts, 0));
            }
        }
        self.note(scraped, at);
        true
    }

    fn note(&mut self, mut scraped: BTreeMap<Target, (Counts, u32)>, at: i64) {
        for (target, meter) in &mut self.meters {
            match scraped.remove(target) {
                Some((counts, restarts)) => meter.scrape(at, &counts, restarts),
                // The Service goes on counting nothing.
                None if target.pod.is_empty() => meter.scrape(at, &Counts::default(), 0),
                None => meter.history.missed(at),
            }
        }
        self.meters
            .retain(|target, meter| target.pod.is_empty() || !meter.history.is_over());
        for (target, (counts, restarts)) in scraped {
            let mut meter = Meter {
                restarts,
                ..Meter::default()
            };
            meter.scrape(at, &counts, restarts);
            self.meters.insert(target, meter);
        }
    }
}

impl Meter {
    fn scrape(&mut self, at: i64, counts: &Counts, restarts: u32) {
        if std::mem::replace(&mut self.restarts, restarts) != restarts {
            self.history.reset();
        }
        self.history.scrape(at, counts);
    }
}

/// Scrapes are at whole steps.
fn aligned(at: Timestamp) -> Timestamp {
    let millis = at.as_millisecond();
    Timestamp::from_millisecond(millis.saturating_sub(millis.rem_euclid(EVERY))).unwrap_or(at)
}

fn seconds(millis: i64) -> f64 {
    std::time::Duration::from_millis(u64::try_from(millis).unwrap_or(0)).as_secs_f64()
}

/// Requests a second at an instant: each Service has its own noon.
fn rate(plan: &Plan, service: &Place, at: i64) -> f64 {
    let noon = Random::of(0, &[&service.0, &service.1], 0).share();
    let day = (seconds(at) / DAY + noon).fract();
    plan.rate * (1.0 + plan.wobble * (day * std::f64::consts::TAU).sin())
}

#[cfg(test)]
#[path = "stream_tests.rs"]
mod tests;
