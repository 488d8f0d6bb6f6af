//! Conditions and formulas against the evaluator of the crate `cel`, and what refusals say.

mod oracle;
mod refusals;

use super::*;

const VARIABLES: [&str; 4] = ["age", "balance", "debit_sum_30d", "in_arrears"];
const MODELS: [&str; 2] = ["activation", "loan-propensity"];
const INTENTS: [&str; 2] = ["save", "travel-soon"];
const FACTORS: [&str; 2] = ["need", "intent"];
const CAUSES: [&str; 3] = ["income", "spending", "course-of-balance"];
const PERSONAS: [&str; 3] = ["saver", "spender", "planner"];
const CHANNELS: [&str; 4] = ["web", "app", "call-centre", "relationship-manager"];
const SCOPE: Scope<'static> = Scope {
    variables: &VARIABLES,
    models: &MODELS,
    intents: &INTENTS,
    factors: &[],
    personas: &PERSONAS,
    explained: &MODELS,
    causes: &CAUSES,
};
