//! Text that came from outside, and the one way it may be shown.
//!
//! Names, annotations, messages, events and file names can carry escape sequences, bidirectional overrides and other
//! invisible characters (CVE-2021-25743 was such a hole in kubectl). [`Untrusted`] displays a sanitised form only: what is
//! removed is replaced by something visible, so `prod\u{200B}-eu` cannot pass for `prod-eu`. The raw value is for drivers and
//! adapters, which must send names back unchanged; `tests/architecture.rs` keeps everybody else from it.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A string from outside. Cheap to clone; compared and ordered by its raw value.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Untrusted(Arc<str>);

impl Untrusted {
    /// Wraps text exactly as it was received.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text exactly as received. For drivers and adapters only: never show it.
    pub fn raw(&self) -> &str {
        &self.0
    }

    /// True when nothing was received, or nothing at all was in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The sanitised text.
    pub fn shown(&self) -> String {
        self.to_string()
    }
}

impl From<&str> for Untrusted {
    fn from(text: &str) -> Self {
        Self(Arc::from(text))
    }
}

impl From<String> for Untrusted {
    fn from(text: String) -> Self {
        Self(Arc::from(text))
    }
}

impl fmt::Debug for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.shown())
    }
}

impl fmt::Display for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sanitise(&self.0, f)
    }
}

/// Longest text shown, in characters; the rest is counted. A message of a megabyte must not become a frame of a megabyte.
const LONGEST: usize = 4096;

/// Combining marks kept per base character: enough for every written language, too few to smear over other lines.
const MARKS: usize = 2;

fn sanitise(text: &str, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut marks = 0;
    for (index, character) in text.chars().enumerate() {
        if index == LONGEST {
            return write!(out, "… ({} more)", text.chars().count().saturating_sub(LONGEST));
        }
        if is_mark(character) {
            marks += 1;
            if marks > MARKS {
                continue;
            }
        } else {
            marks = 0;
        }
        match character {
            '\n' | '\r' | '\t' => out.write_char(' ')?,
            '\u{1b}' => out.write_char('␛')?,
            '\u{0}'..='\u{1f}' => out.write_char(control_picture(character))?,
            '\u{7f}' => out.write_char('␡')?,
            hidden if is_hidden(hidden) => write!(out, "‹U+{:04X}›", u32::from(hidden))?,
            plain => out.write_char(plain)?,
        }
    }
    Ok(())
}

/// U+2400 is the picture of NUL, and the others follow in order.
fn control_picture(control: char) -> char {
    char::from_u32(0x2400 + u32::from(control)).unwrap_or('?')
}

/// Combining marks of the blocks that stack: general, extended, supplement, symbols, half marks.
fn is_mark(character: char) -> bool {
    matches!(character,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// What a terminal would act on or hide: C1 controls, format characters (Unicode category Cf), separators, fillers, tags.
fn is_hidden(character: char) -> bool {
    matches!(character,
        '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
        | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_removed_is_shown() {
        assert_eq!(Untrusted::from("a\u{1b}[31mred").shown(), "a␛[31mred");
        assert_eq!(Untrusted::from("prod\u{200b}-eu").shown(), "prod‹U+200B›-eu");
        assert_eq!(Untrusted::from("a\u{202e}txt.exe").shown(), "a‹U+202E›txt.exe");
        assert_eq!(
            Untrusted::from("two\r\nlines\tand a tab").shown(),
            "two  lines and a tab"
        );
        assert_eq!(Untrusted::from("bell\u{7}").shown(), "bell␇");
    }

    #[test]
    fn stacked_marks_are_capped_and_words_survive() {
        let stacked = format!("e{}", "\u{301}".repeat(40));
        assert_eq!(Untrusted::from(stacked).shown(), "e\u{301}\u{301}");
        assert_eq!(Untrusted::from("größe 日本語 Ω").shown(), "größe 日本語 Ω");
    }

    #[test]
    fn a_megabyte_is_not_shown() {
        let long = Untrusted::from("x".repeat(1_000_000));
        assert!(long.shown().chars().count() < LONGEST + 40);
        assert!(long.shown().ends_with("(995904 more)"));
    }

    proptest! {
        #[test]
        fn nothing_a_terminal_acts_on_is_ever_shown(text in ".*") {
            for character in Untrusted::from(text.as_str()).shown().chars() {
                prop_assert!(!character.is_control() && !is_hidden(character), "{character:?}");
            }
        }
    }
}
