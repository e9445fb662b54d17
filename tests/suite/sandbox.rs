//! The embedded cluster, seen through the ordinary client and through plain HTTP.

use std::sync::Arc;
use std::time::Duration;

use flightdeck::adapters::kube::{ApiClient, DryRun, Flags, SendAnswer, Surroundings, connect};
use flightdeck::clock::SystemClock;
use flightdeck::domain::{Method, Transport, Write};
use flightdeck::sandbox::Sandbox;
use serde_json::{Value, json};

const WITHIN: Duration = Duration::from_secs(10);
const WEB: &str = "/apis/apps/v1/namespaces/shop/deployments/web";

const SHOP: &str = r#"
[[app]]
namespace = "shop"
name = "web"
image = "web:v1"
replicas = 3
at = -3600
[[app]]
namespace = "shop"
name = "api"
image = "api:v1"
replicas = 2
at = -3600
"#;

struct Open {
    client: ApiClient,
    sandbox: Sandbox,
    folder: tempfile::TempDir,
}

async fn open() -> Open {
    let sandbox = Sandbox::of(SHOP, Arc::new(SystemClock)).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kubeconfig");
    std::fs::write(&file, sandbox.kubeconfig()).unwrap();
    let flags = Flags {
        kubeconfig: Some(file),
        ..Flags::default()
    };
    let connected = connect(&flags, &Surroundings::default()).await.unwrap();
    Open {
        client: connected.client,
        sandbox,
        folder,
    }
}

impl Open {
    async fn get(&self, path: &str) -> Value {
        let answer = self.client.get_raw(path, WITHIN).await.unwrap();
        serde_json::from_str(&answer.body).unwrap()
    }
}

fn patch(path: &str, operations: &Value) -> Write {
    let body = operations.to_string();
    Write {
        transport: Transport::Kubernetes,
        method: Method::Patch,
        path: path.to_owned(),
        content_type: "application/json-patch+json",
        body: body.as_str().into(),
        shown: body.into(),
    }
}

#[tokio::test]
async fn the_client_reads_who_it_is_and_what_there_is() {
    let open = open().await;
    assert!(
        open.client
            .server_version()
            .await
            .unwrap()
            .raw()
            .starts_with("v1.")
    );
    assert_eq!(
        open.client.whoami().await.unwrap().unwrap().raw(),
        "sandbox-operator"
    );
    assert!(open.client.kube_system_uid().await.unwrap().is_some());
    let rules = open.client.rules_review("shop").await.unwrap();
    assert!(rules.may_watch(flightdeck::domain::ObjectKind::Pod));
    let web = open.get(WEB).await;
    assert_eq!(web["status"]["readyReplicas"], 3);
    let meta = open.client.get_metadata(WEB, WITHIN).await.unwrap();
    let meta: Value = serde_json::from_str(&meta.body).unwrap();
    assert_eq!(
        (meta["kind"].as_str(), meta.get("spec")),
        (Some("PartialObjectMetadata"), None)
    );
}

