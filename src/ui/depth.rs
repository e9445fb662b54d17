//! How many colours the terminal has. Detected from the environment, since asking the terminal takes longer than a first paint may.

/// A colour depth. Each has its own designed variant of every theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Depth {
    Rgb,
    Indexed256,
    Ansi16,
    /// Bold, dim, reverse and underline only; no colour at all.
    Mono,
}

impl Depth {
    /// Every depth, richest first.
    pub const ALL: [Self; 4] = [Self::Rgb, Self::Indexed256, Self::Ansi16, Self::Mono];

    /// The word of the configuration: `rgb`, `256`, `16` or `mono`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Rgb => "rgb",
            Self::Indexed256 => "256",
            Self::Ansi16 => "16",
            Self::Mono => "mono",
        }
    }

    /// The depth of that word; `auto` and everything else look at the environment.
    ///
    /// `NO_COLOR` loses against an explicit word: who writes `rgb` means it.
    pub fn choose(word: &str, env: impl Fn(&str) -> Option<String>) -> Self {
        Self::ALL
            .into_iter()
            .find(|depth| depth.word() == word)
            .unwrap_or_else(|| Self::detect(env))
    }

    /// What the environment promises. Over ssh `COLORTERM` is usually lost, and 256 is what is left.
    pub fn detect(env: impl Fn(&str) -> Option<String>) -> Self {
        let value = |name: &str| env(name).unwrap_or_default();
        let (term, colorterm) = (value("TERM"), value("COLORTERM"));
        if !value("NO_COLOR").is_empty() || term == "dumb" {
            Self::Mono
        } else if colorterm == "truecolor" || colorterm == "24bit" {
            Self::Rgb
        } else if term.contains("256color") || term.contains("direct") {
            Self::Indexed256
        } else {
            Self::Ansi16
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(pairs: &[(&str, &str)], word: &str) -> Depth {
        let find = |name: &str| pairs.iter().find(|(key, _)| *key == name);
        Depth::choose(word, |name| find(name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_environment_decides_unless_the_configuration_does() {
        let tmux = [("TERM", "tmux-256color")];
        assert_eq!(seen(&tmux, "auto"), Depth::Indexed256);
        assert_eq!(seen(&tmux, "16"), Depth::Ansi16);
        assert_eq!(
            seen(&[("TERM", "xterm"), ("COLORTERM", "truecolor")], "auto"),
            Depth::Rgb
        );
        assert_eq!(seen(&[("TERM", "linux")], "auto"), Depth::Ansi16);
        assert_eq!(seen(&[("TERM", "dumb")], "auto"), Depth::Mono);
        let quiet = [("TERM", "xterm"), ("COLORTERM", "truecolor"), ("NO_COLOR", "1")];
        assert_eq!(seen(&quiet, "auto"), Depth::Mono);
        assert_eq!(seen(&quiet, "rgb"), Depth::Rgb);
        assert_eq!(
            seen(&[("TERM", "xterm-256color"), ("NO_COLOR", "")], "auto"),
            Depth::Indexed256
        );
    }
}
