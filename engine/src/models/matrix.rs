//! Weights from one layer to the next, laid out for SIMD.
//!
//! Sixteen outputs are summed side by side, each over the inputs in their order. So a sum has the bits of the
//! plain loop, on every host, and needs no adding up at the end. There is no fused multiply-add.

use rkyv::{Archive, Archived, Serialize};

/// How many outputs are summed side by side.
pub const LANES: usize = 16;

/// Sums that stand side by side.
pub(super) type Sums = [f32; LANES];

/// A matrix and what is added to its product.
#[derive(Archive, Serialize, Debug, Default, PartialEq)]
pub struct Matrix {
    /// How many numbers it reads.
    pub inputs: u32,
    /// How many it makes.
    pub outputs: u32,
    /// What each sum begins with, in groups; zeros fill up the last one.
    pub bias: Vec<[f32; LANES]>,
    /// For each group of outputs, and for each input, the weights of the group.
    pub weights: Vec<[f32; LANES]>,
}

impl Matrix {
    /// Lays out weights: `rows` has a list for each output, a number for each of `inputs` in it, and `bias` one
    /// for each output. Numbers that are lacking are 0.
    pub fn new(inputs: usize, rows: &[&[f32]], bias: &[f32]) -> Self {
        let count = |count| u32::try_from(count).unwrap_or(u32::MAX);
        let mut matrix = Self {
            inputs: count(inputs),
            outputs: count(rows.len()),
            ..Self::default()
        };
        for group in 0..rows.len().div_ceil(LANES) {
            let lanes = |of: &dyn Fn(usize) -> Option<f32>| {
                core::array::from_fn(|lane| of(group * LANES + lane).unwrap_or_default())
            };
            let bias = lanes(&|output| bias.get(output).copied());
            matrix.bias.push(bias);
            for input in 0..inputs {
                let weights = lanes(&|output| rows.get(output)?.get(input).copied());
                matrix.weights.push(weights);
            }
        }
        matrix
    }
}

impl ArchivedMatrix {
    /// Sums begin with the bias.
    pub(super) fn begin(&self, sums: &mut Vec<Sums>) {
        sums.resize(self.bias.len(), [0.0; LANES]);
        for (sums, bias) in sums.iter_mut().zip(self.bias.iter()) {
            for (sum, bias) in sums.iter_mut().zip(bias) {
                *sum = bias.to_native();
            }
        }
    }

    /// Sums begin with the bias on top of what they are.
    pub(super) fn begin_on(&self, sums: &mut [Sums]) {
        for (sums, bias) in sums.iter_mut().zip(self.bias.iter()) {
            for (sum, bias) in sums.iter_mut().zip(bias) {
                *sum += bias.to_native();
            }
        }
    }

    /// Adds the product.
    pub(super) fn add(&self, input: &[f32], sums: &mut [Sums]) {
        self.add_from(0, input, sums);
    }

    /// Adds the product with what is mostly 0 in places, and leaves out where it is.
    pub(super) fn add_sparse(&self, input: &[f32], sums: &mut [Sums]) {
        let is_zero = |x: &f32| *x == 0.0;
        let (mut from, mut rest) = (0, input);
        while !rest.is_empty() {
            let zeros = rest.iter().take_while(|x| is_zero(x)).count();
            let (_, some) = rest.split_at(zeros);
            let mut gaps = some.windows(GAP);
            let end = gaps.position(|gap| gap.iter().all(is_zero));
            let (some, after) = some.split_at(end.unwrap_or(some.len()));
            self.add_from(from + zeros, some, sums);
            from += zeros + some.len();
            rest = after;
        }
    }

    /// Adds the product with the inputs from a position on. Out of line: many steps need it, and every copy is
    /// shipped to the page.
    #[inline(never)]
    fn add_from(&self, from: usize, input: &[f32], sums: &mut [Sums]) {
        let inputs = index(self.inputs).max(1);
        let groups = self.weights.as_slice().chunks_exact(inputs);
        let mut groups = groups.filter_map(|group| group.get(from..));
        let (pairs, last) = sums.as_chunks_mut();
        for [first, second] in pairs {
            if let (Some(a), Some(b)) = (groups.next(), groups.next()) {
                add_two(a, b, input, first, second);
            }
        }
        for (group, sums) in groups.zip(last) {
            add(group, input, sums);
        }
    }

