//! Names and uids that nothing else has: counted from a seed, so that the same run makes the same ones.

use sha2::{Digest as _, Sha256};

/// Letters of generated names: no vowels and nothing that looks like something else, as the real ones.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// Where uids and the ends of names come from.
#[derive(Clone, Debug)]
pub(super) struct Ids {
    seed: [u8; 16],
    count: u64,
}

impl Ids {
    pub(super) fn from_seed(seed: [u8; 16]) -> Self {
        Self { seed, count: 0 }
    }

    fn next(&mut self) -> [u8; 32] {
        self.count += 1;
        Sha256::new()
            .chain_update(self.seed)
            .chain_update(self.count.to_be_bytes())
            .finalize()
            .into()
    }

    /// In the form of a random UUID.
    pub(super) fn uid(&mut self) -> String {
        let hex = hex(&self.next());
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default().to_owned();
        format!(
            "{}-{}-4{}-8{}-{}",
            part(0, 8),
            part(8, 12),
            part(13, 16),
            part(17, 20),
            part(20, 32)
        )
    }

    /// A number below that one, drawn by lot; 0 if there is none.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let [a, b, c, d, ..] = self.next();
        let drawn = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or_default();
        drawn.checked_rem(bound).unwrap_or_default()
    }

    /// Five letters for the end of a name.
    pub(super) fn ending(&mut self) -> String {
        letters(&self.next(), 5)
    }
}

/// The controller's hash of a template, from its canonical text.
pub(super) fn template_hash(template: &str, collision: i64) -> String {
    let hash = Sha256::new()
        .chain_update(template)
        .chain_update(collision.to_be_bytes())
        .finalize();
    letters(&hash, 10)
}

fn letters(bytes: &[u8], count: usize) -> String {
    let letter = |byte: &u8| {
        let index = usize::from(*byte) % LETTERS.len();
        LETTERS.get(index).copied().map_or('b', char::from)
    };
    bytes.iter().take(count).map(letter).collect()
}

/// As two digits for each byte.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_repeat_with_their_seed_only() {
        let (mut a, mut b, mut c) = (
            Ids::from_seed([1; 16]),
            Ids::from_seed([1; 16]),
            Ids::from_seed([2; 16]),
        );
        let first = a.uid();
        assert_eq!((first.len(), &first), (36, &b.uid()));
        assert!(first != a.uid() && first != c.uid());
        assert_eq!(a.ending().len(), 5);
    }
}
