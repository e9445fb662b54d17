//! Somebody who sits at the built program: a terminal of 80 by 24, a kubeconfig, and a state folder that outlives the program.

use std::path::PathBuf;

use http::Method;

use crate::fault_proxy::{FaultProxy, Seen, Upstream};
use crate::lab::{Identity, Namespace, lab};
use crate::pty::{Pty, Setting};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_flightdeck");

/// A place to sit down at, several times.
pub(crate) struct Seat {
    pub(crate) namespace: Namespace,
    pub(crate) proxy: FaultProxy,
    pub(crate) kubeconfig: PathBuf,
    folders: tempfile::TempDir,
}

impl Seat {
    /// A namespace of its own, seen through a proxy of its own in the name of an identity.
    pub(crate) async fn of(identity: Identity) -> Self {
        let namespace = lab().namespace().await;
        let proxy = FaultProxy::start(Upstream::new(lab().url(), &lab().ca()));
        let kubeconfig = lab().kubeconfig(identity, namespace.name(), Some(proxy.url()));
        Self {
            namespace,
            proxy,
            kubeconfig,
            folders: tempfile::tempdir().expect("a folder"),
        }
    }

    /// The same place with another namespace in its kubeconfig.
    pub(crate) fn led_to(mut self, identity: Identity, namespace: &str) -> Self {
        self.kubeconfig = lab().kubeconfig(identity, namespace, Some(self.proxy.url()));
        self
    }

    /// With the Deployment `web` that is rolled out.
    pub(crate) async fn with_web(identity: Identity, replicas: u32) -> Self {
        let seat = Self::of(identity).await;
        seat.namespace.deployment("web").replicas(replicas).create().await;
        seat.namespace.wait_until_rolled_out("web").await;
        seat
    }

    /// Starts the program here, with its own namespace unless told otherwise.
    pub(crate) fn start(&self, more: &[&str]) -> Pty {
        self.start_on(Setting::default(), &[], more)
    }

    /// The same on another terminal, with more in its environment.
    pub(crate) fn start_on(&self, setting: Setting, environment: &[(&str, &str)], more: &[&str]) -> Pty {
        let kubeconfig = self.kubeconfig.display().to_string();
        let mut command = vec![PROGRAM, "--kubeconfig", &kubeconfig];
        if !more.contains(&"-A") {
            command.extend(["--namespace", self.namespace.name()]);
        }
        command.extend(more);
        self.spawn_on(setting, environment, &command)
    }

    /// Runs any command with the environment that the program gets here.
    pub(crate) fn spawn(&self, command: &[&str]) -> Pty {
        self.spawn_on(Setting::default(), &[], command)
    }

    fn spawn_on(&self, setting: Setting, more: &[(&str, &str)], command: &[&str]) -> Pty {
        let folder = |name: &str| {
            let path = self.folders.path().join(name);
            std::fs::create_dir_all(&path).expect("a folder");
            path.display().to_string()
        };
        let environment = [
            ("XDG_STATE_HOME", folder("state")),
            ("XDG_CONFIG_HOME", folder("config")),
        ];
        let environment: Vec<(&str, &str)> = environment
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .chain(more.iter().copied())
            .collect();
        Pty::spawn(command, setting, &environment)
    }

    /// The command line that starts the program here, for a shell.
    pub(crate) fn line(&self) -> String {
        format!(
            "{PROGRAM} --kubeconfig {} --namespace {}",
            self.kubeconfig.display(),
            self.namespace.name()
        )
    }

    /// A folder that is there as long as this is.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folders.path()
    }

    /// The program without a screen: a command, with the files that the cockpit has here.
    pub(crate) fn command(&self, arguments: &str) -> tokio::process::Command {
        let mut command = tokio::process::Command::new(PROGRAM);
        command
            .args(arguments.split_whitespace())
            .env_clear()
            .env("HOME", self.folders.path())
            .env("KUBECONFIG", &self.kubeconfig)
            .env("XDG_STATE_HOME", self.folders.path().join("state"))
            .env("XDG_CONFIG_HOME", self.folders.path().join("config"))
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// The program with `web` on its screen and selected.
    pub(crate) fn at_web(&self, more: &[&str]) -> Pty {
        let pty = self.start(more);
        select(&pty);
        pty
    }

    /// Every line of the record.
    pub(crate) fn record(&self) -> String {
        let read = |path: PathBuf| std::fs::read_to_string(path).unwrap_or_default();
        self.record_files().into_iter().map(read).collect()
    }

    /// The files that the record is in.
    pub(crate) fn record_files(&self) -> Vec<PathBuf> {
        let mut all = Vec::new();
        let mut folders = vec![self.folders.path().join("state")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|it| it == "jsonl") {
                    all.push(path);
                }
            }
        }
        all
    }

    /// The patches that came to the proxy and were meant, not tried.
    pub(crate) fn writes(&self) -> Vec<Seen> {
        let mut seen = self.proxy.seen();
        seen.retain(|it| it.method == Method::PATCH && !it.path.contains("dryRun"));
        seen
    }
}

/// Waits for `web` and puts the selection on it.
pub(crate) fn select(pty: &Pty) {
    pty.wait_until("the rollout web, and everything read", |screen| {
        let words = screen.contents();
        words.contains("web") && words.contains("live")
    });
    pty.type_keys("j");
}

/// Opens the sheet of a verb and waits until it can be confirmed; returns what must be typed.
pub(crate) fn open(pty: &Pty, key: &str, verb: &str) -> String {
    pty.type_keys(key);
    armed(pty, verb)
}

/// Waits until the open sheet is armed; returns what must be typed.
pub(crate) fn armed(pty: &Pty, verb: &str) -> String {
    let confirm = format!("= {verb}  ");
    pty.wait_until(&format!("an armed sheet: {confirm}"), |screen| {
        let words = screen.contents();
        words.contains(&confirm) && !words.contains("in a moment")
    });
    let screen = pty.screen();
    match screen.rsplit_once("type: ") {
        Some((_, rest)) => rest.split_whitespace().next().unwrap_or_default().to_owned(),
        None => "y".to_owned(),
    }
}

/// Types what confirms.
pub(crate) fn confirm(pty: &Pty, token: &str) {
    if token == "y" {
        return pty.type_keys(token);
    }
    for _ in 0..3 {
        pty.type_keys(token);
        pty.wait_for(&format!("[{token}"));
        pty.send("\r");
        // A machine that is busy hands over two keys at once, which is taken for a paste; then a person types again.
        pty.wait_until("Enter was taken, or dropped", |screen| {
            let words = screen.contents();
            words.contains("paste ignored") || !words.contains(&format!("[{token}_]"))
        });
        if !pty.screen().contains("paste ignored") {
            return;
        }
        pty.send("\x15");
        pty.wait_for("[_]");
    }
    panic!("Enter never came through:\n{}", pty.screen());
}

/// Opens the sheet and confirms it.
pub(crate) fn act(pty: &Pty, key: &str, verb: &str) {
    let token = open(pty, key, verb);
    confirm(pty, &token);
}

/// Closes the sheet and waits until it is gone: a key right after an escape would belong to it.
pub(crate) fn close(pty: &Pty) {
    pty.send("\x1b");
    pty.wait_until("the fleet without a sheet", |screen| {
        screen.contents().contains(", by attention")
    });
}

/// Leaves the fleet or a sheet over it, and gives the exit code.
pub(crate) fn quit(pty: &mut Pty) -> u32 {
    if !pty.screen().contains(", by attention") {
        close(pty);
    }
    pty.send("q");
    pty.exit_code()
}
