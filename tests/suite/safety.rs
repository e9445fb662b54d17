//! The rules of acting, one test per rule, on the pure core.

use flightdeck::app::{
    Action, DryRun, Effect, Event, KeyCode, NoteProblem, Panes, Permission, Request, RequestAnswer,
    RequestId, SourceEvent, Stage,
};
use flightdeck::domain::{Answer, Environment, KindState, ObjectKind, Outcome, RefusalKind, Step};
use proptest::prelude::*;

use crate::support::cockpit::{Cockpit, rollout};
use crate::support::histories::{check_history, history};

const PAUSE: Action = Action::Do(Step::Pause);
const RESTART: Action = Action::Do(Step::Restart);

fn accepted() -> Outcome {
    Outcome::Accepted {
        object: None,
        audit_id: None,
        warnings: Vec::new(),
    }
}

fn one() -> Cockpit {
    Cockpit::with(&[rollout("web")])
}

/// Opens the sheet, looks at it, and types what confirms it.
fn confirm(cockpit: &mut Cockpit, action: Action) {
    cockpit.act(action);
    cockpit.look();
    if action == PAUSE {
        cockpit.type_text("y");
    } else {
        cockpit.type_text("3");
        cockpit.press(KeyCode::Enter);
    }
}

#[test]
fn a_key_opens_a_sheet_and_sends_nothing() {
    let mut cockpit = one();
    cockpit.act(PAUSE);
    assert!(cockpit.model.sheet().is_some());
    assert_eq!(cockpit.writes().len(), 0);
}

#[test]
fn a_confirmed_sheet_sends_the_bytes_that_it_showed_once() {
    let mut cockpit = one();
    cockpit.act(PAUSE);
    let shown = cockpit
        .model
        .sheet()
        .unwrap()
        .plan
        .as_ref()
        .unwrap()
        .writes
        .first()
        .unwrap()
        .body
        .clone();
    cockpit.look();
    cockpit.type_text("yyyy");
    assert_eq!(cockpit.writes(), vec![shown]);
}

#[test]
fn a_sheet_that_was_not_painted_cannot_be_confirmed() {
    let mut cockpit = one();
    cockpit.act(PAUSE);
    cockpit.wait(10_000);
    cockpit.type_text("y");
    assert_eq!(cockpit.writes().len(), 0);
}

#[test]
fn a_key_before_the_delay_is_ignored_and_restarts_it() {
    let mut cockpit = one();
    cockpit.act(PAUSE);
    cockpit.paint();
    cockpit.wait(300);
    cockpit.type_text("y");
    cockpit.wait(300);
    cockpit.type_text("y");
    assert_eq!(cockpit.writes().len(), 0);
    cockpit.wait(400);
    cockpit.type_text("y");
    assert_eq!(cockpit.writes().len(), 1);
}

#[test]
fn enter_alone_confirms_nothing() {
    for action in [PAUSE, RESTART] {
        let mut cockpit = one();
        cockpit.act(action);
        cockpit.look();
        cockpit.press(KeyCode::Enter);
        assert_eq!(cockpit.writes().len(), 0);
    }
}

#[test]
fn a_wrong_token_is_a_hint_and_the_right_one_goes_on() {
    let mut cockpit = one();
    cockpit.act(RESTART);
    cockpit.look();
    cockpit.type_text("4");
    cockpit.press(KeyCode::Enter);
    assert_eq!(cockpit.writes().len(), 0);
    assert!(cockpit.words().contains("type 3"), "{}", cockpit.words());
    cockpit.type_text("3");
    cockpit.press(KeyCode::Enter);
    assert_eq!(cockpit.writes().len(), 1);
}

#[test]
fn outside_production_y_is_enough_to_go_forward() {
    let mut cockpit = one();
    cockpit.policy.environment = Environment::Development;
    cockpit.act(RESTART);
    cockpit.look();
    cockpit.type_text("y");
    assert_eq!(cockpit.writes().len(), 1);
}

#[test]
fn a_paste_never_reaches_the_token() {
    let mut cockpit = one();
    cockpit.act(RESTART);
    cockpit.look();
    cockpit.event(Event::Paste("3\n".to_owned()));
    cockpit.press(KeyCode::Enter);
    assert_eq!(cockpit.writes().len(), 0);
    assert!(cockpit.words().contains("paste ignored"), "{}", cockpit.words());
}

