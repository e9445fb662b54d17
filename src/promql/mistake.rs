//! Why a text is no PromQL.

/// A mistake, and where it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} (at character {})", at.saturating_add(1))]
pub struct Mistake {
    /// The character of the text, counted from 0.
    pub at: usize,
    pub what: String,
}

impl Mistake {
    pub(super) fn new(at: usize, what: impl Into<String>) -> Self {
        Self {
            at,
            what: what.into(),
        }
    }
}
