//! Conditions against the evaluator of the crate `cel`, and what refusals say.

use std::collections::HashMap;

use cel::{Context, Program, Value};
use engine::{
    bundle::Channel,
    policy::{ArchivedCondition, Operands},
};
use proptest::{collection::vec, prelude::*};
use rkyv::rancor::Failure;

use super::*;

const VARIABLES: [&str; 4] = ["age", "balance", "debit_sum_30d", "in_arrears"];
const MODELS: [&str; 2] = ["activation", "loan-propensity"];
const PERSONAS: [&str; 2] = ["saver", "spender"];
const CHANNELS: [&str; 4] = ["web", "app", "call-centre", "relationship-manager"];
const SCOPE: Scope<'static> = Scope {
    variables: &VARIABLES,
    models: &MODELS,
    personas: &PERSONAS,
};

/// An expression and how tightly it binds: 0 for `||` to 6 for a name.
#[derive(Clone, Debug)]
struct Text(String, u8);

impl Text {
    /// With brackets only where the grammar asks for them, so that both parsers must agree on it.
    fn within(&self, least: u8) -> String {
        if self.1 < least {
            format!("({})", self.0)
        } else {
            self.0.clone()
        }
    }
}

fn number() -> impl Strategy<Value = Text> {
    let leaf = prop_oneof![
        (-40i32..40).prop_map(|n| Text(
            format!("{:?}", f64::from(n) / 4.0),
            if n < 0 { 5 } else { 6 }
        )),
        (0..VARIABLES.len()).prop_map(|i| Text(VARIABLES[i].to_owned(), 6)),
        (0..MODELS.len()).prop_map(|i| Text(format!("score.{}", MODELS[i].replace('-', "_")), 6)),
    ];
    leaf.prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            (
                inner.clone(),
                prop_oneof![Just("+"), Just("-")],
                inner.clone()
            )
                .prop_map(|(a, op, b)| Text(format!("{} {op} {}", a.within(3), b.within(4)), 3)),
            (inner.clone(), inner.clone())
                .prop_map(|(a, b)| Text(format!("{} * {}", a.within(4), b.within(5)), 4)),
            // Division by zero is a documented difference, so divisors are not zero here.
            (inner.clone(), 1i32..9).prop_map(|(a, b)| Text(format!("{} / {b}.0", a.within(4)), 4)),
            inner.prop_map(|a| Text(format!("-{}", a.within(6)), 5)),
        ]
    })
}

fn condition() -> impl Strategy<Value = Text> {
    let comparison = prop_oneof![
        Just("=="),
        Just("!="),
        Just("<"),
        Just("<="),
        Just(">"),
        Just(">=")
    ];
    let same = prop_oneof![Just("=="), Just("!=")];
    let leaf = prop_oneof![
        4 => (number(), comparison.clone(), number())
            .prop_map(|(a, op, b)| Text(format!("{} {op} {}", a.within(3), b.within(3)), 2)),
        2 => (number(), comparison, 0u8..9)
            .prop_map(|(a, op, b)| Text(format!("{} {op} {b}", a.within(3)), 2)),
        1 => any::<bool>().prop_map(|truth| Text(truth.to_string(), 6)),
        1 => (0..VARIABLES.len()).prop_map(|i| Text(format!("has({})", VARIABLES[i]), 6)),
        1 => (0..MODELS.len())
            .prop_map(|i| Text(format!("has(score.{})", MODELS[i].replace('-', "_")), 6)),
        1 => (same.clone(), 0..PERSONAS.len())
            .prop_map(|(op, i)| Text(format!("persona {op} \"{}\"", PERSONAS[i]), 2)),
        1 => (same.clone(), 0..CHANNELS.len())
            .prop_map(|(op, i)| Text(format!("'{}' {op} channel", CHANNELS[i]), 2)),
    ];
    leaf.prop_recursive(4, 24, 3, move |inner| {
        prop_oneof![
            3 => (inner.clone(), inner.clone())
                .prop_map(|(a, b)| Text(format!("{} && {}", a.within(1), b.within(2)), 1)),
            3 => (inner.clone(), inner.clone())
                .prop_map(|(a, b)| Text(format!("{} || {}", a.within(0), b.within(1)), 0)),
            1 => inner.clone().prop_map(|a| Text(format!("!{}", a.within(6)), 5)),
            1 => (inner.clone(), same.clone(), inner.clone())
                .prop_map(|(a, op, b)| Text(format!("{} {op} {}", a.within(2), b.within(3)), 2)),
            1 => (inner.clone(), inner.clone(), inner).prop_map(|(c, a, b)| {
                Text(format!("({} ? {} : {})", c.within(0), a.within(0), b.within(0)), 6)
            }),
        ]
    })
}

