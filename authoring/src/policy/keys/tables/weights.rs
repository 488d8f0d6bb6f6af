//! The keys of `triangulation.toml`, which challengers have too.

use super::super::{Key, Shape, Table, each, may, must, only};

pub(in crate::policy::keys) const WEIGHTS: [Key; 5] = [
    must(
        "value_scale",
        Shape::Number(1e-3, 1e9),
        "the value at which the factor `value` is 1",
    ),
    may(
        "formula",
        Shape::Formula,
        "the product of the factors",
        "a number over the names of the factors, `need` (the product of the first four) and `bank` (of the other three)",
    ),
    may(
        "factors",
        Shape::Table(&FACTORS),
        "weight 1 each",
        "how much each factor counts",
    ),
    may(
        "life_stages",
        Shape::Table(&PRIORITIES),
        "1 each",
        "priorities of life stages",
    ),
    may(
        "focus",
        Shape::Table(&FOCUS),
        "1 each",
        "products that the bank wants to sell more of (above 1), or less",
    ),
];

static FACTORS: Table = only(&[
    may(
        "propensity",
        FACTOR,
        "weight 1",
        "how likely the customer takes it up",
    ),
    may(
        "intent",
        FACTOR,
        "weight 1",
        "1 + strength × bid of the strongest want that is met",
    ),
    may(
        "urgency",
        FACTOR,
        "weight 1",
        "1 + urgency of the action or of its most urgent fired trigger",
    ),
    may(
        "persona",
        FACTOR,
        "weight 1",
        "the affinity of the customer's persona",
    ),
    may("value", FACTOR, "weight 1", "value over `value_scale`"),
    may(
        "life_stage",
        FACTOR,
        "weight 1",
        "the life stage's priority",
    ),
    may("focus", FACTOR, "weight 1", "the product's focus"),
]);

const FACTOR: Shape = Shape::Table(&BOUNDS);

static BOUNDS: Table = only(&[
    may(
        "weight",
        Shape::Number(0.0, 4.0),
        "1",
        "exponent; 0: ignored",
    ),
    may(
        "min",
        Shape::Number(1e-6, 1e6),
        "0.001",
        "lower bound before weighing",
    ),
    may(
        "max",
        Shape::Number(1e-6, 1e6),
        "1000",
        "upper bound before weighing, at least `min`",
    ),
]);

const PRIORITY: Shape = Shape::Number(0.01, 100.0);

static PRIORITIES: Table = only(&[
    may("activation", PRIORITY, "1", "becoming an active customer"),
    may("engagement", PRIORITY, "1", "using the bank more"),
    may("cross-sell", PRIORITY, "1", "taking another product"),
    may("attrition-prevention", PRIORITY, "1", "staying"),
]);

static FOCUS: Table = each("product", Shape::Number(0.0, 100.0));
