//! Every case of the contract on the embedded cluster: a test for each topic.

use std::sync::Arc;

use crate::contract::{CASES, Case, Embedded, play, with_cases};

/// Cases played at the same time: most of their time is waiting.
const AT_ONCE: usize = 12;

macro_rules! on_the_sandbox {
    ($($topic:ident: [$($case:ident,)*],)*) => {
        $(#[tokio::test]
        async fn $topic() {
            holds(concat!(stringify!($topic), "::")).await;
        })*
    };
}

with_cases!(on_the_sandbox);

async fn holds(topic: &str) {
    let cases: Vec<Case> = CASES
        .iter()
        .copied()
        .filter(|(name, _)| name.starts_with(topic))
        .collect();
    assert!(!cases.is_empty());
    let told = play(Arc::new(Embedded::start().await), &cases, AT_ONCE).await;
    assert_eq!(told.len(), cases.len(), "two cases have one name");
    let failed: Vec<String> = told
        .into_iter()
        .filter_map(|(name, why)| Some(format!("{name}: {}", why?)))
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}
