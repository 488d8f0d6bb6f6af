//! Triangulation: what an action is worth showing to this customer, now.
//!
//! Score = need × bank. Need = propensity × intent × urgency × persona, bank = value × life stage × focus;
//! each factor is first held within its bounds and then raised to its weight, both from the bank's
//! policy. A policy may put a formula of its own in the place of the product. The [`Breakdown`] holds the
//! factors as they were used, so anybody can work the score out again.

use crate::{
    bundle::{ArchivedAction, ArchivedFactor, ArchivedTriangulation},
    decision::Breakdown,
    policy::Operands,
};

/// The names of the factors in a formula, in the order of [`Breakdown::factors`].
pub const FACTORS: [&str; 9] = [
    "propensity",
    "intent",
    "urgency",
    "persona",
    "value",
    "life_stage",
    "focus",
    "need",
    "bank",
];

/// The largest score.
pub const SCORE: f64 = 1e12;

/// What is known of the customer when an action is weighed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Standing<'a> {
    /// Scores of the bundle's models, NaN when missing.
    pub scores: &'a [f64],
    /// Position of the customer's persona.
    pub persona: Option<u16>,
    /// Strength × bid of the strongest want that is met; 0 when none is.
    pub intent: f64,
    /// Urgency of the most urgent trigger that speaks for the action, 0 to 1.
    pub urgency: f64,
    /// The factor that chance adds; 1 when it does not.
    pub exploration: f64,
}

/// The factors of an action that do not depend on the customer, as an arm weighs them.
#[derive(Clone, Debug)]
pub struct Lever {
    value: f64,
    life_stage: f64,
    focus: f64,
    base: f64,
    /// Urgency by itself, with no trigger.
    urgency: f64,
    personas: Vec<f64>,
}

impl ArchivedTriangulation {
    /// Works out what of an action's score is the same for every customer.
    pub fn lever(&self, action: &ArchivedAction) -> Lever {
        let value = f64::from(action.value.to_native()) / f64::from(self.value_scale.to_native());
        let life_stage = self.life_stages.get(usize::from(action.life_stage as u8));
        let focus = self
            .products
            .iter()
            .find(|entry| entry.product == action.product)
            .map_or(1.0, |entry| f64::from(entry.focus.to_native()));
        let affinities = action.persona_affinity.iter();
        Lever {
            value: self.value.apply(value),
            life_stage: self
                .life_stage
                .apply(life_stage.map_or(1.0, |p| f64::from(p.to_native()))),
            focus: self.focus.apply(focus),
            base: self
                .propensity
                .apply(f64::from(action.propensity.base.to_native())),
            urgency: self
                .urgency
                .apply(1.0 + f64::from(action.urgency.to_native())),
            personas: affinities
                .map(|affinity| self.persona.apply(f64::from(affinity.to_native())))
                .collect(),
        }
    }

    /// Weighs one action, of which `lever` was worked out by this triangulation.
    pub fn weigh(
        &self,
        action: &ArchivedAction,
        lever: &Lever,
        standing: Standing<'_>,
    ) -> Breakdown {
        let own = f64::from(action.urgency.to_native());
        let propensity = match action.scored(standing.scores) {
            Some(score) => self.propensity.apply(score),
            None => lever.base,
        };
        let urgency = if standing.urgency > own {
            self.urgency.apply(1.0 + standing.urgency)
        } else {
            lever.urgency
        };
        let persona = standing
            .persona
            .and_then(|persona| lever.personas.get(usize::from(persona)).copied())
            .unwrap_or_else(|| self.persona.apply(1.0));
        let intent = self.intent.apply(1.0 + standing.intent);
        let need = propensity * intent * urgency * persona;
        let bank = lever.value * lever.life_stage * lever.focus;
        Breakdown {
            propensity,
            intent,
            urgency,
            persona,
            value: lever.value,
            life_stage: lever.life_stage,
            focus: lever.focus,
            need,
            bank,
            exploration: standing.exploration,
        }
    }

    /// The score that the factors make: their product, or what the policy's formula says, from 0 to
    /// [`SCORE`]. A formula without a value makes no score: 0.
    pub fn score(&self, breakdown: &Breakdown) -> f64 {
        let Some(formula) = self.formula.as_ref() else {
            return breakdown.product().min(SCORE);
        };
        let factors = breakdown.factors();
        let value = formula.value(Operands {
            factors: &factors,
            ..Operands::default()
        });
        let score = value * breakdown.exploration;
        if score > 0.0 { score.min(SCORE) } else { 0.0 }
    }
}

impl ArchivedAction {
    /// The score of its model, when it has one that could score.
    fn scored(&self, scores: &[f64]) -> Option<f64> {
        let model = self.propensity.model.as_ref()?;
        let score = scores.get(usize::from(model.to_native())).copied()?;
        (!score.is_nan()).then_some(score)
    }

    /// The factor for the customer's persona; 1 when there is none.
    pub fn affinity(&self, persona: Option<u16>) -> f64 {
        persona
            .and_then(|persona| self.persona_affinity.get(usize::from(persona)))
            .map_or(1.0, |affinity| f64::from(affinity.to_native()))
    }
}

impl ArchivedFactor {
    /// Bounds, then weight. `libm` makes the power the same bits on every host; a weight of 1 changes
    /// nothing, so it need not be worked out.
    fn apply(&self, value: f64) -> f64 {
        let (min, max) = (
            f64::from(self.min.to_native()),
            f64::from(self.max.to_native()),
        );
        // A NaN value becomes the lower bound, so that a score is always a number.
        let value = value.max(min).min(max);
        match f64::from(self.weight.to_native()) {
            1.0 => value,
            0.0 => 1.0,
            weight => libm::pow(value, weight),
        }
    }
}
