//! The command line: kubectl's names where kubectl has one. Definitions only.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

/// A terminal cockpit for deployments.
///
/// Watches every Deployment live, says why one does not move, and pauses, resumes and restarts it on a sheet that shows the
/// exact request. Exit codes: 0 done, 1 failed, 4 no cluster to reach, 64 wrong usage, 129 and 143 ended by SIGHUP and SIGTERM.
#[derive(Debug, Parser)]
#[command(version, about, long_about)]
pub struct Cli {
    /// The kubeconfig file; else $KUBECONFIG, else ~/.kube/config, else the pod's own service account
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// The context to open; else the current one
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
    /// The cluster of the kubeconfig to use instead of the context's
    #[arg(long, value_name = "NAME")]
    pub cluster: Option<String>,
    /// The user of the kubeconfig to use instead of the context's
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// The API server's address instead of the kubeconfig's
    #[arg(short, long, value_name = "URL")]
    pub server: Option<String>,
    /// Namespaces to look at, one or a list with commas; may be given several times
    #[arg(
        short,
        long,
        value_name = "NAMESPACE",
        value_delimiter = ',',
        conflicts_with = "all_namespaces"
    )]
    pub namespace: Vec<String>,
    /// All namespaces, whatever the configuration says
    #[arg(short = 'A', long)]
    pub all_namespaces: bool,
    /// Act as this user
    #[arg(long = "as", value_name = "USER")]
    pub impersonate: Option<String>,
    /// Act as a member of this group; may be given several times
    #[arg(long = "as-group", value_name = "GROUP", requires = "impersonate")]
    pub impersonate_groups: Vec<String>,
    /// Act with this uid
    #[arg(long = "as-uid", value_name = "UID", requires = "impersonate")]
    pub impersonate_uid: Option<String>,
    /// The bearer token
    #[arg(long, value_name = "TOKEN")]
    pub token: Option<String>,
    /// The certificate authority's file instead of the kubeconfig's
    #[arg(long, value_name = "FILE")]
    pub certificate_authority: Option<PathBuf>,
    /// Do not check the server's certificate
    #[arg(long)]
    pub insecure_skip_tls_verify: bool,
    /// Every single request at most this long, e.g. 5s, 2m
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub request_timeout: Option<Duration>,
    /// Send reads and access reviews only
    #[arg(long)]
    pub read_only: bool,
    /// auto, rgb, 256, 16, or mono
    #[arg(long, value_name = "WHEN", value_parser = ["auto", "rgb", "256", "16", "mono", "never"])]
    pub color: Option<String>,
    /// The theme, instead of the configuration's
    #[arg(long, value_name = "NAME")]
    pub theme: Option<String>,
    /// unicode, ascii, or nerd
    #[arg(long, value_name = "SET", value_parser = ["unicode", "ascii", "nerd"])]
    pub glyphs: Option<String>,
}

/// kubectl's spelling: `30s`, `2m`, `1h`, or a bare number of seconds.
fn time(text: &str) -> Result<Duration, String> {
    let split = text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: u64 = number
        .parse()
        .ok()
        .ok_or("write a number with s, m or h, e.g. 30s")?;
    let seconds = match unit {
        "" | "s" => Some(number),
        "m" => number.checked_mul(60),
        "h" => number.checked_mul(3600),
        _other => None,
    };
    seconds
        .map(Duration::from_secs)
        .ok_or_else(|| "write a number with s, m or h, e.g. 30s".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definitions_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn times_are_read_as_kubectl_writes_them() {
        assert_eq!(time("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(time("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(time("5"), Ok(Duration::from_secs(5)));
        assert!(time("soon").is_err());
    }
}
