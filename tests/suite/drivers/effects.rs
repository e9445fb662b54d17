//! How far a plan has come, from what is watched; and what became of one whose answer was lost.

use flightdeck::domain::{Answer, EffectSeen, Plan, Planner as _, Step};

use super::objects::{Thing, at, deployment, moving, replica_set, set_counts};
use super::observe::{drivers, observe};
use super::plans::{apply, found, planned};

const RESTARTED_AT: &str = "/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt";

fn effect(plan: &Plan, objects: &[Thing]) -> EffectSeen {
    drivers().effect(plan, Some(&observe(objects)))
}

fn resolve(plan: &Plan, object: &Thing) -> EffectSeen {
    drivers().resolve(plan, &found(&object.0))
}

fn paused() -> Thing {
    deployment(3).with("/spec/paused", true)
}

/// The controller says that it has seen the pause.
fn acknowledged(thing: Thing) -> Thing {
    thing.condition(
        "Progressing",
        "Unknown",
        "DeploymentPaused",
        "Deployment is paused",
        at(1),
    )
}

#[test]
fn a_pause_is_done_when_the_controller_says_that_it_is_paused() {
    let plan = planned(&deployment(3).0, Step::Pause).unwrap();
    assert_eq!(effect(&plan, &[deployment(3)]), EffectSeen::NotYet);
    let unseen = paused().with("/metadata/generation", 4);
    assert_eq!(effect(&plan, &[unseen]), EffectSeen::Written);
    assert_eq!(
        effect(&plan, &[paused()]),
        EffectSeen::Written,
        "seen, and not yet acted on"
    );
    assert_eq!(effect(&plan, &[acknowledged(paused())]), EffectSeen::Done);
    let gone_on = acknowledged(paused()).with("/metadata/generation", 4);
    assert_eq!(
        effect(&plan, &[gone_on]),
        EffectSeen::Written,
        "the condition is of an earlier pause"
    );
}

#[test]
fn where_the_controller_has_no_word_for_it_a_pause_is_done_when_seen() {
    let plan = planned(&deployment(3).0, Step::Pause).unwrap();
    let none = paused().with("/spec/progressDeadlineSeconds", 2_147_483_647);
    assert_eq!(
        effect(&plan, &[none]),
        EffectSeen::Done,
        "without a deadline it writes no condition"
    );
    let gave_up = paused().condition("Progressing", "False", "ProgressDeadlineExceeded", "", at(0));
    assert_eq!(
        effect(&plan, &[gave_up]),
        EffectSeen::Done,
        "after giving up it leaves the condition alone"
    );
}

#[test]
fn a_resume_is_done_when_the_controller_has_seen_it() {
    let plan = planned(&paused().0, Step::Resume).unwrap();
    assert_eq!(effect(&plan, &[acknowledged(paused())]), EffectSeen::NotYet);
    assert_eq!(
        effect(&plan, &[deployment(3).with("/metadata/generation", 4)]),
        EffectSeen::Written
    );
    assert_eq!(effect(&plan, &[deployment(3)]), EffectSeen::Done);
}

#[test]
fn a_restart_is_done_when_every_pod_is_new() {
    let plan = planned(&deployment(3).0, Step::Restart).unwrap();
    assert_eq!(
        effect(&plan, &[deployment(3), replica_set("v2", 3)]),
        EffectSeen::NotYet
    );
    let stamp = plan.changes[0].to.raw().to_owned();
    let restarted = |web: Thing| web.with(RESTARTED_AT, stamp.as_str());
    let new = |existing, ready| {
        let set = restarted(replica_set("v2", 3))
            .named("web-new")
            .with("/metadata/uid", "new-uid");
        set_counts(set, existing, ready)
    };
    let unseen = restarted(deployment(3)).with("/metadata/generation", 4);
    assert_eq!(
        effect(&plan, &[unseen, replica_set("v2", 3)]),
        EffectSeen::Written
    );
    let half = restarted(moving(3).counts(4, 2, 4, 4));
    assert_eq!(
        effect(&plan, &[half, new(2, 2), replica_set("v2", 2)]),
        EffectSeen::Written
    );
    let done = restarted(deployment(3));
    assert_eq!(
        effect(&plan, &[done, new(3, 3), replica_set("v2", 0)]),
        EffectSeen::Done
    );
    let by_another = deployment(3).with(RESTARTED_AT, "2026-03-01T12:59:59Z");
    assert_eq!(
        effect(&plan, &[by_another, replica_set("v2", 3)]),
        EffectSeen::NotYet
    );
}

#[test]
fn what_is_gone_or_made_anew_shows_no_effect() {
    let plan = planned(&deployment(3).0, Step::Pause).unwrap();
    assert_eq!(drivers().effect(&plan, None), EffectSeen::Gone);
    let anew = acknowledged(paused()).with("/metadata/uid", "made-anew");
    assert_eq!(effect(&plan, std::slice::from_ref(&anew)), EffectSeen::Gone);
    assert_eq!(resolve(&plan, &anew), EffectSeen::Gone);
    assert_eq!(drivers().resolve(&plan, &Answer::Gone), EffectSeen::Gone);
}

#[test]
fn a_lost_answer_is_found_by_the_change_or_by_the_guard() {
    for (before, step) in [
        (deployment(3), Step::Pause),
        (paused(), Step::Resume),
        (deployment(3), Step::Restart),
    ] {
        let plan = planned(&before.0, step).unwrap();
        let after = Thing(apply(&plan, &before.0).unwrap());
        assert_eq!(
            resolve(&plan, &after),
            EffectSeen::Written,
            "{step:?} was applied"
        );
        assert_eq!(resolve(&plan, &before), EffectSeen::NotYet, "{step:?} was not");
        let status = before.clone().counts(4, 1, 3, 3).with("/metadata/generation", 9);
        assert_eq!(
            resolve(&plan, &status),
            EffectSeen::NotYet,
            "{step:?} guards no status"
        );
    }
}

#[test]
fn what_shows_neither_the_change_nor_the_guard_cannot_be_told() {
    for (before, step) in [
        (deployment(3), Step::Pause),
        (paused(), Step::Resume),
        (deployment(3), Step::Restart),
    ] {
        let plan = planned(&before.0, step).unwrap();
        let edited = before.with("/spec/template/spec/containers/0/image", "shop/web:v9");
        assert_eq!(resolve(&plan, &edited), EffectSeen::CannotTell, "{step:?}");
        for unreadable in [
            Answer::Failed("timed out".to_owned()),
            Answer::Found("<html>".into()),
        ] {
            assert_eq!(drivers().resolve(&plan, &unreadable), EffectSeen::CannotTell);
        }
    }
}

#[test]
fn a_restart_that_was_applied_and_another_after_it_cannot_be_told() {
    let plan = planned(&deployment(3).0, Step::Restart).unwrap();
    let again = deployment(3).with(RESTARTED_AT, "2026-03-01T12:59:59Z");
    assert_eq!(resolve(&plan, &again), EffectSeen::CannotTell);
}
