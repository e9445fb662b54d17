//! What lies over the screen and takes the keys first.

use tui_input::Input;

use crate::domain::RolloutKey;

use super::{Action, Chooser, Diff, Selection, Sheet};

/// One layer over the screen. The topmost gets the keys.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// The action menu of a rollout.
    Menu {
        key: RolloutKey,
        selection: Selection<Action>,
    },
    /// Every key, searchable, executable.
    Help {
        search: Input,
        selection: Selection<Action>,
    },
    /// The filter line.
    Filter {
        input: Input,
        problem: Option<String>,
    },
    /// The command line.
    Command {
        input: Input,
        problem: Option<String>,
    },
    /// What a step has to be told before its sheet opens.
    Chooser(Box<Chooser>),
    /// Two templates compared.
    Diff(Box<Diff>),
    Sheet(Box<Sheet>),
    /// Quitting was asked for while writes are in flight.
    QuitQuestion,
}
