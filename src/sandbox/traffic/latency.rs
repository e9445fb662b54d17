//! How long answers take: a lognormal distribution, told as shares of buckets.

/// Upper bounds of the buckets in seconds, as people choose them; above the last is one more.
pub(super) const BOUNDS: [f64; 9] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5];

/// The buckets.
pub(super) const BUCKETS: usize = 10;

/// How long answers take: the median in seconds, and the sigma.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Latency {
    pub(super) median: f64,
    pub(super) sigma: f64,
}

impl Latency {
    /// The share of answers that falls into each bucket. They add up to one.
    pub(super) fn shares(self) -> [f64; BUCKETS] {
        let mut shares = [0.0; BUCKETS];
        let mut below = 0.0;
        for (share, bound) in shares.iter_mut().zip(BOUNDS) {
            let up_to = self.up_to(bound);
            *share = (up_to - below).max(0.0);
            below = up_to;
        }
        if let Some(last) = shares.last_mut() {
            *last = (1.0 - below).max(0.0);
        }
        shares
    }

    /// The mean in seconds.
    pub(super) fn mean(self) -> f64 {
        self.median * (self.sigma * self.sigma / 2.0).exp()
    }

    fn up_to(self, seconds: f64) -> f64 {
        let distance = (seconds / self.median).ln();
        if self.sigma < 1e-6 {
            return if distance >= 0.0 { 1.0 } else { 0.0 };
        }
        f64::midpoint(
            1.0,
            error_function(distance / (self.sigma * std::f64::consts::SQRT_2)),
        )
    }
}

/// By Abramowitz and Stegun 7.1.26; it is off by less than 2e-7.
fn error_function(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x.abs());
    let series = [
        1.061_405_429,
        -1.453_152_027,
        1.421_413_741,
        -0.284_496_736,
        0.254_829_592,
    ];
    let sum = series.into_iter().fold(0.0, |sum, factor| (sum + factor) * t);
    (1.0 - sum * (-x * x).exp()).copysign(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_are_below_the_median_and_all_are_somewhere() {
        let latency = Latency {
            median: 0.1,
            sigma: 0.5,
        };
        assert!((latency.up_to(0.1) - 0.5).abs() < 1e-6);
        // One sigma above and below.
        assert!((latency.up_to(0.1 * 0.5_f64.exp()) - 0.841_344_7).abs() < 1e-5);
        assert!((latency.up_to(0.1 * (-0.5_f64).exp()) - 0.158_655_3).abs() < 1e-5);
        assert!((latency.shares().iter().sum::<f64>() - 1.0).abs() < 1e-9);
        let fixed = Latency {
            median: 0.2,
            sigma: 0.0,
        };
        assert!((fixed.shares()[5] - 1.0).abs() < 1e-9);
    }
}
