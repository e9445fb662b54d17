//! Keys of an open chooser. Enter goes on to the sheet, which is where anything is confirmed.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a key that has no meaning here is swallowed"
)]

use tui_input::InputRequest;

use crate::app::{
    Action, Choosing, Context, Effect, Key, KeyCode, Model, Motion, Overlay, chooser, diff, undo_rows,
};
use crate::domain::{TemplateOf, Untrusted};

use super::edit;

pub(super) fn key(
    context: &Context<'_>,
    model: &mut Model,
    key: Key,
    action: Option<Action>,
    repeat: bool,
) -> Vec<Effect> {
    let Some(Overlay::Chooser(open)) = model.overlays.last() else {
        return Vec::new();
    };
    let rows = model.rollout(&open.key).map(undo_rows).unwrap_or_default();
    let Some(Overlay::Chooser(open)) = model.overlays.last_mut() else {
        return Vec::new();
    };
    open.problem = None;
    if let Choosing::Revision { selection, .. } = &mut open.choosing
        && selection.shown().is_some()
    {
        selection.reconcile(&rows, false);
    }
    match (key.code, action) {
        (KeyCode::Esc, _) | (_, Some(Action::Cancel)) => {
            model.overlays.pop();
            return Vec::new();
        }
        (KeyCode::Enter, _) if repeat => {}
        (KeyCode::Enter, _) => return chooser::confirm(context, model),
        _other => match &mut open.choosing {
            Choosing::Revision { selection, .. } => match (key.code, action) {
                (_, Some(Action::Close | Action::Quit)) => {
                    model.overlays.pop();
                }
                (_, Some(Action::Diff)) => {
                    let Some(uid) = selection.shown().cloned() else {
                        open.problem = Some("nothing is selected to compare with".to_owned());
                        return Vec::new();
                    };
                    let key = open.key.clone();
                    let sides = (TemplateOf::Now, TemplateOf::Revision(uid));
                    return diff::open_with(context, model, &key, sides);
                }
                (KeyCode::Up, _) => step(selection, &rows, -1),
                (KeyCode::Down, _) => step(selection, &rows, 1),
                (_, Some(Action::Move(motion))) => step(selection, &rows, by(motion)),
                _swallowed => {}
            },
            Choosing::Images { fields, at } => match key.code {
                KeyCode::Up | KeyCode::BackTab => {
                    *at = at.saturating_sub(1);
                    open.fresh = true;
                }
                KeyCode::Down | KeyCode::Tab => {
                    *at = (*at + 1).min(fields.len().saturating_sub(1));
                    open.fresh = true;
                }
                _text => {
                    if let (Some(request), Some(field)) = (edit(key), fields.get_mut(*at)) {
                        replace_first(&mut open.fresh, &mut field.input, request);
                        field.input.handle(request);
                    }
                }
            },
            Choosing::Replicas(input) => match key.code {
                KeyCode::Up => add(input, 1),
                KeyCode::Down => add(input, -1),
                KeyCode::Char(character) if !key.ctrl && !key.alt && !character.is_ascii_digit() => {
                    open.problem = Some("a number of pods takes digits alone".to_owned());
                }
                _text => {
                    if let Some(request) = edit(key) {
                        replace_first(&mut open.fresh, input, request);
                        input.handle(request);
                    }
                }
            },
        },
    }
    Vec::new()
}

fn by(motion: Motion) -> isize {
    match motion {
        Motion::Up => -1,
        Motion::Down => 1,
        Motion::PageUp | Motion::HalfPageUp => -10,
        Motion::PageDown | Motion::HalfPageDown => 10,
        Motion::First => isize::MIN,
        Motion::Last => isize::MAX,
    }
}

/// The first movement where nothing was offered goes to the first row, not past it.
fn step(selection: &mut crate::app::Selection<Untrusted>, rows: &[Untrusted], by: isize) {
    if selection.shown().is_none() {
        selection.to(rows, if by == isize::MAX { usize::MAX } else { 0 });
    } else {
        selection.step(rows, by);
    }
}

/// The first character that is typed replaces what stood there; whoever moves within it means to edit it.
fn replace_first(fresh: &mut bool, input: &mut tui_input::Input, request: InputRequest) {
    if std::mem::take(fresh) && matches!(request, InputRequest::InsertChar(_)) {
        input.reset();
    }
}

fn add(input: &mut tui_input::Input, by: i32) {
    if let Ok(number) = input.value().trim().parse::<u32>() {
        *input = number.saturating_add_signed(by).to_string().into();
    }
}
