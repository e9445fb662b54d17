//! From the command line to a cockpit that is ready to run: files are read, nothing touches the network.

use std::io::IsTerminal as _;
use std::sync::Arc;

use crate::adapters::kube::{self, Flags, KubeconfigError, Surroundings};
use crate::adapters::record::Record;
use crate::adapters::seen::SeenRevisions;
use crate::adapters::used::UsedNamespaces;
use crate::cli::Cli;
use crate::config::{Files, Settings, Situation};
use crate::domain::{Cluster, Metrics, Namespaces, ObjectKind, SeenWhole};

use super::Exit;
use super::source::Opening;

/// Why the cockpit does not start. Each is told on stderr with what to do, and has its exit code.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(
        "standard output is not a terminal, so there is no screen to draw on; run flightdeck in a terminal, or use flightdeck status or flightdeck check in a script"
    )]
    NoTerminal,
    #[error("{0}")]
    Kubeconfig(#[from] KubeconfigError),
    #[error(
        "no cluster to open: there is no kubeconfig ($KUBECONFIG, ~/.kube/config) and this is no pod; write one, or name one with --kubeconfig FILE"
    )]
    NoCluster,
    #[error("{0}")]
    Files(#[from] crate::config::FilesError),
    #[error("the terminal cannot be used: {0}")]
    Terminal(#[source] std::io::Error),
    #[error("the program cannot start a thread: {0}")]
    Thread(#[source] std::io::Error),
}

impl StartError {
    /// The documented exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::NoTerminal => Exit::USAGE,
            // The name was typed, or the choice left open: a matter of usage. The rest is a cluster that cannot be had.
            Self::Kubeconfig(KubeconfigError::UnknownContext { .. } | KubeconfigError::NoContext { .. }) => {
                Exit::USAGE
            }
            Self::Kubeconfig(_) | Self::NoCluster => Exit::CANNOT_REACH,
            Self::Files(_) | Self::Terminal(_) | Self::Thread(_) => Exit::FAILED,
        }
    }
}

/// Everything that was decided before the first frame.
pub struct Start {
    pub files: Files,
    pub settings: Settings,
    pub situation: Situation,
    pub opening: Opening,
    pub record: Record,
    /// Where the namespaces that are used from now on are kept.
    pub used: UsedNamespaces,
    /// Where it is kept which revisions became whole.
    pub revisions: SeenRevisions,
    /// What was kept of that by earlier runs.
    pub seen: SeenWhole,
    /// Where measurements come from.
    pub metrics: Option<Metrics>,
    pub cli: Cli,
    /// What is wrong with configuration and themes, to be told on the screen.
    pub faults: Vec<String>,
}

/// Reads configuration and kubeconfig.
///
/// # Errors
///
/// Only when there is nothing to show: no terminal, no kubeconfig, a context that does not exist. A mistake in the
/// configuration is told on the screen, and what it forbids still holds.
pub fn prepare(cli: Cli) -> Result<Start, StartError> {
    let mut faults = Vec::new();
    let configured = configured(&mut faults)?;
    let opening = opening(&cli, &configured.settings)?;
    if !std::io::stdout().is_terminal() {
        return Err(StartError::NoTerminal);
    }
    begin(cli, configured, opening, faults)
}

/// The rest of it, once it is known which cluster is opened and where things are kept.
pub(super) fn begin(
    cli: Cli,
    configured: Configured,
    mut opening: Opening,
    mut faults: Vec<String>,
) -> Result<Start, StartError> {
    let Configured {
        files,
        settings,
        situation,
    } = configured;
    let used = used(&files, &mut opening, &mut faults)?;
    // Noted last to first, so that the first named stays the first.
    for name in cli.namespace.iter().rev() {
        used.note(name);
    }
    let (revisions, seen) = seen(&files, &mut faults)?;
    let record = Record::in_folder(&files.state).map_err(StartError::Thread)?;
    let metrics = settings.metrics_for(&opening.cluster.to_string());
    Ok(Start {
        files,
        settings,
        situation,
        opening,
        record,
        used,
        revisions,
        seen,
        metrics,
        cli,
        faults,
    })
}

