//! Starting and ending a sandbox: the server on a free port of the loopback, its time, and the kubeconfig that opens it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::clock::Clock;

use super::access::CALLERS;
use super::cluster::{Cluster, tokens};
use super::identity::{Identity, IdentityError};
use super::json::text;
use super::objects::How;
use super::scenario::{Scenario, ScenarioError};
use super::serve;

/// The context that its kubeconfig names.
pub const CONTEXT: &str = "sandbox";

/// How often controllers look at the clock.
const LOOK: Duration = Duration::from_millis(100);

/// The least between two looks, however much changes.
const BREATH: Duration = Duration::from_millis(10);

/// Why no sandbox came to be.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    #[error(
        "the sandbox has no port to listen on: {0}; see whether this machine lets programs listen on 127.0.0.1"
    )]
    Listen(#[source] io::Error),
    #[error("the sandbox has no identity: {0}")]
    Identity(#[from] IdentityError),
    #[error("the sandbox does not take the object: {0}; correct it")]
    Refused(String),
    #[error("{0}")]
    Scenario(#[from] ScenarioError),
}

/// A cluster in this process. It ends when this is dropped.
pub struct Sandbox {
    server: String,
    authority: String,
    token: String,
    cluster: Arc<Cluster>,
    tasks: [JoinHandle<()>; 2],
}

impl Sandbox {
    /// Starts the shipped scenario.
    ///
    /// # Errors
    ///
    /// When nothing can be listened on, or the system gives no random numbers.
    pub async fn start(clock: Arc<dyn Clock>) -> Result<Self, SandboxError> {
        Self::play(Scenario::tour()?, clock).await
    }

    /// Starts a scenario, given as text.
    ///
    /// # Errors
    ///
    /// As [`Self::start`], and when the scenario cannot be played.
    pub async fn of(scenario: &str, clock: Arc<dyn Clock>) -> Result<Self, SandboxError> {
        Self::play(Scenario::parse(scenario)?, clock).await
    }

    async fn play(scenario: Scenario, clock: Arc<dyn Clock>) -> Result<Self, SandboxError> {
        let Identity {
            acceptor,
            authority,
            token,
            seed,
        } = Identity::make()?;
        let cluster = Arc::new(Cluster::new(scenario, clock, seed, &token)?);
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .map_err(SandboxError::Listen)?;
        let address = listener.local_addr().map_err(SandboxError::Listen)?;
        let serving = tokio::spawn(serve::run(listener, acceptor, Arc::clone(&cluster)));
        let living = tokio::spawn(live(Arc::clone(&cluster)));
        Ok(Self {
            server: format!("https://{address}"),
            authority,
            token,
            cluster,
            tasks: [serving, living],
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
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Lets time pass: at once after a change, and whenever something is due.
async fn live(cluster: Arc<Cluster>) {
    let mut news = cluster.with(|state| state.objects.store.news());
    loop {
        let now = cluster.now();
        cluster.with(|state| state.advance(now));
        news.borrow_and_update();
        tokio::time::sleep(BREATH).await;
        tokio::select! {
            changed = news.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}
