//! Keys where text is typed over a list that follows it: the filter and the search of help.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a key that has no meaning here is swallowed"
)]

use crate::app::{Action, Context, Effect, Filter, Key, KeyCode, Model, Motion, Overlay, act};

use super::edit;

pub(super) fn help(
    context: &Context<'_>,
    model: &mut Model,
    key: Key,
    action: Option<Action>,
) -> Vec<Effect> {
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

pub(super) fn filter(context: &Context<'_>, model: &mut Model, key: Key) -> Vec<Effect> {
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
pub(super) fn apply_filter(model: &mut Model) {
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
