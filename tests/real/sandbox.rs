//! The embedded cluster as kubectl sees it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// The built program, serving. It ends with this.
struct Served {
    child: Child,
    kubeconfig: String,
    temporary: tempfile::TempDir,
}

impl Served {
    fn start() -> Self {
        let temporary = tempfile::tempdir().expect("a folder");
        let mut child = Command::new(env!("CARGO_BIN_EXE_flightdeck"))
            .args(["demo", "--serve"])
            .env("TMPDIR", temporary.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("its output");
        BufReader::new(out).read_line(&mut line).expect("a line");
        let kubeconfig = line
            .trim()
            .strip_prefix("export KUBECONFIG=")
            .expect(&line)
            .to_owned();
        Self {
            child,
            kubeconfig,
            temporary,
        }
    }

    /// What kubectl says, and whether it went well.
    fn kubectl(&self, arguments: &[&str]) -> (bool, String) {
        let servers =
            std::env::var("FLIGHTDECK_SERVERS").expect("FLIGHTDECK_SERVERS names the built servers");
        let output = Command::new(format!("{servers}/kubectl"))
            .args(["--kubeconfig", &self.kubeconfig, "--cache-dir"])
            .arg(self.temporary.path().join("cache"))
            .args(arguments)
            .output()
            .expect("kubectl runs");
        let said = [output.stdout, output.stderr].concat();
        (
            output.status.success(),
            String::from_utf8_lossy(&said).into_owned(),
        )
    }

    #[track_caller]
    fn says(&self, arguments: &[&str], words: &str) {
        let (well, said) = self.kubectl(arguments);
        assert!(well && said.contains(words), "kubectl {arguments:?}: {said}");
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn kubectl_reads_and_changes_the_sandbox() {
    let served = Served::start();
    served.says(&["version"], "Server Version: v1.");
    served.says(&["get", "deployments", "-A"], "checkout");
    served.says(&["get", "po,svc,ev", "-n", "shop"], "service/cart");
    served.says(
        &[
            "get",
            "deploy",
            "cart",
            "-o",
            "jsonpath={.spec.template.spec.containers[0].image}",
        ],
        "shop/cart:v19",
    );
    served.says(&["describe", "deploy", "cart"], "ScalingReplicaSet");
    served.says(
        &["rollout", "status", "deploy/catalog", "--timeout=20s"],
        "successfully rolled out",
    );
    served.says(&["rollout", "history", "deploy/cart"], "3 ");
    let pull = served.kubectl(&["rollout", "status", "deploy/cart", "--timeout=1s"]);
    assert!(!pull.0, "it is stuck: {pull:?}");
    served.says(&["rollout", "undo", "deploy/cart"], "rolled back");
    served.says(
        &["rollout", "status", "deploy/cart", "--timeout=30s"],
        "successfully rolled out",
    );
    served.says(&["scale", "deploy/images", "--replicas=4"], "scaled");
    served.says(
        &["rollout", "status", "deploy/images", "--timeout=30s"],
        "successfully rolled out",
    );
    let image =
        r#"[{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"shop/images:v6"}]"#;
    served.says(
        &["patch", "deploy", "images", "--type=json", "-p", image],
        "patched",
    );
    served.says(
        &["rollout", "status", "deploy/images", "--timeout=30s"],
        "successfully rolled out",
    );
    let deployment = ["deploy/images"];
    for (verb, words) in [
        (&["rollout", "restart"][..], "restarted"),
        (&["rollout", "status", "--timeout=30s"], "successfully rolled out"),
        (&["rollout", "pause"], "paused"),
        (&["rollout", "resume"], "resumed"),
    ] {
        served.says(&[verb, &deployment].concat(), words);
    }
    served.says(
        &["set", "image", "deploy/images", "app=shop/images:v7"],
        "image updated",
    );
    let minimal = r#"{"spec":{"minReadySeconds":1}}"#;
    served.says(
        &["patch", "deploy", "images", "--type=merge", "-p", minimal],
        "patched",
    );
    let guarded = r#"[{"op":"test","path":"/spec/replicas","value":99}]"#;
    let (well, said) = served.kubectl(&["patch", "deploy", "images", "--type=json", "-p", guarded]);
    assert!(
        !well && said.contains("the server rejected our request due to an error in our request"),
        "{said}"
    );
    served.says(&["delete", "deploy", "mail", "-n", "shop"], "deleted");
    let file = served.temporary.path().join("notes.json");
    let notes = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"notes","namespace":"shop"},"data":{"a":"b"}}"#;
    std::fs::write(&file, notes).expect("a file");
    served.says(
        &["create", "--validate=false", "-f", &file.display().to_string()],
        "created",
    );
    served.says(&["get", "cm", "-o", "name"], "configmap/notes");
}

#[test]
fn nothing_is_left_behind_when_it_is_told_to_end() {
    let mut served = Served::start();
    assert!(std::path::Path::new(&served.kubeconfig).exists());
    let mode = std::fs::metadata(&served.kubeconfig).expect("the file");
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&mode.permissions()) & 0o777,
        0o600
    );
    let pid = rustix::process::Pid::from_raw(served.child.id().try_into().expect("a pid")).expect("a pid");
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("a signal");
    assert_eq!(served.child.wait().expect("its end").code(), Some(143));
    assert!(!std::path::Path::new(&served.kubeconfig).exists());
}

