//! Differences of two shares, and how sure they are.
//!
//! The interval is Newcombe's hybrid score interval without continuity correction: method 10 of
//! R. G. Newcombe, "Interval estimation for the difference between independent proportions: comparison
//! of eleven methods", Statistics in Medicine 17 (1998) 873–890. It combines the Wilson score intervals
//! of the two shares, and holds for small counts and for shares of 0 and 1.
//!
//! ```
//! use harness::population::interval::{Share, difference};
//! let found = difference(Share { of: 70, hits: 56 }, Share { of: 80, hits: 48 });
//! assert!((found.low - 0.0524).abs() < 1e-4 && (found.high - 0.3339).abs() < 1e-4);
//! ```

use schemars::JsonSchema;
use serde::Serialize;

/// A count and how many of it are hits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// The count.
    pub of: u64,
    /// The hits, at most as many.
    pub hits: u64,
}

/// The difference of two shares, the first less the second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Difference {
    /// The difference itself, −1 to 1.
    pub difference: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end of the 95 % interval.
    pub high: f64,
    /// The level at which the interval just reaches 0: below 0.05 the 95 % interval does not hold it.
    pub p: f64,
}

/// The normal deviate of a two-sided 95 % interval.
const Z95: f64 = 1.959_963_984_540_054;

/// No difference needs a wider interval: what it leaves out has a probability below 1e-300.
const WIDEST: f64 = 37.0;

impl Share {
    /// Its value; 0 of nothing is 0.
    pub fn rate(self) -> f64 {
        if self.of == 0 {
            0.0
        } else {
            number(self.hits) / number(self.of)
        }
    }

    /// Wilson's score interval for a normal deviate.
    fn wilson(self, z: f64) -> (f64, f64) {
        let (n, p) = (number(self.of), self.rate());
        let z2 = z * z;
        let centre = 2.0 * n * p + z2;
        let half = z * (z2 + 4.0 * n * p * (1.0 - p)).sqrt();
        let all = 2.0 * (n + z2);
        (
            ((centre - half) / all).max(0.0),
            ((centre + half) / all).min(1.0),
        )
    }
}

/// The difference of two independent shares with its interval. Without a count on both sides nothing is
/// known.
pub fn difference(first: Share, second: Share) -> Difference {
    if first.of == 0 || second.of == 0 {
        return Difference {
            difference: 0.0,
            low: -1.0,
            high: 1.0,
            p: 1.0,
        };
    }
    let (low, high) = newcombe(first, second, Z95);
    Difference {
        difference: first.rate() - second.rate(),
        low,
        high,
        p: level(first, second),
    }
}

/// Holm's step-down procedure: which of so many `p` stay below 0.05 when all are looked at together
/// (S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
/// Statistics 6 (1979) 65–70).
pub fn holm(p: &[f64]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    let value = |i: usize| p.get(i).copied().unwrap_or(1.0);
    order.sort_by(|a, b| value(*a).total_cmp(&value(*b)));
    let mut apart = vec![false; p.len()];
    for (left, i) in (1..=p.len()).rev().zip(order) {
        if value(i) * number(u64::try_from(left).unwrap_or(u64::MAX)) >= 0.05 {
            break;
        }
        if let Some(apart) = apart.get_mut(i) {
            *apart = true;
        }
    }
    apart
}

fn newcombe(first: Share, second: Share, z: f64) -> (f64, f64) {
    let (p1, p2) = (first.rate(), second.rate());
    let ((l1, u1), (l2, u2)) = (first.wilson(z), second.wilson(z));
    let apart = |a: f64, b: f64| (a * a + b * b).sqrt();
    let d = p1 - p2;
    (d - apart(p1 - l1, u2 - p2), d + apart(u1 - p1, p2 - l2))
}

/// The level at which the interval just reaches 0, found by halving: a larger deviate gives a wider
/// interval.
fn level(first: Share, second: Share) -> f64 {
    let holds = |z: f64| {
        let (low, high) = newcombe(first, second, z);
        low <= 0.0 && high >= 0.0
    };
    let (mut out, mut inside) = (0.0, WIDEST);
    if holds(out) {
        return 1.0;
    }
    for _ in 0..60 {
        let middle = 0.5 * (out + inside);
        if holds(middle) {
            inside = middle;
        } else {
            out = middle;
        }
    }
    libm::erfc(inside / core::f64::consts::SQRT_2)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "populations are far below 2^53 customers"
)]
pub(super) fn number(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn share(hits: u64, of: u64) -> Share {
        Share { of, hits }
    }

    /// Newcombe 1998, table II, the rows of method 10.
    #[test]
    fn the_published_examples_come_out() {
        for ((a, m), (b, n), low, high) in [
            ((56, 70), (48, 80), 0.0524, 0.3339),
            ((9, 10), (3, 10), 0.1705, 0.8090),
            ((6, 7), (2, 7), 0.0582, 0.8062),
            ((5, 56), (0, 29), -0.0381, 0.1926),
            ((0, 10), (0, 20), -0.1611, 0.2775),
            ((0, 10), (0, 10), -0.2775, 0.2775),
            ((10, 10), (0, 20), 0.6791, 1.0000),
            ((10, 10), (0, 10), 0.6075, 1.0000),
        ] {
            let found = difference(share(a, m), share(b, n));
            assert!((found.low - low).abs() < 6e-5, "{a}/{m} {b}/{n}: {found:?}");
            assert!(
                (found.high - high).abs() < 6e-5,
                "{a}/{m} {b}/{n}: {found:?}"
            );
        }
    }

    /// R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine
    /// 17 (1998) 857–872, table I, method 3.
    #[test]
    fn the_published_score_intervals_come_out() {
        for (hits, of, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let found = share(hits, of).wilson(Z95);
            assert!(
                (found.0 - low).abs() < 6e-5 && (found.1 - high).abs() < 6e-5,
                "{found:?}"
            );
        }
    }

    /// Holm's adjusted values of (0.01, 0.04, 0.03, 0.005) are (0.03, 0.06, 0.06, 0.02), as R's
    /// `p.adjust(…, "holm")` documents the method.
    #[test]
    fn many_looks_ask_for_more() {
        assert_eq!(holm(&[0.01, 0.04, 0.03, 0.005]), [true, false, false, true]);
        assert_eq!(holm(&[]), Vec::<bool>::new());
        assert_eq!(holm(&[0.049]), [true]);
    }

    proptest! {
        #[test]
        fn intervals_hold_the_difference_and_mirror(
            (m, a) in (1u64..500).prop_flat_map(|m| (Just(m), 0..=m)),
            (n, b) in (1u64..500).prop_flat_map(|n| (Just(n), 0..=n)),
        ) {
            let found = difference(share(a, m), share(b, n));
            let mirror = difference(share(b, n), share(a, m));
            prop_assert!(found.low <= found.difference && found.difference <= found.high);
            prop_assert!(found.low >= -1.0 - 1e-12 && found.high <= 1.0 + 1e-12);
            prop_assert!((found.low + mirror.high).abs() < 1e-12);
            let without_zero = found.low > 0.0 || found.high < 0.0;
            prop_assert!(without_zero == (found.p < 0.05) || (found.p - 0.05).abs() < 1e-9);
        }
    }
}
