//! The space that likeness is measured in: inputs with their means and scales, and directions in it.

use serde::Deserialize;

use super::{ModelProblem, finite, inputs};

/// An input as files write it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Axis {
    pub(super) variable: String,
    pub(super) mean: f32,
    pub(super) scale: f32,
}

/// Inputs, by name, and what makes them comparable.
pub(super) struct Space {
    pub(super) inputs: Vec<String>,
    pub(super) means: Vec<f32>,
    pub(super) scales: Vec<f32>,
}

impl Space {
    /// The space of inputs that are each there once, with finite means and scales above zero.
    pub(super) fn of(axes: Vec<Axis>) -> Result<Self, ModelProblem> {
        let mut space = Self {
            inputs: Vec::new(),
            means: Vec::new(),
            scales: Vec::new(),
        };
        for axis in axes {
            let mean = finite(|| format!("mean of `{}`", axis.variable), axis.mean)?;
            if !(axis.scale.is_finite() && axis.scale > 0.0) {
                return Err(ModelProblem::Number {
                    what: format!("scale of `{}`", axis.variable),
                    found: axis.scale.to_string(),
                    remedy: "a standard deviation is above zero; leave out an input that never varies",
                });
            }
            space.inputs.push(axis.variable);
            space.means.push(mean);
            space.scales.push(axis.scale);
        }
        inputs(&space.inputs)?;
        Ok(space)
    }

    /// Refuses a direction that has not one finite number for each input.
    pub(super) fn spans(&self, what: &str, direction: &[f32]) -> Result<(), ModelProblem> {
        if direction.len() != self.inputs.len() {
            return Err(ModelProblem::Length {
                what: what.to_owned(),
                each: "input",
                found: direction.len(),
                expected: self.inputs.len(),
            });
        }
        for (number, input) in direction.iter().zip(&self.inputs) {
            finite(|| format!("{what} for `{input}`"), *number)?;
        }
        Ok(())
    }
}