#[test]
fn a_held_key_neither_opens_nor_confirms() {
    let mut cockpit = one();
    let held = |action| Event::Key {
        key: flightdeck::app::Key::char('y'),
        action,
        repeat: true,
    };
    cockpit.event(held(Some(PAUSE)));
    assert!(cockpit.model.sheet().is_none());
    cockpit.act(PAUSE);
    cockpit.look();
    cockpit.event(held(None));
    assert_eq!(cockpit.writes().len(), 0);
}

#[test]
fn stopping_waits_for_no_dry_run_review_or_read() {
    let mut cockpit = one();
    cockpit.answers = false;
    confirm(&mut cockpit, PAUSE);
    assert_eq!(cockpit.writes().len(), 1);
}

#[test]
fn stopping_is_allowed_on_stale_data_and_going_forward_is_not() {
    for (action, sent) in [(PAUSE, 1), (RESTART, 0)] {
        let mut cockpit = one();
        cockpit.wait(200_000);
        confirm(&mut cockpit, action);
        assert_eq!(cockpit.writes().len(), sent, "{action:?}: {}", cockpit.words());
    }
}

#[test]
fn a_kind_that_was_never_read_refuses_going_forward() {
    let mut cockpit = one();
    let state = KindState::Listing {
        since: cockpit.now(),
        seen: 3,
    };
    cockpit.source(SourceEvent::Kind {
        kind: ObjectKind::Pod,
        namespace: None,
        state,
    });
    confirm(&mut cockpit, RESTART);
    assert_eq!(cockpit.writes().len(), 0);
    assert!(cockpit.words().contains("has been read"), "{}", cockpit.words());
}

#[test]
fn a_forbidden_kind_is_a_fact_and_not_staleness() {
    let mut cockpit = one();
    let state = KindState::Forbidden { message: "no".into() };
    cockpit.source(SourceEvent::Kind {
        kind: ObjectKind::Pod,
        namespace: None,
        state,
    });
    confirm(&mut cockpit, RESTART);
    assert_eq!(cockpit.writes().len(), 1, "{}", cockpit.words());
}

#[test]
fn a_dry_run_that_is_denied_refuses_every_class() {
    for action in [PAUSE, RESTART] {
        let mut cockpit = one();
        cockpit.dry_run = DryRun::Denied {
            words: "policy says no".into(),
        };
        confirm(&mut cockpit, action);
        assert_eq!(cockpit.writes().len(), 0);
        assert!(cockpit.words().contains("policy says no"), "{}", cockpit.words());
    }
}

#[test]
fn without_a_dry_run_going_forward_takes_an_extra_word() {
    for dry_run in [
        DryRun::Unsupported {
            words: "webhook".into(),
        },
        DryRun::TimedOut,
    ] {
        let mut cockpit = one();
        cockpit.dry_run = dry_run;
        confirm(&mut cockpit, RESTART);
        assert_eq!(cockpit.writes().len(), 0);
        assert!(cockpit.words().contains("no-dry-run"), "{}", cockpit.words());
        cockpit.type_text("3 no-dry-run");
        cockpit.press(KeyCode::Enter);
        assert_eq!(cockpit.writes().len(), 1, "{}", cockpit.words());
    }
}

#[test]
fn a_dry_run_that_has_not_answered_holds_up_going_forward() {
    let mut cockpit = one();
    cockpit.act(RESTART);
    let id = cockpit.model.sheet().unwrap().dry_run_id.unwrap();
    cockpit.model.sheet_mut().unwrap().dry_run = flightdeck::app::Check::Asking;
    cockpit.look();
    cockpit.type_text("3");
    cockpit.press(KeyCode::Enter);
    assert_eq!(cockpit.writes().len(), 0);
    let answer = DryRun::Accepted {
        object: None,
        also: Vec::new(),
        warnings: Vec::new(),
    };
    cockpit.answer(id, flightdeck::app::RequestAnswer::DryRun(answer));
    cockpit.type_text("3");
    cockpit.press(KeyCode::Enter);
    assert_eq!(cockpit.writes().len(), 1, "{}", cockpit.words());
}

