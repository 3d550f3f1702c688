//! Local dates and calendar periods as instants, worked out by the database, which knows every timezone.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::Serialize;

use crate::database;
use crate::http::App;
use crate::http::fields::{date, instant};
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;

const PERIOD_RANGE: &str = include_str!("../../sql/analytics/period_range.sql");
const DATE_RANGE: &str = include_str!("../../sql/analytics/date_range.sql");
const DAY_RANGE: &str = include_str!("../../sql/analytics/day_range.sql");
const BUCKETS: &str = include_str!("../../sql/analytics/buckets.sql");

/// Most buckets that one answer may have.
pub const MAX_BUCKETS: i64 = 20_000;

/// Local dates, the last of them included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Dates {
    /// First date.
    pub start: NaiveDate,
    /// Last date.
    pub end: NaiveDate,
}

impl Dates {
    /// Reads `start_date` and `end_date`.
    pub fn read(parameters: &mut Parameters) -> Option<Self> {
        let start = parameters.required("start_date", date);
        let end = parameters.required("end_date", date);
        let (start, end) = (start?, end?);
        if start > end {
            parameters.fault("start_date", "start_after_end", "must not be after end_date.");
            return None;
        }
        Some(Self { start, end })
    }

    /// Reads dates of which each is a bucket of the answer.
    pub fn read_days(parameters: &mut Parameters) -> Option<Self> {
        let dates = Self::read(parameters)?;
        if !Granularity::Day.is_short_enough(dates) {
            let detail = format!("is more than {MAX_BUCKETS} days after start_date; shorten the range.");
            parameters.fault("end_date", "too_many_buckets", detail);
            return None;
        }
        Some(dates)
    }

    /// How many dates these are.
    #[must_use]
    pub fn count(self) -> i64 {
        (self.end - self.start).num_days() + 1
    }
}

/// A half-open range of time; in answers `{from, to}`, RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TimeRange {
    /// First instant.
    pub from: DateTime<Utc>,
    /// First instant after it.
    pub to: DateTime<Utc>,
}

/// A range as a request names it: by local dates, or by instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Asked {
    /// `start_date` and `end_date`.
    Dates(Dates),
    /// `from` and `to`.
    Instants(TimeRange),
}

impl Asked {
    /// Reads `from` and `to` if one of them is given, else `start_date` and `end_date`.
    pub fn read(parameters: &mut Parameters) -> Option<Self> {
        for name in ["start_date", "end_date", "from", "to"] {
            parameters.know(name);
        }
        if !parameters.has("from") && !parameters.has("to") {
            return Dates::read(parameters).map(Self::Dates);
        }
        for name in ["start_date", "end_date"] {
            if parameters.has(name) {
                parameters.fault(name, "invalid_parameter", "must not be given together with from and to.");
            }
        }
        let from = parameters.required("from", instant);
        let to = parameters.required("to", instant);
        let (from, to) = (from?, to?);
        if from > to {
            parameters.fault("from", "start_after_end", "must not be after to.");
            return None;
        }
        Some(Self::Instants(TimeRange { from, to }))
    }

    /// The range as instants.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn resolve(self, app: &App, zone: Tz) -> Result<TimeRange, Problem> {
        match self {
            Self::Dates(dates) => Ok(date_range(app, dates, Comparison::None, zone).await?.current),
            Self::Instants(range) => Ok(range),
        }
    }
}

/// A calendar period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// From midnight to midnight.
    Day,
    /// ISO week, from Monday.
    Week,
    /// Calendar month.
    Month,
    /// Three calendar months.
    Quarter,
    /// Calendar year.
    Year,
}

impl Period {
    /// All periods by name.
    pub const ALL: [(&'static str, Self); 5] = [
        ("day", Self::Day),
        ("week", Self::Week),
        ("month", Self::Month),
        ("quarter", Self::Quarter),
        ("year", Self::Year),
    ];

    /// The name in requests and for the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].0
    }
}

/// What a range of dates is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// As many whole days right before.
    PreviousPeriod,
    /// The same dates a year earlier.
    PreviousYear,
    /// Nothing.
    None,
}

impl Comparison {
    /// All comparisons by name.
    pub const ALL: [(&'static str, Self); 3] =
        [("previous_period", Self::PreviousPeriod), ("previous_year", Self::PreviousYear), ("none", Self::None)];

    fn name(self) -> &'static str {
        Self::ALL[self as usize].0
    }
}

/// The length of the buckets of a trend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granularity {
    /// 60 minutes, counted from the first instant of the local day.
    Hour,
    /// A local day.
    Day,
    /// An ISO week of local days.
    Week,
    /// A local calendar month.
    Month,
}

