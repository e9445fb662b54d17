//! What the users of a small shop see, second by second, with a clock that is set.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::clock::{Clock as _, TestClock};
use crate::sandbox::cluster::Cluster;
use crate::sandbox::objects::{How, Part};
use crate::sandbox::resource::{DEPLOYMENTS, PODS, by_id};
use crate::sandbox::route::Query;
use crate::sandbox::scenario::Scenario;
use crate::sandbox::store::Key;
use crate::sandbox::traffic;

const ERRORS: &str = "sum(rate(http_requests_total{service=\"web\",code=~\"5..\"}[30s])) / sum(rate(http_requests_total{service=\"web\"}[30s]))";
const REQUESTS: &str = "sum(rate(http_requests_total{service=\"web\"}[30s]))";
const SLOWEST: &str = "max(histogram_quantile(0.9, sum by (pod, le) (rate(http_request_duration_seconds_bucket{service=\"web\"}[30s]))))";

struct Shop {
    cluster: Cluster,
    clock: Arc<TestClock>,
}

fn shop() -> Shop {
    let clock = Arc::new(TestClock::at("2026-03-01T12:00:00Z".parse().unwrap()));
    let scenario = r#"
        image = [
          { name = "web:bad", serves = { error_rate = 0.5 } },
          { name = "web:slow", serves = { slow = 20 } },
          { name = "web:crash", fails = "crash", after = 60 },
          { name = "web:broken", fails = "unready" },
        ]
        [[app]]
        namespace = "shop"
        name = "web"
        image = "web:v1"
        replicas = 4
        at = -3600
        traffic = { rate = 80, wobble = 0 }
    "#;
    let cluster = Cluster::new(
        Scenario::parse("s.toml", scenario).unwrap(),
        clock.clone(),
        [3; 16],
        "token",
    )
    .unwrap();
    let now = clock.now();
    cluster.with(|state| state.advance(now));
    Shop { cluster, clock }
}

impl Shop {
    fn pass(&self, seconds: u64) {
        for _ in 0..seconds {
            self.clock.advance(Duration::from_secs(1));
            let now = self.clock.now();
            self.cluster.with(|state| state.advance(now));
        }
    }

    fn change(&self, change: impl FnOnce(&mut Value)) {
        let key = Key::new(DEPLOYMENTS, "shop", "web");
        let how = How {
            manager: "ann",
            now: self.clock.now(),
            dry_run: false,
        };
        self.cluster.with(|state| {
            let mut object = state.objects.store.value(&key).unwrap();
            change(&mut object);
            let resource = by_id(DEPLOYMENTS).unwrap();
            state
                .objects
                .replace(resource, &key, Part::Main, object, how)
                .unwrap();
        });
        self.pass(60);
    }