#[test]
fn a_known_lack_of_rights_refuses_and_an_unknown_one_does_not() {
    let mut cockpit = one();
    cockpit.permission = Permission::Unknown {
        why: "reviews are forbidden".into(),
    };
    confirm(&mut cockpit, RESTART);
    assert_eq!(cockpit.writes().len(), 1);
    for action in [PAUSE, RESTART] {
        let mut cockpit = one();
        // Known only when the sheet asks: before that the answer was yes.
        cockpit.permission = Permission::No {
            why: "you may not patch".into(),
        };
        confirm(&mut cockpit, action);
        assert_eq!(cockpit.writes().len(), 0);
        assert!(
            cockpit.words().contains("you may not patch"),
            "{}",
            cockpit.words()
        );
    }
}

#[test]
fn a_known_lack_of_rights_dims_the_action_with_its_reason() {
    let mut cockpit = one();
    cockpit.permission = Permission::No {
        why: "you may not patch".into(),
    };
    cockpit.wait(61_000);
    cockpit.act(PAUSE);
    assert!(cockpit.model.sheet().is_none());
    assert!(
        cockpit.words().contains("you may not patch"),
        "{}",
        cockpit.words()
    );
}

#[test]
fn read_only_refuses_with_its_reason() {
    let mut cockpit = one();
    cockpit.policy.read_only = true;
    confirm(&mut cockpit, PAUSE);
    assert_eq!(cockpit.writes().len(), 0);
    assert!(cockpit.words().contains("read-only"), "{}", cockpit.words());
}

#[test]
fn a_guarded_fact_that_changes_turns_the_sheet_into_a_difference() {
    let mut cockpit = one();
    cockpit.act(RESTART);
    cockpit.look();
    cockpit.object = Answer::Found("somebody edited it".into());
    cockpit.type_text("3");
    cockpit.press(KeyCode::Enter);
    assert_eq!(cockpit.writes().len(), 0);
    assert_eq!(cockpit.model.sheet().unwrap().stage, Stage::Changed);
    // It must be seen, waited for and confirmed again.
    cockpit.type_text("3");
    cockpit.press(KeyCode::Enter);
    assert_eq!(cockpit.writes().len(), 0);
    cockpit.look();
    cockpit.type_text("3");
    cockpit.press(KeyCode::Enter);
    assert_eq!(cockpit.writes().len(), 1, "{}", cockpit.words());
    assert!(cockpit.writes().first().unwrap().contains("somebody edited it"));
}

#[test]
fn status_churn_does_not_disturb_an_open_sheet() {
    let mut cockpit = one();
    cockpit.act(PAUSE);
    cockpit.look();
    let mut churned = rollout("web");
    churned.counts.ready = 1;
    churned.generation = 7;
    cockpit.show(&[churned]);
    cockpit.type_text("y");
    assert_eq!(cockpit.writes().len(), 1);
}

#[test]
fn an_object_made_anew_under_the_same_name_is_another_one() {
    for action in [PAUSE, RESTART] {
        let mut cockpit = one();
        cockpit.act(action);
        cockpit.look();
        let mut anew = rollout("web");
        anew.uid = "uid-anew".into();
        cockpit.show(&[anew]);
        cockpit.type_text("y3");
        cockpit.press(KeyCode::Enter);
        assert_eq!(cockpit.writes().len(), 0);
        assert!(cockpit.words().contains("made anew"), "{}", cockpit.words());
    }
}

#[test]
fn what_was_deleted_meanwhile_is_refused() {
    let mut cockpit = one();
    cockpit.act(PAUSE);
    cockpit.look();
    cockpit.forget("web");
    cockpit.type_text("y");
    assert_eq!(cockpit.writes().len(), 0);
    assert!(cockpit.words().contains("gone"), "{}", cockpit.words());
}

