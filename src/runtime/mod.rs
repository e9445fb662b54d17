//! What runs: the only place that awaits. It owns the terminal and every task; it decides nothing about rollouts.

pub mod terminal;
