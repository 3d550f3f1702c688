//! The slices of a comparison: the days of a week at a time, and where they join for weeks and months.

use chrono::{DateTime, TimeDelta, Utc};

use crate::recalculation::{Day, week_of};

/// The longest month and a day of offset.
const MONTH: TimeDelta = TimeDelta::days(32);
const BUCKET_SECONDS: i64 = 15 * 60;

/// Days of one week.
pub(super) struct Slice<'a> {
    pub days: &'a [Day],
    /// Local days, weeks and months that end after this instant belong to the slice,
    pub units_from: DateTime<Utc>,
    /// up to this one.
    pub units_to: DateTime<Utc>,
}

impl Slice<'_> {
    pub fn from(&self) -> DateTime<Utc> {
        self.days[0].from
    }

    pub fn to(&self) -> DateTime<Utc> {
        self.days[self.days.len() - 1].to
    }

    /// The buckets that overlap the slice.
    pub fn buckets(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        (bucket(self.from()), bucket(self.to() + TimeDelta::seconds(BUCKET_SECONDS) - TimeDelta::microseconds(1)))
    }

    /// The buckets of all months that end in the slice, and more.
    pub fn buckets_of_units(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        (bucket(self.units_from - MONTH), bucket(self.units_to + MONTH))
    }
}

/// Days of a range in order, week by week. Beyond a month from the days there is nothing that could differ.
pub(super) fn slices(days: &[Day], range_from: DateTime<Utc>, range_to: DateTime<Utc>) -> Vec<Slice<'_>> {
    let mut slices: Vec<Slice<'_>> = Vec::new();
    for days in days.chunk_by(|one, next| week_of(one.from) == week_of(next.from)) {
        let from = days[0].from;
        let mut units_from = (from - MONTH).max(range_from);
        if let Some(last) = slices.last_mut() {
            last.units_to = (last.to() + MONTH).min(from);
            units_from = units_from.max(last.units_to);
        }
        slices.push(Slice { days, units_from, units_to: range_to });
    }
    if let Some(last) = slices.last_mut() {
        last.units_to = (last.to() + MONTH).min(range_to);
    }
    slices
}

fn bucket(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(at.timestamp().div_euclid(BUCKET_SECONDS) * BUCKET_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(nth: i64) -> Day {
        let from = DateTime::UNIX_EPOCH + TimeDelta::days(nth);
        Day { from, to: from + TimeDelta::days(1) }
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn found(days: &[Day], from: i64, to: i64) -> Vec<(usize, i64, i64)> {
        let number = |at: DateTime<Utc>| (at - DateTime::UNIX_EPOCH).num_days();
        let of = |slice: &Slice<'_>| (slice.days.len(), number(slice.units_from), number(slice.units_to));
        slices(days, day(from).from, day(to).from).iter().map(of).collect()
    }

    #[test]
    fn slices_are_weeks_whose_units_join() {
        let days = [2, 3, 6, 7, 8, 30, 170, 171].map(day);
        assert_eq!(found(&days, -99, 999), [(3, -30, 7), (2, 7, 30), (1, 30, 63), (2, 138, 204)]);
        assert_eq!(found(&days, 1, 172), [(3, 1, 7), (2, 7, 30), (1, 30, 63), (2, 138, 172)]);
        assert_eq!(found(&[], 1, 172), []);
    }

    #[test]
    fn buckets_cover_a_slice() {
        let buckets = |from: &str, to: &str| {
            let day = Day { from: at(from), to: at(to) };
            slices(&[day], day.from, day.to)[0].buckets()
        };
        let expected = (at("2026-11-25T10:00:00Z"), at("2026-11-25T11:15:00Z"));
        assert_eq!(buckets("2026-11-25T10:07:00.5Z", "2026-11-25T11:15:00Z"), expected);
        let expected = (at("2026-11-25T10:15:00Z"), at("2026-11-25T11:30:00Z"));
        assert_eq!(buckets("2026-11-25T10:15:00Z", "2026-11-25T11:15:00.000001Z"), expected);
    }
}
