//! Query strings: every rule at and beyond its bounds, and all faults at once.

use chrono::NaiveDate;
use colloquy::http::fields::{choice, date, decimal, instant, integer, text, uuid};
use colloquy::http::parameters::Parameters;
use colloquy::http::problem::Problem;
use rust_decimal::Decimal;

fn faults(problem: Problem) -> Vec<(String, &'static str)> {
    match problem {
        Problem::Parameters(faults) => faults.into_iter().map(|fault| (fault.field.into_owned(), fault.code)).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let mut query = Parameters::parse("start_date=2026-02-30&limit=5&limit=6&granularity=second&zzz=1&%79=2");
    let start = query.required("start_date", date);
    let end = query.required("end_date", date);
    let limit = query.or("limit", 1, integer(1..=9));
    let granularity = query.or("granularity", 'd', choice(&[("day", 'd'), ("hour", 'h')]));
    let problem = query.finish(|| Some((start?, end?, limit?, granularity?))).unwrap_err();
    let expected = [
        ("start_date", "invalid_parameter"),
        ("end_date", "missing_parameter"),
        ("limit", "repeated_parameter"),
        ("granularity", "invalid_parameter"),
        ("zzz", "unknown_parameter"),
        ("y", "unknown_parameter"),
    ];
    assert_eq!(faults(problem), expected.map(|(name, code)| (name.to_owned(), code)));
}

#[test]
fn good_parameters_are_read_and_defaults_used() {
    let mut query = Parameters::parse("start_date=2026-02-28&name=a%20b+c");
    let start = query.required("start_date", date);
    let days = query.or("period_days", 30, integer(1..=365));
    let name = query.optional("name", text(1..=10));
    let other = query.optional("other", uuid);
    let read = query.finish(|| Some((start?, days?, name?, other?))).unwrap();
    assert_eq!(read, (NaiveDate::from_ymd_opt(2026, 2, 28).unwrap(), 30, Some("a b c".to_owned()), None));
}

#[test]
fn a_repeated_required_parameter_is_one_fault() {
    let mut query = Parameters::parse("start_date=2026-01-01&start_date=2026-01-02");
    let start = query.required("start_date", date);
    assert_eq!(faults(query.finish(|| start).unwrap_err()), [("start_date".to_owned(), "repeated_parameter")]);
}

#[test]
fn rules_hold_at_their_bounds() {
    for good in ["1970-01-01", "9999-12-31", "2024-02-29"] {
        assert!(date(good).is_ok(), "{good}");
    }
    for bad in ["1969-12-31", "10000-01-01", "2023-02-29", "2026-1-02", "+2026-01-02", "2026-01-02T00:00", "", "today"]
    {
        assert!(date(bad).is_err(), "{bad}");
    }
    for (value, is_good) in
        [("1", true), ("365", true), ("0", false), ("366", false), ("1.0", false), ("+1", false), ("", false)]
    {
        assert_eq!(integer(1..=365)(value).is_ok(), is_good, "{value}");
    }
    let cost = decimal(Decimal::ZERO..=Decimal::from(100));
    for (value, is_good) in [
        ("0", true),
        ("100", true),
        ("0.05", true),
        ("-0.01", false),
        ("100.01", false),
        ("NaN", false),
        ("inf", false),
        ("1e1", false),
        ("1_0", false),
        ("", false),
        (".", false),
    ] {
        assert_eq!(cost(value).is_ok(), is_good, "{value}");
    }
    assert!(instant("2026-11-22T10:00:00+05:45").is_ok());
    assert!(instant("2026-11-22T10:00:00").is_err());
}
