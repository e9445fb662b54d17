//! Everything a user can mean, with its name and its sentence: key map, menu, help, palette and records read this table.

use crate::domain::Step;

/// A movement within the list or text that has the focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Motion {
    Up,
    Down,
    PageUp,
    PageDown,
    HalfPageUp,
    HalfPageDown,
    First,
    Last,
}

/// One meaning. Which key it is on is the key map's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    Move(Motion),
    Open,
    Close,
    NextPane,
    PreviousPane,
    Zoom,
    Filter,
    Command,
    Sort,
    SortReverse,
    Help,
    Menu,
    Back,
    Copy,
    CopyCommand,
    Requests,
    Messages,
    Events,
    Diff,
    Refresh,
    Login,
    Redraw,
    Suspend,
    Cancel,
    Quit,
    /// `space`: pause or resume, whichever the state asks for.
    PauseOrResume,
    /// Gives up what is rolling out: on a Deployment that is going back.
    Abort,
    Do(Step),
}

impl Action {
    /// Every action, in the order of help.
    pub const ALL: [Self; 40] = [
        Self::Move(Motion::Up),
        Self::Move(Motion::Down),
        Self::Move(Motion::PageUp),
        Self::Move(Motion::PageDown),
        Self::Move(Motion::HalfPageUp),
        Self::Move(Motion::HalfPageDown),
        Self::Move(Motion::First),
        Self::Move(Motion::Last),
        Self::Open,
        Self::Close,
        Self::Back,
        Self::NextPane,
        Self::PreviousPane,
        Self::Zoom,
        Self::Filter,
        Self::Command,
        Self::Sort,
        Self::SortReverse,
        Self::Menu,
        Self::PauseOrResume,
        Self::Do(Step::Pause),
        Self::Do(Step::Resume),
        Self::Abort,
        Self::Do(Step::Undo),
        Self::Do(Step::Restart),
        Self::Do(Step::SetImage),
        Self::Do(Step::Scale),
        Self::Copy,
        Self::CopyCommand,
        Self::Requests,
        Self::Messages,
        Self::Events,
        Self::Diff,
        Self::Help,
        Self::Refresh,
        Self::Login,
        Self::Redraw,
        Self::Suspend,
        Self::Cancel,
        Self::Quit,
    ];

    /// The stable name, for the key map and the palette.
    pub fn name(self) -> &'static str {
        match self {
            Self::Move(motion) => motion.name(),
            Self::Open => "open",
            Self::Close => "close",
            Self::NextPane => "next-pane",
            Self::PreviousPane => "previous-pane",
            Self::Zoom => "zoom",
            Self::Filter => "filter",
            Self::Command => "command",
            Self::Sort => "sort",
            Self::SortReverse => "sort-reverse",
            Self::Help => "help",
            Self::Menu => "actions",
            Self::Back => "back",
            Self::Copy => "copy",
            Self::CopyCommand => "copy-command",
            Self::Requests => "requests",
            Self::Messages => "messages",
            Self::Events => "events",
            Self::Diff => "diff",
            Self::Refresh => "refresh",
            Self::Login => "login",
            Self::Redraw => "redraw",
            Self::Suspend => "suspend",
            Self::Cancel => "cancel",
            Self::Quit => "quit",
            Self::PauseOrResume => "pause-or-resume",
            Self::Abort => "abort",
            Self::Do(step) => step.verb(),
        }
    }

    /// What it does, in a sentence for help.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Move(motion) => motion.sentence(),
            Self::Open => "open what is selected",
            Self::Close => "close one thing: sheet, menu, filter, screen; never quits",
            Self::NextPane => "go to the next pane",
            Self::PreviousPane => "go to the previous pane",
            Self::Zoom => "give the focused pane the whole screen, and take it back",
            Self::Filter => "filter: words, !not, -l label=value, /regex/",
            Self::Command => "type a command, with completion",
            Self::Sort => "sort by the next column",
            Self::SortReverse => "turn the order around",
            Self::Help => "every key and what it does; type to search, enter runs it",
            Self::Menu => "what can be done to the selected rollout, and why not",
            Self::Back => "the screen before this one",
            Self::Copy => "copy the name of what is selected",
            Self::CopyCommand => "copy the kubectl command that does the same",
            Self::Requests => "every request that was asked or sent, with its answer",
            Self::Messages => "what this program had to say",
            Self::Events => "the events of the open rollout",
            Self::Diff => "compare templates: any two revisions, now, last applied",
            Self::Refresh => "list everything anew",
            Self::Login => "run the login command of this context, where it can ask",
            Self::Redraw => "draw the whole screen again",
            Self::Suspend => "suspend; fg comes back",
            Self::Cancel => "cancel; where there is nothing to cancel, twice quits",
            Self::Quit => "quit, from home; asks while a write is in flight",
            Self::PauseOrResume => "pause the rollout, or resume a paused one",
            Self::Abort => "give up what is rolling out and go back to what ran before",
            Self::Do(Step::Pause) => "stop the rollout where it is",
            Self::Do(Step::Resume) => "let a paused rollout go on",
            Self::Do(Step::Undo) => "go back to a revision",
            Self::Do(Step::SetImage) => "set the image of a container",
            Self::Do(Step::Scale) => "set the number of pods",
            Self::Do(Step::Restart) => "replace every pod by a new one of the same revision",
        }
    }

    /// The action of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }
}

impl Motion {
    fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::PageUp => "page-up",
            Self::PageDown => "page-down",
            Self::HalfPageUp => "half-page-up",
            Self::HalfPageDown => "half-page-down",
            Self::First => "first",
            Self::Last => "last",
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::Up => "one up",
            Self::Down => "one down",
            Self::PageUp => "a page up",
            Self::PageDown => "a page down",
            Self::HalfPageUp => "half a page up",
            Self::HalfPageDown => "half a page down",
            Self::First => "to the first",
            Self::Last => "to the last",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_of_one_action() {
        for action in Action::ALL {
            assert_eq!(Action::by_name(action.name()), Some(action));
        }
    }
}