impl Served {
    /// A file with that text.
    fn file(&self, name: &str, text: &str) -> String {
        let path = self.temporary.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path.display().to_string()
    }

    #[track_caller]
    fn refuses(&self, arguments: &[&str], words: &str) {
        let (well, said) = self.kubectl(arguments);
        assert!(!well && said.contains(words), "kubectl {arguments:?}: {said}");
    }
}

const SHIPS: &str = r"
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: ships.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { plural: ships, singular: ship, kind: Ship, shortNames: [sh] }
  versions:
  - name: v1
    served: true
    storage: true
    subresources: { status: {}, scale: { specReplicasPath: .spec.boats, statusReplicasPath: .status.boats } }
    additionalPrinterColumns: [{ name: Sails, type: integer, jsonPath: .spec.sails }]
    schema:
      openAPIV3Schema:
        type: object
        properties: { spec: { type: object, properties: { sails: { type: integer, description: How many it has } } } }
";

#[test]
fn kubectl_defines_a_kind_and_uses_it() {
    let served = Served::start();
    served.says(
        &["apply", "-f", &served.file("crd.yaml", SHIPS)],
        "ships.example.com created",
    );
    served.says(
        &[
            "wait",
            "--for=condition=Established",
            "crd/ships.example.com",
            "--timeout=10s",
        ],
        "condition met",
    );
    let ship =
        "{ apiVersion: example.com/v1, kind: Ship, metadata: { name: a }, spec: { sails: 3, flags: [x] } }";
    served.says(
        &["apply", "-f", &served.file("ship.yaml", ship)],
        "ship.example.com/a created",
    );
    served.says(&["get", "sh"], "SAILS");
    served.says(&["scale", "ship", "a", "--replicas=4"], "scaled");
    served.says(
        &[
            "get",
            "ship",
            "a",
            "-o",
            "jsonpath={.spec.boats} {.spec.flags[0]}",
        ],
        "4 x",
    );
    served.says(
        &[
            "patch",
            "ship",
            "a",
            "--type=merge",
            "-p",
            r#"{"status":{"boats":1}}"#,
            "--subresource=status",
        ],
        "patched",
    );
    served.says(&["explain", "ship.spec.sails"], "How many it has");
    served.says(&["api-resources", "--api-group=example.com"], "ships");
    served.says(&["delete", "crd", "ships.example.com"], "deleted");
    served.refuses(&["get", "ships"], "could not find the requested resource");
}

#[test]
fn kubectl_prints_the_tables_of_the_real_server() {
    let served = Served::start();
    for (what, words) in [
        (&["deployments"][..], "READY   UP-TO-DATE   AVAILABLE   AGE"),
        (&["pods"], "READY   STATUS             RESTARTS   AGE"),
        (&["replicasets"], "DESIRED   CURRENT   READY   AGE"),
        (&["services"], "TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)"),
        (&["events"], "LAST SEEN   TYPE      REASON"),
        (&["namespaces"], "Active"),
        (&["endpointslices"], "ADDRESSTYPE"),
        (&["all"], "deployment.apps/catalog"),
        (&["pods", "-o", "wide"], "NOMINATED NODE"),
        (&["pods"], "ImagePullBackOff"),
        (&["deployments", "-A", "--sort-by=.metadata.name"], "NAMESPACE"),
    ] {
        served.says(&[&["get"], what].concat(), words);
    }
    let (well, said) = served.kubectl(&["get", "deployments", "-w", "--request-timeout=2s"]);
    assert!(
        said.contains("catalog") && !said.contains("<unknown>"),
        "{well}: {said}"
    );
}

