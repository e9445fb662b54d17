//! What each action does where no overlay has the keys.

use crate::domain::RolloutKey;

use super::keys::{begin, open_rollout};
use super::{
    Action, Context, Effect, Filter, MessageTone, Model, Motion, Overlay, Pane, RolloutView, Screen,
    Selection, diff, keys,
};

/// Whether an action opens something: a held key must not open twice.
pub(super) fn opens(action: Action) -> bool {
    matches!(
        action,
        Action::Do(_)
            | Action::Abort
            | Action::Diff
            | Action::PauseOrResume
            | Action::Menu
            | Action::Quit
            | Action::Cancel
    )
}

/// Does it.
pub(super) fn act(context: &Context<'_>, model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Move(motion) => move_by(model, motion),
        Action::Open => return open(model),
        Action::Close | Action::Back => return close(model),
        Action::NextPane => model.view.pane = neighbour(model.view.pane, 1),
        Action::PreviousPane => model.view.pane = neighbour(model.view.pane, Pane::ALL.len() - 1),
        Action::Zoom => model.view.zoomed = !model.view.zoomed,
        Action::Filter => filter(model),
        Action::Command => {
            model.overlays.push(Overlay::Command {
                input: tui_input::Input::default(),
                problem: None,
            });
        }
        Action::Sort => {
            model.fleet.sort = model.fleet.sort.next();
            model.flash = Some((
                MessageTone::Info,
                format!("sorted by {}", model.fleet.sort.word()),
                context.now,
            ));
        }
        Action::SortReverse => model.fleet.reversed = !model.fleet.reversed,
        Action::Help => {
            let mut selection = Selection::default();
            selection.to(&Action::ALL, 0);
            model.overlays.push(Overlay::Help {
                search: tui_input::Input::default(),
                selection,
            });
        }
        Action::Menu => menu(context, model),
        Action::Copy => return copy(model, ToString::to_string),
        Action::CopyCommand => return copy(model, kubectl),
        Action::Requests => go(model, Screen::Requests),
        Action::Messages => go(model, Screen::Messages),
        Action::Events => {
            let effects = if open_rollout(model).is_none() {
                open(model)
            } else {
                Vec::new()
            };
            model.view.pane = Pane::Events;
            return effects;
        }
        Action::Diff => {
            let Some(key) = model.subject().map(|rollout| rollout.key.clone()) else {
                model.tell(context.now, MessageTone::Warn, "nothing is selected");
                return Vec::new();
            };
            return diff::open(context, model, &key);
        }
        Action::Refresh => {
            model.tell(context.now, MessageTone::Info, "listing everything anew");
            return vec![Effect::Refresh];
        }
        Action::Login => return vec![Effect::Login],
        Action::Redraw => return vec![Effect::Redraw],
        Action::Suspend => return vec![Effect::Suspend],
        Action::Cancel => return cancel(context, model),
        Action::Quit if *model.screen() != Screen::Fleet => return close(model),
        Action::Quit => return quit(model),
        Action::PauseOrResume | Action::Abort | Action::Do(_) => return step(context, model, action),
    }
    Vec::new()
}

fn step(context: &Context<'_>, model: &mut Model, action: Action) -> Vec<Effect> {
    if let Some(key) = model.subject().map(|rollout| rollout.key.clone()) {
        return begin(context, model, &key, action);
    }
    let why = if model.fleet.selection.is_lapsed() && *model.screen() == Screen::Fleet {
        "the rollout that was selected is gone: move to another one first"
    } else {
        "nothing is selected"
    };
    model.tell(context.now, MessageTone::Warn, why);
    Vec::new()
}

fn move_by(model: &mut Model, motion: Motion) {
    let page = isize::try_from(model.rows_per_page.max(1)).unwrap_or(1);
    let by = match motion {
        Motion::Up => -1,
        Motion::Down => 1,
        Motion::PageUp => -page,
        Motion::PageDown => page,
        Motion::HalfPageUp => -(page / 2).max(1),
        Motion::HalfPageDown => (page / 2).max(1),
        Motion::First => isize::MIN,
        Motion::Last => isize::MAX,
    };
    match model.screen() {
        Screen::Fleet => {
            model.fleet.selection.step(&model.fleet.listed, by);
        }
        Screen::Rollout(_) => {
            let number = pane_number(model.view.pane);
            let line = model.view.scroll.entry(number).or_default();
            let end = model.ends.panes.get(usize::from(number)).copied().unwrap_or(0);
            *line = scrolled(*line, by, end);
        }
        Screen::Requests | Screen::Messages => {
            model.list_scroll = scrolled(model.list_scroll, by, model.ends.list);
        }
    }
}