#[tokio::test]
async fn pages_belong_together_whatever_happens_between_them() {
    let open = open().await;
    let pods = "/api/v1/namespaces/shop/pods";
    let first = open.get(&format!("{pods}?limit=2")).await;
    assert_eq!(first["items"].as_array().unwrap().len(), 2);
    assert_eq!(first["metadata"]["remainingItemCount"], 3);
    let more = patch(
        WEB,
        &json!([{ "op": "add", "path": "/spec/replicas", "value": 6 }]),
    );
    assert!(matches!(
        open.client.send(&more).await,
        SendAnswer::Accepted { .. }
    ));
    let mut seen = 2;
    let mut page = first["metadata"]["continue"].as_str().unwrap().to_owned();
    while !page.is_empty() {
        let next = open
            .get(&format!(
                "{pods}?limit=2&continue={}",
                page.replace('/', "%2F").replace(':', "%3A")
            ))
            .await;
        seen += next["items"].as_array().unwrap().len();
        assert_eq!(
            next["metadata"]["resourceVersion"],
            first["metadata"]["resourceVersion"]
        );
        page = next["metadata"]["continue"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
    }
    assert_eq!(seen, 5);
    let web = open.get(&format!("{pods}?labelSelector=app%3Dapi")).await;
    assert_eq!(web["items"].as_array().unwrap().len(), 2);
    let one = open
        .get("/apis/apps/v1/deployments?fieldSelector=metadata.name%3Dweb")
        .await;
    assert_eq!(one["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_guard_that_does_not_hold_stops_the_write_and_is_told_as_that() {
    let open = open().await;
    let guarded = patch(
        WEB,
        &json!([
            { "op": "test", "path": "/spec/paused", "value": null },
            { "op": "add", "path": "/spec/paused", "value": true },
        ]),
    );
    assert!(matches!(
        open.client.dry_run(&guarded).await,
        DryRun::Accepted { .. }
    ));
    assert_eq!(
        open.get(WEB).await["spec"].get("paused"),
        None,
        "a dry run changes nothing"
    );
    assert!(matches!(
        open.client.send(&guarded).await,
        SendAnswer::Accepted { .. }
    ));
    assert_eq!(open.client.send(&guarded).await, SendAnswer::TestFailed);
    assert_eq!(open.client.dry_run(&guarded).await, DryRun::TestFailed);
    let wrong = patch(
        WEB,
        &json!([{ "op": "replace", "path": "/spec/replicas", "value": -1 }]),
    );
    assert!(matches!(
        open.client.send(&wrong).await,
        SendAnswer::Refused { code: 422, .. }
    ));
    let nowhere = patch(&WEB.replace("web", "none"), &json!([]));
    assert!(matches!(
        open.client.send(&nowhere).await,
        SendAnswer::Refused { code: 404, .. }
    ));
}

#[tokio::test]
async fn the_scale_is_an_object_of_its_own() {
    let open = open().await;
    let scale = format!("{WEB}/scale");
    let uid = open.get(WEB).await["metadata"]["uid"].clone();
    let write = patch(
        &scale,
        &json!([
            { "op": "test", "path": "/metadata/uid", "value": uid },
            { "op": "test", "path": "/spec/replicas", "value": 3 },
            { "op": "add", "path": "/spec/replicas", "value": 0 },
        ]),
    );
    assert!(matches!(
        open.client.send(&write).await,
        SendAnswer::Accepted { .. }
    ));
    let now = open.get(&scale).await;
    assert_eq!(
        (now["kind"].as_str(), now["spec"].get("replicas")),
        (Some("Scale"), None)
    );
    assert_eq!(open.get(WEB).await["spec"]["replicas"], 0);
}

#[tokio::test]
async fn strangers_and_nonsense_are_refused_and_the_server_goes_on() {
    let open = open().await;
    for (path, code) in [
        ("/api/v1/namespaces/shop/pods/none", "not found"),
        ("/apis/example.com/v1/things", "could not find"),
        ("/api/v1/pods?resourceVersion=x", "Invalid value"),
        (
            "/api/v1/pods?resourceVersion=99999999",
            "Too large resource version",
        ),
        ("/api/v1/pods?labelSelector=a+within+b", "unable to parse"),
        ("/api/v1/pods?continue=x", "continue key"),
    ] {
        let told = open.client.get_raw(path, WITHIN).await.unwrap_err().to_string();
        assert!(told.contains(code), "{path}: {told}");
    }
    let flags = open.flags_with_token("wrong");
    let stranger = connect(&flags, &Surroundings::default()).await.unwrap().client;
    let told = stranger.get_raw(WEB, WITHIN).await.unwrap_err().to_string();
    assert!(told.contains("does not accept these credentials"), "{told}");
    let large = patch(
        WEB,
        &json!([{ "op": "add", "path": "/metadata/annotations", "value": { "a": "x".repeat(4 << 20) } }]),
    );
    assert!(matches!(
        open.client.send(&large).await,
        SendAnswer::Refused { code: 413, .. }
    ));
    assert_eq!(open.get(WEB).await["kind"], "Deployment");
}

impl Open {
    fn flags_with_token(&self, token: &str) -> Flags {
        Flags {
            kubeconfig: Some(self.folder.path().join("kubeconfig")),
            token: Some(token.to_owned().into()),
            ..Flags::default()
        }
    }
}

const SHIPS: &str = r#"{
    "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
    "metadata": { "name": "ships.example.com" },
    "spec": {
        "group": "example.com", "scope": "Namespaced", "names": { "plural": "ships", "kind": "Ship" },
        "versions": [
            { "name": "v1", "served": true, "storage": true, "schema": { "openAPIV3Schema": { "type": "object" } }, "subresources": { "status": {} },
              "additionalPrinterColumns": [{ "name": "Sails", "type": "integer", "jsonPath": ".spec.sails" }] },
            { "name": "v2alpha1", "served": true, "storage": false, "schema": { "openAPIV3Schema": { "type": "object" } } }
        ]
    }
}"#;

#[tokio::test]
async fn a_kind_that_somebody_defines_is_served_at_each_of_its_versions() {
    let open = open().await;
    let ship = json!({
        "apiVersion": "example.com/v1", "kind": "Ship", "metadata": { "name": "a", "namespace": "shop" },
        "spec": { "sails": 3 },
    });
    let told = open.sandbox.create(ship.clone()).unwrap_err().to_string();
    assert!(told.contains("no matches for kind"), "{told}");
    open.sandbox.create(serde_json::from_str(SHIPS).unwrap()).unwrap();
    open.sandbox.create(ship).unwrap();
    let group = open.get("/apis/example.com").await;
    assert_eq!(group["preferredVersion"]["version"], "v1");
    let kinds = open.get("/apis/example.com/v1").await;
    assert_eq!(kinds["resources"][1]["name"], "ships/status");
    let path = "/apis/example.com/v2alpha1/namespaces/shop/ships";
    let list = open.get(path).await;
    assert_eq!(
        (
            &list["kind"],
            &list["apiVersion"],
            &list["items"][0]["apiVersion"]
        ),
        (
            &json!("ShipList"),
            &json!("example.com/v2alpha1"),
            &json!("example.com/v2alpha1")
        )
    );
    let more = patch(
        &format!("{path}/a"),
        &json!([
            { "op": "test", "path": "/apiVersion", "value": "example.com/v2alpha1" },
            { "op": "test", "path": "/spec/sails", "value": 3 },
            { "op": "add", "path": "/spec/sails", "value": 4 },
        ]),
    );
    assert!(matches!(
        open.client.send(&more).await,
        SendAnswer::Accepted { .. }
    ));
    let ship = open.get("/apis/example.com/v1/namespaces/shop/ships/a").await;
    assert_eq!(
        (
            &ship["apiVersion"],
            &ship["spec"]["sails"],
            &ship["metadata"]["generation"]
        ),
        (&json!("example.com/v1"), &json!(4), &json!(2))
    );
}

impl Open {
    /// The rows of a table, cells only, and the names of its columns.
    async fn table(&self, path: &str) -> (Vec<String>, Vec<Value>) {
        let table = self
            .plain(path, "application/json;as=Table;v=v1;g=meta.k8s.io")
            .await;
        assert_eq!(table["kind"], "Table", "{table}");
        let columns = table["columnDefinitions"].as_array().unwrap();
        let rows = table["rows"].as_array().unwrap();
        (
            columns
                .iter()
                .map(|it| it["name"].as_str().unwrap().to_owned())
                .collect(),
            rows.iter().map(|it| it["cells"].clone()).collect(),
        )
    }

    /// The answer to a plain request.
    async fn plain(&self, path: &str, accept: &str) -> Value {
        let request = http::Request::get(path)
            .header("accept", accept)
            .body(Vec::new())
            .unwrap();
        serde_json::from_str(&self.kube().await.request_text(request).await.unwrap()).unwrap()
    }

    /// The client library's own client.
    async fn kube(&self) -> kube::Client {
        self.kube_as("sandbox").await
    }

    /// The same, of a context.
    async fn kube_as(&self, context: &str) -> kube::Client {
        let text = self.sandbox.kubeconfig();
        let config = kube::config::Kubeconfig::from_yaml(&text).unwrap();
        let options = kube::config::KubeConfigOptions {
            context: Some(context.to_owned()),
            ..kube::config::KubeConfigOptions::default()
        };
        let config = kube::Config::from_custom_kubeconfig(config, &options)
            .await
            .unwrap();
        kube::Client::try_from(config).unwrap()
    }
}

#[tokio::test]
async fn tables_have_the_columns_of_their_kind() {
    let open = open().await;
    let (columns, rows) = open.table("/apis/apps/v1/namespaces/shop/deployments").await;
    assert_eq!(
        columns,
        [
            "Name",
            "Ready",
            "Up-to-date",
            "Available",
            "Age",
            "Containers",
            "Images",
            "Selector"
        ]
    );
    assert_eq!(
        rows[1],
        json!(["web", "3/3", 3, 3, "60m", "app", "web:v1", "app=web"])
    );
    let (columns, rows) = open
        .table("/api/v1/namespaces/shop/pods?labelSelector=app%3Dapi")
        .await;
    assert_eq!(columns[..5], ["Name", "Ready", "Status", "Restarts", "Age"]);
    assert_eq!(
        (rows.len(), &rows[0][1], &rows[0][2], &rows[0][3]),
        (2, &json!("1/1"), &json!("Running"), &json!("0"))
    );
    for (path, columns) in [
        ("/api/v1/namespaces", 3),
        ("/api/v1/events", 10),
        ("/api/v1/services", 7),
        ("/api/v1/configmaps", 3),
        ("/api/v1/secrets", 4),
        ("/apis/discovery.k8s.io/v1/endpointslices", 5),
        ("/apis/autoscaling/v2/horizontalpodautoscalers", 7),
        ("/apis/policy/v1/poddisruptionbudgets", 5),
        ("/apis/apps/v1/replicasets", 8),
        ("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", 2),
    ] {
        let (names, rows) = open.table(path).await;
        assert_eq!(names.len(), columns, "{path}");
        assert!(
            rows.iter()
                .all(|cells| cells.as_array().unwrap().len() == columns),
            "{path}: {rows:?}"
        );
    }
    open.sandbox.create(serde_json::from_str(SHIPS).unwrap()).unwrap();
    let ship = json!({
        "apiVersion": "example.com/v1", "kind": "Ship", "metadata": { "name": "a", "namespace": "shop" },
        "spec": { "sails": 3 },
    });
    open.sandbox.create(ship).unwrap();
    let (columns, rows) = open.table("/apis/example.com/v1/ships").await;
    assert_eq!(
        (columns, rows),
        (vec!["Name".to_owned(), "Sails".to_owned()], vec![json!(["a", 3])])
    );
    let path = "/apis/apps/v1/namespaces/shop/deployments/web?includeObject=Object";
    let one = open
        .plain(
            path,
            "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
        )
        .await;
    assert_eq!(one["rows"][0]["object"]["kind"], "Deployment");
}

impl Open {
    /// Sends a request; the answer's code and body.
    async fn send(&self, method: &str, path: &str, kind: &str, body: impl Into<Vec<u8>>) -> (u16, Value) {
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", kind)
            .body(kube::client::Body::from(body.into()))
            .unwrap();
        let answer = self.kube().await.send(request).await.unwrap();
        let code = answer.status().as_u16();
        let body = http_body_util::BodyExt::collect(answer.into_body())
            .await
            .unwrap();
        (code, serde_json::from_slice(&body.to_bytes()).unwrap_or_default())
    }
}

#[tokio::test]
async fn all_that_a_selector_chooses_is_deleted_at_once() {
    let open = open().await;
    let maps = "/api/v1/namespaces/shop/configmaps";
    for (name, team) in [("a", "red"), ("b", "red"), ("c", "blue")] {
        let map = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": { "name": name, "namespace": "shop", "labels": { "team": team } },
        });
        open.sandbox.create(map).unwrap();
    }
    let red = format!("{maps}?labelSelector=team%3Dred");
    let tried = r#"{"kind":"DeleteOptions","apiVersion":"v1","dryRun":["All"]}"#;
    let (code, told) = open.send("DELETE", &red, "application/json", tried).await;
    assert_eq!((code, told["items"].as_array().unwrap().len()), (200, 2));
    assert_eq!(
        open.get(maps).await["items"].as_array().unwrap().len(),
        3,
        "it was only tried"
    );
    let (code, told) = open.send("DELETE", &red, "application/json", "").await;
    assert_eq!((code, &told["kind"]), (200, &json!("ConfigMapList")));
    let left = open.get(maps).await;
    assert_eq!(left["items"].as_array().unwrap().len(), 1);
    assert_eq!(left["items"][0]["metadata"]["name"], "c");
    let (code, told) = open
        .send(
            "DELETE",
            &format!("{maps}/c?propagationPolicy=Sideways"),
            "application/json",
            "",
        )
        .await;
    assert_eq!(code, 422, "{told}");
    let other = r#"{"preconditions":{"resourceVersion":"1"}}"#;
    let (code, told) = open
        .send("DELETE", &format!("{maps}/c"), "application/json", other)
        .await;
    assert_eq!((code, &told["reason"]), (409, &json!("Conflict")));
}

