//! The built program and what people and networks do to it, in a real terminal and without a cluster.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use crate::support::pty::{Pty, Setting};

const PROGRAM: &str = env!("CARGO_BIN_EXE_flightdeck");

/// A folder with a kubeconfig for `server`, and room for configuration.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn with(server: &str) -> Self {
        let desk = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        desk.write(
            "kubeconfig",
            &format!(
                "apiVersion: v1\nkind: Config\ncurrent-context: prod\ncontexts:\n- name: prod\n  context: {{cluster: c, user: u}}\nclusters:\n- name: c\n  cluster: {{server: \"{server}\"}}\nusers:\n- name: u\n  user: {{token: t}}\n"
            ),
        );
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn start(self, flags: &[&str], setting: Setting, more: &[(&str, &str)]) -> Seat {
        let kubeconfig = text(&self.path("kubeconfig"));
        let (config, state) = (text(&self.path("config")), text(&self.path("state")));
        let mut environment = vec![
            ("KUBECONFIG", kubeconfig.as_str()),
            ("XDG_CONFIG_HOME", &config),
            ("XDG_STATE_HOME", &state),
        ];
        environment.extend(more);
        let command: Vec<&str> = [PROGRAM].into_iter().chain(flags.iter().copied()).collect();
        let pty = Pty::spawn(&command, setting, &environment);
        Seat { pty, _desk: self }
    }

    fn open(self) -> Seat {
        self.start(&[], Setting::default(), &[])
    }
}

/// The program in its terminal, with the files it was started on.
struct Seat {
    pty: Pty,
    _desk: Desk,
}

impl Deref for Seat {
    type Target = Pty;

    fn deref(&self) -> &Pty {
        &self.pty
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Nobody listens on this port.
fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// A server that answers every connection with these bytes, or never.
fn server(scheme: &str, answer: Option<&'static [u8]>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let mut open = Vec::new();
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            if let Some(answer) = answer {
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(answer);
            } else {
                open.push(stream);
            }
        }
    });
    format!("{scheme}://{address}")
}

#[track_caller]
fn quits_and_restores(mut pty: Seat) {
    pty.send("q");
    assert_eq!(pty.pty.exit_code(), 0, "{}", pty.pty);
    pty.wait_until("the terminal left as it was found", |screen| {
        !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste()
    });
}

#[track_caller]
fn ends_with(mut pty: Seat, code: u32, words: &[&str]) {
    assert_eq!(pty.pty.exit_code(), code, "{}", pty.pty);
    for word in words {
        pty.wait_for(word);
    }
    pty.look(|screen| assert!(!screen.alternate_screen() && !screen.hide_cursor()));
}

#[test]
fn help_and_version_are_no_mistakes_and_a_wrong_flag_is() {
    for (flag, code) in [("--help", 0), ("--version", 0), ("--nosuch", 64)] {
        let output = Command::new(PROGRAM).arg(flag).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{flag}: {output:?}");
    }
}

#[test]
fn a_pipe_is_no_screen() {
    let desk = Desk::with("http://127.0.0.1:1");
    let output = Command::new(PROGRAM)
        .env("KUBECONFIG", desk.path("kubeconfig"))
        .env("HOME", desk.folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(64));
    assert!(String::from_utf8_lossy(&output.stderr).contains("not a terminal"));
}

#[test]
fn a_kubeconfig_that_is_not_there_is_named() {
    let desk = Desk::with("http://127.0.0.1:1");
    let pty = desk.start(&["--kubeconfig", "/nosuch/config"], Setting::default(), &[]);
    ends_with(pty, 4, &["/nosuch/config"]);
}

#[test]
fn a_broken_kubeconfig_is_told_with_its_place() {
    let desk = Desk::with("http://127.0.0.1:1");
    desk.write("kubeconfig", "apiVersion: v1\ncontexts: [\n  - {name: x\n");
    ends_with(desk.open(), 4, &["kubeconfig:"]);
}

#[test]
fn an_unknown_context_is_told_with_the_nearest() {
    let desk = Desk::with("http://127.0.0.1:1");
    let pty = desk.start(&["--context", "prd"], Setting::default(), &[]);
    ends_with(pty, 64, &["prd", "prod"]);
}

