//! The pictures of the documentation are what the program draws, on the sandbox, flown by keys. `UPDATE_SCREENSHOTS=1 cargo test
//! --test suite pictures` writes them anew.

use std::fs;
use std::path::Path;

use flightdeck::ui::svg;

use crate::support::flight::Flight;

/// Compares with what is kept, or keeps it.
#[track_caller]
fn picture(flight: &mut Flight, (width, height): (u16, u16), file: &str) {
    let story = flight.story.resize(width, height);
    let drawn = svg(&story.see(), &story.look.theme);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    let path = folder.join(format!("{file}.svg"));
    if std::env::var_os("UPDATE_SCREENSHOTS").is_some() {
        fs::create_dir_all(&folder).unwrap();
        fs::write(&path, &drawn).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == drawn,
        "screenshots/{file}.svg is not what is drawn now: UPDATE_SCREENSHOTS=1 cargo test --test suite pictures\n{}",
        story.screen()
    );
}

const WIDE: (u16, u16) = (120, 36);
const SMALL: (u16, u16) = (80, 24);

#[test]
fn a_tour_in_pictures() {
    let mut flight = Flight::of("tour", 12);
    picture(&mut flight, WIDE, "fleet");
    flight.story.select("shop/cart");
    flight.press(&["enter"]);
    picture(&mut flight, WIDE, "rollout");
    flight.press(&["u"]);
    picture(&mut flight, SMALL, "undo");
    flight.press(&["enter"]);
    flight.arm();
    picture(&mut flight, SMALL, "sheet");
    flight.confirm("v18").pass(9);
    flight.story.sees("✓ effect seen");
    picture(&mut flight, SMALL, "effect");
    flight.press(&["esc", "."]);
    picture(&mut flight, WIDE, "menu");
}

#[test]
fn a_repository_that_takes_it_back() {
    let mut flight = Flight::of("gitops", 25);
    flight.story.select("shop/web");
    flight.press(&["u", "enter"]);
    flight.confirm("v2").pass(12);
    flight.story.sees("✗ reverted by argocd-controller");
    picture(&mut flight, SMALL, "reverted");
}
