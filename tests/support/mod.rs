//! What several suites need to look at the program from outside.

pub(crate) mod cockpit;
pub(crate) mod histories;
pub(crate) mod pty;