#[test]
fn kubectl_applies_from_both_sides() {
    let served = Served::start();
    let map = |data: &str| {
        format!("{{ apiVersion: v1, kind: ConfigMap, metadata: {{ name: notes }}, data: {{ {data} }} }}")
    };
    for (data, words) in [
        ("a: one, b: two", "created"),
        ("a: one, b: two", "unchanged"),
        ("a: one, c: three", "configured"),
    ] {
        served.says(&["apply", "-f", &served.file("notes.yaml", &map(data))], words);
    }
    served.says(
        &["get", "cm", "notes", "-o", "jsonpath={.data}"],
        r#"{"a":"one","c":"three"}"#,
    );
    let web = |image: &str| {
        format!(
            "{{ apiVersion: apps/v1, kind: Deployment, metadata: {{ name: web }}, spec: {{ replicas: 2, \
             selector: {{ matchLabels: {{ app: web }} }}, template: {{ metadata: {{ labels: {{ app: web }} }}, \
             spec: {{ containers: [{{ name: app, image: '{image}' }}] }} }} }} }}"
        )
    };
    let file = served.file("web.yaml", &web("web:v1"));
    served.says(&["apply", "--server-side", "-f", &file], "serverside-applied");
    served.says(&["scale", "deploy", "web", "--replicas=3"], "scaled");
    served.refuses(
        &["apply", "--server-side", "-f", &file],
        r#"Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas"#,
    );
    served.says(
        &["apply", "--server-side", "--force-conflicts", "-f", &file],
        "serverside-applied",
    );
    served.says(&["get", "deploy", "web", "-o", "jsonpath={.spec.replicas}"], "2");
    let file = served.file("web.yaml", &web("web:v2"));
    let (_, said) = served.kubectl(&["diff", "--server-side", "-f", &file]);
    assert!(said.contains("web:v2"), "{said}");
    served.says(
        &["explain", "deployment.spec.strategy"],
        "The deployment strategy to use",
    );
}

#[test]
fn kubectl_creates_labels_and_deletes() {
    let served = Served::start();
    served.says(&["create", "namespace", "extra"], "created");
    served.says(
        &[
            "create",
            "deployment",
            "more",
            "--image=more:v1",
            "--replicas=2",
            "--port=8080",
        ],
        "created",
    );
    served.says(
        &["rollout", "status", "deploy/more", "--timeout=60s"],
        "successfully rolled out",
    );
    served.says(&["create", "configmap", "extra", "--from-literal=a=b"], "created");
    served.says(
        &["create", "secret", "generic", "extra", "--from-literal=a=b"],
        "created",
    );
    served.says(&["get", "secret", "extra", "-o", "jsonpath={.data.a}"], "Yg==");
    served.says(&["expose", "deploy", "more", "--port=80"], "exposed");
    served.says(&["label", "deploy", "more", "tier=back"], "labeled");
    served.says(&["annotate", "deploy", "more", "note=hello"], "annotated");
    served.says(
        &["get", "deploy", "-l", "tier=back", "-o", "name"],
        "deployment.apps/more",
    );
    served.says(&["set", "env", "deploy/more", "B=2"], "env updated");
    served.says(
        &[
            "delete",
            "deploy",
            "more",
            "--cascade=foreground",
            "--timeout=60s",
        ],
        "deleted",
    );
    served.refuses(&["get", "deploy", "more"], "NotFound");
    served.says(&["events"], "ScalingReplicaSet");
    served.says(&["auth", "whoami"], "sandbox-operator");
    served.says(&["auth", "can-i", "delete", "pods"], "yes");
    served.says(&["auth", "can-i", "--list"], "*.*");
}

#[test]
fn kubectl_reads_logs() {
    let served = Served::start();
    served.says(&["logs", "deploy/catalog", "--tail=2"], "level=info");
    served.says(&["logs", "-l", "app=catalog", "--tail=1", "--timestamps"], "T");
    served.refuses(&["logs", "deploy/cart", "--previous"], "not found");
    let follow = served.kubectl(&[
        "logs",
        "-f",
        "deploy/catalog",
        "--tail=1",
        "--request-timeout=12s",
    ]);
    assert!(follow.1.lines().count() > 1, "{follow:?}");
}

#[test]
fn kubectl_is_somebody_else_by_its_context() {
    let served = Served::start();
    let viewer = "--context=sandbox-viewer";
    let release = "--context=sandbox-release";
    served.says(&["config", "get-contexts", "-o", "name"], "sandbox-nobody");
    served.says(&[viewer, "get", "pods"], "catalog");
    served.refuses(
        &[viewer, "delete", "deploy", "catalog"],
        r#"User "sandbox-viewer" cannot delete resource "deployments" in API group "apps" in the namespace "shop""#,
    );
    served.says(
        &[release, "set", "image", "deploy/images", "app=shop/images:v9"],
        "image updated",
    );
    served.refuses(
        &[release, "-n", "pay", "set", "image", "deploy/ledger", "app=x:v1"],
        "is forbidden",
    );
    served.says(&[viewer, "auth", "whoami"], "sandbox-viewer");
    served.says(&[viewer, "auth", "can-i", "list", "pods"], "yes");
    served.refuses(&[viewer, "auth", "can-i", "delete", "pods"], "no");
    served.says(&[release, "auth", "can-i", "patch", "deployments.apps"], "yes");
    served.refuses(
        &[release, "auth", "can-i", "patch", "deployments.apps", "-n", "pay"],
        "no",
    );
    served.refuses(&["--context=sandbox-nobody", "get", "pods"], "Forbidden");
    served.refuses(
        &["--as=sandbox-nobody", "get", "pods"],
        r#"User "sandbox-nobody" cannot list"#,
    );
}
