//! A minute of two pods, and what is answered of it.

use super::*;
use crate::promql::{STALE, parse};

/// Series written as labels and values that are five seconds apart, the first at 0.
struct Written(Vec<Series>);

impl Samples for Written {
    fn series(&self, wanted: &Wanted, after: i64, until: i64) -> Vec<Series> {
        let fits = self
            .0
            .iter()
            .filter(|it| wanted.fit(|label| it.labels.get(label)));
        let cut = |series: &Series| {
            let points = series.points.iter().filter(|(at, _)| *at > after && *at <= until);
            Series {
                labels: series.labels.clone(),
                points: points.copied().collect(),
            }
        };
        fits.map(cut).filter(|it| !it.points.is_empty()).collect()
    }
}

/// Name, labels, values.
type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [f64]);

fn written(all: &[Row<'_>]) -> Written {
    let series = all.iter().map(|(name, labels, values)| Series {
        labels: labels.iter().copied().chain([("__name__", *name)]).collect(),
        points: (0..).step_by(5000).zip(values.iter().copied()).collect(),
    });
    Written(series.collect())
}

fn shop() -> Written {
    let ramp = |step: f64| -> Vec<f64> { (0..=12).map(|n| f64::from(n) * step).collect() };
    written(&[
        ("requests", &[("pod", "a"), ("code", "200")], &ramp(50.0)),
        ("requests", &[("pod", "a"), ("code", "500")], &ramp(5.0)),
        ("requests", &[("pod", "b"), ("code", "200")], &ramp(10.0)),
        ("bucket", &[("pod", "a"), ("le", "0.1")], &ramp(50.0)),
        ("bucket", &[("pod", "a"), ("le", "0.5")], &ramp(90.0)),
        ("bucket", &[("pod", "a"), ("le", "+Inf")], &ramp(100.0)),
        ("up", &[("pod", "a")], &[1.0]),
        ("up", &[("pod", "b")], &[1.0, STALE]),
        ("idle", &[("pod", "c")], &[0.0]),
    ])
}

/// Pods and their values at a minute, or why there are none.
fn at_a_minute(query: &str) -> Result<Vec<(String, f64)>, String> {
    let expr = parse(query).map_err(|mistake| mistake.to_string())?;
    match evaluate(&expr, &shop(), 60_000).map_err(|refusal| refusal.to_string())? {
        Value::Vector(all) => Ok(all
            .into_iter()
            .map(|it| {
                let rounded = (it.value * 1000.0).round() / 1000.0;
                (it.labels.get("pod").to_owned(), rounded)
            })
            .collect()),
        Value::Scalar(number) => Ok(vec![(String::new(), number)]),
        other @ (Value::Text(_) | Value::Matrix(_)) => Err(format!("{other:?}")),
    }
}

#[test]
fn the_part_that_is_answered_is_answered_as_prometheus_does() {
    let cases: [(&str, &[(&str, f64)]); 19] = [
        ("sum by (pod) (rate(requests[30s]))", &[("a", 11.0), ("b", 2.0)]),
        ("sum(increase(requests{pod=\"b\"}[30s]))", &[("", 60.0)]),
        (
            "sum by (pod) (rate(requests{code=~\"5..\"}[30s])) / sum by (pod) (rate(requests[30s]))",
            &[("a", 0.091)],
        ),
        (
            "(sum by (pod) (rate(requests{code=~\"5..\"}[30s])) or sum by (pod) (rate(requests[30s])) * 0) / sum by (pod) (rate(requests[30s]))",
            &[("a", 0.091), ("b", 0.0)],
        ),
        (
            "histogram_quantile(0.5, sum by (pod, le) (rate(bucket[30s])))",
            &[("a", 0.1)],
        ),
        (
            "histogram_quantile(0.7, sum by (pod, le) (rate(bucket[30s])))",
            &[("a", 0.3)],
        ),
        (
            "histogram_quantile(0.99, sum by (pod, le) (rate(bucket[30s])))",
            &[("a", 0.5)],
        ),
        ("up", &[("a", 1.0)]),
        ("up offset 58s", &[("a", 1.0), ("b", 1.0)]),
        ("max by (pod) (requests)", &[("a", 600.0), ("b", 120.0)]),
        ("min(requests)", &[("", 60.0)]),
        ("avg without (code) (requests{pod=\"a\"})", &[("a", 330.0)]),
        ("count(requests)", &[("", 3.0)]),
        ("requests > 100 < 200", &[("b", 120.0)]),
        ("requests{pod=\"b\"} == bool 120", &[("b", 1.0)]),
        ("sum by (pod) (requests) and up", &[("a", 660.0)]),
        ("sum by (pod) (requests) unless up", &[("b", 120.0)]),
        (
            "requests{code=\"500\"} / ignoring (code) requests{code=\"200\"}",
            &[("a", 0.1)],
        ),
        ("-(2 + 3 * 2 ^ 2)", &[("", -14.0)]),
    ];
    for (query, wanted) in cases {
        let wanted: Vec<_> = wanted
            .iter()
            .map(|(pod, value)| ((*pod).to_owned(), *value))
            .collect();
        assert_eq!(at_a_minute(query), Ok(wanted), "{query}");
    }
}

#[test]
fn nothing_is_not_zero() {
    assert_eq!(at_a_minute("rate(requests{code=\"404\"}[30s])"), Ok(vec![]));
    assert_eq!(
        at_a_minute("rate(idle[30s])"),
        Ok(vec![]),
        "one sample is no rate"
    );
    let found = at_a_minute("histogram_quantile(0.9, idle)").unwrap();
    assert_eq!(found, [], "no buckets");
    let divided = at_a_minute("idle / idle").unwrap();
    assert!(divided[0].1.is_nan());
}

#[test]
fn what_is_not_supported_is_named() {
    for (query, name) in [
        ("topk(3, requests)", "topk"),
        ("stddev(requests)", "stddev"),
        ("label_replace(up, \"a\", \"b\", \"c\", \"d\")", "label_replace"),
        ("irate(requests[1m])", "irate"),
        ("max_over_time(up[5m:1m])", "max_over_time"),
        ("sum(rate(requests[1m])) + up[5m:1m]", "a subquery"),
        ("up @ 5", "@"),
        ("up * on (pod) group_left () requests", "group_left"),
    ] {
        let refused = at_a_minute(query).unwrap_err();
        assert!(
            refused.contains(name) && refused.contains("not supported"),
            "{query}: {refused}"
        );
    }
    for query in [
        "rate(up)",
        "1 > 2",
        "up and 1",
        "requests / on (pod) requests",
        "sum(1)",
        "{__name__=~\"(\"}",
    ] {
        assert!(at_a_minute(query).is_err(), "{query}");
    }
}

#[test]
fn a_reset_is_growth_and_not_loss() {
    let window = counter::Window {
        from: 0,
        until: 20_000,
    };
    let points = [
        (0, 100.0),
        (5000, 110.0),
        (10_000, 5.0),
        (15_000, 15.0),
        (20_000, 25.0),
    ];
    let grown = counter::increase(&points, window, Per::Range).unwrap();
    assert!((grown - 35.0).abs() < 1e-9, "{grown}");
    assert_eq!(counter::increase(&points[..1], window, Per::Range), None);
}

#[test]
fn what_lies_beyond_the_samples_is_extrapolated_at_most_by_half_a_gap() {
    let window = counter::Window {
        from: 0,
        until: 60_000,
    };
    let grown = |points: &[(i64, f64)]| counter::increase(points, window, Per::Range).unwrap();
    // A gap at the end that is longer than usual counts half of the usual.
    assert!((grown(&[(1000, 100.0), (6000, 105.0), (11_000, 110.0)]) - 13.5).abs() < 1e-9);
    // A counter that began within the window did not grow before.
    assert!((grown(&[(1000, 0.0), (6000, 5.0), (11_000, 10.0)]) - 12.5).abs() < 1e-9);
}
