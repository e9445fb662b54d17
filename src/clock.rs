//! Time: the only place that reads it. Everybody else is handed a [`Clock`], so that a test can set it and a recording can
//! replay it. Deliberately no timers: waiting is the runtime's business.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// Where the time comes from: the calendar, which people can set, and the stopwatch, which only goes forward.
pub trait Clock: Send + Sync {
    /// The calendar's time, for what is shown and compared with the cluster's stamps.
    fn now(&self) -> Timestamp;

    /// The stopwatch's time, for every span this program measures itself.
    fn instant(&self) -> Instant;
}

/// The machine's own clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where time enters")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    #[expect(clippy::disallowed_methods, reason = "this is where time enters")]
    fn instant(&self) -> Instant {
        Instant::now()
    }
}

/// A clock that stands still until it is told to move.
#[derive(Debug)]
pub struct TestClock {
    /// Nanoseconds since 1970: enough until 2262.
    wall: AtomicI64,
    start: Instant,
    elapsed: AtomicU64,
}

impl TestClock {
    /// A clock that shows `now`.
    pub fn at(now: Timestamp) -> Self {
        Self {
            wall: AtomicI64::new(nanoseconds(now)),
            start: SystemClock.instant(),
            elapsed: AtomicU64::new(0),
        }
    }

    /// Time passes, on both clocks alike.
    pub fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        self.elapsed.fetch_add(by, Ordering::SeqCst);
        self.wall
            .fetch_add(i64::try_from(by).unwrap_or(i64::MAX), Ordering::SeqCst);
    }

    /// Somebody sets the calendar; no time passes.
    pub fn set(&self, now: Timestamp) {
        self.wall.store(nanoseconds(now), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let wall = i128::from(self.wall.load(Ordering::SeqCst));
        Timestamp::from_nanosecond(wall).unwrap_or(Timestamp::MAX)
    }

    fn instant(&self) -> Instant {
        let elapsed = Duration::from_nanos(self.elapsed.load(Ordering::SeqCst));
        self.start.checked_add(elapsed).unwrap_or(self.start)
    }
}

fn nanoseconds(at: Timestamp) -> i64 {
    i64::try_from(at.as_nanosecond()).unwrap_or(i64::MAX)
}

/// By how much the two clocks may part between two looks before it counts as a jump.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

/// Notices that the calendar and the stopwatch part: the laptop slept, or the clock was set. Either way nothing that was known
/// before is fresh.
#[derive(Debug, Default)]
pub struct JumpDetector {
    last: Option<(Timestamp, Instant)>,
}

impl JumpDetector {
    /// Takes one look at both clocks; says how far the calendar went beyond the stopwatch since the last look, when that is
    /// more than five seconds. Slow corrections never add up to a jump.
    pub fn look(&mut self, wall: Timestamp, stopwatch: Instant) -> Option<SignedDuration> {
        let (then_wall, then_stopwatch) = self.last.replace((wall, stopwatch))?;
        let passed = stopwatch.saturating_duration_since(then_stopwatch);
        let passed = SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX);
        let jump = wall.duration_since(then_wall).saturating_sub(passed);
        (jump.abs() > TOLERANCE).then_some(jump)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Timestamp {
        "2026-03-01T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_test_clock_moves_only_when_told() {
        let clock = TestClock::at(noon());
        let start = clock.instant();
        assert_eq!((clock.now(), clock.instant()), (noon(), start));
        clock.advance(Duration::from_secs(3));
        assert_eq!(clock.now(), noon() + SignedDuration::from_secs(3));
        assert_eq!(clock.instant() - start, Duration::from_secs(3));
    }

    #[test]
    fn sleep_and_a_set_clock_are_jumps_and_an_idle_hour_is_none() {
        let clock = TestClock::at(noon());
        let mut jumps = JumpDetector::default();
        assert_eq!(jumps.look(clock.now(), clock.instant()), None);
        clock.advance(Duration::from_secs(3600));
        assert_eq!(jumps.look(clock.now(), clock.instant()), None);

        clock.set(clock.now() + SignedDuration::from_secs(600));
        assert_eq!(
            jumps.look(clock.now(), clock.instant()),
            Some(SignedDuration::from_secs(600))
        );
        assert_eq!(jumps.look(clock.now(), clock.instant()), None, "told once");

        clock.set(noon());
        assert!(
            jumps
                .look(clock.now(), clock.instant())
                .is_some_and(|jump| jump.is_negative())
        );
    }

    #[test]
    fn slow_corrections_never_add_up() {
        let clock = TestClock::at(noon());
        let mut jumps = JumpDetector::default();
        for _ in 0..100 {
            clock.advance(Duration::from_secs(1));
            clock.set(clock.now() + SignedDuration::from_secs(4));
            assert_eq!(jumps.look(clock.now(), clock.instant()), None);
        }
    }
}
