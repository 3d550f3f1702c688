//! Questions asked of raw events, as an analyst without Colloquy would ask them, and of Colloquy for the same range.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, Duration as Days, NaiveDate, Utc};
use serde_json::Value;
use tokio_postgres::Client;

use crate::{
    Result, answers,
    bench::Bench,
    client::{Replies, repeat},
    generator::Store,
    oracle::{Counted, History, midnight},
    questions::{self, Period},
    server::Server,
    statements::{array, literal, read, with_values, without_comments},
};

const DASHBOARD: &str = include_str!("../raw/dashboard.sql");
const TRENDS: &str = include_str!("../raw/trends.sql");
const ROI: &str = include_str!("../raw/roi.sql");
/// How long each question is asked in a run, by one connection.
const LASTS: Duration = Duration::from_secs(2);
/// Days of the trend and of the return on investment.
pub const DAYS: i64 = 90;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    Dashboard,
    Trends,
    Roi,
}

/// The largest store of a data set.
pub struct Asked<'a> {
    pub store: &'a Store,
    pub history: Arc<History>,
    /// The local days of the trend.
    pub days: (NaiveDate, NaiveDate),
}

/// A range of time and, for the dashboard, the one before it.
type Ranges = Vec<(DateTime<Utc>, DateTime<Utc>)>;

impl Asked<'_> {
    /// Asks a server again and again; returns milliseconds of the median, how many answers were compared with the oracle,
    /// and the ranges that the last one is of.
    ///
    /// # Errors
    /// When an answer differs from the oracle.
    pub async fn of_server(&self, server: &Server, question: Question) -> Result<(f64, usize, Ranges)> {
        let path = match question {
            Question::Dashboard => questions::dashboard(self.store, Period::Month),
            Question::Trends => questions::trends(self.store, self.days),
            Question::Roi => questions::roi(self.store, DAYS),
        };
        let replies = repeat(&server.target.address, &[server.target.get(&path)?], 1, LASTS).await?;
        self.check(question, &replies)?;
        let (_, last) = replies.answers().last().ok_or("no answer")?;
        Ok((replies.latencies().percentile_ms(50.0), replies.all.len(), self.ranges(question, last)?))
    }

    fn check(&self, question: Question, replies: &Replies) -> Result<()> {
        let zone = self.store.timezone;
        replies.answers().try_for_each(|(_, body)| match question {
            Question::Dashboard => answers::check_dashboard(&self.history, self.store, Period::Month, body),
            Question::Trends => answers::check_trends(&self.history, zone, self.days, body),
            Question::Roi => answers::check_roi(&self.history, body),
        })
    }

    fn ranges(&self, question: Question, body: &[u8]) -> Result<Ranges> {
        let (zone, (first, last)) = (self.store.timezone, self.days);
        if question == Question::Trends {
            return Ok(vec![(midnight(zone, first), midnight(zone, last + Days::days(1)))]);
        }
        let answer: Value = serde_json::from_slice(body)?;
        let names: &[&str] = if question == Question::Roi { &["range"] } else { &["range", "previous_range"] };
        names.iter().map(|name| answers::range(&answer[*name])).collect()
    }

    /// Asks raw events once, about the same ranges; returns milliseconds.
    ///
    /// # Errors
    /// When the conversations, those that the AI resolved, the cases, or the customers are not those of the oracle.
    pub async fn of_raw_events(&self, client: &Client, question: Question, ranges: &Ranges) -> Result<f64> {
        let statement = self.raw_statement(question, ranges);
        let began = Instant::now();
        let rows = client.query(&statement, &[]).await?;
        let took_ms = began.elapsed().as_secs_f64() * 1e3;
        let counted = self.history.count(ranges[0].0, ranges[0].1);
        let of_days = rows.iter().filter(|row| row.try_get::<_, Option<NaiveDate>>("day").ok().flatten().is_some());
        let mut summed = Counted { total: 0, ai_resolved: 0, ..counted };
        if question == Question::Roi {
            (summed.low, summed.high) = (0, 0);
        }
        for day in of_days {
            summed.total += u64::try_from(day.try_get::<_, i64>("total_conversations")?)?;
            summed.ai_resolved += u64::try_from(day.try_get::<_, i64>("ai_resolved_conversations")?)?;
            if question == Question::Roi {
                summed.low += u64::try_from(day.try_get::<_, i64>("low")?)?;
                summed.high += u64::try_from(day.try_get::<_, i64>("high")?)?;
            }
        }
        if question == Question::Dashboard {
            summed.unique_customers = u64::try_from(rows[0].try_get::<_, i64>("unique_customers")?)?;
        }
        if summed != counted {
            return Err(format!("{question:?} of raw events: {summed:?}, the oracle says {counted:?}").into());
        }
        Ok(took_ms)
    }

    /// The statement with its values.
    #[must_use]
    pub fn raw_statement(&self, question: Question, ranges: &Ranges) -> String {
        let text = match question {
            Question::Dashboard => DASHBOARD,
            Question::Trends => TRENDS,
            Question::Roi => ROI,
        };
        let at = |at: &DateTime<Utc>| literal(&at.to_rfc3339());
        let mut values = vec![literal(&self.store.id.to_string())];
        values.extend(ranges.iter().flat_map(|(from, to)| [at(from), at(to)]));
        values.push(literal(self.store.timezone.name()));
        with_values(&without_comments(text), &values)
    }

    /// What Colloquy runs for the days of the trend, by the names of its files: the trend, or the return on investment, whose
    /// last day is over here.
    ///
    /// # Errors
    /// When there is no such file.
    pub fn own_statements(&self, bench: &Bench, question: Question) -> Result<Vec<(&'static str, String)>> {
        let (zone, (first, last)) = (self.store.timezone, self.days);
        let (from, to) = (midnight(zone, first), midnight(zone, last + Days::days(1)));
        let dates: Vec<NaiveDate> = first.iter_days().take_while(|date| *date <= last).collect();
        let edges = array(dates.iter().map(|date| midnight(zone, *date).to_rfc3339()));
        let dates = array(dates.iter().map(ToString::to_string));
        let at = |at: DateTime<Utc>| literal(&at.to_rfc3339());
        let of_range = [literal(&self.store.id.to_string()), at(from), at(to)];
        let fill = |path, more: &[String]| -> Result<_> {
            Ok((path, with_values(&read(bench, path)?, &[&of_range, more].concat())))
        };
        if question == Question::Trends {
            return Ok(vec![fill("analytics/trends.sql", &[edges, dates])?]);
        }
        let of_roi = [&[dates, edges], &vec!["null::numeric".to_owned(); 3][..]].concat();
        Ok(vec![fill("analytics/roi.sql", &of_roi)?, fill("analytics/roi_cases.sql", &of_roi)?])
    }
}
