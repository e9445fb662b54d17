//! Standard output and standard error. A reader who closed the pipe has what was wanted: that is no failure and says nothing.

use std::io::{self, ErrorKind, IsTerminal as _, Write as _};

use crate::cli::Cli;
use crate::config::Settings;
use crate::domain::Untrusted;
use crate::ui::Depth;
use crate::view::Tone;

use super::CommandError;

/// Whether anybody still reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    Listens,
    Left,
}

/// Writes an answer at once: nothing of it is seen when a part of it cannot be made.
pub(super) fn out(text: &str) -> Result<Reader, CommandError> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(Reader::Listens),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Reader::Left),
        Err(error) => Err(CommandError::Output(error)),
    }
}

/// Tells what is beside the answer: what is missing from it, what was odd.
pub(super) fn beside(text: &str) {
    let text = Untrusted::from(text);
    // When stderr is closed there is nobody to tell.
    drop(writeln!(io::stderr(), "flightdeck: {text}"));
}

/// Tells something of several lines beside the answer. Only for text whose lines are clean already.
pub(in crate::runtime) fn report(text: &str) {
    drop(writeln!(io::stderr(), "{text}\n"));
}

/// Puts colour on words, where somebody looks and wants it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Brush {
    colours: bool,
}

impl Brush {
    /// By flag, configuration and surroundings: asked for by name colours go into a pipe as well.
    pub(super) fn choose(cli: &Cli, settings: &Settings) -> Self {
        let word = cli.color.as_deref().unwrap_or_else(|| settings.colour.word());
        let word = if word == "never" { "mono" } else { word };
        let depth = Depth::choose(word, |name| std::env::var(name).ok());
        let asked = cli.color.as_deref().is_some_and(|word| word != "auto");
        Self {
            colours: depth != Depth::Mono && (asked || io::stdout().is_terminal()),
        }
    }

    /// The sixteen colours only, which every terminal maps to what can be read on its ground.
    pub(super) fn paint(self, tone: Tone, word: &str) -> String {
        let code = match tone {
            Tone::Ok => "32",
            Tone::Warn | Tone::Stale => "33",
            Tone::Fail => "31",
            Tone::Info => "36",
            Tone::Paused => "35",
            Tone::Title => "1",
            Tone::Text
            | Tone::Muted
            | Tone::Border
            | Tone::BorderFocus
            | Tone::Selection
            | Tone::Match
            | Tone::Key
            | Tone::Accent
            | Tone::BannerProd
            | Tone::BannerStage
            | Tone::BannerDev
            | Tone::Unknown
            | Tone::Canary
            | Tone::Baseline
            | Tone::DiffAdd
            | Tone::DiffDel => return word.to_owned(),
        };
        if self.colours && !word.trim().is_empty() {
            format!("\u{1b}[{code}m{word}\u{1b}[0m")
        } else {
            word.to_owned()
        }
    }
}
