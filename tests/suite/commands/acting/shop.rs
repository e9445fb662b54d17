//! A server that holds the objects of a test and takes patches, as the API server does: `test` of nothing passes where nothing
//! is, and a test that fails refuses the whole.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::commands::desk::{Desk, Said, World};
use crate::drivers::objects::{Thing, at, deployment, pods, replica_set};
use crate::support::fake_api::{FakeApi, Gate, Reply, Seen};

/// After so many reads this is done to the objects, before each further one.
type Meanwhile = (usize, fn(&mut [Value]));

/// What the server does.
#[derive(Clone, Default)]
pub(super) struct Shop {
    pub(super) world: World,
    /// Answers to what is meant, and to what is tried; else as told by the objects.
    pub(super) patch: Option<Reply>,
    pub(super) dry_run: Option<Reply>,
    /// What is never answered, by the end of its path.
    pub(super) silent: Vec<&'static str>,
    /// Answers to reads of single objects other than workloads and their sets.
    pub(super) found: Vec<(&'static str, Value)>,
    /// The uid of `kube-system`; none may be read otherwise.
    pub(super) uid: Option<&'static str>,
    /// Opened by a patch that is taken.
    pub(super) gate: Option<Gate>,
    /// What somebody else does.
    pub(super) meanwhile: Option<Meanwhile>,
}

/// Three pods of v2, and v1 is kept.
pub(super) fn web() -> Vec<Thing> {
    let mut things = vec![deployment(3), replica_set("v2", 3), replica_set("v1", 0)];
    things.extend(pods("v2", 3));
    things
}

impl Shop {
    pub(super) fn of(things: &[Thing]) -> Self {
        Self {
            world: World::of(things),
            uid: Some("cluster-uid"),
            ..Self::default()
        }
    }

    pub(super) fn web() -> Self {
        Self::of(&web())
    }

    /// With the Deployment changed.
    pub(super) fn with(mut self, path: &str, value: impl Into<Value>) -> Self {
        let changed = Thing(self.world.objects.remove(0)).with(path, value);
        self.world.objects.insert(0, changed.0);
        self
    }

    pub(super) fn also(mut self, thing: Thing) -> Self {
        self.world.objects.push(thing.0);
        self
    }

    pub(super) fn at_time(mut self, now: Timestamp) -> Self {
        self.world.now = Some(now);
        self
    }

    /// Somebody sits down before it.
    pub(super) async fn open(mut self) -> Desk {
        let mut reads = 0;
        let api = FakeApi::start(move |seen| self.answer(seen, &mut reads)).await;
        let desk = Desk::before(&api.url());
        Desk {
            api: Some(api),
            ..desk
        }
    }

    fn answer(&mut self, seen: &Seen, reads: &mut usize) -> Reply {
        let now = self.world.now.unwrap_or_else(|| at(60));
        let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&now);
        let date = date.unwrap();
        let path = seen.path.split('?').next().unwrap_or_default().to_owned();
        if self.silent.iter().any(|it| path.ends_with(it)) {
            return Reply::Silence;
        }
        if seen.method == "PATCH" {
            return self.take(seen, &path).with("date", &date);
        }
        if path == "/api/v1/namespaces/kube-system" {
            let found = self.uid.map_or_else(
                || Reply::status(403, "Forbidden", "you may not"),
                |uid| Reply::json(200, json!({ "metadata": { "uid": uid } }).to_string()),
            );
            return found.with("date", &date);
        }
        if path.ends_with("selfsubjectreviews") {
            let user = json!({ "status": { "userInfo": { "username": "ann" } } });
            return Reply::json(201, user.to_string());
        }
        if let Some((_, object)) = self.found.iter().find(|(its, _)| path.ends_with(its)) {
            return Reply::json(200, object.to_string()).with("date", &date);
        }
        let is_single = path.split('/').count() == 8 && path.starts_with("/apis/apps/v1/namespaces/");
        if !is_single {
            return self.world.answer(seen);
        }
        *reads += 1;
        if let Some((after, change)) = self.meanwhile
            && *reads > after
        {
            change(&mut self.world.objects);
        }
        let object = self.world.objects.iter().find(|it| is_at(it, &path));
        object
            .map_or_else(
                || Reply::status(404, "NotFound", "it is gone"),
                |object| Reply::json(200, object.to_string()),
            )
            .with("date", &date)
    }

    fn take(&mut self, seen: &Seen, path: &str) -> Reply {
        let is_tried = seen.path.contains("dryRun");
        let told = if is_tried { &self.dry_run } else { &self.patch };
        if let Some(reply) = told {
            return reply.clone();
        }
        let target = path.trim_end_matches("/scale");
        let Some(object) = self.world.objects.iter_mut().find(|it| is_at(it, target)) else {
            return Reply::status(404, "NotFound", "it is gone");
        };
        match patched(object, &seen.body) {
            None => Reply::status(
                422,
                "Invalid",
                "the server rejected our request due to an error in our request",
            ),
            Some(changed) => {
                if !is_tried {
                    *object = changed.clone();
                    if let Some(gate) = &self.gate {
                        gate.open();
                    }
                }
                let answer = if path.ends_with("/scale") {
                    json!({ "kind": "Scale", "spec": { "replicas": changed["spec"]["replicas"] } })
                } else {
                    changed
                };
                Reply::json(200, answer.to_string()).with("audit-id", "audit-1")
            }
        }
    }
}

fn is_at(object: &Value, path: &str) -> bool {
    let resource = match object["kind"].as_str() {
        Some("Deployment") => "deployments",
        Some("ReplicaSet") => "replicasets",
        _ => return false,
    };
    let (namespace, name) = (&object["metadata"]["namespace"], &object["metadata"]["name"]);
    let (namespace, name) = (namespace.as_str().unwrap(), name.as_str().unwrap());
    path == format!("/apis/apps/v1/namespaces/{namespace}/{resource}/{name}")
}

/// `None` when a test fails.
fn patched(object: &Value, body: &[u8]) -> Option<Value> {
    let operations: Vec<Value> = serde_json::from_slice(body).unwrap();
    let mut changed = object.clone();
    for operation in operations {
        let path = operation["path"].as_str().unwrap();
        if operation["op"] == "test" {
            if changed.pointer(path).unwrap_or(&Value::Null) != &operation["value"] {
                return None;
            }
        } else {
            let one: json_patch::Patch = serde_json::from_value(json!([operation])).unwrap();
            json_patch::patch(&mut changed, &one).unwrap();
        }
    }
    Some(changed)
}

/// What was sent and meant.
pub(super) fn writes(desk: &mut Desk) -> Vec<Value> {
    let seen = desk.api.as_mut().unwrap().seen();
    seen.into_iter()
        .filter(|it| it.method == "PATCH" && !it.path.contains("dryRun"))
        .map(|it| serde_json::from_slice(&it.body).unwrap())
        .collect()
}

/// The plan, and its token.
pub(super) async fn plan(desk: &Desk, arguments: &str) -> (Value, String) {
    let said = desk.run(&format!("{arguments} --plan -o json")).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    let plan = said.json();
    let token = plan["token"].as_str().unwrap().to_owned();
    (plan, token)
}

/// Confirms a plan that was made before another server.
pub(super) async fn confirmed(planned: Shop, now: Shop, arguments: &str) -> (Said, Vec<Value>) {
    let desk = planned.open().await;
    let (_, token) = plan(&desk, arguments).await;
    let mut desk = now.open().await;
    let said = desk
        .run(&format!("{arguments} --confirm {token} --no-wait"))
        .await;
    let writes = writes(&mut desk);
    (said, writes)
}
