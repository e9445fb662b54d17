//! The cockpit on a cluster in this process, or that cluster alone. What is kept of it lies in a folder of its own, which goes
//! with it: a person's record and what was learnt of real clusters are not touched.

mod home;
mod choice;
mod fly;

pub use fly::DemoError;
pub(super) use fly::demo;
