//! The login plugin of a context, run where it may ask somebody: as `kubectl` does it in a terminal. What it prints is a
//! credential: it is read as far as to know that there is one, and neither kept, shown nor logged. The client asks the plugin
//! again by itself, which then answers from its own store.

use std::io;
use std::process::{Command, Stdio};

use kube::config::ExecConfig;
use serde_json::{Value, json};

use crate::domain::Untrusted;

use super::connect::{login_command, with_cluster_info};
use super::{ConnectError, Flags, Surroundings, files, load};

/// A plugin, ready to be run.
#[derive(Debug)]
pub struct Login {
    exec: ExecConfig,
    /// The command, for people.
    pub shown: Untrusted,
}

/// The plugin of the context that the flags mean; `None` when its credentials are not made by one.
///
/// # Errors
///
/// When the kubeconfig is wrong.
pub fn login(flags: &Flags, around: &Surroundings) -> Result<Option<Login>, ConnectError> {
    let Some(loaded) = load(flags, around)? else {
        return Ok(None);
    };
    let mut user = loaded.user;
    let authority = files::authority(&loaded.cluster)?;
    with_cluster_info(&mut user, &loaded.cluster, authority);
    let shown = login_command(&user);
    Ok(user.exec.zip(shown).map(|(exec, shown)| Login { exec, shown }))
}

impl Login {
    /// Runs it in this terminal, and waits for its end. Blocks.
    ///
    /// # Errors
    ///
    /// What is to be told when there is no credential after it.
    pub fn run(&self) -> Result<(), String> {
        let program = self.exec.command.clone().unwrap_or_default();
        let output = self
            .command(&program)
            .output()
            .map_err(|error| self.cannot_start(&error))?;
        if !output.status.success() {
            return Err(format!("{} ended with {}", self.shown, output.status));
        }
        let told: Option<Value> = serde_json::from_slice(&output.stdout).ok();
        let has = |field: &str| {
            let pointer = format!("/status/{field}");
            told.as_ref().is_some_and(|it| it.pointer(&pointer).is_some())
        };
        if has("token") || has("clientCertificateData") {
            Ok(())
        } else {
            Err(format!("{} ended well and gave no credential", self.shown))
        }
    }

    fn cannot_start(&self, error: &io::Error) -> String {
        let hint = self.exec.install_hint.as_deref().map(Untrusted::from);
        let hint = hint.map(|it| format!(" ({it})")).unwrap_or_default();
        format!("{} cannot be started: {error}{hint}", self.shown)
    }

    fn command(&self, program: &str) -> Command {
        let mut info = json!({
            "apiVersion": self.exec.api_version,
            "kind": "ExecCredential",
            "spec": { "interactive": true },
        });
        if let (Some(cluster), Some(spec)) = (&self.exec.cluster, info.get_mut("spec")) {
            // A cluster that cannot be written is one that the plugin has to do without.
            if let (Ok(cluster), Some(spec)) = (serde_json::to_value(cluster), spec.as_object_mut()) {
                spec.insert("cluster".to_owned(), cluster);
            }
        }
        let mut command = Command::new(program);
        command
            .args(self.exec.args.iter().flatten())
            .env("KUBERNETES_EXEC_INFO", info.to_string())
            .stdin(Stdio::inherit())
            .stderr(Stdio::inherit())
            .stdout(Stdio::piped());
        for entry in self.exec.env.iter().flatten() {
            if let (Some(name), Some(value)) = (entry.get("name"), entry.get("value")) {
                command.env(name, value);
            }
        }
        command
    }
}
