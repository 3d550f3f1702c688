//! What a comparison has found.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use tokio_postgres::{Column, Row};

use crate::database::DatabaseError;

/// Differences that are listed; all are counted.
pub const LISTED: usize = 1_000;
/// What is compared, in the order in which one is made of the other.
const LEVELS: [&str; 7] = [
    "conversation_weeks",
    "conversations",
    "conversation_metrics_15m",
    "store_days",
    "daily_metrics",
    "weekly_metrics",
    "monthly_metrics",
];
const DAY_SECONDS: i64 = 24 * 3600;

/// What a comparison has found.
pub struct Report {
    /// First instant compared.
    pub from: DateTime<Utc>,
    /// First instant after the range.
    pub to: DateTime<Utc>,
    /// Raw events before this instant were dropped, in so far as it lies in the range.
    pub unavailable_before: Option<DateTime<Utc>>,
    /// When the comparison began.
    pub checked_at: DateTime<Utc>,
    /// How much was compared, and how much of it differs.
    pub counts: Counts,
    /// The first differences.
    pub differences: Vec<Row>,
    /// Their columns, known also where there are none.
    pub(super) statement: tokio_postgres::Statement,
    /// Something was put right, or is about to be.
    pub(super) is_repairing: bool,
    days_with_differences: BTreeSet<i64>,
}

/// How much was compared, and how much of it differs.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Counts {
    /// Conversations whose raw events were read; one with events on several days counts on each of them.
    pub conversations_compared: u64,
    /// Differences found.
    pub differences: u64,
    /// The same by what differs.
    pub by_level: BTreeMap<&'static str, u64>,
}

/// A part of the range, half-open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Span {
    /// First instant.
    pub from: DateTime<Utc>,
    /// First instant after it.
    pub to: DateTime<Utc>,
    /// What is known of it.
    pub status: Status,
}

/// What is known of a part of the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Everything follows from the raw events.
    Verified,
    /// Something does not.
    Differs,
    /// Its raw events are gone. What is made of conversations agrees with them.
    Unverifiable,
}

impl Report {
    pub(super) fn new(
        (from, to): (DateTime<Utc>, DateTime<Utc>),
        complete_from: Option<DateTime<Utc>>,
        checked_at: DateTime<Utc>,
        statement: tokio_postgres::Statement,
    ) -> Self {
        let by_level = LEVELS.into_iter().map(|level| (level, 0)).collect();
        Self {
            from,
            to,
            unavailable_before: complete_from.filter(|complete| *complete > from).map(|complete| complete.min(to)),
            checked_at,
            counts: Counts { by_level, ..Counts::default() },
            differences: Vec::new(),
            statement,
            is_repairing: false,
            days_with_differences: BTreeSet::new(),
        }
    }

    /// Takes a difference in.
    pub(super) fn add(&mut self, row: Row) -> Result<(), DatabaseError> {
        let level: &str = row.try_get("level")?;
        if let Some(count) = self.counts.by_level.get_mut(level) {
            *count += 1;
        }
        self.counts.differences += 1;
        // A week or month may begin before the range, and a conversation's week does.
        let at: DateTime<Utc> = row.try_get::<_, DateTime<Utc>>("at")?.max(self.from);
        self.days_with_differences.insert(at.timestamp().div_euclid(DAY_SECONDS));
        if self.differences.len() < LISTED {
            self.differences.push(row);
        }
        Ok(())
    }

    /// The columns of the differences.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        self.statement.columns()
    }

    /// The whole range in parts, by what is known of them.
    #[must_use]
    pub fn ranges(&self) -> Vec<Span> {
        let differing = self.days_with_differences.iter().map(|day| {
            let day_from = DateTime::UNIX_EPOCH + TimeDelta::seconds(day * DAY_SECONDS);
            (day_from.max(self.from), (day_from + TimeDelta::seconds(DAY_SECONDS)).min(self.to))
        });
        spans((self.from, self.to), self.unavailable_before, differing)
    }
}

/// Puts parts in order that differ, and fills the room between them.
fn spans(
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    unavailable_before: Option<DateTime<Utc>>,
    differing: impl Iterator<Item = (DateTime<Utc>, DateTime<Utc>)>,
) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut add = |from: DateTime<Utc>, to: DateTime<Utc>, status| match spans.last_mut() {
        _ if from >= to => {}
        Some(last) if last.status == status => last.to = to,
        _ => spans.push(Span { from, to, status }),
    };
    let available = unavailable_before.unwrap_or(from);
    let mut done = from;
    for (day_from, day_to) in differing.chain([(to, to)]) {
        add(done, day_from.min(available), Status::Unverifiable);
        add(done.max(available), day_from, Status::Verified);
        add(day_from, day_to, Status::Differs);
        done = day_to;
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(day)
    }

    fn of(range: (i64, i64), unavailable_before: Option<i64>, differing: &[(i64, i64)]) -> Vec<(i64, i64, Status)> {
        let differing = differing.iter().map(|(from, to)| (at(*from), at(*to)));
        let spans = spans((at(range.0), at(range.1)), unavailable_before.map(at), differing);
        let day = |at: DateTime<Utc>| (at - DateTime::UNIX_EPOCH).num_days();
        spans.iter().map(|span| (day(span.from), day(span.to), span.status)).collect()
    }

    #[test]
    fn parts_cover_the_range_without_gaps() {
        use Status::{Differs, Unverifiable, Verified};
        assert_eq!(of((0, 9), None, &[]), [(0, 9, Verified)]);
        assert_eq!(of((0, 9), Some(4), &[]), [(0, 4, Unverifiable), (4, 9, Verified)]);
        assert_eq!(of((0, 9), Some(9), &[]), [(0, 9, Unverifiable)]);
        assert_eq!(of((0, 9), None, &[(0, 1), (1, 2), (8, 9)]), [(0, 2, Differs), (2, 8, Verified), (8, 9, Differs)]);
        let differing = [(1, 2), (4, 5), (7, 8)];
        let parts = [
            (0, 1, Unverifiable),
            (1, 2, Differs),
            (2, 4, Unverifiable),
            (4, 5, Differs),
            (5, 7, Verified),
            (7, 8, Differs),
            (8, 9, Verified),
        ];
        assert_eq!(of((0, 9), Some(4), &differing), parts);
        assert_eq!(of((0, 0), None, &[]), []);
    }
}
