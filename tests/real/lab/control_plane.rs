//! The control plane that all tests of one process share. `control_plane.sh` starts and stops the servers; this file holds the
//! pipe whose end tells the script that the test process is gone, however it went.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::{Caller, Identity, Namespace};

/// Serves from the first test that asks until the test process is gone.
pub(crate) struct ControlPlane {
    folder: PathBuf,
    url: String,
    etcd_url: String,
    started_in: Duration,
    /// Never waited for: its standard input is the leash, which the system cuts when this process ends.
    supervisor: Child,
}

/// The shared control plane; the first call starts it, and every test fails with the same words if it cannot.
pub(crate) fn lab() -> &'static ControlPlane {
    static LAB: OnceLock<Result<ControlPlane, String>> = OnceLock::new();
    match LAB.get_or_init(ControlPlane::start) {
        Ok(lab) => lab,
        Err(problem) => panic!("The real servers do not serve, so nothing was tested.\n{problem}"),
    }
}

impl ControlPlane {
    fn start() -> Result<Self, String> {
        sweep(Path::new(env!("CARGO_TARGET_TMPDIR")));
        Self::start_in(Self::folder_of(std::process::id()))
    }

    /// One that nobody else uses, to be maltreated. It ends when dropped.
    pub(crate) fn own(name: &str) -> Self {
        let folder = Self::folder_of(std::process::id()).with_extension(name);
        Self::start_in(folder).expect("a control plane of its own")
    }

    fn start_in(folder: PathBuf) -> Result<Self, String> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let told = |problem: std::io::Error| format!("{}: {problem}", folder.display());
        fs::create_dir_all(&folder).map_err(told)?;
        let log = fs::File::create(folder.join("supervisor.log")).map_err(told)?;
        let began = Instant::now();
        let mut supervisor = Command::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/real/control_plane.sh"
        ))
        .arg("run")
        .arg(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(log)
        // Of its own, so that ctrl-c ends the tests and the end of the tests ends the servers, in order.
        .process_group(0)
        .spawn()
        .map_err(told)?;
        let mut line = String::new();
        if let Some(output) = supervisor.stdout.take() {
            BufReader::new(output).read_line(&mut line).map_err(told)?;
        }
        let Some(url) = line.trim().strip_prefix("serving ") else {
            let said = fs::read_to_string(folder.join("supervisor.log")).unwrap_or_default();
            return Err(format!(
                "{said}\nThe logs of all servers are in {}",
                folder.display()
            ));
        };
        let started_in = began.elapsed();
        let _ = writeln!(
            // Past the capture of test output: who waits for the tests shall see it.
            std::io::stderr(),
            "The control plane serves at {url} after {:.1} s; its logs: {}",
            started_in.as_secs_f32(),
            folder.display()
        );
        let etcd_url = fs::read_to_string(folder.join("etcd-url"))
            .map_err(told)?
            .trim()
            .to_owned();
        Ok(Self {
            url: url.to_owned(),
            etcd_url,
            started_in,
            folder,
            supervisor,
        })
    }

    /// Where the control plane of the test process with this id keeps its files.
    pub(crate) fn folder_of(process: u32) -> PathBuf {
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("lab-{process}"))
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn etcd_url(&self) -> &str {
        &self.etcd_url
    }

    /// From the start of the script to nodes that are ready.
    pub(crate) fn started_in(&self) -> Duration {
        self.started_in
    }

    /// The certificate that signs the API server's, in PEM.
    pub(crate) fn ca(&self) -> Vec<u8> {
        fs::read(self.folder.join("ca.crt")).expect("the control plane keeps its certificate while it serves")
    }

    /// Raw requests in the name of an identity.
    pub(crate) fn caller(&self, identity: Identity) -> Caller {
        Caller::new(&self.url, Some(identity.token()), Some(self.ca()))
    }

    /// A kubeconfig for an identity. With `through`, it names that URL instead of the API server's.
    pub(crate) fn kubeconfig(&self, identity: Identity, namespace: &str, through: Option<&str>) -> PathBuf {
        let name = identity.name();
        let cluster = match through {
            Some(url) => format!("{{ server: \"{url}\" }}"),
            None => format!(
                "{{ server: \"{}\", certificate-authority: \"{}\" }}",
                self.url,
                self.folder.join("ca.crt").display()
            ),
        };
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: lab\nclusters: [{{ name: lab, cluster: {cluster} }}]\n\
             users: [{{ name: {name}, user: {{ token: {} }} }}]\n\
             contexts: [{{ name: lab, context: {{ cluster: lab, user: {name}, namespace: {namespace} }} }}]\n",
            identity.token()
        );
        let way = if through.is_some() { "proxied" } else { "direct" };
        let path = self.folder.join(format!("kubeconfig-{name}-{way}-{namespace}"));
        fs::write(&path, text).expect("the folder of the control plane can be written");
        path
    }

    /// A fresh namespace, named after the test that asks.
    pub(crate) async fn namespace(&'static self) -> Namespace {
        Namespace::create(self).await
    }

    /// The process of one of the servers.
    pub(crate) fn process_of(&self, server: &str) -> rustix::process::Pid {
        let supervisor = self.supervisor.id();
        let children = fs::read_to_string(format!("/proc/{supervisor}/task/{supervisor}/children"))
            .expect("the supervisor runs");
        let is_it = |pid: &&str| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let program = line.split(|byte| *byte == 0).next().unwrap_or_default();
            Path::new(&*String::from_utf8_lossy(program)).file_name() == Some(server.as_ref())
        };
        let pid = children.split_whitespace().find(is_it).expect("the server runs");
        rustix::process::Pid::from_raw(pid.parse().expect("a number")).expect("a process")
    }

    /// What the script wrote if a server ended by itself.
    pub(crate) fn failure(&self) -> Option<String> {
        fs::read_to_string(self.folder.join("failed")).ok()
    }
}

/// Removes what ended control planes left, once nobody is likely to read it any more.
fn sweep(all: &Path) {
    for entry in fs::read_dir(all).into_iter().flatten().flatten() {
        let ended = entry.file_name().to_string_lossy().starts_with("lab-")
            && !entry.path().join("supervisor.pid").exists();
        let age = entry
            .metadata()
            .and_then(|data| data.modified())
            .ok()
            .and_then(|at| at.elapsed().ok());
        if ended && age.is_some_and(|age| age > Duration::from_secs(3600)) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
