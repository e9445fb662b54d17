//! What can be known about the terminal from the environment alone. Nothing is asked of the terminal: answers would
//! come in as keys. How many colours there are is the theme's question (`ui::Depth`).

use std::time::Duration;

/// A program between us and the terminal that must be told to let some sequences through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Multiplexer {
    None,
    Tmux,
    Screen,
}

/// What the terminal can do, as far as its environment tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// The terminal is at the other end of a network.
    pub ssh: bool,
    pub multiplexer: Multiplexer,
    /// The terminal is one of those known to speak kitty's keyboard protocol.
    pub kitty: bool,
}

impl Capabilities {
    /// Reads the environment through `variable`.
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let term = set("TERM").unwrap_or_default();
        let multiplexer = if set("TMUX").is_some() {
            Multiplexer::Tmux
        } else if set("STY").is_some() {
            Multiplexer::Screen
        } else {
            Multiplexer::None
        };
        let kitty = ["xterm-kitty", "xterm-ghostty", "foot", "alacritty"]
            .iter()
            .any(|name| term.starts_with(name))
            || matches!(set("TERM_PROGRAM").as_deref(), Some("ghostty" | "WezTerm"));
        Self {
            ssh: set("SSH_CONNECTION").or_else(|| set("SSH_TTY")).is_some(),
            multiplexer,
            kitty: kitty && multiplexer == Multiplexer::None,
        }
    }

    /// The environment of this process.
    pub fn of_process() -> Self {
        Self::detect(|name| std::env::var(name).ok())
    }

    /// How long a lone Esc waits for the rest of its sequence.
    pub fn hold(self) -> Duration {
        Duration::from_millis(if self.ssh { 100 } else { 25 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(environment: &[(&str, &str)]) -> Capabilities {
        Capabilities::detect(|name| {
            environment
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn escape_waits_longer_over_a_network() {
        assert_eq!(with(&[]).hold(), Duration::from_millis(25));
        assert_eq!(
            with(&[("SSH_TTY", "/dev/pts/1")]).hold(),
            Duration::from_millis(100)
        );
    }

    #[test]
    fn tmux_hides_what_the_terminal_around_it_could_do() {
        let inside = with(&[("TERM", "xterm-kitty"), ("TMUX", "/tmp/tmux,1,0")]);
        assert_eq!((inside.multiplexer, inside.kitty), (Multiplexer::Tmux, false));
        assert!(with(&[("TERM", "xterm-kitty")]).kitty);
    }
}