#[test]
fn a_record_that_cannot_be_written_is_told_before_and_refuses_going_forward_only() {
    let mut cockpit = one();
    cockpit.record = Some("/state/decisions.jsonl cannot be written: no space left".into());
    confirm(&mut cockpit, RESTART);
    assert!(cockpit.writes().is_empty());
    let words = cockpit.words();
    assert!(
        words.contains("could not be recorded") && words.contains("no space left"),
        "{words}"
    );
    cockpit.press(KeyCode::Esc);
    cockpit.act(PAUSE);
    let words = cockpit.sheet_says();
    assert!(
        words.contains("record: /state") && words.contains("written as soon as that works"),
        "{words}"
    );
    cockpit.press(KeyCode::Esc);
    confirm(&mut cockpit, PAUSE);
    assert_eq!(cockpit.writes().len(), 1, "{}", cockpit.words());
    cockpit.press(KeyCode::Esc);
    // Mended: a new sheet looks again.
    cockpit.record = None;
    cockpit.outcome(accepted());
    cockpit.wait(31_000);
    cockpit.hear();
    confirm(&mut cockpit, RESTART);
    assert_eq!(cockpit.writes().len(), 2, "{}", cockpit.words());
}

#[test]
fn with_keys_that_go_to_other_panes_only_looking_is_allowed() {
    let mut cockpit = one();
    cockpit.panes = Panes::Synchronized;
    for action in [PAUSE, RESTART] {
        confirm(&mut cockpit, action);
        assert!(cockpit.writes().is_empty());
        let words = cockpit.words();
        assert!(words.contains("tmux setw synchronize-panes off"), "{words}");
        cockpit.press(KeyCode::Esc);
    }
    // No answer refuses nothing, and is told once.
    cockpit.panes = Panes::Unknown {
        why: "no tmux".into(),
    };
    let told = |cockpit: &Cockpit| {
        cockpit
            .model
            .messages
            .newest_first()
            .filter(|it| it.text.contains("synchronize-panes before"))
            .count()
    };
    confirm(&mut cockpit, PAUSE);
    assert_eq!((cockpit.writes().len(), told(&cockpit)), (1, 1));
    cockpit.press(KeyCode::Esc);
    cockpit.act(PAUSE);
    assert_eq!(told(&cockpit), 1);
}

#[test]
fn what_is_written_otherwise_than_the_dry_run_showed_is_told_and_recorded() {
    for (written, differs) in [("as shown", false), ("otherwise", true)] {
        let mut cockpit = one();
        cockpit.dry_run = DryRun::Accepted {
            object: Some("as shown".into()),
            also: Vec::new(),
            warnings: Vec::new(),
        };
        confirm(&mut cockpit, PAUSE);
        cockpit.outcome(Outcome::Accepted {
            object: Some(written.into()),
            audit_id: None,
            warnings: Vec::new(),
        });
        let says = cockpit.sheet_says();
        assert_eq!(
            says.contains("differs: from the dry run: /spec/paused"),
            differs,
            "{says}"
        );
        let recorded = cockpit.effects.iter().any(|effect| {
            matches!(effect, Effect::Note { words, .. } if words == "differs from the dry run: /spec/paused")
        });
        assert_eq!(recorded, differs);
    }
}

fn notes(cockpit: &Cockpit) -> Vec<RequestId> {
    let note = |effect: &Effect| match effect {
        Effect::Send {
            id,
            request: Request::Note(_),
            ..
        } => Some(*id),
        _ => None,
    };
    cockpit.effects.iter().filter_map(note).collect()
}

#[test]
fn others_are_told_on_the_object_what_the_server_accepted_and_nothing_else() {
    let mut cockpit = one();
    confirm(&mut cockpit, PAUSE);
    assert!(notes(&cockpit).is_empty(), "not before the server said yes");
    cockpit.outcome(Outcome::Unknown { why: "cut".into() });
    assert!(notes(&cockpit).is_empty());
    let mut cockpit = one();
    confirm(&mut cockpit, PAUSE);
    cockpit.outcome(accepted());
    assert_eq!(notes(&cockpit).len(), 1);
    // A missing right is told once, and not in the way.
    let flash = cockpit.words();
    let refused = |cockpit: &mut Cockpit| {
        let id = *notes(cockpit).last().unwrap();
        let problem = NoteProblem {
            is_forbidden: true,
            why: "not allowed".into(),
        };
        cockpit.answer(id, RequestAnswer::Noted(Some(problem)));
    };
    refused(&mut cockpit);
    refused(&mut cockpit);
    assert_eq!(cockpit.words(), flash);
    let told = cockpit.model.messages.newest_first();
    assert_eq!(told.filter(|it| it.text.contains("no Event")).count(), 1);
    assert_eq!(notes(&cockpit).len(), 1, "never again");
    for read_only in [false, true] {
        let mut cockpit = one();
        confirm(&mut cockpit, PAUSE);
        cockpit.policy.read_only = read_only;
        cockpit.policy.events = read_only;
        cockpit.outcome(accepted());
        assert!(notes(&cockpit).is_empty());
    }
}

