//! What a piece of text means, for the theme to colour and the glyph set to mark. Never the only carrier of a meaning: a word
//! stands beside it.

use serde::Deserialize;

/// A semantic role. Themes give each one a style.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    Text,
    Muted,
    Title,
    Border,
    BorderFocus,
    Selection,
    Match,
    Key,
    Accent,
    BannerProd,
    BannerStage,
    BannerDev,
    Ok,
    Warn,
    Fail,
    Info,
    Paused,
    Unknown,
    Stale,
    Canary,
    Baseline,
    DiffAdd,
    DiffDel,
}

impl Tone {
    /// Every role, in the order of the theme files.
    pub const ALL: [Self; 23] = [
        Self::Text,
        Self::Muted,
        Self::Title,
        Self::Border,
        Self::BorderFocus,
        Self::Selection,
        Self::Match,
        Self::Key,
        Self::Accent,
        Self::BannerProd,
        Self::BannerStage,
        Self::BannerDev,
        Self::Ok,
        Self::Warn,
        Self::Fail,
        Self::Info,
        Self::Paused,
        Self::Unknown,
        Self::Stale,
        Self::Canary,
        Self::Baseline,
        Self::DiffAdd,
        Self::DiffDel,
    ];
}

/// A mark. Each glyph set draws it in one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Glyph {
    Ok,
    Stuck,
    Failing,
    Waiting,
    Moving,
    NoData,
    Stale,
    Idle,
    Cursor,
    Arrow,
    BarFull,
    BarEmpty,
    Separator,
    Ellipsis,
    Check,
    Open,
}
