//! Local dates that a page is about: given by the visitor, or the last days until today.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta};
use maud::{Markup, html};

use super::api::Query;
use super::visit::Visit;
use crate::analytics::ranges::{Dates, Granularity, day_range};
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::http::reply::rfc3339;

/// Names of the parameters.
pub const START: &str = "start_date";
pub const END: &str = "end_date";

/// Parameters of a list of conversations of any age.
pub const ALL_TIME: [(&str, &str); 2] = [("from", "1970-01-01T00:00:00Z"), ("to", "9999-12-31T00:00:00Z")];

/// The dates of a page; without any in its query string the last ones.
///
/// # Errors
/// Faults of the dates, or a failing database.
pub async fn asked(visit: &Visit, last_days: u64) -> Result<Dates, Problem> {
    let given = visit.passed(&[START, END]);
    if !given.is_empty() {
        return read(&given);
    }
    let end = today(visit).await?;
    Ok(Dates { start: end - Days::new(last_days - 1), end })
}

/// The local date of the store.
///
/// # Errors
/// When the database fails.
pub async fn today(visit: &Visit) -> Result<NaiveDate, Problem> {
    let (_, days) = day_range(&visit.app, 1, visit.tenant.timezone).await?;
    days.dates.last().copied().ok_or(Problem::Internal)
}

/// The dates of a query.
///
/// # Errors
/// Faults of the dates.
pub fn read(query: Query<'_>) -> Result<Dates, Problem> {
    let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    let mut parameters = Parameters::parse(&text);
    let dates = Dates::read(&mut parameters);
    parameters.finish(|| dates)
}

/// Links to the last days, and a form for any dates. `kept` are parameters that go on.
#[must_use]
pub fn bar(visit: &Visit, path: &str, today: NaiveDate, dates: Dates, kept: Query<'_>) -> Markup {
    let last = |days: u64| ((today - Days::new(days - 1)).to_string(), today.to_string());
    let is_shown = |start: &str, end: &str| start == dates.start.to_string() && end == dates.end.to_string();
    html! {
        div.bar {
            nav aria-label="Days" {
                @for days in [7, 30, 90, 365] {
                    @let (start, end) = last(days);
                    @let query = [&[(START, start.as_str()), (END, end.as_str())], kept].concat();
                    a href=(visit.link(path, &query)) data-given
                        aria-current=[is_shown(&start, &end).then_some("true")] { (days) " days" }
                }
            }
            (form(visit, path, Some(dates), kept))
        }
    }
}

/// The form for any dates.
#[must_use]
pub fn form(visit: &Visit, path: &str, dates: Option<Dates>, kept: Query<'_>) -> Markup {
    html! {
        form.dates method="get" action=(path) {
            @if visit.is_admin() { input type="hidden" name="store_id" value=(visit.tenant.store_id); }
            @for (name, value) in kept { input type="hidden" name=(name) value=(value); }
            label { "From " input type="date" name=(START) required value=[dates.map(|dates| dates.start)]; }
            label { "to " input type="date" name=(END) required value=[dates.map(|dates| dates.end)]; }
            button type="submit" { "Show" }
        }
    }
}

/// The granularity that shows some dates best.
#[must_use]
pub fn granularity(dates: Dates) -> Granularity {
    match dates.count() {
        ..3 => Granularity::Hour,
        3..46 => Granularity::Day,
        46..201 => Granularity::Week,
        _ => Granularity::Month,
    }
}

/// The parameters that list the conversations of a bucket of a trend, as far as the dates reach. An hour ends where the
/// next one begins, which is sooner where clocks are moved by less than an hour.
#[must_use]
pub fn of_bucket(
    bucket: &str,
    next: Option<&str>,
    granularity: Granularity,
    dates: Dates,
) -> Option<[(&'static str, String); 2]> {
    if granularity == Granularity::Hour {
        let start = DateTime::parse_from_rfc3339(bucket).ok()?;
        let next = next.and_then(|next| DateTime::parse_from_rfc3339(next).ok());
        let end = next.unwrap_or_else(|| start + TimeDelta::hours(1));
        return Some([("from", rfc3339(start.to_utc())), ("to", rfc3339(end.to_utc()))]);
    }
    let start: NaiveDate = bucket.get(..10)?.parse().ok()?;
    let end = match granularity {
        Granularity::Hour | Granularity::Day => start,
        Granularity::Week => start.checked_add_days(Days::new(6))?,
        Granularity::Month => start.with_day(1)?.checked_add_months(Months::new(1))?.pred_opt()?,
    };
    Some([(START, start.max(dates.start).to_string()), (END, end.min(dates.end).to_string())])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates(start: &str, end: &str) -> Dates {
        Dates { start: start.parse().unwrap(), end: end.parse().unwrap() }
    }

    #[test]
    fn a_bucket_reaches_no_further_than_the_dates() {
        let all = dates("2026-11-04", "2026-11-20");
        for (bucket, granularity, expected) in [
            ("2026-11-05T00:00:00+01:00", Granularity::Day, ("2026-11-05", "2026-11-05")),
            ("2026-11-02T00:00:00+01:00", Granularity::Week, ("2026-11-04", "2026-11-08")),
            ("2026-11-16T00:00:00+01:00", Granularity::Week, ("2026-11-16", "2026-11-20")),
            ("2026-11-01T00:00:00+01:00", Granularity::Month, ("2026-11-04", "2026-11-20")),
            ("2026-11-05T14:00:00+01:00", Granularity::Hour, ("2026-11-05T13:00:00Z", "2026-11-05T14:00:00Z")),
        ] {
            let [(_, start), (_, end)] = of_bucket(bucket, None, granularity, all).unwrap();
            assert_eq!((start.as_str(), end.as_str()), expected, "{bucket} {granularity:?}");
        }
        // The last hour of this day on Lord Howe Island has 30 minutes.
        let (hour, next) = ("2026-04-04T23:00:00+11:00", Some("2026-04-04T23:30:00+11:00"));
        let [_, (_, end)] = of_bucket(hour, next, Granularity::Hour, all).unwrap();
        assert_eq!(end, "2026-04-04T12:30:00Z");
    }
}
