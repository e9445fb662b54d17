//! Keys, by what lies on top: the overlay first, then the screen. No key sends anything; at most it confirms an armed sheet.

use tui_input::InputRequest;

use crate::domain::RolloutKey;

use super::{chooser, diff, fields, menu, sheet};
use crate::app::{
    Action, Choosing, Context, Effect, Field, Key, KeyCode, MessageTone, Model, Overlay, Screen, act,
    commands,
};

/// A key was pressed. `action` is what the key map says it means where no text is typed.
pub(in crate::app) fn key(
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
        Some(Overlay::Sheet(_)) => sheet::key(context, model, key, repeat),
        Some(Overlay::Chooser(_)) => chooser::key(context, model, key, action, repeat),
        Some(Overlay::Diff(_)) => diff::key(context, model, key, action),
        Some(Overlay::Menu { .. }) => menu::key(context, model, key, action, repeat),
        Some(Overlay::Help { .. }) => fields::help(context, model, key, action),
        Some(Overlay::Filter { .. }) => fields::filter(context, model, key),
        Some(Overlay::Command { .. }) => commands::key(context, model, key),
        Some(Overlay::QuitQuestion) => quit_key(model, key),
    }
}

/// A paste: into a text field, else nowhere.
pub(in crate::app) fn paste(context: &Context<'_>, model: &mut Model, text: &str) -> Vec<Effect> {
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
        Some(Overlay::Chooser(chooser)) if matches!(chooser.choosing, Choosing::Images { .. }) => {
            chooser.pasted_into()
        }
        Some(
            Overlay::Chooser(_)
            | Overlay::Diff(_)
            | Overlay::Sheet(_)
            | Overlay::Menu { .. }
            | Overlay::QuitQuestion,
        )
        | None => None,
    };
    if let Some(input) = field {
        for character in clean.chars() {
            input.handle(InputRequest::InsertChar(character));
        }
        if matches!(model.overlays.last(), Some(Overlay::Filter { .. })) {
            fields::apply_filter(model);
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
pub(in crate::app) fn edit(key: Key) -> Option<InputRequest> {
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
        Some(Overlay::Chooser(chooser)) => chooser.input().is_some(),
        Some(Overlay::Diff(_) | Overlay::Menu { .. } | Overlay::QuitQuestion) | None => false,
    }
}

/// The rollout screen's key, if that is what is open.
pub(in crate::app) fn open_rollout(model: &Model) -> Option<RolloutKey> {
    match model.screen() {
        Screen::Rollout(key) => Some(key.clone()),
        Screen::Fleet | Screen::Requests | Screen::Messages => None,
    }
}
