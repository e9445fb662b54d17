//! Bytes in pieces give the same events as bytes in one piece, and nothing from inside a paste or an answer acts as a
//! key. crossterm keeps its parser to itself, so the part of it that matters here is repeated below, as measured.

use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use flightdeck::runtime::terminal::{Reassembler, TermEvent};
use proptest::prelude::*;

const HOLD: Duration = Duration::from_millis(25);

/// What crossterm 0.29 makes of bytes that arrive in these pieces. An ESC at the end of a piece is the key at once.
fn crossterm_events(pieces: &[&[u8]]) -> Vec<(usize, Event)> {
    let mut events = Vec::new();
    let mut buffer: Vec<u8> = Vec::new();
    for (number, piece) in pieces.iter().enumerate() {
        for (index, byte) in piece.iter().enumerate() {
            buffer.push(*byte);
            match parse(&buffer, index + 1 < piece.len()) {
                Parsed::More => {}
                Parsed::Bad => buffer.clear(),
                Parsed::Event(event) => {
                    events.push((number, event));
                    buffer.clear();
                }
            }
        }
    }
    events
}

enum Parsed {
    More,
    Bad,
    Event(Event),
}

fn key(code: KeyCode, modifiers: KeyModifiers) -> Parsed {
    Parsed::Event(Event::Key(KeyEvent::new(code, modifiers)))
}

fn parse(buffer: &[u8], more: bool) -> Parsed {
    match buffer {
        [0x1b] if more => Parsed::More,
        [0x1b] | [0x1b, 0x1b] => key(KeyCode::Esc, KeyModifiers::NONE),
        [0x1b, b'O'] => Parsed::More,
        [0x1b, b'O', last] => arrow(*last).map_or(Parsed::Bad, |code| key(code, KeyModifiers::NONE)),
        [0x1b, b'[', rest @ ..] => parse_csi(rest),
        [0x1b, rest @ ..] => match parse(rest, more) {
            Parsed::Event(Event::Key(event)) => key(event.code, event.modifiers | KeyModifiers::ALT),
            other @ (Parsed::Event(_) | Parsed::More | Parsed::Bad) => other,
        },
        [b'\r'] => key(KeyCode::Enter, KeyModifiers::NONE),
        [b'\t'] => key(KeyCode::Tab, KeyModifiers::NONE),
        [control @ 1..=26] => key(KeyCode::Char((control + b'a' - 1).into()), KeyModifiers::CONTROL),
        [byte] if byte.is_ascii_uppercase() => key(KeyCode::Char((*byte).into()), KeyModifiers::SHIFT),
        bytes => match std::str::from_utf8(bytes) {
            Ok(text) => key(KeyCode::Char(text.chars().next().unwrap()), KeyModifiers::NONE),
            Err(_) => Parsed::More,
        },
    }
}

fn parse_csi(rest: &[u8]) -> Parsed {
    if let Some(text) = rest.strip_prefix(b"200~") {
        return text.strip_suffix(b"\x1b[201~").map_or(Parsed::More, |text| {
            Parsed::Event(Event::Paste(String::from_utf8_lossy(text).into_owned()))
        });
    }
    let Some((last @ 0x40..=0x7e, parameters)) = rest.split_last() else {
        return Parsed::More;
    };
    if *last == b'[' && parameters.is_empty() {
        return Parsed::More;
    }
    let parameters = std::str::from_utf8(parameters).unwrap();
    let mask: u8 = parameters
        .split(';')
        .nth(1)
        .and_then(|mask| mask.parse().ok())
        .unwrap_or(1)
        .max(1);
    let modifiers =
        KeyModifiers::from_bits_truncate((mask - 1) & 1 | ((mask - 1) & 2) << 1 | ((mask - 1) & 4) >> 1);
    let first = parameters.split(';').next().unwrap();
    match (first, last) {
        ("", b'I') => Parsed::Event(Event::FocusGained),
        ("", b'O') => Parsed::Event(Event::FocusLost),
        ("" | "1", b'A' | b'B' | b'C' | b'D' | b'H' | b'F' | b'P' | b'Q' | b'S') => {
            key(arrow(*last).unwrap(), modifiers)
        }
        ("", b'Z') => key(KeyCode::BackTab, KeyModifiers::SHIFT),
        ("[", b'A'..=b'E') => key(KeyCode::F(last - b'A' + 1), KeyModifiers::NONE),
        (number, b'~') => tilde(number).map_or(Parsed::Bad, |code| key(code, modifiers)),
        _ => Parsed::Bad,
    }
}

