//! The commands and their arguments.

use clap::{Args, Subcommand, ValueEnum};

/// What to do instead of opening the cockpit.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say where rollouts stand and why they do not move
    Status(Status),
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
