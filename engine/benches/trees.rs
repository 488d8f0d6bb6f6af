//! How long do 24 tree models take, 100 trees of depth 6 each over 512 variables, for one customer and for 64
//! in turn? And how long does it take to say what carried one score?
//! `cargo bench -p engine --bench trees` prints medians.
//!
//! The trees are made up: complete, with random inputs and thresholds. One value in seven is missing, a quarter
//! of the rest is zero.
#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a bench may stop at a mistake; its numbers are small"
)]

use std::{hint::black_box, time::Instant};

use engine::models::{ArchivedModel, Link, Model, Node, Row, Step, Tree, Trees, column};
use rkyv::{rancor::Error, vec::ArchivedVec};

const MODELS: usize = 24;
const TREES: usize = 100;
const DEPTH: u16 = 6;
const VARIABLES: u16 = 512;
const CUSTOMERS: usize = 64;
const SAMPLES: usize = 1_000;
const ROUNDS: usize = 16;

fn main() {
    let mut numbers = Numbers(1);
    let models: Vec<Model> = (0..MODELS).map(|_| model(&mut numbers)).collect();
    let bytes = rkyv::to_bytes::<Error>(&models).unwrap();
    let models = rkyv::access::<ArchivedVec<ArchivedModel>, Error>(&bytes).unwrap();
    println!(
        "{MODELS} models of {TREES} trees of depth {DEPTH}, {} kB",
        bytes.len() / 1_000
    );
    let customers: Vec<Vec<f64>> = (0..CUSTOMERS).map(|_| customer(&mut numbers)).collect();
    let mut row = Row::default();
    for count in [1, CUSTOMERS] {
        let time = median(|round| {
            row.fill(customers.get(round % count).unwrap());
            for model in models.iter() {
                black_box(model.score(&mut row));
            }
        });
        println!("{count:2} customers in turn: {time:.1} us for all models");
    }
    let model = models.first().unwrap();
    let time = median(|_| {
        black_box(model.contributions(&mut row));
    });
    println!("what carried one score: {time:.1} us");
}

/// Median time of one call, in microseconds.
fn median(mut call: impl FnMut(usize)) -> f64 {
    let mut times: Vec<f64> = (0..SAMPLES)
        .map(|_| {
            let start = Instant::now();
            for round in 0..ROUNDS {
                call(round);
            }
            start.elapsed().as_nanos() as f64 / (1_000 * ROUNDS) as f64
        })
        .collect();
    times.sort_unstable_by(f64::total_cmp);
    *times.get(SAMPLES / 2).unwrap()
}

fn model(numbers: &mut Numbers) -> Model {
    let mut trees = Trees {
        base: vec![0.0],
        ..Trees::default()
    };
    let splits = (1u16 << DEPTH) - 1;
    for _ in 0..TREES {
        trees.trees.push(Tree {
            root: trees.nodes.len() as u32,
            depth: DEPTH,
            output: 0,
        });
        let order = clustered(splits);
        let place = |at: u16| order.iter().position(|other| *other == at).unwrap() as u16;
        for at in order.iter().copied() {
            let number = numbers.unit() as f32;
            let input = numbers.below(u64::from(VARIABLES)) as u16;
            let opposite = numbers.below(2) == 1;
            trees.nodes.push(if at < splits {
                Node {
                    threshold: if opposite { -number } else { number },
                    column: column(input, opposite),
                    child: place(2 * at + 1) - place(at),
                }
            } else {
                Node::leaf((number - 0.5) / 10.0)
            });
            trees.covers.push(f32::from(splits / (at + 1) + 1));
        }
    }
    Model {
        id: "made-up".to_owned(),
        inputs: (0..VARIABLES).collect(),
        missing_allowed: 0.5,
        steps: vec![Step::Trees(trees), Step::Link(Link::Logistic(1.0))],
        output: 0,
    }
}

/// The nodes of a complete tree, in which those of *i* are followed up by *2i + 1* and *2i + 2*, in the order in
/// which importers put them: behind two siblings their children, and so on from each of those.
fn clustered(splits: u16) -> Vec<u16> {
    let children = |at: u16| [2 * at + 1, 2 * at + 2];
    let mut order = vec![0];
    let mut waiting = vec![0];
    while let Some(at) = waiting.pop() {
        let siblings = children(at);
        order.extend(siblings);
        let inner = siblings.into_iter().filter(|at| *at < splits);
        let below: Vec<u16> = inner.flat_map(children).collect();
        order.extend(&below);
        waiting.extend(below.iter().rev().filter(|at| **at < splits));
    }
    order
}

/// Values between 0 and 1.
fn customer(numbers: &mut Numbers) -> Vec<f64> {
    (0..VARIABLES)
        .map(|_| match (numbers.below(7), numbers.below(4)) {
            (0, _) => f64::NAN,
            (_, 0) => 0.0,
            _ => numbers.unit(),
        })
        .collect()
}

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}
