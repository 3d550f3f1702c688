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
    Range { from: at(from), to: at(to) }
}

/// Period, timezone, now, start, start of the previous period, and the elapsed point in that.
const COMPARED: &str = "
# Sunday 22 November 2026, 14:00 in India.
day     Asia/Kolkata     2026-11-22T08:30:00Z  2026-11-21T18:30:00Z  2026-11-20T18:30:00Z  2026-11-21T08:30:00Z
week    Asia/Kolkata     2026-11-22T08:30:00Z  2026-11-15T18:30:00Z  2026-11-08T18:30:00Z  2026-11-15T08:30:00Z
month   Asia/Kolkata     2026-11-22T08:30:00Z  2026-10-31T18:30:00Z  2026-09-30T18:30:00Z  2026-10-22T08:30:00Z
quarter Asia/Kolkata     2026-11-22T08:30:00Z  2026-09-30T18:30:00Z  2026-06-30T18:30:00Z  2026-08-22T08:30:00Z
year    Asia/Kolkata     2026-11-22T08:30:00Z  2025-12-31T18:30:00Z  2024-12-31T18:30:00Z  2025-11-22T08:30:00Z
# 31 March has no counterpart in February.
month   UTC              2026-03-31T12:00:00Z  2026-03-01T00:00:00Z  2026-02-01T00:00:00Z  2026-03-01T00:00:00Z
# 10:00 on the day after New York went to summer time, and on the day after it went back.
day     America/New_York 2026-03-09T14:00:00Z  2026-03-09T04:00:00Z  2026-03-08T05:00:00Z  2026-03-08T14:00:00Z
day     America/New_York 2026-11-02T15:00:00Z  2026-11-02T05:00:00Z  2026-11-01T04:00:00Z  2026-11-01T15:00:00Z
# 02:30:15 was skipped the day before; 01:30:15 came twice.
day     America/New_York 2026-03-09T06:30:15Z  2026-03-09T04:00:00Z  2026-03-08T05:00:00Z  2026-03-08T07:00:00Z
day     America/New_York 2026-11-02T06:30:15Z  2026-11-02T05:00:00Z  2026-11-01T04:00:00Z  2026-11-01T05:30:15Z
# Clocks in Newfoundland show 23:31 of the day before although the new day has begun.
day     America/St_Johns 2010-11-07T03:01:00Z  2010-11-07T02:30:00Z  2010-11-06T02:30:00Z  2010-11-06T02:30:00Z
";

#[test]
fn periods_are_compared_up_to_the_same_elapsed_point() {
    for example in COMPARED.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let words: Vec<&str> = example.split_whitespace().collect();
        let [name, tz, now, start, previous_from, previous_to] = words[..] else {
            panic!("six words: {example}");
        };
        let tz = tz.parse().unwrap();
        let of = Period::ALL.into_iter().find(|period| period.as_str() == name).unwrap();
        let compared = period(of, at(now), tz, false);
        assert_eq!(compared.range, range(start, now), "{example}");
        assert_eq!(compared.previous_range, range(previous_from, previous_to), "{example}");
        let full = period(of, at(now), tz, true);
        assert_eq!(full.previous_range, range(previous_from, start), "{example}");
    }
}

#[test]
fn date_ranges_are_compared_with_whole_days() {
    let before = previous_period(day("2026-03-01"), day("2026-03-07"));
    assert_eq!(before, (day("2026-02-22"), day("2026-02-28")));
    assert_eq!(previous_period(day("2026-03-01"), day("2026-03-01")), (day("2026-02-28"), day("2026-02-28")));
    assert_eq!(previous_year(day("2024-02-29"), day("2024-03-01")), (day("2023-02-28"), day("2023-03-01")));
}

#[test]
fn period_days_include_today() {
    let now = "2026-11-22T08:30:00Z";
    let kolkata = chrono_tz::Asia::Kolkata;
    assert_eq!(period_days(1, at(now), kolkata), range("2026-11-21T18:30:00Z", now));
    assert_eq!(period_days(30, at(now), kolkata), range("2026-10-23T18:30:00Z", now));
}
