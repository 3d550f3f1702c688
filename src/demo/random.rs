//! Random numbers that stay the same for a seed, whatever libraries do: `SplitMix64` (Steele, Lea and Flood, 2014).

use uuid::{Builder, Uuid};

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The stream that belongs to some numbers; other numbers give an unrelated one.
    #[must_use]
    pub fn of(numbers: &[u64]) -> Self {
        let mut stream = Self(0);
        for number in numbers {
            stream.0 = stream.next() ^ number;
        }
        stream
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to, but not, 1.
    #[allow(clippy::cast_precision_loss)] // 53 bits fit
    pub fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True with a probability from 0 to 1.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.fraction() < probability
    }

    /// From `low` up to `high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.fraction()
    }

    /// Below `count`, or 0 if that is 0.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // counts are small
    pub fn below(&mut self, count: usize) -> usize {
        (self.fraction() * count as f64) as usize
    }

    /// One of some items.
    pub fn one_of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// One of some items, by their weights.
    pub fn weighted<T: Copy>(&mut self, items: &[(T, f64)]) -> T {
        let mut left = self.fraction() * items.iter().map(|(_, weight)| weight).sum::<f64>();
        for (item, weight) in items {
            left -= weight;
            if left < 0.0 {
                return *item;
            }
        }
        items[items.len() - 1].0
    }

    /// Around a median, as waiting times are: now and then a multiple of it.
    pub fn around(&mut self, median: f64, spread: f64) -> f64 {
        let bell = (0..12).map(|_| self.fraction()).sum::<f64>() - 6.0;
        median * (bell * spread).exp()
    }

    /// An id.
    pub fn id(&mut self) -> Uuid {
        let (high, low) = (u128::from(self.next()), u128::from(self.next()));
        Builder::from_random_bytes((high << 64 | low).to_be_bytes()).into_uuid()
    }
}