#[test]
fn a_refused_connection_is_said_and_the_program_stays() {
    let pty = Desk::with(&closed_port()).open();
    pty.wait_for("refused");
    pty.wait_for("PROD  prod");
    quits_and_restores(pty);
}

#[test]
fn a_server_that_hangs_does_not_keep_the_screen_or_the_keys() {
    let pty = Desk::with(&server("http", None)).open();
    pty.wait_for("Rollouts");
    pty.send("?");
    pty.wait_for("WHAT IT DOES");
    pty.send("\u{1b}");
    pty.wait_until("help closed", |screen| {
        !screen.contents().contains("WHAT IT DOES")
    });
    quits_and_restores(pty);
}

#[test]
fn a_server_that_speaks_html_is_not_believed() {
    let page = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 24\r\nconnection: close\r\n\r\n<html>please login</html";
    let pty = Desk::with(&server("http", Some(page))).open();
    pty.wait_for("stale");
    assert!(!pty.screen().contains("live"), "{}", pty.pty);
    quits_and_restores(pty);
}

#[test]
fn tls_against_a_server_without_it_is_said() {
    let pty = Desk::with(&server("https", Some(b"HTTP/1.1 400 Bad Request\r\n\r\n"))).open();
    pty.wait_for("stale");
    quits_and_restores(pty);
}

#[test]
fn a_broken_configuration_is_told_and_still_forbids() {
    let desk = Desk::with(&closed_port());
    desk.write(
        "config/flightdeck/config.toml",
        "colour = 7\n[contexts.prod]\nread_only = true\n",
    );
    let pty = desk.open();
    pty.wait_for("config.toml");
    pty.wait_for("read-only");
    quits_and_restores(pty);
}

#[test]
fn an_unknown_theme_is_told_and_another_is_worn() {
    let pty = Desk::with(&closed_port()).start(&["--theme", "dork"], Setting::default(), &[]);
    pty.wait_for("dork");
    quits_and_restores(pty);
}

#[test]
fn a_tiny_terminal_says_so_and_grows() {
    let setting = Setting {
        width: 10,
        height: 3,
        ..Setting::default()
    };
    let pty = Desk::with(&closed_port()).start(&[], setting, &[]);
    pty.wait_for("too small");
    pty.resize(80, 24);
    pty.wait_for("Rollouts");
    quits_and_restores(pty);
}

#[test]
fn a_state_folder_that_cannot_be_written_does_not_keep_it_from_running() {
    let desk = Desk::with(&closed_port());
    desk.write("state", "a file where a folder should be");
    let pty = desk.open();
    pty.wait_for("Rollouts");
    quits_and_restores(pty);
}

#[test]
fn without_colours_what_is_selected_is_still_marked() {
    let pty = Desk::with(&closed_port()).start(&[], Setting::default(), &[("NO_COLOR", "1")]);
    pty.wait_for("Rollouts");
    pty.send("?");
    pty.wait_for("WHAT IT DOES");
    let raw = String::from_utf8_lossy(&pty.raw_output()).into_owned();
    let coloured = raw.split('\u{1b}').any(|piece| {
        piece.starts_with('[')
            && piece.split_once('m').is_some_and(|(codes, _)| {
                codes
                    .trim_start_matches('[')
                    .split(';')
                    .any(|code| matches!(code.parse(), Ok(30..=38 | 40..=48 | 90..=107_u16)))
            })
    });
    assert!(!coloured, "{raw:?}");
    pty.look(|screen| {
        let (rows, columns) = screen.size();
        let inverse = (0..rows.get()).flat_map(|row| (0..columns.get()).map(move |column| (row, column)));
        assert!(
            inverse
                .into_iter()
                .any(|(row, column)| screen.cell(row, column).is_some_and(vt100::Cell::inverse))
        );
    });
    pty.send("\u{1b}");
    pty.wait_until("help closed", |screen| {
        !screen.contents().contains("WHAT IT DOES")
    });
    quits_and_restores(pty);
}

#[test]
fn a_dumb_terminal_gets_words() {
    let pty = Desk::with(&closed_port()).start(&[], Setting::default(), &[("TERM", "dumb")]);
    pty.wait_for("Rollouts");
    quits_and_restores(pty);
}
