//! The action menu, and how an action begins: a sheet, or a word on why not.

use crate::app::{
    Action, Availability, Context, Effect, Key, KeyCode, MessageTone, Model, Motion, Overlay, availability,
    chooser, sheets,
};
use crate::domain::{Choice, RolloutKey, Step};

/// The entries of the action menu.
pub const MENU: [Action; 6] = [
    Action::Do(Step::Pause),
    Action::Do(Step::Resume),
    Action::Do(Step::Undo),
    Action::Do(Step::Restart),
    Action::Do(Step::SetImage),
    Action::Do(Step::Scale),
];

pub(super) fn key(
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
pub(in crate::app) fn begin(
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
    if action == Action::Abort && rollout.previous().is_none() {
        let text = format!("nothing is rolling out in {key}: undo goes back to an earlier revision");
        model.tell(context.now, MessageTone::Warn, text);
        return Vec::new();
    }
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
    if step.takes_choice() {
        chooser::open(model, key, step);
        return Vec::new();
    }
    sheets::open(context, model, key, (step, Choice::Nothing))
}
