//! What neurons make of their sums, in 32 bits.
//!
//! Every function is a few additions, multiplications and one division, without a branch and without the
//! host's own mathematics: so it has the same bits on every host, and several numbers are worked out at once.

use rkyv::{Archive, Serialize};

/// What is done with each sum of a layer.
#[derive(Archive, Serialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    #[default]
    None,
    /// Nothing below zero passes.
    Relu,
    /// 1 / (1 + exp(−x)), at most 2e-7 off in relation to its value.
    Sigmoid,
    /// The hyperbolic tangent, at most 3e-7 off in relation to its value.
    Tanh,
}

impl ArchivedActivation {
    pub(super) fn apply(&self, row: &mut [f32]) {
        match self {
            Self::None => {}
            Self::Relu => each(row, |x| if x < 0.0 { 0.0 } else { x }),
            Self::Sigmoid => sigmoid(row),
            Self::Tanh => tanh(row),
        }
    }
}

/// The logistic function of each number.
#[inline(never)]
pub(super) fn sigmoid(row: &mut [f32]) {
    // exp(−x) − 1 and two more: for no x is a difference of nearly equal numbers taken.
    each(row, |x| {
        1.0 / (exp_minus_one(between(-x, -87.0, 87.0)) + 2.0)
    });
}

/// The hyperbolic tangent of each number.
#[inline(never)]
pub(super) fn tanh(row: &mut [f32]) {
    each(row, tanh_of);
}

#[inline]
pub(super) fn tanh_of(x: f32) -> f32 {
    // Beyond 10 it is 1 in 32 bits.
    let e = exp_minus_one(between(2.0 * x, -20.0, 20.0));
    e / (e + 2.0)
}

#[inline]
fn each(row: &mut [f32], of: impl Fn(f32) -> f32) {
    for x in row {
        *x = of(*x);
    }
}

/// The nearest number in between; NaN stays.
#[inline]
fn between(x: f32, least: f32, most: f32) -> f32 {
    let x = if x < least { least } else { x };
    if x > most { most } else { x }
}

/// exp(x) − 1 for x between −87 and 87.
///
/// With x = n ln 2 + r, it is 2ⁿ (exp(r) − 1) + (2ⁿ − 1); the Taylor series of exp(r) − 1 is cut off where it
/// is below half of the last bit.
#[inline]
fn exp_minus_one(x: f32) -> f32 {
    /// Added to a number and taken away again, it leaves the nearest whole number.
    const WHOLE: f32 = 12_582_912.0;
    /// ln 2 in two parts: the first has so few bits that n times it is exact.
    const LN_2: f32 = 355.0 / 512.0;
    const LN_2_REST: f32 = -2.121_944_4e-4;
    let shifted = x * core::f32::consts::LOG2_E + WHOLE;
    let n = shifted - WHOLE;
    let r = x - n * LN_2 - n * LN_2_REST;
    let mut series = 1.0 / 5_040.0;
    for factor in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0] {
        series = series * r + factor;
    }
    // The whole number stands in the lowest bits of the shifted one.
    let n = shifted.to_bits().wrapping_sub(WHOLE.to_bits());
    let power = f32::from_bits(n.wrapping_add(127).wrapping_shl(23));
    power * (series * r) + (power - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest error of all the 32-bit numbers in between that are `step` apart, in relation to the value.
    fn worst(of: fn(&mut [f32]), expected: fn(f64) -> f64) -> f64 {
        let mut worst = 0.0f64;
        for bits in (0..f32::INFINITY.to_bits()).step_by(4_999) {
            for x in [f32::from_bits(bits), -f32::from_bits(bits)] {
                let mut row = [x];
                of(&mut row);
                let expected = expected(f64::from(x));
                // Below that, 32-bit numbers lose bits.
                if expected.abs() > 1e-36 {
                    worst = worst.max((f64::from(row[0]) / expected - 1.0).abs());
                }
            }
        }
        worst
    }

    #[test]
    fn functions_are_as_near_as_they_say() {
        let sigmoid = worst(sigmoid, |x| 1.0 / (1.0 + (-x.max(-87.0)).exp()));
        assert!(sigmoid < 2e-7, "{sigmoid}");
        let tanh = worst(tanh, f64::tanh);
        assert!(tanh < 3e-7, "{tanh}");
    }

    #[test]
    fn ends_are_exact_and_missing_stays_missing() {
        let mut row = [f32::INFINITY, 90.0, 0.0, -90.0, f32::NEG_INFINITY, f32::NAN];
        tanh(&mut row);
        assert_eq!(row[..5], [1.0, 1.0, 0.0, -1.0, -1.0]);
        assert!(row[5].is_nan());
        let mut row = [f32::INFINITY, 90.0, 0.0, f32::NAN];
        sigmoid(&mut row);
        assert_eq!(row[..3], [1.0, 1.0, 0.5]);
        assert!(row[3].is_nan());
        let mut row = [-1.0, 2.0, f32::NAN];
        ArchivedActivation::Relu.apply(&mut row);
        assert_eq!(row[..2], [0.0, 2.0]);
        assert!(row[2].is_nan());
    }
}
