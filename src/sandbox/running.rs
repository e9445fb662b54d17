//! Starting and ending a sandbox: the server on a port of the loopback, its time, and the kubeconfig that opens it.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use crate::clock::Clock;

use super::access::CALLERS;
use super::cluster::{Cluster, tokens};
use super::identity::{Identity, IdentityError};
use super::json::text;
use super::objects::How;
use super::scenario::{Scenario, ScenarioError};
use super::{scenario, serve};

/// The context that its kubeconfig names.
pub const CONTEXT: &str = "sandbox";

/// How often controllers look at the clock.
const LOOK: Duration = Duration::from_millis(100);

/// Looks of controllers at a time: a few milliseconds, in which nobody else is answered.
const LOOKS: usize = 100;

/// The least between two looks, however much changes.
const BREATH: Duration = Duration::from_millis(10);

/// Why no sandbox came to be.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    #[error(
        "the sandbox cannot listen on {}: {why}; {}",
        place(*port),
        if *port == 0 { "see whether this machine lets programs listen there" } else { "leave out --port, or name another" }
    )]
    Listen { port: u16, why: io::Error },
    #[error("the sandbox has no identity: {0}")]
    Identity(#[from] IdentityError),
    #[error("the sandbox has no thread to run on: {0}; end other programs, or raise the limit of processes")]
    Thread(#[source] io::Error),
    #[error("the sandbox does not take the object: {0}; correct it")]
    Refused(String),
    #[error("{0}")]
    Scenario(#[from] ScenarioError),
}

fn place(port: u16) -> String {
    if port == 0 {
        "127.0.0.1".to_owned()
    } else {
        format!("port {port} of 127.0.0.1")
    }
}

/// What is played, and how.
#[derive(Clone, Debug)]
pub struct Launch {
    pub scenario: Scenario,
    /// Whatever is drawn by lot, names and uids too, is the same with the same seed. Random when not given.
    pub seed: Option<u64>,
    /// 0 for any that is free.
    pub port: u16,
}

/// A cluster in this process, on a thread of its own. It ends when this is dropped.
pub struct Sandbox {
    server: String,
    authority: String,
    token: String,
    serving: watch::Receiver<bool>,
    runtime: Option<Runtime>,
    cluster: Arc<Cluster>,
}

impl Sandbox {
    /// Starts the shipped scenario, and waits until it serves.
    ///
    /// # Errors
    ///
    /// When nothing can be listened on, or the system gives no random numbers.
    pub async fn start(clock: Arc<dyn Clock>) -> Result<Self, SandboxError> {
        Self::play(scenario::tour()?, clock).await
    }

    /// Starts a scenario, given as text, and waits until it serves.
    ///
    /// # Errors
    ///
    /// As [`Self::start`], and when the scenario cannot be played.
    pub async fn of(scenario: &str, clock: Arc<dyn Clock>) -> Result<Self, SandboxError> {
        Self::play(Scenario::parse("scenario", scenario)?, clock).await
    }

    async fn play(scenario: Scenario, clock: Arc<dyn Clock>) -> Result<Self, SandboxError> {
        let launch = Launch {
            scenario,
            seed: None,
            port: 0,
        };
        let sandbox = Self::launch(launch, clock)?;
        // If it ended instead, whoever connects is told.
        drop(sandbox.serving.clone().wait_for(|serving| *serving).await);
        Ok(sandbox)
    }

    /// Starts a scenario. Whoever connects waits until what lies before its start has happened.
    ///
    /// # Errors
    ///
    /// As [`Self::of`].
    pub fn launch(launch: Launch, clock: Arc<dyn Clock>) -> Result<Self, SandboxError> {
        let port = launch.port;
        let listener = listen(port).map_err(|why| SandboxError::Listen { port, why })?;
        let address = listener
            .local_addr()
            .map_err(|why| SandboxError::Listen { port, why })?;
        let Identity {
            acceptor,
            authority,
            token,
            seed,
        } = Identity::make()?;
        let seed = launch.seed.map_or(seed, stretched);
        let cluster = Arc::new(Cluster::new(launch.scenario, clock, seed, &token)?);
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("sandbox")
            .enable_all()
            .build()
            .map_err(SandboxError::Thread)?;
        let (is_serving, serving) = watch::channel(false);
        let inside = runtime.enter();
        let listener =
            tokio::net::TcpListener::from_std(listener).map_err(|why| SandboxError::Listen { port, why })?;
        drop(inside);
        let serves = Arc::clone(&cluster);
        runtime.spawn(async move {
            let cluster = serves;
            let now = cluster.now();
            while !cluster.with(|state| state.advance_for(now, LOOKS)) {
                tokio::task::yield_now().await;
            }
            tokio::spawn(live(Arc::clone(&cluster)));
            is_serving.send_replace(true);
            serve::run(listener, acceptor, cluster).await;
        });
        Ok(Self {
            server: format!("https://{address}"),
            authority,
            token,
            serving,
            runtime: Some(runtime),
            cluster,
        })
    }

    /// Puts an object of any kind that is served into the cluster, with the status that it brings.
    ///
    /// # Errors
    ///
    /// When the API refuses it.
    pub fn create(&self, object: Value) -> Result<(), SandboxError> {
        let how = How {
            manager: "sandbox",
            now: self.cluster.now(),
            dry_run: false,
        };
        let created = self.cluster.with(|state| state.objects.create_any(object, how));
        created
            .map(drop)
            .map_err(|refusal| SandboxError::Refused(text(&refusal.status(), &["message"]).to_owned()))
    }

    /// Lets everything happen that is due by now, at once: for whoever sets its clock.
    pub fn catch_up(&self) {
        let now = self.cluster.now();
        self.cluster.with(|state| state.advance(now));
    }

    /// A kubeconfig that opens it, with a context for each caller; the first is the one who may do everything. JSON is YAML.
    pub fn kubeconfig(&self) -> String {
        let users: Vec<Value> = CALLERS
            .iter()
            .zip(tokens(&self.token))
            .map(|(caller, token)| json!({ "name": caller.name, "user": { "token": token } }))
            .collect();
        let contexts: Vec<Value> = CALLERS
            .iter()
            .enumerate()
            .map(|(index, caller)| {
                let name = if index == 0 { CONTEXT } else { caller.name };
                json!({ "name": name, "context": { "cluster": CONTEXT, "user": caller.name, "namespace": "shop" } })
            })
            .collect();
        let mut text = serde_json::to_string_pretty(&json!({
            "apiVersion": "v1", "kind": "Config", "current-context": CONTEXT,
            "clusters": [{ "name": CONTEXT, "cluster": {
                "server": self.server, "certificate-authority-data": BASE64.encode(&self.authority),
            }}],
            "users": users, "contexts": contexts,
        }))
        .unwrap_or_default();
        text.push('\n');
        text
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // It may be dropped where nothing may wait; its clients are told by the end of their connections.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn listen(port: u16) -> io::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// A seed that a person can type, as long as it must be.
fn stretched(seed: u64) -> [u8; 16] {
    let digest: [u8; 32] = Sha256::digest(seed.to_be_bytes()).into();
    digest.first_chunk().copied().unwrap_or_default()
}

/// Lets time pass: at once after a change, and whenever something is due.
async fn live(cluster: Arc<Cluster>) {
    let mut news = cluster.with(|state| state.objects.store.news());
    loop {
        let now = cluster.now();
        while !cluster.with(|state| state.advance_for(now, LOOKS)) {
            // Whoever asks for something has their turn.
            tokio::task::yield_now().await;
        }
        news.borrow_and_update();
        tokio::time::sleep(BREATH).await;
        tokio::select! {
            changed = news.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}
