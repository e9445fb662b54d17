//! The laboratory does what it says: a test that relies on a cause must not pass because the cause never came.

mod servers;
mod stages;

mod identities;
mod refusals;

mod faults;
mod streams;
