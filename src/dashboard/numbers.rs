//! Numbers as people of a store write them: the digits and signs of its locale, the symbol of its currency.

use std::fmt::Display;

use fixed_decimal::{Decimal, FloatPrecision, SignedRoundingMode, UnsignedRoundingMode};
use icu_decimal::DecimalFormatter;
use icu_decimal::options::DecimalFormatterOptions;
use icu_experimental::dimension::currency::formatter::CurrencyFormatter;
use icu_experimental::dimension::currency::options::CurrencyFormatterOptions;
use icu_experimental::dimension::percent::formatter::PercentFormatter;
use icu_experimental::dimension::percent::options::Display as PercentDisplay;
use icu_locale_core::Locale;
use serde_json::Value;

/// How a field of an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// A whole number.
    Count,
    /// A number with one decimal.
    Number,
    /// A number with two decimals.
    Score,
    /// A share from 0 to 1, as a percentage with one decimal.
    Share,
    /// A difference of shares, in percentage points with a sign.
    Points,
    /// A relative change, as a percentage with a sign.
    Relative,
    /// A number that is a percentage already.
    PercentNumber,
    /// An amount in the currency of the store.
    Money,
    /// Milliseconds, in the two greatest units that they have.
    Duration,
    /// An instant, in the local time of the store.
    Instant,
    /// A text, or a local date, as it is.
    Text,
}

/// What is written where there is no number.
pub const NOTHING: &str = "–";

impl Notation {
    /// The name in `data-format`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Number => "number",
            Self::Score => "score",
            Self::Share => "share",
            Self::Points => "points",
            Self::Relative => "relative",
            Self::PercentNumber => "percent_number",
            Self::Money => "money",
            Self::Duration => "duration",
            Self::Instant => "instant",
            Self::Text => "text",
        }
    }
}

/// Writes numbers of one locale and currency.
pub struct Numbers {
    decimal: DecimalFormatter,
    percent: PercentFormatter<DecimalFormatter>,
    signed_percent: PercentFormatter<DecimalFormatter>,
    money: Option<CurrencyFormatter<DecimalFormatter>>,
}

impl Numbers {
    /// Of a BCP 47 tag and an ISO 4217 code; none if the data of the locale are missing.
    #[must_use]
    pub fn of(locale: &str, currency: &str) -> Option<Self> {
        let locale: Locale = locale.parse().unwrap_or(Locale::UNKNOWN);
        let percent = |display: PercentDisplay| PercentFormatter::try_new((&locale).into(), display.into()).ok();
        Some(Self {
            decimal: DecimalFormatter::try_new((&locale).into(), DecimalFormatterOptions::default()).ok()?,
            percent: percent(PercentDisplay::Standard)?,
            signed_percent: percent(PercentDisplay::ExplicitSign)?,
            money: currency.parse().ok().and_then(|currency| {
                CurrencyFormatter::try_new_symbol((&locale).into(), currency, CurrencyFormatterOptions::default()).ok()
            }),
        })
    }

    /// A value of an answer.
    #[must_use]
    pub fn text(&self, value: &Value, notation: Notation) -> String {
        match value {
            Value::Number(number) => {
                number.as_f64().and_then(|number| self.number(number, notation)).unwrap_or_else(|| NOTHING.into())
            }
            Value::String(text) => text.clone(),
            Value::Bool(true) => "yes".into(),
            Value::Bool(false) => "no".into(),
            Value::Null | Value::Array(_) | Value::Object(_) => NOTHING.into(),
        }
    }

    fn number(&self, number: f64, notation: Notation) -> Option<String> {
        Some(match notation {
            Notation::Count => self.rounded(number, 0)?,
            Notation::Score => self.rounded(number, 2)?,
            Notation::Number | Notation::Instant | Notation::Text => self.rounded(number, 1)?,
            Notation::Share => self.percent(number, 2)?,
            Notation::PercentNumber => self.percent(number, 0)?,
            Notation::Relative => self.change(number)?,
            Notation::Points => self.points(number)?,
            Notation::Money => self.money(number)?,
            Notation::Duration => self.duration(number)?,
        })
    }

    /// A round number at an axis: without decimals that say nothing.
    #[must_use]
    pub fn tick(&self, number: f64, notation: Notation) -> String {
        let text = match notation {
            Notation::Share => decimal(number, 2, 0).map(|share| self.percent.format(&share).to_string()),
            Notation::Duration if number == 0.0 => Some(self.count(0)),
            Notation::Duration if (1000.0..60_000.0).contains(&number) && number % 1000.0 == 0.0 => {
                self.rounded(number / 1000.0, 0).map(|seconds| with_unit(seconds, "s"))
            }
            notation => self.number(number, notation),
        };
        text.unwrap_or_default()
    }

    fn count(&self, count: i64) -> String {
        self.decimal.format(&Decimal::from(count)).to_string()
    }

    fn rounded(&self, number: f64, decimals: i16) -> Option<String> {
        Some(self.decimal.format(&decimal(number, 0, decimals)?).to_string())
    }

    fn percent(&self, number: f64, power: i16) -> Option<String> {
        Some(self.percent.format(&decimal(number, power, 1)?).to_string())
    }

