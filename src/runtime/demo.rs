//! The cockpit on a cluster in this process, or that cluster alone. What is kept of it lies in a folder of its own, which goes
//! with it: a person's record and what was learnt of real clusters are not touched.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, IsTerminal as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use crate::adapters::kube::Surroundings;
use crate::cli::{Cli, Demo};
use crate::clock::{Clock, SystemClock};
use crate::domain::{Environment, Untrusted};
use crate::sandbox::{Sandbox, SandboxError};

use super::start::{Configured, StartError, begin, configured, opening};
use super::{Exit, cockpit::run, logs};

/// How long tasks that do not end are waited for.
const TASKS: Duration = Duration::from_millis(200);

/// Names of folders that are tried.
const FOLDERS: u32 = 100;

/// Why there is no demo.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error(transparent)]
    Start(#[from] StartError),
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
            Self::Flag(_) => Exit::USAGE,
            Self::Sandbox(_) | Self::Folder { .. } | Self::Output(_) => Exit::FAILED,
        }
    }
}

/// Runs the demo from start to end.
///
/// # Errors
///
/// When it cannot start; then nothing is left behind.
pub(super) fn demo(cli: Cli, arguments: &Demo) -> Result<Exit, DemoError> {
    only_its_own(&cli)?;
    if !arguments.serve && !io::stdout().is_terminal() {
        return Err(StartError::NoTerminal.into());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(StartError::Thread)?;
    let exit = runtime.block_on(async {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let sandbox = Sandbox::start(Arc::clone(&clock)).await?;
        let home = Home::make(&sandbox)?;
        if arguments.serve {
            serve(&sandbox, &home, arguments.print_kubeconfig).await
        } else {
            fly(cli, &home, clock).await
        }
    });
    runtime.shutdown_timeout(TASKS);
    exit
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

/// The folder of one demo. It goes when this is dropped.
struct Home {
    folder: PathBuf,
    kubeconfig: PathBuf,
}

impl Home {
    fn make(sandbox: &Sandbox) -> Result<Self, DemoError> {
        let temporary = std::env::temp_dir();
        let failed = |why| DemoError::Folder {
            folder: Untrusted::from(temporary.display().to_string()).shown(),
            why,
        };
        let folder = private_folder(&temporary).map_err(failed)?;
        let kubeconfig = folder.join("kubeconfig");
        // From here on it is removed, whatever fails.
        let home = Self { folder, kubeconfig };
        write_private(&home.kubeconfig, &sandbox.kubeconfig()).map_err(failed)?;
        fs::create_dir(home.state()).map_err(failed)?;
        Ok(home)
    }

    fn state(&self) -> PathBuf {
        self.folder.join("state")
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::warn!(%error, "the demo's folder was not removed");
        }
    }
}

/// A new folder that nobody else may enter. What is there already, a link say, is never used.
fn private_folder(within: &Path) -> io::Result<PathBuf> {
    let process = std::process::id();
    let mut number = 0;
    loop {
        let folder = within.join(format!("flightdeck-demo-{process}-{number}"));
        match DirBuilder::new().mode(0o700).create(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < FOLDERS => number += 1,
            made => return made.map(|()| folder),
        }
    }
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())
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
    let start = begin(cli, configured, opening, faults)?;
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
        format!("export KUBECONFIG={}\n", home.kubeconfig.display())
    };
    let mut out = io::stdout();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(DemoError::Output)?;
    let [(interrupt, interrupted), (terminate, terminated), (hang_up, lost)] = &mut ends;
    Ok(tokio::select! {
        _ = interrupt.recv() => *interrupted,
        _ = terminate.recv() => *terminated,
        _ = hang_up.recv() => *lost,
    })
}
