//! What can be wrong with a kubeconfig, each with its remedy.

use crate::domain::Untrusted;

/// Why no connection can be made from what the files and flags say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KubeconfigError {
    #[error(
        "there is no kubeconfig: {looked} does not exist; pass --kubeconfig FILE, set KUBECONFIG, or copy one there"
    )]
    Missing { looked: String },
    #[error("{file} cannot be read: {why}; check its owner and mode, or pass another one with --kubeconfig")]
    Unreadable { file: String, why: String },
    #[error(
        "{file}:{line}: this is no kubeconfig: {why}; mend that line, or pass another file with --kubeconfig"
    )]
    NotYaml { file: String, line: u64, why: String },
    #[error(
        "no context is chosen; pass --context NAME or run `kubectl config use-context NAME` (there {known})"
    )]
    NoContext { known: String },
    #[error("there is no context `{name}`{nearest}; pass --context with one of those that exist: {known}")]
    UnknownContext {
        name: Untrusted,
        nearest: String,
        known: String,
    },
    #[error(
        "{by} names the {what} `{name}`, which no kubeconfig file has{nearest}; add it, or choose another"
    )]
    Dangling {
        by: String,
        what: &'static str,
        name: Untrusted,
        nearest: String,
    },
    #[error(
        "the cluster `{cluster}` has no `server`; add its address to the kubeconfig, or pass --server URL"
    )]
    NoServer { cluster: Untrusted },
    #[error("`{server}` is no address of a server ({why}); write it as https://HOST:PORT")]
    BadServer { server: Untrusted, why: String },
    #[error("{field}: {file} cannot be read: {why}; correct the path in the kubeconfig or restore the file")]
    MissingFile {
        field: &'static str,
        file: String,
        why: String,
    },
    #[error("{field}: {why}; fetch the kubeconfig anew from whoever gave it out")]
    BadData { field: &'static str, why: String },
    #[error("the proxy `{proxy}` cannot be used: {why}; use an http:// or https:// proxy, or unset it")]
    BadProxy { proxy: Untrusted, why: String },
    #[error(
        "the service account of this pod cannot be used: {why}; mount its token, or pass --kubeconfig FILE"
    )]
    InCluster { why: String },
}
