//! Puts together what arrives in pieces, in front of the key map: escape sequences and pastes whose ESC was split off,
//! and answers of the terminal that would act as keys. Pure: events and instants in, events out. It asks nobody and
//! draws nothing.
//!
//! What crossterm 0.29 does with a split, as measured: `ESC`, then `[A`, is the keys Esc, `[`, `A`; a paste split
//! after its first ESC is its text as live keys, Enter included; an OSC answer is alt-] and its text as keys.

use std::mem;
use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyEventKind};

use crate::app::{Key, KeyCode};

use super::burst::{Burst, Verdict};
use super::key;
use super::paste;
use super::sequence::{self, Sequence};

/// What the terminal has to say, in our own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TermEvent {
    Key(Key),
    /// The key is being held, where the terminal tells the difference. Fit for movement, never for an action.
    Repeat(Key),
    /// Pasted text: line ends are `\n`, other control characters are gone.
    Paste(String),
    Resize {
        width: u16,
        height: u16,
    },
    FocusGained,
    FocusLost,
    /// Keys that no finger pressed were thrown away.
    Dropped {
        what: &'static str,
        count: usize,
    },
    /// Nobody can press keys any more: the terminal is gone.
    InputClosed,
}

/// A split escape sequence follows its ESC at once; a finger is slower.
const AT_ONCE: Duration = Duration::from_millis(25);

/// An answer's pieces may come this far apart once it is certain that it is one.
const ANSWER_GAP: Duration = Duration::from_millis(500);

/// No answer takes longer or has more characters; whatever it was, keys count again after it.
const ANSWER_TIME: Duration = Duration::from_secs(2);
const ANSWER_LENGTH: usize = 4096;

/// The longest sequence a key or an answer about modes has.
const SEQUENCE_LENGTH: usize = 64;

#[derive(Debug)]
enum State {
    Ground,
    /// A lone Esc, held back until it is clear that nothing follows.
    Escape {
        since: Instant,
    },
    /// `ESC [`, and what followed.
    Csi {
        text: String,
        opened: Opened,
    },
    /// `ESC O`.
    Ss3 {
        opened: Opened,
    },
    /// The three bytes of an old mouse report.
    Mouse {
        left: u8,
        last: Instant,
    },
    /// OSC, DCS or another string, to be thrown away up to its end.
    Answer {
        opened: Opened,
        since: Instant,
        length: usize,
        escape: bool,
    },
    Paste {
        text: String,
        last: Instant,
    },
}

/// What a sequence began with, and what it was if nothing follows.
#[derive(Debug)]
struct Opened {
    keys: Vec<Key>,
    last: Instant,
}

/// The state machine. Feed it everything that can be read without waiting, then `take` what came of it: keys that turn out
/// to be part of a burst are taken back as long as nobody has seen them.
#[derive(Debug)]
pub struct Reassembler {
    hold: Duration,
    state: State,
    burst: Burst,
    ready: Vec<TermEvent>,
}

impl Reassembler {
    /// `hold` is how long a lone Esc waits for its sequence: 25 ms, over ssh 100 ms.
    pub fn new(hold: Duration) -> Self {
        Self {
            hold,
            state: State::Ground,
            burst: Burst::default(),
            ready: Vec::new(),
        }
    }

    /// Takes in one event that was read at `now`.
    pub fn feed(&mut self, event: Event, now: Instant) {
        self.expire(now);
        match event {
            Event::Key(event) => match (event.kind, key::key(&event)) {
                (KeyEventKind::Press, Some(key)) => self.press(key, now),
                (KeyEventKind::Repeat, Some(key)) => {
                    self.give_up(now);
                    self.ready.push(TermEvent::Repeat(key));
                }
                (KeyEventKind::Release, _) | (_, None) => {}
            },
            Event::Paste(text) => {
                self.give_up(now);
                self.ready.push(TermEvent::Paste(paste::clean(&text)));
            }
            Event::Resize(width, height) => {
                self.ready
                    .retain(|event| !matches!(event, TermEvent::Resize { .. }));
                self.ready.push(TermEvent::Resize { width, height });
            }
            Event::FocusGained => self.ready.push(TermEvent::FocusGained),
            Event::FocusLost => self.ready.push(TermEvent::FocusLost),
            Event::Mouse(_) => {}
        }
    }

