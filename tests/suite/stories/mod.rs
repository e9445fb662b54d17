//! Stories: what somebody sees and can do in front of the program, told on the pure core and the real screens.

mod look_now;
