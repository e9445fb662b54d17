//! Finds, reads and merges kubeconfig files as `kubectl` does, and says which file and line is wrong.

use std::env;
use std::fs;
use std::io;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use kube::config::{AuthInfo, Cluster, Context, Kubeconfig};

use crate::domain::Untrusted;

use super::names::{listed, nearest};
use super::{Flags, Surroundings, files};

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

/// One context with everything it refers to, flags applied.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub context_name: Option<String>,
    pub cluster_name: String,
    pub user_name: Option<String>,
    pub namespace: String,
    pub(super) cluster: Cluster,
    pub(super) user: AuthInfo,
    /// Every context there is, for choosing another.
    pub contexts: Vec<String>,
}

/// Reads the files that flags and environment name and picks a context. `None`: there are none, and this is a pod.
///
/// # Errors
///
/// When a file is missing, unreadable or wrong, or the context is incomplete.
pub fn load(flags: &Flags, around: &Surroundings) -> Result<Option<Loaded>, KubeconfigError> {
    let Some(merged) = read_all(flags, around)? else {
        return Ok(None);
    };
    pick(&merged, flags).map(Some)
}

/// The merged files; `None` for a pod without any.
fn read_all(flags: &Flags, around: &Surroundings) -> Result<Option<Kubeconfig>, KubeconfigError> {
    if let Some(file) = &flags.kubeconfig {
        return match read_file(file)? {
            Some(config) => Ok(Some(config)),
            None => Err(KubeconfigError::Missing { looked: shown(file) }),
        };
    }
    let files = candidates(around);
    let mut merged: Option<Kubeconfig> = None;
    for file in &files {
        if let Some(config) = read_file(file)? {
            merged = Some(match merged {
                Some(first) => merge(first, config),
                None => config,
            });
        }
    }
    match merged {
        Some(config) => Ok(Some(config)),
        None if flags.server.is_some() => Ok(Some(Kubeconfig::default())),
        None if around.in_cluster => Ok(None),
        None => Err(KubeconfigError::Missing {
            looked: files
                .iter()
                .map(|file| shown(file))
                .collect::<Vec<_>>()
                .join(", "),
        }),
    }
}

fn candidates(around: &Surroundings) -> Vec<PathBuf> {
    let listed: Vec<PathBuf> = around
        .kubeconfig
        .as_ref()
        .map(|list| {
            env::split_paths(list)
                .filter(|file| !file.as_os_str().is_empty())
                .collect()
        })
        .unwrap_or_default();
    if listed.is_empty() {
        let home = around.home.clone().unwrap_or_else(|| PathBuf::from("/"));
        vec![home.join(".kube").join("config")]
    } else {
        listed
    }
}

/// The first file to name something wins; kind and version are not compared, `kubectl` does not either.
fn merge(mut first: Kubeconfig, mut next: Kubeconfig) -> Kubeconfig {
    next.kind = None;
    next.api_version = None;
    let before = first.clone();
    first.current_context = first.current_context.filter(|name| !name.is_empty());
    first.merge(next).unwrap_or(before)
}

fn read_file(file: &Path) -> Result<Option<Kubeconfig>, KubeconfigError> {
    let unreadable = |why: &dyn std::fmt::Display| KubeconfigError::Unreadable {
        file: shown(file),
        why: why.to_string(),
    };
    let bytes = match fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(&error)),
    };
    let text = String::from_utf8(bytes).map_err(|error| unreadable(&error))?;
    let documents: Vec<Kubeconfig> = serde_saphyr::from_multiple(text.trim_start_matches('\u{feff}'))
        .map_err(|error| not_yaml(file, &error))?;
    let mut merged = documents.into_iter().reduce(merge).unwrap_or_default();
    let folder = file.parent().unwrap_or_else(|| Path::new(""));
    make_absolute(&mut merged, folder);
    Ok(Some(merged))
}

fn not_yaml(file: &Path, error: &serde_saphyr::Error) -> KubeconfigError {
    let line = error.location().map_or(1, |location| location.line());
    let plain = error.without_snippet().to_string();
    KubeconfigError::NotYaml {
        file: shown(file),
        line,
        why: Untrusted::from(plain.lines().next().unwrap_or("not YAML").to_owned()).shown(),
    }
}

/// Paths in a kubeconfig are meant from its own folder.
fn make_absolute(config: &mut Kubeconfig, folder: &Path) {
    let fix = |path: &mut Option<String>| {
        if let Some(relative) = path
            .as_deref()
            .filter(|path| !path.is_empty() && Path::new(path).is_relative())
        {
            *path = Some(folder.join(relative).to_string_lossy().into_owned());
        }
    };
    for cluster in config
        .clusters
        .iter_mut()
        .filter_map(|named| named.cluster.as_mut())
    {
        fix(&mut cluster.certificate_authority);
    }
    for user in config
        .auth_infos
        .iter_mut()
        .filter_map(|named| named.auth_info.as_mut())
    {
        fix(&mut user.client_certificate);
        fix(&mut user.client_key);
        fix(&mut user.token_file);
        if let Some(exec) = user.exec.as_mut()
            && exec
                .command
                .as_deref()
                .is_some_and(|command| command.contains(MAIN_SEPARATOR))
        {
            fix(&mut exec.command);
        }
    }
}

