//! Keys of an open comparison.

use crate::app::{Action, Context, Effect, Key, KeyCode, Model, Motion, Overlay, act, diff, sides};
use crate::domain::TemplateOf;

/// Lines that a page moves by.
const PAGE: isize = 15;

pub(super) fn key(context: &Context<'_>, model: &mut Model, key: Key, action: Option<Action>) -> Vec<Effect> {
    let end = model.ends.sheet;
    let Some(Overlay::Diff(open)) = model.overlays.last() else {
        return Vec::new();
    };
    let all = model.rollout(&open.key).map(sides).unwrap_or_default();
    let Some(Overlay::Diff(open)) = model.overlays.last_mut() else {
        return Vec::new();
    };
    let closes = matches!(
        action,
        Some(Action::Close | Action::Cancel | Action::Back | Action::Quit | Action::Diff)
    );
    if closes || key.code == KeyCode::Esc {
        model.overlays.pop();
        return Vec::new();
    }
    let Some(action) = action else {
        return Vec::new();
    };
    if let Action::Move(motion) = action {
        open.scroll = act::scrolled(open.scroll, by(motion), end);
    }
    if action == Action::Zoom {
        open.yaml = !open.yaml;
        open.scroll = 0;
    }
    if action == Action::Refresh {
        return diff::read_anew(context, model);
    }
    let (before, after) = (open.before.clone(), open.after.clone());
    let (before, after) = if action == Action::NextPane {
        (other(&all, &before, &after, 1), after)
    } else if action == Action::PreviousPane {
        (other(&all, &before, &after, all.len().saturating_sub(1)), after)
    } else if action == Action::Sort {
        (before.clone(), other(&all, &after, &before, 1))
    } else if action == Action::SortReverse {
        (after, before)
    } else {
        return Vec::new();
    };
    (open.before, open.after) = (before, after);
    diff::read_on(context, model)
}

fn by(motion: Motion) -> isize {
    match motion {
        Motion::Up => -1,
        Motion::Down => 1,
        Motion::PageUp => -PAGE,
        Motion::PageDown => PAGE,
        Motion::HalfPageUp => -PAGE / 2,
        Motion::HalfPageDown => PAGE / 2,
        Motion::First => isize::MIN,
        Motion::Last => isize::MAX,
    }
}

/// The side `by` places after `this`, leaving out the one that it is compared with.
fn other(all: &[TemplateOf], this: &TemplateOf, beside: &TemplateOf, by: usize) -> TemplateOf {
    let rest: Vec<&TemplateOf> = all.iter().filter(|it| *it != beside).collect();
    let at = rest.iter().position(|it| *it == this);
    let next = at.map_or(0, |at| at + by);
    rest.get(next.checked_rem(rest.len()).unwrap_or(0))
        .map_or_else(|| this.clone(), |it| (*it).clone())
}
