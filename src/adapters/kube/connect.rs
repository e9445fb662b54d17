//! Makes a client from flags, kubeconfig and surroundings. No network is touched; a login plugin may run.

use std::path::Path;
use std::time::Duration;

use http::Uri;
use kube::client::ClientBuilder;
use kube::config::{AuthInfo, Cluster, ExecAuthCluster, ExecInteractiveMode};
use kube::{Client, Config};
use sha2::{Digest as _, Sha256};

use crate::domain::Untrusted;

use super::kubeconfig::{KubeconfigError, Loaded};
use super::{ApiClient, ApiFailure, Flags, Surroundings, cause, files, kubeconfig, proxy};

/// A peer that does not answer at all is given up this soon: before a write's own limit, which would make it unknown.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);

/// A login plugin that waits for somebody to type would wait for ever.
const LOGIN_WITHIN: Duration = Duration::from_secs(60);

/// Which cluster a client talks to, to notice that the kubeconfig changed underneath.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    pub server: String,
    /// SHA-256 of the authority; `None` when the system's own are trusted.
    pub authority: Option<[u8; 32]>,
    pub verified: bool,
}

/// A client and where it leads.
#[derive(Clone)]
pub struct Connected {
    pub client: ApiClient,
    pub server_url: String,
    pub pin: Pin,
    pub context: Option<String>,
    pub cluster: String,
    pub user: Option<String>,
    pub namespace: String,
    /// Without user name and password.
    pub proxy: Option<String>,
    /// Every context of the kubeconfig.
    pub contexts: Vec<String>,
}

/// Why there is no client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    #[error(transparent)]
    Kubeconfig(#[from] KubeconfigError),
    #[error("{}", .0.sentence())]
    Client(ApiFailure),
}

/// Chooses the cryptography of every TLS connection. Call it once, before the first client; again does no harm.
pub fn install_crypto() {
    // An error says that it was chosen before, which is what is wanted.
    drop(rustls::crypto::ring::default_provider().install_default());
}

/// Builds a client.
///
/// # Errors
///
/// When the kubeconfig is wrong, or the login plugin fails.
pub async fn connect(flags: &Flags, around: &Surroundings) -> Result<Connected, ConnectError> {
    install_crypto();
    match super::load(flags, around)? {
        Some(loaded) => from_kubeconfig(loaded, flags, around).await,
        None => in_cluster(flags).await,
    }
}

/// The pin that the kubeconfig would give now, to compare with [`Connected::pin`]. Reads files only.
///
/// # Errors
///
/// When the kubeconfig is wrong by now.
pub fn pin_now(flags: &Flags, around: &Surroundings) -> Result<Option<Pin>, KubeconfigError> {
    let Some(loaded) = super::load(flags, around)? else {
        return Ok(None);
    };
    let authority = files::authority(&loaded.cluster)?;
    Ok(Some(pin(&loaded.cluster, authority.as_deref())))
}

async fn from_kubeconfig(
    loaded: Loaded,
    flags: &Flags,
    around: &Surroundings,
) -> Result<Connected, ConnectError> {
    let Loaded {
        cluster, mut user, ..
    } = loaded;
    let server = server_uri(&cluster)?;
    let verified = !cluster.insecure_skip_tls_verify.unwrap_or(false);
    let authority = files::authority(&cluster)?;
    files::check_user(&user)?;
    files::trim_token(&mut user)?;
    prepare_login(&mut user, &cluster, authority.clone());
    let login = login_command(&user);

    let mut config = Config::new(server.clone());
    config.default_namespace.clone_from(&loaded.namespace);
    config.root_cert = match &authority {
        Some(pem) if verified => Some(files::certificates(pem)?),
        Some(_) | None => None,
    };
    config.accept_invalid_certs = !verified;
    config.tls_server_name.clone_from(&cluster.tls_server_name);
    config.disable_compression = cluster.disable_compression.unwrap_or(false) || is_local(&server);
    config.proxy_url = proxy::choose(&server, cluster.proxy_url.as_deref(), around)?;
    config.auth_info = user;
    let proxy = config
        .proxy_url
        .as_ref()
        .map(|proxy| proxy::without_password(&proxy.to_string()));
    let client = build(config, login.as_ref()).await?;
    Ok(Connected {
        client: ApiClient::new(client, login, flags.request_timeout),
        server_url: server.to_string(),
        pin: pin(&cluster, authority.as_deref()),
        context: loaded.context_name,
        cluster: loaded.cluster_name,
        user: loaded.user_name,
        namespace: loaded.namespace,
        proxy,
        contexts: loaded.contexts,
    })
}

