//! What chooses and changes a connection: the flags that `kubectl` users know, and the environment they stand in.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

/// The connection flags of the command line, as plain data.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    pub kubeconfig: Option<PathBuf>,
    pub context: Option<String>,
    pub cluster: Option<String>,
    pub user: Option<String>,
    pub server: Option<String>,
    pub namespace: Option<String>,
    pub impersonate: Option<String>,
    pub impersonate_groups: Vec<String>,
    pub impersonate_uid: Option<String>,
    pub token: Option<SecretString>,
    pub request_timeout: Option<Duration>,
    pub insecure_skip_tls_verify: bool,
    pub certificate_authority: Option<PathBuf>,
}

/// What the environment says about connections. Read once, so that tests can say something else.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// `$KUBECONFIG`: a list of files.
    pub kubeconfig: Option<OsString>,
    pub home: Option<PathBuf>,
    pub https_proxy: Option<String>,
    pub http_proxy: Option<String>,
    pub no_proxy: Option<String>,
    /// Whether this process runs in a pod.
    pub in_cluster: bool,
}

impl Surroundings {
    /// As this process finds them.
    pub fn of_process() -> Self {
        Self {
            kubeconfig: env::var_os("KUBECONFIG"),
            home: env::home_dir(),
            https_proxy: either("HTTPS_PROXY", "https_proxy"),
            http_proxy: either("HTTP_PROXY", "http_proxy"),
            no_proxy: either("NO_PROXY", "no_proxy"),
            in_cluster: either("KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_HOST").is_some(),
        }
    }
}

fn either(upper: &str, lower: &str) -> Option<String> {
    let set = |name| env::var(name).ok().filter(|value| !value.is_empty());
    set(upper).or_else(|| set(lower))
}