#[tokio::test]
async fn what_is_applied_is_merged_and_conflicts_are_told() {
    let open = open().await;
    let yaml = "application/apply-patch+yaml";
    let config = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: notes }\ndata: { a: one }\n";
    let notes = "/api/v1/namespaces/shop/configmaps/notes";
    let by = |manager: &str, force: &str| format!("{notes}?fieldManager={manager}{force}");
    let (code, told) = open.send("PATCH", notes, yaml, config).await;
    assert_eq!(code, 422, "nobody is named: {told}");
    let (code, told) = open.send("PATCH", &by("ann", ""), yaml, config).await;
    assert_eq!((code, &told["data"]), (201, &json!({ "a": "one" })));
    let other = config.replace("one", "two");
    let (code, told) = open.send("PATCH", &by("ben", ""), yaml, other.clone()).await;
    assert_eq!(
        (code, told["message"].as_str().unwrap()),
        (
            409,
            "Apply failed with 1 conflict: conflict with \"ann\": .data.a"
        )
    );
    let (code, told) = open.send("PATCH", &by("ben", "&force=true"), yaml, other).await;
    assert_eq!((code, &told["data"]), (200, &json!({ "a": "two" })));
    let (code, _) = open.send("PATCH", &by("ben", ""), yaml, "a: [").await;
    assert_eq!(code, 400);
}

