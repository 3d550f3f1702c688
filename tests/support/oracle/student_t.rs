//! The two tails of Student's t by the regularised incomplete beta function and its continued fraction.

/// How likely a t at least this far from zero is by chance, for a regression that leaves `unexplained` = 1 − r² of the
/// variance: I of `unexplained` with degrees of freedom ÷ 2 and ½, because t² = r² · degrees ÷ (1 − r²).
pub fn two_sided_p(unexplained: f64, degrees_of_freedom: f64) -> f64 {
    incomplete_beta(unexplained, degrees_of_freedom / 2.0, 0.5)
}

/// The same of t itself, exact for small ones too.
pub fn two_sided_p_of_t(t: f64, degrees_of_freedom: f64) -> f64 {
    let explained = t * t / (degrees_of_freedom + t * t);
    1.0 - incomplete_beta(explained, 0.5, degrees_of_freedom / 2.0)
}

/// Regularised incomplete beta function of a and b up to x.
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    // The fraction converges fast only on this side of the mean; the other follows by symmetry.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(1.0 - x, b, a);
    }
    let front = a * x.ln() + b * (1.0 - x).ln() + ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b);
    front.exp() / a * continued_fraction(x, a, b)
}

/// The fraction of the incomplete beta function, by Lentz's method as Thompson and Barnett changed it.
fn continued_fraction(x: f64, a: f64, b: f64) -> f64 {
    let not_zero = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut above = 1.0;
    let mut below = 1.0 / not_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = below;
    for step in (1..10_000).map(f64::from) {
        let even = step * (b - step) * x / ((a + 2.0 * step - 1.0) * (a + 2.0 * step));
        let odd = -(a + step) * (a + b + step) * x / ((a + 2.0 * step) * (a + 2.0 * step + 1.0));
        for coefficient in [even, odd] {
            below = 1.0 / not_zero(1.0 + coefficient * below);
            above = not_zero(1.0 + coefficient / above);
            fraction *= above * below;
        }
        if (above * below - 1.0).abs() < 1e-15 {
            return fraction;
        }
    }
    panic!("the fraction does not converge at x {x}, a {a}, b {b}");
}

/// ln Γ(x) for x > 0: Stirling's series, after the argument has been raised to where it is exact.
fn ln_gamma(x: f64) -> f64 {
    let (mut raised, mut shift) = (x, 0.0);
    while raised < 15.0 {
        shift += raised.ln();
        raised += 1.0;
    }
    let square = raised * raised;
    let series = (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - 1.0 / (1680.0 * square)) / square) / square) / raised;
    (raised - 0.5) * raised.ln() - raised + 0.5 * std::f64::consts::TAU.ln() + series - shift
}

#[cfg(test)]
mod tests {
    use super::{ln_gamma, two_sided_p, two_sided_p_of_t};

    fn p(t: f64, degrees: f64) -> f64 {
        let p = two_sided_p(degrees / (degrees + t * t), degrees);
        assert_close(two_sided_p_of_t(-t, degrees), p);
        p
    }

    fn assert_close(got: f64, want: f64) {
        assert!((got - want).abs() < 1e-9, "{got} is not {want}");
    }

    #[test]
    fn few_degrees_have_closed_forms() {
        for t in [0.01_f64, 0.5, 1.0, 3.0, 40.0] {
            assert_close(p(t, 1.0), 1.0 - 2.0 / std::f64::consts::PI * t.atan());
            assert_close(p(t, 2.0), 1.0 - t / (2.0 + t * t).sqrt());
            let square = t * t;
            assert_close(p(t, 4.0), 1.0 - t * (square + 6.0) / (square + 4.0).powf(1.5));
        }
    }

    #[test]
    fn tables_of_the_distribution_agree() {
        let quantiles = [(2.228_138_851_965, 10.0), (2.178_812_829_663, 12.0), (1.983_971_518_523, 100.0)];
        for (t, degrees) in quantiles {
            assert_close(p(t, degrees), 0.05);
        }
        assert_close(p(0.0, 7.0), 1.0);
        assert_close(two_sided_p(0.0, 7.0), 0.0);
    }

    #[test]
    fn the_tails_are_the_integral_of_the_density() {
        for degrees in [3.0_f64, 5.0, 12.0, 29.0, 118.0] {
            let norm = (ln_gamma(f64::midpoint(degrees, 1.0)) - ln_gamma(degrees / 2.0)).exp()
                / (degrees * std::f64::consts::PI).sqrt();
            let density = |t: f64| norm * (1.0 + t * t / degrees).powf(-(degrees + 1.0) / 2.0);
            // Simpson's rule from 0 to t, doubled for both sides.
            let (t, steps) = (1.7, 2_000);
            let width = t / f64::from(steps);
            let weight = |nth| if nth == 0 || nth == steps { 1.0 } else { f64::from(2 + nth % 2 * 2) };
            let inside: f64 = (0..=steps).map(|nth| weight(nth) * density(width * f64::from(nth))).sum::<f64>();
            assert_close(p(t, degrees), 1.0 - 2.0 * inside * width / 3.0);
        }
    }
}
