//! A real Prometheus that scrapes a small exporter: our evaluator gives its answers on its samples, our parser takes what it takes,
//! and our adapter reads it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use flightdeck::adapters::prometheus::Prometheus;
use flightdeck::domain::{Metrics, MetricsPlace, Queries, Untrusted};
use flightdeck::promql::{self, Labels, STALE, Samples, Series, Value, Wanted};
use serde_json::{Value as Json, json};

use crate::lab::{Identity, lab as cluster};
use crate::listening::client;

const PROGRAM: &str = "/usr/bin/prometheus";

/// Scrapes that are waited for.
const SCRAPES: u32 = 16;

/// A server that is ended with the test, scraping an exporter.
struct Lab {
    url: String,
    server: Child,
    _folder: tempfile::TempDir,
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// What three pods tell at a scrape: one fails now and then, one restarts, one goes.
fn exposed(scrape: u32) -> String {
    let mut text = String::new();
    let mut say = |name: &str, labels: &str, value: u32| {
        writeln!(text, "{name}{{namespace=\"shop\",{labels}}} {value}").unwrap();
    };
    say("http_requests_total", "pod=\"a\",code=\"200\"", 100 + 10 * scrape);
    if scrape > 4 {
        say("http_requests_total", "pod=\"a\",code=\"500\"", scrape / 2);
    }
    let of_b = if scrape < 8 { 7 * scrape } else { 3 * (scrape - 8) };
    say("http_requests_total", "pod=\"b.1\",code=\"200\"", of_b);
    if scrape < 10 {
        say("http_requests_total", "pod=\"c\",code=\"200\"", 5 * scrape);
    }
    for (pod, count) in [("a", 100 + 10 * scrape), ("b.1", of_b)] {
        for (bound, share) in [("0.1", 6), ("0.25", 8), ("1", 9), ("+Inf", 10)] {
            let labels = format!("pod=\"{pod}\",le=\"{bound}\"");
            say(
                "http_request_duration_seconds_bucket",
                &labels,
                count * share / 10,
            );
        }
    }
    say("weight", "pod=\"a\"", 3);
    say("weight", "pod=\"b.1\"", 0);
    text
}

fn export() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let scrapes = Arc::new(AtomicU32::new(0));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut head = [0; 4096];
            let _ = stream.read(&mut head);
            let body = exposed(scrapes.fetch_add(1, Ordering::SeqCst));
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
        }
    });
    port
}