/// What the files say.
pub(super) struct Configured {
    pub(super) files: Files,
    pub(super) settings: Settings,
    pub(super) situation: Situation,
}

/// Reads the configuration; mistakes in it are added to `faults`, and what it forbids still holds.
pub(super) fn configured(faults: &mut Vec<String>) -> Result<Configured, StartError> {
    let files = Files::locate()?;
    let situation = Situation::detect(|name| std::env::var(name).ok());
    let settings = files.settings(situation).unwrap_or_else(|fault| {
        faults.push(fault.to_string());
        files.salvaged()
    });
    Ok(Configured {
        files,
        settings,
        situation,
    })
}

/// The namespaces that were used before join those where rights are looked for; what is wrong with them is added to `faults`.
pub(super) fn used(
    files: &Files,
    opening: &mut Opening,
    faults: &mut Vec<String>,
) -> Result<UsedNamespaces, StartError> {
    let context = opening.cluster.0.raw();
    let used = UsedNamespaces::in_folder(&files.state, context).map_err(StartError::Thread)?;
    opening.used = used.read().unwrap_or_else(|error| {
        faults.push(error.to_string());
        Vec::new()
    });
    Ok(used)
}

/// Which revisions became whole in earlier runs; what is wrong with the file is added to `faults`.
pub(super) fn seen(
    files: &Files,
    faults: &mut Vec<String>,
) -> Result<(SeenRevisions, SeenWhole), StartError> {
    let revisions = SeenRevisions::in_folder(&files.state).map_err(StartError::Thread)?;
    let seen = revisions.read().unwrap_or_else(|error| {
        faults.push(error.to_string());
        SeenWhole::default()
    });
    Ok((revisions, seen))
}

/// What the cluster is opened with: flags first, then the configuration of the context.
pub(super) fn opening(cli: &Cli, settings: &Settings) -> Result<Opening, StartError> {
    let flags = flags(cli);
    let surroundings = Surroundings::of_process();
    let loaded = kube::load(&flags, &surroundings)?;
    if loaded.is_none() && !surroundings.in_cluster {
        return Err(StartError::NoCluster);
    }
    let own_namespace = loaded.as_ref().map(|loaded| Arc::from(loaded.namespace.as_str()));
    let context = loaded
        .and_then(|loaded| loaded.context_name)
        .or_else(|| cli.server.clone())
        .unwrap_or_else(|| "in-cluster".to_owned());
    let configured = settings.context(&context);
    let usual = configured.namespaces.as_ref().unwrap_or(&settings.namespaces);
    let names: Vec<Arc<str>> = match (cli.all_namespaces, cli.namespace.is_empty()) {
        (true, _) => Vec::new(),
        (false, false) => cli.namespace.iter().map(|it| Arc::from(it.as_str())).collect(),
        (false, true) => usual.iter().map(|it| Arc::from(it.as_str())).collect(),
    };
    let typed = cli.namespace.iter().map(String::as_str);
    Ok(Opening {
        cluster: Cluster::new(&context),
        flags,
        surroundings,
        namespaces: if names.is_empty() {
            Namespaces::All
        } else {
            Namespaces::These(names)
        },
        kinds: ObjectKind::ALL.to_vec(),
        clock_first: false,
        everywhere: cli.all_namespaces,
        own_namespace,
        candidates: typed
            .chain(usual.iter().map(AsRef::as_ref))
            .map(Arc::from)
            .collect(),
        used: Vec::new(),
        environment: configured.environment,
        read_only: cli.read_only || configured.read_only,
    })
}

fn flags(cli: &Cli) -> Flags {
    Flags {
        kubeconfig: cli.kubeconfig.clone(),
        context: cli.context.clone(),
        cluster: cli.cluster.clone(),
        user: cli.user.clone(),
        server: cli.server.clone(),
        namespace: cli.namespace.first().cloned(),
        impersonate: cli.impersonate.clone(),
        impersonate_groups: cli.impersonate_groups.clone(),
        impersonate_uid: cli.impersonate_uid.clone(),
        token: cli.token.clone().map(Into::into),
        request_timeout: cli.request_timeout,
        insecure_skip_tls_verify: cli.insecure_skip_tls_verify,
        certificate_authority: cli.certificate_authority.clone(),
    }
}
