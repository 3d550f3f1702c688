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
    pub values: Vec<f64>,
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
        Self { name: name.to_owned(), unit: unit.to_owned(), values }
    }

    /// The middle one.
    #[must_use]
    pub fn median(&self) -> f64 {
        let mut sorted = self.values.clone();
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
        self.values
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)))
    }

    /// As `12.3 (11.8 to 13.0) ms`.
    #[must_use]
    pub fn shown(&self) -> String {
        let (low, high) = self.range();
        let unit = if self.unit.is_empty() { String::new() } else { format!(" {}", self.unit) };
        if self.values.len() < 2 {
            return format!("{}{unit}", number(self.median()));
        }
        format!("{} ({} to {}){unit}", number(self.median()), number(low), number(high))
    }
}

impl Line {
    /// A ratio of two sides, run by run.
    #[must_use]
    pub fn ratio(name: &str, above: &Values, below: &Values, target: Target) -> Self {
        let values = above.values.iter().zip(&below.values).map(|(above, below)| above / below).collect();
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