    fn change(&self, number: f64) -> Option<String> {
        let change = decimal(number, 2, 1)?;
        let formatter = if is_zero(&change) { &self.percent } else { &self.signed_percent };
        Some(formatter.format(&change).to_string())
    }

    fn points(&self, number: f64) -> Option<String> {
        let points = decimal(number, 2, 1)?;
        let sign = if number > 0.0 && !is_zero(&points) { "+" } else { "" };
        Some(format!("{sign}{}\u{a0}pp", self.decimal.format(&points)))
    }

    fn money(&self, amount: f64) -> Option<String> {
        let amount = exact(amount)?;
        Some(match &self.money {
            Some(money) => money.format_fixed_decimal(&amount).to_string(),
            None => self.decimal.format(&amount).to_string(),
        })
    }

    /// Milliseconds below a second, then seconds, then the two greatest units, cut off.
    fn duration(&self, ms: f64) -> Option<String> {
        const UNITS: [(i64, &str, i64, &str); 3] =
            [(60, "min", 1, "s"), (3600, "h", 60, "min"), (86_400, "d", 3600, "h")];
        if ms < 1000.0 {
            return Some(with_unit(self.rounded(ms, 0)?, "ms"));
        }
        if ms < 60_000.0 {
            return Some(with_unit(self.rounded(ms / 1000.0, 1)?, "s"));
        }
        #[allow(clippy::cast_possible_truncation, reason = "whole seconds; 300 million years fit")]
        let seconds = (ms / 1000.0).floor() as i64;
        let (great, great_name, small, small_name) = match seconds {
            ..3600 => UNITS[0],
            3600..172_800 => UNITS[1],
            _ => UNITS[2],
        };
        let parts = [(seconds / great, great_name), (seconds % great / small, small_name)];
        Some(parts.map(|(count, name)| with_unit(self.count(count), name)).join(" "))
    }
}

fn with_unit(number: impl Display, unit: &str) -> String {
    format!("{number}\u{a0}{unit}")
}

fn exact(number: f64) -> Option<Decimal> {
    Decimal::try_from_f64(number, FloatPrecision::RoundTrip).ok()
}

/// A number times a power of ten, with so many decimals; halves go away from zero, and there is no negative zero.
fn decimal(number: f64, power: i16, decimals: i16) -> Option<Decimal> {
    let mut decimal = exact(number)?;
    decimal.multiply_pow10(power);
    decimal.round_with_mode(-decimals, SignedRoundingMode::Unsigned(UnsignedRoundingMode::HalfExpand));
    decimal.trim_start();
    decimal.pad_end(-decimals);
    if is_zero(&decimal) {
        decimal.set_sign(fixed_decimal::Sign::None);
    }
    Some(decimal)
}

fn is_zero(decimal: &Decimal) -> bool {
    decimal.absolute.is_zero()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_written_as_the_locale_does() {
        for (locale, currency, value, notation, expected) in [
            ("en-US", "USD", json!(1723), Notation::Count, "1,723"),
            ("de-DE", "EUR", json!(1723), Notation::Count, "1.723"),
            ("en-US", "USD", json!(0.77771), Notation::Share, "77.8%"),
            ("de-DE", "EUR", json!(0.5), Notation::Share, "50,0\u{a0}%"),
            ("en-US", "USD", json!(0.08137), Notation::Points, "+8.1\u{a0}pp"),
            ("en-US", "USD", json!(-0.0001), Notation::Points, "0.0\u{a0}pp"),
            ("en-US", "USD", json!(-0.0166), Notation::Relative, "-1.7%"),
            ("en-US", "USD", json!(0.0), Notation::Relative, "0.0%"),
            ("en-US", "USD", json!(4607.72), Notation::PercentNumber, "4,607.7%"),
            ("en-US", "USD", json!(3969.55), Notation::Money, "$3,969.55"),
            ("de-DE", "EUR", json!(-0.5), Notation::Money, "-0,50\u{a0}€"),
            ("ja-JP", "JPY", json!(1234.5), Notation::Money, "￥1,235"),
            ("en-US", "USD", json!(4.533), Notation::Number, "4.5"),
            ("en-US", "USD", json!(0.745), Notation::Score, "0.75"),
            ("en-US", "USD", json!(null), Notation::Share, NOTHING),
            ("xx", "USD", json!(1), Notation::Count, "1"),
        ] {
            let numbers = Numbers::of(locale, currency).unwrap();
            assert_eq!(numbers.text(&value, notation), expected, "{locale} {value} {notation:?}");
        }
    }

    #[test]
    fn a_time_has_its_two_greatest_units() {
        let numbers = Numbers::of("de-DE", "EUR").unwrap();
        for (ms, expected) in [
            (840.4, "840 ms"),
            (2706.5, "2,7 s"),
            (192_999.0, "3 min 12 s"),
            (18_200_000.0, "5 h 3 min"),
            (273_600_000.0, "3 d 4 h"),
        ] {
            let text = numbers.text(&json!(ms), Notation::Duration);
            assert_eq!(text.replace('\u{a0}', " "), expected);
        }
    }
}
