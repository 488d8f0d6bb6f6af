//! How actions are weighed: `triangulation.toml`, and the same keys of a challenger.

use engine::bundle::Factor;

use super::{table::Table, value::small};
use crate::place::Spot;

/// How actions are weighed.
#[derive(Clone, Debug, Default)]
pub struct Triangulation {
    /// Propensity, intent, urgency, persona, value, life stage, focus.
    pub factors: [Factor; 7],
    /// The value at which the factor is 1.
    pub value_scale: f32,
    /// Priority of each life stage.
    pub life_stages: [f32; 4],
    /// Factors of products.
    pub focus: Vec<(Spot<String>, f32)>,
    /// How the factors make a score, in CEL; their product when there is none.
    pub formula: Option<Spot<String>>,
}

const FACTORS: [&str; 7] = [
    "propensity",
    "intent",
    "urgency",
    "persona",
    "value",
    "life_stage",
    "focus",
];

const LIFE_STAGES: [&str; 4] = [
    "activation",
    "engagement",
    "cross-sell",
    "attrition-prevention",
];

pub(super) fn triangulation(table: &mut Table<'_, '_>) -> Triangulation {
    let mut all = Triangulation {
        value_scale: 1.0,
        life_stages: [1.0; 4],
        ..Triangulation::default()
    };
    let remedy = "the value at which the factor is 1, e.g. `value_scale = 1000`";
    all.value_scale = small(table.number("value_scale", 1e-3, 1e9, remedy).value);
    all.formula = table.optional_text("formula");
    if let Some(mut factors) = table.optional_table("factors") {
        for (slot, name) in all.factors.iter_mut().zip(FACTORS) {
            if let Some(mut factor) = factors.optional_table(name) {
                *slot = bounds(&mut factor);
                factor.finish();
            }
        }
        factors.finish();
    }
    if let Some(mut stages) = table.optional_table("life_stages") {
        for (slot, name) in all.life_stages.iter_mut().zip(LIFE_STAGES) {
            *slot = stages
                .optional_number(name, 0.01, 100.0)
                .map_or(1.0, |spot| small(spot.value));
        }
        stages.finish();
    }
    if let Some(mut focus) = table.optional_table("focus") {
        all.focus = focus
            .numbers("products in focus", 0.0, 100.0)
            .into_iter()
            .map(|(id, factor)| (id, small(factor)))
            .collect();
        focus.finish();
    }
    all
}

fn bounds(factor: &mut Table<'_, '_>) -> Factor {
    let mut read = |key, min, max, otherwise| {
        let number = factor.optional_number(key, min, max);
        number.map_or(otherwise, |spot| small(spot.value))
    };
    let default = Factor::default();
    let weight = read("weight", 0.0, 4.0, default.weight);
    let min = read("min", 1e-6, 1e6, default.min);
    let max = read("max", f64::from(min), 1e6, default.max.max(min));
    Factor { weight, min, max }
}
