//! Driver × state × key: what each acting key does in each state, kept beside this file and printed.

use std::fmt::Write as _;

use flightdeck::app::{Choosing, Overlay, Stage};
use flightdeck::domain::{Class, Rollout};
use serde_json::json;

use super::going_back::{all_of_v3, bad_hotfix, with};
use crate::drivers::objects::{Thing, deployment, moving, pods, replica_set, set_counts};
use crate::drivers::observe::together;
use crate::support::cast;
use crate::support::story::Story;

const KEYS: [&str; 7] = ["space", "a", "u", "R", "i", "s", "d"];

fn paused(mut things: Vec<Thing>) -> Vec<Thing> {
    things[0] = things[0].clone().with("/spec/paused", true);
    things
}

fn recreate(mut things: Vec<Thing>) -> Vec<Thing> {
    things[0] = things[0]
        .clone()
        .with("/spec/strategy", json!({ "type": "Recreate" }));
    things
}

/// A first release on its way: there is nothing to go back to.
fn first_release() -> Vec<Thing> {
    vec![
        moving(2).counts(2, 2, 0, 0),
        set_counts(replica_set("v2", 2), 2, 0),
    ]
}

fn at_zero() -> Vec<Thing> {
    let set = |version| set_counts(replica_set(version, 0), 0, 0);
    vec![deployment(0).counts(0, 0, 0, 0), set("v1"), set("v2")]
}

fn no_history() -> Vec<Thing> {
    let complete = deployment(2).with("/spec/revisionHistoryLimit", 0);
    together(&[&[complete, replica_set("v2", 2)], &pods("v2", 2)[..]])
}

type State = (&'static str, &'static str, Box<dyn Fn() -> Story>);

type Named<T> = (&'static str, fn() -> T);

fn states() -> Vec<State> {
    let deployments: Vec<Named<Vec<Thing>>> = vec![
        ("idle", all_of_v3),
        ("moving", bad_hotfix),
        ("moving, paused", || paused(bad_hotfix())),
        ("idle, paused", || paused(all_of_v3())),
        ("moving, Recreate", || recreate(bad_hotfix())),
        ("idle, Recreate", || recreate(all_of_v3())),
        ("first release", first_release),
        ("scaled to zero", at_zero),
        ("no history kept", no_history),
    ];
    let argo: Vec<Named<Rollout>> = vec![("canary, pause step", || cast::canary("web"))];
    let deployments = deployments.into_iter().map(|(name, things)| {
        let story: Box<dyn Fn() -> Story> = Box::new(move || with(&things()));
        ("deployment", name, story)
    });
    let argo = argo.into_iter().map(|(name, rollout)| {
        let story: Box<dyn Fn() -> Story> = Box::new(move || Story::of(&[rollout()]));
        ("argo", name, story)
    });
    deployments.chain(argo).collect()
}

/// What the key did: which sheet of which class and token, which chooser and what it leads to, or the words of the refusal.
fn what(story: &mut Story, key: &str) -> String {
    story.press(&[key]);
    let mut chosen = String::new();
    if let Some(Overlay::Chooser(chooser)) = story.cockpit.model.overlays.last() {
        chosen = match &chooser.choosing {
            Choosing::Revision { offered: Some(_), .. } => "chooser, one offered; ".to_owned(),
            Choosing::Revision { offered: None, .. } => "chooser, none offered; ".to_owned(),
            Choosing::Images { .. } => "images; ".to_owned(),
            Choosing::Replicas(_) => "pods; ".to_owned(),
        };
        match key {
            "i" => story.press(&["ctrl-u"]).type_text(":v9"),
            "s" => story.press(&["up"]),
            _undo if chosen.contains("none") => story.press(&["down"]),
            _undo => story,
        };
        story.press(&["enter"]);
        if let Some(Overlay::Chooser(chooser)) = story.cockpit.model.overlays.last() {
            return format!("{chosen}{}", chooser.problem.clone().unwrap_or_default());
        }
    }
    match story.cockpit.model.overlays.last() {
        Some(Overlay::Sheet(sheet)) => match (&sheet.stage, &sheet.plan) {
            (Stage::Refused(refusal), _) => format!("{chosen}✗ {}", refusal.why),
            (_, Some(plan)) => {
                let token = match plan.class {
                    Class::Stop => "y",
                    Class::Back | Class::Forward | Class::Override => &plan.token,
                };
                let against = plan.against.join("; ");
                let against = if against.is_empty() {
                    against
                } else {
                    format!(": {against}")
                };
                format!(
                    "{chosen}{} sheet, {}, type {token}{against}",
                    plan.step.words(),
                    plan.class.word()
                )
            }
            (stage, None) => format!("{chosen}{stage:?}"),
        },
        Some(Overlay::Diff(_)) => "diff".to_owned(),
        Some(other) => format!("{other:?}"),
        None => {
            let flash = story.cockpit.model.flash.as_ref();
            format!("✗ {}", flash.map_or("nothing", |(_, text, _)| text.as_str()))
        }
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "the table is for people, too")]
fn what_each_key_does_in_each_state_of_each_driver() {
    let mut table = String::new();
    for (driver, state, story) in states() {
        writeln!(table, "{driver}, {state}").unwrap();
        for key in KEYS {
            let mut story = story();
            let did = what(&mut story, key);
            assert_eq!(story.cockpit.writes().len(), 0, "no key sends anything");
            writeln!(table, "    {key:<6} {did}").unwrap();
        }
    }
    println!("{table}");
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("keys_by_state", table));
}

#[test]
fn the_direction_of_space_is_that_of_the_state_and_stands_on_the_sheet() {
    for (_, state, story) in states()
        .into_iter()
        .filter(|(driver, ..)| *driver == "deployment")
    {
        let mut story = story();
        let verb = if state.contains("paused") {
            "RESUME"
        } else {
            "PAUSE"
        };
        story.press(&["space"]);
        let sheet = story
            .cockpit
            .model
            .sheet()
            .map(|sheet| sheet.step.verb().to_uppercase());
        assert_eq!(sheet.as_deref(), Some(verb), "{state}");
        story.look_at_sheet().sees(verb);
    }
}