#[tokio::test]
async fn the_schemas_say_what_can_be_patched_and_what_fields_mean() {
    let open = open().await;
    open.sandbox.create(serde_json::from_str(SHIPS).unwrap()).unwrap();
    let index = open.get("/openapi/v3").await;
    let place = index["paths"]["apis/apps/v1"]["serverRelativeURL"]
        .as_str()
        .unwrap();
    let apps = open.get(place).await;
    let patch = &apps["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"];
    assert_eq!(patch["x-kubernetes-group-version-kind"]["kind"], "Deployment");
    let named = |it: &Value| it["name"] == "fieldValidation" && it["in"] == "query";
    assert!(patch["parameters"].as_array().unwrap().iter().any(named));
    let deployment = &apps["components"]["schemas"]["io.k8s.api.apps.v1.Deployment"];
    assert_eq!(
        deployment["x-kubernetes-group-version-kind"][0]["kind"],
        "Deployment"
    );
    assert!(apps["components"]["schemas"]["io.k8s.api.core.v1.Container"].is_object());
    let ships = open.get("/openapi/v3/apis/example.com/v2alpha1").await;
    assert!(
        ships["components"]["schemas"]["com.example.v2alpha1.Ship"].is_object(),
        "{ships}"
    );
}

impl Open {
    /// An answer as text.
    async fn words(&self, path: &str) -> (u16, String) {
        let request = http::Request::get(path)
            .body(kube::client::Body::empty())
            .unwrap();
        let answer = self.kube().await.send(request).await.unwrap();
        let code = answer.status().as_u16();
        let body = http_body_util::BodyExt::collect(answer.into_body())
            .await
            .unwrap();
        (code, String::from_utf8(body.to_bytes().to_vec()).unwrap())
    }