    /// What is certain by now, in order.
    pub fn take(&mut self) -> Vec<TermEvent> {
        mem::take(&mut self.ready)
    }

    /// When `expire` has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        let state = match &self.state {
            State::Ground => None,
            State::Escape { since } => Some(*since + self.hold),
            State::Csi { opened, .. }
            | State::Ss3 { opened }
            | State::Answer {
                opened, length: 0, ..
            } => Some(opened.last + self.hold),
            State::Mouse { last, .. } => Some(*last + self.hold),
            State::Answer { opened, since, .. } => Some((opened.last + ANSWER_GAP).min(*since + ANSWER_TIME)),
            State::Paste { last, .. } => Some(*last + paste::QUIET.max(self.hold * 3)),
        };
        state.into_iter().chain(self.burst.deadline()).min()
    }

    /// Stops waiting for what did not come by `now`.
    pub fn expire(&mut self, now: Instant) {
        if let Some(count) = self.burst.expire(now) {
            self.ready.push(TermEvent::Dropped {
                what: "unmarked paste",
                count,
            });
        }
        if self.deadline().is_some_and(|deadline| deadline <= now) {
            self.give_up(now);
        }
    }

    /// Nothing more belongs to what was begun: it becomes what it is without the rest.
    fn give_up(&mut self, now: Instant) {
        match mem::replace(&mut self.state, State::Ground) {
            State::Ground | State::Mouse { .. } => {}
            State::Escape { .. } => self.emit(Key::plain(KeyCode::Esc), now),
            State::Csi { text, opened } if text.is_empty() => self.emit_all(opened.keys, now),
            State::Csi { text, .. } => self.drop_keys("unfinished key sequence", text.chars().count()),
            State::Ss3 { opened }
            | State::Answer {
                opened, length: 0, ..
            } => self.emit_all(opened.keys, now),
            State::Answer { length, .. } => self.drop_keys("unfinished answer of the terminal", length),
            State::Paste { text, .. } => self.ready.push(TermEvent::Paste(paste::clean(&text))),
        }
    }

    fn press(&mut self, key: Key, now: Instant) {
        match mem::replace(&mut self.state, State::Ground) {
            State::Ground => self.in_ground(key, now),
            State::Escape { since } => self.after_escape(key, since, now),
            State::Csi { text, opened } => self.in_csi(key, text, opened, now),
            State::Ss3 { opened } => {
                if let Some(last) = plain(key) {
                    self.finish(sequence::ss3(last), now);
                } else {
                    self.emit_all(opened.keys, now);
                    self.in_ground(key, now);
                }
            }
            State::Mouse { left: 0..=1, .. } => {}
            State::Mouse { left, .. } => {
                self.state = State::Mouse {
                    left: left - 1,
                    last: now,
                }
            }
            State::Answer {
                opened,
                since,
                length,
                escape,
            } => {
                self.in_answer(key, (opened, since, length, escape), now);
            }
            State::Paste { text, .. } => self.in_paste(key, text, now),
        }
    }

    fn in_ground(&mut self, key: Key, now: Instant) {
        if key == Key::plain(KeyCode::Esc) {
            self.state = State::Escape { since: now };
        } else if key.alt && !key.ctrl && opens_answer(key) {
            self.state = answer(vec![key], now);
        } else {
            self.emit(key, now);
        }
    }

    fn after_escape(&mut self, key: Key, since: Instant, now: Instant) {
        let escape = Key::plain(KeyCode::Esc);
        let alt = Key { alt: true, ..key };
        let at_once = now.saturating_duration_since(since) < AT_ONCE;
        let opened = |keys| Opened { keys, last: now };
        match plain(key) {
            Some('[') => {
                self.state = State::Csi {
                    text: String::new(),
                    opened: opened(vec![escape, key]),
                }
            }
            Some('O') => {
                self.state = State::Ss3 {
                    opened: opened(vec![escape, key]),
                }
            }
            Some(_) if opens_answer(key) && at_once => self.state = answer(vec![alt], now),
            Some(_) if opens_answer(key) => self.state = answer(vec![escape, key], now),
            Some(_) if at_once => self.emit(alt, now),
            _ => {
                self.emit(escape, now);
                self.in_ground(key, now);
            }
        }
    }

    fn in_csi(&mut self, key: Key, mut text: String, opened: Opened, now: Instant) {
        let opened = Opened { last: now, ..opened };
        match plain(key) {
            Some('[') if text.is_empty() => {
                text.push('[');
                self.state = State::Csi { text, opened };
            }
            Some('M') if text.is_empty() => self.state = State::Mouse { left: 3, last: now },
            Some(last @ '@'..='~') => self.finish(sequence::csi(&text, last), now),
            Some(parameter @ ' '..='?') if text.len() < SEQUENCE_LENGTH => {
                text.push(parameter);
                self.state = State::Csi { text, opened };
            }
            _ => {
                self.state = State::Csi { text, opened };
                self.give_up(now);
                self.in_ground(key, now);
            }
        }
    }

    fn finish(&mut self, sequence: Sequence, now: Instant) {
        match sequence {
            Sequence::Key(key) => self.emit(key, now),
            Sequence::FocusGained => self.ready.push(TermEvent::FocusGained),
            Sequence::FocusLost => self.ready.push(TermEvent::FocusLost),
            Sequence::PasteBegins => {
                self.state = State::Paste {
                    text: String::new(),
                    last: now,
                }
            }
            Sequence::Nothing => {}
        }
    }

    fn in_answer(
        &mut self,
        key: Key,
        (opened, since, length, escape): (Opened, Instant, usize, bool),
        now: Instant,
    ) {
        let bell = key == Key::ctrl('g');
        let terminator = key.code == KeyCode::Char('\\') && (key.alt || escape);
        if bell || terminator || key.code == KeyCode::Char('\u{9c}') {
            return;
        }
        if escape {
            // ESC ends every string: what comes now is something new.
            self.after_escape(key, opened.last, now);
        } else if length < ANSWER_LENGTH {
            let opened = Opened { last: now, ..opened };
            let escape = key == Key::plain(KeyCode::Esc);
            self.state = State::Answer {
                opened,
                since,
                length: length + 1,
                escape,
            };
        } else {
            self.drop_keys("unfinished answer of the terminal", length);
            self.in_ground(key, now);
        }
    }

    fn in_paste(&mut self, key: Key, mut text: String, now: Instant) {
        paste::push(key, &mut text);
        if let Some(pasted) = paste::ended(&text) {
            self.ready.push(TermEvent::Paste(pasted));
        } else {
            self.state = State::Paste { text, last: now };
        }
    }

    fn emit_all(&mut self, keys: Vec<Key>, now: Instant) {
        for key in keys {
            self.emit(key, now);
        }
    }

    fn emit(&mut self, key: Key, now: Instant) {
        match self.burst.judge(key, now) {
            Verdict::Passes => self.ready.push(TermEvent::Key(key)),
            Verdict::Dropped => {}
            Verdict::Trips => {
                let before = self.ready.len();
                self.ready
                    .retain(|event| !matches!(event, TermEvent::Key(key) if !key::moves(*key)));
                self.burst.took_back(before - self.ready.len());
            }
        }
    }

    fn drop_keys(&mut self, what: &'static str, count: usize) {
        self.ready.push(TermEvent::Dropped { what, count });
    }
}

fn answer(keys: Vec<Key>, now: Instant) -> State {
    State::Answer {
        opened: Opened { keys, last: now },
        since: now,
        length: 0,
        escape: false,
    }
}

/// OSC, DCS, APC, PM, SOS.
fn opens_answer(key: Key) -> bool {
    matches!(key.code, KeyCode::Char(']' | 'P' | '_' | '^' | 'X'))
}

fn plain(key: Key) -> Option<char> {
    if let KeyCode::Char(character) = key.code
        && !key.ctrl
        && !key.alt
    {
        Some(character)
    } else {
        None
    }
}
