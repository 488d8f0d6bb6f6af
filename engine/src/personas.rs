//! Personas: which segment a customer is nearest to, now.
//!
//! Squared Euclidean distance in standardised space to each centroid (k-means, Lloyd 1982). The
//! membership is the softmax of the negative half squared distances, which is the posterior under equal
//! spherical Gaussians.
//!
//! ```
//! use engine::bundle::{ArchivedPersonas, Persona, Personas};
//! let persona = |id: &str| Persona { id: id.into(), ..Persona::default() };
//! let personas = Personas {
//!     inputs: vec![0],
//!     means: vec![10_000.0],
//!     scales: vec![5_000.0],
//!     personas: vec![persona("saver"), persona("spender")],
//!     centroids: vec![1.0, -1.0],
//! };
//! let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&personas).unwrap();
//! let personas = rkyv::access::<ArchivedPersonas, rkyv::rancor::Error>(&bytes).unwrap();
//! assert_eq!(personas.nearest(&[18_000.0]).unwrap().persona, 0);
//! assert_eq!(personas.nearest(&[f64::NAN]), None);
//! ```

use ndarray::ArrayView2;

use crate::{bundle::ArchivedPersonas, models::standardise};

/// The segment a customer is in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Membership {
    /// Position of the nearest persona in the bundle.
    pub persona: u16,
    /// How clearly: 0 to 1, all personas together make 1.
    pub share: f64,
}

impl ArchivedPersonas {
    /// The nearest persona, or none when more than half of the inputs are missing.
    pub fn nearest(&self, variables: &[f64]) -> Option<Membership> {
        let shape = (self.personas.len(), self.inputs.len());
        let centroids = ArrayView2::from_shape(shape, self.centroids.as_slice()).ok()?;
        let mut distances: Vec<f64> = vec![0.0; self.personas.len()];
        let mut known = 0usize;
        let inputs = self
            .inputs
            .iter()
            .zip(self.means.iter())
            .zip(self.scales.iter());
        for (((variable, mean), scale), centres) in inputs.zip(centroids.columns()) {
            let value = *variables.get(usize::from(variable.to_native()))?;
            if value.is_nan() {
                continue;
            }
            known += 1;
            #[expect(
                clippy::cast_possible_truncation,
                reason = "centroids are learnt on f32"
            )]
            let z = standardise(f64::from(value as f32), mean.to_native(), scale.to_native());
            for (distance, centre) in distances.iter_mut().zip(centres) {
                let gap = z - f64::from(centre.to_native());
                *distance += gap * gap;
            }
        }
        if known == 0 || known * 2 < self.inputs.len() {
            return None;
        }
        let (nearest, least) = distances
            .iter()
            .enumerate()
            .min_by(|a, b| a.1.total_cmp(b.1).then(a.0.cmp(&b.0)))?;
        let total: f64 = distances.iter().map(|d| libm::exp((least - d) / 2.0)).sum();
        Some(Membership {
            persona: u16::try_from(nearest).ok()?,
            share: 1.0 / total,
        })
    }
}
