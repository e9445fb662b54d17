//! The commands and their arguments.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::since::{Since, since};
use super::span;
use super::{Act, Scale, SetImage, Undo};

/// What to do instead of opening the cockpit.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say where rollouts stand and why they do not move
    Status(Status),
    /// Judge one rollout by the exit code: 0 complete and healthy, 2 failed or stuck, 3 not decided
    Check(Check),
    /// Stop a rollout where it is
    #[command(after_help = super::act::EXAMPLES)]
    Pause(Act),
    /// Let a paused rollout go on
    #[command(after_help = super::act::EXAMPLES)]
    Resume(Act),
    /// Replace every pod by a new one of the same revision
    #[command(after_help = super::act::EXAMPLES)]
    Restart(Act),
    /// Go back to a revision
    #[command(after_help = super::act::UNDO_EXAMPLES)]
    Undo(Undo),
    /// Set the image of containers
    #[command(after_help = super::act::IMAGE_EXAMPLES)]
    SetImage(SetImage),
    /// Set the number of pods
    #[command(after_help = super::act::SCALE_EXAMPLES)]
    Scale(Scale),
    /// Print the decision record: who sent what, why, and what became of it
    Decisions(Decisions),
    /// Write, find, check or show the configuration
    #[command(subcommand)]
    Config(Config),
    /// Learn it: the cockpit on a cluster in this process, where releases move, fail and get stuck
    Demo(Demo),
    /// Print the completions of a shell
    Completions {
        /// The shell to complete for
        shell: Shell,
    },
}

/// The arguments of `status`.
#[derive(Debug, Args)]
pub struct Status {
    /// NAMESPACE/NAME, NAME, deployment/NAME or rollout/NAME; all rollouts if not given
    #[arg(value_name = "ROLLOUT")]
    pub rollout: Option<String>,
    /// Go on and tell every change until interrupted
    #[arg(short, long)]
    pub watch: bool,
    /// How to print it
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub output: Shape,
}

/// How something is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shape {
    Table,
    Json,
    Yaml,
    Name,
}

/// The arguments of `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// NAMESPACE/NAME, NAME, deployment/NAME or rollout/NAME
    #[arg(value_name = "ROLLOUT")]
    pub rollout: String,
    /// Watch it at most this long until it is decided; without it the first look decides
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub timeout: Option<Duration>,
    /// While watching, how long trouble that may mend itself must last before it counts as failed
    #[arg(long, value_name = "TIME", value_parser = span, default_value = "10s")]
    pub patience: Duration,
}

/// The arguments of `demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// What happens in it: a name that --list tells, or a file (docs/SCENARIOS.md)
    #[arg(long, value_name = "NAME|FILE")]
    pub scenario: Option<String>,
    /// Print the scenarios that are shipped, and end
    #[arg(long, conflicts_with_all = ["scenario", "serve"])]
    pub list: bool,
    /// So many times faster than life: releases and containers, not the limits that Kubernetes sets
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    pub speed: f64,
    /// The same names, uids and lots as another time with this number
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// The port of 127.0.0.1 to serve on; 0 is any that is free
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// Serve the cluster without a screen, until interrupted
    #[arg(long)]
    pub serve: bool,
    /// Print the kubeconfig instead of the name of its file
    #[arg(long, requires = "serve")]
    pub print_kubeconfig: bool,
}

/// The arguments of `decisions`.
#[derive(Debug, Args)]
pub struct Decisions {
    /// As the timeline of an incident, for a chat channel
    #[arg(long, conflicts_with = "output")]
    pub markdown: bool,
    /// How to print it
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub output: Listing,
    /// Only what was decided since then: 2h, 2026-11-21, or an RFC 3339 instant
    #[arg(long, value_name = "TIME", value_parser = since)]
    pub since: Option<Since>,
}

/// How a list is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Listing {
    Table,
    Json,
}

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub enum Config {
    /// Write a configuration that says in comments what can be said
    Init {
        /// Replace the file that is there
        #[arg(long)]
        force: bool,
    },
    /// Print where the file is
    Path,
    /// Tell every mistake, with its place and what to write instead
    Check,
    /// Print the JSON Schema of the file
    Schema,
    /// Print the settings in effect, each with where it comes from
    Show,
}
