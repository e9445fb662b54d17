//! Shares strings that repeat: ten thousand pods have few namespaces, images, nodes and label sets between them.

use std::collections::HashSet;
use std::sync::Arc;

use crate::domain::Untrusted;

/// Key-value pairs as labels have them.
pub type Pairs = Arc<[(Untrusted, Untrusted)]>;

/// Hands out one shared copy per distinct string or label set. One per watch: it is not shared between tasks.
#[derive(Debug, Default)]
pub struct Interner {
    strings: HashSet<Arc<str>>,
    pairs: HashSet<Pairs>,
}

impl Interner {
    /// The shared copy of `text`.
    pub fn text(&mut self, text: &str) -> Untrusted {
        if let Some(known) = self.strings.get(text) {
            return Untrusted::new(Arc::clone(known));
        }
        let new: Arc<str> = Arc::from(text);
        self.strings.insert(Arc::clone(&new));
        Untrusted::new(new)
    }

    /// The shared copy of a set of pairs, in the order given.
    pub fn pairs(&mut self, pairs: Vec<(Untrusted, Untrusted)>) -> Pairs {
        if let Some(known) = self.pairs.get(pairs.as_slice()) {
            return Arc::clone(known);
        }
        let new: Pairs = pairs.into();
        self.pairs.insert(Arc::clone(&new));
        new
    }

    /// Forgets what nobody holds any more. Called after a relist.
    pub fn sweep(&mut self) {
        self.pairs.retain(|pairs| Arc::strong_count(pairs) > 1);
        self.strings.retain(|text| Arc::strong_count(text) > 1);
    }
}
