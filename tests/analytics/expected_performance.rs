//! A straight line through daily values, by sums over deviations from the means, and its p-value by integration.

use std::f64::consts::FRAC_PI_2;

use chrono::NaiveDate;
use serde_json::{Value, json};

/// A day, its number from the start of the range, and its value.
pub type Point = (NaiveDate, i64, f64);

/// Student's t, two-sided: the share of the density beyond |t|. With t = √n tan θ the density is cos θ to the n − 1.
pub fn student_t_p(t: f64, degrees: i32) -> f64 {
    let from = (t.abs() / f64::from(degrees).sqrt()).atan();
    let density = |theta: f64| theta.cos().abs().powi(degrees - 1);
    integral(&density, from, FRAC_PI_2) / integral(&density, 0.0, FRAC_PI_2)
}

/// Simpson's rule.
fn integral(function: &dyn Fn(f64) -> f64, from: f64, to: f64) -> f64 {
    const STEPS: u32 = 40_000;
    let width = (to - from) / f64::from(STEPS);
    let inner = (1..STEPS).map(|nth| {
        let weight = if nth % 2 == 1 { 4.0 } else { 2.0 };
        weight * function(from + width * f64::from(nth))
    });
    (function(from) + inner.sum::<f64>() + function(to)) * width / 3.0
}

/// The row of the API for a metric of which more (1) or less (−1) is better.
#[allow(clippy::cast_precision_loss)]
pub fn performance(metric: &str, better: f64, points: &[Point]) -> Value {
    let count = points.len() as f64;
    let mean_of = |value: &dyn Fn(&Point) -> f64| points.iter().map(value).sum::<f64>() / count;
    let (x, y) = (|point: &Point| point.1 as f64, |point: &Point| point.2);
    let (mean_x, mean_y) = (mean_of(&x), mean_of(&y));
    let sum = |value: &dyn Fn(f64, f64) -> f64| {
        points.iter().map(|point| value(x(point) - mean_x, y(point) - mean_y)).sum::<f64>()
    };
    let (xx, xy, yy) = (sum(&|x, _| x * x), sum(&|x, y| x * y), sum(&|_, y| y * y));
    let is_level = points.iter().all(|point| point.2.to_bits() == points[0].2.to_bits());
    let slope = if is_level { 0.0 } else { xy / xx };
    let r_squared = if is_level { 1.0 } else { xy * xy / xx / yy };
    let p_value = (points.len() >= 3 && !is_level).then(|| {
        if 1.0 - r_squared < 1e-12 {
            return 0.0;
        }
        let degrees = i32::try_from(points.len()).unwrap() - 2;
        student_t_p((r_squared * f64::from(degrees) / (1.0 - r_squared)).sqrt(), degrees)
    });
    let direction = match p_value {
        _ if points.len() < 14 => "too_few",
        Some(p) if p < 0.05 && slope * better > 0.0 => "improving",
        Some(p) if p < 0.05 => "worsening",
        _ => "flat",
    };
    let expected = |point: &Point| mean_y + slope * (x(point) - mean_x);
    let mut deviating: Vec<(&Point, f64)> =
        points.iter().map(|point| (point, (y(point) - expected(point)).abs())).filter(|(_, by)| *by > 1e-9).collect();
    // Of two days that deviate as much, but for rounding, the earlier one comes first.
    deviating.sort_by(
        |(one, by), (other, other_by)| {
            if (by - other_by).abs() < 1e-9 { one.1.cmp(&other.1) } else { other_by.total_cmp(by) }
        },
    );
    if points.len() < 3 {
        deviating.clear();
    }
    let nth = |nth: usize| deviating.get(nth).map(|(point, _)| *point);
    let has_line = points.len() >= 2;
    json!({
        "metric": metric,
        "days_with_data": points.len(),
        "mean": (!points.is_empty()).then_some(mean_y),
        "slope_per_day": has_line.then_some(slope),
        "intercept": has_line.then_some(mean_y - slope * mean_x),
        "r_squared": has_line.then_some(r_squared),
        "p_value": p_value,
        "direction": direction,
        "deviating_date_1": nth(0).map(|point| point.0),
        "deviating_value_1": nth(0).map(y),
        "deviating_expected_1": nth(0).map(expected),
        "deviating_date_2": nth(1).map(|point| point.0),
        "deviating_value_2": nth(1).map(y),
        "deviating_expected_2": nth(1).map(expected),
    })
}
