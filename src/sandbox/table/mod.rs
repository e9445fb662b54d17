//! Objects as rows with cells, in the columns that the real server has for each kind, for clients that print them. It decides
//! nothing: what is not in an object is not in its row.

mod cell;
mod columns;
mod pod;
mod printed;
mod rows;

pub(super) use rows::{head, row};
