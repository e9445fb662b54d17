//! What the cockpit costs on a fleet of ten thousand pods, measured on the real control plane in one run with a bare HTTP
//! client in turn: docs/FIGURES.md says what each figure means. Prints, and asserts nothing.
//!
//! `FIGURES_DEPLOYMENTS=1000`, `FIGURES_ROUNDS=8`, `FIGURES_IDLE=60` (seconds) are the defaults. `FIGURES_FOLDER` names the folder of a
//! control plane that already runs and holds the fleet; `FIGURES_PROGRAM` another binary to measure.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a measurement stops at what it did not expect, prints, and looks at the world with real time"
)]

mod bare;
mod cluster;
mod process;
mod terminal;

use std::net::TcpListener;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use bare::Bare;
use cluster::Cluster;
use process::{cpu, memory};
use terminal::Terminal;

const SIZES: [(u16, u16); 2] = [(160, 45), (80, 24)];

/// The first row of the fleet when nothing needs anybody: it stays on the screen while it is scaled.
const SCALED: (&str, &str) = ("team-01", "service-0020");

fn main() {
    // `cargo test --benches` and friends only want to know that it builds.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let deployments = number("FIGURES_DEPLOYMENTS", 1_000);
    let program = std::env::var_os("FIGURES_PROGRAM")
        .map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_flightdeck")), PathBuf::from);
    flightdeck::adapters::kube::install_crypto();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    hanging(&program);
    let cluster = Cluster::open(deployments);
    let bare = Bare::new(cluster.url(), &cluster.ca());
    rounds(&program, &cluster, &bare, &runtime, deployments);
    idle(&program, &cluster, deployments);
    scaling(&program, &cluster, &bare, &runtime, deployments);
}

