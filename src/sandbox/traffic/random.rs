//! Numbers that look random and repeat with their seed, in every version of the program: the crates for this do not promise that.

/// `SplitMix64`.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

/// From this mean on the Poisson distribution is as good as a normal one.
const MANY: f64 = 40.0;

impl Random {
    /// One for each of many things: draws for one do not depend on how many others there are.
    pub(super) fn of(seed: u64, name: &[&str], instant: i64) -> Self {
        let mut state = seed ^ instant.unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for byte in name.iter().flat_map(|part| part.bytes().chain([0])) {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Self(state)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to below 1.
    pub(super) fn share(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap_or(0)) / 4_294_967_296.0
    }

    /// How often something happens that happens so often on average.
    pub(super) fn poisson(&mut self, mean: f64) -> u32 {
        if mean.is_nan() || mean <= 1e-9 {
            return 0;
        }
        if mean > MANY {
            return whole(mean + self.normal() * mean.sqrt());
        }
        let (limit, mut product, mut count) = ((-mean).exp(), self.share(), 0);
        while product > limit {
            product *= self.share();
            count += 1;
        }
        count
    }

    /// By Box and Muller.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.share()).ln()).sqrt();
        radius * (self.share() * std::f64::consts::TAU).cos()
    }
}

/// The nearest whole number, none below zero.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "there is no other way from a float to a whole number, and this one saturates"
)]
pub(super) fn whole(number: f64) -> u32 {
    number.round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_the_mean_and_the_scatter_of_their_kind() {
        for mean in [0.2, 3.0, 25.0, 400.0] {
            let mut random = Random::of(7, &["pod"], 0);
            let draws: Vec<f64> = (0..20_000).map(|_| f64::from(random.poisson(mean))).collect();
            let average = draws.iter().sum::<f64>() / 20_000.0;
            let scatter = draws.iter().map(|it| (it - average).powi(2)).sum::<f64>() / 20_000.0;
            assert!((average - mean).abs() < 0.05 * mean, "{mean}: {average}");
            assert!((scatter - mean).abs() < 0.1 * mean, "{mean}: {scatter}");
        }
        assert_eq!(Random::of(7, &["pod"], 0).poisson(0.0), 0);
    }

    #[test]
    fn the_same_seed_name_and_instant_give_the_same_and_others_do_not() {
        let draw = |seed, name, instant| Random::of(seed, &[name], instant).next();
        assert_eq!(draw(1, "a", 5), draw(1, "a", 5));
        for other in [draw(2, "a", 5), draw(1, "b", 5), draw(1, "a", 6)] {
            assert_ne!(draw(1, "a", 5), other);
        }
    }
}
