//! Weights of fewer bits: what a page must fetch gets smaller, at a cost in accuracy that is measured on rows.
//!
//! Weights stay 32-bit numbers in the bundle, so that it is read in place, but take few different values,
//! which is what compression on the way to the page lives from. With 16 bits each keeps the 11 significant
//! bits that a half-precision float has; with 8 bits a matrix, or the leaves of an ensemble, are put on 255
//! even steps, and thresholds keep 8 significant bits. A threshold that is short already stays, so counts
//! and flags are told apart as before.
//!
//! Bytes of real models after Brotli (quality 11), beside small types that a page would have to unpack: of a network,
//! int8 with a scale for each output; of trees, nodes of 16 bits with thresholds and leaves of 8.
//!
//! | weights | 32-bit | 16 | float16 | 8 | a small type |
//! | --- | --- | --- | --- | --- | --- |
//! | LSTM, 56,007 (BPI 2012) | 207,561 | 111,102 | 100,658 | 34,783 | 54,093 |
//! | LSTM, 58,509 (Berka) | 217,939 | 117,871 | 106,676 | 41,172 | 55,635 |
//! | 5,800 nodes (bank marketing) | 40,187 | 24,597 | | 15,550 | 16,851 |
//! | 12,352 nodes (churn) | 46,410 | 36,206 | | 26,643 | 23,955 |
//!
//! A smaller type would save a tenth more at best, and cost the page code and time to unpack it.
//!
//! ```
//! use authoring::model::{Weights, onnx};
//! let file = include_bytes!("../../../tests/parity/onnx/network-binary.onnx");
//! let mut model = onnx(file).unwrap();
//! Weights::Eight.round(&mut model.steps);
//! ```

use engine::models::{CATEGORIES, Matrix, Real, Recurrent, Step, Trees};

/// How many bits a weight keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    /// As many as a half-precision float has: 11 that are significant.
    Sixteen,
    /// 255 even steps; thresholds keep 8 significant bits.
    Eight,
}

/// Steps on either side of zero.
const STEPS: f64 = 127.0;

impl Weights {
    /// The one of that many bits.
    pub fn of(bits: u32) -> Option<Self> {
        match bits {
            16 => Some(Self::Sixteen),
            8 => Some(Self::Eight),
            _ => None,
        }
    }

    /// Rounds the weights of trees, matrices and cells; what moves, fills and calibrates stays.
    pub fn round(self, steps: &mut [Step]) {
        for step in steps {
            match step {
                Step::Trees(trees) => self.trees(trees, f32::next_down, narrow),
                Step::WideTrees(trees) => self.trees(trees, f64::next_down, |x| x),
                Step::Dense(dense) => self.matrix(&mut dense.matrix),
                Step::Recurrent(layer) => self.cells(layer),
                Step::Cosine(_)
                | Step::Link(_)
                | Step::Scale(_)
                | Step::Norm(_)
                | Step::Curve(_)
                | Step::Pool(_) => {}
            }
        }
    }

    /// Rounds the weights of a layer of cells.
    pub fn cells(self, layer: &mut Recurrent) {
        self.matrix(&mut layer.of_input);
        self.matrix(&mut layer.of_state);
        self.matrix(&mut layer.of_weighed);
    }

    fn bits(self) -> u32 {
        match self {
            Self::Sixteen => 11,
            Self::Eight => 8,
        }
    }

    fn trees<T: Real>(self, trees: &mut Trees<T>, down: fn(T) -> T, to: fn(f64) -> T) {
        let leaves = trees.nodes.iter().filter(|node| node.child == 0);
        let unit = unit(leaves.map(|leaf| leaf.threshold.into()));
        for node in &mut trees.nodes {
            let number = node.threshold.into();
            if node.child == 0 {
                node.threshold = to(match self {
                    Self::Sixteen => short(number, self.bits()),
                    Self::Eight => step(number, unit),
                });
            } else if node.column & CATEGORIES == 0 {
                // "At most" a number is below the next one: that too is a short threshold.
                let kept = |x: f64| short(x, self.bits()) == x;
                if !kept(number) && !kept(down(node.threshold).into()) {
                    node.threshold = to(short(number, self.bits()));
                }
            }
        }
        for cover in &mut trees.covers {
            *cover = narrow(short(f64::from(*cover), self.bits()));
        }
    }