/// First paint on a server that accepts connections and never says anything.
fn hanging(program: &std::path::Path) {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = silent.local_addr().expect("an address").port();
    thread::spawn(move || {
        let mut open = Vec::new();
        while let Ok((connection, _)) = silent.accept() {
            open.push(connection);
        }
    });
    let folder = tempfile::tempdir().expect("a folder");
    let kubeconfig = folder.path().join("kubeconfig");
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: mute\n\
         clusters: [{{ name: mute, cluster: {{ server: \"https://127.0.0.1:{port}\", insecure-skip-tls-verify: true }} }}]\n\
         users: [{{ name: me, user: {{ token: t }} }}]\n\
         contexts: [{{ name: mute, context: {{ cluster: mute, user: me }} }}]\n"
    );
    std::fs::write(&kubeconfig, text).expect("a file");
    for size in SIZES {
        let tries = (0..12).map(|_| Terminal::start(program, &kubeconfig, size).first_paint());
        let (least, median, most) = spread(tries.collect());
        println!(
            "first paint, server that never answers, {}x{}, 12 tries: {} / {} / {} ms (least / median / most)",
            size.0,
            size.1,
            millis(least),
            millis(median),
            millis(most)
        );
    }
}

/// One measurement: how long it took, and how much the API server worked meanwhile.
#[derive(Clone, Copy)]
struct Timed {
    time: Duration,
    server: Duration,
}

impl Timed {
    /// The server collected its garbage: that falls on whoever is there, once in so many lists, and says nothing of a client.
    fn is_disturbed(self, least: Duration) -> bool {
        self.server > least * 3 / 2
    }
}

/// The bare client and the cockpit in turn.
fn rounds(
    program: &std::path::Path,
    cluster: &Cluster,
    bare: &Bare,
    runtime: &tokio::runtime::Runtime,
    deployments: u32,
) {
    println!(
        "\n| round | client | complete s | of the server's CPU s | first paint ms | memory MB | peak MB | CPU s |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let server = cluster.server();
    let timed = |time: Duration, before: Duration| Timed {
        time,
        server: cpu(server).saturating_sub(before),
    };
    let (mut alone, mut ours) = (Vec::new(), [Vec::new(), Vec::new()]);
    for round in 1..=number("FIGURES_ROUNDS", 8) {
        let mut bare_client = || {
            let before = cpu(server);
            let (time, bytes) = runtime.block_on(bare.lists());
            let timed = timed(time, before);
            alone.push(timed);
            let megabytes = f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / 1e6;
            println!("| {round} | bare, {megabytes:.1} MB | {} | | | | |", told(timed));
        };
        for (size, ours) in SIZES.into_iter().zip(&mut ours) {
            bare_client();
            let before = cpu(server);
            let terminal = Terminal::start(program, cluster.kubeconfig(), size);
            let paint = terminal.first_paint();
            let time = terminal.until("the whole fleet", |screen| is_complete(screen, deployments));
            let timed = timed(time, before);
            ours.push(timed);
            let (used, memory) = (cpu(terminal.process()), memory(terminal.process()));
            println!(
                "| {round} | {}x{} | {} | {} | {:.1} | {:.1} | {:.2} |",
                size.0,
                size.1,
                told(timed),
                millis(paint),
                memory.now,
                memory.peak,
                used.as_secs_f64()
            );
        }
        // Five lists of everything in a round: the server collects its garbage after so many, and must not meet the same one always.
        bare_client();
    }
    let least = alone
        .iter()
        .chain(ours.iter().flatten())
        .map(|it| it.server)
        .min();
    let least = least.unwrap_or_default();
    println!();
    for (size, ours) in SIZES.into_iter().zip(ours) {
        println!(
            "{}x{}: median fleet complete ÷ median bare client: {:.2}; where the server collected no garbage: {:.2}",
            size.0,
            size.1,
            median(&ours) / median(&alone),
            median(&undisturbed(&ours, least)) / median(&undisturbed(&alone, least))
        );
    }
}

fn told(timed: Timed) -> String {
    format!(
        "{:.2} | {:.2}",
        timed.time.as_secs_f64(),
        timed.server.as_secs_f64()
    )
}

fn undisturbed(all: &[Timed], least: Duration) -> Vec<Timed> {
    all.iter().copied().filter(|it| !it.is_disturbed(least)).collect()
}

fn median(all: &[Timed]) -> f64 {
    let mut times: Vec<f64> = all.iter().map(|it| it.time.as_secs_f64()).collect();
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// What the cockpit does while nothing happens, both sizes side by side.
fn idle(program: &std::path::Path, cluster: &Cluster, deployments: u32) {
    let seconds = number("FIGURES_IDLE", 60);
    let terminals = SIZES.map(|size| Terminal::start(program, cluster.kubeconfig(), size));
    for terminal in &terminals {
        terminal.until("the whole fleet", |screen| is_complete(screen, deployments));
    }
    thread::sleep(Duration::from_secs(5));
    let before = terminals.each_ref().map(|it| (it.bytes(), cpu(it.process())));
    thread::sleep(Duration::from_secs(seconds.into()));
    println!("\n| idle for {seconds} s | bytes/s | CPU % of one core | memory MB |\n|---|---|---|---|");
    for ((size, terminal), (bytes, used)) in SIZES.into_iter().zip(&terminals).zip(before) {
        let bytes = u32::try_from(terminal.bytes() - bytes).unwrap_or(u32::MAX);
        let used = cpu(terminal.process()).saturating_sub(used);
        println!(
            "| {}x{} | {:.1} | {:.3} | {:.1} |",
            size.0,
            size.1,
            f64::from(bytes) / f64::from(seconds),
            used.as_secs_f64() * 100.0 / f64::from(seconds),
            memory(terminal.process()).now
        );
    }
}

/// From a scale request to `n/n` on the screen: what the controllers and the simulated kubelet take is in it.
fn scaling(
    program: &std::path::Path,
    cluster: &Cluster,
    bare: &Bare,
    runtime: &tokio::runtime::Runtime,
    deployments: u32,
) {
    let (namespace, name) = SCALED;
    let terminal = Terminal::start(program, cluster.kubeconfig(), (160, 45));
    terminal.until("the whole fleet", |screen| is_complete(screen, deployments));
    let mut tries = Vec::new();
    for replicas in 11..=22 {
        let began = Instant::now();
        runtime.block_on(bare.scale(namespace, name, replicas));
        let progress = format!(" {replicas}/{replicas} ");
        terminal.until(&progress, |screen| {
            screen
                .lines()
                .any(|line| line.contains(name) && line.contains(&progress))
        });
        tries.push(began.elapsed());
    }
    runtime.block_on(bare.scale(namespace, name, 10));
    let (least, median, most) = spread(tries);
    println!(
        "\nscale of one Deployment to n/n on the screen, 12 tries: {} / {} / {} ms (least / median / most)",
        millis(least),
        millis(median),
        millis(most)
    );
}

fn is_complete(screen: &str, deployments: u32) -> bool {
    let header = screen.lines().next().unwrap_or_default();
    header.contains(&format!("{deployments} rollouts")) && header.trim_end().ends_with("live")
}

fn spread(mut times: Vec<Duration>) -> (Duration, Duration, Duration) {
    times.sort();
    let at = |index: usize| times.get(index).copied().unwrap_or_default();
    (at(0), at(times.len() / 2), at(times.len().saturating_sub(1)))
}

fn millis(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1e3)
}

fn number(variable: &str, default: u32) -> u32 {
    std::env::var(variable)
        .ok()
        .map_or(default, |text| text.parse().expect("a number"))
}
