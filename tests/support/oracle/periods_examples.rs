//! Periods worked out by hand.

use chrono::{DateTime, NaiveDate, Utc};

use super::calendar::{Period, Range, period, period_days, previous_period, previous_year};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn range(from: &str, to: &str) -> Range {
    Range {
        from: at(from),
        to: at(to),
    }
}

#[test]
fn periods_are_compared_up_to_the_same_elapsed_point() {
    use Period::{Day, Month, Quarter, Week, Year};
    let examples = [
        // Sunday 22 November 2026, 14:00 in India.
        (
            Day,
            "Asia/Kolkata",
            "2026-11-22T08:30:00Z",
            "2026-11-21T18:30:00Z",
            "2026-11-20T18:30:00Z",
            "2026-11-21T08:30:00Z",
        ),
        (
            Week,
            "Asia/Kolkata",
            "2026-11-22T08:30:00Z",
            "2026-11-15T18:30:00Z",
            "2026-11-08T18:30:00Z",
            "2026-11-15T08:30:00Z",
        ),
        (
            Month,
            "Asia/Kolkata",
            "2026-11-22T08:30:00Z",
            "2026-10-31T18:30:00Z",
            "2026-09-30T18:30:00Z",
            "2026-10-22T08:30:00Z",
        ),
        (
            Quarter,
            "Asia/Kolkata",
            "2026-11-22T08:30:00Z",
            "2026-09-30T18:30:00Z",
            "2026-06-30T18:30:00Z",
            "2026-08-22T08:30:00Z",
        ),
        (
            Year,
            "Asia/Kolkata",
            "2026-11-22T08:30:00Z",
            "2025-12-31T18:30:00Z",
            "2024-12-31T18:30:00Z",
            "2025-11-22T08:30:00Z",
        ),
        // 31 March has no counterpart in February.
        (
            Month,
            "UTC",
            "2026-03-31T12:00:00Z",
            "2026-03-01T00:00:00Z",
            "2026-02-01T00:00:00Z",
            "2026-03-01T00:00:00Z",
        ),
        // 10:00 on the day after New York went to summer time, and on the day after it went back.
        (
            Day,
            "America/New_York",
            "2026-03-09T14:00:00Z",
            "2026-03-09T04:00:00Z",
            "2026-03-08T05:00:00Z",
            "2026-03-08T14:00:00Z",
        ),
        (
            Day,
            "America/New_York",
            "2026-11-02T15:00:00Z",
            "2026-11-02T05:00:00Z",
            "2026-11-01T04:00:00Z",
            "2026-11-01T15:00:00Z",
        ),
        // 02:30:15 was skipped the day before; 01:30:15 came twice.
        (
            Day,
            "America/New_York",
            "2026-03-09T06:30:15Z",
            "2026-03-09T04:00:00Z",
            "2026-03-08T05:00:00Z",
            "2026-03-08T07:00:00Z",
        ),
        (
            Day,
            "America/New_York",
            "2026-11-02T06:30:15Z",
            "2026-11-02T05:00:00Z",
            "2026-11-01T04:00:00Z",
            "2026-11-01T05:30:15Z",
        ),
        // Clocks in Newfoundland show 23:31 of the day before although the new day has begun.
        (
            Day,
            "America/St_Johns",
            "2010-11-07T03:01:00Z",
            "2010-11-07T02:30:00Z",
            "2010-11-06T02:30:00Z",
            "2010-11-06T02:30:00Z",
        ),
    ];
    for (of, tz, now, start, previous_from, previous_to) in examples {
        let tz = tz.parse().unwrap();
        let compared = period(of, at(now), tz, false);
        assert_eq!(compared.range, range(start, now), "{of:?} at {now} in {tz}");
        assert_eq!(
            compared.previous_range,
            range(previous_from, previous_to),
            "{of:?} at {now} in {tz}"
        );
        let full = period(of, at(now), tz, true);
        assert_eq!(
            full.previous_range,
            range(previous_from, start),
            "all of {of:?} at {now} in {tz}"
        );
    }
}

#[test]
fn date_ranges_are_compared_with_whole_days() {
    let before = previous_period(day("2026-03-01"), day("2026-03-07"));
    assert_eq!(before, (day("2026-02-22"), day("2026-02-28")));
    assert_eq!(
        previous_period(day("2026-03-01"), day("2026-03-01")),
        (day("2026-02-28"), day("2026-02-28"))
    );
    assert_eq!(
        previous_year(day("2024-02-29"), day("2024-03-01")),
        (day("2023-02-28"), day("2023-03-01"))
    );
}

#[test]
fn period_days_include_today() {
    let now = "2026-11-22T08:30:00Z";
    let kolkata = chrono_tz::Asia::Kolkata;
    assert_eq!(
        period_days(1, at(now), kolkata),
        range("2026-11-21T18:30:00Z", now)
    );
    assert_eq!(
        period_days(30, at(now), kolkata),
        range("2026-10-23T18:30:00Z", now)
    );
}
