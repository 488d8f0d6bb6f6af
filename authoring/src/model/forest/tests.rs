//! Random trees, laid out, against what their questions say one by one, and against Shapley's own formula.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "the numbers of these tests are small"
)]

use engine::models::{ArchivedModel, Model, Row, Step};
use proptest::prelude::*;

use super::*;

const INPUTS: usize = 4;

/// Thresholds and values that meet exactly, zeros of both signs, what only 64 bits tell apart.
const NUMBERS: [f64; 9] = [-1e300, -2.0, -0.0, 0.0, 1e-40, 0.1, 0.100_000_001, 3.0, 7.5];

#[derive(Clone, Debug)]
struct Seed {
    input: usize,
    test: usize,
    number: usize,
    words: u32,
    missing_yes: bool,
    split: bool,
    cover: f64,
    value: f64,
}

fn seeds() -> impl Strategy<Value = Vec<Seed>> {
    let seed = (
        (0..INPUTS, 0..3usize, 0..NUMBERS.len(), any::<u32>()),
        (
            any::<bool>(),
            prop::bool::weighted(0.7),
            0.1..10.0,
            -2.0..2.0,
        ),
    );
    let seed = seed.prop_map(
        |((input, test, number, words), (missing_yes, split, cover, value))| Seed {
            input,
            test,
            number,
            words,
            missing_yes,
            split,
            cover,
            value,
        },
    );
    prop::collection::vec(seed, 1..40)
}

fn row() -> impl Strategy<Value = Vec<f64>> {
    let cell = prop_oneof![
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        (0..NUMBERS.len()).prop_map(|i| NUMBERS[i]),
        (-3i32..36).prop_map(|i| f64::from(i) + 0.25),
    ];
    prop::collection::vec(cell, INPUTS)
}

/// A tree that grows as the seeds say; the cover of a split is that of its leaves.
fn grow(seeds: &[Seed], next: &mut usize, depth: usize, nodes: &mut Vec<Plain>) -> (usize, f64) {
    let at = nodes.len();
    let seed = seeds[*next % seeds.len()].clone();
    *next += 1;
    let leaf = |cover| Plain::Leaf {
        value: seed.value,
        cover,
    };
    nodes.push(leaf(seed.cover));
    if !seed.split || depth == 6 || *next > seeds.len() {
        return (at, seed.cover);
    }
    let (yes, a) = grow(seeds, next, depth + 1, nodes);
    let (no, b) = grow(seeds, next, depth + 1, nodes);
    let number = NUMBERS[seed.number];
    nodes[at] = Plain::Split {
        input: seed.input,
        test: match seed.test {
            0 => Test::Below(number),
            1 => Test::AtMost(number),
            _ => Test::In(vec![seed.words, !seed.words]),
        },
        yes,
        no,
        missing_yes: seed.missing_yes,
        cover: a + b,
    };
    (at, a + b)
}

/// A row, and what a library makes of a number before it looks for its category: LightGBM cuts off the fraction,
/// XGBoost knows none below zero.
struct Seen<'r> {
    row: &'r [f64],
    category: fn(f64) -> f64,
}

/// Whether a value goes to `yes`, as the words say it.
fn goes(test: &Test, value: f64, missing_yes: bool, category: fn(f64) -> f64) -> bool {
    match test {
        _ if value.is_nan() => missing_yes,
        Test::Below(number) => value < *number,
        Test::AtMost(number) => value <= *number,
        Test::In(words) => {
            let member = |category: usize| {
                words
                    .get(category / 32)
                    .is_some_and(|word| word >> (category % 32) & 1 == 1)
            };
            (0.0..1e6).contains(&category(value)) && member(value as usize)
        }
    }
}

/// The value of a tree when only those inputs are known.
fn value(nodes: &[Plain], at: usize, row: &Seen, known: &[bool]) -> f64 {
    let cover = |at: usize| {
        let (Plain::Leaf { cover, .. } | Plain::Split { cover, .. }) = &nodes[at];
        f64::from(*cover as f32)
    };
    match &nodes[at] {
        Plain::Leaf { value, .. } => *value,
        Plain::Split {
            input,
            test,
            yes,
            no,
            missing_yes,
            ..
        } => {
            if known[*input] {
                let to = if goes(test, row.row[*input], *missing_yes, row.category) {
                    *yes
                } else {
                    *no
                };
                return value(nodes, to, row, known);
            }
            let parts = [*yes, *no].map(|to| value(nodes, to, row, known) * cover(to) / cover(at));
            parts[0] + parts[1]
        }
    }
}

/// Shapley's formula, over all sets of inputs.
fn shapley(nodes: &[Plain], row: &Seen, input: usize) -> f64 {
    let factorial = |n: usize| (1..=n).map(|i| i as f64).product::<f64>();
    let sets = (0..1usize << INPUTS).filter(|set| set >> input & 1 == 0);
    let terms = sets.map(|set| {
        let size = set.count_ones() as usize;
        let weight = factorial(size) * factorial(INPUTS - size - 1) / factorial(INPUTS);
        let mut known: Vec<bool> = (0..INPUTS).map(|i| set >> i & 1 == 1).collect();
        let without = value(nodes, 0, row, &known);
        known[input] = true;
        weight * (value(nodes, 0, row, &known) - without)
    });
    terms.sum()
}

