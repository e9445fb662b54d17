//! What the program decides. Pure: events and the model in, effects out. Knows no clock, no cluster, no terminal; drivers
//! only as the planner that is handed in.

mod act;
mod action;
mod authority;
mod answers;
mod availability;
mod chooser;
mod commands;
mod context;
mod diff;
mod effect;
mod earlier;
mod event;
mod filter;
mod fleet;
mod follow;
mod gather;
mod guard;
mod headless;
mod key;
mod keys;
mod model;
mod notices;
mod overlay;
mod requests;
mod noting;
mod selection;
mod sheet;
mod decide;
mod sheets;
mod source;
mod traffic;
mod update;

pub use act::pane_number;
pub use action::{Action, Motion};
pub use authority::{Authority, token_refusal};
pub use availability::{Availability, of_step, pause_or_resume};
pub use chooser::{Chooser, Choosing, ImageField, undo_rows};
pub use commands::completions;
pub use context::{Context, Policy};
pub use decide::sheet_liveness;
pub use diff::{Diff, sides};
pub use earlier::Earlier;
pub use effect::{AccessQuestion, Effect, Probe, Request, RequestId};
pub use event::{
    DryRun, Event, EventLine, MessageTone, Panes, Permission, RecordEvent, RequestAnswer, SourceEvent,
};
pub use filter::Filter;
pub use fleet::{Fleet, SortBy};
pub use follow::{End, FOLLOW_FOR, Follow, LOCK_FOR, SETTLED_AFTER};
pub use guard::{
    Approved, Check, Facts, NO_DRY_RUN, SHORTEST_REASON, Typed, approve, synchronized, wanted_token,
};
pub use headless::{Confirmation, Opening, confirm_sheet, fill_in, is_ready, objection, open_sheet};
pub use key::{Key, KeyCode, KeyParseError};
pub use keys::{MENU, help_rows, takes_text};
pub use model::{Ends, Model, Pane, RolloutView, Screen};
pub use notices::{Message, Once, Ring, Sent};
pub use noting::{NoteProblem, ObjectNote};
pub use overlay::Overlay;
pub use requests::{
    DIFFERS, EFFECT_DONE, OUTCOME_ACCEPTED, OUTCOME_REVERTED, OUTCOME_SHOWN, OUTCOME_UNKNOWN, dry_run_words,
    outcome_words, reverted_words,
};
pub use selection::Selection;
pub use sheet::{Field, Offered, Sheet, Stage};
pub use source::{Connection, Heard, Source};
pub use traffic::{KnownTraffic, TrafficReading};
pub use update::update;
