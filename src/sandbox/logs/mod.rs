//! What the containers of pods write: lines made from the pod alone, so that asking twice gives the same ones. Nothing runs, and
//! nothing is kept.

mod answer;
mod asked;
mod run;

pub(super) use answer::answer;