#[test]
fn an_action_in_flight_holds_up_going_forward_for_thirty_seconds_and_never_stopping() {
    let mut cockpit = one();
    confirm(&mut cockpit, RESTART);
    cockpit.outcome(accepted());
    // Accepted, and nothing of it seen yet: the simple planner sees a restart at once.
    cockpit.model.follows.first_mut().unwrap().written_at = None;
    cockpit.press(KeyCode::Esc);
    confirm(&mut cockpit, RESTART);
    assert_eq!(cockpit.writes().len(), 1);
    assert!(
        cockpit.words().contains("still on its way"),
        "{}",
        cockpit.words()
    );
    cockpit.press(KeyCode::Esc);
    confirm(&mut cockpit, PAUSE);
    assert_eq!(
        cockpit.writes().len(),
        2,
        "stopping is never locked out: {}",
        cockpit.words()
    );
    cockpit.outcome(Outcome::Refused(flightdeck::domain::Refusal::new(
        RefusalKind::Denied,
        "no",
        "",
    )));
    cockpit.model.follows.first_mut().unwrap().written_at = None;
    cockpit.press(KeyCode::Esc);
    cockpit.wait(31_000);
    cockpit.hear();
    confirm(&mut cockpit, RESTART);
    assert_eq!(cockpit.writes().len(), 3, "{}", cockpit.words());
}

#[test]
fn a_write_that_did_not_leave_stays_armed_on_its_sheet() {
    let mut cockpit = one();
    confirm(&mut cockpit, PAUSE);
    cockpit.outcome(Outcome::NotSent {
        why: "connection refused".into(),
    });
    assert_eq!(cockpit.model.sheet().unwrap().stage, Stage::Armed);
    assert!(
        cockpit.words().contains("connection refused"),
        "{}",
        cockpit.words()
    );
    cockpit.type_text("y");
    assert_eq!(cockpit.writes().len(), 2);
}

#[test]
fn an_unknown_outcome_is_never_sent_again_by_itself_and_is_resolved_by_reading() {
    let mut cockpit = one();
    cockpit.object = Answer::Failed("still down".to_owned());
    confirm(&mut cockpit, PAUSE);
    cockpit.outcome(Outcome::Unknown {
        why: "no answer in 5 s".into(),
    });
    cockpit.wait(30_000);
    assert_eq!(cockpit.writes().len(), 1);
    assert!(cockpit.model.follows.first().unwrap().needs_attention());
    cockpit.object = Answer::Found("pause is there".into());
    cockpit.wait(10_000);
    let follow = cockpit.model.follows.first().unwrap();
    assert!(follow.written_at.is_some());
    assert!(!follow.needs_attention());
    assert_eq!(cockpit.writes().len(), 1);
}

#[test]
fn an_unknown_outcome_is_called_not_applied_only_after_65_seconds() {
    let mut cockpit = one();
    confirm(&mut cockpit, PAUSE);
    cockpit.outcome(Outcome::Unknown {
        why: "no answer".into(),
    });
    cockpit.wait(60_000);
    assert_eq!(cockpit.model.follows.first().unwrap().end, None);
    cockpit.wait(10_000);
    assert_eq!(
        cockpit.model.follows.first().unwrap().end,
        Some(flightdeck::app::End::NotApplied)
    );
}

