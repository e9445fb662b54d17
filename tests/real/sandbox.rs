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
