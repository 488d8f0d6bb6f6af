//! Random expressions, by the engine and by the crate `cel`.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use cel::{Context, Env, Program, Value, extensions};
use engine::{
    bundle::Channel,
    policy::{ArchivedCondition, ArchivedConditions, ArchivedFormula, Conditions, Operands},
};
use proptest::{collection::vec, prelude::*};
use rkyv::rancor::Failure;

use super::*;

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

/// Names of numbers, as they are written.
fn names(factors: bool) -> impl Strategy<Value = String> {
    let dotted =
        |prefix, ids: [&str; 2]| ids.map(|id: &str| format!("{prefix}.{}", id.replace('-', "_")));
    let mut names = VARIABLES.map(str::to_owned).to_vec();
    names.extend(dotted("score", MODELS));
    if factors {
        names.extend(FACTORS.map(str::to_owned));
    } else {
        names.extend(dotted("intent", INTENTS));
    }
    proptest::sample::select(names)
}

fn signed(text: String) -> Text {
    let binds = if text.starts_with('-') { 5 } else { 6 };
    Text(text, binds)
}

/// Numbers; `factors` of a formula are names in place of intents.
fn number(factors: bool) -> impl Strategy<Value = Text> {
    let leaf = prop_oneof![
        1 => (-40i32..40).prop_map(|n| signed(format!("{:?}", f64::from(n) / 4.0))),
        2 => names(factors).prop_map(|name| Text(name, 6)),
    ];
    leaf.prop_recursive(3, 12, 3, move |inner| {
        let condition = (inner.clone(), comparison(), inner.clone())
            .prop_map(|(a, op, b)| format!("{} {op} {}", a.within(3), b.within(3)));
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
            inner
                .clone()
                .prop_map(|a| Text(format!("-{}", a.within(6)), 5)),
            (
                prop_oneof![Just("least"), Just("greatest")],
                vec(inner.clone(), 1..4)
            )
                .prop_map(|(name, of)| {
                    let of: Vec<String> = of.iter().map(|text| text.within(0)).collect();
                    Text(format!("math.{name}({})", of.join(", ")), 6)
                }),
            (condition, inner.clone(), inner).prop_map(|(c, a, b)| {
                Text(format!("({c} ? {} : {})", a.within(0), b.within(0)), 6)
            }),
        ]
    })
}

fn comparison() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(&["==", "!=", "<", "<=", ">", ">="][..])
}

/// What raised a score most.
fn cause() -> impl Strategy<Value = String> {
    let model = |id: &str| format!("cause.{}", id.replace('-', "_"));
    proptest::sample::select(MODELS.map(model).to_vec())
}

/// Whole numbers, and what CEL makes of them.
fn whole() -> impl Strategy<Value = Text> {
    let leaf = (-9i32..9).prop_map(|n| signed(n.to_string()));
    leaf.prop_recursive(2, 6, 2, |inner| {
        let sum = (
            inner.clone(),
            prop_oneof![Just("+"), Just("-")],
            inner.clone(),
        )
            .prop_map(|(a, op, b)| Text(format!("{} {op} {}", a.within(3), b.within(4)), 3));
        let product = (
            inner.clone(),
            prop_oneof![Just("*"), Just("/"), Just("%")],
            inner,
            1i32..9,
        )
            .prop_map(|(a, op, b, divisor)| {
                // A division by zero is refused, not an error of the decision.
                let b = if op == "*" {
                    b.within(5)
                } else {
                    divisor.to_string()
                };
                Text(format!("{} {op} {b}", a.within(4)), 4)
            });
        prop_oneof![sum, product]
    })
}

