//! Whether what is typed here is typed into other panes as well: tmux can repeat every key in all panes of a window. Asks tmux,
//! and changes nothing in it.

use std::ffi::OsString;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::app::Panes;
use crate::domain::Untrusted;

/// How long tmux is waited for.
const WITHIN: Duration = Duration::from_millis(500);

/// The pane of tmux that this program runs in.
#[derive(Clone, Debug)]
pub struct Tmux {
    program: OsString,
    /// As tmux names it, `%3`; `None` when the environment does not tell.
    pane: Option<OsString>,
}

impl Tmux {
    /// The one that the environment of this process tells of; `None` outside of tmux.
    pub fn of_process() -> Option<Self> {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        set("TMUX").map(|_| Self::new("tmux".into(), set("TMUX_PANE")))
    }

    /// Asks `program` about `pane`.
    pub fn new(program: OsString, pane: Option<OsString>) -> Self {
        Self { program, pane }
    }

    /// Whether keys go to other panes, too. Waits half a second at most.
    pub async fn panes(&self) -> Panes {
        let Some(pane) = &self.pane else {
            // Without it tmux would answer for the pane that is selected, which may be another one.
            return unknown("TMUX_PANE is not set");
        };
        let asked = Command::new(&self.program)
            .args(["display-message", "-p", "-t"])
            .arg(pane)
            .arg("#{pane_synchronized}")
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .output();
        let said = match tokio::time::timeout(WITHIN, asked).await {
            Ok(Ok(output)) if output.status.success() => output.stdout,
            Ok(Ok(output)) => return unknown(&format!("tmux ended with {}", output.status)),
            Ok(Err(error)) => return unknown(&format!("tmux cannot be run: {error}")),
            Err(_elapsed) => return unknown("tmux did not answer within half a second"),
        };
        match said.trim_ascii() {
            b"1" | b"on" => Panes::Synchronized,
            b"0" | b"off" => Panes::Apart,
            other => unknown(&format!("tmux said {:?}", String::from_utf8_lossy(other))),
        }
    }
}

fn unknown(why: &str) -> Panes {
    Panes::Unknown {
        why: Untrusted::from(why),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    async fn said(script: &str) -> Panes {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("tmux");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let tmux = Tmux::new(program.into(), Some("%3".into()));
        loop {
            let panes = tmux.panes().await;
            // A test beside this one that starts a program holds the file open for a moment.
            if !matches!(&panes, Panes::Unknown { why } if why.shown().contains("busy")) {
                return panes;
            }
        }
    }

    #[tokio::test]
    async fn the_pane_of_this_program_is_asked_for() {
        let script = "[ \"$*\" = 'display-message -p -t %3 #{pane_synchronized}' ] && echo 1 || echo 0";
        assert_eq!(said(script).await, Panes::Synchronized);
        assert_eq!(said("echo 0").await, Panes::Apart);
    }

    #[tokio::test]
    async fn no_answer_is_not_known() {
        for (script, words) in [
            ("sleep 5", "within half a second"),
            ("exit 1", "exit status: 1"),
            ("echo", "tmux said"),
        ] {
            match said(script).await {
                Panes::Unknown { why } => assert!(why.shown().contains(words), "{why}"),
                other @ (Panes::Apart | Panes::Synchronized) => panic!("{script}: {other:?}"),
            }
        }
        let missing = Tmux::new("/nowhere/tmux".into(), Some("%3".into()));
        assert!(matches!(missing.panes().await, Panes::Unknown { .. }));
        let nameless = Tmux::new("tmux".into(), None);
        assert!(matches!(nameless.panes().await, Panes::Unknown { .. }));
    }
}
