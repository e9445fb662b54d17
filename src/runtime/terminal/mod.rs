//! The terminal, in both directions: keys in, frames out, and back to how it was however the program ends. Knows
//! nothing of what is shown or meant.

mod burst;
mod capabilities;
mod clipboard;
mod input;
mod key;
mod line;
mod paste;
mod reassemble;
mod screen;
mod sequence;
mod session;
mod signals;
mod writer;

pub use capabilities::{Capabilities, Multiplexer};
pub use clipboard::{TooLong, copy, title};
pub use input::Input;
pub use reassemble::{Reassembler, TermEvent};
pub use screen::Screen;
pub use session::{CannotSuspend, Options, Session};
pub use signals::{Signal, Signals};
pub use writer::{Busy, Writer};
