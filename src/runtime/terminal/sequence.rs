//! What the rest of an escape sequence means when its ESC was split off and the rest arrived as single keys. The same
//! table as crossterm has for whole sequences; no state.

use crate::app::{Key, KeyCode};

/// The meaning of one sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sequence {
    Key(Key),
    FocusGained,
    FocusLost,
    PasteBegins,
    /// An answer to a question (cursor, modes, attributes), the mouse, or something unknown.
    Nothing,
}

/// `ESC [ parameters last`.
pub(super) fn csi(parameters: &str, last: char) -> Sequence {
    if let ("", 'I') = (parameters, last) {
        return Sequence::FocusGained;
    }
    if let ("", 'O') = (parameters, last) {
        return Sequence::FocusLost;
    }
    if let ("[", 'A'..='E') = (parameters, last) {
        let number = u32::from(last) - u32::from('A') + 1;
        return function(number).map_or(Sequence::Nothing, |code| Sequence::Key(Key::plain(code)));
    }
    if !parameters
        .chars()
        .all(|c| c.is_ascii_digit() || c == ';' || c == ':')
    {
        return Sequence::Nothing;
    }
    let mut fields = parameters.split(';');
    let first = fields.next().unwrap_or_default();
    let (mask, kind) = modifiers(fields.next());
    if kind == 3 {
        return Sequence::Nothing;
    }
    let code = match (last, number(first)) {
        ('~', 200) => return Sequence::PasteBegins,
        ('~', code) => tilde(code),
        ('u', code) => unicode(code),
        ('Z', _) => Some(KeyCode::BackTab),
        // `CSI 1;2R` would be shift-F3, but is far more often the answer where the cursor is.
        ('P' | 'Q' | 'S' | 'A'..='D' | 'F' | 'H', _) => letter(last),
        _ => None,
    };
    code.and_then(|code| with(code, mask))
        .map_or(Sequence::Nothing, Sequence::Key)
}

/// `ESC O last`. Keypad keys are left out: one of them is Enter.
pub(super) fn ss3(last: char) -> Sequence {
    letter(last).map_or(Sequence::Nothing, |code| Sequence::Key(Key::plain(code)))
}

fn number(field: &str) -> u32 {
    field
        .split(':')
        .next()
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0)
}

/// The modifiers, a bit each, and the kind of event (1 press, 2 repeat, 3 release).
fn modifiers(field: Option<&str>) -> (u32, u32) {
    let field = field.unwrap_or_default();
    let mask = number(field).saturating_sub(1);
    let kind = field
        .split(':')
        .nth(1)
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(1);
    (mask, kind)
}

fn with(code: KeyCode, mask: u32) -> Option<Key> {
    let (shift, alt, ctrl, others) = (mask & 1 != 0, mask & 2 != 0, mask & 4 != 0, mask & 0b11_1000);
    let code = if let (KeyCode::Char(character), true) = (code, shift) {
        KeyCode::Char(character.to_ascii_uppercase())
    } else if code == KeyCode::Tab && shift {
        KeyCode::BackTab
    } else {
        code
    };
    (others == 0).then_some(Key { code, ctrl, alt })
}

fn letter(last: char) -> Option<KeyCode> {
    Some(match last {
        'A' => KeyCode::Up,
        'B' => KeyCode::Down,
        'C' => KeyCode::Right,
        'D' => KeyCode::Left,
        'F' => KeyCode::End,
        'H' => KeyCode::Home,
        'P' => KeyCode::Function(1),
        'Q' => KeyCode::Function(2),
        'R' => KeyCode::Function(3),
        'S' => KeyCode::Function(4),
        _ => return None,
    })
}

fn tilde(code: u32) -> Option<KeyCode> {
    match code {
        1 | 7 => Some(KeyCode::Home),
        2 => Some(KeyCode::Insert),
        3 => Some(KeyCode::Delete),
        4 | 8 => Some(KeyCode::End),
        5 => Some(KeyCode::PageUp),
        6 => Some(KeyCode::PageDown),
        11..=15 => function(code - 10),
        17..=21 => function(code - 11),
        23..=24 => function(code - 12),
        _ => None,
    }
}

/// Kitty's `CSI code u`.
fn unicode(code: u32) -> Option<KeyCode> {
    match code {
        9 => Some(KeyCode::Tab),
        13 => Some(KeyCode::Enter),
        27 => Some(KeyCode::Esc),
        127 => Some(KeyCode::Backspace),
        // The private area names lock, media and modifier keys.
        0xE000..=0xF8FF => None,
        other => char::from_u32(other)
            .filter(|c| !c.is_control())
            .map(KeyCode::Char),
    }
}

fn function(number: u32) -> Option<KeyCode> {
    u8::try_from(number).ok().map(KeyCode::Function)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(sequence: Sequence) -> String {
        if let Sequence::Key(key) = sequence {
            key.to_string()
        } else {
            format!("{sequence:?}")
        }
    }

    #[test]
    fn sequences_are_the_keys_people_press() {
        let cases = [
            ("", 'A', "up"),
            ("1;5", 'C', "ctrl-right"),
            ("1;3", 'B', "alt-down"),
            ("", 'H', "home"),
            ("4", '~', "end"),
            ("", 'Z', "backtab"),
            ("3", '~', "delete"),
            ("5;5", '~', "ctrl-pgup"),
            ("11", '~', "f1"),
            ("15", '~', "f5"),
            ("17", '~', "f6"),
            ("24", '~', "f12"),
            ("[", 'B', "f2"),
            ("97;5", 'u', "ctrl-a"),
            ("27", 'u', "esc"),
            ("97;1:3", 'u', "Nothing"),
            ("200", '~', "PasteBegins"),
        ];
        for (parameters, last, name) in cases {
            assert_eq!(named(csi(parameters, last)), name, "CSI {parameters}{last}");
        }
    }

    #[test]
    fn answers_and_the_mouse_are_nothing() {
        for (parameters, last) in [
            ("1;1", 'R'),
            ("?2026;2$", 'y'),
            ("?62;22", 'c'),
            ("<0;3;4", 'M'),
            ("201", '~'),
            ("?1", 'u'),
        ] {
            assert_eq!(csi(parameters, last), Sequence::Nothing, "CSI {parameters}{last}");
        }
        assert_eq!(ss3('M'), Sequence::Nothing, "the keypad's Enter confirms nothing");
    }
}
