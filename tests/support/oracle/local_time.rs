//! Wall-clock times as instants, without trusting any library to pick among two or none.

use chrono::{DateTime, Days, Duration, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};
use chrono_tz::Tz;

use super::calendar::Range;

/// The local day's first instant: where midnight comes twice the first, where it is skipped the first instant after.
pub fn local_day_start(date: NaiveDate, tz: Tz) -> DateTime<Utc> {
    wall_clock_instant(date.and_time(NaiveTime::MIN), tz)
}

/// The instant when clocks show this time: the first of two, or the first one after a gap.
pub fn wall_clock_instant(wall_clock: NaiveDateTime, tz: Tz) -> DateTime<Utc> {
    let minute = wall_clock.with_second(0).unwrap().with_nanosecond(0).unwrap();
    let shown = |instant: DateTime<Utc>| instant.with_timezone(&tz).naive_local();
    // No timezone is further than 16 hours from UTC, so no clock shows the minute before this.
    let mut instant = (minute - Duration::hours(16)).and_utc();
    // Whole hours while far away: clocks never go back by four hours, so the minute cannot have been passed.
    while shown(instant + Duration::hours(1)) + Duration::hours(4) < minute {
        instant += Duration::hours(1);
    }
    while shown(instant) < minute {
        instant += Duration::minutes(1);
    }
    if shown(instant) == minute { instant + (wall_clock - minute) } else { instant }
}

/// The local day that an instant belongs to; after a repeated midnight it is the new day although clocks show the old one.
pub fn local_date(instant: DateTime<Utc>, tz: Tz) -> NaiveDate {
    let mut date = instant.with_timezone(&tz).date_naive() + Days::new(1);
    while local_day_start(date, tz) > instant {
        date = date - Days::new(1);
    }
    date
}

/// The instants of the local days `start` to `end`, both included.
pub fn day_range(start: NaiveDate, end: NaiveDate, tz: Tz) -> Range {
    Range { from: local_day_start(start, tz), to: local_day_start(end + Days::new(1), tz) }
}

#[test]
fn a_local_day_starts_at_its_first_instant() {
    let starts = [
        // Midnight comes twice: clocks go from 01:00 back to 00:00.
        ("America/Havana", "2020-11-01", "2020-11-01T04:00:00Z"),
        ("America/Havana", "2020-11-02", "2020-11-02T05:00:00Z"),
        // Midnight is skipped: clocks go from 00:00 to 01:00.
        ("America/Havana", "2021-03-14", "2021-03-14T05:00:00Z"),
        ("America/Sao_Paulo", "2018-11-03", "2018-11-03T03:00:00Z"),
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"),
        ("America/Sao_Paulo", "2018-11-05", "2018-11-05T02:00:00Z"),
        // 00:00 comes back as the clocks went from 00:00 to 23:00 of the day before.
        ("America/Sao_Paulo", "2018-02-18", "2018-02-18T03:00:00Z"),
        // Clocks go from 00:01 back to 23:01 of the day before, and in spring from 00:01 to 01:01.
        ("America/St_Johns", "2010-11-07", "2010-11-07T02:30:00Z"),
        ("America/St_Johns", "2010-11-08", "2010-11-08T03:30:00Z"),
        ("America/St_Johns", "2010-03-14", "2010-03-14T03:30:00Z"),
        ("Asia/Kathmandu", "2026-01-01", "2025-12-31T18:15:00Z"),
        ("Asia/Kolkata", "2026-01-01", "2025-12-31T18:30:00Z"),
        // 30 December 2011 did not happen in Samoa.
        ("Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00Z"),
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"),
        ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"),
        ("Pacific/Kiritimati", "2026-01-01", "2025-12-31T10:00:00Z"),
    ];
    for (tz, date, expected) in starts {
        let start = local_day_start(date.parse().unwrap(), tz.parse().unwrap());
        assert_eq!(start, expected.parse::<DateTime<Utc>>().unwrap(), "{date} in {tz}");
    }
}

#[test]
fn an_instant_belongs_to_the_day_that_started_last() {
    let dates = [
        ("America/St_Johns", "2010-11-07T02:29:59Z", "2010-11-06"),
        ("America/St_Johns", "2010-11-07T02:31:00Z", "2010-11-07"),
        ("Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29"),
        ("Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31"),
        ("Asia/Kathmandu", "2025-12-31T18:14:59Z", "2025-12-31"),
        ("Asia/Kathmandu", "2025-12-31T18:15:00Z", "2026-01-01"),
    ];
    for (tz, instant, expected) in dates {
        let date = local_date(instant.parse().unwrap(), tz.parse().unwrap());
        assert_eq!(date.to_string(), expected, "{instant} in {tz}");
    }
}
