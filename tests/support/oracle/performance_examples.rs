//! Trends worked out by hand.

use chrono::{Days, NaiveDate};
use serde_json::json;

use super::Metrics;
use super::performance::{TRENDS, Trend, trend, trends};

fn day(nth: u64) -> NaiveDate {
    "2026-11-01".parse::<NaiveDate>().unwrap() + Days::new(nth)
}

fn of(metric: &'static str, values: &[(u64, f64)]) -> Trend {
    let days: Vec<_> = values.iter().map(|(nth, value)| (day(*nth), *value)).collect();
    trend(metric, day(0), &days)
}

fn direction(metric: &'static str, value: impl Fn(u64) -> f64) -> &'static str {
    of(metric, &(0..14).map(|nth| (nth, value(nth))).collect::<Vec<_>>()).direction
}

fn assert_close(got: Option<f64>, want: f64) {
    assert!(got.is_some_and(|got| (got - want).abs() < 1e-12), "{got:?} is not {want}");
}

#[test]
fn a_line_through_four_days() {
    // x 0 1 2 4 with mean 7/4, y 1 3 2 6 with mean 3: Sxx 35/4, Sxy 10, Syy 14.
    let line = of("csat", &[(0, 1.0), (1, 3.0), (2, 2.0), (4, 6.0)]);
    assert_eq!((line.days_with_data, line.mean, line.direction), (4, Some(3.0), "too_few"));
    assert_close(line.slope_per_day, 8.0 / 7.0);
    assert_close(line.intercept, 1.0);
    assert_close(line.r_squared, 40.0 / 49.0);
    // t² = r² · 2 ÷ (1 − r²) = 80/9, and of two degrees p = 1 − t ÷ √(2 + t²) = 1 − √(40/49).
    assert_close(line.p_value, 1.0 - (40.0_f64 / 49.0).sqrt());
    // Distances: 0, 6/7, 9/7, 3/7.
    let farthest: Vec<_> = line.deviations[..2].iter().map(|day| (day.date, day.value)).collect();
    assert_eq!(farthest, [(day(2), 2.0), (day(1), 3.0)]);
    assert_close(Some(line.deviations[0].expected), 23.0 / 7.0);
}

#[test]
fn few_days_have_no_line() {
    let none = of("csat", &[]);
    assert_eq!((none.days_with_data, none.mean, none.direction), (0, None, "too_few"));
    let one = of("csat", &[(3, 0.5)]);
    assert_eq!((one.mean, one.slope_per_day, one.r_squared), (Some(0.5), None, None));
    let two = of("csat", &[(3, 0.5), (5, 0.75)]);
    assert_eq!((two.slope_per_day, two.intercept, two.p_value), (Some(0.125), Some(0.125), None));
    assert!(two.deviations.is_empty());
}

#[test]
fn more_is_better_of_two_and_worse_of_the_others() {
    let steps = |nth: u64| f64::from(u32::try_from(nth / 2).unwrap());
    let words: Vec<_> = TRENDS.into_iter().map(|metric| direction(metric, steps)).collect();
    assert_eq!(words, ["improving", "worsening", "worsening", "worsening", "improving"]);
    let words: Vec<_> = TRENDS.into_iter().map(|metric| direction(metric, |nth| 9.0 - steps(nth))).collect();
    assert_eq!(words, ["worsening", "improving", "improving", "improving", "worsening"]);
    assert_eq!(direction("csat", |nth| f64::from(u32::try_from(nth % 2).unwrap())), "flat");
}

#[test]
fn a_constant_is_flat_and_a_perfect_line_certain() {
    let constant = of("csat", &(0..20).map(|nth| (nth, 0.1)).collect::<Vec<_>>());
    assert_eq!((constant.slope_per_day, constant.p_value, constant.direction), (Some(0.0), None, "flat"));
    assert!(constant.deviations.is_empty());
    let line: Vec<_> = (0..20).map(|nth| (nth, 0.1 + 0.3 * f64::from(u32::try_from(nth).unwrap()))).collect();
    let perfect = of("csat", &line);
    assert_eq!((perfect.r_squared, perfect.p_value, perfect.direction), (Some(1.0), Some(0.0), "improving"));
    assert!(perfect.deviations.is_empty());
    assert_eq!(of("csat", &line[..13]).direction, "too_few");
}

#[test]
fn ties_go_to_the_earlier_day() {
    let line = of("csat", &[(0, 0.0), (1, 1.0), (2, 1.0), (3, 0.0)]);
    let dates: Vec<_> = line.deviations.iter().map(|day| day.date).collect();
    assert_eq!(dates, [day(0), day(1), day(2), day(3)]);
    let mut actual = json!({
        "metric": "csat", "days_with_data": 4, "mean": 0.5, "slope_per_day": 0.0, "intercept": 0.5, "r_squared": 0.0,
        "p_value": 1.0, "direction": "too_few", "deviating_date_1": "2026-11-01", "deviating_value_1": 0.0,
        "deviating_expected_1": 0.5, "deviating_date_2": "2026-11-02", "deviating_value_2": 1.0,
        "deviating_expected_2": 0.5
    });
    assert_eq!(line.differences(&actual), Vec::<String>::new());
    actual["deviating_date_2"] = json!("2026-11-01");
    actual["p_value"] = json!(null);
    actual["direction"] = json!("flat");
    assert_eq!(line.differences(&actual).len(), 4, "{:?}", line.differences(&actual));
}

#[test]
fn days_without_data_are_left_out() {
    let days = [(day(0), Metrics { csat: Some(1.0), ..Metrics::default() }), (day(1), Metrics::default())];
    let trends = trends(day(0), &days);
    assert_eq!(trends.iter().map(|trend| trend.metric).collect::<Vec<_>>(), TRENDS);
    assert_eq!((trends[0].days_with_data, trends[4].days_with_data, trends[4].mean), (0, 1, Some(1.0)));
}
