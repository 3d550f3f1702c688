//! Where a metric is heading: a straight line through its days, and the days that are farthest from it.

use std::cmp::Ordering;

use chrono::NaiveDate;
use serde_json::Value;

use super::metrics::Metrics;
use super::student_t::two_sided_p;

/// The metrics that have a trend, in the order of the answer; more is better of the first and the last only.
pub const TRENDS: [&str; 5] =
    ["resolution_rate", "escalation_rate", "abandonment_rate", "avg_first_response_time_ms", "csat"];

/// A day's distance from the line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deviation {
    pub date: NaiveDate,
    pub value: f64,
    pub expected: f64,
}

/// The least-squares line through the days that have data, each counting the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Trend {
    pub metric: &'static str,
    pub days_with_data: usize,
    pub mean: Option<f64>,
    pub slope_per_day: Option<f64>,
    pub intercept: Option<f64>,
    pub r_squared: Option<f64>,
    pub p_value: Option<f64>,
    pub direction: &'static str,
    /// Every day's distance, the largest first; empty where no two are told.
    pub deviations: Vec<Deviation>,
    /// The largest value, which rounding errors are measured by.
    scale: f64,
}

impl Deviation {
    pub fn distance(&self) -> f64 {
        (self.value - self.expected).abs()
    }
}

/// The trend of each metric; `days` are the local days of the range, of which the first is day 0.
pub fn trends(start: NaiveDate, days: &[(NaiveDate, Metrics)]) -> Vec<Trend> {
    let trend_of = |metric: &'static str| {
        let value = |(date, metrics): &(NaiveDate, Metrics)| Some((*date, metrics.to_json()[metric].as_f64()?));
        trend(metric, start, &days.iter().filter_map(value).collect::<Vec<_>>())
    };
    TRENDS.into_iter().map(trend_of).collect()
}

/// The trend of one metric through the days that have data.
pub fn trend(metric: &'static str, start: NaiveDate, days: &[(NaiveDate, f64)]) -> Trend {
    let x = |date: NaiveDate| f64::from(i32::try_from((date - start).num_days()).unwrap());
    let mean = |values: &dyn Fn(&(NaiveDate, f64)) -> f64| {
        (!days.is_empty()).then(|| days.iter().map(values).sum::<f64>() / count(days.len()))
    };
    let scale = days.iter().map(|(_, y)| y.abs()).fold(0.0, f64::max);
    let mut trend = Trend {
        metric,
        days_with_data: days.len(),
        mean: mean(&|(_, y)| *y),
        slope_per_day: None,
        intercept: None,
        r_squared: None,
        p_value: None,
        direction: "too_few",
        deviations: Vec::new(),
        scale,
    };
    let (Some(mean_x), Some(mean_y), true) = (mean(&|(date, _)| x(*date)), trend.mean, days.len() > 1) else {
        return trend;
    };
    let sum = |term: &dyn Fn(f64, f64) -> f64| days.iter().map(|(date, y)| term(x(*date), *y)).sum::<f64>();
    let is_constant = days.iter().all(|(_, y)| y.total_cmp(&days[0].1).is_eq());
    let slope =
        if is_constant { 0.0 } else { sum(&|x, y| (x - mean_x) * (y - mean_y)) / sum(&|x, _| (x - mean_x).powi(2)) };
    let intercept = mean_y - slope * mean_x;
    let unexplained = sum(&|x, y| (y - intercept - slope * x).powi(2)) / sum(&|_, y| (y - mean_y).powi(2));
    // What is left of a perfect fit are rounding errors.
    let unexplained = if is_constant || unexplained < 1e-20 { 0.0 } else { unexplained };
    trend.slope_per_day = Some(slope);
    trend.intercept = Some(intercept);
    trend.r_squared = Some(1.0 - unexplained);
    if days.len() > 2 {
        trend.p_value = (!is_constant).then(|| two_sided_p(unexplained, count(days.len() - 2)));
        if unexplained > 0.0 {
            let deviation = |&(date, value)| Deviation { date, value, expected: intercept + slope * x(date) };
            trend.deviations = days.iter().map(deviation).collect();
            trend.deviations.sort_by(farthest_first);
        }
    }
    trend.direction = direction(&trend, slope);
    trend
}

impl Trend {
    /// One sentence for each field that is missing or wrong in an answer's row.
    pub fn differences(&self, actual: &Value) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut expect = |field: &str, holds: bool, want: String| {
            if !holds {
                wrong.push(format!("{field}: expected {want}, got {}", actual[field]));
            }
        };
        expect("metric", actual["metric"] == self.metric, self.metric.to_owned());
        expect("days_with_data", actual["days_with_data"] == self.days_with_data, self.days_with_data.to_string());
        for (field, want, tolerance) in [
            ("mean", self.mean, 1e-9 * self.scale),
            ("slope_per_day", self.slope_per_day, 1e-9 * self.scale),
            ("intercept", self.intercept, 1e-9 * self.scale),
            ("r_squared", self.r_squared, 1e-9),
            ("p_value", self.p_value, 1e-7),
        ] {
            expect(field, close(want, &actual[field], tolerance), format!("{want:?}"));
        }
        // At the limit itself either word is a matter of the last bit.
        let at_limit = self.p_value.is_some_and(|p| (p - 0.05).abs() < 1e-7);
        expect("direction", at_limit || actual["direction"] == self.direction, self.direction.to_owned());
        for nth in 1..=2 {
            let field = format!("deviating_date_{nth}");
            let date = actual[field.as_str()].as_str();
            let (value, expected) = (format!("deviating_value_{nth}"), format!("deviating_expected_{nth}"));
            let want = self.deviations.get(nth - 1);
            let got = self.deviations.iter().find(|day| Some(day.date.to_string().as_str()) == date);
            let is_as_far = match (want, got) {
                // Distances that differ by rounding errors only may come in either order.
                (Some(want), Some(got)) => (want.distance() - got.distance()).abs() <= 1e-9 * self.scale,
                (want, got) => want.is_none() && got.is_none() && date.is_none(),
            };
            expect(&field, is_as_far, format!("{want:?}"));
            let (want_value, want_expected) = (got.map(|day| day.value), got.map(|day| day.expected));
            expect(&value, close(want_value, &actual[&value], 1e-9 * self.scale), format!("{want_value:?}"));
            expect(
                &expected,
                close(want_expected, &actual[&expected], 1e-9 * self.scale),
                format!("{want_expected:?}"),
            );
        }
        if actual["deviating_date_1"].is_string() && actual["deviating_date_1"] == actual["deviating_date_2"] {
            wrong.push(format!("deviating_date_2: is the same as the first, {}", actual["deviating_date_1"]));
        }
        wrong
    }
}

fn close(want: Option<f64>, got: &Value, tolerance: f64) -> bool {
    match (want, got.as_f64()) {
        (Some(want), Some(got)) => (want - got).abs() <= tolerance,
        (None, None) => got.is_null(),
        _ => false,
    }
}

fn farthest_first(a: &Deviation, b: &Deviation) -> Ordering {
    b.distance().total_cmp(&a.distance()).then(a.date.cmp(&b.date))
}

fn direction(trend: &Trend, slope: f64) -> &'static str {
    let more_is_better = ["resolution_rate", "csat"].contains(&trend.metric);
    match trend.p_value {
        _ if trend.days_with_data < 14 => "too_few",
        Some(p) if p < 0.05 && (slope > 0.0) == more_is_better => "improving",
        Some(p) if p < 0.05 => "worsening",
        _ => "flat",
    }
}

#[allow(clippy::cast_precision_loss)]
fn count(days: usize) -> f64 {
    days as f64
}
