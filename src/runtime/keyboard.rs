//! From keys to events: sequences are put together by the key map where no text is typed.

use crate::app::{Action, Event, Key, Model, takes_text};
use crate::config::{KeyMap, Resolution};

/// The keys of a sequence that is not complete.
#[derive(Debug, Default)]
pub(super) struct Keyboard {
    pending: Vec<Key>,
}

impl Keyboard {
    /// What a key means now; `None` while a sequence is under way.
    pub(super) fn read(&mut self, keys: &KeyMap, model: &Model, key: Key, repeat: bool) -> Option<Event> {
        if takes_text(model) {
            self.pending.clear();
            // While text is typed only keys with ctrl may mean something else.
            let action = match keys.resolve(&[key]) {
                Resolution::Action(action) if key.ctrl && is_global(action) => Some(action),
                Resolution::Action(_) | Resolution::Pending | Resolution::Unbound => None,
            };
            return Some(Event::Key { key, action, repeat });
        }
        self.pending.push(key);
        match keys.resolve(&self.pending) {
            Resolution::Pending => None,
            Resolution::Action(action) => {
                self.pending.clear();
                Some(Event::Key {
                    key,
                    action: Some(action),
                    repeat,
                })
            }
            Resolution::Unbound => {
                let lone = self.pending.len() == 1;
                self.pending.clear();
                if lone {
                    return Some(Event::Key {
                        key,
                        action: None,
                        repeat,
                    });
                }
                // The sequence came to nothing: its last key counts by itself.
                self.read(keys, model, key, repeat)
            }
        }
    }
}

/// Actions that hold wherever one is.
fn is_global(action: Action) -> bool {
    matches!(action, Action::Suspend | Action::Redraw | Action::Cancel)
}
