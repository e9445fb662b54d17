//! One kind kept up to date: lists, watches, bookmarks, pokes.

use std::time::Duration;

use flightdeck::adapters::kube::{Backoff, Timing};
use flightdeck::domain::{KindState, ObjectKind};
use flightdeck::objects::Change;

use crate::support::fake_api::{Reply, Seen, Then};
use crate::support::watching::{gone, list, run, script, timing, watching};

#[tokio::test]
async fn a_list_is_told_from_beginning_to_end_and_then_watched() {
    let mut running = run(ObjectKind::Pod, timing(), |seen: &Seen| {
        if seen.is_watch() {
            watching(vec![gone("a", 11)], Then::Hang)
        } else {
            list(10, &["5", "6"])
        }
    })
    .await;
    let first = running.next().await;
    assert!(
        matches!(
            first,
            Change::Health {
                state: KindState::Listing { seen: 0, .. },
                ..
            }
        ),
        "{first:?}"
    );
    assert!(matches!(running.next().await, Change::ListBegan(_)));
    // What cannot be decoded is told and costs the others nothing.
    assert!(matches!(running.next().await, Change::Odd(_)));
    assert!(matches!(running.next().await, Change::Odd(_)));
    assert!(matches!(running.next().await, Change::ListEnded(_)));
    running.until_live().await;
    running.until_deleted("shop/a").await;
    let (listed, watched) = (running.api.next().await, running.api.next().await);
    assert_eq!(listed.path, "/api/v1/namespaces/shop/pods?resourceVersion=0");
    assert_eq!(
        watched.path,
        "/api/v1/namespaces/shop/pods?watch=1&allowWatchBookmarks=true&timeoutSeconds=290&resourceVersion=10"
    );
}

#[tokio::test]
async fn large_lists_come_in_bounded_batches() {
    let many: Vec<&str> = std::iter::repeat_n("7", 2000).collect();
    let big = list(10, &many);
    let mut running = run(ObjectKind::Pod, timing(), move |seen: &Seen| {
        if seen.is_watch() {
            watching(vec![], Then::Hang)
        } else {
            big.clone()
        }
    })
    .await;
    let mut odd = 0;
    running
        .until(|change| {
            odd += usize::from(matches!(change, Change::Odd(_)));
            matches!(change, Change::ListEnded(_))
        })
        .await;
    assert_eq!(odd, 2000);
}

#[tokio::test]
async fn a_watch_that_ends_in_good_order_goes_on_without_a_word() {
    let mut running = run(
        ObjectKind::Pod,
        timing(),
        script(|count, _| match count {
            1 => watching(vec![gone("a", 11)], Then::End),
            _ => watching(vec![gone("b", 12)], Then::Hang),
        }),
    )
    .await;
    running.until_deleted("shop/a").await;
    let next = running
        .until(|change| {
            !matches!(
                change,
                Change::Health {
                    state: KindState::Live { .. },
                    ..
                }
            )
        })
        .await;
    assert!(matches!(next, Change::Deleted { .. }), "{next:?}");
}

#[tokio::test]
async fn a_poke_ends_every_wait_and_lists_again() {
    let slow = Backoff {
        first: Duration::from_secs(3600),
        most: Duration::from_secs(3600),
    };
    let timing = Timing {
        retry: slow,
        slow,
        watch_idle: Duration::from_secs(3600),
        ..timing()
    };
    let mut count = 0;
    let mut running = run(ObjectKind::Pod, timing, move |seen: &Seen| {
        count += 1;
        match count {
            1 => Reply::status(403, "Forbidden", "no"),
            _ if seen.is_watch() => watching(vec![], Then::Hang),
            _ => list(10, &[]),
        }
    })
    .await;
    running
        .until(|change| {
            matches!(
                change,
                Change::Health {
                    state: KindState::Forbidden { .. },
                    ..
                }
            )
        })
        .await;
    running.poke.all();
    running
        .until(|change| matches!(change, Change::ListEnded(_)))
        .await;
    running.poke.all();
    running
        .until(|change| matches!(change, Change::ListEnded(_)))
        .await;
}

#[tokio::test]
async fn pages_are_followed_when_the_server_makes_some() {
    let mut running = run(ObjectKind::Event, timing(), |seen: &Seen| {
        if seen.is_watch() {
            watching(vec![], Then::Hang)
        } else if seen.path.contains("continue=next%2F1") {
            list(10, &["6"])
        } else {
            Reply::json(
                200,
                r#"{"metadata":{"resourceVersion":"10","continue":"next/1"},"items":[5]}"#,
            )
        }
    })
    .await;
    let mut told = (0, 0);
    running
        .until(|change| {
            told.0 += usize::from(matches!(change, Change::ListBegan(_)));
            told.1 += usize::from(matches!(change, Change::Odd(_)));
            matches!(change, Change::ListEnded(_))
        })
        .await;
    assert_eq!(told, (1, 2));
    assert!(
        running
            .api
            .next()
            .await
            .path
            .contains("fieldSelector=type%21%3DNormal")
    );
}

#[tokio::test]
async fn it_ends_when_nobody_listens() {
    let running = run(
        ObjectKind::Pod,
        timing(),
        script(|_, _| watching(vec![], Then::Hang)),
    )
    .await;
    drop(running.changes);
    tokio::time::timeout(Duration::from_secs(20), running.task)
        .await
        .expect("it ends")
        .unwrap();
}