fn arrow(last: u8) -> Option<KeyCode> {
    Some(match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'H' => KeyCode::Home,
        b'F' => KeyCode::End,
        b'P'..=b'S' => KeyCode::F(last - b'P' + 1),
        _ => return None,
    })
}

fn tilde(number: &str) -> Option<KeyCode> {
    Some(match number.parse().ok()? {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        code @ 11..=15 => KeyCode::F(code - 10),
        code @ 17..=21 => KeyCode::F(code - 11),
        code @ 23..=24 => KeyCode::F(code - 12),
        _ => return None,
    })
}

/// Everything that comes of these pieces, two milliseconds apart, and of the silence after them.
fn events(pieces: &[&[u8]]) -> Vec<TermEvent> {
    let start = Instant::now();
    let mut reassembler = Reassembler::new(HOLD);
    let mut all = Vec::new();
    for (number, event) in crossterm_events(pieces) {
        reassembler.feed(
            event,
            start + Duration::from_millis(2) * u32::try_from(number).unwrap(),
        );
        all.extend(reassembler.take());
    }
    while let Some(deadline) = reassembler.deadline() {
        reassembler.expire(deadline);
        all.extend(reassembler.take());
    }
    all
}

/// What terminals send for keys, focus and pastes, and answer to questions.
fn sequence() -> impl Strategy<Value = Vec<u8>> {
    let keys: Vec<&'static str> = vec![
        "\x1b[A",
        "\x1b[B",
        "\x1b[C",
        "\x1b[D",
        "\x1b[H",
        "\x1b[F",
        "\x1bOA",
        "\x1bOP",
        "\x1bOQ",
        "\x1bOR",
        "\x1bOS",
        "\x1b[Z",
        "\x1b[3~",
        "\x1b[5~",
        "\x1b[6~",
        "\x1b[1;5A",
        "\x1b[1;3D",
        "\x1b[1;2H",
        "\x1b[5;5~",
        "\x1b[3;3~",
        "\x1b[11~",
        "\x1b[15~",
        "\x1b[24~",
        "\x1b[[A",
        "\x1b[[E",
        "\x1b[1;5P",
        "\x1b[I",
        "\x1b[O",
    ];
    prop_oneof![
        prop::sample::select(keys).prop_map(|keys| keys.as_bytes().to_vec()),
        paste(),
        answer(),
    ]
}

fn paste() -> impl Strategy<Value = Vec<u8>> {
    "[a-zA-Z0-9 \r\n\tåß日\\[~]{0,60}".prop_map(|text| format!("\x1b[200~{text}\x1b[201~").into_bytes())
}

fn answer() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        "[0-9]{1,3};[0-9]{1,3}R".prop_map(|body| format!("\x1b[{body}")),
        "[0-9]{1,4};[0-4]".prop_map(|body| format!("\x1b[?{body}$y")),
        "[0-9;]{1,20}c".prop_map(|body| format!("\x1b[?{body}")),
        "1[01];rgb:[0-9a-f]{4}/[0-9a-f]{4}/[0-9a-f]{4}".prop_map(|body| format!("\x1b]{body}\x07")),
        "1[01];rgb:[0-9a-f]{4}/[0-9a-f]{4}/[0-9a-f]{4}".prop_map(|body| format!("\x1b]{body}\x1b\\")),
        "1\\$r[0-9;:]{0,20}m".prop_map(|body| format!("\x1bP{body}\x1b\\")),
        ">\\|[A-Za-z0-9 .()]{1,30}".prop_map(|body| format!("\x1bP{body}\x1b\\")),
    ]
    .prop_map(String::into_bytes)
}

