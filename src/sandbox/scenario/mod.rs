//! What happens in a sandbox, as data: which images behave how, which Deployments there are, who does what to them and when.
//!
//! docs/SCENARIOS.md says what can be written. A scenario is checked as a whole before anything is played; it deliberately has
//! no conditions and no loops: what follows from what is the controllers' business.

mod written;
mod check;
mod fleet;
mod playable;
mod manifest;
mod git;
mod play;
mod shipped;

pub(super) use play::Play;
pub use playable::{Scenario, ScenarioError};
pub(super) use shipped::tour;
pub use shipped::{Shipped, TOUR, shipped};
