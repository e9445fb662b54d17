//! Stories: what somebody sees and can do in front of the program, told on the pure core and the real screens.

mod at_night;
mod going_back;
mod flights;
mod pictures;
mod scenes;
mod sizes;
mod snapshots;
mod table;
mod users;
