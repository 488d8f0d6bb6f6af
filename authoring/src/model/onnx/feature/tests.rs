//! Questions about columns against what the columns hold.

use engine::models::{ArchivedModel, Model, Row, Step};
use proptest::prelude::*;

use super::super::stage::Stage;
use super::layers::NOWHERE;
use super::*;

fn op() -> impl Strategy<Value = Op> {
    let number = prop_oneof![-3f32..3.0, Just(0.0), Just(1e20), Just(-1e-30)];
    let factor = prop_oneof![0.1f32..3.0, -3f32..-0.1, Just(1e-30), Just(0.0)];
    prop_oneof![
        (-2f32..2.0).prop_map(Op::Fill),
        (number, factor).prop_map(|(offset, factor)| Op::Move { offset, factor }),
        (-2f32..0.0, 0.1f32..2.0).prop_map(|(least, most)| Op::Clip(least, most)),
        (-1f32..1.0).prop_map(Op::Above),
        prop_oneof![0.3f32..70.0, -3f32..-0.1].prop_map(Op::Divide),
        Just(Op::Truncate),
    ]
}

fn code() -> impl Strategy<Value = Op> {
    let keys = prop::collection::btree_map(0u16..70, -3f32..3.0, 0..8);
    (keys, -2f32..2.0, prop::option::of(-2f32..2.0)).prop_map(|(keys, other, missing)| {
        let missing = missing.unwrap_or(other);
        Op::Code(Rc::new(Code {
            keys,
            other,
            missing,
        }))
    })
}

fn cell() -> impl Strategy<Value = f32> {
    prop_oneof![
        Just(f32::NAN),
        (0u8..72).prop_map(f32::from),
        -4f32..4.0,
        Just(1e30),
        Just(-1e30),
        Just(0.0),
    ]
}

/// Where a question sends a value.
fn goes(split: &Plain, x: f32) -> usize {
    let Plain::Split {
        test,
        yes,
        no,
        missing_yes,
        ..
    } = split
    else {
        panic!("a split");
    };
    let holds = match test {
        _ if x.is_nan() => *missing_yes,
        Test::Below(threshold) => f64::from(x) < *threshold,
        Test::AtMost(threshold) => f64::from(x) <= *threshold,
        Test::In(words) => category(x).flatten().is_some_and(|key| {
            let word = words.get(usize::from(key / 32));
            word.is_some_and(|word| word >> (key % 32) & 1 == 1)
        }),
    };
    if holds { *yes } else { *no }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn questions_about_columns_are_questions_about_inputs(
        ops in prop::collection::vec(op(), 0..5),
        with_code in prop::option::of((code(), prop::option::of(-2f32..2.0))),
        threshold in prop_oneof![-4f64..4.0, Just(0.0), Just(1.0)],
        (below, missing_yes) in any::<(bool, bool)>(),
        x in cell(),
    ) {
        let ops = match with_code {
            None => ops,
            Some((code, fill)) => fill.map(|x| Op::Fill(x.abs().trunc())).into_iter().chain([code]).chain(ops).collect(),
        };
        let feature = Feature { input: 7, ops };
        let test = if below { Test::Below(threshold) } else { Test::AtMost(threshold) };
        let split = Plain::Split { input: 0, test, yes: 1, no: 2, missing_yes, cover: 3.0 };
        let asked = feature.asked(&split, false, &mut 0).unwrap();
        let Plain::Split { input, .. } = &asked else { panic!("a split") };
        prop_assert_eq!(*input, 7);
        prop_assert_eq!(goes(&asked, x), goes(&split, apply(&feature.ops, x)));
    }

    #[test]
    fn layers_make_the_columns(
        columns in prop::collection::vec(
            (0usize..3, prop::option::of(code()), prop::collection::vec((-2f32..2.0, 0.1f32..2.0), 0..3)),
            1..6,
        ),
        cells in prop::collection::vec(prop_oneof![(0u8..75).prop_map(f32::from), -2f32..0.0], 3),
        gap in prop::option::of(0usize..3),
    ) {
        let features: Vec<Feature> = columns.into_iter().map(|(input, code, moves)| {
            // Without a number of its own for what is missing, so that columns of one input agree.
            let code = code.map(|code| match code {
                Op::Code(code) => Op::Code(Rc::new(Code { keys: code.keys.clone(), other: code.other, missing: code.other })),
                op => op,
            });
            let fill = if code.is_none() { Some(Op::Fill(NOWHERE)) } else { None };
            let moves = moves.into_iter().map(|(offset, factor)| Op::Move { offset, factor });
            Feature { input, ops: fill.into_iter().chain(code).chain(moves).collect() }
        }).collect();
        let mut cells = cells;
        if let Some(gap) = gap {
            cells[gap] = f32::NAN;
        }
        let expected: Vec<f32> = features
            .iter()
            .map(|feature| apply(&feature.ops, cells[feature.input]))
            .collect();
        // Only whole numbers are categories.
        let odd = |feature: &Feature| feature.encoded() && cells[feature.input].fract() != 0.0;
        let steps: Result<Vec<Step>, _> = layers(&features, 3).unwrap().into_iter().map(Stage::step).collect();
        let model = Model {
            id: String::new(),
            inputs: vec![0, 1, 2],
            missing_allowed: 1.0,
            steps: steps.unwrap(),
            output: 0,
        };
        let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&model).unwrap();
        let model = rkyv::access::<ArchivedModel, rkyv::rancor::Error>(&bytes).unwrap();
        let mut row = Row::default();
        row.fill(&cells.iter().map(|cell| f64::from(*cell)).collect::<Vec<_>>());
        let found = model.outputs(&mut row);
        prop_assert_eq!(found.len(), features.len());
        for ((found, expected), feature) in found.iter().zip(&expected).zip(&features) {
            let error = 1e-5 * (1.0 + expected.abs());
            prop_assert!(odd(feature) || (*found - f64::from(*expected)).abs() < f64::from(error), "{} {}", found, expected);
        }
    }
}

#[test]
fn what_only_trees_take_is_named() {
    let clipped = Feature::of(0).then(Op::Clip(0.0, 1.0)).unwrap();
    let error = layers(&[clipped, Feature::of(1)], 2)
        .map(|_| ())
        .unwrap_err();
    assert!(
        error.to_string().contains("only some columns are clipped"),
        "{error}"
    );
    let fill = |with| Feature::of(0).then(Op::Fill(with)).unwrap();
    let error = layers(&[fill(1.0), fill(2.0)], 2).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("filled in two ways"), "{error}");
    let mut feature = Feature::of(0);
    for _ in 0..limits::OPERATIONS {
        feature = feature.then(Op::Truncate).unwrap();
    }
    let error = feature.then(Op::Truncate).map(|_| ()).unwrap_err();
    assert!(
        error.to_string().contains("17 operations on a column"),
        "{error}"
    );
}
