//! From crossterm's keys to ours. What a key map cannot name (media keys, super, lock keys) is no key.

use crossterm::event::{KeyCode as Code, KeyEvent, KeyModifiers};

use crate::app::{Key, KeyCode};

/// Our word for the key, if there is one.
pub(super) fn key(event: &KeyEvent) -> Option<Key> {
    let modifiers = event.modifiers;
    if modifiers.intersects(KeyModifiers::SUPER | KeyModifiers::HYPER | KeyModifiers::META) {
        return None;
    }
    Some(Key {
        code: code(event.code, modifiers.contains(KeyModifiers::SHIFT))?,
        ctrl: modifiers.contains(KeyModifiers::CONTROL),
        alt: modifiers.contains(KeyModifiers::ALT),
    })
}

fn code(code: Code, shift: bool) -> Option<KeyCode> {
    Some(match code {
        Code::Char(character) if shift => KeyCode::Char(character.to_ascii_uppercase()),
        Code::Char(character) => KeyCode::Char(character),
        Code::Enter => KeyCode::Enter,
        Code::Esc => KeyCode::Esc,
        Code::Tab if shift => KeyCode::BackTab,
        Code::Tab => KeyCode::Tab,
        Code::BackTab => KeyCode::BackTab,
        Code::Backspace => KeyCode::Backspace,
        Code::Delete => KeyCode::Delete,
        Code::Insert => KeyCode::Insert,
        Code::Up => KeyCode::Up,
        Code::Down => KeyCode::Down,
        Code::Left => KeyCode::Left,
        Code::Right => KeyCode::Right,
        Code::Home => KeyCode::Home,
        Code::End => KeyCode::End,
        Code::PageUp => KeyCode::PageUp,
        Code::PageDown => KeyCode::PageDown,
        Code::F(number @ 1..=12) => KeyCode::Function(number),
        Code::F(_)
        | Code::Null
        | Code::CapsLock
        | Code::ScrollLock
        | Code::NumLock
        | Code::PrintScreen
        | Code::Pause
        | Code::Menu
        | Code::KeypadBegin
        | Code::Media(_)
        | Code::Modifier(_) => return None,
    })
}

/// Keys that only move, so that many of them at once (a held arrow over a slow line) are no sign of a paste.
pub(super) fn moves(key: Key) -> bool {
    matches!(
        key.code,
        KeyCode::Up
            | KeyCode::Down
            | KeyCode::Left
            | KeyCode::Right
            | KeyCode::Home
            | KeyCode::End
            | KeyCode::PageUp
            | KeyCode::PageDown
    )
}

/// The text that came in as this key, for putting a paste together again. Arrows and the like are no text.
pub(super) fn push_text(key: Key, text: &mut String) {
    if key.alt {
        text.push('\u{1b}');
    }
    match key.code {
        KeyCode::Char(character) if key.ctrl => {
            // ctrl and a letter are the letter's five low bits; only tab and line feed matter here.
            let low = u32::from(character.to_ascii_lowercase()) & 0x1f;
            text.extend(char::from_u32(low));
        }
        KeyCode::Char(character) => text.push(character),
        KeyCode::Enter => text.push('\r'),
        KeyCode::Tab => text.push('\t'),
        KeyCode::Esc => text.push('\u{1b}'),
        KeyCode::BackTab
        | KeyCode::Backspace
        | KeyCode::Delete
        | KeyCode::Insert
        | KeyCode::Up
        | KeyCode::Down
        | KeyCode::Left
        | KeyCode::Right
        | KeyCode::Home
        | KeyCode::End
        | KeyCode::PageUp
        | KeyCode::PageDown
        | KeyCode::Function(_) => {}
    }
}
