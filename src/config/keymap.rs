//! Which keys mean which action. Pure: sequences of keys in, an action out. How long a sequence may take is not decided here.

use crate::app::{Action, Key, Motion};
use crate::domain::Step;

/// What some keys mean so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    Action(Action),
    /// The start of a longer sequence.
    Pending,
    Unbound,
}

/// Sequences and their actions. No sequence is the start of another, so that nothing ever has to wait for a time to pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyMap {
    bindings: Vec<Binding>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Binding {
    keys: Vec<Key>,
    action: Action,
}

/// The defaults. An action that is not here is reached through the action menu and the palette.
const DEFAULTS: [(Action, &[&str]); 37] = [
    (Action::Move(Motion::Up), &["up", "k"]),
    (Action::Move(Motion::Down), &["down", "j"]),
    (Action::Move(Motion::PageUp), &["pgup", "ctrl-b"]),
    (Action::Move(Motion::PageDown), &["pgdn", "ctrl-f"]),
    (Action::Move(Motion::HalfPageUp), &["ctrl-u"]),
    (Action::Move(Motion::HalfPageDown), &["ctrl-d"]),
    (Action::Move(Motion::First), &["g g", "home"]),
    (Action::Move(Motion::Last), &["G", "end"]),
    (Action::Open, &["enter"]),
    (Action::Close, &["esc"]),
    (Action::Back, &["-"]),
    (Action::NextPane, &["tab", "right", "l"]),
    (Action::PreviousPane, &["backtab", "left", "h"]),
    (Action::Zoom, &["z"]),
    (Action::Filter, &["/"]),
    (Action::Command, &[":"]),
    (Action::Sort, &["o"]),
    (Action::SortReverse, &["O"]),
    (Action::Menu, &["."]),
    (Action::PauseOrResume, &["space"]),
    (Action::Abort, &["a"]),
    (Action::Do(Step::Undo), &["u"]),
    (Action::Do(Step::Restart), &["R"]),
    (Action::Do(Step::SetImage), &["i"]),
    (Action::Do(Step::Scale), &["s"]),
    (Action::Copy, &["y"]),
    (Action::CopyCommand, &["Y"]),
    (Action::Requests, &["x"]),
    (Action::Messages, &["!"]),
    (Action::Events, &["e"]),
    (Action::Diff, &["d"]),
    (Action::Help, &["?"]),
    (Action::Refresh, &["r"]),
    (Action::Redraw, &["ctrl-l"]),
    (Action::Suspend, &["ctrl-z"]),
    (Action::Cancel, &["ctrl-c"]),
    (Action::Quit, &["q"]),
];

impl Default for KeyMap {
    fn default() -> Self {
        let mut bindings = Vec::new();
        for (action, sequences) in DEFAULTS {
            // A test holds that each of them can be read.
            let read = sequences.iter().filter_map(|text| sequence(text).ok());
            bindings.extend(read.map(|keys| Binding { keys, action }));
        }
        Self { bindings }
    }
}

impl KeyMap {
    /// What these keys, pressed one after the other, mean.
    pub fn resolve(&self, pressed: &[Key]) -> Resolution {
        let matching = || {
            self.bindings
                .iter()
                .filter(|binding| binding.keys.starts_with(pressed))
        };
        if let Some(exact) = matching().find(|binding| binding.keys.len() == pressed.len()) {
            return Resolution::Action(exact.action);
        }
        if pressed.is_empty() || matching().next().is_none() {
            Resolution::Unbound
        } else {
            Resolution::Pending
        }
    }

    /// The sequences of an action as they are written, the first one for the footer, all of them for help.
    pub fn keys_of(&self, action: Action) -> Vec<String> {
        let own = self.bindings.iter().filter(|binding| binding.action == action);
        own.map(|binding| written(&binding.keys)).collect()
    }

    /// What can follow the keys pressed so far: the next key and the action, to show while a sequence is pending.
    pub fn continuations(&self, pressed: &[Key]) -> Vec<(String, Action)> {
        let rest = |binding: &Binding| {
            let rest = binding
                .keys
                .strip_prefix(pressed)
                .filter(|rest| !rest.is_empty())?;
            Some((written(rest), binding.action))
        };
        self.bindings.iter().filter_map(rest).collect()
    }

    /// Takes every key away from an action.
    pub(super) fn unbind(&mut self, action: Action) {
        self.bindings.retain(|binding| binding.action != action);
    }

    /// Gives a sequence to an action; what already has it, or begins with it, or begins it, is the error.
    pub(super) fn bind(&mut self, action: Action, keys: Vec<Key>) -> Result<(), (String, Action)> {
        let clash = self
            .bindings
            .iter()
            .find(|other| other.keys.starts_with(&keys) || keys.starts_with(&other.keys));
        match clash {
            Some(other) if other.action == action && other.keys == keys => Ok(()),
            Some(other) => Err((written(&other.keys), other.action)),
            None => {
                self.bindings.push(Binding { keys, action });
                Ok(())
            }
        }
    }
}

/// Keys separated by spaces.
pub(super) fn sequence(text: &str) -> Result<Vec<Key>, crate::app::KeyParseError> {
    let keys: Vec<Key> = text
        .split_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    if keys.is_empty() {
        return Err(crate::app::KeyParseError(text.to_owned()));
    }
    Ok(keys)
}

fn written(keys: &[Key]) -> String {
    keys.iter().map(Key::to_string).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_can_be_read_and_none_hides_another() {
        let mut map = KeyMap { bindings: Vec::new() };
        for (action, sequences) in DEFAULTS {
            for text in sequences {
                map.bind(action, sequence(text).unwrap()).unwrap();
            }
        }
        assert_eq!(map, KeyMap::default());
    }

    #[test]
    fn every_action_has_a_key_except_steps_of_the_menu_and_logging_in() {
        let keys = KeyMap::default();
        for action in Action::ALL
            .into_iter()
            .filter(|action| !matches!(action, Action::Do(_) | Action::Login))
        {
            assert!(!keys.keys_of(action).is_empty(), "{action:?}");
        }
    }
}
