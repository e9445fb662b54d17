//! The flags, the same for the cockpit and for every command: kubectl's names where kubectl has one.

use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser};

use super::{Command, span};

/// A terminal cockpit for deployments.
///
/// Without a command it opens the cockpit: watches every Deployment live, says why one does not move, and pauses, resumes and
/// restarts it on a sheet that shows the exact request. Exit codes: 0 done or already so, 1 failed, 2 no-go or refused, 3 not
/// decided or changed since the plan, 4 no cluster to reach, 5 forbidden, 6 outcome unknown, 7 accepted and no effect seen, 64
/// wrong usage, 129, 130 and 143 ended by SIGHUP, SIGINT and SIGTERM.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    long_about,
    next_help_heading = "Flags of the cockpit and of every command"
)]
pub struct Cli {
    /// The kubeconfig file; else $KUBECONFIG, else ~/.kube/config, else the pod's own service account
    #[arg(long, global = true, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// The context to open; else the current one
    #[arg(long, global = true, value_name = "NAME")]
    pub context: Option<String>,
    /// The cluster of the kubeconfig to use instead of the context's
    #[arg(long, global = true, value_name = "NAME")]
    pub cluster: Option<String>,
    /// The user of the kubeconfig to use instead of the context's
    #[arg(long, global = true, value_name = "NAME")]
    pub user: Option<String>,
    /// The API server's address instead of the kubeconfig's
    #[arg(short, long, global = true, value_name = "URL")]
    pub server: Option<String>,
    /// Namespaces to look at, one or a list with commas; may be given several times
    #[arg(short, long, global = true, value_name = "NAMESPACE", value_delimiter = ',')]
    pub namespace: Vec<String>,
    /// All namespaces, whatever the configuration says
    #[arg(short = 'A', long, global = true)]
    pub all_namespaces: bool,
    /// Act as this user
    #[arg(long = "as", global = true, value_name = "USER")]
    pub impersonate: Option<String>,
    /// Act as a member of this group; may be given several times
    #[arg(long = "as-group", global = true, value_name = "GROUP")]
    pub impersonate_groups: Vec<String>,
    /// Act with this uid
    #[arg(long = "as-uid", global = true, value_name = "UID")]
    pub impersonate_uid: Option<String>,
    /// The bearer token
    #[arg(long, global = true, value_name = "TOKEN")]
    pub token: Option<String>,
    /// The certificate authority's file instead of the kubeconfig's
    #[arg(long, global = true, value_name = "FILE")]
    pub certificate_authority: Option<PathBuf>,
    /// Do not check the server's certificate
    #[arg(long, global = true)]
    pub insecure_skip_tls_verify: bool,
    /// Every single request at most this long, e.g. 5s, 2m
    #[arg(long, global = true, value_name = "TIME", value_parser = span)]
    pub request_timeout: Option<Duration>,
    /// Send reads and access reviews only
    #[arg(long, global = true)]
    pub read_only: bool,
    /// auto, rgb, 256, 16, or mono
    #[arg(long, global = true, value_name = "WHEN", value_parser = ["auto", "rgb", "256", "16", "mono", "never"])]
    pub color: Option<String>,
    /// The theme, instead of the configuration's
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,
    /// unicode, ascii, or nerd
    #[arg(long, global = true, value_name = "SET", value_parser = ["unicode", "ascii", "nerd"])]
    pub glyphs: Option<String>,
    #[command(subcommand)]
    pub command: Option<Command>,
}

impl Cli {
    /// What contradicts or lacks something. Checked here, since the flags may stand before and after a command.
    ///
    /// # Errors
    ///
    /// The usage error, as clap words its own.
    pub fn check(self) -> Result<Self, clap::Error> {
        let wrong = |kind, what: &str| Err(Self::command().error(kind, what));
        if self.all_namespaces && !self.namespace.is_empty() {
            let what = "--namespace and --all-namespaces contradict each other; give one of them";
            return wrong(ErrorKind::ArgumentConflict, what);
        }
        let as_somebody = !self.impersonate_groups.is_empty() || self.impersonate_uid.is_some();
        if as_somebody && self.impersonate.is_none() {
            let what = "--as-group and --as-uid need --as USER";
            return wrong(ErrorKind::MissingRequiredArgument, what);
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split_whitespace()).and_then(Cli::check)
    }

    #[test]
    fn the_definitions_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_stand_before_or_after_a_command() {
        for line in [
            "flightdeck --context prod -n shop status",
            "flightdeck status --context prod -n shop",
        ] {
            let cli = read(line).unwrap();
            assert_eq!(
                (cli.context.as_deref(), cli.namespace.as_slice()),
                (Some("prod"), &["shop".to_owned()][..])
            );
        }
    }

    #[test]
    fn flags_that_contradict_are_told_wherever_they_stand() {
        for line in [
            "flightdeck -A -n shop",
            "flightdeck -A status -n shop",
            "flightdeck status --as-group admins",
            "flightdeck --as-uid 7",
        ] {
            assert!(read(line).is_err_and(|error| error.use_stderr()), "{line}");
        }
        assert!(read("flightdeck --as jane status --as-group admins").is_ok());
    }
}
