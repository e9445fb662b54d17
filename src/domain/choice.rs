//! What a step has to be told beside its verb: where to, which image, how many. Chosen by a human before the sheet opens.

use super::{Image, Untrusted};

/// What a human chose for a step.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Choice {
    /// The verb says all.
    #[default]
    Nothing,
    /// Back to this revision. Known by the uid of the object that stands for it and by the hash of its template: numbers are
    /// given anew whenever a revision comes back.
    Revision {
        uid: Untrusted,
        hash: Option<Untrusted>,
    },
    /// Containers, each with the image that it is to run.
    Images(Vec<(Untrusted, Image)>),
    Replicas(u32),
}
