//! The whole state of the program. One owner, changed by `update` alone.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::domain::{Cluster, Rollout, RolloutKey, Seconds, SeenWhole, Step};

use super::source::right;
use super::{
    AccessQuestion, Earlier, EventLine, Fleet, Follow, Heard, KnownTraffic, Message, MessageTone, Once,
    Overlay, Permission, RequestId, Ring, Selection, Sent, Sheet, Source,
};

/// What fills the terminal below the overlays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Screen {
    Fleet,
    Rollout(RolloutKey),
    Requests,
    Messages,
}

/// The panes of the rollout screen. At 80 columns they are tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Pane {
    #[default]
    Revisions,
    Why,
    Events,
}

impl Pane {
    /// In reading order.
    pub const ALL: [Self; 3] = [Self::Revisions, Self::Why, Self::Events];
}

/// The state of an open rollout's screen.
#[derive(Clone, Debug, Default)]
pub struct RolloutView {
    pub pane: Pane,
    pub zoomed: bool,
    /// First line shown, per pane.
    pub scroll: BTreeMap<u8, usize>,
    pub pods: Selection<crate::domain::Name>,
    pub events: Vec<EventLine>,
    pub events_of: Option<RolloutKey>,
    /// What its users feel; `None` before the first reading, and where nothing is configured.
    pub traffic: Option<KnownTraffic>,
}

/// The last position that each scrolled text can have, from the last frame: scrolling stops there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ends {
    /// Of each pane, by its number.
    pub panes: [usize; 3],
    pub list: usize,
    pub sheet: usize,
}

/// The whole state.
#[derive(Clone, Debug, Default)]
pub struct Model {
    pub sources: BTreeMap<Cluster, Source>,
    pub screens: Vec<Screen>,
    pub overlays: Vec<Overlay>,
    pub fleet: Fleet,
    pub view: RolloutView,
    pub follows: Vec<Follow>,
    pub messages: Ring<Message>,
    pub requests: Ring<Sent>,
    /// What other runs decided.
    pub earlier: Vec<Earlier>,
    /// First line shown of the requests and messages screens.
    pub list_scroll: usize,
    /// Questions of rights under way.
    pub asked: BTreeMap<RequestId, (Cluster, AccessQuestion)>,
    pub last_request: u64,
    /// When revisions were last known to become whole, over runs of this program.
    pub seen: SeenWhole,
    /// The reason typed on a sheet that closed by itself: it is not lost.
    pub kept_reason: Option<(RolloutKey, String)>,
    /// ctrl-c was pressed where there was nothing to cancel: once more quits.
    pub quit_armed: bool,
    pub quitting: bool,
    /// What was told and need not be told again.
    pub told_once: BTreeSet<Once>,
    /// The last time the terminal dropped input; keys right after it are part of the same accident.
    pub rows_per_page: usize,
    /// How far the texts of the last frame can be scrolled.
    pub ends: Ends,
    /// What the user last did that could not be done, for the message line.
    pub flash: Option<(MessageTone, String, Timestamp)>,
}

impl Model {
    /// A program that has not heard of anything.
    pub fn new(cluster: Cluster) -> Self {
        let mut model = Self {
            rows_per_page: 20,
            ..Self::default()
        };
        model.sources.insert(cluster, Source::default());
        model
    }

    /// The screen that is open.
    pub fn screen(&self) -> &Screen {
        self.screens.last().unwrap_or(&Screen::Fleet)
    }

    /// A rollout by its key.
    pub fn rollout(&self, key: &RolloutKey) -> Option<&Rollout> {
        self.sources
            .get(&key.cluster)?
            .rollouts
            .get(key)
            .map(AsRef::as_ref)
    }

    /// The clock of the server that `rollout` lives on, at `now`.
    pub fn server_time(&self, rollout: &Rollout, now: Timestamp) -> Timestamp {
        self.sources
            .get(&rollout.key.cluster)
            .map_or(now, |source| source.server_time(now))
    }

    /// Every rollout of every source.
    pub fn rollouts(&self) -> impl Iterator<Item = &Rollout> {
        self.sources
            .values()
            .flat_map(|source| source.rollouts.values())
            .map(AsRef::as_ref)
    }

    /// The rollout that actions mean: the open one, else the selected one. None while the selection is lapsed.
    pub fn subject(&self) -> Option<&Rollout> {
        match self.screen() {
            Screen::Rollout(key) => self.rollout(key),
            Screen::Fleet => self.rollout(self.fleet.selection.acting()?),
            Screen::Requests | Screen::Messages => None,
        }
    }

    /// The open sheet, wherever it lies among the overlays.
    pub fn sheet(&self) -> Option<&Sheet> {
        self.overlays.iter().rev().find_map(|overlay| match overlay {
            Overlay::Sheet(sheet) => Some(&**sheet),
            Overlay::Menu { .. }
            | Overlay::Help { .. }
            | Overlay::Filter { .. }
            | Overlay::Command { .. }
            | Overlay::Chooser(_)
            | Overlay::Diff(_)
            | Overlay::QuitQuestion => None,
        })
    }

    /// The open sheet, to be changed.
    pub fn sheet_mut(&mut self) -> Option<&mut Sheet> {
        self.overlays.iter_mut().rev().find_map(|overlay| match overlay {
            Overlay::Sheet(sheet) => Some(&mut **sheet),
            Overlay::Menu { .. }
            | Overlay::Help { .. }
            | Overlay::Filter { .. }
            | Overlay::Command { .. }
            | Overlay::Chooser(_)
            | Overlay::Diff(_)
            | Overlay::QuitQuestion => None,
        })
    }

    /// The follow of that id.
    pub fn follow(&self, id: RequestId) -> Option<&Follow> {
        self.follows.iter().find(|follow| follow.id == id)
    }

    /// A fresh id.
    pub fn next_id(&mut self) -> RequestId {
        self.last_request += 1;
        RequestId(self.last_request)
    }

    /// Tells the user something: on the message line and in the list of messages.
    pub fn tell(&mut self, now: Timestamp, tone: MessageTone, text: impl Into<String>) {
        let text = text.into();
        self.flash = Some((tone, text.clone(), now));
        self.messages.tell(now, tone, text);
    }

    /// True when a second more or less changes nothing on the screen but ages, which move in steps: nothing is open or
    /// under way, every source is live, and no rollout has anything to tell.
    pub fn is_calm(&self, now: Timestamp) -> bool {
        let quiet = self
            .flash
            .as_ref()
            .is_none_or(|(_, _, at)| Seconds::between(*at, now) > Seconds(60));
        quiet
            && self.overlays.is_empty()
            && self.follows.iter().all(|follow| follow.end.is_some())
            && self
                .sources
                .values()
                .all(|source| source.heard(now) == Heard::Live)
            && self.rollouts().all(|rollout| rollout.findings.is_empty())
    }

    /// Whether the user may change `rollout`; `None` while that is not known.
    pub fn may_change(&self, rollout: &Rollout, now: Timestamp) -> Option<&Permission> {
        self.sources
            .get(&rollout.key.cluster)?
            .permission(&right(&rollout.key, Step::Pause), now)
    }

    /// Writes that may or may not have been applied.
    pub fn unknown(&self) -> usize {
        self.follows.iter().filter(|follow| follow.is_unknown()).count()
    }

    /// Writes that have left and are not answered.
    pub fn in_flight(&self) -> usize {
        self.follows.iter().filter(|follow| follow.is_in_flight()).count()
    }
}
