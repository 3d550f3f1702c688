//! When conversations start: growth, days of the week and hours of the day.

use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc};
use colloquy::demo::Random;

use super::{DAYS, stores::Store};

/// Monday to Sunday.
const WEEKDAYS: [f64; 7] = [1.15, 1.1, 1.05, 1.0, 1.1, 0.85, 0.75];
/// Local hours from midnight.
const HOURS: [f64; 24] = [
    0.3, 0.2, 0.15, 0.12, 0.12, 0.2, 0.4, 0.7, 1.1, 1.5, 1.7, 1.7, 1.6, 1.5, 1.4, 1.3, 1.3, 1.4, 1.6, 1.8, 1.8, 1.5,
    1.0, 0.6,
];

/// Spreads conversations over the days of the history.
pub struct Traffic {
    first: NaiveDate,
    /// The part of all that has come in before each day, and 1 at the end.
    before: Vec<f64>,
}

impl Traffic {
    /// Of the days before a midnight.
    pub fn new(until: DateTime<Utc>) -> Self {
        let first = until.date_naive() - Duration::days(DAYS.into());
        let weights: Vec<f64> = (0..DAYS)
            .map(|day| {
                let weekday = (first + Duration::days(day.into())).weekday().num_days_from_monday();
                WEEKDAYS[weekday as usize] * (1.0 + 0.5 * f64::from(day) / f64::from(DAYS))
            })
            .collect();
        let all: f64 = weights.iter().sum();
        let mut sum = 0.0;
        let mut before = vec![0.0];
        before.extend(weights.iter().map(|weight| {
            sum += weight / all;
            sum
        }));
        before[DAYS as usize] = 1.0;
        Self { first, before }
    }

    /// The starts of a store on a day, each with randomness of its own.
    pub fn starts(&self, seed: u64, store: &Store, day: u32) -> impl Iterator<Item = (DateTime<Utc>, Random)> + use<> {
        let midnight = (self.first + Duration::days(day.into())).and_time(chrono::NaiveTime::MIN).and_utc();
        let (rank, timezone) = (u64::from(store.rank), store.timezone);
        (self.before(store, day)..self.before(store, day + 1)).map(move |nth| {
            let mut random = Random::of(&[seed, rank, nth]);
            let local_hour = hour(&mut random);
            // A wrong hour on the two days of the year with another offset does not matter: it only shapes the traffic.
            let offset_us =
                chrono::Offset::fix(&chrono::TimeZone::offset_from_utc_datetime(&timezone, &midnight.naive_utc()))
                    .local_minus_utc();
            let seconds = (local_hour * 3600.0 - f64::from(offset_us)).rem_euclid(86_400.0);
            (midnight + Duration::microseconds(microseconds(seconds)), random)
        })
    }

    /// How many of a store's conversations start before a day; rounded differently for each store, so that the few
    /// conversations of the small ones are not all on the same days.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // millions
    fn before(&self, store: &Store, day: u32) -> u64 {
        let rounding = Random::of(&[u64::from(store.rank)]).fraction();
        (store.conversations as f64 * self.before[day as usize] + rounding) as u64
    }
}

fn hour(random: &mut Random) -> f64 {
    let hours: Vec<(usize, f64)> = HOURS.into_iter().enumerate().collect();
    #[allow(clippy::cast_precision_loss)] // 23 at most
    let hour = random.weighted(&hours) as f64;
    hour + random.fraction()
}

#[allow(clippy::cast_possible_truncation)] // of a day
fn microseconds(seconds: f64) -> i64 {
    (seconds * 1e6) as i64
}
