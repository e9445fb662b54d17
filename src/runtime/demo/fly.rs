//! The demo from its start to its end: a scenario is chosen, its cluster started, and the ordinary cockpit opened on it.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use super::choice::{ChoiceError, chosen, listed};
use super::home::Home;
use crate::adapters::kube::Surroundings;
use crate::cli::{Cli, Demo};
use crate::clock::{Clock, SystemClock};
use crate::domain::{Environment, Metrics, MetricsPlace, Queries, Untrusted};
use crate::runtime::commands::{report, word};
use crate::runtime::start::{Configured, StartError, begin, configured, opening};
use crate::runtime::{Exit, cockpit::run, logs};
use crate::sandbox::{Launch, Sandbox, SandboxError, ScenarioError};

/// How long tasks that do not end are waited for.
const TASKS: Duration = Duration::from_millis(200);

/// Whoever plays looks often.
const METRICS_EVERY: Duration = Duration::from_secs(5);

/// Why there is no demo.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(
        "standard output is not a terminal, so there is no screen to draw on; run flightdeck demo in a terminal, or flightdeck demo --serve for kubectl and programs"
    )]
    NoTerminal,
    /// They were shown.
    #[error("the scenario cannot be played: {}; nothing was started", crate::view::count(*.0, "mistake"))]
    Mistakes(u32),
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    #[error(
        "the demo has no folder for its files in {folder}: {why}; free space there, or name another with TMPDIR"
    )]
    Folder { folder: String, why: io::Error },
    #[error("the demo has a cluster of its own; leave out {0}")]
    Flag(&'static str),
    #[error("standard output cannot be written: {0}; free space, or send it elsewhere")]
    Output(#[source] io::Error),
}

impl DemoError {
    /// The documented exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Start(error) => error.exit(),
            Self::Flag(_)
            | Self::NoTerminal
            | Self::Mistakes(_)
            | Self::Choice(_)
            | Self::Scenario(_)
            | Self::Sandbox(SandboxError::Scenario(_)) => Exit::USAGE,
            Self::Sandbox(_) | Self::Folder { .. } | Self::Output(_) => Exit::FAILED,
        }
    }
}

/// Runs the demo from start to end.
///
/// # Errors
///
/// When it cannot start; then nothing is left behind.
pub(in crate::runtime) fn demo(cli: Cli, arguments: &Demo) -> Result<Exit, DemoError> {
    only_its_own(&cli)?;
    if arguments.list {
        write_out(&listed()?)?;
        return Ok(Exit::DONE);
    }
    if !arguments.serve && !io::stdout().is_terminal() {
        return Err(DemoError::NoTerminal);
    }
    let sandbox = launched(arguments).map_err(shown)?;
    let temporary = temporary();
    let home = Home::make(&temporary, &sandbox.kubeconfig()).map_err(|why| DemoError::Folder {
        folder: Untrusted::from(temporary.display().to_string()).shown(),
        why,
    })?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(StartError::Thread)?;
    let exit = runtime.block_on(async {
        if arguments.serve {
            serve(&sandbox, &home, arguments.print_kubeconfig).await
        } else {
            fly(cli, &home, Arc::new(SystemClock)).await
        }
    });
    runtime.shutdown_timeout(TASKS);
    exit
}

/// The cluster that is asked for.
fn launched(arguments: &Demo) -> Result<Sandbox, DemoError> {
    let scenario = chosen(arguments.scenario.as_deref())?.at_speed(arguments.speed)?;
    let launch = Launch {
        scenario,
        seed: arguments.seed,
        port: arguments.port,
    };
    Ok(Sandbox::launch(launch, Arc::new(SystemClock))?)
}

/// Shows every mistake of a scenario in its text.
fn shown(error: DemoError) -> DemoError {
    let (DemoError::Choice(ChoiceError::Scenario(scenario))
    | DemoError::Scenario(scenario)
    | DemoError::Sandbox(SandboxError::Scenario(scenario))) = &error
    else {
        return error;
    };
    for fault in scenario.faults() {
        report(fault.report());
    }
    match u32::try_from(scenario.faults().len()) {
        Ok(0) | Err(_) => error,
        Ok(count) => DemoError::Mistakes(count),
    }
}

