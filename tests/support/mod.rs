//! What several suites need to look at the program from outside.

pub(crate) mod cockpit;
pub(crate) mod pty;
pub(crate) mod cast;
pub(crate) mod story;
