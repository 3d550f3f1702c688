//! A thousand stores of very different size, and the probe store.

use chrono_tz::Tz;
use uuid::Uuid;

use super::chat::EVENTS;

/// Stores that share the traffic.
pub const STORES: usize = 1_000;
const PROBE_CONVERSATIONS: u64 = 2_000;
const TIMEZONES: [Tz; 5] =
    [Tz::Europe__Berlin, Tz::America__New_York, Tz::UTC, Tz::Asia__Kathmandu, Tz::America__Sao_Paulo];

/// A store and how much comes in there.
#[derive(Clone, Debug)]
pub struct Store {
    /// Its id, the same in every data set.
    pub id: Uuid,
    /// Its place by size, from 0.
    pub rank: u32,
    /// Whose local days its numbers are of.
    pub timezone: Tz,
    /// Conversations in all of the history.
    pub conversations: u64,
}

/// All stores of a data set of about so many events, the probe store last.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // millions
pub fn stores(events: u64) -> Vec<Store> {
    let conversations = events as f64 / EVENTS as f64;
    let shares = shares();
    let of_rank =
        |rank: usize| shares.get(rank).map_or(PROBE_CONVERSATIONS, |share| (share * conversations).round() as u64);
    (0..=STORES).map(|rank| Store::new(rank as u32, of_rank(rank).max(1))).collect()
}

/// The part of all traffic that each rank has: half for the first, the others' fall like 1/(rank + 1).
#[allow(clippy::cast_precision_loss)] // a thousand
pub fn shares() -> Vec<f64> {
    let weights: Vec<f64> = (1..STORES).map(|rank| 1.0 / (rank as f64 + 1.0)).collect();
    let all: f64 = weights.iter().sum();
    std::iter::once(0.5).chain(weights.into_iter().map(|weight| 0.5 * weight / all)).collect()
}

impl Store {
    fn new(rank: u32, conversations: u64) -> Self {
        let id = Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("colloquy bench store {rank}").as_bytes());
        Self { id, rank, timezone: TIMEZONES[rank as usize % TIMEZONES.len()], conversations }
    }
}
