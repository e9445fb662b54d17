use crate::support::cast;
use crate::support::story::Story;
use flightdeck::domain::Answer;
#[test]
fn show() {
    for (w, h) in [(80, 24), (120, 36)] {
        let mut s = Story::of(&cast::fleet()).size(w, h);
        println!("{}\n", s.screen());
        s.press(&["."]);
        println!("{}\n", s.screen());
        s.press(&["esc"]).select("checkout");
        s.cockpit.object = Answer::Found(cast::object(&cast::paused("checkout")).into());
        s.press(&["enter"]);
        println!("{}\n", s.screen());
        s.press(&["tab"]);
        println!("{}\n", s.screen());
        s.press(&["space"]).look_at_sheet();
        println!("{}\n", s.screen());
        s.press(&["esc", "esc", ":"]);
        println!("{}\n", s.screen());
        s.press(&["esc", "?"]);
        println!("{}\n", s.screen());
        s.press(&["esc", "x"]);
        println!("{}\n", s.screen());
        s.press(&["esc"]).select("web-front").press(&["space"]).look_at_sheet();
        println!("{}\n", s.screen());
        s.press(&["esc"]).select("search-api").press(&["enter"]);
        println!("{}\n", s.screen());
    }
}
