//! The axis of a chart: round steps that people can count by.

/// From where to where an axis reaches, and in which steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    pub low: f64,
    pub step: f64,
    pub steps: u16,
}

/// Fractions of a power of ten by which people count.
const ROUND: [f64; 4] = [1.0, 2.0, 2.5, 5.0];
/// About as many steps as fit.
const STEPS: f64 = 4.0;

impl Scale {
    /// From zero, or below it where values are, to the greatest value; steps are no smaller than `least`.
    #[must_use]
    pub(super) fn of(values: impl Iterator<Item = f64>, least: f64) -> Self {
        let (low, high) = values.fold((0.0, 0.0), |(low, high): (f64, f64), value| (low.min(value), high.max(value)));
        let step = round_up((high - low) / STEPS).max(least);
        let (below, above) = ((-low / step).ceil(), (high / step).ceil());
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a handful of steps")]
        let steps = (below + above).clamp(1.0, 100.0) as u16;
        Self { low: -below * step, step, steps }
    }

    /// From 0 to a fixed end.
    #[must_use]
    pub(super) fn to(high: f64) -> Self {
        Self { low: 0.0, step: high / STEPS, steps: 4 }
    }

    /// The upper end.
    #[must_use]
    pub(super) fn high(self) -> f64 {
        self.low + self.step * f64::from(self.steps)
    }

    /// Values with a line and a label, the lowest first.
    pub(super) fn ticks(self) -> impl Iterator<Item = f64> {
        (0..=self.steps).map(move |count| self.low + self.step * f64::from(count))
    }

    /// How far up a value is, from 0 to 1.
    #[must_use]
    pub(super) fn share(self, value: f64) -> f64 {
        (value - self.low) / (self.high() - self.low)
    }
}

/// The next round number, 0 for 0.
fn round_up(number: f64) -> f64 {
    if number <= 0.0 {
        return 0.0;
    }
    let power = 10_f64.powf(number.log10().floor());
    // So that 0.3 is not taken for a little more than three tenths.
    let is_enough = |round: &&f64| **round * power >= number * (1.0 - 1e-9);
    ROUND.iter().find(is_enough).copied().unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_and_reach_all_values() {
        for (values, least, low, step, steps) in [
            (vec![90.0, 3.0], 1.0, 0.0, 25.0, 4),
            (vec![2180.0], 1.0, 0.0, 1000.0, 3),
            (vec![2.0], 1.0, 0.0, 1.0, 2),
            (vec![0.0], 1.0, 0.0, 1.0, 1),
            (vec![], 1.0, 0.0, 1.0, 1),
            (vec![100.0], 1.0, 0.0, 25.0, 4),
            (vec![-30.0, 120.0], 1.0, -50.0, 50.0, 4),
        ] {
            let scale = Scale::of(values.iter().copied(), least);
            assert_eq!(scale, Scale { low, step, steps }, "{values:?}");
            assert!(values.iter().all(|value| (0.0..=1.0).contains(&scale.share(*value))), "{values:?}");
        }
    }
}
