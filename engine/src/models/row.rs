//! One customer's numbers as models read them.

use rkyv::{Archived, vec::ArchivedVec};

use super::{matrix::Sums, recurrent::State, trees::ZERO};

/// The variables of one customer, and room for what models make of them. Filled once, read by all models
/// of a bundle.
#[derive(Debug, Default)]
pub struct Row {
    /// The variables.
    pub(super) given: Pairs,
    /// How many of them are missing.
    missing: usize,
    /// What the last step made.
    pub(super) made: Vec<f64>,
    /// The same for trees that come later.
    pub(super) regiven: Pairs,
    /// The same for networks.
    pub(super) narrow: Vec<f32>,
    /// Room for the sums of a layer.
    pub(super) sums: Vec<Sums>,
    /// Room for what cells remember in the course of a sequence.
    pub(super) state: State,
}

/// Numbers for trees: two that are missing, then each value and its opposite, in both widths. A comparison
/// with a missing value is false whatever the threshold; so the side that a missing value takes is chosen by
/// comparing the value or its opposite, and costs nothing.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    pub(super) single: Vec<f32>,
    pub(super) double: Vec<f64>,
}

impl Row {
    /// Takes a customer's variables, NaN where missing.
    pub fn fill(&mut self, variables: &[f64]) {
        self.given.fill(variables);
        self.missing = variables.iter().filter(|value| value.is_nan()).count();
    }

    /// Takes what the last step made, for steps that count in 32 bits.
    pub(super) fn narrow(&mut self) {
        #[expect(clippy::cast_possible_truncation, reason = "that is what it is for")]
        let narrow = |value: &f64| *value as f32;
        self.narrow.clear();
        self.narrow.extend(self.made.iter().map(narrow));
    }

    /// Gives it back.
    pub(super) fn widen(&mut self) {
        self.made.clear();
        self.made
            .extend(self.narrow.iter().map(|value| f64::from(*value)));
    }

    /// Makes the row of those variables, as 32-bit numbers: what models are trained on.
    pub(super) fn gather(&mut self, inputs: &ArchivedVec<Archived<u16>>) {
        self.made.clear();
        let values = inputs.iter().map(|input| self.given.value(*input));
        self.made.extend(values);
    }

    /// Whether there are such variables and at most that share of them is missing.
    pub(super) fn knows(
        &self,
        missing_allowed: Archived<f32>,
        inputs: &ArchivedVec<Archived<u16>>,
    ) -> bool {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a model has at most 65,535 inputs"
        )]
        let allowed = inputs.len() as f32 * missing_allowed.to_native();
        !inputs.is_empty() && self.lacks_at_most(allowed, inputs)
    }

    fn lacks_at_most(&self, allowed: f32, inputs: &ArchivedVec<Archived<u16>>) -> bool {
        // Most customers lack so little that there is no need to count.
        let enough = |missing: usize| {
            #[expect(
                clippy::cast_precision_loss,
                reason = "there are at most 65,535 inputs"
            )]
            let missing = missing as f32;
            missing <= allowed
        };
        let all = self.given.single.len() / 2;
        (enough(self.missing) && inputs.len() < all) || {
            let values = inputs.iter().map(|input| self.given.value(*input));
            enough(values.filter(|value| value.is_nan()).count())
        }
    }
}

impl Pairs {
    pub(super) fn fill(&mut self, values: &[f64]) {
        let pair = |value: f64| [value, -value];
        // What LightGBM takes for zero is zero, and infinity is a number like any other.
        let seen = |value: f64| {
            if value.abs() <= ZERO {
                0.0
            } else {
                value.clamp(f64::MIN, f64::MAX)
            }
        };
        self.double.clear();
        self.double.extend([f64::NAN; 2]);
        self.double
            .extend(values.iter().flat_map(|value| pair(seen(*value))));
        #[expect(clippy::cast_possible_truncation, reason = "that is what it is for")]
        let narrow = |value: f64| value as f32;
        self.single.clear();
        self.single.extend([f32::NAN; 2]);
        self.single
            .extend(values.iter().flat_map(|value| pair(*value).map(narrow)));
    }

    /// A value as 32-bit number; missing when there is none.
    fn value(&self, position: Archived<u16>) -> f64 {
        let place = 2 * usize::from(position.to_native()) + 2;
        f64::from(self.single.get(place).copied().unwrap_or(f32::NAN))
    }
}
