//! What a pod's counters were at each scrape of the last quarter of an hour, in a few bytes each: how much each grew, and only
//! those that did.

use std::collections::VecDeque;

use super::latency::BUCKETS;

/// Between two scrapes, in milliseconds.
pub(super) const EVERY: i64 = 5_000;

/// Scrapes that are kept.
const KEPT: usize = 180;

/// Where the counters of each code are, and the codes.
pub(super) const CODES: [(usize, &str); 3] = [(0, "200"), (1, "500"), (2, "503")];

/// Where the buckets begin; they are not cumulative here.
pub(super) const FIRST_BUCKET: usize = 3;

/// Where the sum of all durations is, in microseconds.
pub(super) const SUM: usize = FIRST_BUCKET + BUCKETS;

const COUNTERS: usize = SUM + 1;

/// Bytes of one row: the mask, and five for each counter.
const LONGEST: usize = 2 + 5 * COUNTERS;

/// There was nothing to scrape.
const DOWN: u16 = 1 << 14;

/// Counters began again at zero.
const RESET: u16 = 1 << 15;

/// By how much each counter grew in a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts([u32; COUNTERS]);

impl Counts {
    pub(super) fn add(&mut self, index: usize, by: u32) {
        if let Some(counter) = self.0.get_mut(index) {
            *counter = counter.saturating_add(by);
        }
    }

    #[cfg(test)]
    pub(super) fn get(&self, index: usize) -> u32 {
        self.0[index]
    }
}

/// The counters at a scrape; `None` when there was nothing to scrape.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scrape {
    /// In milliseconds since 1970.
    pub(super) at: i64,
    pub(super) counters: Option<[f64; COUNTERS]>,
}

/// The scrapes of one target.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    /// When the last one was, in milliseconds.
    last: i64,
    scrapes: usize,
    rows: VecDeque<u8>,
    /// The counters before the first row.
    before: [f64; COUNTERS],
    reset: bool,
}

impl History {
    /// Counters begin at zero again, from the next scrape on.
    pub(super) fn reset(&mut self) {
        self.reset = true;
    }

    /// A scrape. Instants are multiples of [`EVERY`].
    pub(super) fn scrape(&mut self, at: i64, counts: &Counts) {
        let grown = counts.0.iter().enumerate().filter(|(_, by)| **by > 0);
        let mask = grown.clone().fold(0_u16, |mask, (index, _)| mask | 1 << index);
        let reset = if std::mem::take(&mut self.reset) { RESET } else { 0 };
        self.begin(at, mask | reset);
        for (_, by) in grown {
            number(&mut self.rows, *by);
        }
    }

    /// There was nothing to scrape then.
    pub(super) fn missed(&mut self, at: i64) {
        self.begin(at, DOWN);
    }

    /// How many scrapes ago there was something to scrape; `None` when that is forgotten.
    pub(super) fn is_over(&self) -> bool {
        self.scrapes().all(|scrape| scrape.counters.is_none())
    }

    fn begin(&mut self, at: i64, mask: u16) {
        // Doubling would take twice of what thousands of pods need.
        if self.rows.capacity().saturating_sub(self.rows.len()) < LONGEST {
            self.rows.reserve_exact(LONGEST * 2);
        }
        let gap = at.saturating_sub(self.last) / EVERY;
        // The clock stood still, or jumped: what is missing was not scraped.
        if self.scrapes > 0 && gap > 1 {
            let missing = usize::try_from(gap.saturating_sub(1)).unwrap_or(KEPT).min(KEPT);
            for _ in 0..missing {
                self.rows.extend(DOWN.to_le_bytes());
            }
            self.scrapes = self.scrapes.saturating_add(missing);
        }
        self.rows.extend(mask.to_le_bytes());
        self.last = at;
        self.scrapes = self.scrapes.saturating_add(1);
        while self.scrapes > KEPT {
            self.forget();
        }
    }

    /// Forgets the oldest.
    fn forget(&mut self) {
        let mut bytes = self.rows.iter().copied();
        let length = self.rows.len();
        let mut before = self.before;
        let read = apply(&mut bytes, &mut before);
        let left = bytes.len();
        if read.is_some() {
            self.before = before;
        }
        drop(self.rows.drain(..length.saturating_sub(left)));
        self.scrapes = self.scrapes.saturating_sub(1);
    }

