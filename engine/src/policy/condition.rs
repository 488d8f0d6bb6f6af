//! Conditions: tests with jumps, read in place.
//!
//! `authoring` compiles CEL to tests. A test asks whether a value lies between two numbers, both
//! included, and says where to go on in either case. NaN is *missing*: it lies between no numbers, so a
//! comparison with a missing value is false.
//!
//! # Why that is what CEL means
//! In CEL a comparison with a missing value is an error; `&&` and `||` absorb an error when the other
//! side decides; `!` of an error is an error; and here a condition that ends in an error does not hold.
//! So a condition has one of three values T, F, E, and `&&`, `||`, `!` are those of Kleene's
//! three-valued logic. De Morgan's laws and double negation hold there, so every condition can be
//! written with `!` at the comparisons only, and `!(a < b)` is `a >= b`: both are E when a value is
//! missing. Let *h* take T to T, and F and E to F. Then `h(a && b) = h(a) && h(b)` and
//! `h(a || b) = h(a) || h(b)`: a conjunction is T only if both sides are, a disjunction if one is.
//! So *h* of the whole, which is "it holds", follows from *h* of its comparisons, and two values do.
//!
//! Each comparison has an interval or a few: `v > 5` is from the next double above 5 to infinity,
//! `v != 5` is below or above, `v in [1, 2]` is 1 or 2. `has(v)` is from −∞ to +∞, and since it is never
//! an error, `!has(v)` is the same test with its ways exchanged.
//!
//! # Bounds
//! Jumps are counted from the next test onward, so each test runs at most once, and a condition ends
//! after at most as many steps as it has tests. Numbers that must be computed first share one allowance
//! of [`CONDITION_OPS`] instructions. A program that is none does not hold.
//!
//! Many conditions at once: [`Conditions`](super::Conditions), which is faster and says the same.

use rkyv::{Archive, Serialize};

use super::formula::{self, ArchivedOp, Op};
use crate::{bundle::Channel, limits::CONDITION_OPS};

/// A compiled condition.
#[derive(Archive, Serialize, Clone, Debug, Default, PartialEq)]
pub struct Condition {
    /// The tests, entered at the first. Who jumps to the place just after the last fails, to one place
    /// farther, holds.
    pub tests: Vec<Test>,
    /// Programs of the numbers that tests compute.
    pub numbers: Vec<Vec<Op>>,
    /// The CEL text it came from.
    pub source: String,
    /// Positions of the variables that it reads, ascending, each once.
    pub variables: Vec<u16>,
}

/// A question about one number, and where each answer leads.
#[derive(Archive, Serialize, Clone, Copy, Debug, PartialEq)]
pub struct Test {
    /// The number asked about.
    pub subject: Subject,
    /// The least value that passes.
    pub low: f64,
    /// The greatest value that passes.
    pub high: f64,
    /// How many tests to leap over when it passes.
    pub pass: u16,
    /// How many tests to leap over when it does not.
    pub fail: u16,
}

/// A number that conditions and formulas may ask for.
#[derive(Archive, Serialize, Clone, Copy, Debug, PartialEq)]
#[rkyv(derive(Clone, Copy, PartialEq))]
pub enum Subject {
    /// The variable in that position.
    Variable(u16),
    /// The score in that position.
    Score(u16),
    /// The strength of the intent in that position.
    Intent(u16),
    /// The factor in that position.
    Factor(u16),
    /// The position of the customer's persona.
    Persona,
    /// The number of the request's channel.
    Channel,
    /// The position of the cause that raised the score of the model in that position most.
    Cause(u16),
    /// The result of the program in that position of [`Condition::numbers`]; missing in a program.
    Number(u16),
}

/// What conditions and formulas read. What is not there is missing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Operands<'a> {
    /// Values of the bundle's variables, NaN when missing.
    pub variables: &'a [f64],
    /// The bundle's scores, NaN when missing.
    pub scores: &'a [f64],
    /// For each of the bundle's models the position of the cause that raised its score most, NaN when missing.
    pub causes: &'a [f64],
    /// Strengths of the bundle's intents, 0 to 1.
    pub intents: &'a [f64],
    /// Factors that a formula weighs; their names are the caller's.
    pub factors: &'a [f64],
    /// Position of the customer's persona.
    pub persona: Option<u16>,
    /// The request's channel, when it named one.
    pub channel: Option<Channel>,
}

impl ArchivedCondition {
    /// Whether the condition holds; missing counts as no, and so does a program that is not one.
    pub fn holds(&self, operands: Operands<'_>) -> bool {
        let mut allowance = CONDITION_OPS;
        let mut at = 0;
        while let Some(test) = self.tests.get(at) {
            let value = self.value(test.subject, &operands, &mut allowance);
            let passes = (test.low.to_native() <= value) & (value <= test.high.to_native());
            let leap = if passes { test.pass } else { test.fail };
            at += 1 + usize::from(leap.to_native());
        }
        at == self.tests.len() + 1
    }

    /// The number that a test asks about. Programs run as long as the allowance lasts.
    #[inline]
    pub(crate) fn value(
        &self,
        subject: ArchivedSubject,
        operands: &Operands<'_>,
        allowance: &mut usize,
    ) -> f64 {
        match subject {
            ArchivedSubject::Variable(i) => read(operands.variables, i.to_native()),
            subject => self.other(subject, operands, allowance),
        }
    }

    #[cold]
    fn other(
        &self,
        subject: ArchivedSubject,
        operands: &Operands<'_>,
        allowance: &mut usize,
    ) -> f64 {
        let ArchivedSubject::Number(i) = subject else {
            return operands.read(subject);
        };
        let program = self.numbers.get(usize::from(i.to_native()));
        let ops: &[ArchivedOp] = program.map_or(&[], |ops| ops);
        let Some(left) = allowance.checked_sub(ops.len()) else {
            return f64::NAN;
        };
        *allowance = left;
        formula::run(ops, operands, &mut formula::Stack::default())
    }
}

impl Operands<'_> {
    pub(super) fn read(&self, subject: ArchivedSubject) -> f64 {
        match subject {
            ArchivedSubject::Variable(i) => read(self.variables, i.to_native()),
            ArchivedSubject::Score(i) => read(self.scores, i.to_native()),
            ArchivedSubject::Intent(i) => read(self.intents, i.to_native()),
            ArchivedSubject::Cause(i) => read(self.causes, i.to_native()),
            ArchivedSubject::Factor(i) => read(self.factors, i.to_native()),
            ArchivedSubject::Persona => self.persona.map_or(f64::NAN, f64::from),
            ArchivedSubject::Channel => self.channel.map_or(f64::NAN, Channel::number),
            ArchivedSubject::Number(_) => f64::NAN,
        }
    }
}

fn read(values: &[f64], i: u16) -> f64 {
    values.get(usize::from(i)).copied().unwrap_or(f64::NAN)
}
