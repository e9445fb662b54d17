//! Who may do what: a handful of callers with a role each, and their answers to questions about oneself. Roles cannot be changed
//! from outside; a caller is chosen by its context in the kubeconfig.

mod callers;
mod asked;
mod review;

pub(super) use asked::Wish;
pub(super) use callers::{CALLERS, Caller, STRANGER};
pub(super) use review::answer;
