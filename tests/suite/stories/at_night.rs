//! What a tired engineer on 80x24 must be able to read and do.

use super::scenes::scene;
use crate::support::cast;
use crate::support::story::Story;

#[test]
fn the_fleet_says_scope_state_and_reason_without_cutting_them() {
    let mut story = scene("fleet");
    story
        .sees("PROD  prod-eu · all namespaces")
        .sees("4 waiting · 5 failing")
        .sees("STATE")
        .sees("PROGRESS WAITING FOR")
        .sees("shop/checkout")
        .sees("→ v1.42.0")
        .sees("25% 3/8")
        .sees("you: resume?")
        .sees("ImagePullBackOff 1/3")
        .sees_not("VERDICT");
    story.press(&["G"]).sees("22h│");
}

#[test]
fn the_pause_sheet_needs_no_scrolling() {
    let mut story = scene("sheet_pause");
    story
        .sees("Stop it where it is")
        .sees("✓ allowed")
        .sees("dry run    accepted")
        .sees("uid 3f2a9c1e… · paused no")
        .sees("way back   resume it")
        .sees("PATCH /apis/apps/v1")
        .sees(r#"{"op":"add","path":"/spec/paused","value":true}"#)
        .sees("y = PAUSE")
        .sees_not("more below");
}

#[test]
fn tab_shows_the_whole_request_and_hides_it_again() {
    let mut story = scene("sheet_resume");
    story
        .sees_not("/healthz")
        .press(&["tab"])
        .times(30, "down")
        .sees("/healthz");
    story.press(&["tab"]).sees_not("/healthz");
}

#[test]
fn no_value_of_the_environment_is_on_a_sheet() {
    let mut story = scene("sheet_resume").size(250, 70);
    story.press(&["tab"]).sees("TOKEN").sees_not("s3cret");
}

#[test]
fn scrolling_past_the_end_needs_as_many_keys_back_as_lines() {
    let mut story = scene("sheet_resume");
    story.press(&["tab"]);
    let top = story.screen();
    story.times(200, "down");
    let end = story.screen();
    story.press(&["up"]);
    assert_ne!(story.screen(), end);
    story.times(40, "up");
    assert_eq!(story.screen(), top);

    let mut story = scene("rollout_revisions").size(80, 14);
    story.press(&["G"]);
    let end = story.screen();
    story.times(50, "down").press(&["up"]);
    assert_ne!(story.screen(), end, "one up shows another line");

    let mut story = scene("messages").size(80, 6);
    let top = story.screen();
    story.times(50, "down").times(6, "up");
    assert_eq!(story.screen(), top);
}

#[test]
fn the_menu_shows_the_key_that_works_and_why_the_others_do_not() {
    let mut story = scene("menu");
    story
        .sees("it is paused already")
        .sees("space  resume")
        .sees("R      restart");
}

#[test]
fn a_lapsed_selection_is_told_and_acts_on_nothing() {
    let mut story = scene("fleet_lapsed");
    story
        .sees("the selected rollout is gone: move first")
        .sees_not("space resume");
    story.press(&["space"]).sees("move to another one first");
    assert!(story.cockpit.model.sheet().is_none());
    story.press(&["j"]).sees_not("is gone: move first");
}

#[test]
fn a_filter_that_nothing_passes_says_so_and_esc_clears_it() {
    let mut story = scene("filter_nothing");
    story
        .sees("No rollout passes the filter nosuch")
        .press(&["esc"])
        .sees("shop/checkout");
}

#[test]
fn the_flash_line_never_hides_the_footer() {
    let mut story = scene("fleet");
    story
        .press(&["r"])
        .sees("listing everything anew")
        .sees("enter open");
}

#[test]
fn the_footer_offers_only_what_works_now() {
    scene("sheet_pause").sees_not("enter open").sees("esc close");
    scene("menu").sees_not("/ filter").sees("enter choose");
    scene("help").sees_not("/ filter").sees("enter run it");
    Story::of(&[]).sees_not("enter open").sees("r try now");
}

#[test]
fn requests_are_listed_by_what_they_mean_and_in_full_where_there_is_room() {
    let mut story = scene("requests");
    story
        .sees("PATCH deployments shop/web-front")
        .sees_not("fieldManager");
    story.size(160, 30).sees("fieldManager=flightdeck");
}

#[test]
fn completions_are_never_cut_in_the_middle() {
    let mut story = scene("command");
    story.sees("tab: rollouts sort requests").sees(" +");
    let line = story.screen().lines().last().unwrap().to_owned();
    assert!(!line.contains('…'), "{line}");
}

#[test]
fn every_sentence_of_help_can_be_read_at_eighty_columns() {
    let mut story = scene("help");
    for _ in 0..40 {
        let screen = story.screen();
        let inside = screen.lines().skip(1).take(21);
        assert!(inside.clone().all(|line| !line.contains('…')), "{screen}");
        story.press(&["down"]);
    }
}

#[test]
fn every_reason_is_whole_on_the_rollouts_screen() {
    for (name, ..) in cast::reasons() {
        let mut story = scene("fleet");
        story.select(name).press(&["enter", "tab"]);
        story.sees("Why and what next");
        let screen = story.screen();
        let inside: Vec<&str> = screen
            .lines()
            .skip_while(|line| !line.contains("Why and"))
            .collect();
        assert!(inside.iter().all(|line| !line.contains('…')), "{screen}");
    }
}

#[test]
fn an_argo_canary_shows_its_steps_and_weights() {
    scene("rollout_canary")
        .sees("canary by Argo Rollouts")
        .sees("25% ✓ ─ pause ‖ here ─ analysis")
        .sees("asked 25 · controller 25 · router not read")
        .sees("a human must promote");
}

#[test]
fn what_may_not_be_read_is_not_called_absent() {
    let mut story = scene("fleet_forbidden");
    story
        .sees("there may be others")
        .sees("forbidden")
        .sees_not("has no rollouts");
    Story::of(&[]).sees("has no rollouts");
}
