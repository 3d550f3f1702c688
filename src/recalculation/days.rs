//! A range as days of UTC, and the conversations of each, which is how much is held in memory at a time.

use chrono::{DateTime, TimeDelta, Utc};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::database::DatabaseError;

const DAYS: &str = include_str!("../../sql/recalculation/days.sql");
const CONVERSATIONS: &str = include_str!("../../sql/recalculation/conversations.sql");
const WEEK_SECONDS: i64 = 168 * 3600;

/// A day of UTC, or the part of it that is in a range; half-open. It never lies in two weeks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Day {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

/// A conversation with an event or a start in a range.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Touched {
    pub store_id: Uuid,
    pub conversation_id: Uuid,
    pub first_at: DateTime<Utc>,
}

/// The days of a range that may have events or conversations.
pub(crate) async fn days(client: &Client, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Vec<Day>, DatabaseError> {
    let rows = client.query(DAYS, &[&from, &to]).await?;
    rows.iter().map(|row| Ok(Day { from: row.try_get("from_at")?, to: row.try_get("to_at")? })).collect()
}

/// The conversations with an event or a start in a day, the earliest first.
pub(crate) async fn touched(client: &Client, store_id: Option<Uuid>, day: Day) -> Result<Vec<Touched>, DatabaseError> {
    let rows = client.query(CONVERSATIONS, &[&store_id, &day.from, &day.to]).await?;
    let touched = rows.iter().map(|row| {
        Ok(Touched {
            store_id: row.try_get("store_id")?,
            conversation_id: row.try_get("conversation_id")?,
            first_at: row.try_get("first_at")?,
        })
    });
    touched.collect()
}

/// The start of the week that an instant lies in, as the column `week_at` of `conversation_weeks` has it.
pub(crate) fn week_of(at: DateTime<Utc>) -> DateTime<Utc> {
    let into = at - DateTime::UNIX_EPOCH;
    let whole_seconds = into.num_seconds() - i64::from(into.subsec_nanos() < 0);
    DateTime::UNIX_EPOCH + TimeDelta::seconds(whole_seconds.div_euclid(WEEK_SECONDS) * WEEK_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_begin_on_thursday_in_utc() {
        let week = |text: &str| week_of(text.parse().unwrap()).to_rfc3339();
        assert_eq!(week("2026-11-25T10:00:00.5Z"), "2026-11-19T00:00:00+00:00");
        assert_eq!(week("2026-11-26T00:00:00Z"), "2026-11-26T00:00:00+00:00");
        assert_eq!(week("2026-11-25T23:59:59.999999Z"), "2026-11-19T00:00:00+00:00");
        assert_eq!(week("1969-12-31T23:59:59.5Z"), "1969-12-25T00:00:00+00:00");
    }
}
