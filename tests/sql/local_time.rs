//! Local time in SQL against the oracle's calendar, which scans clocks minute by minute.

use std::fmt::Write;

use chrono::{DateTime, Days, Duration, NaiveDate, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::support::database::TestDatabase;
use crate::support::oracle::calendar::{
    Granularity, Period, day_range, local_day_start, period, period_days, trend_buckets,
};
use crate::support::oracle::local_time::{local_date, wall_clock_instant};

/// Zones with what is strange about clocks, each with the date of a change.
const STRANGE: [(Tz, &str); 14] = [
    (Tz::America__New_York, "2026-03-08"),
    (Tz::America__New_York, "2026-11-01"),
    (Tz::Europe__Berlin, "2026-03-29"),
    (Tz::Europe__Berlin, "2026-10-25"),
    // Half an hour.
    (Tz::Australia__Lord_Howe, "2026-04-05"),
    (Tz::Australia__Lord_Howe, "2026-10-04"),
    // At 00:01, so that midnight comes twice.
    (Tz::America__St_Johns, "2010-11-07"),
    (Tz::America__St_Johns, "2010-03-14"),
    // A day that never was.
    (Tz::Pacific__Apia, "2011-12-30"),
    // Midnight twice, and skipped.
    (Tz::America__Havana, "2020-11-01"),
    (Tz::America__Havana, "2021-03-14"),
    (Tz::America__Sao_Paulo, "2018-11-04"),
    (Tz::America__Sao_Paulo, "2018-02-18"),
    (Tz::Asia__Kathmandu, "1986-01-01"),
];

/// Offset from UTC in seconds, as this program's time zone database has it.
fn offset_seconds(at: DateTime<Utc>, zone: Tz) -> i32 {
    zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc()
}

/// Days on which or after which the clocks of a zone change in a year.
fn changes(zone: Tz, year: i32) -> Vec<NaiveDate> {
    let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
    let noon = |date: NaiveDate| offset_seconds(date.and_hms_opt(12, 0, 0).unwrap().and_utc(), zone);
    let dates = first.iter_days().take(365).filter(|date| noon(*date) != noon(*date + Days::new(1)));
    dates.flat_map(|date| [date, date + Days::new(1)]).collect()
}

#[tokio::test]
async fn local_days_of_every_zone_start_when_the_clocks_say() {
    let database = TestDatabase::new().await;
    let client = database.client().await;
    let mut rng = StdRng::seed_from_u64(1972);
    let first = NaiveDate::from_ymd_opt(1972, 1, 8).unwrap();
    let sql = "select local_day_start(d.date, $1) as start_at,
                      (select sum(extract(epoch from (h at time zone $1) - (h at time zone 'UTC')))::bigint
                       from generate_series(d.date::timestamptz - interval '18 hours',
                                            d.date::timestamptz + interval '18 hours', interval '1 hour')
                           as hours (h)) as offsets
               from unnest($2::date[]) with ordinality as d (date, nth)
               order by nth";
    let statement = client.prepare(sql).await.unwrap();
    let known: Vec<String> =
        client.query("select name from pg_timezone_names", &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    let (mut compared, mut other_rules, mut unknown) = (0, 0, 0);
    let mut wrong = String::new();
    for zone in TZ_VARIANTS {
        if !known.iter().any(|name| name == zone.name()) {
            unknown += 1;
            continue;
        }
        let mut dates: Vec<_> = (0..3).map(|_| first + Days::new(rng.random_range(0..24_000))).collect();
        dates.extend(changes(zone, rng.random_range(1972..2038)).into_iter().take(4).filter(|date| *date >= first));
        let rows = client.query(&statement, &[&zone.name(), &dates]).await.unwrap();
        for (date, row) in dates.iter().zip(rows) {
            let midnight = date.and_hms_opt(0, 0, 0).unwrap().and_utc();
            let hours = (-18..=18).map(|hour| i64::from(offset_seconds(midnight + Duration::hours(hour), zone)));
            // The two time zone databases are of different versions.
            if hours.sum::<i64>() != row.get::<_, i64>("offsets") {
                other_rules += 1;
                continue;
            }
            compared += 1;
            let (found, expected): (DateTime<Utc>, _) = (row.get("start_at"), local_day_start(*date, zone));
            if found != expected {
                writeln!(wrong, "{date} in {zone}: {found}, not {expected}").unwrap();
            }
        }
    }
    println!("{compared} days compared, {other_rules} with other rules, {unknown} zones unknown to PostgreSQL");
    assert!(wrong.is_empty(), "{wrong}");
    assert!(compared > 2_000 && other_rules * 20 < compared, "{compared} compared, {other_rules} not");
}

#[tokio::test]
async fn local_times_around_a_change_are_the_first_such_instants() {
    let database = TestDatabase::new().await;
    let client = database.client().await;
    for (zone, date) in STRANGE {
        let midnight = date.parse::<NaiveDate>().unwrap().and_hms_opt(0, 0, 0).unwrap();
        let mut times: Vec<NaiveDateTime> = (-18..42).map(|step| midnight + Duration::minutes(10 * step)).collect();
        times.extend([1, 59, 60, 61, 3_661].map(|second| midnight + Duration::seconds(second)));
        times.extend([-1, 1_800_500, 7_199_999].map(|ms| midnight + Duration::milliseconds(ms)));
        let sql =
            "select local_instant(t.at, $1) from unnest($2::timestamp[]) with ordinality as t (at, nth) order by nth";
        let rows = client.query(sql, &[&zone.name(), &times]).await.unwrap();
        for (time, row) in times.iter().zip(rows) {
            assert_eq!(row.get::<_, DateTime<Utc>>(0), wall_clock_instant(*time, zone), "{time} in {zone}");
        }
    }
}

#[tokio::test]
async fn buckets_are_those_of_the_oracle() {
    let database = TestDatabase::new().await;
    let client = database.client().await;
    let sql = "select local_text(bucket_at, $4), from_at, to_at from local_buckets($1, $2, $3, $4) order by from_at";
    let statement = client.prepare(sql).await.unwrap();
    for (zone, date) in STRANGE {
        let date: NaiveDate = date.parse().unwrap();
        for (granularity, before, after) in [
            (Granularity::Hour, 1, 1),
            (Granularity::Hour, 0, 0),
            (Granularity::Day, 3, 3),
            (Granularity::Day, 0, 0),
            (Granularity::Week, 10, 10),
            (Granularity::Month, 40, 40),
        ] {
            let (start, end) = (date - Days::new(before), date + Days::new(after));
            let rows = client.query(&statement, &[&granularity.as_str(), &start, &end, &zone.name()]).await.unwrap();
            let found: Vec<(String, DateTime<Utc>, DateTime<Utc>)> =
                rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
            let expected: Vec<_> = trend_buckets(start, end, granularity, zone)
                .into_iter()
                .map(|bucket| (bucket.label_start.format("%Y-%m-%dT%H:%M:%S%:z").to_string(), bucket.from, bucket.to))
                .collect();
            assert_eq!(found, expected, "{granularity:?} from {start} to {end} in {zone}");
            let range = day_range(start, end, zone);
            if let (Some(first), Some(last)) = (found.first(), found.last()) {
                assert_eq!((first.1, last.2), (range.from, range.to));
            }
        }
    }
}

#[tokio::test]
async fn periods_are_those_of_the_oracle() {
    let database = TestDatabase::new().await;
    let client = database.client().await;
    let mut rng = StdRng::seed_from_u64(2026);
    let sql = "select from_at, to_at, previous_from_at, previous_to_at, today from period_range($1, $2, $3, $4)";
    let statement = client.prepare(sql).await.unwrap();
    for (zone, date) in STRANGE {
        let change = date.parse::<NaiveDate>().unwrap().and_hms_opt(12, 0, 0).unwrap().and_utc();
        let moments = (0..6).map(|nth| match nth {
            0..3 => change + Duration::seconds(rng.random_range(-86_400..86_400)),
            // A day, a week, a month after the change, so that the period before has it.
            3 => change + Duration::seconds(rng.random_range(80_000..100_000)),
            4 => change + Duration::days(7),
            _ => change + Duration::days(rng.random_range(20..400)),
        });
        for now in moments.collect::<Vec<_>>() {
            if is_day_shown_again(now, zone) {
                continue;
            }
            for kind in Period::ALL {
                for whole in [false, true] {
                    let row =
                        client.query_one(&statement, &[&kind.as_str(), &now, &zone.name(), &whole]).await.unwrap();
                    let expected = period(kind, now, zone, whole);
                    let found: [DateTime<Utc>; 4] = [row.get(0), row.get(1), row.get(2), row.get(3)];
                    let (range, previous) = (expected.range, expected.previous_range);
                    assert_eq!(
                        found,
                        [range.from, range.to, previous.from, previous.to],
                        "{kind:?} at {now} in {zone}, whole: {whole}"
                    );
                    assert_eq!(row.get::<_, NaiveDate>(4), local_date(now, zone));
                }
            }
        }
    }
}

/// Whether clocks have gone back over midnight and show the day before again, as in St John's until 2011: the database's
/// date is then that of the clocks, the oracle's that of the day which has begun already.
fn is_day_shown_again(at: DateTime<Utc>, zone: Tz) -> bool {
    local_date(at, zone) != at.with_timezone(&zone).date_naive()
}

#[tokio::test]
async fn the_last_days_are_those_of_the_oracle() {
    let database = TestDatabase::new().await;
    let client = database.client().await;
    // Zones whose rules have been the same for years in every version of the time zone database.
    for zone in [
        Tz::Asia__Kolkata,
        Tz::Asia__Kathmandu,
        Tz::America__St_Johns,
        Tz::America__New_York,
        Tz::Europe__Berlin,
        Tz::Australia__Lord_Howe,
        Tz::Pacific__Kiritimati,
        Tz::UTC,
    ] {
        for days in [1_i32, 2, 30, 365] {
            let row = client.query_one(include_str!("../../sql/analytics/day_range.sql"), &[&days, &zone.name()]).await;
            let row = row.unwrap();
            let now: DateTime<Utc> = row.get("to_at");
            let expected = period_days(u64::try_from(days).unwrap(), now, zone);
            assert_eq!(row.get::<_, DateTime<Utc>>("from_at"), expected.from, "{days} days in {zone}");
            let dates: Vec<NaiveDate> = row.get("dates");
            let edges: Vec<DateTime<Utc>> = row.get("edges");
            assert_eq!(dates.last().copied(), Some(local_date(now, zone)));
            assert_eq!(edges, dates.iter().map(|date| local_day_start(*date, zone)).collect::<Vec<_>>());
        }
    }
}
