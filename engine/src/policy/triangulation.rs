//! Triangulation: what an action is worth showing to this customer, now.
//!
//! Score = propensity × value × urgency × life stage × persona × focus. Each factor is first held
//! within its bounds and then raised to its weight, both from the bank's policy; the [`Breakdown`] holds
//! the results, so it multiplies out to the score.

use crate::{
    bundle::{ArchivedAction, ArchivedFactor, ArchivedTriangulation},
    decision::Breakdown,
};

/// What is known of the customer when an action is weighed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Standing<'a> {
    /// Scores of the bundle's models, NaN when missing.
    pub scores: &'a [f64],
    /// Position of the customer's persona.
    pub persona: Option<u16>,
    /// Urgency of the most urgent fired trigger of the action, 0 to 1.
    pub urgency: f64,
}

impl ArchivedTriangulation {
    /// Weighs one action.
    pub fn weigh(&self, action: &ArchivedAction, standing: Standing<'_>) -> Breakdown {
        let urgency = standing.urgency.max(f64::from(action.urgency.to_native()));
        let value = f64::from(action.value.to_native()) / f64::from(self.value_scale.to_native());
        let life_stage = self.life_stages.get(usize::from(action.life_stage as u8));
        Breakdown {
            propensity: self.propensity.apply(action.propensity(standing.scores)),
            value: self.value.apply(value),
            urgency: self.urgency.apply(1.0 + urgency),
            life_stage: self
                .life_stage
                .apply(life_stage.map_or(1.0, |p| f64::from(p.to_native()))),
            persona: self.persona.apply(action.affinity(standing.persona)),
            focus: self.focus.apply(self.focus_on(&action.product)),
        }
    }

    fn focus_on(&self, product: &str) -> f64 {
        self.products
            .iter()
            .find(|entry| entry.product == product)
            .map_or(1.0, |entry| f64::from(entry.focus.to_native()))
    }
}

impl ArchivedAction {
    /// How likely the customer is to take it up, 0 to 1.
    pub fn propensity(&self, scores: &[f64]) -> f64 {
        let model = self
            .propensity
            .model
            .as_ref()
            .map(|model| usize::from(model.to_native()));
        model
            .and_then(|model| scores.get(model).copied())
            .filter(|score| !score.is_nan())
            .unwrap_or(f64::from(self.propensity.base.to_native()))
    }

    /// The factor for the customer's persona; 1 when there is none.
    pub fn affinity(&self, persona: Option<u16>) -> f64 {
        persona
            .and_then(|persona| self.persona_affinity.get(usize::from(persona)))
            .map_or(1.0, |affinity| f64::from(affinity.to_native()))
    }
}

impl ArchivedFactor {
    /// Bounds, then weight. `libm` makes the power the same bits on every host.
    fn apply(&self, value: f64) -> f64 {
        let (min, max) = (
            f64::from(self.min.to_native()),
            f64::from(self.max.to_native()),
        );
        // A NaN value becomes the lower bound, so that a score is always a number.
        libm::pow(value.max(min).min(max), f64::from(self.weight.to_native()))
    }
}
