//! Who wrote which field, and server-side apply, which is built on that. The shapes of lists are known by the names of their
//! fields, as far as clients use them; every other list belongs to one writer as a whole.

mod shape;
mod fields;
mod edit;
mod managers;
mod applying;

pub(super) use managers::{note, said};