/// A position moved by `by`, within what there is to show: a text that became shorter is not scrolled beyond its end.
pub(super) fn scrolled(from: usize, by: isize, end: usize) -> usize {
    from.min(end).saturating_add_signed(by).min(end)
}

/// The number under which a pane's scroll position is kept.
pub fn pane_number(pane: Pane) -> u8 {
    match pane {
        Pane::Revisions => 0,
        Pane::Why => 1,
        Pane::Events => 2,
    }
}

fn neighbour(pane: Pane, by: usize) -> Pane {
    let at = Pane::ALL.iter().position(|it| *it == pane).unwrap_or(0);
    Pane::ALL
        .get((at + by) % Pane::ALL.len())
        .copied()
        .unwrap_or_default()
}

fn open(model: &mut Model) -> Vec<Effect> {
    if *model.screen() != Screen::Fleet {
        return Vec::new();
    }
    match model.fleet.selection.acting().cloned() {
        Some(key) => open_key(model, key),
        None => Vec::new(),
    }
}

/// Opens the screen of a rollout.
pub(super) fn open_key(model: &mut Model, key: RolloutKey) -> Vec<Effect> {
    model.view = RolloutView::default();
    go(model, Screen::Rollout(key.clone()));
    vec![Effect::Follow(Some(key))]
}

/// Shows a screen on top of the others; one that is open already comes to the top.
pub(super) fn go(model: &mut Model, screen: Screen) {
    model.screens.retain(|it| *it != screen);
    model.list_scroll = 0;
    model.screens.push(screen);
}

fn close(model: &mut Model) -> Vec<Effect> {
    model.list_scroll = 0;
    if model.view.zoomed && open_rollout(model).is_some() {
        model.view.zoomed = false;
        return Vec::new();
    }
    match model.screens.pop() {
        Some(Screen::Rollout(_)) => vec![Effect::Follow(open_rollout(model))],
        Some(Screen::Fleet | Screen::Requests | Screen::Messages) => Vec::new(),
        None => {
            model.fleet.filter = Filter::default();
            Vec::new()
        }
    }
}

fn filter(model: &mut Model) {
    if *model.screen() != Screen::Fleet {
        model.screens.clear();
    }
    let input = tui_input::Input::from(model.fleet.filter.text());
    model.overlays.push(Overlay::Filter { input, problem: None });
}

fn menu(context: &Context<'_>, model: &mut Model) {
    let Some(key) = model.subject().map(|rollout| rollout.key.clone()) else {
        model.tell(context.now, MessageTone::Warn, "nothing is selected");
        return;
    };
    let mut selection = Selection::default();
    selection.to(&keys::MENU, 0);
    model.overlays.push(Overlay::Menu { key, selection });
}

fn copy(model: &mut Model, text: impl Fn(&RolloutKey) -> String) -> Vec<Effect> {
    let key = model.subject().map(|rollout| rollout.key.clone());
    key.map(|key| Effect::Copy(text(&key))).into_iter().collect()
}

/// The command that shows about what this program shows.
fn kubectl(key: &RolloutKey) -> String {
    let name = &key.name;
    match key.driver {
        crate::domain::Driver::Deployment => format!(
            "kubectl rollout status deployment/{} --namespace {} --context {}",
            name.name, name.namespace, key.cluster
        ),
        crate::domain::Driver::Argo => format!(
            "kubectl argo rollouts get rollout {} --namespace {} --context {}",
            name.name, name.namespace, key.cluster
        ),
    }
}

fn cancel(context: &Context<'_>, model: &mut Model) -> Vec<Effect> {
    if model.quit_armed {
        return quit(model);
    }
    if !model.fleet.filter.is_empty() {
        model.fleet.filter = Filter::default();
        return Vec::new();
    }
    model.quit_armed = true;
    model.tell(context.now, MessageTone::Info, "ctrl-c again quits");
    Vec::new()
}

fn quit(model: &mut Model) -> Vec<Effect> {
    if model.in_flight() + model.unknown() > 0 {
        model.overlays.push(Overlay::QuitQuestion);
        return Vec::new();
    }
    model.quitting = true;
    vec![Effect::Quit]
}
