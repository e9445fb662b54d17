//! What a human can decide about a rollout, and how much friction that deserves.

/// One thing that can be done to a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    Pause,
    Resume,
    Restart,
    Undo,
    SetImage,
    Scale,
}

impl Step {
    /// Every step, in the order of the action menu.
    pub const ALL: [Self; 6] = [
        Self::Pause,
        Self::Resume,
        Self::Undo,
        Self::Restart,
        Self::SetImage,
        Self::Scale,
    ];

    /// The verb of buttons, records and the command line.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Restart => "restart",
            Self::Undo => "undo",
            Self::SetImage => "set-image",
            Self::Scale => "scale",
        }
    }

    /// The same in a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::SetImage => "set image",
            Self::Pause | Self::Resume | Self::Restart | Self::Undo | Self::Scale => self.verb(),
        }
    }

    /// Whether a human has to say more than the verb: a [`super::Choice`].
    pub fn takes_choice(self) -> bool {
        match self {
            Self::Undo | Self::SetImage | Self::Scale => true,
            Self::Pause | Self::Resume | Self::Restart => false,
        }
    }

    /// The subresource that the step writes, as RBAC rules name it.
    pub fn subresource(self) -> Option<&'static str> {
        (self == Self::Scale).then_some("scale")
    }
}

/// How much friction a step deserves: stopping is quick, forward is deliberate, forcing is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    Stop,
    Back,
    Forward,
    /// Forward against something that speaks against it; the sheet says what.
    Override,
}

impl Class {
    /// The word on the sheet and in the record.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Back => "back",
            Self::Forward => "forward",
            Self::Override => "override",
        }
    }

    /// Whether data that is old, or a record that cannot be written, refuses it.
    pub fn needs_fresh_data(self) -> bool {
        match self {
            Self::Stop | Self::Back => false,
            Self::Forward | Self::Override => true,
        }
    }
}
