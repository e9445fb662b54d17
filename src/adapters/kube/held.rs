//! One value that arrives in pieces: handed out without a copy when a chunk holds it whole, never larger than a bound.

use super::scan::{Scan, Scanned};

/// What came out of a chunk.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// One object, complete.
    Item(&'a [u8]),
    /// One object that was too large to keep, and its size.
    TooLarge { bytes: usize },
}

/// A value that is being read: its scan, and what of it came in earlier chunks.
#[derive(Debug)]
pub(super) struct Held {
    scan: Scan,
    pub(super) bytes: Vec<u8>,
    size: usize,
    largest: usize,
}

impl Held {
    pub(super) fn new(largest: usize) -> Self {
        Self::reusing(Vec::new(), largest)
    }

    pub(super) fn reusing(mut bytes: Vec<u8>, largest: usize) -> Self {
        const WORTH_KEEPING: usize = 256 << 10;
        if bytes.capacity() > WORTH_KEEPING {
            bytes = Vec::new();
        }
        bytes.clear();
        Self {
            scan: Scan::default(),
            bytes,
            size: 0,
            largest,
        }
    }

    pub(super) fn is_fresh(&self) -> bool {
        self.size == 0
    }

    /// Reads on; keeps what it read unless the value ends here.
    pub(super) fn scan(&mut self, rest: &[u8], keep: bool) -> Option<Scanned> {
        let scanned = self.scan.read(rest)?;
        self.size += scanned.used;
        if !scanned.complete && keep && self.size <= self.largest {
            self.bytes
                .extend_from_slice(rest.get(..scanned.used).unwrap_or_default());
        }
        Some(scanned)
    }

    pub(super) fn hand_out(&mut self, last: &[u8], out: &mut impl FnMut(Piece<'_>)) {
        if self.size > self.largest {
            out(Piece::TooLarge { bytes: self.size });
        } else if self.bytes.is_empty() {
            out(Piece::Item(last));
        } else {
            self.bytes.extend_from_slice(last);
            out(Piece::Item(&self.bytes));
        }
        self.bytes.clear();
        self.size = 0;
    }

    pub(super) fn whole(&mut self, last: &[u8]) -> Vec<u8> {
        self.keep_whole(last);
        std::mem::take(&mut self.bytes)
    }

    pub(super) fn keep_whole(&mut self, last: &[u8]) {
        if self.size <= self.largest {
            self.bytes.extend_from_slice(last);
        }
    }

    pub(super) fn kept(&self) -> &[u8] {
        &self.bytes
    }
}
