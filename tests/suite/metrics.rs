//! What is read of Prometheus: from the embedded cluster, and from servers that hang, lie or answer something else.

use std::sync::Arc;
use std::time::Duration;

use flightdeck::adapters::kube::{Flags, Surroundings, connect};
use flightdeck::adapters::prometheus::{Prometheus, Reading};
use flightdeck::clock::SystemClock;
use flightdeck::domain::{Metrics, MetricsPlace, Queries, Untrusted};
use flightdeck::sandbox::{PROMETHEUS, Sandbox};
use serde_json::Value;

use crate::support::fake_api::{FakeApi, Reply, always};

const SHOP: &str = r#"
[[image]]
name = "web:v1"
serves = { error_rate = 0.25 }
[[app]]
namespace = "shop"
name = "web"
image = "web:v1"
replicas = 3
at = -3600
traffic = { rate = 90 }
"#;

fn metrics(place: MetricsPlace) -> Metrics {
    Metrics {
        place,
        queries: Queries::default(),
        every: Duration::from_secs(10),
    }
}

fn at(url: &str, token_file: Option<String>) -> Metrics {
    metrics(MetricsPlace::Url {
        url: url.to_owned(),
        token_file,
    })
}

fn behind(name: &str) -> Metrics {
    metrics(MetricsPlace::Service {
        namespace: PROMETHEUS.0.to_owned(),
        name: name.to_owned(),
        port: PROMETHEUS.2.to_string(),
    })
}

async fn read(metrics: &Metrics) -> Reading {
    let prometheus = Prometheus::new(metrics, None).unwrap().unwrap();
    prometheus.read(&"shop".into(), &["web-1".into()]).await
}

fn trouble(reading: &Reading) -> String {
    reading
        .failure
        .as_ref()
        .map(flightdeck::adapters::prometheus::MetricsFailure::sentence)
        .unwrap_or_default()
}

#[tokio::test]
async fn the_users_of_the_embedded_cluster_are_read_through_its_api_server() {
    let sandbox = Sandbox::of(SHOP, Arc::new(SystemClock)).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kubeconfig");
    std::fs::write(&file, sandbox.kubeconfig()).unwrap();
    let flags = Flags {
        kubeconfig: Some(file),
        ..Flags::default()
    };
    let client = connect(&flags, &Surroundings::default()).await.unwrap().client;
    let pods = client
        .get_raw("/api/v1/namespaces/shop/pods", Duration::from_secs(10))
        .await
        .unwrap();
    let pods: Value = serde_json::from_str(&pods.body).unwrap();
    let pods: Vec<Untrusted> = pods["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pod| Untrusted::from(pod["metadata"]["name"].as_str().unwrap()))
        .collect();
    let prometheus = Prometheus::new(&behind(PROMETHEUS.1), Some(client.clone()))
        .unwrap()
        .unwrap();
    let reading = prometheus.read(&"shop".into(), &pods).await;
    assert_eq!(reading.failure, None);
    let traffic = reading.traffic.unwrap();
    assert_eq!(traffic.pods.len(), 3);
    for measured in traffic.pods.values() {
        assert!((15.0..50.0).contains(&measured.requests.unwrap()), "{measured:?}");
        assert!((0.1..0.4).contains(&measured.errors.unwrap()), "{measured:?}");
        assert!((0.01..1.0).contains(&measured.latency.unwrap()), "{measured:?}");
    }
    // Nobody is asked of whom nothing is known.
    let strangers = prometheus.read(&"shop".into(), &["nobody".into()]).await;
    assert!(strangers.failure.is_none() && strangers.traffic.unwrap().pods.is_empty());

    let none = Prometheus::new(&behind("thanos"), Some(client)).unwrap().unwrap();
    let reading = none.read(&"shop".into(), &pods).await;
    assert_eq!(reading.traffic, None);
    assert!(
        trouble(&reading).contains("correct service under [metrics]"),
        "{}",
        trouble(&reading)
    );
}

#[tokio::test]
async fn what_is_no_prometheus_is_told_and_nothing_is_zero() {
    let warned = r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"pod":"web-1"},"value":[1,"5"]}]},"warnings":["store away"]}"#;
    for (reply, words) in [
        (
            Reply::page(200, "<html>Please log in</html>"),
            "no Prometheus (HTTP 200): <html>Please log in",
        ),
        (Reply::json(401, ""), "token_file"),
        (Reply::json(404, "{}"), "no Prometheus (HTTP 404)"),
        (
            Reply::json(503, "overloaded"),
            "no Prometheus (HTTP 503): overloaded",
        ),
        (Reply::page(302, "moved"), "no Prometheus (HTTP 302)"),
        (
            Reply::json(
                422,
                r#"{"status":"error","errorType":"execution","error":"too many samples"}"#,
            ),
            "too many samples; correct requests under [metrics]",
        ),
        (Reply::json(200, warned), "may be incomplete: store away"),
    ] {
        let server = FakeApi::start(always(reply)).await;
        let reading = read(&at(&server.url(), None)).await;
        assert!(trouble(&reading).contains(words), "{}", trouble(&reading));
        assert!(reading.traffic.is_none_or(|traffic| traffic.pods.is_empty()));
    }
}

