//! What the program may know beside its model when it decides: the time, the drivers, the rules of this context.

use jiff::Timestamp;

use crate::domain::{Environment, Moment, Planner};

/// The rules that configuration and the command line set for the open context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Only reads and access reviews leave; enforced again where requests are sent.
    pub read_only: bool,
    pub environment: Environment,
    /// An Event on the object tells others of what was done to it.
    pub events: bool,
    /// How long a sheet must have been on the screen before a key may confirm it.
    pub arming_millis: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            read_only: false,
            environment: Environment::Production,
            events: true,
            arming_millis: 400,
        }
    }
}

/// Handed to every decision.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The wall clock, for ages.
    pub now: Timestamp,
    /// The monotonic clock, for delays.
    pub moment: Moment,
    pub planner: &'a dyn Planner,
    pub policy: &'a Policy,
}
