//! The arguments of the commands that act.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::span;

/// What all of them take.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Act {
    /// NAMESPACE/NAME, NAME, or deployment/NAME
    #[arg(value_name = "ROLLOUT")]
    pub rollout: String,
    /// Print the plan with its token, and send nothing
    #[arg(long, conflicts_with_all = ["confirm", "yes"])]
    pub plan: bool,
    /// Send the plan that --plan printed with this token, if it still holds; ten minutes
    #[arg(long, value_name = "TOKEN", conflicts_with = "yes")]
    pub confirm: Option<String>,
    /// Send it without a plan; for pause only
    #[arg(long)]
    pub yes: bool,
    /// Why, for the record; an override needs 8 characters or more
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Go on although something speaks against it; needs --reason
    #[arg(long = "override")]
    pub is_override: bool,
    /// Go on although the server cannot try it without effect
    #[arg(long)]
    pub no_dry_run: bool,
    /// Wait at most this long for the effect
    #[arg(long, value_name = "TIME", value_parser = span, default_value = "5m")]
    pub timeout: Duration,
    /// After the effect go on watching this long for being taken back; 0s: do not
    #[arg(long, value_name = "TIME", value_parser = span, default_value = "10s")]
    pub follow: Duration,
    /// Do not wait for the effect: accepted is done
    #[arg(long, conflicts_with_all = ["plan", "follow"])]
    pub no_wait: bool,
    /// How to print it
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub output: Answer,
}

/// How an answer is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Answer {
    Table,
    Json,
    Yaml,
}

/// The arguments of `undo`.
#[derive(Debug, Args)]
pub struct Undo {
    #[command(flatten)]
    pub act: Act,
    /// The revision to go back to; else the one that still has ready pods, or was healthy last
    #[arg(long, value_name = "NUMBER")]
    pub to_revision: Option<u64>,
}

/// The arguments of `set-image`.
#[derive(Debug, Args)]
pub struct SetImage {
    #[command(flatten)]
    pub act: Act,
    /// CONTAINER=IMAGE, or the image alone where there is one container; :TAG or @DIGEST alone is of the image that is there
    #[arg(value_name = "CONTAINER=IMAGE", required = true)]
    pub images: Vec<String>,
}

/// The arguments of `scale`.
#[derive(Debug, Args)]
pub struct Scale {
    #[command(flatten)]
    pub act: Act,
    /// The number of pods
    #[arg(long, value_name = "NUMBER")]
    pub replicas: u32,
}

pub(super) const EXAMPLES: &str = "Examples:
  flightdeck restart shop/web                           shows the sheet and asks, in a terminal
  flightdeck restart shop/web --plan -o json            prints the exact requests and a token; sends nothing
  flightdeck restart shop/web --confirm TOKEN           sends that plan, if it still holds
  flightdeck pause shop/web --yes                       stopping takes no plan";

pub(super) const UNDO_EXAMPLES: &str = "Examples:
  flightdeck undo shop/web                              shows the sheet and asks, in a terminal
  flightdeck undo shop/web --to-revision 41 --plan      prints the exact requests and a token; sends nothing
  flightdeck undo shop/web --confirm TOKEN              goes back to the revision of that plan";

pub(super) const IMAGE_EXAMPLES: &str = "Examples:
  flightdeck set-image shop/web shop/web:v2             the only container, asked for in a terminal
  flightdeck set-image shop/web app=shop/web:v2 log=shop/log@sha256:9f86… --plan
  flightdeck set-image shop/web app=shop/web:v2 log=shop/log@sha256:9f86… --confirm TOKEN";

pub(super) const SCALE_EXAMPLES: &str = "Examples:
  flightdeck scale shop/web --replicas 4                shows the sheet and asks, in a terminal
  flightdeck scale shop/web --replicas 4 --plan
  flightdeck scale shop/web --replicas 0 --confirm TOKEN --override --reason 'out of use since May'";
