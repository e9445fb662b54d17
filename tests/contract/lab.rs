//! A world that a case can be played in.

use futures::future::BoxFuture;

use super::Caller;

/// What differs between worlds: the way in, and causes that no request can bring about.
pub(crate) trait Lab: Send + Sync {
    /// Somebody who may do everything; with `token`, whoever that is.
    fn caller(&self, token: Option<&str>) -> Caller;

    /// Makes a version of Events forgotten, and says which.
    fn forgotten(&self) -> BoxFuture<'_, Forgotten>;
}

/// A version that nobody remembers.
pub(crate) struct Forgotten {
    pub(crate) version: String,
    /// To go on with a list of that version.
    pub(crate) page: String,
}
