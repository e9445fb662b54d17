//! One kind kept up to date through everything that servers and networks do. Time limits are short, nothing sleeps.

use flightdeck::domain::{KindState, ObjectKind};
use flightdeck::objects::Change;

use crate::support::fake_api::{Reply, Seen, Then};
use crate::support::watching::{event, gone, list, run, script, timing, watching};

#[tokio::test]
async fn after_a_disconnect_it_goes_on_where_it_was() {
    let mut running = run(
        ObjectKind::Pod,
        timing(),
        script(|count, _| match count {
            1 => watching(vec![gone("a", 11), event("BOOKMARK", "", 42)], Then::Break),
            _ => watching(vec![gone("b", 43)], Then::Hang),
        }),
    )
    .await;
    running.until_deleted("shop/a").await;
    let why = running.until_stale().await;
    assert!(why.contains("connection broke"), "{why}");
    running.until_live().await;
    running.until_deleted("shop/b").await;
    let paths: Vec<String> = running.api.seen().into_iter().map(|seen| seen.path).collect();
    assert_eq!(paths.len(), 3, "no second list: {paths:?}");
    assert!(
        paths[2].ends_with("resourceVersion=42"),
        "the bookmark counts: {paths:?}"
    );
}

#[tokio::test]
async fn what_is_too_old_is_listed_again_and_this_time_the_newest() {
    let error =
        br#"{"type":"ERROR","object":{"kind":"Status","message":"too old resource version","code":410}}"#;
    let mut running = run(
        ObjectKind::Pod,
        timing(),
        script(move |count, _| match count {
            1 => watching(vec![error.to_vec()], Then::End),
            2 => Reply::status(410, "Expired", "too old"),
            _ => watching(vec![gone("a", 11)], Then::Hang),
        }),
    )
    .await;
    running.until_deleted("shop/a").await;
    let lists: Vec<String> = running
        .api
        .seen()
        .into_iter()
        .filter(|seen| !seen.is_watch())
        .map(|seen| seen.path)
        .collect();
    assert_eq!(lists.len(), 3, "{lists:?}");
    assert!(
        lists[0].contains("resourceVersion=0") && !lists[1].contains("resourceVersion"),
        "{lists:?}"
    );
}

#[tokio::test]
async fn garbage_in_a_watch_asks_for_everything_again() {
    let mut running = run(
        ObjectKind::Pod,
        timing(),
        script(|count, _| match count {
            1 => watching(vec![gone("a", 11), b"<html>".to_vec()], Then::Hang),
            2 => watching(vec![br#"{"type":5}"#.to_vec()], Then::Hang),
            _ => watching(vec![gone("b", 12)], Then::Hang),
        }),
    )
    .await;
    let why = running.until_stale().await;
    assert!(why.contains("cannot be read"), "{why}");
    running.until_deleted("shop/b").await;
    let lists = running.api.seen().iter().filter(|seen| !seen.is_watch()).count();
    assert_eq!(lists, 3);
}

#[tokio::test]
async fn an_object_that_makes_no_sense_costs_only_itself() {
    let odd = b"{\"type\":\"ADDED\",\"object\":5}\n".to_vec();
    let mut running = run(
        ObjectKind::Pod,
        timing(),
        script(move |_, _| watching(vec![odd.clone(), gone("b", 12)], Then::Hang)),
    )
    .await;
    running.until(|change| matches!(change, Change::Odd(_))).await;
    running.until_deleted("shop/b").await;
}

#[tokio::test]
async fn silence_is_not_mistaken_for_quiet() {
    let mut running = run(
        ObjectKind::Pod,
        timing(),
        script(|count, _| match count {
            1 => watching(vec![event("BOOKMARK", "", 11)], Then::Hang),
            2 => Reply::Silence,
            _ => watching(vec![gone("a", 12)], Then::Hang),
        }),
    )
    .await;
    let why = running.until_stale().await;
    assert!(why.contains("no answer within 100 ms"), "{why}");
    let why = running.until_stale().await;
    assert!(why.contains("no answer within 200 ms"), "{why}");
    running.until_deleted("shop/a").await;
}

#[tokio::test]
async fn a_list_that_hangs_breaks_or_is_cut_short_never_ends_as_a_list() {
    let mut count = 0;
    let half = br#"{"metadata":{"resourceVersion":"1"},"items":[{}"#.to_vec();
    let mut running = run(ObjectKind::Pod, timing(), move |seen: &Seen| {
        if seen.is_watch() {
            return watching(vec![], Then::Hang);
        }
        count += 1;
        match count {
            1 => Reply::chunks(200, vec![half.clone()], Then::Hang),
            2 => Reply::chunks(200, vec![half.clone()], Then::Break),
            3 => Reply::chunks(200, vec![half.clone()], Then::End),
            4 => Reply::HangUp,
            5 => Reply::page(200, "<title>Sign in</title>"),
            6 => Reply::status(503, "ServiceUnavailable", "starting"),
            _ => list(10, &[]),
        }
    })
    .await;
    for tries in 1..=6 {
        let seen = running
            .until(|change| {
                matches!(
                    change,
                    Change::ListEnded(_)
                        | Change::Health {
                            state: KindState::Stale { .. },
                            ..
                        }
                )
            })
            .await;
        let Change::Health {
            state:
                KindState::Stale {
                    tries: told,
                    heard_at: None,
                    ..
                },
            ..
        } = seen
        else {
            panic!("{seen:?}")
        };
        assert_eq!(told, tries);
    }
    running
        .until(|change| matches!(change, Change::ListEnded(_)))
        .await;
}

#[tokio::test]
async fn a_missing_right_or_kind_is_told_and_tried_again() {
    let mut count = 0;
    let mut running = run(ObjectKind::ArgoRollout, timing(), move |seen: &Seen| {
        count += 1;
        match count {
            1 => Reply::status(403, "Forbidden", "jane cannot list rollouts"),
            2 => Reply::json(404, "404 page not found").with("content-type", "text/plain"),
            3 => Reply::status(401, "Unauthorized", "Unauthorized"),
            4 => Reply::status(429, "TooManyRequests", "busy"),
            _ if seen.is_watch() => watching(vec![], Then::Hang),
            _ => list(10, &[]),
        }
    })
    .await;
    let mut states = Vec::new();
    while !matches!(states.last(), Some(KindState::Live { .. })) {
        if let Change::Health { state, .. } = running.next().await {
            states.push(state);
        }
    }
    let words: Vec<String> = states.iter().map(|state| format!("{state:?}")).collect();
    assert!(
        words.iter().any(|word| word.contains("jane cannot list")),
        "{words:?}"
    );
    assert!(states.contains(&KindState::Absent), "{words:?}");
    assert!(
        words
            .iter()
            .any(|word| word.contains("does not accept these credentials")),
        "{words:?}"
    );
    assert!(words.iter().any(|word| word.contains("busy")), "{words:?}");
}
