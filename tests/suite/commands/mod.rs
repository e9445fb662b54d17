//! The built program's commands: what they say on which stream, and how they end.

mod desk;
mod status;
