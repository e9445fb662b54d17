//! PromQL: reading a query, saying what is wrong with it, and answering it from samples.
//!
//! The grammar is Prometheus' own, whole, so that a query for a real server is never called wrong here. What can be answered is the
//! part that is listed in `evaluate`; anything else is refused by its name. A leaf: it knows no server, no clock and no cluster. No
//! crate does this without a second date library and twenty more crates for a parser generator.

mod mistake;
mod lex;
mod expr;
mod operator;
mod parser;
mod parse;
mod selector;
mod shape;
mod labels;
mod source;
mod evaluate;
mod counter;
mod histogram;
mod aggregate;
mod binary;

pub use evaluate::{Refusal, evaluate};
pub use expr::{Expr, Grouping, Selector};
pub use labels::Labels;
pub use mistake::Mistake;
pub use parse::parse;
pub use selector::{Compare, Matcher, Wanted};
pub use shape::Shape;
pub use source::{STALE, Sample, Samples, Series, Value, is_stale};