#[tokio::test]
async fn nan_and_stale_values_are_not_known() {
    let vector = |at: &str, value: &str| {
        format!(
            r#"{{"status":"success","data":{{"resultType":"vector","result":[{{"metric":{{"pod":"web-1"}},"value":[{at},"{value}"]}}]}}}}"#
        )
    };
    let date = "Sun, 01 Mar 2026 12:00:00 GMT";
    let nan = FakeApi::start(always(
        Reply::json(200, vector("1772366400", "NaN")).with("date", date),
    ))
    .await;
    let reading = read(&at(&nan.url(), None)).await;
    assert_eq!(
        (reading.failure.is_none(), reading.traffic.unwrap().pods.len()),
        (true, 0)
    );
    let old = FakeApi::start(always(
        Reply::json(200, vector("1772366000", "5")).with("date", date),
    ))
    .await;
    let reading = read(&at(&old.url(), None)).await;
    assert!(trouble(&reading).contains("6m40s old"), "{}", trouble(&reading));
    assert!(reading.traffic.unwrap().pods.is_empty());
    let good = FakeApi::start(always(
        Reply::json(200, vector("1772366395", "0")).with("date", date),
    ))
    .await;
    let reading = read(&at(&good.url(), None)).await;
    let measured = reading.traffic.unwrap().pods[&Untrusted::from("web-1")];
    assert_eq!(
        (measured.requests, measured.errors),
        (Some(0.0), Some(0.0)),
        "a measured zero is one"
    );
}

#[tokio::test]
async fn silence_has_an_end_and_nobody_there_is_told() {
    let silent = FakeApi::start(always(Reply::Silence)).await;
    let reading = read(&at(&silent.url(), None)).await;
    assert!(
        trouble(&reading).contains("no answer within"),
        "{}",
        trouble(&reading)
    );
    assert_eq!(reading.traffic, None);
    let nobody = read(&at("http://127.0.0.1:1", None)).await;
    assert!(
        trouble(&nobody).contains("cannot be reached"),
        "{}",
        trouble(&nobody)
    );
}

#[tokio::test]
async fn a_token_is_sent_and_never_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "s3cret\n").unwrap();
    let mut server = FakeApi::start(always(Reply::json(403, ""))).await;
    let metrics = at(&server.url(), Some(file.display().to_string()));
    let reading = read(&metrics).await;
    let seen = server.seen();
    let sent = seen[0]
        .headers
        .get("authorization")
        .and_then(|it| it.to_str().ok());
    assert_eq!(sent, Some("Bearer s3cret"));
    assert!(!trouble(&reading).contains("s3cret"));
    std::fs::write(&file, "two\nlines").unwrap();
    let reading = read(&metrics).await;
    assert!(
        trouble(&reading).contains("holds no token") && !trouble(&reading).contains("two"),
        "{}",
        trouble(&reading)
    );
    let missing = at(&server.url(), Some("/nowhere/token".to_owned()));
    assert!(trouble(&read(&missing).await).contains("token_file"));
}
