//! Trend buckets worked out by hand.

use super::calendar::{Granularity, TrendBucket, day_range, trend_buckets};

fn buckets(start: &str, end: &str, granularity: Granularity, tz: &str) -> Vec<TrendBucket> {
    trend_buckets(start.parse().unwrap(), end.parse().unwrap(), granularity, tz.parse().unwrap())
}

fn labels(buckets: &[TrendBucket]) -> Vec<String> {
    buckets.iter().map(|bucket| bucket.label_start.to_rfc3339()).collect()
}

#[test]
fn weeks_are_labelled_whole_and_cut_to_the_requested_days() {
    let weeks = buckets("2026-11-18", "2026-11-24", Granularity::Week, "Asia/Kathmandu");
    assert_eq!(labels(&weeks), ["2026-11-16T00:00:00+05:45", "2026-11-23T00:00:00+05:45"]);
    assert_eq!(weeks[0].from.to_rfc3339(), "2026-11-17T18:15:00+00:00");
    assert_eq!(weeks[0].to.to_rfc3339(), "2026-11-22T18:15:00+00:00");
    assert_eq!(weeks[1].to.to_rfc3339(), "2026-11-24T18:15:00+00:00");
}

#[test]
fn months_carry_the_offset_of_their_start() {
    let months = buckets("2026-10-31", "2026-11-30", Granularity::Month, "America/New_York");
    assert_eq!(labels(&months), ["2026-10-01T00:00:00-04:00", "2026-11-01T00:00:00-04:00"]);
    assert_eq!(months[0].from.to_rfc3339(), "2026-10-31T04:00:00+00:00");
    assert_eq!(months[1].to.to_rfc3339(), "2026-12-01T05:00:00+00:00");
}

#[test]
fn days_have_as_many_hours_as_their_clocks_show() {
    let hours = |date: &str, tz: &str| buckets(date, date, Granularity::Hour, tz);
    assert_eq!(hours("2026-03-08", "America/New_York").len(), 23);
    assert_eq!(hours("2026-11-01", "America/New_York").len(), 25);
    let repeated = labels(&hours("2026-11-01", "America/New_York"));
    assert_eq!(repeated[1..3], ["2026-11-01T01:00:00-04:00", "2026-11-01T01:00:00-05:00"]);
    // Lord Howe Island moves its clocks by half an hour.
    let short = hours("2026-10-04", "Australia/Lord_Howe");
    assert_eq!(short.len(), 24);
    assert_eq!((short[23].to - short[23].from).num_minutes(), 30);
    assert_eq!(labels(&hours("2018-11-04", "America/Sao_Paulo"))[0], "2018-11-04T01:00:00-02:00");
}

#[test]
fn buckets_cover_the_range_without_gap_or_overlap() {
    let (start, end) = ("2011-11-03".parse().unwrap(), "2012-01-09".parse().unwrap());
    for tz in ["Pacific/Apia", "America/Havana", "America/St_Johns", "Asia/Kolkata"] {
        let range = day_range(start, end, tz.parse().unwrap());
        for granularity in Granularity::ALL {
            let buckets = trend_buckets(start, end, granularity, tz.parse().unwrap());
            assert_eq!(buckets[0].from, range.from);
            assert_eq!(buckets.last().unwrap().to, range.to);
            assert!(buckets.windows(2).all(|pair| pair[0].to == pair[1].from && pair[0].from < pair[0].to));
        }
    }
}

#[test]
fn a_day_that_did_not_happen_has_no_bucket() {
    let days = buckets("2011-12-29", "2011-12-31", Granularity::Day, "Pacific/Apia");
    assert_eq!(labels(&days), ["2011-12-29T00:00:00-10:00", "2011-12-31T00:00:00+14:00"]);
}