#[derive(Clone, Debug)]
struct World {
    variables: Vec<Option<f64>>,
    scores: Vec<Option<f64>>,
    persona: Option<u16>,
    channel: Option<u8>,
}

fn world() -> impl Strategy<Value = World> {
    let value =
        prop_oneof![1 => Just(None), 3 => (-40i32..40).prop_map(|n| Some(f64::from(n) / 4.0))];
    (
        vec(value.clone(), 4),
        vec(value, 2),
        proptest::option::of(0u16..2),
        proptest::option::of(0u8..4),
    )
        .prop_map(|(variables, scores, persona, channel)| World {
            variables,
            scores,
            persona,
            channel,
        })
}

fn ours(source: &str, world: &World) -> bool {
    let condition = compile(source, &SCOPE).unwrap_or_else(|error| panic!("{source}: {error}"));
    let bytes = rkyv::to_bytes::<Failure>(&condition).unwrap();
    let condition = rkyv::access::<ArchivedCondition, Failure>(&bytes).unwrap();
    let flat = |values: &[Option<f64>]| -> Vec<f64> {
        values
            .iter()
            .map(|value| value.unwrap_or(f64::NAN))
            .collect()
    };
    let channels = [
        Channel::Web,
        Channel::App,
        Channel::CallCentre,
        Channel::RelationshipManager,
    ];
    condition.holds(Operands {
        variables: &flat(&world.variables),
        scores: &flat(&world.scores),
        persona: world.persona,
        channel: world.channel.map(|i| channels[usize::from(i)]),
    })
}

/// The same by the crate `cel`: what is missing is not declared, and `has` asks a map.
fn oracle(source: &str, world: &World) -> bool {
    let mut context = Context::default();
    let mut known: HashMap<String, Value> = HashMap::new();
    for (name, value) in VARIABLES.iter().zip(&world.variables) {
        if let Some(value) = value {
            context.add_variable_from_value(*name, *value);
            known.insert((*name).to_owned(), Value::Float(*value));
        }
    }
    let scores: HashMap<String, Value> = MODELS
        .iter()
        .zip(&world.scores)
        .filter_map(|(name, score)| Some((name.replace('-', "_"), Value::Float((*score)?))))
        .collect();
    context.add_variable_from_value("known", known);
    context.add_variable_from_value("score", scores);
    if let Some(persona) = world.persona {
        context.add_variable_from_value("persona", PERSONAS[usize::from(persona)]);
    }
    if let Some(channel) = world.channel {
        context.add_variable_from_value("channel", CHANNELS[usize::from(channel)]);
    }
    let mut source = source.to_owned();
    for name in VARIABLES {
        source = source.replace(&format!("has({name})"), &format!("has(known.{name})"));
    }
    let program = Program::compile(&source).unwrap_or_else(|error| panic!("{source}: {error}"));
    matches!(program.execute(&context), Ok(Value::Bool(true)))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4_000) })]

    #[test]
    fn conditions_mean_what_cel_says(text in condition(), world in world()) {
        prop_assert_eq!(ours(&text.0, &world), oracle(&text.0, &world), "{} in {:?}", text.0, world);
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,60}") {
        let _ = compile(&text, &SCOPE);
    }

    #[test]
    fn no_jumble_of_tokens_panics(
        words in vec(
            prop_oneof![
                Just("("), Just(")"), Just("&&"), Just("||"), Just("!"), Just("-"), Just("?"), Just(":"),
                Just("balance"), Just("1"), Just("1.5"), Just("=="), Just("persona"), Just("'saver'"),
                Just("has"), Just("score"), Just("."), Just("// x\n"), Just("é"),
            ],
            0..40,
        )
    ) {
        if let Ok(condition) = compile(&words.join(" "), &SCOPE) {
            prop_assert!(Program::compile(&words.join(" ").replace("has ( balance )", "true")).is_ok());
            prop_assert!(!condition.ops.is_empty());
        }
    }
}

