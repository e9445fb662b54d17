//! Bytes beside the picture: the clipboard (OSC 52, which also works over ssh) and the title. They go out with a
//! frame, through the writer; text must have been sanitised before.

use std::fmt::Write as _;

use crossterm::Command as _;
use crossterm::clipboard::CopyToClipboard;

use super::capabilities::{Capabilities, Multiplexer};

/// What terminals take at most, in bytes after encoding (xterm's limit, and the smallest in use).
const LONGEST: usize = 74_994;

/// Screen takes no longer sequences at once.
const SCREEN_PIECE: usize = 512;

/// More of a title is never seen.
const TITLE: usize = 200;

/// The text does not fit through the terminal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "nothing was copied: {bytes} bytes are more than the {} a terminal takes; copy a part of it, or save it to a file",
    LONGEST / 4 * 3
)]
pub struct TooLong {
    pub bytes: usize,
}

/// The bytes that put the text into the clipboard of the terminal, where it allows that.
pub fn copy(text: &str, capabilities: Capabilities) -> Result<Vec<u8>, TooLong> {
    if text.len().div_ceil(3) * 4 > LONGEST {
        return Err(TooLong { bytes: text.len() });
    }
    let mut osc = String::new();
    let written = CopyToClipboard::to_clipboard_from(text).write_ansi(&mut osc);
    debug_assert!(written.is_ok(), "writing to memory cannot fail");
    Ok(match capabilities.multiplexer {
        Multiplexer::None => osc.into_bytes(),
        // Which of the two tmux lets through is its user's setting (set-clipboard, allow-passthrough); twice the same
        // does no harm.
        Multiplexer::Tmux => format!(
            "{osc}\u{1b}Ptmux;{}\u{1b}\\",
            osc.replace('\u{1b}', "\u{1b}\u{1b}")
        )
        .into_bytes(),
        Multiplexer::Screen => through_screen(&osc).into_bytes(),
    })
}

/// Screen passes on what stands in a DCS; the OSC inside must end with BEL, because ST would end the DCS.
fn through_screen(osc: &str) -> String {
    let osc = osc
        .strip_suffix("\u{1b}\\")
        .map_or_else(|| osc.to_owned(), |body| format!("{body}\u{7}"));
    let characters: Vec<char> = osc.chars().collect();
    characters
        .chunks(SCREEN_PIECE)
        .fold(String::new(), |mut all, piece| {
            all.push_str("\u{1b}P");
            all.extend(piece);
            all.push_str("\u{1b}\\");
            all
        })
}

/// The bytes that set the window's title.
pub fn title(text: &str) -> Vec<u8> {
    let mut osc = String::from("\u{1b}]2;");
    osc.extend(text.chars().filter(|c| !c.is_control()).take(TITLE));
    let ended = osc.write_str("\u{1b}\\");
    debug_assert!(ended.is_ok(), "writing to memory cannot fail");
    osc.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(multiplexer: &str) -> Capabilities {
        Capabilities::detect(|name| (name == multiplexer).then(|| "1".to_owned()))
    }

    #[test]
    fn text_is_copied_as_osc_52() {
        assert_eq!(copy("hello", inside("")).unwrap(), b"\x1b]52;c;aGVsbG8=\x1b\\");
    }

    #[test]
    fn multiplexers_get_it_wrapped() {
        let tmux = String::from_utf8(copy("hello", inside("TMUX")).unwrap()).unwrap();
        assert!(
            tmux.contains("\u{1b}Ptmux;\u{1b}\u{1b}]52;c;aGVsbG8=\u{1b}\u{1b}\\\u{1b}\\"),
            "{tmux:?}"
        );
        let screen = String::from_utf8(copy(&"x".repeat(900), inside("STY")).unwrap()).unwrap();
        assert_eq!(screen.matches("\u{1b}P").count(), 3, "in pieces");
        assert!(screen.ends_with("\u{7}\u{1b}\\"));
    }

    #[test]
    fn too_much_is_refused_with_a_way_out() {
        assert!(copy(&"x".repeat(56_244), inside("")).is_ok());
        let refused = copy(&"x".repeat(56_246), inside("")).unwrap_err();
        assert!(
            refused
                .to_string()
                .contains("56246 bytes are more than the 56244"),
            "{refused}"
        );
    }

    #[test]
    fn a_title_cannot_end_itself() {
        assert_eq!(title("prod\u{1b}\\evil\u{7}"), b"\x1b]2;prod\\evil\x1b\\");
    }
}
