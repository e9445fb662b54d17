//! Bodies that kubectl sends as protobuf whatever a server says that it takes: questions about oneself, and what its `create`
//! commands make. Anything with a field that is not in the tables here is refused, so that nothing is lost without a word.

mod reading;
mod tables;

pub(super) use reading::object;