fn keys_in(events: &[TermEvent]) -> usize {
    events
        .iter()
        .filter(|event| matches!(event, TermEvent::Key(_) | TermEvent::Repeat(_)))
        .count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_sequence_split_anywhere_is_the_same_sequence(bytes in sequence()) {
        let whole = events(&[&bytes]);
        prop_assert!(whole.len() <= 1, "{whole:?}");
        for at in 0..=bytes.len() {
            let (left, right) = bytes.split_at(at);
            prop_assert_eq!(&events(&[left, right]), &whole, "split at {} of {:?}", at, String::from_utf8_lossy(&bytes));
        }
    }

    #[test]
    fn a_sequence_in_many_pieces_is_the_same_sequence(bytes in sequence(), size in 1_usize..4) {
        let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
        prop_assert_eq!(events(&pieces), events(&[&bytes]), "{:?}", String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn nothing_inside_a_paste_or_an_answer_is_a_key(bytes in prop_oneof![paste(), answer()], size in 1_usize..8) {
        let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
        let events = events(&pieces);
        prop_assert_eq!(keys_in(&events), 0, "{:?} of {:?}", events, String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_bytes_at_all_make_keys_dumb_for_longer_than_a_few_seconds(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let start = Instant::now();
        let mut reassembler = Reassembler::new(HOLD);
        for (_, event) in crossterm_events(&[&bytes]) {
            reassembler.feed(event, start);
        }
        let later = start + Duration::from_secs(3);
        reassembler.expire(later);
        reassembler.take();
        reassembler.feed(Event::Key(KeyEvent::new(KeyCode::Char('k'), KeyModifiers::NONE)), later);
        prop_assert_eq!(keys_in(&reassembler.take()), 1);
    }
}

fn press(reassembler: &mut Reassembler, character: char, at: Instant) -> Vec<TermEvent> {
    reassembler.feed(
        Event::Key(KeyEvent::new(KeyCode::Char(character), KeyModifiers::NONE)),
        at,
    );
    reassembler.take()
}

#[test]
fn a_held_key_and_arrows_pass_at_any_speed() {
    assert_eq!(keys_in(&events(&[b"jjjjjjjjjjjjjjjjjjjj"])), 20);
    assert_eq!(
        keys_in(&events(&[
            b"\x1b[A\x1b[B\x1b[A\x1b[B\x1b[A\x1b[B\x1b[A\x1b[B\x1b[A\x1b[B"
        ])),
        10
    );
}

#[test]
fn an_unmarked_paste_never_presses_enter() {
    for paste in ["y\r", "yes\r", "kubectl delete everything\r", "a\x04", "ab\t"] {
        let all = events(&[paste.as_bytes()]);
        let pressed: Vec<_> = all.iter().map(|event| format!("{event:?}")).collect();
        assert!(
            !pressed
                .iter()
                .any(|event| event.contains("Enter") || event.contains("ctrl: true")),
            "{paste:?}: {pressed:?}"
        );
        assert!(
            pressed.iter().any(|event| event.contains("Dropped")),
            "{paste:?}: {pressed:?}"
        );
    }
}

#[test]
fn what_fingers_type_passes() {
    let start = Instant::now();
    let mut reassembler = Reassembler::new(HOLD);
    for (number, character) in (0..).zip("roll back".chars()) {
        assert_eq!(
            press(
                &mut reassembler,
                character,
                start + Duration::from_millis(30) * number
            )
            .len(),
            1
        );
    }
}

#[test]
fn a_real_alt_bracket_is_a_key_after_all() {
    let start = Instant::now();
    let mut reassembler = Reassembler::new(HOLD);
    reassembler.feed(
        Event::Key(KeyEvent::new(KeyCode::Char(']'), KeyModifiers::ALT)),
        start,
    );
    assert_eq!(reassembler.take(), []);
    let later = start + Duration::from_millis(60);
    let pressed: Vec<String> = press(&mut reassembler, 'k', later)
        .iter()
        .map(|event| format!("{event:?}"))
        .collect();
    assert_eq!(pressed.len(), 2, "{pressed:?}");
}
