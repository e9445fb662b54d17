//! Finds the end of one JSON value in bytes that arrive in pieces. Whether it is valid inside is the decoder's business.

/// How far a scan came in one piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scanned {
    pub(super) used: usize,
    pub(super) complete: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Unknown,
    /// An object or array, this deep.
    Nested(usize),
    Text,
    /// A number or word: it ends before the next mark.
    Word,
}

/// One value, as far as it was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scan {
    shape: Shape,
    in_text: bool,
    escaped: bool,
}

impl Default for Scan {
    fn default() -> Self {
        Self {
            shape: Shape::Unknown,
            in_text: false,
            escaped: false,
        }
    }
}

impl Scan {
    /// Reads on in `bytes`. `None` when no value begins here.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Option<Scanned> {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            if self.in_text {
                let Some(skipped) = self.skip_text(rest) else {
                    break;
                };
                at += skipped;
                if !self.in_text && self.shape == Shape::Text {
                    return Some(whole(at));
                }
                continue;
            }
            // Within an object or array, only brackets and quotes matter.
            let plain = match self.shape {
                Shape::Nested(_) => rest.iter().position(|byte| is_mark(*byte)),
                Shape::Unknown | Shape::Text | Shape::Word => Some(0),
            };
            let Some((plain, byte)) = plain.and_then(|plain| Some((plain, *rest.get(plain)?))) else {
                break;
            };
            at += plain;
            match self.step(byte)? {
                Step::On => at += 1,
                Step::Last => return Some(whole(at + 1)),
                Step::Before => return Some(whole(at)),
            }
        }
        Some(Scanned {
            used: bytes.len(),
            complete: false,
        })
    }

    /// How far the text goes on, its quote included; `None` when it goes on beyond `rest`.
    fn skip_text(&mut self, rest: &[u8]) -> Option<usize> {
        if self.escaped {
            self.escaped = false;
            return Some(1);
        }
        let end = memchr::memchr2(b'"', b'\\', rest)?;
        match rest.get(end) {
            Some(b'\\') => self.escaped = true,
            _ => self.in_text = false,
        }
        Some(end + 1)
    }

    /// One byte outside of texts. `None` when no value begins with it.
    fn step(&mut self, byte: u8) -> Option<Step> {
        match (self.shape, byte) {
            (Shape::Unknown, b'{' | b'[') => self.shape = Shape::Nested(1),
            (Shape::Unknown, b'"') => {
                self.shape = Shape::Text;
                self.in_text = true;
            }
            (Shape::Unknown, b'}' | b']' | b',' | b':') => return None,
            (Shape::Unknown, _) => self.shape = Shape::Word,
            (Shape::Nested(_), b'"') => self.in_text = true,
            (Shape::Nested(depth), b'{' | b'[') => self.shape = Shape::Nested(depth + 1),
            (Shape::Nested(1), b'}' | b']') => return Some(Step::Last),
            (Shape::Nested(depth), b'}' | b']') => self.shape = Shape::Nested(depth - 1),
            (Shape::Word, b',' | b'}' | b']') => return Some(Step::Before),
            (Shape::Word, white) if white.is_ascii_whitespace() => return Some(Step::Before),
            (Shape::Nested(_) | Shape::Text | Shape::Word, _) => {}
        }
        Some(Step::On)
    }
}

/// Where a value is after one byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    On,
    /// The byte ends it.
    Last,
    /// It ended before the byte.
    Before,
}

fn whole(used: usize) -> Scanned {
    Scanned { used, complete: true }
}

fn is_mark(byte: u8) -> bool {
    matches!(byte, b'"' | b'{' | b'}' | b'[' | b']')
}
