//! The instants where numbers go wrong: the edges of buckets and of local days, and the hours around clock changes.

use chrono::{DateTime, DurationRound, Offset, TimeDelta, Utc};
use chrono_tz::Tz;
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use super::Options;
use crate::support::oracle::calendar::local_day_start;

/// Clock changes and the starts of the local days around them, and of every tenth local day.
pub fn sharp_moments(options: &Options) -> Vec<DateTime<Utc>> {
    let mut moments = Vec::new();
    for tz in &options.timezones {
        let mut date = options.from.with_timezone(tz).date_naive();
        for nth in 0.. {
            let day = local_day_start(date, *tz);
            if day > options.to {
                break;
            }
            date = date.succ_opt().unwrap();
            if let Some(change) = clock_change(day, *tz) {
                moments.extend([day, change, change - TimeDelta::hours(1), local_day_start(date, *tz)]);
            } else if nth % 10 == 0 {
                moments.push(day);
            }
        }
    }
    moments.retain(|moment| (options.from..=options.to).contains(moment));
    moments
}

/// When the clocks change within 26 hours of a day's start, if they do.
fn clock_change(day: DateTime<Utc>, tz: Tz) -> Option<DateTime<Utc>> {
    let offset = |instant: DateTime<Utc>| instant.with_timezone(&tz).offset().fix();
    let minutes = (1..26 * 60).map(|minute| day + TimeDelta::minutes(minute));
    if offset(day) == offset(day + TimeDelta::hours(26)) {
        return None;
    }
    let mut changed = minutes.filter(|minute| offset(*minute) != offset(day));
    changed.next()
}

/// When a conversation begins: anywhere, at the edge of a 15-minute bucket, or at a sharp moment, or just beside them.
pub fn start(rng: &mut StdRng, options: &Options, moments: &[DateTime<Utc>]) -> DateTime<Utc> {
    let anywhere = between(rng, options.from, options.to);
    let edge = match (rng.random_range(0..10), moments.choose(rng)) {
        (0 | 1, _) => anywhere.duration_trunc(TimeDelta::minutes(15)).unwrap(),
        (2 | 3, Some(moment)) => *moment,
        // Many start now, so that some are still open and young.
        (4, _) => between(rng, (options.to - TimeDelta::hours(2)).max(options.from), options.to),
        _ => return anywhere,
    };
    let beside_us = *[0, 0, -1, 1, 30_000_000].choose(rng).unwrap();
    (edge + TimeDelta::microseconds(beside_us)).clamp(options.from, options.to)
}

/// A random microsecond from `from` to `to`, both included.
pub fn between(rng: &mut StdRng, from: DateTime<Utc>, to: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(rng.random_range(from.timestamp_micros()..=to.timestamp_micros())).unwrap()
}
