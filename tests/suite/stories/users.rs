//! What the users of a release feel, on the rollout screen.

use flightdeck::domain::Measured;

use super::scenes::{scene, traffic};

#[test]
fn nothing_is_said_where_nothing_is_configured() {
    scene("rollout_revisions").sees_not("metrics").sees_not("users");
}

#[test]
fn each_revision_has_its_numbers_at_every_size() {
    for (width, height) in [(80, 24), (120, 36), (250, 70)] {
        scene("rollout_users")
            .size(width, height)
            .sees("metrics live 5s")
            .sees("users  42 req/s  6.2% errors  p99 734ms")
            .sees("users  43 req/s  <0.1% errors  p99 85ms");
    }
}

#[test]
fn old_numbers_are_no_data_and_the_trouble_is_told_with_its_remedy() {
    let mut story = scene("rollout_users");
    story.cockpit.source(traffic(
        None,
        Some("monitoring/prometheus:9090: it gave no answer; wait"),
        0,
    ));
    story
        .sees("metrics live 5s")
        .sees("42 req/s")
        .sees("? metrics: monitoring/prometheus:9090");
    story.cockpit.wait(40_000);
    story
        .sees("metrics stale 45s")
        .sees("users  ? no data")
        .sees_not("req/s");
    // The trouble is over.
    story.cockpit.source(traffic(Some(Vec::new()), None, -40));
    story
        .sees("metrics live")
        .sees("users  ? no data")
        .sees_not("? metrics");
}

#[test]
fn a_reading_of_another_rollout_is_not_shown() {
    let mut story = scene("rollout_users");
    story.press(&["esc"]);
    let measured = Measured {
        requests: Some(7.0),
        ..Measured::default()
    };
    story
        .cockpit
        .source(traffic(Some(vec![("checkout-7c9d4fd-q2xkz", measured)]), None, 0));
    story.select("web-front").press(&["enter"]);
    story.sees_not("req/s").sees_not("metrics");
}
