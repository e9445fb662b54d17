//! The screens: where the words of the views stand. Draws into a buffer and changes nothing; what has to be remembered from
//! frame to frame (how far lists are scrolled) is in [`Memory`].

mod frame;
mod chooser;
mod fleet;
mod rollout;
mod sheet;
mod overlay;
mod plain;

pub use frame::{Drawn, Memory, draw};
