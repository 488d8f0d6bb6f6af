//! Likeness: the cosine between a customer and the typical active one.
//!
//! Inputs are standardised, a missing one is the mean, and the score is the cosine mapped from −1…1 to
//! 0…1. A customer who is exactly average has no direction, and scores one half.

use rkyv::{Archive, Serialize};

use super::Contributions;

/// A typical customer in standardised space. All three lists have one number an input.
#[derive(Archive, Serialize, Debug, Default)]
pub struct Cosine {
    /// Mean of each input over the population.
    pub means: Vec<f32>,
    /// Standard deviation of each input, above zero.
    pub scales: Vec<f32>,
    /// The typical customer, in standard deviations from the mean.
    pub direction: Vec<f32>,
}

impl ArchivedCosine {
    /// (1 + cosine) / 2.
    pub fn score(&self, row: &[f64]) -> f64 {
        (1.0 + self.contributions(row).iter().sum::<f64>()) / 2.0
    }

    /// Each input's share of the cosine.
    pub fn contributions(&self, row: &[f64]) -> Contributions {
        let mut products = Vec::with_capacity(row.len());
        let (mut own, mut typical) = (0.0, 0.0);
        let inputs = self
            .means
            .iter()
            .zip(self.scales.iter())
            .zip(self.direction.iter());
        for (value, ((mean, scale), direction)) in row.iter().zip(inputs) {
            let direction = f64::from(direction.to_native());
            let z = standardise(*value, mean.to_native(), scale.to_native());
            own += z * z;
            typical += direction * direction;
            products.push(z * direction);
        }
        let length = (own * typical).sqrt();
        for product in &mut products {
            *product = if length > 0.0 { *product / length } else { 0.0 };
        }
        products
    }
}

/// Standard deviations from the mean; a missing value is the mean.
pub(crate) fn standardise(value: f64, mean: f32, scale: f32) -> f64 {
    if value.is_nan() || scale <= 0.0 || scale.is_nan() {
        0.0
    } else {
        (value - f64::from(mean)) / f64::from(scale)
    }
}
