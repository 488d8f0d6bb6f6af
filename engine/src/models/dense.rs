//! Layers without memory: linear models, layers of networks, and what prepares numbers for them. All count
//! in 32 bits, as the libraries do that networks are trained with. A missing number that nothing fills in
//! makes every number missing that depends on it.

use rkyv::{Archive, Serialize};

use super::{Activation, Matrix, Row};

/// A layer in which every output depends on every input.
#[derive(Archive, Serialize, Debug, Default, PartialEq)]
pub struct Dense {
    /// The weights.
    pub matrix: Matrix,
    /// What is done with the sums.
    pub activation: Activation,
}

/// (x − offset) × factor, for each number by itself. A list that is empty changes nothing.
#[derive(Archive, Serialize, Debug, Default, PartialEq)]
pub struct Scale {
    /// What stands for a missing number.
    pub missing: Vec<f32>,
    /// What is taken away.
    pub offsets: Vec<f32>,
    /// What the difference is multiplied by.
    pub factors: Vec<f32>,
}

/// Divides a row by its length.
#[derive(Archive, Serialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Norm {
    /// The sum of the amounts.
    Sum,
    /// The square root of the sum of squares.
    Euclid,
    /// The largest amount.
    Most,
}

/// A line through points: what isotonic regression learns to make probabilities of scores. Before the first
/// point and after the last it is level.
#[derive(Archive, Serialize, Debug, Default, PartialEq)]
pub struct Curve {
    /// Where the points are, ascending.
    pub x: Vec<f64>,
    /// How high each is.
    pub y: Vec<f64>,
}

impl ArchivedDense {
    pub(super) fn apply(&self, row: &mut Row) {
        row.narrow();
        self.matrix.begin(&mut row.sums);
        self.matrix.add(&row.narrow, &mut row.sums);
        let outputs = self.matrix.outputs();
        let made = row.sums.as_flattened_mut();
        let made = made.get_mut(..outputs).unwrap_or_default();
        self.activation.apply(made);
        row.made.clear();
        row.made.extend(made.iter().map(|x| f64::from(*x)));
    }
}

impl ArchivedScale {
    pub(super) fn apply(&self, row: &mut Row) {
        row.narrow();
        for (x, missing) in row.narrow.iter_mut().zip(self.missing.iter()) {
            if x.is_nan() {
                *x = missing.to_native();
            }
        }
        for (x, offset) in row.narrow.iter_mut().zip(self.offsets.iter()) {
            *x -= offset.to_native();
        }
        for (x, factor) in row.narrow.iter_mut().zip(self.factors.iter()) {
            *x *= factor.to_native();
        }
        row.widen();
    }
}

impl ArchivedNorm {
    pub(super) fn apply(&self, row: &mut [f64]) {
        let amounts = row.iter().map(|x| x.abs());
        let length = match self {
            Self::Sum => amounts.sum(),
            Self::Euclid => row.iter().map(|x| x * x).sum::<f64>().sqrt(),
            Self::Most => amounts.fold(0.0, f64::max),
        };
        // A row of zeros has no direction.
        if length != 0.0 {
            for x in row {
                *x /= length;
            }
        }
    }
}

impl ArchivedCurve {
    pub(super) fn apply(&self, row: &mut [f64]) {
        for x in row {
            *x = self.height(*x);
        }
    }

    fn height(&self, x: f64) -> f64 {
        let point = |i: usize| Some((self.x.get(i)?.to_native(), self.y.get(i)?.to_native()));
        if x.is_nan() {
            return x;
        }
        let after = self.x.as_slice().partition_point(|at| at.to_native() < x);
        match (after.checked_sub(1).and_then(point), point(after)) {
            (Some((x0, y0)), Some((x1, y1))) => y0 + (y1 - y0) * ((x - x0) / (x1 - x0)),
            (Some((_, y)), None) | (None, Some((_, y))) => y,
            (None, None) => f64::NAN,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::outputs;
    use super::*;
    use crate::models::Step;

    #[test]
    fn layers_follow_each_other() {
        let first = || Dense {
            matrix: Matrix::new(
                2,
                &[&[1.0, 2.0], &[-1.0, 0.0], &[0.5, 0.5]],
                &[0.0, 0.5, 1.0],
            ),
            activation: Activation::Relu,
        };
        let second = || Dense {
            matrix: Matrix::new(3, &[&[1.0, 10.0, 100.0]], &[-1.0]),
            activation: Activation::None,
        };
        let steps = || vec![Step::Dense(first()), Step::Dense(second())];
        // 3 + 2·2 = 7, −3 + ½ is below zero, 1½ + 1 + 1 = 3½.
        assert_eq!(outputs(steps(), &[3.0, 2.0]), [7.0 + 350.0 - 1.0]);
        assert!(outputs(steps(), &[3.0, f64::NAN])[0].is_nan());
    }

    #[test]
    fn rows_are_filled_scaled_and_divided() {
        let scale = Scale {
            missing: vec![4.0, 5.0],
            offsets: vec![1.0, 1.0],
            factors: vec![1.0, 0.5],
        };
        assert_eq!(
            outputs(vec![Step::Scale(scale)], &[f64::NAN, 9.0]),
            [3.0, 4.0]
        );
        let scale = Scale {
            factors: vec![3.0],
            ..Scale::default()
        };
        let filled = outputs(vec![Step::Scale(scale)], &[2.0, f64::NAN]);
        assert!(filled[0] == 6.0 && filled[1].is_nan());
        for (norm, expected) in [
            (Norm::Sum, [3.0 / 7.0, -4.0 / 7.0]),
            (Norm::Euclid, [0.6, -0.8]),
            (Norm::Most, [0.75, -1.0]),
        ] {
            assert_eq!(outputs(vec![Step::Norm(norm)], &[3.0, -4.0]), expected);
        }
        assert_eq!(
            outputs(vec![Step::Norm(Norm::Euclid)], &[0.0, 0.0]),
            [0.0, 0.0]
        );
    }

    #[test]
    fn a_curve_goes_through_its_points_and_is_level_beyond() {
        let curve = Curve {
            x: vec![0.0, 1.0, 1.0, 3.0],
            y: vec![0.1, 0.2, 0.4, 0.8],
        };
        let row = [-1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 9.0];
        let found = outputs(vec![Step::Curve(curve)], &row);
        let expected = [0.1, 0.1, 0.15, 0.2, 0.6, 0.8, 0.8];
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }
}
