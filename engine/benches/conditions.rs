//! How long do 320 conditions take, about 1,300 comparisons, for one customer and for 64 in turn?
//! `cargo bench -p engine --bench conditions` prints medians.
//!
//! The conditions are made up, in the proportions of the retail policies: most are conjunctions, one in
//! eight has an `||`, one comparison in sixteen is of two variables. One value in seven is missing.
#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a bench may stop at a mistake; its numbers are small"
)]

use std::{hint::black_box, time::Instant};

use engine::policy::{
    ArchivedCondition, ArchivedConditions, Condition, Conditions, Op, Operands, Subject, Test,
};
use rkyv::{rancor::Error, vec::ArchivedVec};

const CONDITIONS: usize = 320;
const VARIABLES: u64 = 512;
const CUSTOMERS: usize = 64;
const SAMPLES: usize = 1_000;
const ROUNDS: usize = 64;

fn main() {
    let mut numbers = Numbers(1);
    let conditions: Vec<Condition> = (0..CONDITIONS).map(|_| condition(&mut numbers)).collect();
    let tests: usize = conditions.iter().map(|one| one.tests.len()).sum();
    let together = rkyv::to_bytes::<Error>(&Conditions::new(&conditions).unwrap()).unwrap();
    let together = rkyv::access::<ArchivedConditions, Error>(&together).unwrap();
    let each = rkyv::to_bytes::<Error>(&conditions).unwrap();
    let each = rkyv::access::<ArchivedVec<ArchivedCondition>, Error>(&each).unwrap();
    let customers: Vec<Vec<f64>> = (0..CUSTOMERS).map(|_| customer(&mut numbers)).collect();
    println!("{CONDITIONS} conditions, {tests} comparisons");
    let (mut row, mut holds) = (Vec::new(), Vec::new());
    for count in [1, CUSTOMERS] {
        let all = median(&customers, count, |operands| {
            together.each(operands, &mut row, &mut holds);
            black_box(&holds);
        });
        let one_by_one = median(&customers, count, |operands| {
            let holds = each.iter().filter(|one| one.holds(operands)).count();
            black_box(holds);
        });
        println!(
            "{count:2} customers in turn: together {all:.0} ns, one by one {one_by_one:.0} ns"
        );
    }
}

/// Median time of one round over all conditions, in nanoseconds.
fn median(customers: &[Vec<f64>], count: usize, mut round: impl FnMut(Operands<'_>)) -> f64 {
    let mut times: Vec<f64> = (0..SAMPLES)
        .map(|_| {
            let start = Instant::now();
            for variables in customers.iter().take(count).cycle().take(ROUNDS) {
                round(Operands {
                    variables,
                    ..Operands::default()
                });
            }
            start.elapsed().as_nanos() as f64 / ROUNDS as f64
        })
        .collect();
    times.sort_unstable_by(f64::total_cmp);
    *times.get(SAMPLES / 2).unwrap()
}

/// Two to six comparisons, joined by `&&`; perhaps two of them by `||`.
fn condition(numbers: &mut Numbers) -> Condition {
    let count = 2 + numbers.below(5) as u16;
    let either = (numbers.below(8) == 0).then(|| numbers.below(u64::from(count) - 1) as u16);
    let mut condition = Condition::default();
    for at in 0..count {
        let end = count - at - 1;
        let (pass, fail) = match either {
            Some(first) if first == at => (1 + u16::from(end == 1), 0),
            _ => (u16::from(end == 0), end),
        };
        let variable = numbers.below(VARIABLES) as u16;
        let c = numbers.unit();
        let (subject, low, high) = match numbers.below(16) {
            0 => {
                condition.numbers.push(vec![
                    Op::Read(Subject::Variable(variable)),
                    Op::Constant(c),
                    Op::Read(Subject::Variable(numbers.below(VARIABLES) as u16)),
                    Op::Multiply,
                    Op::Subtract,
                ]);
                let program = condition.numbers.len() as u16 - 1;
                (Subject::Number(program), 0.0, f64::INFINITY)
            }
            1..6 => (Subject::Variable(variable), 0.6 * c, f64::INFINITY),
            6..10 => (
                Subject::Variable(variable),
                f64::NEG_INFINITY,
                0.4 + 0.6 * c,
            ),
            10..13 => (Subject::Variable(variable), 0.3 * c, 0.7 + 0.3 * c),
            _ => (
                Subject::Variable(variable),
                0.0_f64.next_up(),
                f64::INFINITY,
            ),
        };
        condition.tests.push(Test {
            subject,
            low,
            high,
            pass,
            fail,
        });
    }
    condition
}

/// Values between 0 and 1; a quarter are 0, a seventh missing.
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
