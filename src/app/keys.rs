//! Keys, by what lies on top: the overlay first, then the screen. No key sends anything; at most it confirms an armed sheet.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a key that has no meaning here is swallowed"
)]

use tui_input::InputRequest;

use crate::domain::{Class, RolloutKey};

use super::guard::{self, NO_DRY_RUN};
use super::{
    Action, Availability, Context, Effect, Field, Filter, Key, KeyCode, MessageTone, Model, Motion, Overlay,
    Screen, Stage, act, availability, commands, sheets,
};

/// A key was pressed. `action` is what the key map says it means where no text is typed.
pub(super) fn key(
    context: &Context<'_>,
    model: &mut Model,
    key: Key,
    action: Option<Action>,
    repeat: bool,
) -> Vec<Effect> {
    if action != Some(Action::Cancel) {
        model.quit_armed = false;
    }
    if matches!(action, Some(Action::Suspend | Action::Redraw)) {
        return act::act(context, model, action.unwrap_or(Action::Redraw));
    }
    match model.overlays.last() {
        None => match action {
            Some(action) if !(repeat && act::opens(action)) => act::act(context, model, action),
            Some(_) | None => Vec::new(),
        },
        Some(Overlay::Sheet(_)) => sheet_key(context, model, key, repeat),
        Some(Overlay::Menu { .. }) => menu_key(context, model, key, action, repeat),
        Some(Overlay::Help { .. }) => help_key(context, model, key, action),
        Some(Overlay::Filter { .. }) => filter_key(context, model, key),
        Some(Overlay::Command { .. }) => commands::key(context, model, key),
        Some(Overlay::QuitQuestion) => quit_key(model, key),
    }
}

/// A paste: into a text field, else nowhere.
pub(super) fn paste(context: &Context<'_>, model: &mut Model, text: &str) -> Vec<Effect> {
    let clean: String = text.chars().filter(|it| !it.is_control()).take(256).collect();
    let field = match model.overlays.last_mut() {
        Some(Overlay::Sheet(sheet)) if sheet.takes_text() && sheet.field == Field::Reason => {
            Some(&mut sheet.reason)
        }
        Some(
            Overlay::Filter { input, .. }
            | Overlay::Command { input, .. }
            | Overlay::Help { search: input, .. },
        ) => Some(input),
        Some(Overlay::Sheet(_) | Overlay::Menu { .. } | Overlay::QuitQuestion) | None => None,
    };
    if let Some(input) = field {
        for character in clean.chars() {
            input.handle(InputRequest::InsertChar(character));
        }
        if matches!(model.overlays.last(), Some(Overlay::Filter { .. })) {
            apply_filter(model);
        }
        return Vec::new();
    }
    let count = text.chars().count();
    model.tell(
        context.now,
        MessageTone::Warn,
        format!("paste ignored, {count} characters: only text fields take one"),
    );
    Vec::new()
}

/// What a key does in a text field; `None`: nothing to do with text.
pub(super) fn edit(key: Key) -> Option<InputRequest> {
    match (key.code, key.ctrl) {
        (KeyCode::Char('u'), true) => Some(InputRequest::DeleteLine),
        (KeyCode::Char('w'), true) => Some(InputRequest::DeletePrevWord),
        (KeyCode::Char('a'), true) | (KeyCode::Home, _) => Some(InputRequest::GoToStart),
        (KeyCode::Char('e'), true) | (KeyCode::End, _) => Some(InputRequest::GoToEnd),
        (KeyCode::Char(character), false) if !key.alt => Some(InputRequest::InsertChar(character)),
        (KeyCode::Backspace, _) => Some(InputRequest::DeletePrevChar),
        (KeyCode::Delete, _) => Some(InputRequest::DeleteNextChar),
        (KeyCode::Left, _) => Some(InputRequest::GoToPrevChar),
        (KeyCode::Right, _) => Some(InputRequest::GoToNextChar),
        _other => None,
    }
}

/// Lines that a page of a sheet moves by.
const SHEET_PAGE: isize = 8;