    fn matrix(self, matrix: &mut Matrix) {
        let all = matrix.weights.as_flattened();
        // What only chooses or counts is exact as it is.
        if all
            .iter()
            .all(|weight| weight.trunc() == *weight && weight.abs() <= 127.0)
        {
            return;
        }
        let unit = unit(all.iter().map(|weight| f64::from(*weight)));
        for weight in matrix.weights.as_flattened_mut() {
            let number = f64::from(*weight);
            *weight = narrow(match self {
                Self::Sixteen => short(number, self.bits()),
                Self::Eight => step(number, unit),
            });
        }
        for bias in matrix.bias.as_flattened_mut() {
            *bias = narrow(short(f64::from(*bias), Self::Sixteen.bits()));
        }
    }
}

/// The width of a step.
fn unit(numbers: impl Iterator<Item = f64>) -> f64 {
    numbers.fold(0.0, |most: f64, number| most.max(number.abs())) / STEPS
}

/// The nearest step.
fn step(number: f64, unit: f64) -> f64 {
    if unit > 0.0 {
        (number / unit).round_ties_even() * unit
    } else {
        number
    }
}

/// The nearest number of that many significant bits.
fn short(number: f64, bits: u32) -> f64 {
    if number == 0.0 || !number.is_finite() {
        return number;
    }
    let (fraction, exponent) = libm::frexp(number);
    let scale = f64::from(1u32 << bits);
    libm::ldexp((fraction * scale).round_ties_even() / scale, exponent)
}

/// The nearest 32-bit number that is finite.
#[expect(clippy::cast_possible_truncation, reason = "that is what it is for")]
fn narrow(number: f64) -> f32 {
    (number as f32).clamp(f32::MIN, f32::MAX)
}

#[cfg(test)]
mod tests {
    use engine::models::{Node, column};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn short_numbers_are_near_and_short(number in any::<f32>(), bits in 1u32..24) {
            let number = f64::from(number);
            let found = short(number, bits);
            if number.is_finite() {
                prop_assert!((found - number).abs() <= number.abs() / f64::from(1u32 << bits));
                prop_assert_eq!(short(found, bits).to_bits(), found.to_bits());
            }
        }

        /// Half-precision floats are known to keep 11 bits: no number between 2⁻¹⁴ and 65,504 of theirs moves.
        #[test]
        fn sixteen_bits_keep_half_precision(fraction in 1024u32..2048, exponent in -24i32..5) {
            let number = f64::from(fraction) * 2f64.powi(exponent);
            prop_assert_eq!(short(number, Weights::Sixteen.bits()), number);
        }

        #[test]
        fn eight_bits_are_255_steps(weights in prop::collection::vec(-3f32..3.0, 1..200)) {
            let rows: Vec<&[f32]> = weights.chunks(1).collect();
            let mut matrix = Matrix::new(1, &rows, &[]);
            Weights::Eight.matrix(&mut matrix);
            let most = weights.iter().fold(0f32, |most, weight| most.max(weight.abs()));
            let found = matrix.weights.as_flattened();
            for (found, weight) in found.iter().zip(&weights) {
                prop_assert!((found - weight).abs() <= most / 127.0 * 0.500_01);
            }
            let mut steps: Vec<u32> = found.iter().map(|x| x.to_bits()).collect();
            steps.sort_unstable();
            steps.dedup();
            prop_assert!(steps.len() <= 256, "255 and minus zero");
        }
    }

    #[test]
    fn thresholds_that_are_short_stay() {
        let node = |threshold: f32| Node {
            threshold,
            column: column(0, false),
            child: 1,
        };
        let (leaf, at_most_3) = (Node::leaf(0.1), 3f32.next_up());
        let mut trees = Trees {
            nodes: vec![
                node(5.5),
                leaf,
                node(at_most_3),
                leaf,
                node(0.123_456_7),
                leaf,
            ],
            covers: vec![1000.3; 6],
            ..Trees::default()
        };
        trees.nodes.push(Node {
            column: column(0, false) | CATEGORIES,
            threshold: 777.0,
            child: 1,
        });
        Weights::Eight.trees(&mut trees, f32::next_down, narrow);
        let found: Vec<f32> = trees.nodes.iter().map(|node| node.threshold).collect();
        assert_eq!((found[0], found[2]), (5.5, at_most_3));
        assert_eq!(found[6], 777.0, "the place of a set");
        assert!((found[4] - 0.123_456_7).abs() < 0.000_5 && found[4] != 0.123_456_7);
        assert_eq!(trees.covers[0], 1000.0);
    }
}
