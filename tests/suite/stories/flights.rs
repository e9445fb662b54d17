//! The demo flown by keys, from a release that goes wrong to users who are served again, under a clock that is set.

use crate::support::flight::Flight;

#[test]
fn users_feel_who_is_slow_and_who_fails() {
    let mut flight = Flight::of("slow-pod", 0);
    flight.story.select("shop/api");
    flight.press(&["enter"]);
    flight
        .story
        .sees("#1 current")
        .sees("  0% errors")
        .sees("metrics live 0s");
    // Half way two versions serve side by side.
    flight.pass(30);
    flight.story.sees("#2 new").sees("#1 old");
    let screen = flight.story.screen();
    assert_eq!(screen.matches("req/s").count(), 2, "{screen}");
    flight.pass(60);
    flight
        .story
        .sees("#2 current")
        .sees_not("  0% errors")
        .sees("% errors");
    // The other release fails nobody, and somebody waits for long.
    flight.press(&["esc"]);
    flight.story.select("shop/web");
    flight.press(&["enter"]);
    flight.story.sees("#2 current").sees("  0% errors");
    let screen = flight.story.screen();
    let slowest = screen
        .split("up to ")
        .nth(1)
        .and_then(|it| it.split_whitespace().next());
    assert!(
        slowest.is_some_and(|it| it.ends_with('s') && !it.ends_with("ms")),
        "{screen}"
    );
    // Back to the version that was good.
    flight.press(&["esc"]);
    flight.story.select("shop/api");
    flight.press(&["enter", "u", "enter"]);
    flight.confirm("v1").pass(60);
    flight.press(&["esc"]);
    flight.story.sees("#3 current").sees("  0% errors");
}

#[test]
fn a_bad_image_is_found_and_taken_back() {
    let mut flight = Flight::of("bad-image", 0);
    flight.story.sees("SANDBOX").sees("shop/web").sees("6/6");
    flight.pass(20);
    flight.story.sees("stuck").sees("ImagePullBackOff");
    flight.press(&["u"]);
    flight.story.sees("it still has");
    flight.press(&["enter"]);
    flight.story.sees("shop/web:v3 → shop/web:v2");
    flight.confirm("v2");
    flight.pass(12);
    flight.story.sees("✓ effect seen");
    flight.press(&["esc"]);
    flight.story.sees("6/6").sees("idle");
}

#[test]
fn what_waits_for_its_first_restart_is_not_told_to_have_none() {
    let mut flight = Flight::of("gitops", 13);
    flight.story.sees("CrashLoopBackOff Error").sees_not("×0");
}
