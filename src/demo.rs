//! Demo data: three made-up shops whose conversations look real, the same ones for the same seed and day.

mod conversation;
mod load;
mod random;
mod rhythm;
mod shop;
mod shops;
mod topics;

use chrono::{DateTime, Duration, Utc};

use crate::events::Event;

pub use load::{Loaded, load};
pub use random::Random;
pub use shop::Shop;
pub use shops::SHOPS;

/// Seed of the demo that everybody sees.
pub const DEFAULT_SEED: u64 = 20_261_122;

/// All events of the demo before an instant, in the order of conversations.
///
/// Everything hangs on the UTC day of `until`: a later instant of the same day only adds what came in between.
#[must_use]
pub fn events(seed: u64, until: DateTime<Utc>) -> Vec<Event> {
    let mut events = Vec::new();
    for shop in SHOPS.iter() {
        // East of Greenwich the next day may have begun.
        let newest = until.date_naive() + Duration::days(1);
        for start in rhythm::starts(shop, seed, newest) {
            if start.at < until {
                events.extend(conversation::play(shop, start).into_iter().filter(|event| event.created_at < until));
            }
        }
    }
    events
}
