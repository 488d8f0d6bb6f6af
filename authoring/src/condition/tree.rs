//! Conditions as trees, and the programs made of them.

use engine::{
    limits::CONDITION_OPS,
    policy::{Op, Subject, Test},
};

/// A condition. Only brackets, `!`, `&&` and `||` nest; all else is instructions already, so the depth
/// is what the parser allows.
#[derive(Clone, Debug)]
pub(super) enum Truth {
    /// A number lies in one of some intervals, ascending, or in none; an error when it is missing.
    Within {
        subject: Vec<Op>,
        yes: Vec<Interval>,
        no: Vec<Interval>,
    },
    /// A number is there.
    Has(Vec<Op>),
    /// All of them.
    All(Vec<Truth>),
    /// Any of them.
    Any(Vec<Truth>),
    /// Not that.
    Not(Box<Truth>),
}

/// From a number to another, both included.
pub(super) type Interval = (f64, f64);

/// Every number.
const ALL: Interval = (f64::NEG_INFINITY, f64::INFINITY);
/// No number. A missing one is not in it either.
const NONE: Interval = (f64::INFINITY, f64::NEG_INFINITY);

impl Truth {
    /// Whether a number is one of those.
    pub(super) fn among(subject: Vec<Op>, mut numbers: Vec<f64>) -> Self {
        numbers.sort_unstable_by(f64::total_cmp);
        // Of the two zeros one will do: they are equal.
        numbers.dedup_by(|next, kept| *next == *kept);
        let mut yes = Vec::with_capacity(numbers.len());
        let mut no = Vec::with_capacity(numbers.len() + 1);
        let mut low = f64::NEG_INFINITY;
        for number in numbers {
            yes.push((number, number));
            no.push((low, number.next_down()));
            low = number.next_up();
        }
        no.push((low, f64::INFINITY));
        if yes.is_empty() {
            yes.push(NONE);
        }
        Self::Within { subject, yes, no }
    }

    /// Whether a number is in the interval that a comparison with a constant stands for. Of the numbers
    /// that are in `yes` or in `no`, none is in both, and every one is in one.
    pub(super) fn within(subject: Vec<Op>, yes: Interval, no: Interval) -> Self {
        Self::Within {
            subject,
            yes: vec![yes],
            no: vec![no],
        }
    }

    /// What a program says whose result is 1 or 0.
    pub(super) fn program(ops: Vec<Op>) -> Self {
        Self::within(ops, (1.0, 1.0), (0.0, 0.0))
    }

    pub(super) fn not(self) -> Self {
        match self {
            Self::Within { subject, yes, no } => Self::Within {
                subject,
                yes: no,
                no: yes,
            },
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// As instructions that leave 1, 0 or, for an error, NaN.
    pub(super) fn ops(self) -> Vec<Op> {
        let join = |parts: Vec<Truth>, op| {
            let mut ops = Vec::new();
            for (i, part) in parts.into_iter().enumerate() {
                ops.extend(part.ops());
                if i > 0 {
                    ops.push(op);
                }
            }
            ops
        };
        match self {
            Self::Within { subject, yes, .. } => {
                let mut ops = Vec::new();
                for (i, (low, high)) in yes.into_iter().enumerate() {
                    ops.extend_from_slice(&subject);
                    ops.push(Op::Within(low, high));
                    if i > 0 {
                        ops.push(Op::Or);
                    }
                    if ops.len() > CONDITION_OPS {
                        break;
                    }
                }
                ops
            }
            Self::Has(mut subject) => {
                subject.push(Op::Has);
                subject
            }
            Self::All(parts) => join(parts, Op::And),
            Self::Any(parts) => join(parts, Op::Or),
            Self::Not(inner) => {
                let mut ops = inner.ops();
                ops.push(Op::Not);
                ops
            }
        }
    }
}

/// Tests and the programs of their numbers; none when they would be too long.
pub(super) fn tests(truth: &Truth) -> Option<(Vec<Test>, Vec<Vec<Op>>)> {
    let mut writer = Writer::default();
    writer.write(truth, true, HOLDS, FAILS)?;
    writer.tests.reverse();
    Some((writer.tests, writer.numbers))
}

/// A place in the program, counted from its end: the last test is 1.
type Place = u16;

/// Just after the last test.
const FAILS: Place = 0;
/// One place farther. Places from the end cannot be negative, so the end is moved: see `Writer::leap`.
const HOLDS: Place = Place::MAX;

/// Writes tests from the last to the first, so that every place to jump to is known.
#[derive(Default)]
struct Writer {
    tests: Vec<Test>,
    numbers: Vec<Vec<Op>>,
    /// Instructions that run if all tests do.
    length: usize,
}

impl Writer {
    /// Writes that a condition is true, or that it is false when `wanted` is, and gives its entry.
    fn write(&mut self, truth: &Truth, wanted: bool, pass: Place, fail: Place) -> Option<Place> {
        match truth {
            Truth::Within { subject, yes, no } => {
                let mut fail = fail;
                for interval in if wanted { yes } else { no }.iter().rev() {
                    fail = self.test(subject, *interval, pass, fail)?;
                }
                Some(fail)
            }
            Truth::Has(subject) if wanted => self.test(subject, ALL, pass, fail),
            Truth::Has(subject) => self.test(subject, ALL, fail, pass),
            Truth::Not(inner) => self.write(inner, !wanted, pass, fail),
            Truth::All(parts) | Truth::Any(parts) => {
                let (mut pass, mut fail) = (pass, fail);
                // Not all is any not; not any is all not.
                let all = matches!(truth, Truth::All(_)) == wanted;
                for part in parts.iter().rev() {
                    let entry = self.write(part, wanted, pass, fail)?;
                    *(if all { &mut pass } else { &mut fail }) = entry;
                }
                Some(if all { pass } else { fail })
            }
        }
    }

    fn test(
        &mut self,
        subject: &[Op],
        (low, high): Interval,
        pass: Place,
        fail: Place,
    ) -> Option<Place> {
        let subject = match subject {
            [Op::Read(subject)] => *subject,
            program => {
                self.length += program.len();
                Subject::Number(self.number(program)?)
            }
        };
        if self.tests.len() >= CONDITION_OPS || self.length > CONDITION_OPS {
            return None;
        }
        let after = Place::try_from(self.tests.len()).ok()?;
        let leap = |to: Place| if to == HOLDS { after + 1 } else { after - to };
        self.tests.push(Test {
            subject,
            low,
            high,
            pass: leap(pass),
            fail: leap(fail),
        });
        Some(after + 1)
    }

    fn number(&mut self, program: &[Op]) -> Option<u16> {
        let known = self.numbers.iter().position(|known| known == program);
        let position = known.unwrap_or_else(|| {
            self.numbers.push(program.to_vec());
            self.numbers.len() - 1
        });
        u16::try_from(position).ok()
    }
}
