//! What one pod makes of the requests that reach it in one step: answered, failed, refused, and how fast.

use super::history::{CODES, Counts, FIRST_BUCKET, SUM};
use super::latency::Latency;
use super::plan::Serving;
use super::random::{Random, whole};

/// The most that load alone slows answers down.
const SLOWEST: f64 = 12.0;

/// What reaches a pod.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Load {
    /// Requests a second, on average.
    pub(super) rate: f64,
    /// For so many seconds.
    pub(super) seconds: f64,
    /// Since when the container runs, in seconds.
    pub(super) age: f64,
    /// It is the slow one.
    pub(super) is_slow: bool,
}

/// Counts what the pod does with it.
pub(super) fn serve(serving: &Serving, load: Load, random: &mut Random) -> Counts {
    let use_of_it = load.rate / serving.capacity;
    let (refused, slower) = if use_of_it < 1.0 {
        let waiting = 0.5 * use_of_it * use_of_it / (1.0 - use_of_it);
        (0.0, (1.0 + waiting).min(SLOWEST))
    } else {
        (1.0 - 1.0 / use_of_it, SLOWEST)
    };
    let slow = if load.is_slow { serving.slow } else { 1.0 };
    let latency = Latency {
        median: serving.latency_ms / 1000.0 * slower * slow,
        sigma: serving.spread,
    };
    let requests = load.rate * load.seconds;
    let mut counts = Counts::default();
    let mut answered = 0_u32;
    for (index, share) in latency.shares().into_iter().enumerate() {
        let count = random.poisson(requests * (1.0 - refused) * share);
        answered = answered.saturating_add(count);
        counts.add(FIRST_BUCKET + index, count);
    }
    let failing = if load.age < f64::from(serving.errors_after) {
        0.0
    } else {
        serving.error_rate
    };
    let failed = random.poisson(f64::from(answered) * failing).min(answered);
    let too_many = random.poisson(requests * refused);
    let [fine, error, overload] = CODES;
    counts.add(fine.0, answered.saturating_sub(failed));
    counts.add(error.0, failed);
    counts.add(overload.0, too_many);
    // What is refused is refused at once.
    counts.add(FIRST_BUCKET, too_many);
    counts.add(SUM, whole(f64::from(answered) * latency.mean() * 1e6));
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(serving: &Serving, load: Load) -> (f64, f64, f64) {
        let mut sums = (0.0, 0.0, 0.0);
        for step in 0..200 {
            let counts = serve(serving, load, &mut Random::of(1, &["pod"], step));
            let [fine, error, overload] = CODES.map(|(index, _)| f64::from(counts.get(index)));
            sums.0 += fine + error + overload;
            sums.1 += error + overload;
            sums.2 += f64::from(counts.get(SUM)) / 1e6;
        }
        (sums.0 / 1000.0, sums.1 / sums.0, sums.2 / sums.0)
    }

    const CALM: Load = Load {
        rate: 20.0,
        seconds: 5.0,
        age: 100.0,
        is_slow: false,
    };

    #[test]
    fn load_errors_and_slowness_are_felt() {
        let usual = Serving::default();
        let (rate, errors, mean) = total(&usual, CALM);
        assert!(
            (rate - 20.0).abs() < 1.0 && errors < 1e-9 && mean < 0.04,
            "{rate} {errors} {mean}"
        );

        let bad = Serving {
            error_rate: 0.2,
            errors_after: 60,
            ..usual
        };
        let (_, errors, _) = total(&bad, CALM);
        assert!((errors - 0.2).abs() < 0.03, "{errors}");
        let (_, early, _) = total(&bad, Load { age: 59.0, ..CALM });
        assert!(early < 1e-9, "not yet: {early}");

        let slow = Serving { slow: 10.0, ..usual };
        let (_, _, of_the_slow) = total(
            &slow,
            Load {
                is_slow: true,
                ..CALM
            },
        );
        let (_, _, of_another) = total(&slow, CALM);
        assert!(of_the_slow > 8.0 * of_another, "{of_the_slow} {of_another}");

        let (rate, errors, late) = total(&usual, Load { rate: 200.0, ..CALM });
        assert!(
            (rate - 200.0).abs() < 5.0,
            "an open loop does not slow down: {rate}"
        );
        assert!((errors - 0.5).abs() < 0.03, "half is too much: {errors}");
        assert!(late > 4.0 * mean, "{late} {mean}");
    }
}