fn sheet_key(context: &Context<'_>, model: &mut Model, key: Key, repeat: bool) -> Vec<Effect> {
    let end = model.ends.sheet;
    let Some(sheet) = model.sheet_mut() else {
        return Vec::new();
    };
    sheet.last_key = context.moment;
    sheet.ripen(context.moment, context.policy.arming_millis);
    match (key.code, key.ctrl) {
        (KeyCode::Esc, _) | (KeyCode::Char('c'), true) => return close_sheet(context, model),
        (KeyCode::Char('y'), true) => {
            return sheet
                .plan
                .as_ref()
                .map(|plan| Effect::Copy(plan.kubectl.clone()))
                .into_iter()
                .collect();
        }
        (KeyCode::PageDown | KeyCode::Down | KeyCode::PageUp | KeyCode::Up, _) => {
            let by = match key.code {
                KeyCode::Up => -1,
                KeyCode::PageUp => -SHEET_PAGE,
                KeyCode::PageDown => SHEET_PAGE,
                _down => 1,
            };
            sheet.scroll = act::scrolled(sheet.scroll, by, end);
        }
        // An override has two fields to go between, and shows its request whole.
        (KeyCode::Tab, _)
            if sheet
                .plan
                .as_ref()
                .is_none_or(|plan| plan.class != Class::Override) =>
        {
            sheet.whole = !sheet.whole;
        }
        (KeyCode::Char('q'), false) if sheet.is_done() => return close_sheet(context, model),
        _other if sheet.is_arming() => {
            // A key during arming restarts the delay: fingers that play a gesture never hit an armed sheet.
            if sheet.seen.is_some() {
                sheet.seen = Some(context.moment);
            }
            sheet.hint = Some("not yet: look at it first; that key was ignored".to_owned());
        }
        _other if sheet.takes_text() && !repeat => return armed_key(context, model, key),
        _other => {}
    }
    Vec::new()
}

/// A key on an armed sheet.
fn armed_key(context: &Context<'_>, model: &mut Model, key: Key) -> Vec<Effect> {
    let Some(sheet) = model.sheet_mut() else {
        return Vec::new();
    };
    let Some(plan) = sheet.plan.clone() else {
        return Vec::new();
    };
    let wanted = guard::wanted_token(&plan, context.policy.environment).to_owned();
    let one_key = wanted == "y" && sheet.field == Field::Token && plan.class != Class::Override;
    sheet.hint = None;
    match key.code {
        KeyCode::Tab | KeyCode::BackTab if plan.class == Class::Override => {
            sheet.field = if sheet.field == Field::Token {
                Field::Reason
            } else {
                Field::Token
            };
        }
        KeyCode::Char('y') if one_key && !key.ctrl && !key.alt && sheet.token.value().is_empty() => {
            sheet.token = "y".into();
            return sheets::confirm(context, model);
        }
        KeyCode::Enter if one_key && sheet.token.value().contains(NO_DRY_RUN) => {
            let token = format!("y {}", sheet.token.value());
            sheet.token = token.into();
            return sheets::confirm(context, model);
        }
        KeyCode::Enter if !sheet.token.value().is_empty() => return sheets::confirm(context, model),
        KeyCode::Enter => sheet.hint = Some(format!("enter alone confirms nothing: type {wanted}")),
        _text => {
            if let Some(request) = edit(key) {
                match sheet.field {
                    Field::Token => sheet.token.handle(request),
                    Field::Reason => sheet.reason.handle(request),
                };
            }
        }
    }
    Vec::new()
}

fn close_sheet(context: &Context<'_>, model: &mut Model) -> Vec<Effect> {
    let sheet = model.sheet();
    let rechecking = sheet.is_some_and(|sheet| sheet.stage == Stage::Rechecking);
    let reason = sheet.map(|sheet| (sheet.key.clone(), sheet.reason.value().to_owned()));
    model.kept_reason = reason.filter(|(_, reason)| !reason.is_empty());
    model
        .overlays
        .retain(|overlay| !matches!(overlay, Overlay::Sheet(_)));
    if rechecking {
        model.tell(
            context.now,
            MessageTone::Info,
            "cancelled before anything was sent",
        );
    }
    Vec::new()
}

/// The entries of the action menu.
pub const MENU: [Action; 3] = [
    Action::Do(crate::domain::Step::Pause),
    Action::Do(crate::domain::Step::Resume),
    Action::Do(crate::domain::Step::Restart),
];

fn menu_key(
    context: &Context<'_>,
    model: &mut Model,
    key: Key,
    action: Option<Action>,
    repeat: bool,
) -> Vec<Effect> {
    let Some(Overlay::Menu { key: of, selection }) = model.overlays.last_mut() else {
        return Vec::new();
    };
    let of = of.clone();
    let chosen = match (key.code, action) {
        (KeyCode::Esc, _) | (_, Some(Action::Menu | Action::Cancel | Action::Close)) => {
            model.overlays.pop();
            return Vec::new();
        }
        (KeyCode::Up, _) | (_, Some(Action::Move(Motion::Up))) => {
            selection.step(&MENU, -1);
            return Vec::new();
        }
        (KeyCode::Down, _) | (_, Some(Action::Move(Motion::Down))) => {
            selection.step(&MENU, 1);
            return Vec::new();
        }
        (KeyCode::Enter, _) => selection.acting().copied(),
        (_, Some(action @ (Action::Do(_) | Action::PauseOrResume))) => Some(action),
        _unknown_keys_are_swallowed => None,
    };
    match chosen {
        Some(action) if !repeat => begin(context, model, &of, action),
        Some(_) | None => Vec::new(),
    }
}

