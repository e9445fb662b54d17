//! A hundred thousand random histories, where the tests run a thousand: nothing leaves but what an armed sheet showed. Prints
//! how many there were and how long they took; a history that breaks the rule is made as short as it can be and ends it.
//!
//! HISTORIES=100000 is the default.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a search for counterexamples stops at what it did not expect, prints, and takes real time"
)]

#[expect(dead_code, reason = "histories need less of it than the tests do")]
#[path = "../tests/support/cockpit.rs"]
mod cockpit;
#[path = "../tests/support/histories.rs"]
mod histories;

use std::time::Instant;

use proptest::test_runner::{Config, TestRunner};

fn main() {
    // Whoever only wants to know that it builds does not say --bench.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let count = std::env::var("HISTORIES").map_or(100_000, |text| text.parse().expect("a number"));
    let began = Instant::now();
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(count)
    });
    let found = runner.run(&histories::history(60), |history| {
        histories::check_history(&history)
    });
    if let Err(broken) = found {
        panic!("the rule is broken: {broken}");
    }
    println!(
        "{count} histories in {:.1} s: nothing left but what an armed sheet showed",
        began.elapsed().as_secs_f64()
    );
}