    /// What each input adds to an output's sum.
    pub(super) fn products(&self, output: u16, input: &[f32]) -> Vec<f64> {
        let (group, lane) = (usize::from(output) / LANES, usize::from(output) % LANES);
        let weights = self.weights.iter().skip(group * input.len());
        let weights = weights.filter_map(|weights| weights.get(lane));
        let product =
            |(weight, x): (&Archived<f32>, &f32)| f64::from(weight.to_native()) * f64::from(*x);
        weights.zip(input).map(product).collect()
    }

    /// How many numbers it makes.
    pub(super) fn outputs(&self) -> usize {
        index(self.outputs)
    }
}

/// A position as the machine counts.
pub(super) fn index(position: Archived<u32>) -> usize {
    usize::try_from(position.to_native()).unwrap_or(usize::MAX)
}

/// The weights of a group of outputs, for each input.
type Group = [[Archived<f32>; LANES]];

/// So many zeros in a row are worth leaving out.
const GAP: usize = 4;

/// So many inputs are taken in one turn of a loop, and two groups: at each turn wasmtime looks whether its time
/// is up, and puts all sums into memory for it. (An event of 64 cells takes it 2.9 µs, and 5.3 one by one.)
const STEP: usize = 2;

fn add_two(first: &Group, second: &Group, input: &[f32], a: &mut Sums, b: &mut Sums) {
    let (mut sums_a, mut sums_b) = (*a, *b);
    let end = first.len().min(second.len()).min(input.len());
    let cut = (first.get(..end), second.get(..end), input.get(..end));
    let (Some(first), Some(second), Some(input)) = cut else {
        return;
    };
    let (firsts, first) = first.as_chunks::<STEP>();
    let (seconds, second) = second.as_chunks::<STEP>();
    let (inputs, input) = input.as_chunks::<STEP>();
    for ((first, second), input) in firsts.iter().zip(seconds).zip(inputs) {
        for ((first, second), x) in first.iter().zip(second).zip(input) {
            step(first, *x, &mut sums_a);
            step(second, *x, &mut sums_b);
        }
    }
    for ((first, second), x) in first.iter().zip(second).zip(input) {
        step(first, *x, &mut sums_a);
        step(second, *x, &mut sums_b);
    }
    (*a, *b) = (sums_a, sums_b);
}

fn add(group: &Group, input: &[f32], sums: &mut Sums) {
    // In registers, not in memory.
    let mut local = *sums;
    for (weights, x) in group.iter().zip(input) {
        step(weights, *x, &mut local);
    }
    *sums = local;
}

#[inline]
fn step(weights: &[Archived<f32>; LANES], x: f32, sums: &mut Sums) {
    for (sum, weight) in sums.iter_mut().zip(weights) {
        *sum += weight.to_native() * x;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rkyv::rancor::Error;

    use super::*;

    proptest! {
        #[test]
        fn a_product_has_the_bits_of_the_plain_loop(
            (inputs, numbers) in (0usize..40).prop_flat_map(|inputs| {
                let row = prop::collection::vec(-9f32..9.0, inputs + 1);
                (Just(inputs), prop::collection::vec(row, 1..40))
            }),
            given in prop::collection::vec(prop_oneof![-9f32..9.0, Just(0.0), Just(0.0), Just(-0.0)], 40),
        ) {
            let rows: Vec<&[f32]> = numbers.iter().map(|row| &row[1..]).collect();
            let bias: Vec<f32> = numbers.iter().map(|row| row[0]).collect();
            let matrix = Matrix::new(inputs, &rows, &bias);
            let bytes = rkyv::to_bytes::<Error>(&matrix).unwrap();
            let matrix = rkyv::access::<ArchivedMatrix, Error>(&bytes).unwrap();
            prop_assert_eq!(matrix.outputs(), rows.len());
            for add in [ArchivedMatrix::add, ArchivedMatrix::add_sparse] {
                let mut sums = Vec::new();
                matrix.begin(&mut sums);
                add(matrix, &given[..inputs], &mut sums);
                for (output, found) in sums.as_flattened().iter().enumerate() {
                    let expected = rows.get(output).map_or(0.0, |row| {
                        row.iter().zip(&given).fold(bias[output], |sum, (weight, x)| sum + weight * x)
                    });
                    prop_assert_eq!(found.to_bits(), expected.to_bits());
                }
            }
        }
    }
}
