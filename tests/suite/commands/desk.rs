//! Somebody at a shell: the built program, files of its own, and a server that holds the objects of a test.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::drivers::objects::{Thing, at};
use crate::support::fake_api::{FakeApi, Gate, Reply, Seen, Then};

const PROGRAM: &str = env!("CARGO_BIN_EXE_flightdeck");

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Said {
    /// The exit code; none when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// Ended with this code and nothing on stdout, and said all of these words on stderr.
    #[track_caller]
    pub(crate) fn failed(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.out, "", "nothing is on stdout on failure: {self:?}");
        for word in words {
            assert!(self.err.contains(word), "{word:?} is missing: {self:?}");
        }
    }

    /// Ended well and had nothing to add.
    #[track_caller]
    pub(crate) fn well(&self) -> &str {
        assert_eq!((self.code, self.err.as_str()), (Some(0), ""), "{self:?}");
        &self.out
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// What the server holds and refuses.
#[derive(Clone, Default)]
pub(crate) struct World {
    pub(crate) objects: Vec<Value>,
    /// Resources, or `namespace/resource`, that may not be read.
    pub(crate) forbidden: Vec<&'static str>,
    /// What watches tell, by resource, after the list.
    pub(crate) events: Vec<(&'static str, Value)>,
    /// Watches tell nothing before this is open.
    pub(crate) gate: Option<Gate>,
    /// The server's clock at every answer; a minute after the beginning if not given.
    pub(crate) now: Option<Timestamp>,
}

impl World {
    pub(crate) fn of(objects: &[Thing]) -> Self {
        Self {
            objects: objects.iter().map(|thing| thing.0.clone()).collect(),
            ..Self::default()
        }
    }

    pub(crate) fn without(mut self, resource: &'static str) -> Self {
        self.forbidden.push(resource);
        self
    }

    pub(crate) fn answer(&self, seen: &Seen) -> Reply {
        let now = self.now.unwrap_or_else(|| at(60));
        let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&now);
        self.reply(seen).with("date", &date.unwrap())
    }

    fn reply(&self, seen: &Seen) -> Reply {
        let path = seen.path.split('?').next().unwrap_or_default();
        if path == "/version" {
            return Reply::json(200, r#"{"gitVersion":"v1.36.3"}"#);
        }
        if path.ends_with("selfsubjectaccessreviews") {
            let asked = String::from_utf8_lossy(&seen.body).into_owned();
            let denied = self
                .forbidden
                .iter()
                .any(|it| asked.contains(&format!("\"resource\":\"{it}\"")));
            return Reply::json(201, json!({ "status": { "allowed": !denied } }).to_string());
        }
        if path.ends_with("selfsubjectrulesreviews") {
            return Reply::json(
                201,
                json!({ "status": { "resourceRules": [], "incomplete": true } }).to_string(),
            );
        }
        let parts: Vec<&str> = path.split('/').collect();
        let resource = parts.last().copied().unwrap_or_default();
        let namespace = parts
            .iter()
            .position(|it| *it == "namespaces")
            .and_then(|it| parts.get(it + 1))
            .copied();
        let narrow = format!("{}/{resource}", namespace.unwrap_or_default());
        if self.forbidden.iter().any(|it| *it == resource || *it == narrow) {
            return Reply::status(403, "Forbidden", &format!("{resource} is forbidden: you may not"));
        }
        if seen.is_watch() {
            let told = self.events.iter().filter(|(its, _)| *its == resource);
            let chunks = told.map(|(_, event)| format!("{event}\n").into_bytes()).collect();
            return Reply::chunks(200, chunks, Then::Hang).behind(self.gate.clone());
        }
        let items: Vec<&Value> = self
            .objects
            .iter()
            .filter(|it| resource_of(it) == resource)
            .filter(|it| namespace.is_none_or(|namespace| it["metadata"]["namespace"] == namespace))
            .collect();
        Reply::json(
            200,
            json!({ "metadata": { "resourceVersion": "7" }, "items": items }).to_string(),
        )
    }
}

fn resource_of(object: &Value) -> &'static str {
    match object["kind"].as_str().unwrap() {
        "Deployment" => "deployments",
        "ReplicaSet" => "replicasets",
        "Pod" => "pods",
        "Rollout" => "rollouts",
        "Event" => "events",
        "Service" => "services",
        "HorizontalPodAutoscaler" => "horizontalpodautoscalers",
        other => panic!("no test has a {other}"),
    }
}

/// The files, and the server if there is one.
pub(crate) struct Desk {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) api: Option<FakeApi>,
}

impl Desk {
    /// At a cluster that holds these objects.
    pub(crate) async fn at(world: World) -> Self {
        let api = FakeApi::start(move |seen| world.answer(seen)).await;
        let desk = Self::before(&api.url());
        Self {
            api: Some(api),
            ..desk
        }
    }

    /// At any address. The context's namespace is `shop`.
    pub(crate) fn before(server: &str) -> Self {
        let desk = Self {
            folder: tempfile::tempdir().unwrap(),
            api: None,
        };
        desk.write(
            "kubeconfig",
            &format!(
                "apiVersion: v1\nkind: Config\ncurrent-context: prod\ncontexts:\n- name: prod\n  context: {{cluster: c, user: u, namespace: shop}}\nclusters:\n- name: c\n  cluster: {{server: \"{server}\"}}\nusers:\n- name: u\n  user: {{token: t}}\n"
            ),
        );
        desk
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The program with these arguments and nothing of the machine's own surroundings.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .args(arguments.split_whitespace())
            .env_clear()
            .env("HOME", self.folder.path())
            .env("KUBECONFIG", self.path("kubeconfig"))
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("XDG_STATE_HOME", self.path("state"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    pub(crate) async fn run(&self, arguments: &str) -> Said {
        said(self.command(arguments)).await
    }
}

/// Runs it to its end.
pub(crate) async fn said(mut command: Command) -> Said {
    let output = tokio::time::timeout(Duration::from_secs(60), command.output()).await;
    let output = output.expect("it ends in time").unwrap();
    Said {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
