//! The Kubernetes API: connecting as `kubectl` does, reading, watching, and sending one write exactly once.
//!
//! `kube::Client` gives connection, TLS and credentials; requests are made here, so that status, headers and the bytes
//! received are in hand. Nothing here knows what a rollout is.
mod kubeconfig_error;
mod kubeconfig;
mod flags;
mod proxy;
mod files;
mod connect;
mod status;
mod error;
mod cause;
mod client;
mod request;
mod review;
mod write;
mod list;
mod scan;
mod paths;
mod retry;
mod listener;
mod watch;
mod namespaces;

pub use client::{ApiClient, RawAnswer};
pub use connect::{ConnectError, Connected, Pin, connect, install_crypto, pin_now};
pub use error::ApiFailure;
pub use flags::{Flags, Surroundings};
pub use kubeconfig::{Loaded, load};
pub use kubeconfig_error::KubeconfigError;
pub use list::{ItemSplitter, LARGEST_ITEM, ListMeta, Piece, SplitError, WatchSplitter};
pub use namespaces::{Chosen, Progress, WATCH_CAP, choose_scopes, scopes};
pub use paths::{ApiPath, Choice, api_of, list_path, watch_path};
pub use retry::{Backoff, Timing};
pub use review::{Permission, Question, Rules};
pub use watch::{Poke, Poked, Watch};
pub use write::{ANSWER_WITHIN, DRY_RUN_WITHIN, DryRun, SendAnswer};
