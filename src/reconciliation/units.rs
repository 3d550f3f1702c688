//! The slices of a comparison: the days of a week at a time, and where they join for weeks and months.

use chrono::{DateTime, TimeDelta, Utc};

use crate::recalculation::{Day, week_of};

/// The longest month and a day of offset.
const MONTH: TimeDelta = TimeDelta::days(32);
const BUCKET_SECONDS: i64 = 15 * 60;

/// Days of one week.
pub(super) struct Slice<'a> {
    pub days: &'a [Day],
    /// Where looking for local days, weeks and months begins: at the end of the slice before.
    pub units_from: DateTime<Utc>,
    /// Whether those are looked at that have begun before.
    pub is_first: bool,
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

    /// The buckets of all months that overlap the slice.
    pub fn buckets_of_months(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        (bucket(self.units_from - MONTH), bucket(self.to() + MONTH))
    }
}

/// Days in order, week by week. Over a gap of more than a month no local month can reach.
pub(super) fn slices(days: &[Day]) -> Vec<Slice<'_>> {
    let mut slices: Vec<Slice<'_>> = Vec::new();
    for days in days.chunk_by(|one, next| week_of(one.from) == week_of(next.from)) {
        let from = days[0].from;
        let joined = slices.last().map(Slice::to).filter(|to| from - *to <= MONTH);
        slices.push(Slice { days, units_from: joined.unwrap_or(from), is_first: joined.is_none() });
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

    #[test]
    fn slices_are_weeks_that_join_over_short_gaps() {
        let days: Vec<_> = [2, 3, 6, 7, 8, 30, 70, 71].map(day).to_vec();
        let found: Vec<_> = slices(&days)
            .iter()
            .map(|slice| (slice.days.len(), (slice.units_from - DateTime::UNIX_EPOCH).num_days(), slice.is_first))
            .collect();
        assert_eq!(found, [(3, 2, true), (2, 7, false), (1, 9, false), (2, 70, true)]);
    }

    #[test]
    fn buckets_cover_a_slice() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let days = [Day { from: at("2026-11-25T10:07:00.5Z"), to: at("2026-11-25T11:15:00Z") }];
        let (from, to) = slices(&days)[0].buckets();
        assert_eq!((from, to), (at("2026-11-25T10:00:00Z"), at("2026-11-25T11:15:00Z")));
        let days = [Day { from: at("2026-11-25T10:15:00Z"), to: at("2026-11-25T11:15:00.000001Z") }];
        let (from, to) = slices(&days)[0].buckets();
        assert_eq!((from, to), (at("2026-11-25T10:15:00Z"), at("2026-11-25T11:30:00Z")));
    }
}