async fn lab() -> Lab {
    assert!(
        std::path::Path::new(PROGRAM).exists(),
        "{PROGRAM} is not there; install the package prometheus"
    );
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("prometheus.yml");
    let text = format!(
        "global: {{ scrape_interval: 1s, scrape_timeout: 1s }}\nscrape_configs:\n- job_name: shop\n  static_configs: [{{ targets: ['127.0.0.1:{}'] }}]\n",
        export()
    );
    std::fs::write(&config, text).unwrap();
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let server = Command::new(PROGRAM)
        .arg(format!("--config.file={}", config.display()))
        .arg(format!(
            "--storage.tsdb.path={}",
            folder.path().join("data").display()
        ))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .arg("--log.level=error")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let lab = Lab {
        url: format!("http://127.0.0.1:{port}"),
        server,
        _folder: folder,
    };
    let scraped = "count_over_time(http_requests_total{pod=\"a\",code=\"200\"}[5m])";
    for _ in 0..600 {
        let (_, answer) = lab.ask(scraped, None).await.unwrap_or_default();
        let count = answer["data"]["result"][0]["value"][1].as_str();
        if count
            .and_then(|it| it.parse::<u32>().ok())
            .is_some_and(|it| it >= SCRAPES)
        {
            return lab;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("Prometheus did not scrape");
}

impl Lab {
    /// Status and answer, if it answers at all.
    async fn ask(&self, query: &str, at: Option<i64>) -> Option<(u16, Json)> {
        flightdeck::adapters::kube::install_crypto();
        let client: prometheus_http_query::Client = self.url.parse().unwrap();
        let mut question = client.query(query);
        if let Some(at) = at {
            question = question.query("time", format!("{}.{:03}", at / 1000, at % 1000));
        }
        let answer = question.get_raw().await.ok()?;
        let status = answer.status().as_u16();
        Some((status, serde_json::from_str(&answer.text().await.ok()?).ok()?))
    }
}

/// The samples of a server, as its API tells them.
struct Scraped(Vec<Series>);

impl Samples for Scraped {
    fn series(&self, wanted: &Wanted, after: i64, until: i64) -> Vec<Series> {
        let fits = self
            .0
            .iter()
            .filter(|it| wanted.fit(|label| it.labels.get(label)));
        let cut = fits.map(|series| Series {
            labels: series.labels.clone(),
            points: series
                .points
                .iter()
                .copied()
                .filter(|(at, _)| *at > after && *at <= until)
                .collect(),
        });
        cut.filter(|series| !series.points.is_empty()).collect()
    }
}

fn labels(metric: &Json) -> Labels {
    let pairs = metric.as_object().unwrap().iter();
    pairs
        .map(|(label, value)| (label.as_str(), value.as_str().unwrap()))
        .collect()
}

fn millis(seconds: &Json) -> i64 {
    let text = format!("{:.0}", seconds.as_f64().unwrap() * 1000.0);
    text.parse().unwrap()
}

fn number(text: &Json) -> f64 {
    text.as_str().unwrap().replace("+Inf", "inf").parse().unwrap()
}

async fn scraped(lab: &Lab, at: i64) -> Scraped {
    let (_, answer) = lab.ask("{job=\"shop\"}[10m]", Some(at)).await.unwrap();
    let mut series: Vec<Series> = answer["data"]["result"]
        .as_array()
        .unwrap()
        .iter()
        .map(|series| Series {
            labels: labels(&series["metric"]),
            points: series["values"]
                .as_array()
                .unwrap()
                .iter()
                .map(|point| (millis(&point[0]), number(&point[1])))
                .collect(),
        })
        .collect();
    let newest = series
        .iter()
        .filter_map(|it| it.points.last())
        .map(|(at, _)| *at)
        .max()
        .unwrap();
    // The API does not tell the note that a series ended; it stands where the next sample would.
    for series in &mut series {
        let (last, _) = *series.points.last().unwrap();
        if last < newest {
            series.points.push((last + 1000, STALE));
        }
    }
    Scraped(series)
}

/// Labels with values, `NaN` as a word so that it equals itself.
fn theirs(answer: &Json) -> BTreeMap<Labels, String> {
    let data = &answer["data"];
    if data["resultType"] == "scalar" {
        return BTreeMap::from([(Labels::default(), rounded(number(&data["result"][1])))]);
    }
    let all = data["result"]
        .as_array()
        .unwrap_or_else(|| panic!("{answer}"))
        .iter();
    all.map(|it| (labels(&it["metric"]), rounded(number(&it["value"][1]))))
        .collect()
}

fn ours(value: Value) -> BTreeMap<Labels, String> {
    match value {
        Value::Scalar(number) => BTreeMap::from([(Labels::default(), rounded(number))]),
        Value::Vector(all) => all.into_iter().map(|it| (it.labels, rounded(it.value))).collect(),
        other @ (Value::Text(_) | Value::Matrix(_)) => panic!("{other:?}"),
    }
}

fn rounded(value: f64) -> String {
    format!("{value:.9e}")
}

const QUERIES: [&str; 34] = [
    "http_requests_total",
    "http_requests_total{pod=\"a\"}",
    "http_requests_total{pod!=\"a\",job=\"shop\"}",
    "http_requests_total{pod=~\"a|c\"}",
    "http_requests_total{pod=~\"b[.]1\"}",
    "http_requests_total{code!~\"5..\"}",
    "{__name__=~\"weight|nothing\"}",
    "http_requests_total offset 5s",
    "rate(http_requests_total[10s])",
    "rate(http_requests_total[4s])",
    "rate(http_requests_total[1m])",
    "increase(http_requests_total[10s])",
    "increase(http_requests_total{pod=\"b.1\"}[1m])",
    "rate(http_requests_total[6s] offset 4s)",
    "sum(rate(http_requests_total[10s]))",
    "sum by (pod) (rate(http_requests_total[10s]))",
    "sum without (code, instance, job) (rate(http_requests_total[10s]))",
    "avg by (code) (http_requests_total)",
    "max(http_requests_total) - min(http_requests_total)",
    "count by (pod) (http_requests_total)",
    "sum by (pod) (rate(http_requests_total{code=~\"5..\"}[10s])) / sum by (pod) (rate(http_requests_total[10s]))",
    "histogram_quantile(0.5, sum by (pod, le) (rate(http_request_duration_seconds_bucket[10s])))",
    "histogram_quantile(0.9, sum by (le) (rate(http_request_duration_seconds_bucket[10s])))",
    "histogram_quantile(0.99, http_request_duration_seconds_bucket)",
    "histogram_quantile(0, http_request_duration_seconds_bucket)",
    "histogram_quantile(2, http_request_duration_seconds_bucket)",
    "http_requests_total > 20",
    "http_requests_total > bool 20",
    "100 < http_requests_total",
    "weight / weight",
    "sum by (pod) (http_requests_total) / on (pod) weight",
    "http_requests_total{code=\"500\"} / ignoring (code) http_requests_total{code=\"200\"}",
    "weight == 3 or sum by (pod) (http_requests_total) unless weight",
    "-2 ^ 2 + 7 % 4 * (1 >= bool 1)",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn our_evaluator_answers_as_a_real_prometheus_on_the_same_samples() {
    let lab = lab().await;
    // Somewhere between two scrapes, so that no sample lies on an edge.
    let (_, newest) = lab.ask("timestamp(weight{pod=\"a\"})", None).await.unwrap();
    let newest = number(&newest["data"]["result"][0]["value"][1]);
    let at = format!("{:.0}", newest * 1000.0).parse::<i64>().unwrap() - 500;
    let samples = scraped(&lab, at).await;
    let pods = ["a", "b.1", "c"];
    let usual = Queries::default();
    let usual = [usual.requests, usual.errors, usual.latency];
    let usual = usual.map(|query| Queries::filled(&query, "shop", pods.into_iter()));
    let mut compared = 0;
    for query in QUERIES.into_iter().chain(usual.iter().map(String::as_str)) {
        let (status, answer) = lab.ask(query, Some(at)).await.unwrap();
        assert_eq!(status, 200, "{query}: {answer}");
        let theirs = theirs(&answer);
        let ours = ours(promql::evaluate(&promql::parse(query).unwrap(), &samples, at).unwrap());
        assert_eq!(ours, theirs, "{query}");
        compared += theirs.len();
    }
    assert!(
        compared > 60,
        "only {compared} values: the exporter told too little"
    );
    eprintln!(
        "{} queries, {compared} values equal to Prometheus'",
        QUERIES.len() + 3
    );

    let url = MetricsPlace::Url {
        url: lab.url.clone(),
        token_file: None,
    };
    let metrics = Metrics {
        place: url,
        queries: Queries::default(),
        every: Duration::from_secs(10),
    };
    let prometheus = Prometheus::new(&metrics, None).unwrap().unwrap();
    let reading = prometheus.read(&"shop".into(), &pods.map(Untrusted::from)).await;
    assert_eq!(reading.failure, None);
    let measured = reading.traffic.unwrap().pods;
    let known = |pod: &str| measured.get(&Untrusted::from(pod)).copied().unwrap_or_default();
    assert!(known("a").requests.is_some_and(|it| it > 0.0) && known("a").latency.is_some());
    assert!(known("a").errors.is_some_and(|it| it > 0.0));
    let of_b = known("b.1");
    assert!(
        of_b.requests.is_some() && of_b.errors.is_some_and(|it| it.abs() < 1e-12),
        "{of_b:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn our_parser_takes_what_a_real_prometheus_takes_and_nothing_else() {
    let lab = lab().await;
    for query in QUERIES.into_iter().chain([
        "topk(3, up)",
        "quantile(0.5, up) by (job)",
        "count_values(\"v\", up)",
        "max_over_time(rate(up[1m])[5m:30s])",
        "max_over_time(up[5m:])",
        "label_replace(up, \"a\", \"$1\", \"job\", \"(.*)\")",
        "up * on (job) group_left (instance) up",
        "up @ end()",
        "up offset -5m",
        "absent(nothing)",
        "up{job='shop',}",
        "sum by (job,) (up)",
        "{job=`shop`}",
        "vector(1) # a comment",
        "1h30m",
        "rate(up[5m)",
        "up{",
        "up{job=shop}",
        "{}",
        "{job=~\".*\"}",
        "sum by pod (up)",
        "up[5m][5m]",
        "(up + up)[5m]",
        "up offset x",
        "1 +",
        "\"open",
        "sum()",
        "up ? 1",
        "",
    ]) {
        let (_, answer) = lab.ask(query, None).await.unwrap();
        let takes = !answer["error"]
            .as_str()
            .unwrap_or_default()
            .contains("parse error")
            && answer["errorType"] != "bad_data";
        let parsed = promql::parse(query);
        assert_eq!(parsed.is_ok(), takes, "{query}: {parsed:?}; Prometheus: {answer}");
    }
}

/// What is told of a Prometheus that the real API server does not lead to.
async fn trouble(identity: Identity, namespace: &str, service: &str) -> String {
    let client = client(cluster().kubeconfig(identity, namespace, None))
        .await
        .client;
    let metrics = Metrics {
        place: MetricsPlace::Service {
            namespace: namespace.to_owned(),
            name: service.to_owned(),
            port: "9090".to_owned(),
        },
        queries: Queries::default(),
        every: Duration::from_secs(10),
    };
    let prometheus = Prometheus::new(&metrics, Some(client)).unwrap().unwrap();
    let reading = prometheus.read(&namespace.into(), &["a".into()]).await;
    assert_eq!(reading.traffic, None);
    reading.failure.unwrap().sentence()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_server_says_why_there_is_no_way_and_the_remedy_fits() {
    let namespace = cluster().namespace().await;
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": { "name": "prometheus" },
        "spec": { "selector": { "app": "prometheus" }, "ports": [{ "port": 9090 }] },
    });
    let made = namespace
        .admin()
        .post(&namespace.core("services"), &service)
        .await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    for (identity, name, words) in [
        (Identity::Admin, "thanos", "correct service under [metrics]"),
        (
            Identity::Nothing,
            "prometheus",
            "ask for the right to get services/proxy",
        ),
    ] {
        let told = trouble(identity, namespace.name(), name).await;
        assert!(told.contains(words), "{told}");
    }
    // As the controller of endpoints does, which this control plane need not have.
    let none = json!({ "apiVersion": "v1", "kind": "Endpoints", "metadata": { "name": "prometheus" }, "subsets": [] });
    namespace.admin().post(&namespace.core("endpoints"), &none).await;
    namespace
        .wait_until(
            Duration::from_secs(30),
            "no endpoints, and the remedy",
            async || {
                let told = trouble(Identity::Admin, namespace.name(), "prometheus").await;
                told.contains("no endpoints available") && told.contains("pods behind that Service are ready")
            },
        )
        .await;
}
