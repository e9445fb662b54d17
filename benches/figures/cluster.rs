//! The control plane with its fleet: started for this run, or one that already runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// A real control plane full of pods. What was started here ends with it, or with this process.
pub(crate) struct Cluster {
    folder: PathBuf,
    url: String,
    kubeconfig: PathBuf,
    ours: Option<Child>,
}

impl Cluster {
    /// The one that `FIGURES_FOLDER` names, else a new one.
    pub(crate) fn open(deployments: u32) -> Self {
        match std::env::var_os("FIGURES_FOLDER") {
            Some(folder) => Self::in_folder(folder.into(), None),
            None => Self::start(deployments),
        }
    }

    fn start(deployments: u32) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("figures-{}", std::process::id()));
        let began = Instant::now();
        fs::create_dir_all(&folder).expect("a folder");
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        // Its standard input is the leash: when this process ends, by any means, so do the servers.
        let mut servers = Command::new(root.join("tests/real/control_plane.sh"))
            .arg("run")
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("the script can be started");
        while !folder.join("serving").exists() {
            let ended = servers.try_wait().expect("a child");
            assert!(ended.is_none(), "the control plane did not start: {ended:?}");
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        let cluster = Self::in_folder(folder, Some(servers));
        let filled = Command::new(root.join("benches/fleet.sh"))
            .arg(&cluster.folder)
            .arg(deployments.to_string())
            .status();
        assert!(
            filled.is_ok_and(|status| status.success()),
            "the fleet did not become ready"
        );
        println!(
            "{deployments} Deployments of ten pods are ready after {:.0} s",
            began.elapsed().as_secs_f64()
        );
        cluster
    }

    fn in_folder(folder: PathBuf, ours: Option<Child>) -> Self {
        let url = fs::read_to_string(folder.join("url")).expect("a folder of control_plane.sh");
        Self {
            url: url.trim().to_owned(),
            kubeconfig: folder.join("kubeconfig"),
            folder,
            ours,
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// The process of the API server: the one that was given files of this folder.
    pub(crate) fn server(&self) -> u32 {
        let folder = self.folder.display().to_string();
        let processes = fs::read_dir("/proc").expect("a Linux machine").flatten();
        processes
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .find(|process: &u32| {
                let line = fs::read_to_string(format!("/proc/{process}/cmdline")).unwrap_or_default();
                line.split('\0')
                    .next()
                    .is_some_and(|name| name.ends_with("kube-apiserver"))
                    && line.contains(&folder)
            })
            .expect("the API server runs on this machine")
    }

    /// What signed the API server's certificate, in PEM.
    pub(crate) fn ca(&self) -> Vec<u8> {
        fs::read(self.folder.join("ca.crt")).expect("the certificate of the control plane")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(mut servers) = self.ours.take() {
            drop(servers.stdin.take());
            drop(servers.wait());
            drop(fs::remove_dir_all(&self.folder));
        }
    }
}
