//! Random histories on the pure core: keys, frames, time, changes of the world and answers in any order. After every step,
//! nothing may have left but what an armed sheet showed.

use flightdeck::app::{Action, Event, KeyCode};
use flightdeck::domain::{Answer, Outcome};
use proptest::prelude::*;

use super::cockpit::{Cockpit, rollout};

/// One thing that can happen.
#[derive(Clone, Debug)]
pub(crate) enum Happens {
    Key(char),
    Enter,
    Esc,
    Act(usize),
    Paint,
    Wait(u64),
    Change(u8),
    Forget,
    Object(u8),
    Outcome(u8),
    Hear,
    Jump,
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        prop::sample::select(vec!['y', '3', '4', 'n', ' ']).prop_map(Happens::Key),
        Just(Happens::Enter),
        Just(Happens::Esc),
        (0..Action::ALL.len()).prop_map(Happens::Act),
        Just(Happens::Paint),
        prop::sample::select(vec![10_u64, 100, 450, 2_000, 70_000]).prop_map(Happens::Wait),
        (0..4_u8).prop_map(Happens::Change),
        Just(Happens::Forget),
        (0..3_u8).prop_map(Happens::Object),
        (0..3_u8).prop_map(Happens::Outcome),
        Just(Happens::Hear),
        Just(Happens::Jump),
    ]
}

fn apply(cockpit: &mut Cockpit, happens: &Happens) {
    match happens {
        Happens::Key(character) => cockpit.type_text(&character.to_string()),
        Happens::Enter => cockpit.press(KeyCode::Enter),
        Happens::Esc => cockpit.press(KeyCode::Esc),
        Happens::Act(index) => cockpit.act(Action::ALL[*index]),
        Happens::Paint => cockpit.paint(),
        Happens::Wait(millis) => cockpit.wait(*millis),
        Happens::Change(kind) => {
            let mut changed = rollout("web");
            changed.paused = kind % 2 == 1;
            changed.uid = if *kind > 2 { "uid-anew".into() } else { changed.uid };
            cockpit.show(&[changed]);
        }
        Happens::Forget => cockpit.forget("web"),
        Happens::Object(0) => cockpit.object = Answer::Gone,
        Happens::Object(kind) => cockpit.object = Answer::Found(format!("object {kind}").into()),
        Happens::Outcome(kind) if !cockpit.writes().is_empty() => cockpit.outcome(match kind {
            0 => Outcome::Accepted {
                object: None,
                audit_id: None,
                warnings: Vec::new(),
            },
            1 => Outcome::Unknown { why: "lost".into() },
            _ => Outcome::NotSent {
                why: "refused".into(),
            },
        }),
        Happens::Outcome(_) => {}
        Happens::Hear => cockpit.hear(),
        Happens::Jump => cockpit.event(Event::Jumped { why: "slept" }),
    }
}

/// A history of any length below `steps`.
pub(crate) fn history(steps: usize) -> impl Strategy<Value = Vec<Happens>> {
    prop::collection::vec(happens(), 0..steps)
}

/// Runs a history and checks after every step that what left was on an armed sheet, byte for byte.
pub(crate) fn check_history(history: &[Happens]) -> Result<(), TestCaseError> {
    let mut cockpit = Cockpit::with(&[rollout("web"), rollout("api")]);
    for step in history {
        let shown = cockpit.model.sheet().and_then(|sheet| {
            let body = sheet.plan.as_ref()?.writes.first()?.body.clone();
            let seen = sheet
                .seen
                .is_some_and(|seen| cockpit.millis >= seen.0 + cockpit.policy.arming_millis);
            Some((body, seen))
        });
        let before = cockpit.writes().len();
        apply(&mut cockpit, step);
        let writes = cockpit.writes();
        prop_assert!(writes.len() <= before + 1, "one step sent two writes: {step:?}");
        if writes.len() > before {
            let (body, seen) = shown.ok_or_else(|| TestCaseError::fail("sent without a sheet"))?;
            prop_assert!(seen, "sent before the sheet was seen long enough");
            prop_assert_eq!(
                writes.last().unwrap(),
                &body,
                "sent other bytes than the sheet showed"
            );
            let confirms = matches!(step, Happens::Key('y') | Happens::Enter);
            prop_assert!(confirms, "sent by {:?}", step);
        }
    }
    Ok(())
}