impl Granularity {
    /// All granularities by name.
    pub const ALL: [(&'static str, Self); 4] =
        [("hour", Self::Hour), ("day", Self::Day), ("week", Self::Week), ("month", Self::Month)];

    /// The name in requests and for the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].0
    }

    /// Whether dates have no more buckets than one answer may have. A local day has 25 hours at most.
    #[must_use]
    pub fn is_short_enough(self, dates: Dates) -> bool {
        let per_day = if self == Self::Hour { 25 } else { 1 };
        dates.count() * per_day <= MAX_BUCKETS
    }
}

/// Local days as instants.
pub struct Days {
    /// The dates.
    pub dates: Vec<NaiveDate>,
    /// The first instant of each.
    pub edges: Vec<DateTime<Utc>>,
}

/// The current calendar period, the one before it, and the local days of the current one.
pub struct PeriodRange {
    /// From the start of the period until now.
    pub current: TimeRange,
    /// The period before, up to the same elapsed point or whole.
    pub previous: TimeRange,
    /// The local days of the current period so far.
    pub days: Days,
    /// The start of each day in local time, RFC 3339.
    pub labels: Vec<String>,
}

/// A range of dates, and what it is compared with.
pub struct ComparedRange {
    /// The range.
    pub current: TimeRange,
    /// What it is compared with.
    pub previous: Option<(Dates, TimeRange)>,
}

/// Buckets of a trend.
pub struct Buckets {
    /// All of them.
    pub range: TimeRange,
    /// The start of each, within the range.
    pub edges: Vec<DateTime<Utc>>,
    /// The start of each whole bucket in local time, RFC 3339.
    pub labels: Vec<String>,
    /// The local date of that start.
    pub dates: Vec<NaiveDate>,
}

/// The current calendar period in a timezone, compared with the one before it.
///
/// # Errors
/// When the database fails.
pub async fn period_range(app: &App, period: Period, whole: bool, zone: Tz) -> Result<PeriodRange, Problem> {
    let row = one(app, PERIOD_RANGE, &[&period.name(), &zone.name(), &whole]).await?;
    Ok(PeriodRange {
        current: TimeRange { from: row.try_get("from_at")?, to: row.try_get("to_at")? },
        previous: TimeRange { from: row.try_get("previous_from_at")?, to: row.try_get("previous_to_at")? },
        days: Days { dates: row.try_get("dates")?, edges: row.try_get("edges")? },
        labels: row.try_get("labels")?,
    })
}

/// Local dates as instants, and those they are compared with.
///
/// # Errors
/// When the database fails.
pub async fn date_range(app: &App, dates: Dates, compare: Comparison, zone: Tz) -> Result<ComparedRange, Problem> {
    let row = one(app, DATE_RANGE, &[&dates.start, &dates.end, &compare.name(), &zone.name()]).await?;
    let previous = match row.try_get("previous_start_date")? {
        Some(start) => {
            let dates = Dates { start, end: row.try_get("previous_end_date")? };
            Some((dates, TimeRange { from: row.try_get("previous_from_at")?, to: row.try_get("previous_to_at")? }))
        }
        None => None,
    };
    Ok(ComparedRange { current: TimeRange { from: row.try_get("from_at")?, to: row.try_get("to_at")? }, previous })
}

/// The last local days, today included, until now.
///
/// # Errors
/// When the database fails.
pub async fn day_range(app: &App, days: i32, zone: Tz) -> Result<(TimeRange, Days), Problem> {
    let row = one(app, DAY_RANGE, &[&days, &zone.name()]).await?;
    let range = TimeRange { from: row.try_get("from_at")?, to: row.try_get("to_at")? };
    Ok((range, Days { dates: row.try_get("dates")?, edges: row.try_get("edges")? }))
}

/// The buckets that cover local dates.
///
/// # Errors
/// When the database fails.
pub async fn buckets(app: &App, granularity: Granularity, dates: Dates, zone: Tz) -> Result<Buckets, Problem> {
    let row = one(app, BUCKETS, &[&granularity.name(), &dates.start, &dates.end, &zone.name()]).await?;
    let range = TimeRange { from: row.try_get("from_at")?, to: row.try_get("to_at")? };
    Ok(Buckets { range, edges: row.try_get("edges")?, labels: row.try_get("labels")?, dates: row.try_get("dates")? })
}

async fn one(
    app: &App,
    sql: &'static str,
    parameters: database::StatementParameters<'_>,
) -> Result<tokio_postgres::Row, Problem> {
    database::query(&app.pool, sql, parameters).await?.into_iter().next().ok_or(Problem::Internal)
}
