//! What the engine answers: placements, why, and a receipt.
//!
//! [`Decision::to_json`] is the one byte form that all hosts compare: keys in the order of the fields
//! here, numbers in the shortest form that reads back to the same bits, no white space.
//!
//! ```
//! use engine::decision::Breakdown;
//! let (need, bank) = (0.75, 2.0);
//! let factors = Breakdown {
//!     propensity: 0.5, intent: 1.0, urgency: 1.5, persona: 1.0,
//!     value: 2.0, life_stage: 1.0, focus: 1.0,
//!     need, bank, exploration: 1.0,
//! };
//! assert_eq!(factors.product(), 1.5);
//! ```

use serde::Serialize;

pub use crate::policy::triangulation::Breakdown;

use crate::{
    Bundle, Timestamp,
    bundle::{ArchivedBody, LifeStage},
    policy::experiment::Draws,
};

/// All placements for one request. Texts borrow from the bundle.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Decision<'b> {
    /// What is shown where, in the order of the bundle's placeholders, then by score.
    pub placements: Vec<Placement<'b>>,
    /// Requested placeholders that keep their default content, or some of it.
    pub unfilled: Vec<&'b str>,
    /// Whether it is proven that no other placement scores more; not so when the search was cut short.
    pub optimal: bool,
    /// What the engine made of the customer, as far as consent showed.
    pub signals: Signals<'b>,
    /// What is needed to make the same decision again.
    pub receipt: Receipt,
}

/// An action in a placeholder.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Placement<'b> {
    /// The placeholder's name.
    pub placeholder: &'b str,
    /// The action's name.
    pub action: &'b str,
    /// Where in the customer's life it belongs.
    pub life_stage: LifeStage,
    /// The product it is about.
    pub product: &'b str,
    /// Its score: need × bank × exploration, or what the policy's own formula makes of the breakdown.
    pub score: f64,
    /// What made the score.
    pub breakdown: Breakdown,
    /// Why this customer sees it, the weightiest first.
    pub reasons: Vec<Reason<'b>>,
    /// What it says.
    pub pitch: PitchText<'b>,
}

/// Something that carried a placement.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Reason<'b> {
    /// A condition that holds.
    Trigger {
        /// The trigger's name.
        id: &'b str,
        /// The condition, as the bank wrote it.
        condition: &'b str,
        /// In words, in the request's language.
        text: String,
    },
    /// A product team that wants to reach an intent, and reached it.
    Intent {
        /// The intent's name.
        id: &'b str,
        /// Its strength, 0 to 1.
        strength: f64,
        /// The team that won.
        team: &'b str,
        /// Its wish.
        want: &'b str,
        /// How much it presses.
        bid: f64,
        /// The trigger that raised the intent most.
        trigger: &'b str,
        /// That trigger's reason in words, in the request's language.
        text: String,
    },
    /// What raised a model's score: a cause that several variables have in common, or one variable.
    Model {
        /// The model's name.
        model: &'b str,
        /// The name of the variable, of several the one that raised it most.
        variable: &'b str,
        /// The variable's value; absent when it is missing and that itself counts.
        value: Option<f64>,
        /// How much it raised the score, all its variables together, in the model's own units.
        contribution: f64,
        /// In words, in the request's language.
        text: String,
    },
    /// What is told by more than single variables: by the order of transactions, or by what others did.
    Score {
        /// The score's name.
        model: &'b str,
        /// 0 to 1.
        score: f64,
        /// In words, in the request's language.
        text: &'b str,
    },
    /// The customer's segment.
    Persona {
        /// The persona's name.
        id: &'b str,
        /// Its factor for this action.
        affinity: f64,
        /// In words, in the request's language.
        text: String,
    },
    /// Nothing about the customer: everybody may see it.
    Everyone,
}

/// What an action says to this customer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PitchText<'b> {
    /// Language of the texts.
    pub locale: &'b str,
    /// Heading.
    pub title: &'b str,
    /// Sentence.
    pub body: String,
    /// Words on the button.
    pub call_to_action: &'b str,
}

/// What the engine made of the customer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Signals<'b> {
    /// The purposes that were granted.
    pub purposes: Vec<&'b str>,
    /// The segment, if enough is known.
    pub persona: Option<PersonaShare<'b>>,
    /// The triggers that fired.
    pub triggers: Vec<&'b str>,
    /// What the customer may be about to want.
    pub intents: Vec<IntentStrength<'b>>,
    /// The scores that could be made, 0 to 1.
    pub scores: Vec<ModelScore<'b>>,
    /// The steps that customers like this one take next, each if the one before was taken.
    pub plan: Vec<PlannedStep<'b>>,
    /// What chance drew.
    pub experiments: Arms<'b>,
}

/// An intent that some trigger raised.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct IntentStrength<'b> {
    /// The intent's name.
    pub id: &'b str,
    /// 0 to 1.
    pub strength: f64,
    /// The trigger that raised it most.
    pub trigger: &'b str,
}

/// What the seed drew in the bank's experiments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Arms<'b> {
    /// The challenger that weighed; none when the champion did.
    pub challenger: Option<&'b str>,
    /// Whether this is the control group.
    pub control: bool,
    /// Whether scores were moved to learn.
    pub exploring: bool,
}

/// The customer's segment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PersonaShare<'b> {
    /// The persona's name.
    pub id: &'b str,
    /// How clearly, 0 to 1.
    pub share: f64,
}

/// A step that the customer is expected to take.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlannedStep<'b> {
    /// The name of its score.
    pub step: &'b str,
    /// In words, in the request's language.
    pub title: &'b str,
    /// In which week, the first from now is 1.
    pub week: u32,
    /// How likely it is the next step, once the step before was taken, 0 to 1.
    pub share: f64,
}

/// A model's score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ModelScore<'b> {
    /// Its name.
    pub model: &'b str,
    /// 0 to 1.
    pub score: f64,
}

/// What is needed to make the same decision again. Hashes are BLAKE3, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Receipt {
    /// The engine's version.
    pub engine: &'static str,
    /// Hash of the bundle's body.
    pub bundle: String,
    /// Hash of the profile as the lens shows it.
    pub profile: String,
    /// Hash of the context.
    pub context: String,
    /// The decision's clock.
    pub at: Timestamp,
    /// The seed of every chance.
    pub seed: u64,
}

impl<'b> Arms<'b> {
    /// What a seed draws in the experiments of a bundle, whoever the customer is.
    pub fn drawn(bundle: Bundle<'b>, seed: u64) -> Self {
        let body = bundle.body();
        Self::named(body, Draws::new(body, seed))
    }

    pub(crate) fn named(body: &'b ArchivedBody, draws: Draws) -> Self {
        let challengers = &body.experiments.challengers;
        let challenger = draws.challenger.and_then(|i| challengers.get(i));
        Self {
            challenger: challenger.map(|challenger| challenger.id.as_str()),
            control: draws.control,
            exploring: draws.exploring,
        }
    }
}

impl Decision<'_> {
    /// The canonical JSON (UTF-8).
    #[inline]
    pub fn to_json(&self) -> Vec<u8> {
        // Serialising plain structs with string keys to memory has no way to fail.
        serde_json::to_vec(self).unwrap_or_default()
    }
}