#[test]
fn a_change_that_is_taken_back_is_an_outcome() {
    let mut cockpit = one();
    confirm(&mut cockpit, PAUSE);
    cockpit.outcome(accepted());
    let mut paused = rollout("web");
    paused.paused = true;
    cockpit.show(&[paused]);
    assert!(cockpit.model.follows.first().unwrap().done_at.is_some());
    cockpit.wait(6_000);
    cockpit.show(&[rollout("web")]);
    let follow = cockpit.model.follows.first().unwrap();
    assert!(matches!(follow.end, Some(flightdeck::app::End::Reverted { after, .. }) if after.0 == 6));
    assert!(follow.needs_attention());
    assert!(cockpit.words().contains("reverted"), "{}", cockpit.words());
}

#[test]
fn an_effect_is_followed_for_five_minutes() {
    let mut cockpit = one();
    confirm(&mut cockpit, PAUSE);
    cockpit.outcome(accepted());
    let mut paused = rollout("web");
    paused.paused = true;
    cockpit.show(&[paused]);
    cockpit.wait(299_000);
    assert_eq!(cockpit.model.follows.first().unwrap().end, None);
    cockpit.wait(2_000);
    assert_eq!(
        cockpit.model.follows.first().unwrap().end,
        Some(flightdeck::app::End::Lasting)
    );
}

#[test]
fn sleep_makes_everything_stale_and_closes_the_sheet() {
    let mut cockpit = one();
    cockpit.act(RESTART);
    cockpit.look();
    cockpit.event(Event::Jumped {
        why: "the machine slept",
    });
    assert!(cockpit.model.sheet().is_none());
    confirm(&mut cockpit, RESTART);
    assert_eq!(cockpit.writes().len(), 0);
    assert!(cockpit.words().contains("old"), "{}", cockpit.words());
    cockpit.press(KeyCode::Esc);
    cockpit.wait(1_000);
    cockpit.hear();
    confirm(&mut cockpit, RESTART);
    assert_eq!(cockpit.writes().len(), 1, "{}", cockpit.words());
}

#[test]
fn another_cluster_behind_the_context_stops_writing() {
    let mut cockpit = one();
    cockpit.source(SourceEvent::PinBroken {
        why: "the kubeconfig means https://other now".into(),
    });
    confirm(&mut cockpit, PAUSE);
    assert_eq!(cockpit.writes().len(), 0);
    assert!(cockpit.words().contains("https://other"), "{}", cockpit.words());
}

#[test]
fn an_idle_sheet_closes_after_sixty_seconds_from_the_last_key() {
    let mut cockpit = one();
    cockpit.act(RESTART);
    cockpit.look();
    cockpit.wait(50_000);
    cockpit.type_text("4");
    cockpit.wait(59_000);
    assert!(cockpit.model.sheet().is_some());
    cockpit.wait(2_000);
    assert!(cockpit.model.sheet().is_none());
}

#[test]
fn a_selection_that_vanished_acts_on_nothing_before_a_movement() {
    let mut cockpit = Cockpit::with(&[rollout("a"), rollout("b")]);
    cockpit.forget("a");
    cockpit.act(PAUSE);
    assert!(cockpit.model.sheet().is_none());
    assert!(cockpit.words().contains("move"), "{}", cockpit.words());
    cockpit.act(Action::Move(flightdeck::app::Motion::Down));
    cockpit.act(PAUSE);
    assert!(cockpit.model.sheet().is_some());
}

#[test]
fn nothing_moves_under_the_cursor_while_a_sheet_is_open() {
    let mut cockpit = Cockpit::with(&[rollout("b"), rollout("c")]);
    cockpit.act(PAUSE);
    let before = cockpit.model.rows(cockpit.now());
    cockpit.show(&[rollout("a")]);
    assert_eq!(cockpit.model.rows(cockpit.now()), before);
    cockpit.press(KeyCode::Esc);
    assert_eq!(cockpit.model.rows(cockpit.now()).len(), 3);
}

#[test]
fn a_record_that_cannot_be_written_is_told() {
    let mut cockpit = one();
    confirm(&mut cockpit, PAUSE);
    let id = cockpit.model.follows.first().unwrap().id;
    let problem = Some("disk full".into());
    cockpit.answer(id, flightdeck::app::RequestAnswer::Recorded { problem });
    assert!(cockpit.words().contains("disk full"), "{}", cockpit.words());
}

