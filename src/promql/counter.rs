//! How much a counter grew in a window: resets are made up for, and what lies before the first and after the last sample is
//! extrapolated as Prometheus does it.

/// Of what the growth is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Per {
    Second,
    Range,
}

/// From when until when, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) from: i64,
    pub(super) until: i64,
}

/// The growth; `None` of less than two samples.
pub(super) fn increase(points: &[(i64, f64)], window: Window, per: Per) -> Option<f64> {
    let (&(first_at, first), &(last_at, last)) = (points.first()?, points.last()?);
    let gaps = u32::try_from(points.len().checked_sub(1)?)
        .ok()
        .filter(|gaps| *gaps > 0)?;
    let mut grown = last - first;
    let mut before = first;
    for (_, value) in points {
        if *value < before {
            grown += before;
        }
        before = *value;
    }
    let sampled = seconds(first_at, last_at);
    let usual = sampled / f64::from(gaps);
    let mut to_start = seconds(window.from, first_at);
    let to_end = seconds(last_at, window.until);
    // A counter was never below zero, so it cannot have grown for longer than that.
    if grown > 0.0 && first >= 0.0 {
        to_start = to_start.min(sampled * (first / grown));
    }
    let beyond = |gap: f64| if gap < usual * 1.1 { gap } else { usual / 2.0 };
    let covered = sampled + beyond(to_start) + beyond(to_end);
    let factor = match per {
        Per::Range => covered / sampled,
        Per::Second => covered / sampled / seconds(window.from, window.until),
    };
    Some(grown * factor)
}

fn seconds(from: i64, until: i64) -> f64 {
    std::time::Duration::from_millis(u64::try_from(until.saturating_sub(from)).unwrap_or(0)).as_secs_f64()
}
