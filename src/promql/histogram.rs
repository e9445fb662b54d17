//! A quantile from cumulative buckets, as Prometheus computes it: linear within a bucket.

use std::collections::BTreeMap;

use super::labels::Labels;
use super::source::Sample;

/// The quantile of each histogram. A series without a readable `le` is no bucket.
pub(super) fn quantile(quantile: f64, buckets: Vec<Sample>) -> Vec<Sample> {
    let mut histograms: BTreeMap<Labels, Vec<(f64, f64)>> = BTreeMap::new();
    for bucket in buckets {
        if let Some(bound) = bound(bucket.labels.get("le")) {
            let labels = bucket.labels.without(&["le", "__name__"]);
            histograms.entry(labels).or_default().push((bound, bucket.value));
        }
    }
    let of = |(labels, buckets)| Sample {
        labels,
        value: of_buckets(quantile, buckets),
    };
    histograms.into_iter().map(of).collect()
}

fn bound(text: &str) -> Option<f64> {
    match text {
        "+Inf" => Some(f64::INFINITY),
        number => number.parse().ok(),
    }
}

/// Buckets: upper bound, and how many are not above it.
fn of_buckets(quantile: f64, mut buckets: Vec<(f64, f64)>) -> f64 {
    if quantile.is_nan() {
        return f64::NAN;
    }
    if quantile < 0.0 {
        return f64::NEG_INFINITY;
    }
    if quantile > 1.0 {
        return f64::INFINITY;
    }
    buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut merged: Vec<(f64, f64)> = Vec::new();
    for (bound, count) in buckets {
        match merged.last_mut() {
            Some(last) if last.0.total_cmp(&bound).is_eq() => last.1 += count,
            // Rates of buckets that were scraped apart need not be in order.
            Some(last) => {
                let count = count.max(last.1);
                merged.push((bound, count));
            }
            None => merged.push((bound, count)),
        }
    }
    let total = match merged.as_slice() {
        [_, .., (bound, count)] if *bound == f64::INFINITY && *count > 0.0 => *count,
        _ => return f64::NAN,
    };
    let rank = quantile * total;
    let mut below = (0.0, 0.0);
    for (index, (bound, count)) in merged.iter().copied().enumerate() {
        if bound == f64::INFINITY {
            break;
        }
        if count >= rank {
            if index == 0 && bound <= 0.0 {
                return bound;
            }
            let (start, before) = below;
            return start + (bound - start) * ((rank - before) / (count - before));
        }
        below = (bound, count);
    }
    // Above the last bound that has a number nothing is known.
    below.0
}