    /// The path of the first pod of an app.
    async fn pod_of(&self, app: &str) -> String {
        let pods = format!("/api/v1/namespaces/shop/pods?labelSelector=app%3D{app}");
        let pods = self.get(&pods).await;
        let name = pods["items"][0]["metadata"]["name"].as_str().unwrap().to_owned();
        format!("/api/v1/namespaces/shop/pods/{name}")
    }
}

#[tokio::test]
async fn logs_can_be_had_twice_and_in_part() {
    let open = open().await;
    let pod = open.pod_of("web").await;
    let (code, all) = open.words(&format!("{pod}/log")).await;
    assert_eq!(code, 200);
    assert!(
        all.starts_with("level=info msg=\"starting\" image=web:v1\n"),
        "{all}"
    );
    let (_, again) = open.words(&format!("{pod}/log")).await;
    assert!(again.starts_with(&all), "the same, and perhaps more");
    let (_, three) = open
        .words(&format!("{pod}/log?tailLines=3&timestamps=true&container=app"))
        .await;
    assert_eq!(three.lines().count(), 3);
    let stamp = three.split(' ').next().unwrap();
    assert!(stamp.parse::<jiff::Timestamp>().is_ok(), "{three}");
    let (_, few) = open.words(&format!("{pod}/log?limitBytes=10")).await;
    assert_eq!(few, "level=info");
    let (_, recent) = open.words(&format!("{pod}/log?sinceSeconds=60")).await;
    assert!(recent.lines().count() < 20, "{recent}");
    for (query, code) in [
        ("container=none", 400),
        ("previous=true", 400),
        ("tailLines=-1", 422),
        ("sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z", 422),
    ] {
        let (told, words) = open.words(&format!("{pod}/log?{query}")).await;
        assert_eq!(told, code, "{query}: {words}");
    }
}

