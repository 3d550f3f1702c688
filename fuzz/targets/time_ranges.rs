//! Query strings: what is read of dates, instants and numbers is within its limits and reads the same when written again.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use colloquy::analytics::ranges::{Asked, Comparison, Dates, Granularity, MAX_BUCKETS, Period};
use colloquy::conversations::filters::Filters;
use colloquy::http::fields::{choice, date, decimal, hundredths, instant, integer, text, uuid};
use colloquy::http::parameters::Parameters;
use colloquy::http::problem::Problem;
use colloquy::http::reply::rfc3339;
use rust_decimal::Decimal;

const CODES: [&str; 6] = [
    "invalid_parameter",
    "missing_parameter",
    "repeated_parameter",
    "start_after_end",
    "too_many_buckets",
    "unknown_parameter",
];

pub fn run(data: &[u8]) {
    let query = String::from_utf8_lossy(data);
    lists(&query);
    metrics(&query);
    trends(&query);
    for (_, value) in form_urlencoded::parse(query.as_bytes()) {
        fields(&value);
    }
}

fn lists(query: &str) {
    let mut parameters = Parameters::parse(query);
    let range = Asked::read(&mut parameters);
    let filters = Filters::read(&mut parameters);
    let Some((range, _)) = read(parameters, || range.zip(filters)) else { return };
    let again = match range {
        Asked::Dates(dates) => {
            are_dates(dates);
            format!("start_date={}&end_date={}", dates.start, dates.end)
        }
        Asked::Instants(range) => {
            assert!(range.from <= range.to);
            let written = [("from", rfc3339(range.from)), ("to", rfc3339(range.to))];
            form_urlencoded::Serializer::new(String::new()).extend_pairs(written).finish()
        }
    };
    assert_eq!(Asked::read(&mut Parameters::parse(&again)), Some(range));
}

fn metrics(query: &str) {
    let mut parameters = Parameters::parse(query);
    let dates = Dates::read_days(&mut parameters);
    let compare = parameters.or("compare", Comparison::None, choice(&Comparison::ALL));
    let days = parameters.or("period_days", 30, integer(1..=365));
    let period = parameters.or("period", Period::Month, choice(&Period::ALL));
    if let Some((dates, _, days, period)) = read(parameters, || Some((dates?, compare?, days?, period?))) {
        are_dates(dates);
        assert!(dates.count() <= MAX_BUCKETS && (1..=365).contains(&days));
        assert_eq!(choice(&Period::ALL)(period.name()), Ok(period));
    }
}

fn trends(query: &str) {
    let mut parameters = Parameters::parse(query);
    let dates = Dates::read(&mut parameters);
    let granularity = parameters.or("granularity", Granularity::Day, choice(&Granularity::ALL));
    if let Some((dates, granularity)) = read(parameters, || dates.zip(granularity)) {
        are_dates(dates);
        let per_day = if granularity == Granularity::Hour { 25 } else { 1 };
        assert_eq!(granularity.is_short_enough(dates), dates.count() <= MAX_BUCKETS / per_day);
    }
}

/// Either all parameters are good, or every fault has a name and a code.
fn read<T>(parameters: Parameters, value: impl FnOnce() -> Option<T>) -> Option<T> {
    let problem = match parameters.finish(value) {
        Ok(value) => return Some(value),
        Err(problem) => problem,
    };
    let Problem::Parameters(faults) = &problem else { panic!("{problem:?}") };
    assert!(!faults.is_empty() && problem.status() == 400);
    for fault in faults {
        assert!(CODES.contains(&fault.code) && fault.field.chars().count() <= 64, "{fault:?}");
    }
    None
}

fn are_dates(dates: Dates) {
    assert!(dates.start <= dates.end && dates.count() == (dates.end - dates.start).num_days() + 1);
    assert!((1970..=9999).contains(&dates.start.year()) && (1970..=9999).contains(&dates.end.year()));
}

fn fields(value: &str) {
    assert_eq!(date(value).ok(), plain_date(value), "{value}");
    if let Ok(at) = instant(value) {
        is_instant(value, at);
    }
    if let Ok(number) = integer(-1000..=1000)(value) {
        assert!(
            (-1000..=1000).contains(&number)
                && value.trim_start_matches(['-', '0']) == number.abs().to_string().trim_start_matches('0')
        );
    }
    let limits = Decimal::NEGATIVE_ONE..=Decimal::ONE_THOUSAND;
    if let Ok(number) = decimal(limits.clone())(value) {
        assert!(limits.contains(&number) && decimal(limits)(&number.to_string()) == Ok(number));
    }
    if let Ok(number) = hundredths(value) {
        assert!((number * Decimal::ONE_HUNDRED).is_integer() && (Decimal::ZERO..=Decimal::ONE).contains(&number));
    }
    if let Ok(word) = text(1..=20)(value) {
        assert!(
            word == value && (1..=20).contains(&word.chars().count()) && !word.contains(['\0', '\r', '\n', '\u{1b}'])
        );
    }
    if let Ok(id) = uuid(value) {
        assert_eq!(uuid(&id.to_string()), Ok(id));
    }
}

fn is_instant(value: &str, at: DateTime<Utc>) {
    assert!(value.is_ascii(), "{value}");
    assert!((1970..=9999).contains(&at.year()), "{value}");
    assert_eq!(instant(&rfc3339(at)), Ok(at), "{value}");
}

/// The date that ten characters name, counted by hand.
fn plain_date(value: &str) -> Option<NaiveDate> {
    let bytes = value.as_bytes();
    let is_plain = bytes.len() == 10
        && bytes
            .iter()
            .enumerate()
            .all(|(at, byte)| if at == 4 || at == 7 { *byte == b'-' } else { byte.is_ascii_digit() });
    let number = |range: std::ops::Range<usize>| value.get(range)?.parse::<u32>().ok();
    let (year, month, day) = is_plain.then(|| Some((number(0..4)?, number(5..7)?, number(8..10)?)))??;
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    let is_date = year >= 1970 && (1..=days).contains(&day);
    is_date.then(|| NaiveDate::from_ymd_opt(year.cast_signed(), month, day))?
}
