//! A real tmux that types every key into all panes of its window: then only looking is allowed.

use std::path::PathBuf;
use std::process::Command;

use crate::lab::Identity;
use crate::pty::Pty;
use crate::seat::{Seat, act, close, open, select};

/// A tmux server of its own, which ends with this.
struct Tmux {
    socket: PathBuf,
}

impl Tmux {
    /// The program in the only pane, without a status line, and the terminal around it.
    fn around(seat: &Seat) -> (Self, Pty) {
        let tmux = Self {
            socket: seat.folder().join("tmux"),
        };
        let configuration = seat.folder().join("tmux.conf");
        std::fs::write(&configuration, "set -g status off\nset -s escape-time 0\n").expect("a file");
        let (socket, configuration) = (
            tmux.socket.display().to_string(),
            configuration.display().to_string(),
        );
        let command = [
            "tmux",
            "-S",
            &socket,
            "-f",
            &configuration,
            "new-session",
            &seat.line(),
        ];
        (tmux, seat.spawn(&command))
    }

    fn synchronize(&self, on: &str) {
        let set = ["set-window-option", "synchronize-panes", on];
        let done = Command::new("tmux")
            .arg("-S")
            .arg(&self.socket)
            .args(set)
            .status();
        assert!(done.expect("tmux is installed").success());
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = Command::new("tmux")
            .arg("-S")
            .arg(&self.socket)
            .arg("kill-server")
            .status();
    }
}

#[tokio::test]
async fn in_synchronised_panes_nothing_is_sent() {
    let seat = Seat::with_web(Identity::Operator, 1).await;
    let (tmux, pty) = Tmux::around(&seat);
    select(&pty);
    // Switched on while the sheet is open: asked again right before the write.
    open(&pty, " ", "PAUSE");
    tmux.synchronize("on");
    pty.type_keys("y");
    pty.wait_for("synchronize-panes off");
    assert!(seat.writes().is_empty());
    close(&pty);
    // On when it opens: the sheet says so, and offers nothing.
    pty.type_keys(" ");
    pty.wait_for("into all panes");
    pty.wait_for("synchronize-panes off");
    pty.type_keys("y");
    assert!(!pty.screen().contains("= PAUSE  "), "nothing is offered");
    assert!(seat.writes().is_empty());
    close(&pty);
    tmux.synchronize("off");
    act(&pty, " ", "PAUSE");
    pty.wait_for("✓ effect seen");
    assert_eq!(seat.writes().len(), 1);
}
