//! Compares what was answered while the time ran with the oracle.

use chrono::{DateTime, Datelike, Duration, Months, NaiveDate, Utc};
use chrono_tz::Tz;
use serde_json::Value;

use crate::{
    Result,
    generator::Store,
    oracle::{Counted, History, midnight},
    questions::Period,
};

/// Of the dashboard: the current period, the one before it, and the days.
///
/// # Errors
/// Names the first number that differs.
pub fn check_dashboard(history: &History, store: &Store, period: Period, body: &[u8]) -> Result<()> {
    let answer: Value = serde_json::from_slice(body)?;
    let (from, to) = range(&answer["range"])?;
    let today = to.with_timezone(&store.timezone).date_naive();
    let first = first_day(period, today);
    if from != midnight(store.timezone, first) {
        return Err(format!("the period begins at {from}, the oracle says on {first}").into());
    }
    compare(&answer["metrics"], history.count(from, to))?;
    let (previous_from, previous_to) = range(&answer["previous_range"])?;
    compare(&answer["previous_period"], history.count(previous_from, previous_to))?;
    let days = answer["daily"].as_array().ok_or("no days")?;
    check_days(history, store.timezone, first, today, days)
}

/// Of metrics of local days, both inclusive.
///
/// # Errors
/// Names the first number that differs.
pub fn check_metrics(history: &History, zone: Tz, days: (NaiveDate, NaiveDate), body: &[u8]) -> Result<()> {
    let answer: Value = serde_json::from_slice(body)?;
    compare(&answer["metrics"], of_days(history, zone, days.0, days.1))
}

/// Of a trend by day.
///
/// # Errors
/// Names the first number that differs.
pub fn check_trends(history: &History, zone: Tz, days: (NaiveDate, NaiveDate), body: &[u8]) -> Result<()> {
    let answer: Vec<Value> = serde_json::from_slice(body)?;
    check_days(history, zone, days.0, days.1, &answer)
}

/// Of the return on investment and its cases.
///
/// # Errors
/// Names the first number that differs.
pub fn check_roi(history: &History, body: &[u8]) -> Result<()> {
    let answer: Value = serde_json::from_slice(body)?;
    let (from, to) = range(&answer["range"])?;
    let counted = history.count(from, to);
    demand(&answer, "total_conversations", counted.total)?;
    demand(&answer, "ai_resolved_conversations", counted.ai_resolved)?;
    for (case, saved) in [("low", counted.low), ("high", counted.high)] {
        demand(&answer[case], "total_conversations", counted.total)?;
        demand(&answer[case], "ai_resolved_conversations", saved).map_err(|error| format!("{case}: {error}"))?;
    }
    Ok(())
}

fn check_days(history: &History, zone: Tz, first: NaiveDate, last: NaiveDate, days: &[Value]) -> Result<()> {
    let dates: Vec<NaiveDate> = first.iter_days().take_while(|date| *date <= last).collect();
    if dates.len() != days.len() {
        return Err(format!("{} days instead of {}", days.len(), dates.len()).into());
    }
    dates.iter().zip(days).try_for_each(|(date, day)| compare(day, of_days(history, zone, *date, *date)))
}

/// What is counted of local days, both inclusive.
pub fn of_days(history: &History, zone: Tz, first: NaiveDate, last: NaiveDate) -> Counted {
    history.count(midnight(zone, first), midnight(zone, last + Duration::days(1)))
}

fn compare(metrics: &Value, counted: Counted) -> Result<()> {
    demand(metrics, "total_conversations", counted.total)?;
    demand(metrics, "resolved_conversations", counted.resolved)?;
    demand(metrics, "ai_resolved_conversations", counted.ai_resolved)?;
    demand(metrics, "unique_customers", counted.unique_customers)
}

fn demand(metrics: &Value, name: &str, expected: u64) -> Result<()> {
    let answered = &metrics[name];
    if answered.as_u64() == Some(expected) {
        return Ok(());
    }
    Err(format!("{name} is {answered}, the oracle says {expected}").into())
}

/// The instants of a range in an answer.
///
/// # Errors
/// When it has none.
pub fn range(range: &Value) -> Result<(DateTime<Utc>, DateTime<Utc>)> {
    let at = |name: &str| -> Result<DateTime<Utc>> {
        Ok(DateTime::parse_from_rfc3339(range[name].as_str().ok_or("no range")?)?.to_utc())
    };
    Ok((at("from")?, at("to")?))
}

fn first_day(period: Period, today: NaiveDate) -> NaiveDate {
    let of_month = today - Duration::days(today.day0().into());
    match period {
        Period::Day => today,
        Period::Week => today - Duration::days(today.weekday().num_days_from_monday().into()),
        Period::Month => of_month,
        Period::Quarter => of_month - Months::new(today.month0() % 3),
        Period::Year => of_month - Months::new(today.month0()),
    }
}