#[tokio::test]
async fn a_log_that_is_followed_goes_on_and_ends_with_its_pod() {
    use futures::{AsyncBufReadExt as _, StreamExt as _};
    let open = open().await;
    let pod = open.pod_of("web").await;
    let request = http::Request::get(format!("{pod}/log?follow=true&tailLines=1"))
        .body(Vec::new())
        .unwrap();
    let stream = open.kube().await.request_stream(request).await.unwrap();
    let mut lines = stream.lines();
    let mut next = async || tokio::time::timeout(Duration::from_secs(60), lines.next()).await;
    assert!(next().await.unwrap().is_some(), "what there was");
    assert!(next().await.unwrap().is_some(), "what came");
    let (code, _) = open
        .send(
            "DELETE",
            &format!("{pod}?gracePeriodSeconds=0"),
            "application/json",
            "",
        )
        .await;
    assert_eq!(code, 200);
    while next().await.unwrap().is_some() {}
}

#[tokio::test]
async fn each_caller_may_what_its_role_lets_it() {
    let open = open().await;
    let try_patch = async |context: &str, path: &str| {
        let request = http::Request::patch(path)
            .header("content-type", "application/merge-patch+json")
            .body(kube::client::Body::from(
                br#"{"spec":{"minReadySeconds":1}}"#.to_vec(),
            ))
            .unwrap();
        let answer = open.kube_as(context).await.send(request).await.unwrap();
        let code = answer.status().as_u16();
        let body = http_body_util::BodyExt::collect(answer.into_body())
            .await
            .unwrap();
        (code, serde_json::from_slice::<Value>(&body.to_bytes()).unwrap())
    };
    for (context, code) in [
        ("sandbox", 200),
        ("sandbox-release", 200),
        ("sandbox-viewer", 403),
        ("sandbox-nobody", 403),
    ] {
        assert_eq!(try_patch(context, WEB).await.0, code, "{context}");
    }
    let (_, told) = try_patch("sandbox-viewer", WEB).await;
    assert_eq!(
        told["message"],
        "deployments.apps \"web\" is forbidden: User \"sandbox-viewer\" cannot patch resource \"deployments\" in API group \"apps\" in the namespace \"shop\""
    );
    assert_eq!(
        (&told["reason"], &told["details"]["kind"]),
        (&json!("Forbidden"), &json!("deployments"))
    );
    let elsewhere = WEB.replace("shop", "default");
    let (code, told) = try_patch("sandbox-release", &elsewhere).await;
    assert_eq!(code, 403, "before it is looked for: {told}");
    let (code, told) = try_patch("sandbox-release", "/api/v1/namespaces/shop").await;
    assert_eq!(code, 403, "{told}");
    // Pretending is the operator's.
    let pretending = async |context: &str| {
        let request = http::Request::get("/api/v1/pods")
            .header("impersonate-user", "sandbox-nobody")
            .body(kube::client::Body::empty())
            .unwrap();
        let answer = open.kube_as(context).await.send(request).await.unwrap();
        let body = http_body_util::BodyExt::collect(answer.into_body())
            .await
            .unwrap();
        String::from_utf8(body.to_bytes().to_vec()).unwrap()
    };
    let told = pretending("sandbox").await;
    assert!(
        told.contains(r#"User \"sandbox-nobody\" cannot list resource \"pods\""#),
        "{told}"
    );
    let told = pretending("sandbox-viewer").await;
    assert!(told.contains("cannot impersonate"), "{told}");
}

#[tokio::test]
async fn a_port_of_a_pod_is_reached_through_the_clients_own_port_forward() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let open = open().await;
    let pod = open.pod_of("web").await;
    let name = pod.rsplit('/').next().unwrap();
    let pods: kube::Api<k8s_openapi::api::core::v1::Pod> = kube::Api::namespaced(open.kube().await, "shop");
    let mut forward = pods.portforward(name, &[8080, 9]).await.unwrap();
    let mut port = forward.take_stream(8080).unwrap();
    for path in ["/a", "/b"] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: web\r\n\r\n");
        port.write_all(request.as_bytes()).await.unwrap();
        let mut told = String::new();
        while !told.contains(&format!("{path}\n")) {
            let mut bytes = [0; 1024];
            let count = tokio::time::timeout(Duration::from_secs(60), port.read(&mut bytes)).await;
            told.push_str(std::str::from_utf8(&bytes[..count.unwrap().unwrap()]).unwrap());
        }
        assert!(
            told.starts_with("HTTP/1.1 200 OK") && told.contains("web:v1"),
            "{told}"
        );
    }
    let error = forward.take_error(9).unwrap().await.unwrap();
    assert!(error.contains("connection refused"), "{error}");
    drop(port);
    forward.abort();
    let (code, told) = open.words(&format!("{pod}/portforward?ports=8080")).await;
    assert_eq!(code, 400, "{told}");
    let none = pods.portforward("none", &[8080]).await;
    assert!(none.is_err());
}

#[tokio::test]
async fn whoever_asks_for_far_too_many_pods_takes_the_cluster_from_nobody() {
    let open = open().await;
    let many = patch(
        WEB,
        &json!([{ "op": "replace", "path": "/spec/replicas", "value": 2_147_483_647 }]),
    );
    assert!(matches!(
        open.client.send(&many).await,
        SendAnswer::Accepted { .. }
    ));
    // Each within ten seconds, while pods are made as fast as the machine can.
    for _ in 0..20 {
        open.get(WEB).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(open.get(WEB).await["status"]["replicas"].as_u64() > Some(100));
    let few = patch(
        WEB,
        &json!([{ "op": "replace", "path": "/spec/replicas", "value": 2 }]),
    );
    assert!(matches!(
        open.client.send(&few).await,
        SendAnswer::Accepted { .. }
    ));
    assert_eq!(open.get(WEB).await["spec"]["replicas"], 2);
}
