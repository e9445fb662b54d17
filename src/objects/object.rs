//! One object of any kind that is kept.

use crate::domain::{Name, ObjectKind, Pod};

use super::Interner;

/// An item of a list or watch that could not be understood.
#[derive(Debug, thiserror::Error)]
#[error("{kind:?} cannot be read: {source}")]
pub struct DecodeError {
    pub kind: ObjectKind,
    /// Namespace and name, as far as they could be read.
    pub name: Option<Name>,
    pub source: serde_json::Error,
}

/// An object, reduced to what is kept of its kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Object {
    Pod(Pod),
}

impl Object {
    /// Decodes one item. `kind` is that of the list it came in (items of lists do not say their kind).
    ///
    /// # Errors
    ///
    /// When it is no JSON object of that kind, with the name as far as it could be read.
    pub fn decode(kind: ObjectKind, item: &[u8], interner: &mut Interner) -> Result<Self, DecodeError> {
        let _ = interner;
        serde_json::from_slice::<serde_json::Value>(item).map_err(|source| DecodeError {
            kind,
            name: None,
            source,
        })?;
        Err(DecodeError {
            kind,
            name: None,
            source: <serde_json::Error as serde::de::Error>::custom("unfinished"),
        })
    }

    /// Its kind.
    pub fn kind(&self) -> ObjectKind {
        match self {
            Self::Pod(_) => ObjectKind::Pod,
        }
    }
}
