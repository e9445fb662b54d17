//! The commands that act: `pause`, `resume`, `restart`, `undo`, `set-image`, `scale`. They open the cockpit's own sheet without a
//! screen, confirm it by a plan's token, by what is typed below it in a terminal, or by `--yes`, and follow what becomes of it.
//!
//! No rule of acting is here and no write leaves from here: the guard approves, and the cockpit's desk sends.

mod order;
mod choice;
mod hand;
mod answer;
mod plan;
mod text;
mod prompt;
mod became;
mod run;
mod printed;
mod ask;

pub(super) use order::Order;
pub(super) use run::{Surroundings, run};
pub(in crate::runtime) use text::word;
