//! Why a command has no answer, each with its exit code. Nothing is on stdout then.

use crate::runtime::{DemoError, Exit, StartError};

/// What kept a command from its answer.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Demo(#[from] DemoError),
    #[error("{cluster} cannot be read: {why}")]
    CannotReach { cluster: String, why: String },
    #[error(
        "you may not read rollouts {place}: {why}; ask for the right to list deployments there, or name other namespaces with -n"
    )]
    Forbidden { place: String, why: String },
    /// A ROLLOUT that names none, or more than one; the sentence says what to write.
    #[error("{0}")]
    Rollout(String),
    /// What was to be done was not, or not to its end; the sentence says what to do.
    #[error("{words}")]
    Act { words: String, exit: Exit },
    #[error("{path} cannot be read: {source}; check its permissions, or whether the disk hangs")]
    Record { path: String, source: std::io::Error },
    /// The sentence says what to do.
    #[error("{0}")]
    Config(String),
    #[error("standard output cannot be written: {0}; free space, or send it elsewhere")]
    Output(#[source] std::io::Error),
    #[error("this cannot be put into {format}: {why}; use another format with -o")]
    Format { format: &'static str, why: String },
}

impl CommandError {
    /// The documented exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Start(error) => error.exit(),
            Self::Demo(error) => error.exit(),
            Self::CannotReach { .. } => Exit::CANNOT_REACH,
            Self::Forbidden { .. } => Exit::FORBIDDEN,
            Self::Rollout(_) => Exit::USAGE,
            Self::Act { exit, .. } => *exit,
            Self::Record { .. } | Self::Config(_) | Self::Output(_) | Self::Format { .. } => Exit::FAILED,
        }
    }
}
