//! Ratios of several runs, and what was demanded of them.

use serde::{Deserialize, Serialize};

/// What a measured value must be.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// No less than this.
    AtLeast(f64),
    /// No more than this.
    AtMost(f64),
    /// Shown without a demand.
    None,
}

/// Values of the same thing, one of each run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Values {
    /// What they are.
    pub name: String,
    /// Unit, empty for a ratio.
    pub unit: String,
    /// In the order of the runs.
    pub runs: Vec<f64>,
}

/// One line of the table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Line {
    /// The measured values; their median counts.
    #[serde(flatten)]
    pub measured: Values,
    /// What was demanded.
    pub target: Target,
}

impl Values {
    /// With the values of all runs.
    #[must_use]
    pub fn new(name: &str, unit: &str, values: Vec<f64>) -> Self {
        Self { name: name.to_owned(), unit: unit.to_owned(), runs: values }
    }

    /// The middle one.
    #[must_use]
    pub fn median(&self) -> f64 {
        let mut sorted = self.runs.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        match sorted.len() {
            0 => f64::NAN,
            count if count.is_multiple_of(2) => f64::midpoint(sorted[count / 2 - 1], sorted[count / 2]),
            count => sorted[count / 2],
        }
    }

    /// The least and the greatest.
    #[must_use]
    pub fn range(&self) -> (f64, f64) {
        self.runs
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)))
    }

    /// As `12.3 (11.8 to 13.0) ms`.
    #[must_use]
    pub fn shown(&self) -> String {
        let (low, high) = self.range();
        let unit = if self.unit.is_empty() { String::new() } else { format!(" {}", self.unit) };
        if self.runs.len() < 2 {
            return format!("{}{unit}", number(self.median()));
        }
        format!("{} ({} to {}){unit}", number(self.median()), number(low), number(high))
    }
}

impl Line {
    /// A ratio of two sides, run by run.
    #[must_use]
    pub fn ratio(name: &str, above: &Values, below: &Values, target: Target) -> Self {
        let values = above.runs.iter().zip(&below.runs).map(|(above, below)| above / below).collect();
        Self { measured: Values::new(name, "", values), target }
    }

    /// What was demanded, for people.
    #[must_use]
    pub fn demanded(&self) -> String {
        let unit = if self.measured.unit.is_empty() { String::new() } else { format!(" {}", self.measured.unit) };
        match self.target {
            Target::AtLeast(bound) => format!("at least {}{unit}", number(bound)),
            Target::AtMost(bound) => format!("at most {}{unit}", number(bound)),
            Target::None => "–".to_owned(),
        }
    }

    /// Whether the median keeps to the target, and by what factor it misses it.
    #[must_use]
    pub fn verdict(&self) -> String {
        let median = self.measured.median();
        let missed_by = match self.target {
            Target::AtLeast(bound) => bound / median,
            Target::AtMost(bound) => median / bound,
            Target::None => return "–".to_owned(),
        };
        if missed_by <= 1.0 { "met".to_owned() } else { format!("**missed** by a factor of {missed_by:.2}") }
    }
}

/// Three digits that matter, and thousands apart.
#[must_use]
pub fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 1_000.0 => thousands(value),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        0.0 => "0".to_owned(),
        size if size < 0.1 => format!("{value:.3}"),
        _ => format!("{value:.2}"),
    }
}

/// A count with its thousands apart.
#[must_use]
#[allow(clippy::cast_precision_loss)] // millions
pub fn count(count: usize) -> String {
    thousands(count as f64)
}

fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut shown = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && digit.is_ascii_digit() && (digits.len() - place).is_multiple_of(3) && !shown.ends_with('-') {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{Line, Target, Values, count, number};

    #[test]
    fn the_median_counts_and_the_range_is_shown() {
        let values = Values::new("a", "ms", vec![3.0, 1.0, 2.0]);
        assert_eq!(values.shown(), "2.00 (1.00 to 3.00) ms");
        assert!((Values::new("a", "", vec![4.0, 1.0]).median() - 2.5).abs() < f64::EPSILON);
    }

    #[test]
    fn ratios_are_of_the_same_run_and_missed_by_a_factor() {
        let (above, below) = (Values::new("a", "", vec![10.0, 40.0]), Values::new("b", "", vec![20.0, 80.0]));
        let line = |target| Line::ratio("c", &above, &below, target).verdict();
        assert_eq!(line(Target::AtLeast(0.5)), "met");
        assert_eq!(line(Target::AtLeast(0.6)), "**missed** by a factor of 1.20");
        assert_eq!(line(Target::AtMost(0.25)), "**missed** by a factor of 2.00");
    }

    #[test]
    fn numbers_have_the_digits_that_matter() {
        let shown = [0.0, 0.0123, 0.5, 12.34, 123.4, 1_234.5, -1_234_567.0].map(number);
        assert_eq!(shown, ["0", "0.012", "0.50", "12.3", "123", "1,234", "-1,234,567"]);
        assert_eq!(count(1_000_000), "1,000,000");
    }
}
