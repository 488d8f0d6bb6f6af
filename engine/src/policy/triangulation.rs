//! Triangulation: what an action is worth showing to this customer, now.
//!
//! Score = need × bank. Need = propensity × intent × urgency × persona, bank = value × life stage × focus;
//! each factor is first held within its bounds and then raised to its weight, both from the bank's
//! policy. A policy may put a formula of its own in the place of the product. The [`Breakdown`] holds the
//! factors as they were used, so anybody can work the score out again.

use serde::Serialize;

use crate::{
    bundle::{ArchivedAction, ArchivedBody, ArchivedFactor, ArchivedTriangulation},
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

/// The factors of a score, after bounds and weights.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Breakdown {
    /// How likely the customer is to take it up.
    pub propensity: f64,
    /// How strongly the customer seems to want it.
    pub intent: f64,
    /// How pressing it is.
    pub urgency: f64,
    /// How well it fits the customer's persona.
    pub persona: f64,
    /// What it is worth.
    pub value: f64,
    /// How much its life stage matters.
    pub life_stage: f64,
    /// How much the bank wants it.
    pub focus: f64,
    /// The customer's need: propensity × intent × urgency × persona.
    pub need: f64,
    /// The bank's focus: value × life stage × focus.
    pub bank: f64,
    /// What chance adds; 1 when nothing is explored.
    pub exploration: f64,
}

/// The factors that do not depend on the customer, as an arm weighs them: worked out once, since raising to a
/// weight is the dear part.
#[derive(Clone, Debug)]
pub struct Levers {
    actions: Vec<Lever>,
    /// The factors of each action, for each persona.
    personas: Vec<Vec<f64>>,
    /// Of the urgency of each trigger.
    triggers: Vec<f64>,
    /// Of no persona in particular.
    nobody: f64,
    /// Of no intent.
    idle: f64,
}

#[derive(Clone, Debug)]
struct Lever {
    value: f64,
    life_stage: f64,
    focus: f64,
    /// Position of the model of its propensity; past the last one when there is none.
    model: usize,
    /// Of its propensity without a model.
    base: f64,
    /// Of its urgency by itself, with no trigger.
    urgency: f64,
}

/// The factors of one customer that do not depend on the action.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// Of each model's score, NaN when it is missing.
    propensities: Vec<f64>,
    /// Position of the persona.
    persona: Option<u16>,
}

/// What speaks for one action.
#[derive(Clone, Copy, Debug)]
pub struct Prompt {
    /// Position of the most urgent trigger that fired for it.
    pub trigger: Option<u16>,
    /// Strength × bid of the strongest want that is met; 0 when none is.
    pub intent: f64,
    /// The factor that chance adds; 1 when it does not.
    pub exploration: f64,
}

impl Breakdown {
    /// The standard score: need × bank × exploration.
    #[inline]
    pub fn product(&self) -> f64 {
        self.need * self.bank * self.exploration
    }

    /// What a formula may use, in the order of [`FACTORS`].
    pub fn factors(&self) -> [f64; 9] {
        [
            self.propensity,
            self.intent,
            self.urgency,
            self.persona,
            self.value,
            self.life_stage,
            self.focus,
            self.need,
            self.bank,
        ]
    }
}

impl ArchivedTriangulation {
    /// Works out what of the scores is the same for every customer.
    pub fn levers(&self, body: &ArchivedBody) -> Levers {
        let urgency = |urgency: f32| self.urgency.apply(1.0 + f64::from(urgency));
        let affinities = |persona: usize| {
            let of = body
                .actions
                .iter()
                .map(move |action| action.persona_affinity.get(persona));
            of.map(|affinity| {
                self.persona
                    .apply(affinity.map_or(1.0, |affinity| f64::from(affinity.to_native())))
            })
        };
        Levers {
            actions: body
                .actions
                .iter()
                .map(|action| self.lever(action, urgency(action.urgency.to_native())))
                .collect(),
            personas: (0..body.personas.personas.len())
                .map(|persona| affinities(persona).collect())
                .collect(),
            triggers: body
                .triggers
                .iter()
                .map(|trigger| urgency(trigger.urgency.to_native()))
                .collect(),
            nobody: self.persona.apply(1.0),
            idle: self.intent.apply(1.0),
        }
    }

    fn lever(&self, action: &ArchivedAction, urgency: f64) -> Lever {
        let value = f64::from(action.value.to_native()) / f64::from(self.value_scale.to_native());
        let life_stage = self.life_stages.get(usize::from(action.life_stage as u8));
        let focus = self
            .products
            .iter()
            .find(|entry| entry.product == action.product)
            .map_or(1.0, |entry| f64::from(entry.focus.to_native()));
        let model = action.propensity.model.as_ref();
        Lever {
            value: self.value.apply(value),
            life_stage: self
                .life_stage
                .apply(life_stage.map_or(1.0, |p| f64::from(p.to_native()))),
            focus: self.focus.apply(focus),
            model: model.map_or(usize::MAX, |model| usize::from(model.to_native())),
            base: self
                .propensity
                .apply(f64::from(action.propensity.base.to_native())),
            urgency,
        }
    }

    /// Works out what of the scores is the same for every action: `scores` are those of the bundle's models, NaN
    /// when missing.
    pub fn stand(&self, scores: &[f64], persona: Option<u16>, standing: &mut Standing) {
        standing.persona = persona;
        standing.propensities.clear();
        let known = |score: &f64| {
            if score.is_nan() {
                f64::NAN
            } else {
                self.propensity.apply(*score)
            }
        };
        standing.propensities.extend(scores.iter().map(known));
    }

    /// Weighs the action in a position; `levers` and `standing` were worked out by this triangulation.
    #[inline]
    pub fn weigh(
        &self,
        position: u16,
        levers: &Levers,
        standing: &Standing,
        prompt: Prompt,
    ) -> Option<Breakdown> {
        let position = usize::from(position);
        let lever = levers.actions.get(position)?;
        let propensity = standing
            .propensities
            .get(lever.model)
            .copied()
            .filter(|factor| !factor.is_nan())
            .unwrap_or(lever.base);
        let trigger = prompt
            .trigger
            .and_then(|trigger| levers.triggers.get(usize::from(trigger)).copied());
        // Comparisons and not `max` and `min`, which WebAssembly has only as calls.
        let urgency = trigger.filter(|trigger| *trigger > lever.urgency);
        let urgency = urgency.unwrap_or(lever.urgency);
        let persona = standing
            .persona
            .and_then(|persona| levers.personas.get(usize::from(persona))?.get(position))
            .copied()
            .unwrap_or(levers.nobody);
        let intent = if prompt.intent > 0.0 {
            self.intent.apply(1.0 + prompt.intent)
        } else {
            levers.idle
        };
        let need = propensity * intent * urgency * persona;
        let bank = lever.value * lever.life_stage * lever.focus;
        Some(Breakdown {
            propensity,
            intent,
            urgency,
            persona,
            value: lever.value,
            life_stage: lever.life_stage,
            focus: lever.focus,
            need,
            bank,
            exploration: prompt.exploration,
        })
    }

    /// The score that the factors make: their product, or what the policy's formula says, from 0 to
    /// [`SCORE`]. A formula without a value makes no score: 0.
    #[inline]
    pub fn score(&self, breakdown: &Breakdown) -> f64 {
        let Some(formula) = self.formula.as_ref() else {
            let product = breakdown.product();
            return if product < SCORE { product } else { SCORE };
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
