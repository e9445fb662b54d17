//! Plain ASCII for terminals that have nothing else: our own marks, one cell for one cell. Names from outside stay as they
//! are.

use ratatui::buffer::Buffer;

/// Marks in the views' words, and what stands for them.
const MARKS: [(&str, &str); 14] = [
    ("→", ">"),
    ("·", "."),
    ("–", "-"),
    ("…", "~"),
    ("✓", "+"),
    ("✗", "x"),
    ("‖", "="),
    ("»", ">"),
    ("×", "x"),
    ("─", "-"),
    ("␛", "?"),
    ("‹", "<"),
    ("›", ">"),
    ("␡", "?"),
];

/// Replaces them in place.
pub(super) fn ascii(buf: &mut Buffer) {
    for cell in &mut buf.content {
        if let Some((_, plain)) = MARKS.iter().find(|(mark, _)| *mark == cell.symbol()) {
            cell.set_symbol(plain);
        }
    }
}