fn pick(config: &Kubeconfig, flags: &Flags) -> Result<Loaded, KubeconfigError> {
    let contexts: Vec<String> = config.contexts.iter().map(|named| named.name.clone()).collect();
    let (context_name, context) = pick_context(config, flags, &contexts)?;
    let by = context_name
        .as_ref()
        .map_or_else(|| "--cluster".to_owned(), |name| format!("the context `{name}`"));
    let cluster_name = flags.cluster.clone().unwrap_or_else(|| context.cluster.clone());
    let by_cluster = flags.cluster.as_ref().map_or(by.as_str(), |_| "--cluster");
    let known = config.clusters.iter().map(|named| named.name.as_str());
    let cluster = config.clusters.iter().find(|named| named.name == cluster_name);
    let mut cluster = match cluster.and_then(|named| named.cluster.clone()) {
        Some(cluster) => cluster,
        None if flags.server.is_some() && flags.cluster.is_none() && context_name.is_none() => {
            Cluster::default()
        }
        None => return Err(dangling(by_cluster, "cluster", &cluster_name, known)),
    };
    let user_name = flags
        .user
        .clone()
        .or_else(|| context.user.clone())
        .filter(|name| !name.is_empty());
    let by_user = flags.user.as_ref().map_or(by.as_str(), |_| "--user");
    let mut user = match &user_name {
        Some(name) => config
            .auth_infos
            .iter()
            .find(|named| named.name == *name)
            .map(|named| named.auth_info.clone().unwrap_or_default())
            .ok_or_else(|| {
                dangling(
                    by_user,
                    "user",
                    name,
                    config.auth_infos.iter().map(|named| named.name.as_str()),
                )
            })?,
        None => AuthInfo::default(),
    };
    files::drop_empty(&mut cluster, &mut user);
    apply(flags, &mut cluster, &mut user);
    if cluster.server.as_deref().unwrap_or_default().is_empty() {
        return Err(KubeconfigError::NoServer {
            cluster: Untrusted::from(cluster_name),
        });
    }
    let namespace = flags
        .namespace
        .clone()
        .or(context.namespace)
        .filter(|name| !name.is_empty());
    Ok(Loaded {
        context_name,
        cluster_name,
        user_name,
        namespace: namespace.unwrap_or_else(|| "default".to_owned()),
        cluster,
        user,
        contexts,
    })
}

fn pick_context(
    config: &Kubeconfig,
    flags: &Flags,
    known: &[String],
) -> Result<(Option<String>, Context), KubeconfigError> {
    let wanted = flags
        .context
        .clone()
        .or_else(|| config.current_context.clone())
        .filter(|name| !name.is_empty());
    let Some(name) = wanted else {
        if flags.server.is_some() || flags.cluster.is_some() {
            return Ok((None, Context::default()));
        }
        let known = match known {
            [] => "are none".to_owned(),
            _ => format!("are: {}", listed(known)),
        };
        return Err(KubeconfigError::NoContext { known });
    };
    let found = config.contexts.iter().find(|named| named.name == name);
    match found.and_then(|named| named.context.clone()) {
        Some(context) => Ok((Some(name), context)),
        None => Err(KubeconfigError::UnknownContext {
            nearest: nearest(&name, known.iter().map(String::as_str)),
            known: if known.is_empty() {
                "there are none".to_owned()
            } else {
                listed(known)
            },
            name: Untrusted::from(name),
        }),
    }
}

/// Flags win over files. A token or a server's own authority replaces what it stands for, it is not added.
pub(super) fn apply(flags: &Flags, cluster: &mut Cluster, user: &mut AuthInfo) {
    if let Some(server) = &flags.server {
        cluster.server = Some(server.clone());
    }
    if let Some(file) = &flags.certificate_authority {
        cluster.certificate_authority = Some(file.to_string_lossy().into_owned());
        cluster.certificate_authority_data = None;
    }
    if flags.insecure_skip_tls_verify {
        cluster.insecure_skip_tls_verify = Some(true);
    }
    if let Some(token) = &flags.token {
        user.token = Some(token.clone());
        user.token_file = None;
        user.exec = None;
        user.auth_provider = None;
        user.username = None;
        user.password = None;
    }
    if flags.impersonate.is_some() {
        user.impersonate.clone_from(&flags.impersonate);
    }
    if !flags.impersonate_groups.is_empty() {
        user.impersonate_groups = Some(flags.impersonate_groups.clone());
    }
    if flags.impersonate_uid.is_some() {
        user.impersonate_uid.clone_from(&flags.impersonate_uid);
    }
}

fn dangling<'a>(
    by: &str,
    what: &'static str,
    name: &str,
    known: impl Iterator<Item = &'a str>,
) -> KubeconfigError {
    KubeconfigError::Dangling {
        by: Untrusted::from(by).shown(),
        what,
        name: Untrusted::from(name),
        nearest: nearest(name, known),
    }
}

pub(super) fn shown(file: &Path) -> String {
    Untrusted::from(file.to_string_lossy().into_owned()).shown()
}