async fn in_cluster(flags: &Flags) -> Result<Connected, ConnectError> {
    let mut config = Config::incluster_env().map_err(|error| KubeconfigError::InCluster {
        why: error.to_string(),
    })?;
    kubeconfig::apply(flags, &mut Cluster::default(), &mut config.auth_info);
    let server = config.cluster_url.to_string();
    let namespace = flags
        .namespace
        .clone()
        .unwrap_or_else(|| config.default_namespace.clone());
    let authority = config
        .root_cert
        .as_ref()
        .map(|certificates| digest(&certificates.concat()));
    let client = build(config, None).await?;
    Ok(Connected {
        client: ApiClient::new(client, None, flags.request_timeout),
        server_url: server.clone(),
        pin: Pin {
            server,
            authority,
            verified: true,
        },
        context: None,
        cluster: "in-cluster".to_owned(),
        user: Some("service account".to_owned()),
        namespace,
        proxy: None,
        contexts: Vec::new(),
    })
}

/// Never a retry: `kube` would repeat writes as well. The watches and the user repeat what is safe to repeat.
async fn build(mut config: Config, login: Option<&Untrusted>) -> Result<Client, ConnectError> {
    config.default_retry = false;
    config.connect_timeout = Some(CONNECT_WITHIN);
    config.read_timeout = None;
    config.write_timeout = Some(Duration::from_secs(30));
    // Login plugins run inside, and block.
    let building =
        tokio::task::spawn_blocking(move || ClientBuilder::try_from(config).map(ClientBuilder::build));
    let failed = |why: String| {
        let why = Untrusted::from(why);
        ConnectError::Client(ApiFailure::LoginFailed {
            why,
            login: login.cloned(),
        })
    };
    match tokio::time::timeout(LOGIN_WITHIN, building).await {
        Ok(Ok(Ok(client))) => Ok(client),
        Ok(Ok(Err(error))) => Err(ConnectError::Client(cause::of_building(&error).with_login(login))),
        Ok(Err(error)) => Err(failed(error.to_string())),
        Err(elapsed) => Err(failed(format!(
            "the login plugin did not end within {LOGIN_WITHIN:?} ({elapsed})"
        ))),
    }
}

fn server_uri(cluster: &Cluster) -> Result<Uri, KubeconfigError> {
    let text = cluster.server.clone().unwrap_or_default();
    let full = if text.contains("://") {
        text.clone()
    } else {
        format!("https://{text}")
    };
    let bad = |why: String| KubeconfigError::BadServer {
        server: Untrusted::from(text.as_str()),
        why,
    };
    let uri: Uri = full
        .parse()
        .map_err(|error: http::uri::InvalidUri| bad(error.to_string()))?;
    match (uri.scheme_str(), uri.host()) {
        (Some("http" | "https"), Some(host)) if !host.is_empty() => Ok(uri),
        (Some("http" | "https"), _) => Err(bad("it has no host".to_owned())),
        _ => Err(bad("only http and https are known".to_owned())),
    }
}

fn is_local(server: &Uri) -> bool {
    server.host().is_some_and(proxy::is_loopback)
}

/// A plugin that may ask would take the keys of this terminal and write over its screen.
fn prepare_login(user: &mut AuthInfo, cluster: &Cluster, authority: Option<Vec<u8>>) {
    if let Some(exec) = user.exec.as_mut() {
        exec.interactive_mode = Some(ExecInteractiveMode::Never);
    }
    with_cluster_info(user, cluster, authority);
}

/// Some plugins want to know for which cluster they log in.
pub(super) fn with_cluster_info(user: &mut AuthInfo, cluster: &Cluster, authority: Option<Vec<u8>>) {
    let Some(exec) = user.exec.as_mut() else { return };
    if exec.provide_cluster_info {
        let extension = cluster.extensions.iter().flatten();
        let mut config = extension.filter(|named| named.name == "client.authentication.k8s.io/exec");
        exec.cluster = Some(ExecAuthCluster {
            server: cluster.server.clone(),
            insecure_skip_tls_verify: cluster.insecure_skip_tls_verify,
            certificate_authority_data: authority,
            proxy_url: cluster.proxy_url.clone(),
            tls_server_name: cluster.tls_server_name.clone(),
            config: config.next().map(|named| named.extension.clone()),
        });
    }
}

pub(super) fn login_command(user: &AuthInfo) -> Option<Untrusted> {
    let exec = user.exec.as_ref()?;
    let command = Path::new(exec.command.as_deref()?).to_string_lossy().into_owned();
    let words = std::iter::once(command).chain(exec.args.iter().flatten().cloned());
    Some(Untrusted::from(words.collect::<Vec<_>>().join(" ")))
}

fn pin(cluster: &Cluster, authority: Option<&[u8]>) -> Pin {
    Pin {
        server: cluster.server.clone().unwrap_or_default(),
        authority: authority.map(digest),
        verified: !cluster.insecure_skip_tls_verify.unwrap_or(false),
    }
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
