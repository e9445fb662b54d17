//! What a pod's container is doing at an instant, from its image's behaviour and the pod's age alone.

use jiff::{SignedDuration, Timestamp};

/// How containers of an image behave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct Behaviour {
    /// Until it runs, in seconds.
    pub(in crate::sandbox) start: u32,
    /// Until it is ready, from then.
    pub(in crate::sandbox) ready: u32,
    pub(in crate::sandbox) failure: Failure,
}

/// What goes wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Failure {
    None,
    /// The image cannot be had.
    Pull,
    /// It ends after so many seconds, each time.
    Crash {
        after: u32,
    },
    /// It runs and never becomes ready.
    Unready,
}

impl Failure {
    /// Its word in a scenario.
    pub(in crate::sandbox) fn of(word: Option<&str>, after: u32) -> Option<Self> {
        match word {
            None => Some(Self::None),
            Some("pull") => Some(Self::Pull),
            Some("crash") => Some(Self::Crash { after }),
            Some("unready") => Some(Self::Unready),
            Some(_) => None,
        }
    }
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            start: 2,
            ready: 3,
            failure: Failure::None,
        }
    }
}

/// The state of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    Creating,
    /// The word for why it waits.
    CannotPull(&'static str),
    Running {
        since: Timestamp,
        ready_since: Option<Timestamp>,
    },
    /// It ended and will be started again.
    BackingOff,
}

/// A container at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Picture {
    pub(super) doing: Doing,
    pub(super) restarts: u32,
    /// When it ran last, if it ever ended.
    pub(super) last: Option<(Timestamp, Timestamp)>,
    /// Since when it is no longer, or not yet, ready.
    pub(super) changed: Timestamp,
    /// When this is another picture.
    pub(super) until: Option<Timestamp>,
}

/// The first pause after a crash; each further one is twice as long, up to the longest.
const PAUSE: i64 = 10;
const LONGEST_PAUSE: i64 = 300;

/// What the container of a pod of that age does.
pub(super) fn picture(behaviour: &Behaviour, created: Timestamp, now: Timestamp) -> Picture {
    let seconds = |from: Timestamp, seconds: i64| from + SignedDuration::from_secs(seconds);
    let start = seconds(created, behaviour.start.into());
    let fresh = |doing, until| Picture {
        doing,
        restarts: 0,
        last: None,
        changed: created,
        until,
    };
    if now < start {
        return fresh(Doing::Creating, Some(start));
    }
    let runs_for = match behaviour.failure {
        Failure::Pull => {
            let tired = seconds(start, PAUSE);
            return if now < tired {
                fresh(Doing::CannotPull("ErrImagePull"), Some(tired))
            } else {
                fresh(Doing::CannotPull("ImagePullBackOff"), None)
            };
        }
        Failure::Crash { after } => Some(i64::from(after)),
        Failure::None | Failure::Unready => None,
    };
    let (mut since, mut restarts, mut last, mut pause) = (start, 0, None, PAUSE);
    let mut changed = created;
    loop {
        let end = runs_for.map(|runs_for| seconds(since, runs_for));
        if end.is_none_or(|end| now < end) {
            let ready =
                (behaviour.failure != Failure::Unready).then(|| seconds(since, behaviour.ready.into()));
            let ready = ready.filter(|ready| end.is_none_or(|end| *ready < end));
            return Picture {
                doing: Doing::Running {
                    since,
                    ready_since: ready.filter(|ready| *ready <= now),
                },
                restarts,
                last,
                changed,
                until: ready.filter(|ready| *ready > now).or(end),
            };
        }
        let Some(end) = end else {
            return fresh(Doing::Creating, None);
        };
        let again = seconds(end, pause);
        last = Some((since, end));
        changed = end;
        if now < again {
            return Picture {
                doing: Doing::BackingOff,
                restarts,
                last,
                changed,
                until: Some(again),
            };
        }
        restarts += 1;
        since = again;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn of(failure: Failure, second: i64) -> Picture {
        let behaviour = Behaviour {
            failure,
            ..Behaviour::default()
        };
        picture(&behaviour, at(0), at(second))
    }

    #[test]
    fn a_good_one_starts_and_becomes_ready() {
        assert_eq!(
            (of(Failure::None, 1).doing, of(Failure::None, 1).until),
            (Doing::Creating, Some(at(2)))
        );
        let running = |ready_since| Doing::Running {
            since: at(2),
            ready_since,
        };
        assert_eq!(of(Failure::None, 4).doing, running(None));
        assert_eq!(
            (of(Failure::None, 5).doing, of(Failure::None, 5).until),
            (running(Some(at(5))), None)
        );
        assert_eq!(of(Failure::Unready, 500).doing, running(None));
    }

    #[test]
    fn an_image_that_cannot_be_had_is_tried_and_then_waited_for() {
        assert_eq!(of(Failure::Pull, 3).doing, Doing::CannotPull("ErrImagePull"));
        assert_eq!(of(Failure::Pull, 12).doing, Doing::CannotPull("ImagePullBackOff"));
    }

    #[test]
    fn a_crash_is_followed_by_pauses_that_grow() {
        let crash = |second| of(Failure::Crash { after: 5 }, second);
        assert!(matches!(
            crash(6).doing,
            Doing::Running {
                ready_since: Some(_),
                ..
            }
        ));
        let first = crash(8);
        assert_eq!(
            (first.doing, first.restarts, first.until),
            (Doing::BackingOff, 0, Some(at(17)))
        );
        assert_eq!(first.last, Some((at(2), at(7))));
        let second = crash(25);
        assert_eq!(
            (second.doing, second.restarts, second.until),
            (Doing::BackingOff, 1, Some(at(42)))
        );
        assert!(matches!(crash(43).doing, Doing::Running { .. }));
        assert!(crash(100_000).restarts > 100);
    }
}