#[test]
fn quitting_asks_while_a_write_is_in_flight() {
    let mut cockpit = one();
    confirm(&mut cockpit, PAUSE);
    cockpit.press(KeyCode::Esc);
    cockpit.act(Action::Quit);
    assert!(!cockpit.model.quitting);
    cockpit.press(KeyCode::Char('n'));
    assert!(!cockpit.model.quitting);
    cockpit.outcome(Outcome::Refused(flightdeck::domain::Refusal::new(
        RefusalKind::Denied,
        "no",
        "",
    )));
    cockpit.act(Action::Quit);
    assert!(cockpit.model.quitting);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn nothing_leaves_but_what_an_armed_sheet_showed(history in history(60)) {
        check_history(&history)?;
    }
}

#[test]
fn ages_are_told_by_the_servers_clock() {
    let mut cockpit = one();
    let ahead = jiff::SignedDuration::from_secs(3_600);
    cockpit.source(SourceEvent::Clock { ahead });
    let shown = cockpit
        .model
        .rollout(&crate::support::cockpit::key("web"))
        .unwrap();
    assert_eq!(
        cockpit.model.server_time(shown, cockpit.now()),
        cockpit.now() + ahead
    );
}

#[test]
fn what_is_only_filtered_out_has_not_vanished() {
    let mut cockpit = Cockpit::with(&[rollout("a"), rollout("b")]);
    cockpit.act(Action::Filter);
    cockpit.type_text("/b");
    cockpit.press(KeyCode::Enter);
    cockpit.act(PAUSE);
    let sheet = cockpit.model.sheet().unwrap();
    assert_eq!(sheet.key, crate::support::cockpit::key("b"));
}

#[test]
fn what_becomes_known_later_goes_into_the_record_and_the_list_of_requests() {
    let mut cockpit = one();
    confirm(&mut cockpit, PAUSE);
    cockpit.outcome(accepted());
    let mut paused = rollout("web");
    paused.paused = true;
    cockpit.show(&[paused]);
    cockpit.wait(6_000);
    cockpit.show(&[rollout("web")]);
    let noted: Vec<String> = cockpit
        .effects
        .iter()
        .filter_map(|effect| match effect {
            flightdeck::app::Effect::Note { words, .. } => Some(words.clone()),
            _other => None,
        })
        .collect();
    assert_eq!(noted.first().map(String::as_str), Some("done"));
    assert!(noted.last().unwrap().starts_with("reverted"), "{noted:?}");
    let id = cockpit.model.follows.first().unwrap().id;
    let sent = cockpit
        .model
        .requests
        .newest_first()
        .find(|sent| sent.id == id)
        .unwrap();
    assert!(sent.outcome.as_ref().unwrap().1.starts_with("reverted"));
}

#[test]
fn quitting_asks_while_an_outcome_is_unknown() {
    let mut cockpit = one();
    confirm(&mut cockpit, PAUSE);
    cockpit.outcome(Outcome::Unknown {
        why: "no answer".into(),
    });
    cockpit.press(KeyCode::Esc);
    cockpit.act(Action::Quit);
    assert!(!cockpit.model.quitting);
}

#[test]
fn a_write_without_an_answer_ends_live_until_it_is_heard_again() {
    let mut cockpit = one();
    confirm(&mut cockpit, PAUSE);
    cockpit.outcome(Outcome::Unknown {
        why: "no answer".into(),
    });
    cockpit.wait(1_000);
    let source = cockpit.model.sources.values().next().unwrap();
    assert!(matches!(
        source.heard(cockpit.now()),
        flightdeck::app::Heard::Stale { .. }
    ));
}

