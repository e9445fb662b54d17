//! The demo flown by keys, from a release that goes wrong to users who are served again, under a clock that is set.

use crate::support::flight::Flight;

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
