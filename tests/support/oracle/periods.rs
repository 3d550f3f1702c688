//! Calendar periods so far, and what each is compared with.

use chrono::{DateTime, Datelike, Days, Duration, Months, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;

use super::calendar::Range;
use super::local_time::{local_date, local_day_start, wall_clock_instant};

/// The calendar periods that the dashboard knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

/// A period so far and the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComparedPeriod {
    pub range: Range,
    pub previous_range: Range,
}

impl Period {
    pub const ALL: [Period; 5] = [Period::Day, Period::Week, Period::Month, Period::Quarter, Period::Year];

    /// The word that the API uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Period::Day => "day",
            Period::Week => "week",
            Period::Month => "month",
            Period::Quarter => "quarter",
            Period::Year => "year",
        }
    }

    /// The first day of the period that holds this one.
    pub fn first_day(self, date: NaiveDate) -> NaiveDate {
        let month_start = |month| NaiveDate::from_ymd_opt(date.year(), month, 1).unwrap();
        match self {
            Period::Day => date,
            Period::Week => date - Days::new(u64::from(date.weekday().num_days_from_monday())),
            Period::Month => month_start(date.month()),
            Period::Quarter => month_start(date.month0() / 3 * 3 + 1),
            Period::Year => month_start(1),
        }
    }
}

/// The current period up to `now`, and the one before it up to the same wall-clock distance from its start, or the
/// whole of it if `full`.
pub fn period(period: Period, now: DateTime<Utc>, tz: Tz, full: bool) -> ComparedPeriod {
    let first_day = period.first_day(local_date(now, tz));
    let previous_first_day = period.first_day(first_day - Days::new(1));
    let start = local_day_start(first_day, tz);
    let previous_start = local_day_start(previous_first_day, tz);
    let previous_to = if full {
        start
    } else {
        let midnight = first_day.and_time(NaiveTime::MIN);
        // Below zero where clocks went back over midnight and show the day before again.
        let elapsed = (now.with_timezone(&tz).naive_local() - midnight).max(Duration::zero());
        wall_clock_instant(previous_first_day.and_time(NaiveTime::MIN) + elapsed, tz).min(start)
    };
    ComparedPeriod {
        range: Range { from: start, to: now },
        previous_range: Range { from: previous_start, to: previous_to },
    }
}

/// The last `days` local days including today, until `now`.
pub fn period_days(days: u64, now: DateTime<Utc>, tz: Tz) -> Range {
    let first_day = local_date(now, tz) - Days::new(days - 1);
    Range { from: local_day_start(first_day, tz), to: now }
}

/// As many whole days right before `start` to `end`, both included.
pub fn previous_period(start: NaiveDate, end: NaiveDate) -> (NaiveDate, NaiveDate) {
    let days = end - start + Duration::days(1);
    (start - days, start - Duration::days(1))
}

/// The same dates a year earlier; 29 February becomes 28.
pub fn previous_year(start: NaiveDate, end: NaiveDate) -> (NaiveDate, NaiveDate) {
    (start - Months::new(12), end - Months::new(12))
}
