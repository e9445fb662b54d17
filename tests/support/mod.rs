//! What several suites need to look at the program from outside.

pub(crate) mod cast;
pub(crate) mod cockpit;
pub(crate) mod fake_api;
pub(crate) mod flight;
pub(crate) mod histories;
pub(crate) mod pty;
pub(crate) mod rollout_status;
pub(crate) mod story;
pub(crate) mod watching;
