//! Finds, reads and merges kubeconfig files as `kubectl` does, and says which file and line is wrong.

use std::env;
use std::fs;
use std::io;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use kube::config::{AuthInfo, Cluster, Context, Kubeconfig};

use crate::domain::Untrusted;

use super::kubeconfig_error::KubeconfigError;
use super::{Flags, Surroundings};

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
    pick(merged, flags).map(Some)
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

fn pick(config: Kubeconfig, flags: &Flags) -> Result<Loaded, KubeconfigError> {
    let contexts: Vec<String> = config.contexts.iter().map(|named| named.name.clone()).collect();
    let (context_name, context) = pick_context(&config, flags, &contexts)?;
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

/// Up to ten names, and how many more there are.
fn listed(names: &[String]) -> String {
    const MOST: usize = 10;
    let mut words: Vec<String> = names
        .iter()
        .take(MOST)
        .map(|name| Untrusted::from(name.as_str()).shown())
        .collect();
    if let Some(more) = names.len().checked_sub(MOST).filter(|more| *more > 0) {
        words.push(format!("and {more} more"));
    }
    words.join(", ")
}

/// ` (did you mean `x`?)` for the names that are a few letters away or contain what was typed.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let mut close: Vec<(usize, &str)> = known
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, candidate)| {
            *distance <= 1 + name.chars().count() / 4 || (name.len() > 2 && candidate.contains(name))
        })
        .collect();
    close.sort_unstable();
    let words: Vec<String> = close
        .iter()
        .take(3)
        .map(|(_, candidate)| format!("`{}`", Untrusted::from(*candidate)))
        .collect();
    if words.is_empty() {
        String::new()
    } else {
        format!(" (did you mean {}?)", words.join(" or "))
    }
}

/// Edits from one word to the other.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (line, left) in one.chars().enumerate() {
        let mut diagonal = line;
        let mut before = line + 1;
        let mut next = vec![before];
        for (above, right) in row.iter().skip(1).zip(other.chars()) {
            let cost = usize::from(!left.eq_ignore_ascii_case(&right));
            before = (diagonal + cost).min(above + 1).min(before + 1);
            diagonal = *above;
            next.push(before);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

pub(super) fn shown(file: &Path) -> String {
    Untrusted::from(file.to_string_lossy().into_owned()).shown()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        assert_eq!(distance("prod", "prod"), 0);
        assert_eq!(distance("prdo", "prod"), 2);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn only_near_names_are_offered() {
        let known = ["prod-eu", "staging", "prod-us"];
        assert_eq!(
            nearest("prod-eo", known.into_iter()),
            " (did you mean `prod-eu` or `prod-us`?)"
        );
        assert_eq!(nearest("zzz", known.into_iter()), "");
    }
}