    fn set_image(&self, image: &str) {
        self.change(|web| web["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image));
    }

    fn ask(&self, query: &str) -> Value {
        let pairs = Query::parse(&format!(
            "query={}",
            query.replace('+', "%2B").replace('&', "%26")
        ));
        let now = self.clock.now();
        let answer = |state: &mut crate::sandbox::cluster::State| {
            traffic::answer(&state.traffic, "api/v1/query", &pairs, now)
        };
        let (_, body) = self.cluster.with(answer);
        serde_json::from_slice(&body).unwrap()
    }

    /// The one number of an answer; `None` where it is empty.
    fn number(&self, query: &str) -> Option<f64> {
        let answer = self.ask(query);
        assert_eq!(answer["status"], "success", "{answer}");
        answer["data"]["result"][0]["value"][1].as_str()?.parse().ok()
    }
}

#[track_caller]
fn near(found: Option<f64>, wanted: f64, share: f64) {
    let found = found.expect("an answer");
    assert!(
        (found - wanted).abs() <= share * wanted,
        "{found} is not about {wanted}"
    );
}

#[test]
fn users_come_at_their_rate_whatever_happens_and_all_is_well_at_first() {
    let shop = shop();
    near(shop.number(REQUESTS), 80.0, 0.1);
    assert_eq!(
        shop.number(ERRORS),
        None,
        "nothing failed yet, so there is no series of it"
    );
    let by_pod = shop.ask("sum by (pod) (rate(http_requests_total[30s]))");
    assert_eq!(by_pod["data"]["result"].as_array().unwrap().len(), 4);
    assert!(shop.number(SLOWEST).unwrap() < 0.1);
    shop.set_image("web:broken");
    near(shop.number(REQUESTS), 80.0, 0.1);
}

#[test]
fn a_bad_image_hurts_and_taking_it_back_heals() {
    let shop = shop();
    shop.set_image("web:bad");
    near(shop.number(ERRORS), 0.5, 0.15);
    shop.set_image("web:v1");
    assert!(shop.number(ERRORS).unwrap_or(0.0) < 0.01);
}

#[test]
fn one_slow_pod_is_seen_in_that_pod_alone() {
    let shop = shop();
    shop.set_image("web:slow");
    let slow =
        "histogram_quantile(0.5, sum by (pod, le) (rate(http_request_duration_seconds_bucket[30s]))) > 0.2";
    let found = shop.ask(slow);
    assert_eq!(found["data"]["result"].as_array().unwrap().len(), 1, "{found}");
}

#[test]
fn too_few_pods_answer_late_and_fail() {
    let shop = shop();
    let before = shop.number(SLOWEST).unwrap();
    // A pod takes a hundred a second; eighty come.
    shop.change(|web| web["spec"]["replicas"] = json!(1));
    let late = shop.number(SLOWEST).unwrap();
    assert!(late > 2.0 * before, "{late} {before}");
    shop.change(|web| web["spec"]["replicas"] = json!(0));
    near(shop.number(ERRORS), 1.0, 0.001);
    near(shop.number(REQUESTS), 80.0, 0.1);
    let at_the_service = shop.ask("http_requests_total{code=\"503\",pod=\"\"}");
    assert_eq!(at_the_service["data"]["result"][0]["metric"]["service"], "web");
    shop.change(|web| web["spec"]["replicas"] = json!(4));
    assert!(shop.number(ERRORS).unwrap() < 0.01);
}

#[test]
fn a_restart_begins_counting_anew_and_is_no_loss() {
    let shop = shop();
    shop.set_image("web:crash");
    shop.pass(10);
    let ask = "min(http_requests_total{service=\"web\",code=\"200\"})";
    let (mut before, mut resets) = (shop.number(ask).unwrap_or(0.0), 0);
    for _ in 0..60 {
        shop.pass(5);
        let now = shop.number(ask).unwrap_or(before);
        if now < before {
            resets += 1;
        }
        before = now;
        assert!(shop.number(REQUESTS).is_none_or(|rate| rate > -0.001));
    }
    assert!(resets > 0, "nothing was counted anew");
}

#[test]
fn pods_that_are_gone_are_stale_at_once() {
    let shop = shop();
    let pods = || {
        let found = shop.ask("http_requests_total{code=\"200\"}");
        found["data"]["result"].as_array().unwrap().len()
    };
    assert_eq!(pods(), 4);
    shop.set_image("web:v2");
    assert_eq!(pods(), 4, "four new ones, and the old ones are no more");
    let alive = shop
        .cluster
        .with(|state| state.objects.store.list(PODS, None).count());
    assert_eq!(alive, 4);
}

#[test]
fn a_night_is_not_made_up_for() {
    let shop = shop();
    shop.clock.advance(Duration::from_secs(8 * 3600));
    let now = shop.clock.now();
    shop.cluster.with(|state| state.advance(now));
    near(shop.number(REQUESTS), 80.0, 0.1);
    let meters = shop.cluster.with(|state| state.traffic.meters.len());
    assert_eq!(meters, 4);
}

#[test]
fn the_same_seed_gives_the_same_day() {
    let (one, other) = (shop(), shop());
    one.pass(30);
    other.pass(30);
    let ask = "http_requests_total";
    assert_eq!(one.ask(ask)["data"], other.ask(ask)["data"]);
}

#[test]
fn the_api_speaks_as_prometheus_does() {
    let shop = shop();
    let ask = |path: &str, pairs: &str| -> (u16, Value) {
        let now = shop.clock.now();
        let query = Query::parse(pairs);
        let (code, body) = shop
            .cluster
            .with(|state| traffic::answer(&state.traffic, path, &query, now));
        (code.as_u16(), serde_json::from_slice(&body).unwrap())
    };
    let (code, scalar) = ask("api/v1/query", "query=1%2B1&time=5.5");
    assert_eq!(
        (code, &scalar["data"]),
        (200, &json!({ "resultType": "scalar", "result": [5.5, "2"] }))
    );
    let (code, range) = ask(
        "api/v1/query_range",
        &format!(
            "query=sum(rate(http_requests_total[30s]))&start={0}&end={1}&step=15s",
            1_772_366_370, 1_772_366_400
        ),
    );
    assert_eq!(code, 200);
    assert_eq!(
        range["data"]["result"][0]["values"].as_array().unwrap().len(),
        3,
        "{range}"
    );
    let (_, labels) = ask("api/v1/labels", "");
    assert!(labels["data"].as_array().unwrap().contains(&json!("pod")));
    let (_, build) = ask("api/v1/status/buildinfo", "");
    assert!(build["data"]["version"].is_string());
    for (path, pairs, code, kind, words) in [
        ("api/v1/query", "query=sum(", 400, "bad_data", "parse error"),
        ("api/v1/query", "query=a&time=soon", 400, "bad_data", "soon"),
        (
            "api/v1/query",
            "query=topk(3,a)",
            422,
            "execution",
            "topk is not supported",
        ),
        (
            "api/v1/query_range",
            "query=a&start=2&end=1&step=1",
            400,
            "bad_data",
            "before start",
        ),
        (
            "api/v1/query_range",
            "query=a&start=0&end=99999&step=1",
            400,
            "bad_data",
            "resolution",
        ),
        (
            "api/v1/query_range",
            "query=a&start=0&end=1&step=0",
            400,
            "bad_data",
            "step",
        ),
        ("api/v1/series", "", 404, "not_found", "not supported"),
    ] {
        let (found, body) = ask(path, pairs);
        assert_eq!(
            (found, body["errorType"].as_str()),
            (code, Some(kind)),
            "{path}?{pairs}: {body}"
        );
        assert!(body["error"].as_str().unwrap().contains(words), "{body}");
    }
}