#[test]
fn a_server_that_does_not_answer_is_never_called_live_nor_acted_forward_on() {
    let mut cockpit = one();
    cockpit.wait(20_000);
    let heard = |cockpit: &Cockpit| {
        let source = cockpit.model.sources.values().next().unwrap();
        source.heard(cockpit.now())
    };
    assert_eq!(heard(&cockpit), flightdeck::app::Heard::Live);
    let retry_at = cockpit.now();
    cockpit.source(SourceEvent::Silent {
        why: "no answer".into(),
        retry_at,
    });
    let flightdeck::app::Heard::Stale { age, why, .. } = heard(&cockpit) else {
        panic!("{:?}", heard(&cockpit))
    };
    assert_eq!((age.unwrap().0, why.shown().as_str()), (20, "no answer"));
    assert!(!cockpit.model.is_calm(cockpit.now()), "the age is kept up");
    confirm(&mut cockpit, RESTART);
    assert!(cockpit.words().contains("is 2"), "{}", cockpit.words());
    assert!(cockpit.writes().is_empty());
    cockpit.press(KeyCode::Esc);
    confirm(&mut cockpit, PAUSE);
    assert_eq!(cockpit.writes().len(), 1, "stopping is never locked out");
    cockpit.outcome(Outcome::NotSent { why: "no".into() });
    cockpit.press(KeyCode::Esc);

    // It answers again; that proves no watch, until that is heard.
    let at = cockpit.now();
    cockpit.source(SourceEvent::Answers { at });
    assert!(matches!(heard(&cockpit), flightdeck::app::Heard::Stale { .. }));
    cockpit.hear();
    assert_eq!(heard(&cockpit), flightdeck::app::Heard::Live);
    confirm(&mut cockpit, RESTART);
    assert_eq!(cockpit.writes().len(), 2);
}

#[test]
fn a_write_that_was_held_back_because_of_another_cluster_cannot_be_confirmed_again() {
    let mut cockpit = one();
    confirm(&mut cockpit, PAUSE);
    cockpit.source(SourceEvent::PinBroken {
        why: "it means other".into(),
    });
    cockpit.outcome(Outcome::NotSent {
        why: "it means other".into(),
    });
    let words = cockpit.words();
    assert!(
        words.contains("not sent: it means other") && words.contains("restart flightdeck"),
        "{words}"
    );
    assert!(matches!(cockpit.model.sheet().unwrap().stage, Stage::Refused(_)));
}

#[test]
fn it_waits_for_you_only_when_you_may_act() {
    use flightdeck::app::{Context, Policy};
    use flightdeck::domain::{Finding, Gravity, Moment, Reason};
    let mut paused = rollout("web");
    paused.paused = true;
    let reason = Reason::Paused {
        since: None,
        pending_edit: false,
    };
    paused.findings = vec![Finding::now(Gravity::Held, reason)];
    for (permission, words) in [
        (Permission::Yes, "you: resume?"),
        (
            Permission::No { why: "no".into() },
            "resume? you may not patch deployments",
        ),
    ] {
        let mut cockpit = one();
        cockpit.permission = permission;
        cockpit.wait(61_000);
        cockpit.show(&[paused.clone()]);
        let policy = Policy::default();
        let context = Context {
            now: cockpit.now(),
            moment: Moment(cockpit.millis),
            planner: &crate::support::cockpit::SimplePlanner,
            policy: &policy,
        };
        let shown = cockpit.model.rollout(&paused.key).unwrap();
        let row = flightdeck::view::fleet_row(&context, &cockpit.model, shown);
        assert_eq!(row.waiting_for.1, words);
    }
}

#[test]
fn before_everything_is_listed_the_cursor_is_on_the_top_row_and_then_stays_with_its_rollout() {
    let mut cockpit = Cockpit::with(&[]);
    cockpit.model.fleet.settled = false;
    let source = cockpit.model.sources.values_mut().next().unwrap();
    source.complete = false;
    cockpit.show(&[rollout("web")]);
    cockpit.show(&[rollout("api")]);
    let selected = |cockpit: &Cockpit| {
        cockpit
            .model
            .fleet
            .selection
            .acting()
            .unwrap()
            .name
            .name
            .to_string()
    };
    assert_eq!(selected(&cockpit), "api");
    cockpit.source(SourceEvent::Complete);
    cockpit.show(&[rollout("aaa")]);
    assert_eq!(selected(&cockpit), "api");
}

#[test]
fn a_key_before_everything_is_listed_holds_the_cursor_where_it_is() {
    let mut cockpit = Cockpit::with(&[]);
    cockpit.model.fleet.settled = false;
    cockpit.model.sources.values_mut().next().unwrap().complete = false;
    cockpit.show(&[rollout("web")]);
    cockpit.press(KeyCode::Insert);
    cockpit.show(&[rollout("api")]);
    assert_eq!(
        cockpit.model.fleet.selection.acting().unwrap().name.name.raw(),
        "web"
    );
}
