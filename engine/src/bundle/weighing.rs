//! How actions are weighed against each other, and what chance decides.

use rkyv::{Archive, Serialize};

use crate::policy::Formula;

/// How actions are weighed: the product of seven factors, each within its bounds, each to the power of
/// its weight. Four of them are the customer's need, three the bank's focus.
#[derive(Archive, Serialize, Debug, Default)]
pub struct Triangulation {
    /// Need: how likely.
    pub propensity: Factor,
    /// Need: 1 + strength × bid of the strongest want that is met.
    pub intent: Factor,
    /// Need: 1 + the urgency of the action or of its most urgent fired trigger.
    pub urgency: Factor,
    /// Need: how well it fits the customer's persona.
    pub persona: Factor,
    /// Bank: how much it is worth: an action's value over `value_scale`.
    pub value: Factor,
    /// Bank: how much its life stage matters now.
    pub life_stage: Factor,
    /// Bank: how much it wants the product sold.
    pub focus: Factor,
    /// How the factors make a score; their product when there is none.
    pub formula: Option<Formula>,
    /// The value at which the factor is 1, in the bundle's currency, above zero.
    pub value_scale: f32,
    /// Priority of each life stage, in their order; 1 is neutral.
    pub life_stages: [f32; 4],
    /// Products with a focus other than 1.
    pub products: Vec<ProductFocus>,
}

/// How much one factor counts.
#[derive(Archive, Serialize, Clone, Copy, Debug, PartialEq)]
pub struct Factor {
    /// Exponent, 0 (ignored) to 4.
    pub weight: f32,
    /// Lower bound before weighing, above zero.
    pub min: f32,
    /// Upper bound before weighing.
    pub max: f32,
}

impl Default for Factor {
    fn default() -> Self {
        Self {
            weight: 1.0,
            min: 0.001,
            max: 1_000.0,
        }
    }
}

/// A product that the bank wants to sell more, or less, of.
#[derive(Archive, Serialize, Debug, Default)]
pub struct ProductFocus {
    /// The product.
    pub product: String,
    /// Its factor.
    pub focus: f32,
}

/// What chance decides, all of it from the decision's seed.
#[derive(Archive, Serialize, Debug, Default)]
pub struct Experiments {
    /// Customers from whom something is withheld, to see what it does.
    pub control: Option<Control>,
    /// Other ways to weigh, each for a share of the decisions.
    pub challengers: Vec<Challenger>,
    /// Scores that are moved, to learn about what seldom wins.
    pub exploration: Option<Exploration>,
}

/// A control group.
#[derive(Archive, Serialize, Debug, Default)]
pub struct Control {
    /// Its share of the seeds, 0 to 1.
    pub share: f32,
    /// Position of the group that it does not see.
    pub withholds: u16,
}

/// Another triangulation, for a share of the seeds.
#[derive(Archive, Serialize, Debug, Default)]
pub struct Challenger {
    /// Its name.
    pub id: String,
    /// Its share of the seeds, 0 to 1; all of them together at most 1.
    pub share: f32,
    /// How it weighs.
    pub triangulation: Triangulation,
}

/// Scores multiplied by chance.
#[derive(Archive, Serialize, Debug, Default)]
pub struct Exploration {
    /// Its share of the seeds, 0 to 1.
    pub share: f32,
    /// How far: the factor is between 1 − spread and 1 + spread.
    pub spread: f32,
}