/// Where folders for a while are made. A name that means nothing elsewhere, or none at all, would be lost with the next `cd`.
fn temporary() -> PathBuf {
    let folder = std::env::temp_dir();
    let folder = if folder.as_os_str().is_empty() {
        PathBuf::from("/tmp")
    } else {
        folder
    };
    std::path::absolute(&folder).unwrap_or(folder)
}

/// False when whoever read it has left.
fn write_out(text: &str) -> Result<bool, DemoError> {
    let mut out = io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(DemoError::Output(error)),
    }
}

/// Flags that choose another cluster would be a misunderstanding.
fn only_its_own(cli: &Cli) -> Result<(), DemoError> {
    let given = [
        (cli.kubeconfig.is_some(), "--kubeconfig"),
        (cli.context.is_some(), "--context"),
        (cli.cluster.is_some(), "--cluster"),
        (cli.user.is_some(), "--user"),
        (cli.server.is_some(), "--server"),
        (cli.impersonate.is_some(), "--as"),
        (cli.token.is_some(), "--token"),
        (cli.certificate_authority.is_some(), "--certificate-authority"),
        (cli.insecure_skip_tls_verify, "--insecure-skip-tls-verify"),
    ];
    match given.into_iter().find(|(is_given, _)| *is_given) {
        Some((_, flag)) => Err(DemoError::Flag(flag)),
        None => Ok(()),
    }
}

/// The sandbox has a Prometheus of its own, where most clusters have theirs.
fn its_own_metrics() -> Metrics {
    let (namespace, name, port) = crate::sandbox::PROMETHEUS;
    Metrics {
        place: MetricsPlace::Service {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            port: port.to_string(),
        },
        // Its scrapes are five seconds apart: what is done is seen sooner than over a minute.
        queries: Queries::over("20s"),
        every: METRICS_EVERY,
    }
}

/// Opens the ordinary cockpit on it.
async fn fly(mut cli: Cli, home: &Home, clock: Arc<dyn Clock>) -> Result<Exit, DemoError> {
    let mut faults = Vec::new();
    let mut configured: Configured = configured(&mut faults)?;
    configured.files.state = home.state();
    cli.kubeconfig = Some(home.kubeconfig.clone());
    // What is configured for real clusters says nothing of this one.
    cli.all_namespaces = cli.namespace.is_empty();
    let mut opening = opening(&cli, &configured.settings)?;
    opening.surroundings = Surroundings::default();
    opening.environment = Environment::Sandbox;
    let mut start = begin(cli, configured, opening, faults)?;
    start.metrics = Some(its_own_metrics());
    logs::to_file(&start.files.state);
    Ok(run(start, clock).await?)
}

/// Serves it until a signal comes.
async fn serve(sandbox: &Sandbox, home: &Home, print: bool) -> Result<Exit, DemoError> {
    let listen = |kind| signal(kind).map_err(StartError::Terminal);
    let mut ends = [
        (listen(SignalKind::interrupt())?, Exit::INTERRUPTED),
        (listen(SignalKind::terminate())?, Exit::TERMINATED),
        (listen(SignalKind::hangup())?, Exit::HANG_UP),
    ];
    let text = if print {
        sandbox.kubeconfig()
    } else {
        format!(
            "export KUBECONFIG={}\n",
            word(&home.kubeconfig.display().to_string())
        )
    };
    if !write_out(&text)? {
        // Nobody knows where it is.
        return Ok(Exit::DONE);
    }
    let [(interrupt, interrupted), (terminate, terminated), (hang_up, lost)] = &mut ends;
    Ok(tokio::select! {
        _ = interrupt.recv() => *interrupted,
        _ = terminate.recv() => *terminated,
        _ = hang_up.recv() => *lost,
    })
}
