//! What becomes of a decision, told as it is: in the record, on the sheet, and by a later run.

use flightdeck::app::{Action, Earlier, Effect, Event, RecordEvent, RequestAnswer, RequestId};
use flightdeck::domain::{Outcome, Step};

use crate::support::cast::begin;
use crate::support::cockpit::{Cockpit, rollout};
use crate::support::story::Story;

/// A cockpit in which `web` was confirmed to be paused, and the request.
fn paused() -> (Cockpit, RequestId) {
    let mut cockpit = Cockpit::with(&[rollout("web")]);
    cockpit.act(Action::Do(Step::Pause));
    cockpit.look();
    cockpit.type_text("y");
    let id = cockpit.model.follows.last().unwrap().id;
    (cockpit, id)
}

fn noted(cockpit: &Cockpit) -> Vec<&str> {
    let words = cockpit.effects.iter().filter_map(|effect| match effect {
        Effect::Note { words, .. } => Some(words.as_str()),
        _ => None,
    });
    words.collect()
}

#[test]
fn what_was_so_already_is_followed_no_further() {
    let (mut cockpit, _) = paused();
    cockpit.outcome(Outcome::AlreadySo);
    let mut web = rollout("web");
    web.paused = true;
    cockpit.show(&[web]);
    cockpit.show(&[rollout("web")]);
    assert_eq!(noted(&cockpit), Vec::<&str>::new());
    assert!(
        cockpit.sheet_says().contains("so already"),
        "{}",
        cockpit.sheet_says()
    );
}

#[test]
fn a_line_that_is_written_later_turns_good_on_the_sheet() {
    let (mut cockpit, id) = paused();
    let problem = Some("/state is locked".into());
    cockpit.answer(id, RequestAnswer::Recorded { problem });
    assert!(cockpit.sheet_says().contains("! not written: /state is locked"));
    cockpit.event(Event::Record(RecordEvent::CaughtUp));
    let words = cockpit.sheet_says();
    assert!(
        words.contains("✓ on disk") && !words.contains("not written"),
        "{words}"
    );
}

fn undone(is_open: bool) -> Event {
    let web = rollout("web");
    let undo = Earlier {
        rollout: "shop/web".into(),
        uid: web.uid,
        step: "undo".into(),
        at: begin(),
        by: Some("ann".into()),
        outcome: (!is_open).then(|| "done".into()),
        is_open,
    };
    Event::Record(RecordEvent::Earlier(vec![undo]))
}

#[test]
fn what_an_earlier_run_left_open_is_seen_wherever_one_looks_until_it_is_known() {
    let mut cockpit = Cockpit::with(&[rollout("web"), rollout("api")]);
    cockpit.event(undone(true));
    let mut story = Story::on(cockpit).size(120, 30);
    story
        .sees("1 to look at: x")
        .sees("undo: outcome unknown")
        .press(&["x"])
        .sees("undo shop/web by ann, another run")
        .sees("outcome unknown");
    story.cockpit.event(undone(false));
    story.sees_not("to look at").sees_not("outcome unknown");
}

#[test]
fn a_sheet_tells_what_another_run_did_last() {
    let mut cockpit = Cockpit::with(&[rollout("web")]);
    cockpit.event(undone(true));
    cockpit.act(Action::Do(Step::Pause));
    let words = cockpit.sheet_says();
    assert!(words.contains("by ann: outcome unknown"), "{words}");
    cockpit.event(undone(false));
    let words = cockpit.sheet_says();
    assert!(words.contains("by ann: done"), "{words}");
}
