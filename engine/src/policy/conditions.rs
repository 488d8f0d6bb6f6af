//! All conditions of one kind, read in one pass.
//!
//! The conditions of a bundle's triggers are asked for together at every decision. Here their tests
//! stand in one row, after each other, and every number that is not a variable is worked out once,
//! first, into a column of its own, so that a test is two loads and two comparisons.
//!
//! # Why this layout
//! Who writes a policy decides how often a test passes; who is served decides which. So a processor
//! cannot foretell the branches of short-circuit code, and a wrong guess costs as much as several tests.
//! This code has no branch that depends on a value. A conjunction of `n` tests is `n` comparisons and
//! one `and`; any other condition reads all its tests and takes only those that a jump leads to.
//! Measured on 320 conditions of 1,327 tests, nearly half with an `||`, for 64 customers in turn, in
//! nanoseconds for all (x86-64; V8 of Node.js 20; a range is from guesses all learnt to none):
//!
//! | layout | native | V8 |
//! | --- | --- | --- |
//! | this one | 1,720 | 2,800 |
//! | one program, all as jumps without branches | 2,140 | 2,590 |
//! | one program, short-circuit branches | 1,350 to 4,300 | 1,520 to 4,700 |
//! | a vector of tests for each trigger, as here | 2,500 | 3,370 |
//! | each [`Condition`] by itself, with branches | 3,000 to 5,100 | 6,500 to 9,200 |
//!
//! With as few `||` as in `benches/conditions.rs` this layout takes 1,640 and 2,650. Branches that are
//! guessed right are faster, but that takes the same customers again and again.
//!
//! ```
//! use engine::policy::{ArchivedConditions, Condition, Conditions, Operands, Subject, Test};
//! let subject = Subject::Variable(0);
//! let test = Test { subject, low: 1_000.0, high: f64::INFINITY, pass: 1, fail: 0 };
//! let rich = Condition { tests: vec![test], ..Condition::default() };
//! let conditions = Conditions::new([&rich, &Condition::default()]).unwrap();
//! let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&conditions).unwrap();
//! let conditions = rkyv::access::<ArchivedConditions, rkyv::rancor::Error>(&bytes).unwrap();
//! let operands = Operands { variables: &[2_500.0], ..Operands::default() };
//! let (mut row, mut holds) = (Vec::new(), Vec::new());
//! conditions.each(operands, &mut row, &mut holds);
//! assert_eq!(holds, [true, false]);
//! ```

use rkyv::{Archive, Serialize};

use super::{
    condition::{Condition, Operands, Subject, Test},
    formula::{self, Op, Stack},
};

/// How many different numbers the conditions may read together.
pub const COLUMNS: usize = 1 << 16;

/// Compiled conditions, in order.
#[derive(Archive, Serialize, Clone, Debug, Default, PartialEq)]
pub struct Conditions {
    /// What is worked out first, each once.
    derived: Vec<Derived>,
    /// The tests of all.
    tests: Vec<Line>,
    /// Where each condition ends.
    ends: Vec<End>,
}

/// A number that is not a variable.
#[derive(Archive, Serialize, Clone, Debug, PartialEq)]
enum Derived {
    /// One that is asked for by name.
    Read(Subject),
    /// `left * of - right * by`, of two variables: what most comparisons of two numbers need.
    Difference {
        left: u16,
        of: f64,
        right: u16,
        by: f64,
    },
    /// Any other.
    Program(Vec<Op>),
}

/// A [`Test`], with a column in place of its subject: the derived numbers, then the variables.
#[derive(Archive, Serialize, Clone, Copy, Debug, PartialEq)]
struct Line {
    column: u16,
    pass: u16,
    fail: u16,
    low: f64,
    high: f64,
}

#[derive(Archive, Serialize, Clone, Copy, Debug, PartialEq)]
struct End {
    /// Position after the last test.
    after: u32,
    /// Whether all tests must pass.
    all: bool,
}