/// Opens the sheet for an action on `key`, or says why not.
pub(super) fn begin(
    context: &Context<'_>,
    model: &mut Model,
    key: &RolloutKey,
    action: Action,
) -> Vec<Effect> {
    let Some(rollout) = model.rollout(key) else {
        model.tell(context.now, MessageTone::Warn, format!("{key} is gone"));
        return Vec::new();
    };
    let Some(step) = availability::step_of(action, rollout) else {
        return Vec::new();
    };
    if let Availability::No(why) = availability::of_step(context, model, rollout, step) {
        model.tell(
            context.now,
            MessageTone::Warn,
            format!("cannot {} {key}: {why}", step.verb()),
        );
        return Vec::new();
    }
    model
        .overlays
        .retain(|overlay| !matches!(overlay, Overlay::Menu { .. } | Overlay::Help { .. }));
    sheets::open(context, model, key, (step, crate::domain::Choice::Nothing))
}

fn help_key(context: &Context<'_>, model: &mut Model, key: Key, action: Option<Action>) -> Vec<Effect> {
    let Some(Overlay::Help { search, selection }) = model.overlays.last_mut() else {
        return Vec::new();
    };
    let listed = help_rows(search.value());
    match key.code {
        KeyCode::Esc => {
            model.overlays.pop();
        }
        KeyCode::Char('?') if search.value().is_empty() => {
            model.overlays.pop();
        }
        _other if action == Some(Action::Cancel) => {
            model.overlays.pop();
        }
        KeyCode::Up => selection.step(&listed, -1),
        KeyCode::Down => selection.step(&listed, 1),
        KeyCode::PageUp => selection.step(&listed, -10),
        KeyCode::PageDown => selection.step(&listed, 10),
        KeyCode::Enter => {
            let chosen = selection.acting().copied();
            model.overlays.pop();
            if let Some(action) = chosen {
                return act::act(context, model, action);
            }
        }
        _text => {
            if let Some(request) = edit(key) {
                search.handle(request);
                let listed = help_rows(search.value());
                selection.to(&listed, 0);
            }
        }
    }
    Vec::new()
}

/// The actions that help lists for a search.
pub fn help_rows(search: &str) -> Vec<Action> {
    let words: Vec<String> = search.split_whitespace().map(str::to_lowercase).collect();
    Action::ALL
        .into_iter()
        .filter(|action| {
            let line = format!("{} {}", action.name(), action.sentence()).to_lowercase();
            words.iter().all(|word| line.contains(word))
        })
        .collect()
}

fn filter_key(context: &Context<'_>, model: &mut Model, key: Key) -> Vec<Effect> {
    let Some(Overlay::Filter { input, .. }) = model.overlays.last_mut() else {
        return Vec::new();
    };
    match key.code {
        KeyCode::Esc => {
            model.overlays.pop();
            model.fleet.filter = Filter::default();
        }
        KeyCode::Char('c') if key.ctrl => {
            model.overlays.pop();
            model.fleet.filter = Filter::default();
        }
        KeyCode::Enter => {
            model.overlays.pop();
        }
        KeyCode::Up | KeyCode::Down => {
            model.overlays.pop();
            let motion = if key.code == KeyCode::Up {
                Motion::Up
            } else {
                Motion::Down
            };
            return act::act(context, model, Action::Move(motion));
        }
        _text => {
            if let Some(request) = edit(key) {
                input.handle(request);
                apply_filter(model);
            }
        }
    }
    Vec::new()
}

/// Filters as it is typed; what does not parse yet keeps the filter before it, with a word on what is wrong.
fn apply_filter(model: &mut Model) {
    if let Some(Overlay::Filter { input, problem }) = model.overlays.last_mut() {
        match Filter::parse(input.value()) {
            Ok(filter) => {
                *problem = None;
                model.fleet.filter = filter;
            }
            Err(why) => *problem = Some(why),
        }
    }
}

fn quit_key(model: &mut Model, key: Key) -> Vec<Effect> {
    model.overlays.pop();
    if key == Key::char('y') {
        model.quitting = true;
        return vec![Effect::Quit];
    }
    Vec::new()
}

/// True when the keys go into a text field, so that nothing else may be made of them.
pub fn takes_text(model: &Model) -> bool {
    match model.overlays.last() {
        Some(Overlay::Filter { .. } | Overlay::Command { .. } | Overlay::Help { .. } | Overlay::Sheet(_)) => {
            true
        }
        Some(Overlay::Menu { .. } | Overlay::QuitQuestion) | None => false,
    }
}

/// The rollout screen's key, if that is what is open.
pub(super) fn open_rollout(model: &Model) -> Option<RolloutKey> {
    match model.screen() {
        Screen::Rollout(key) => Some(key.clone()),
        Screen::Fleet | Screen::Requests | Screen::Messages => None,
    }
}