fn check<T: Width>(
    trees: &[Vec<Plain>],
    row: &[f64],
    step: fn(Trees<T>) -> Step,
    narrow: fn(f64) -> f64,
    category: fn(f64) -> f64,
) -> Result<(), TestCaseError> {
    let mut forest = Forest::<T>::new(INPUTS, vec![T::nearest(0.5), T::nearest(0.0)]).unwrap();
    for (i, tree) in trees.iter().enumerate() {
        forest.plant(tree, i % 2).unwrap();
    }
    let model = Model {
        id: String::new(),
        inputs: (0..INPUTS as u16).collect(),
        missing_allowed: 1.0,
        steps: vec![step(forest.grown(1))],
        output: 0,
    };
    let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&model).unwrap();
    let model = rkyv::access::<ArchivedModel, rkyv::rancor::Error>(&bytes).unwrap();
    let mut numbers = Row::default();
    numbers.fill(row);
    let row: Vec<f64> = row.iter().map(|cell| narrow(*cell)).collect();
    let row = Seen {
        row: &row,
        category,
    };
    let known = [true; INPUTS];
    let mut sums = [0.5, 0.0];
    for (i, tree) in trees.iter().enumerate() {
        sums[i % 2] = narrow(sums[i % 2] + narrow(value(tree, 0, &row, &known)));
    }
    prop_assert_eq!(model.outputs(&mut numbers), &sums);
    let own = || trees.iter().step_by(2);
    let found = model.contributions(&mut numbers);
    for (input, found) in found.iter().enumerate() {
        let expected: f64 = own().map(|tree| shapley(tree, &row, input)).sum();
        prop_assert!(
            (found - expected).abs() < 1e-5,
            "input {}: {} {}",
            input,
            found,
            expected
        );
    }
    // What is known moves the trees from their mean to their value.
    let moved: f64 = own()
        .map(|tree| value(tree, 0, &row, &known) - value(tree, 0, &row, &[false; INPUTS]))
        .sum();
    prop_assert!((found.iter().sum::<f64>() - moved).abs() < 1e-5);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_trees_do_what_their_questions_say(
        seeds in prop::collection::vec(seeds(), 1..12),
        row in row(),
    ) {
        let trees: Vec<_> = seeds.iter().map(|seeds| {
            let mut nodes = Vec::new();
            grow(seeds, &mut 0, 0, &mut nodes);
            nodes
        }).collect();
        check::<f32>(&trees, &row, Step::Trees, |number| f64::from(number as f32), |number| number)?;
        check::<f64>(&trees, &row, Step::WideTrees, |number| {
            // As LightGBM reads its rows.
            if number.abs() < 1e-35 { 0.0 } else { number }
        }, f64::trunc)?;
    }
}

/// How many leaves are below a node.
fn leaves(nodes: &[Plain], at: usize) -> f64 {
    match &nodes[at] {
        Plain::Leaf { .. } => 1.0,
        Plain::Split { yes, no, .. } => leaves(nodes, *yes) + leaves(nodes, *no),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn where_covers_are_lacking_leaves_are_equally_likely(
        seeds in prop::collection::vec(seeds(), 1..6),
        row in row(),
        unknown in prop_oneof![Just(0.0), Just(f64::NAN), Just(-1.0), Just(f64::INFINITY)],
    ) {
        let mut forest = Forest::<f64>::new(INPUTS, vec![0.0]).unwrap();
        let mut counted = Vec::new();
        for seeds in &seeds {
            let mut nodes = Vec::new();
            grow(seeds, &mut 0, 0, &mut nodes);
            let mut counts = nodes.clone();
            for (at, node) in counts.iter_mut().enumerate() {
                let (Plain::Leaf { cover, .. } | Plain::Split { cover, .. }) = node;
                *cover = leaves(&nodes, at);
            }
            counted.push(counts);
            for node in &mut nodes {
                let (Plain::Leaf { cover, .. } | Plain::Split { cover, .. }) = node;
                *cover = unknown;
            }
            forest.plant(&nodes, 0).unwrap();
        }
        let model = Model {
            id: String::new(),
            inputs: (0..INPUTS as u16).collect(),
            missing_allowed: 1.0,
            steps: vec![Step::WideTrees(forest.grown(1))],
            output: 0,
        };
        let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&model).unwrap();
        let model = rkyv::access::<ArchivedModel, rkyv::rancor::Error>(&bytes).unwrap();
        let mut numbers = Row::default();
        numbers.fill(&row);
        let row: Vec<f64> = row.iter().map(|x| if x.abs() < 1e-35 { 0.0 } else { *x }).collect();
        let row = Seen { row: &row, category: f64::trunc };
        for (input, found) in model.contributions(&mut numbers).iter().enumerate() {
            let expected: f64 = counted.iter().map(|tree| shapley(tree, &row, input)).sum();
            prop_assert!((found - expected).abs() < 1e-5, "input {}: {} {}", input, found, expected);
        }
    }
}