    /// All of them, oldest first.
    pub(super) fn scrapes(&self) -> impl Iterator<Item = Scrape> + '_ {
        let mut bytes = self.rows.iter().copied();
        let mut counters = self.before;
        let count = i64::try_from(self.scrapes).unwrap_or(0);
        let first = self
            .last
            .saturating_sub(count.saturating_sub(1).saturating_mul(EVERY));
        (0..count).map_while(move |index| {
            let is_up = apply(&mut bytes, &mut counters)?;
            Some(Scrape {
                at: first.saturating_add(index.saturating_mul(EVERY)),
                counters: is_up.then_some(counters),
            })
        })
    }
}

/// Reads one row. Says whether there was something to scrape.
fn apply(bytes: &mut impl Iterator<Item = u8>, counters: &mut [f64; COUNTERS]) -> Option<bool> {
    let mask = u16::from_le_bytes([bytes.next()?, bytes.next()?]);
    if mask & RESET != 0 {
        *counters = [0.0; COUNTERS];
    }
    for (index, counter) in counters.iter_mut().enumerate() {
        if mask & (1 << index) != 0 {
            *counter += f64::from(read_number(bytes)?);
        }
    }
    Some(mask & DOWN == 0)
}

/// Seven bits in each byte, the lowest first.
fn number(bytes: &mut VecDeque<u8>, mut value: u32) {
    loop {
        let [low, ..] = value.to_le_bytes();
        value >>= 7;
        if value == 0 {
            return bytes.push_back(low & 0x7f);
        }
        bytes.push_back(low | 0x80);
    }
}

fn read_number(bytes: &mut impl Iterator<Item = u8>) -> Option<u32> {
    let (mut value, mut shift) = (0_u32, 0_u32);
    loop {
        let byte = bytes.next()?;
        value |= u32::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
        shift = shift.saturating_add(7);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(index: usize, by: u32) -> Counts {
        let mut counts = Counts::default();
        counts.add(index, by);
        counts
    }

    fn values(history: &History, index: usize) -> Vec<(i64, Option<f64>)> {
        let of = |scrape: Scrape| (scrape.at, scrape.counters.map(|it| it[index]));
        history.scrapes().map(of).collect()
    }

    #[test]
    fn what_was_scraped_is_told_again() {
        let mut history = History::default();
        history.scrape(10_000, &counts(0, 7));
        history.scrape(15_000, &counts(SUM, u32::MAX));
        history.scrape(20_000, &counts(0, 300));
        history.missed(25_000);
        history.reset();
        // Two scrapes are missing.
        history.scrape(40_000, &counts(0, 1));
        let wanted = [
            (10_000, Some(7.0)),
            (15_000, Some(7.0)),
            (20_000, Some(307.0)),
            (25_000, None),
            (30_000, None),
            (35_000, None),
            (40_000, Some(1.0)),
        ];
        assert_eq!(values(&history, 0), wanted);
        assert_eq!(values(&history, SUM)[1].1, Some(4_294_967_295.0));
        assert_eq!(values(&history, SUM)[6].1, Some(0.0));
    }

    #[test]
    fn a_quarter_of_an_hour_is_kept_in_a_few_bytes() {
        let mut history = History::default();
        for step in 1..=1000 {
            let mut counts = counts(0, 20);
            counts.add(FIRST_BUCKET, 20);
            history.scrape(step * EVERY, &counts);
        }
        let kept = values(&history, 0);
        assert_eq!((kept.len(), kept[0]), (KEPT, (821 * EVERY, Some(16_420.0))));
        assert_eq!(kept.last(), Some(&(1000 * EVERY, Some(20_000.0))));
        assert!(history.rows.len() <= KEPT * 4, "{}", history.rows.len());
        assert!(history.rows.capacity() <= KEPT * 4 + 3 * LONGEST);
        for step in 1001..2000 {
            history.missed(step * EVERY);
        }
        assert!(history.is_over());
        assert!(history.rows.len() <= KEPT * 2);
        // A night's sleep is no reason to count for long.
        history.scrape(1_000_000_000, &Counts::default());
        assert_eq!(history.scrapes().count(), KEPT);
    }
}
