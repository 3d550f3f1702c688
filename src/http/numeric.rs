//! The database's `numeric` exactly as the server would write it, `50.00` as `50.00`.

use std::error::Error;
use std::fmt::Write;

use tokio_postgres::types::{FromSql, Type, accepts};

/// The digits of a numeric; none for `NaN` and the infinities, which JSON cannot write.
pub(super) struct Numeric(pub(super) Option<String>);

impl<'a> FromSql<'a> for Numeric {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let words: Vec<u16> = raw.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        let [count, weight, sign, scale, digits @ ..] = words.as_slice() else {
            return Err("a numeric is too short".into());
        };
        if digits.len() != usize::from(*count) {
            return Err("a numeric has the wrong length".into());
        }
        match sign {
            0x0000 => Ok(Self(Some(decimal(digits, weight.cast_signed(), *scale)))),
            0x4000 => Ok(Self(Some(format!("-{}", decimal(digits, weight.cast_signed(), *scale))))),
            _ => Ok(Self(None)),
        }
    }

    accepts!(NUMERIC);
}

/// Digits are of base 10,000; the first one has the weight 10,000 to the power of `weight`.
fn decimal(digits: &[u16], weight: i16, scale: u16) -> String {
    let digit = |power: i32| {
        usize::try_from(i32::from(weight) - power).ok().and_then(|index| digits.get(index)).copied().unwrap_or(0)
    };
    let mut text = String::new();
    for power in (0..=i32::from(weight).max(0)).rev() {
        let _ = if text.is_empty() { write!(text, "{}", digit(power)) } else { write!(text, "{:04}", digit(power)) };
    }
    if scale > 0 {
        let end = text.len() + 1 + usize::from(scale);
        text.push('.');
        let mut power = -1;
        while text.len() < end {
            let _ = write!(text, "{:04}", digit(power));
            power -= 1;
        }
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn keeps_every_digit() {
        assert_eq!(decimal(&[50], 0, 2), "50.00");
        assert_eq!(decimal(&[3333, 3300], 0, 2), "3333.33");
        assert_eq!(decimal(&[1, 0, 5], 2, 0), "100000005");
        assert_eq!(decimal(&[5], -2, 8), "0.00000005");
        assert_eq!(decimal(&[], 0, 0), "0");
    }
}
