//! What several suites need to look at the program from outside.

pub(crate) mod pty;