fn condition() -> impl Strategy<Value = Text> {
    let same = prop_oneof![Just("=="), Just("!=")];
    let list = |items: Vec<String>| format!("[{}]", items.join(", "));
    let of = |names: &'static [&'static str]| {
        vec(
            proptest::sample::select(names).prop_map(|name| format!("{name:?}")),
            0..4,
        )
    };
    let item = prop_oneof![
        (-40i32..40).prop_map(|n| format!("{:?}", f64::from(n) / 4.0)),
        (-9i32..9).prop_map(|n| n.to_string()),
    ];
    let leaf = prop_oneof![
        4 => (number(false), comparison(), number(false))
            .prop_map(|(a, op, b)| Text(format!("{} {op} {}", a.within(3), b.within(3)), 2)),
        4 => (names(false), comparison(), whole())
            .prop_map(|(a, op, b)| Text(format!("{a} {op} {}", b.within(3)), 2)),
        2 => (whole(), comparison(), number(false))
            .prop_map(|(a, op, b)| Text(format!("{} {op} {}", a.within(3), b.within(3)), 2)),
        2 => (number(false), vec(item, 0..5))
            .prop_map(move |(a, items)| Text(format!("{} in {}", a.within(3), list(items)), 2)),
        1 => any::<bool>().prop_map(|truth| Text(truth.to_string(), 6)),
        2 => names(false).prop_map(|name| Text(format!("has({name})"), 6)),
        1 => (same.clone(), proptest::sample::select(&PERSONAS[..]))
            .prop_map(|(op, id)| Text(format!("persona {op} \"{id}\""), 2)),
        1 => (same.clone(), proptest::sample::select(&CHANNELS[..]))
            .prop_map(|(op, id)| Text(format!("'{id}' {op} channel"), 2)),
        1 => of(&PERSONAS).prop_map(move |items| Text(format!("persona in {}", list(items)), 2)),
        1 => of(&CHANNELS).prop_map(move |items| Text(format!("channel in {}", list(items)), 2)),
        1 => (cause(), same.clone(), proptest::sample::select(&CAUSES[..]))
            .prop_map(|(of, op, id)| Text(format!("{of} {op} '{id}'"), 2)),
        1 => (cause(), of(&CAUSES))
            .prop_map(move |(of, items)| Text(format!("{of} in {}", list(items)), 2)),
        1 => cause().prop_map(|of| Text(format!("has({of})"), 6)),
    ];
    leaf.prop_recursive(4, 24, 3, move |inner| {
        prop_oneof![
            3 => (inner.clone(), inner.clone())
                .prop_map(|(a, b)| Text(format!("{} && {}", a.within(1), b.within(2)), 1)),
            3 => (inner.clone(), inner.clone())
                .prop_map(|(a, b)| Text(format!("{} || {}", a.within(0), b.within(1)), 0)),
            2 => inner.clone().prop_map(|a| Text(format!("!{}", a.within(6)), 5)),
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
    intents: Vec<Option<f64>>,
    factors: Vec<Option<f64>>,
    persona: Option<u16>,
    channel: Option<u8>,
    causes: Vec<Option<u16>>,
}

const EMPTY: World = World {
    variables: Vec::new(),
    scores: Vec::new(),
    intents: Vec::new(),
    factors: Vec::new(),
    persona: None,
    channel: None,
    causes: Vec::new(),
};

fn world() -> impl Strategy<Value = World> {
    let value = prop_oneof![
        1 => Just(None),
        2 => (-40i32..40).prop_map(|n| Some(f64::from(n) / 4.0)),
        1 => (-9i32..9).prop_map(|n| Some(f64::from(n))),
    ];
    (
        vec(value.clone(), 4),
        vec(value.clone(), 2),
        vec(value.clone(), 2),
        vec(value, 2),
        proptest::option::of(0u16..3),
        proptest::option::of(0u8..4),
        vec(proptest::option::of(0u16..3), 2),
    )
        .prop_map(
            |(variables, scores, intents, factors, persona, channel, causes)| World {
                variables,
                scores,
                intents,
                factors,
                persona,
                channel,
                causes,
            },
        )
}

impl World {
    /// What the engine reads of it.
    fn read<T>(&self, read: impl FnOnce(Operands<'_>) -> T) -> T {
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
        read(Operands {
            variables: &flat(&self.variables),
            scores: &flat(&self.scores),
            intents: &flat(&self.intents),
            factors: &flat(&self.factors),
            persona: self.persona,
            causes: &flat(
                &self
                    .causes
                    .iter()
                    .map(|cause| cause.map(f64::from))
                    .collect::<Vec<_>>(),
            ),
            channel: self.channel.map(|i| channels[usize::from(i)]),
        })
    }
}

fn ours(source: &str, world: &World) -> bool {
    let condition = compile(source, &SCOPE).unwrap_or_else(|error| panic!("{source}: {error}"));
    let bytes = rkyv::to_bytes::<Failure>(&condition).unwrap();
    let archived = rkyv::access::<ArchivedCondition, Failure>(&bytes).unwrap();
    let alone = world.read(|operands| archived.holds(operands));
    // Among others it says the same.
    let other = compile("age > 1 || balance > 2", &SCOPE).unwrap();
    let conditions = Conditions::new([&other, &condition, &other]).unwrap();
    let bytes = rkyv::to_bytes::<Failure>(&conditions).unwrap();
    let conditions = rkyv::access::<ArchivedConditions, Failure>(&bytes).unwrap();
    let mut holds = Vec::new();
    world.read(|operands| conditions.each(operands, &mut Vec::new(), &mut holds));
    assert_eq!(holds[1], alone, "{source}");
    assert_eq!(holds[0], holds[2]);
    alone
}

/// The value of a formula, none when it is missing.
fn our_number(source: &str, world: &World) -> Option<f64> {
    let scope = Scope {
        intents: &[],
        factors: &FACTORS,
        ..SCOPE
    };
    let formula =
        compile_number(source, &scope).unwrap_or_else(|error| panic!("{source}: {error}"));
    let bytes = rkyv::to_bytes::<Failure>(&formula).unwrap();
    let formula = rkyv::access::<ArchivedFormula, Failure>(&bytes).unwrap();
    let value = world.read(|operands| formula.value(operands));
    (!value.is_nan()).then_some(value)
}

static ORACLE: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut env = Env::stdlib();
    env.add_extension(extensions::math).unwrap();
    Arc::new(env)
});

/// The same by the crate `cel`: what is missing is not declared, and `has` asks a map.
fn oracle(source: &str, world: &World, factors: bool) -> Option<Value> {
    let mut context = Context::with_env(Arc::clone(&ORACLE));
    let mut known: HashMap<String, Value> = HashMap::new();
    let mut declare = |names: &[&str], values: &[Option<f64>]| {
        for (name, value) in names.iter().zip(values) {
            if let Some(value) = value {
                context.add_variable_from_value(*name, *value);
                known.insert((*name).to_owned(), Value::Float(*value));
            }
        }
    };
    declare(&VARIABLES, &world.variables);
    if factors {
        declare(&FACTORS, &world.factors);
    }
    context.add_variable_from_value("known", known);
    let map = |ids: [&str; 2], values: &[Option<f64>]| -> HashMap<String, Value> {
        ids.iter()
            .zip(values)
            .filter_map(|(id, value)| Some((id.replace('-', "_"), Value::Float((*value)?))))
            .collect()
    };
    context.add_variable_from_value("score", map(MODELS, &world.scores));
    if !factors {
        context.add_variable_from_value("intent", map(INTENTS, &world.intents));
    }
    let causes = MODELS.iter().zip(&world.causes).filter_map(|(id, cause)| {
        let cause = CAUSES[usize::from((*cause)?)];
        Some((id.replace('-', "_"), Value::from(cause)))
    });
    let causes: HashMap<String, Value> = causes.collect();
    context.add_variable_from_value("cause", causes);
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
    let program = ORACLE
        .compile(&source)
        .unwrap_or_else(|error| panic!("{source}: {error}"));
    program.execute(&context).ok()
}

/// How many random expressions of each kind: 10,000, or what `NEARFIELD_CASES` says.
fn cases() -> ProptestConfig {
    let cases = std::env::var("NEARFIELD_CASES").map_or(10_000, |text| text.parse().unwrap());
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn conditions_mean_what_cel_says(text in condition(), world in world()) {
        let expected = matches!(oracle(&text.0, &world, false), Some(Value::Bool(true)));
        prop_assert_eq!(ours(&text.0, &world), expected, "{} in {:?}", text.0, world);
    }

    #[test]
    fn formulas_mean_what_cel_says(text in number(true), world in world()) {
        let expected = match oracle(&text.0, &world, true) {
            None => None,
            Some(Value::Float(number)) => Some(number),
            other => panic!("{}: {other:?}", text.0),
        };
        prop_assert_eq!(our_number(&text.0, &world), expected, "{} in {:?}", text.0, world);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4_000) })]

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
                Just("has"), Just("score"), Just("."), Just("// x\n"), Just("é"), Just("in"), Just("["),
                Just("]"), Just(","), Just("math.least("), Just("%"),
            ],
            0..40,
        )
    ) {
        if let Ok(condition) = compile(&words.join(" "), &SCOPE) {
            prop_assert!(Program::compile(&words.join(" ").replace("has ( balance )", "true")).is_ok());
            prop_assert!(!condition.tests.is_empty());
        }
    }
}

#[test]
fn a_division_by_zero_is_missing_so_it_does_not_hold_either_way() {
    let world = World {
        variables: vec![Some(1.0), Some(0.0), None, None],
        ..EMPTY
    };
    assert!(!ours("age / balance > 1.0", &world));
    assert!(!ours("!(age / balance > 1.0)", &world));
    assert!(ours("age / balance > 1.0 || age == 1", &world));
}
