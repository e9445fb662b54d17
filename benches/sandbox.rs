//! What the demo costs: until it serves, until its screen is painted and its fleet complete, memory and processor time, for
//! the tour and for ten thousand pods. docs/FIGURES.md says what each figure means. Prints, and asserts nothing.
//!
//! `SANDBOX_IDLE=30` (seconds) is the default; `SANDBOX_PROGRAM` names another binary to measure.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a measurement stops at what it did not expect, prints, and looks at the world with real time"
)]

#[path = "figures/process.rs"]
mod process;
#[path = "figures/terminal.rs"]
#[expect(
    dead_code,
    reason = "a demo needs no kubeconfig, and its bytes are not counted"
)]
mod terminal;

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use process::{cpu, memory};
use terminal::Terminal;

const SIZE: (u16, u16) = (160, 45);

/// Ten pods each; every six seconds one of them is released.
const MANY: &str = r#"
[[fleet]]
namespaces = 20
apps = 1000
replicas = 10
image = "fleet/service:v1"
at = -86400

[fleet.releases]
at = 10
every = 6
images = ["fleet/service:v2", "fleet/service:v3"]
"#;

fn main() {
    // `cargo test --benches` and friends only want to know that it builds.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let program = std::env::var_os("SANDBOX_PROGRAM")
        .map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_flightdeck")), PathBuf::from);
    let folder = tempfile::tempdir().expect("a folder");
    let many = folder.path().join("many.toml");
    std::fs::write(&many, MANY).expect("a file");
    println!(
        "| scenario | serving ms | first paint ms | fleet complete ms | memory MB | peak MB | CPU % of one core |"
    );
    println!("|---|---|---|---|---|---|---|");
    let scenario = [OsStr::new("--scenario"), many.as_os_str()];
    for (name, rollouts, more) in [
        ("tour", None, &[][..]),
        ("10 000 pods", Some(1000), &scenario[..]),
    ] {
        measure(&program, name, rollouts, more);
    }
}

fn measure(program: &Path, name: &str, rollouts: Option<u32>, more: &[&OsStr]) {
    let serving = serving(program, more);
    let arguments: Vec<&OsStr> = std::iter::once(OsStr::new("demo"))
        .chain(more.iter().copied())
        .collect();
    let terminal = Terminal::run(program, &arguments, SIZE);
    let paint = terminal.first_paint();
    let complete = terminal.until("the whole fleet", |screen| {
        let header = screen.lines().next().unwrap_or_default();
        let all = rollouts.is_none_or(|count| header.contains(&format!("{count} rollouts")));
        all && header.contains("rollouts") && header.trim_end().ends_with("live")
    });
    thread::sleep(Duration::from_secs(5));
    let idle: u32 = std::env::var("SANDBOX_IDLE")
        .ok()
        .map_or(30, |text| text.parse().expect("a number"));
    let before = cpu(terminal.process());
    thread::sleep(Duration::from_secs(idle.into()));
    let used = cpu(terminal.process()).saturating_sub(before);
    let memory = memory(terminal.process());
    println!(
        "| {name} | {} | {} | {} | {:.1} | {:.1} | {:.2} |",
        millis(serving),
        millis(paint),
        millis(complete),
        memory.now,
        memory.peak,
        used.as_secs_f64() * 100.0 / f64::from(idle)
    );
}

/// From the start of the process to the line that says where it serves.
fn serving(program: &Path, more: &[&OsStr]) -> Duration {
    let began = Instant::now();
    let mut child = Command::new(program)
        .args(["demo", "--serve"])
        .args(more)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program can be started");
    let mut line = String::new();
    let out = child.stdout.take().expect("its output");
    BufReader::new(out).read_line(&mut line).expect("a line");
    let passed = began.elapsed();
    // Asked, so that it takes its folder with it.
    let process = i32::try_from(child.id()).ok();
    if let Some(process) = process.and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process(process, rustix::process::Signal::TERM);
    }
    drop(child.wait());
    passed
}

fn millis(time: Duration) -> String {
    format!("{:.0}", time.as_secs_f64() * 1e3)
}