impl Conditions {
    /// Brings conditions together; none when they read more than [`COLUMNS`]
    /// different numbers.
    #[must_use]
    pub fn new<'a>(conditions: impl IntoIterator<Item = &'a Condition> + Clone) -> Option<Self> {
        let mut together = Self::default();
        let mut columns = Vec::new();
        for condition in conditions.clone() {
            for test in &condition.tests {
                columns.push(together.derive(condition, test.subject));
            }
        }
        let mut columns = columns.into_iter();
        let first = together.derived.len();
        for condition in conditions {
            for test in &condition.tests {
                let column = match columns.next()? {
                    Column::Variable(i) => first.checked_add(usize::from(i))?,
                    Column::Derived(i) => i,
                };
                together.tests.push(Line {
                    column: u16::try_from(column).ok()?,
                    pass: test.pass,
                    fail: test.fail,
                    low: test.low,
                    high: test.high,
                });
            }
            together.ends.push(End {
                after: u32::try_from(together.tests.len()).ok()?,
                all: all(&condition.tests),
            });
        }
        Some(together)
    }

    fn derive(&mut self, condition: &Condition, subject: Subject) -> Column {
        /// How far back a number is looked for: those alike stand near each other.
        const NEAR: usize = 64;
        let derived = match subject {
            Subject::Variable(i) => return Column::Variable(i),
            Subject::Number(i) => {
                let program = condition.numbers.get(usize::from(i));
                let program = program.map_or(&[][..], Vec::as_slice);
                difference(program).unwrap_or_else(|| Derived::Program(program.to_vec()))
            }
            subject => Derived::Read(subject),
        };
        let mut near = self.derived.iter().enumerate().rev().take(NEAR);
        let known = near.find(|(_, known)| **known == derived);
        Column::Derived(if let Some((i, _)) = known {
            i
        } else {
            self.derived.push(derived);
            self.derived.len() - 1
        })
    }
}

enum Column {
    Variable(u16),
    Derived(usize),
}

/// Whether the first failure ends it.
fn all(tests: &[Test]) -> bool {
    let leaps = tests.iter().rev().zip(0u16..);
    !tests.is_empty()
        && leaps.fold(true, |all, (test, after)| {
            all && test.fail == after && test.pass == u16::from(after == 0)
        })
}

/// `left * of - right * by` as `authoring` writes it.
fn difference(program: &[Op]) -> Option<Derived> {
    fn term(program: &[Op]) -> Option<(u16, f64, &[Op])> {
        match program {
            [
                Op::Constant(by),
                Op::Read(Subject::Variable(i)),
                Op::Multiply,
                rest @ ..,
            ]
            | [
                Op::Read(Subject::Variable(i)),
                Op::Constant(by),
                Op::Multiply,
                rest @ ..,
            ] => Some((*i, *by, rest)),
            [Op::Read(Subject::Variable(i)), rest @ ..] => Some((*i, 1.0, rest)),
            _ => None,
        }
    }
    let (left, of, rest) = term(program)?;
    let (right, by, rest) = term(rest)?;
    (rest == [Op::Subtract]).then_some(Derived::Difference {
        left,
        of,
        right,
        by,
    })
}

impl ArchivedConditions {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Writes which conditions hold, as [`ArchivedCondition::holds`] says of each, to `holds`. `row` is
    /// room to work in. Nothing is allocated when both have been used before. Every program and every
    /// test is read at most once.
    ///
    /// [`ArchivedCondition::holds`]: super::ArchivedCondition::holds
    pub fn each(&self, operands: Operands<'_>, row: &mut Vec<f64>, holds: &mut Vec<bool>) {
        let variables = operands.variables;
        let mut stack = Stack::default();
        row.clear();
        row.extend(self.derived.iter().map(|derived| match derived {
            ArchivedDerived::Difference {
                left,
                of,
                right,
                by,
            } => {
                let left = value(variables, left.to_native()) * of.to_native();
                left - value(variables, right.to_native()) * by.to_native()
            }
            ArchivedDerived::Read(subject) => operands.read(*subject),
            ArchivedDerived::Program(ops) => formula::run(ops, &operands, &mut stack),
        }));
        row.extend_from_slice(variables);
        let row = row.as_slice();
        holds.clear();
        let mut rest = self.tests.as_slice();
        let mut before = 0;
        for end in self.ends.iter() {
            let after = end.after.to_native();
            let length = after.wrapping_sub(before) as usize;
            before = after;
            let Some((tests, more)) = rest.split_at_checked(length) else {
                break;
            };
            rest = more;
            holds.push(if end.all {
                let all = tests.iter().fold(true, |all, test| all & test.passes(row));
                all & !tests.is_empty()
            } else {
                jump(tests, row)
            });
        }
        // A row that ends too early is none of ours; what it does not answer does not hold.
        holds.resize(self.ends.len(), false);
    }
}

/// Reads all tests and follows the jumps, by choosing and not by branching.
#[inline]
fn jump(tests: &[ArchivedLine], row: &[f64]) -> bool {
    let mut next = 0;
    for (at, test) in tests.iter().enumerate() {
        let leap = if test.passes(row) {
            test.pass
        } else {
            test.fail
        };
        let to = at + 1 + usize::from(leap.to_native());
        next = if at == next { to } else { next };
    }
    next == tests.len() + 1
}

impl ArchivedLine {
    #[inline]
    fn passes(&self, row: &[f64]) -> bool {
        let value = value(row, self.column.to_native());
        (self.low.to_native() <= value) & (value <= self.high.to_native())
    }
}

#[inline]
fn value(values: &[f64], i: u16) -> f64 {
    values.get(usize::from(i)).copied().unwrap_or(f64::NAN)
}
