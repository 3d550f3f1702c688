//! When the conversations of a shop start: growth, days of the week, hours of the day, all in local time.

use chrono::{DateTime, Datelike, Duration, NaiveDate, TimeZone, Utc};

use super::{random::Random, shop::Shop};

/// Days of the demo: 119 before today, today, and tomorrow, which has begun in the east.
pub const DAYS: u32 = 121;
/// How much more comes in on the last day than on the first.
const GROWTH: f64 = 1.8;

/// A conversation to come.
#[derive(Debug)]
pub struct Start {
    /// When the customer turns up.
    pub at: DateTime<Utc>,
    /// From 0 on the first day to 1 on the last.
    pub age: f64,
    /// Whether it is in the bad week of the shop.
    pub is_bad: bool,
    /// Its own randomness, so that no conversation depends on another.
    pub random: Random,
}

/// All starts of a shop on the days up to a date, in no particular order; `newest` is day 0 of those ago.
#[must_use]
pub fn starts(shop: &Shop, seed: u64, newest: NaiveDate) -> Vec<Start> {
    let days: Vec<Day> = (0..DAYS).map(|days_ago| Day::new(shop, newest, days_ago)).collect();
    let all: f64 = days.iter().map(|day| day.weight).sum();
    let store = shop.store_id().as_u64_pair().0;
    let mut starts = Vec::new();
    for day in days {
        let mut random = Random::of(&[seed, store, u64::from(day.days_ago)]);
        let expected = shop.conversations * day.weight / all * random.between(0.88, 1.12);
        for nth in 0..rounded(expected) {
            let mut random = Random::of(&[seed, store, u64::from(day.days_ago), nth]);
            let Some(at) = moment(shop, day.date, &mut random) else { continue };
            starts.push(Start { at, age: day.age, is_bad: shop.bad_week.contains(&day.days_ago), random });
        }
    }
    starts
}

struct Day {
    days_ago: u32,
    date: NaiveDate,
    age: f64,
    weight: f64,
}

impl Day {
    fn new(shop: &Shop, newest: NaiveDate, days_ago: u32) -> Self {
        let date = newest - Duration::days(days_ago.into());
        let age = 1.0 - f64::from(days_ago) / f64::from(DAYS - 1);
        let weekday = shop.weekdays[date.weekday().num_days_from_monday() as usize];
        let bad = if shop.bad_week.contains(&days_ago) { 1.5 } else { 1.0 };
        Self { days_ago, date, age, weight: weekday * bad * (1.0 + (GROWTH - 1.0) * age) }
    }
}

/// None where a clock change skips the moment.
fn moment(shop: &Shop, date: NaiveDate, random: &mut Random) -> Option<DateTime<Utc>> {
    let hours: Vec<(u32, f64)> = (0..).zip(shop.hours).collect();
    let hour = random.weighted(&hours);
    let local = date.and_hms_opt(hour, 0, 0)? + Duration::milliseconds(rounded_i64(random.between(0.0, 3_600_000.0)));
    shop.timezone.from_local_datetime(&local).earliest().map(|at| at.to_utc())
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a few hundred at most
fn rounded(count: f64) -> u64 {
    count.round() as u64
}

#[allow(clippy::cast_possible_truncation)] // less than an hour
fn rounded_i64(ms: f64) -> i64 {
    ms as i64
}
