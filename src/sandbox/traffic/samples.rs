//! The counters of all pods as the series that an exporter would show.

use super::history::{CODES, FIRST_BUCKET, SUM, Scrape};
use super::latency::BOUNDS;
use super::stream::{Target, Traffic};
use crate::promql::{Labels, STALE, Samples, Series, Wanted};

const REQUESTS: &str = "http_requests_total";
const BUCKET: &str = "http_request_duration_seconds_bucket";
const DURATION_SUM: &str = "http_request_duration_seconds_sum";
const DURATION_COUNT: &str = "http_request_duration_seconds_count";

/// The labels there are.
pub(super) const LABELS: [&str; 6] = ["__name__", "code", "le", "namespace", "pod", "service"];

/// One series of a target.
#[derive(Clone, Debug)]
struct Kind {
    name: &'static str,
    /// `code` or `le`, where there is one.
    own: Option<(&'static str, String)>,
    of: Of,
}

#[derive(Clone, Copy, Debug)]
enum Of {
    Code(usize),
    /// All buckets up to this one.
    Buckets(usize),
    Sum,
}

/// The series of a target: those with a duration are of pods alone.
fn kinds() -> Vec<Kind> {
    let codes = CODES.map(|(index, code)| Kind {
        name: REQUESTS,
        own: Some(("code", code.to_owned())),
        of: Of::Code(index),
    });
    let bounds = BOUNDS.iter().map(ToString::to_string).chain(["+Inf".to_owned()]);
    let buckets = bounds.enumerate().map(|(index, bound)| Kind {
        name: BUCKET,
        own: Some(("le", bound)),
        of: Of::Buckets(index),
    });
    let plain = |name, of| Kind { name, own: None, of };
    let all = codes.into_iter().chain(buckets);
    all.chain([
        plain(DURATION_SUM, Of::Sum),
        plain(DURATION_COUNT, Of::Buckets(BOUNDS.len())),
    ])
    .collect()
}

impl Kind {
    fn value(&self, counters: &[f64]) -> f64 {
        let at = |index: usize| counters.get(index).copied().unwrap_or(0.0);
        match self.of {
            Of::Code(index) => at(index),
            Of::Buckets(last) => (0..=last).map(|index| at(FIRST_BUCKET + index)).sum(),
            Of::Sum => at(SUM) / 1e6,
        }
    }

    /// A code is not there before it was answered once, except the good one.
    fn is_there(&self, value: f64, target: &Target) -> bool {
        match self.of {
            Of::Code(1..) => value > 0.0,
            Of::Code(0) | Of::Buckets(_) | Of::Sum => !target.pod.is_empty(),
        }
    }

    fn points(&self, target: &Target, scrapes: &[Scrape]) -> Vec<(i64, f64)> {
        let (mut points, mut was_there) = (Vec::new(), false);
        for scrape in scrapes {
            let value = scrape.counters.as_ref().map(|it| self.value(it));
            match value.filter(|value| self.is_there(*value, target)) {
                Some(value) => {
                    points.push((scrape.at, value));
                    was_there = true;
                }
                None if std::mem::take(&mut was_there) => points.push((scrape.at, STALE)),
                None => {}
            }
        }
        points
    }
}

impl Samples for Traffic {
    fn series(&self, wanted: &Wanted, after: i64, until: i64) -> Vec<Series> {
        let kinds = kinds();
        let mut found = Vec::new();
        for (target, meter) in &self.meters {
            let (namespace, service) = (&*target.service.0, &*target.service.1);
            let fits = wanted.fits("namespace", namespace)
                && wanted.fits("service", service)
                && wanted.fits("pod", &target.pod);
            if !fits {
                continue;
            }
            let mut scrapes: Option<Vec<Scrape>> = None;
            for kind in &kinds {
                let own = kind.own.as_ref().map(|(label, value)| (*label, value.as_str()));
                let labels: Labels = [
                    ("__name__", kind.name),
                    ("namespace", namespace),
                    ("pod", &*target.pod),
                    ("service", service),
                ]
                .into_iter()
                .chain(own)
                .collect();
                if !wanted.fit(|label| labels.get(label)) {
                    continue;
                }
                // What comes before tells whether a series was there.
                let scrapes = scrapes.get_or_insert_with(|| {
                    let all = meter.history.scrapes();
                    all.take_while(|scrape| scrape.at <= until).collect()
                });
                let mut points = kind.points(target, scrapes);
                points.retain(|(at, _)| *at > after);
                if !points.is_empty() {
                    found.push(Series { labels, points });
                }
            }
        }
        found
    }
}