#[test]
fn a_division_by_zero_is_missing_so_it_does_not_hold_either_way() {
    let world = World {
        variables: vec![Some(1.0), Some(0.0), None, None],
        scores: vec![None; 2],
        persona: None,
        channel: None,
    };
    assert!(!ours("age / balance > 1.0", &world));
    assert!(!ours("!(age / balance > 1.0)", &world));
    assert!(ours("age / balance > 1.0 || age == 1", &world));
}

#[test]
fn refusals_name_the_byte_and_the_remedy() {
    let cases = [
        (
            "balanse > 1",
            0,
            "there is no variable `balanse`: did you mean `balance`?",
        ),
        (
            "age > 1 && score.activatoin > 0.5",
            17,
            "there is no model `activatoin`: did you mean `activation`?",
        ),
        (
            "persona == 'savr'",
            11,
            "there is no persona `savr`: did you mean `saver`?",
        ),
        (
            "channel == 'phone'",
            11,
            "there is no channel `phone`: there is `web`, `app`, `call-centre`, `relationship-manager`",
        ),
        (
            "balance",
            0,
            "a condition is true or false, this is a number: compare it with something, e.g. `balance > 1000`",
        ),
        (
            "balance * 2 > 1",
            8,
            "`*` needs a decimal point on both sides: write whole numbers as `2.0`, not `2`",
        ),
        (
            "10 < age < 20",
            9,
            "`<` compares two numbers: join two comparisons with `&&`, e.g. `10 < age && age < 20`",
        ),
        (
            "!in_arrears",
            0,
            "`!` turns a condition round, this is a number: compare it, e.g. `in_arrears == 1`",
        ),
        (
            "in_arrears && age > 1",
            11,
            "`&&` joins conditions, this is a number: compare it, e.g. `in_arrears == 1`",
        ),
        (
            "age > 1 age < 2",
            8,
            "`age` is not expected here: join two conditions with `&&` or `||`",
        ),
        (
            "(age > 1",
            8,
            "the end is not expected here: close the bracket with `)`",
        ),
        ("age = 1", 4, "`=` means nothing here: take it away"),
        (
            "size(age) > 1",
            0,
            "`size(…)` is not expected here: the only function is `has(…)`",
        ),
        (
            "age > 1u",
            6,
            "this number is not read: write a decimal number such as `1500` or `0.25`",
        ),
        (
            "persona == \"a",
            11,
            "this text is not read: close the quote on the same line, and use no backslash",
        ),
        (
            "age in [1, 2]",
            4,
            "`in` is not expected here: join two conditions with `&&` or `||`",
        ),
        (
            "age > 1 ? age : balance > 1",
            10,
            "both sides of `:` must be of one type, here they are a number and a condition: write whole numbers with a point, e.g. `1.0`",
        ),
        (
            "",
            0,
            "the end is not expected here: a variable, a number or `(` stands here",
        ),
    ];
    for (source, offset, message) in cases {
        let error = compile(source, &SCOPE).unwrap_err();
        assert_eq!(
            (error.offset, error.problem.to_string().as_str()),
            (offset, message),
            "{source}"
        );
    }
}

#[test]
fn depth_and_length_are_bounded() {
    let nested = |depth: usize| format!("{}age > 1{}", "(".repeat(depth), ")".repeat(depth));
    assert!(compile(&nested(50), &SCOPE).is_ok());
    assert_eq!(
        compile(&nested(100_000 / 20), &SCOPE).unwrap_err().problem,
        ConditionProblem::Long
    );
    assert_eq!(
        compile(&nested(100), &SCOPE).unwrap_err().problem,
        ConditionProblem::Depth
    );
    assert_eq!(
        compile(&"!".repeat(500), &SCOPE).unwrap_err().problem,
        ConditionProblem::Depth
    );
    let chain = vec!["age > 1"; 400].join(" || ");
    assert_eq!(
        compile(&chain, &SCOPE).unwrap_err().problem,
        ConditionProblem::Long
    );
    // Right-nested sums hold one value a level.
    let deep = format!("{}1.0{} > age", "1.0 + (".repeat(40), ")".repeat(40));
    assert_eq!(
        compile(&deep, &SCOPE).unwrap_err().problem,
        ConditionProblem::Long
    );
}

#[test]
fn the_text_shown_is_one_line_without_comments() {
    let condition = compile("age > 1 // grown\n   && balance > 2", &SCOPE).unwrap();
    assert_eq!(condition.source, "age > 1 && balance > 2");
    assert_eq!(condition.variables, [0, 1]);
}
