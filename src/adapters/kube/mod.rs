//! The Kubernetes API: connecting as `kubectl` does, reading, watching, and sending one write exactly once.
//!
//! `kube::Client` gives connection, TLS and credentials; requests are made here, so that status, headers and the bytes
//! received are in hand. Nothing here knows what a rollout is. Read `connect`, `client`, `request`, `write`, `list`, `watch` in
//! this order.

mod cause;
mod client;
mod connect;
mod error;
mod files;
mod flags;
mod heartbeat;
mod held;
mod kubeconfig;
mod list;
mod listener;
mod login;
mod lookout;
mod names;
mod namespaces;
mod paths;
mod pin;
mod poke;
mod proxy;
mod reading;
mod request;
mod retry;
mod review;
mod scan;
mod status;
mod through;
mod watch;
mod write;

pub use client::{ApiClient, RawAnswer};
pub use connect::{ConnectError, Connected, Pin, connect, install_crypto, pin_now};
pub use error::ApiFailure;
pub use flags::{Flags, Surroundings};
pub use heartbeat::{Heartbeat, Rhythm, Vital};
pub use held::Piece;
pub use kubeconfig::{KubeconfigError, Loaded, load};
pub use list::{ItemSplitter, LARGEST_ITEM, ListMeta, SplitError, WatchSplitter};
pub use login::{Login, login};
pub use lookout::{Lookout, Told};
pub use namespaces::{Chosen, Progress, WATCH_CAP, scopes};
pub use paths::{ApiPath, Events, api_of, list_path, watch_path};
pub use pin::{Held, Pinned};
pub use poke::{Poke, Poked};
pub use retry::{Backoff, Timing};
pub use review::{Permission, Question, Rules};
pub use through::{ServicePort, ThroughAnswer};
pub use watch::{Refused, Watch};
pub use write::{ANSWER_WITHIN, DRY_RUN_WITHIN, DryRun, SendAnswer};
