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
        for (index, byte) in bytes.iter().copied().enumerate() {
            if self.in_text {
                if self.escaped {
                    self.escaped = false;
                } else if byte == b'\\' {
                    self.escaped = true;
                } else if byte == b'"' {
                    self.in_text = false;
                    if self.shape == Shape::Text {
                        return Some(Scanned {
                            used: index + 1,
                            complete: true,
                        });
                    }
                }
                continue;
            }
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
                (Shape::Nested(1), b'}' | b']') => {
                    return Some(Scanned {
                        used: index + 1,
                        complete: true,
                    });
                }
                (Shape::Nested(depth), b'}' | b']') => self.shape = Shape::Nested(depth - 1),
                (Shape::Word, b',' | b'}' | b']') => {
                    return Some(Scanned {
                        used: index,
                        complete: true,
                    });
                }
                (Shape::Word, white) if white.is_ascii_whitespace() => {
                    return Some(Scanned {
                        used: index,
                        complete: true,
                    });
                }
                (Shape::Nested(_) | Shape::Text | Shape::Word, _) => {}
            }
        }
        Some(Scanned {
            used: bytes.len(),
            complete: false,
        })
    }
}