#[test]
fn nodes_that_are_no_tree_are_refused() {
    let leaf = || Plain::Leaf {
        value: 1.0,
        cover: 1.0,
    };
    let split = |yes, no| Plain::Split {
        input: 0,
        test: Test::Below(0.0),
        yes,
        no,
        missing_yes: false,
        cover: 2.0,
    };
    let chain: Vec<_> = (0..140)
        .flat_map(|i| [split(2 * i + 1, 2 * i + 2), leaf()])
        .chain([leaf()])
        .collect();
    // The odd nodes are leaves, the even ones go on.
    for (nodes, expected) in [
        (vec![], "out of range"),
        (vec![split(1, 2), leaf()], "out of range"),
        (vec![split(0, 1), leaf()], "two branches lead to one node"),
        (vec![split(1, 1), leaf()], "two branches lead to one node"),
        (vec![split(usize::MAX, 1), leaf()], "out of range"),
        (
            vec![Plain::Leaf {
                value: f64::NAN,
                cover: 1.0,
            }],
            "finite",
        ),
        (
            vec![
                Plain::Split {
                    input: 9,
                    test: Test::Below(0.0),
                    yes: 1,
                    no: 2,
                    missing_yes: true,
                    cover: 1.0,
                },
                leaf(),
                leaf(),
            ],
            "an input that the model does not have",
        ),
        (
            vec![
                Plain::Split {
                    input: 0,
                    test: Test::AtMost(f64::NAN),
                    yes: 1,
                    no: 2,
                    missing_yes: true,
                    cover: 1.0,
                },
                leaf(),
                leaf(),
            ],
            "finite",
        ),
        (chain, "128"),
    ] {
        let problem = Forest::new(1, vec![0.0f32])
            .unwrap()
            .plant(&nodes, 0)
            .unwrap_err()
            .to_string();
        assert!(problem.contains(expected), "{problem}");
    }
    assert!(
        Forest::new(1, vec![0.0f32])
            .unwrap()
            .plant(&[leaf()], 1)
            .is_err()
    );
}

/// A tree whose node asks, for as long as `splits` says so of its depth and its place among those of the depth.
fn grown(splits: &dyn Fn(u32, usize) -> bool) -> Vec<Plain> {
    let mut nodes = Vec::new();
    let mut level = vec![0];
    let mut depth = 0;
    let mut end = 1;
    while !level.is_empty() {
        let mut next = Vec::new();
        for place in level {
            let number = nodes.len() as f64;
            nodes.push(if splits(depth, place) {
                next.extend([2 * place, 2 * place + 1]);
                end += 2;
                Plain::Split {
                    input: 0,
                    test: Test::Below(number),
                    yes: end - 2,
                    no: end - 1,
                    missing_yes: false,
                    cover: 1.0,
                }
            } else {
                Plain::Leaf {
                    value: number,
                    cover: 1.0,
                }
            });
        }
        level = next;
        depth += 1;
    }
    nodes
}

fn planted(nodes: &[Plain]) -> Trees<f64> {
    let mut forest = Forest::<f64>::new(1, vec![0.0]).unwrap();
    forest.plant(nodes, 0).unwrap();
    forest.grown(1)
}

/// Every way to a leaf, as positions of nodes.
fn ways(trees: &Trees<f64>) -> Vec<Vec<usize>> {
    let mut ways = Vec::new();
    let mut open = vec![vec![0]];
    while let Some(way) = open.pop() {
        let at = *way.last().unwrap();
        let child = usize::from(trees.nodes[at].child);
        if child == 0 {
            ways.push(way);
            continue;
        }
        for to in [at + child, at + child + 1] {
            open.push(way.iter().copied().chain([to]).collect());
        }
    }
    ways
}

#[test]
fn two_steps_down_a_tree_stay_within_six_nodes() {
    let trees = planted(&grown(&|depth, _| depth < 8));
    let ways = ways(&trees);
    assert_eq!(ways.len(), 256);
    for way in ways {
        assert!(way[2] <= 6, "{way:?}");
        // Siblings, then the children of both.
        assert!(
            way[3..].chunks_exact(2).all(|pair| pair[1] - pair[0] < 6),
            "{way:?}"
        );
    }
}

#[test]
fn a_tree_too_large_to_be_put_in_order_is_left_as_it_is() {
    // Three complete branches, and below the first so many more that the children of the last are too far.
    let large = grown(&|depth, place| match depth {
        0..=1 => true,
        2..=15 => place >> (depth - 2) < 3,
        16..=29 => place == 2 << (depth - 2),
        _ => false,
    });
    let trees = planted(&large);
    assert_eq!(trees.nodes.len(), large.len());
    assert_eq!(ways(&trees).len(), large.len().div_ceil(2));
    // Level by level: behind the four nodes of the third level come the children of its second, third and fourth.
    let children: Vec<u16> = trees.nodes[3..7].iter().map(|node| node.child).collect();
    assert_eq!(children, [0, 3, 4, 5]);
}
