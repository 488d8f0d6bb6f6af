//! What formulas can come to: those that are never above 0, and those that are cut.
//!
//! Each factor of an action lies between two numbers. The formula is worked out over such ranges, as
//! interval arithmetic does (Moore 1966), which never leaves out a result that there can be: what it says
//! cannot be above 0 cannot. A range may hold more than there can be, so that a score is cut is said only
//! where the ends of the ranges themselves make one.

use engine::{
    bundle::{Action, Body, Triangulation},
    policy::{
        Op, Subject,
        triangulation::{FACTORS, SCORE},
    },
};

use super::{
    Findings, Spot, flow,
    levers::{self, values},
    name, names,
};
use crate::place::Place;

/// Factors of their own; the last two of [`FACTORS`] are products of them.
const OWN: usize = 7;

/// Where a number can lie; of what is missing for sure, nowhere.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Range {
    low: f64,
    high: f64,
    missing: bool,
}

pub(super) fn check(
    arm: &Triangulation,
    formula: Option<&Spot<String>>,
    place: &Place,
    body: &Body,
    findings: &mut Findings,
) {
    let (mut never, mut cut) = (Vec::new(), Vec::new());
    for action in &body.actions {
        let factors = factors(arm, action, body);
        let most = |factors: &[Range; OWN]| score(arm, factors).map_or(0.0, |score| score.high);
        let high = most(&factors);
        if formula.is_some() && high <= 0.0 {
            never.push(action.id.as_str());
        } else if high > SCORE && corners(&factors).any(|corner| most(&corner) > SCORE) {
            cut.push(action.id.as_str());
        }
    }
    if let Some(formula) = formula.filter(|_| !never.is_empty()) {
        let all = never.len() == body.actions.len();
        let whose = if all {
            "any action".to_owned()
        } else {
            names(never)
        };
        let message = format!(
            "the formula is never above 0 for {whose}, whoever the customer is: a score of 0 is never shown"
        );
        let remedy = "mend the formula, or the bounds of its factors";
        if all {
            findings.error("score-never-above-zero", formula.place(), message, remedy);
        } else {
            findings.warning("score-never-above-zero", formula.place(), message, remedy);
        }
    }
    if !cut.is_empty() {
        findings.warning(
            "score-cut",
            formula.map_or_else(|| place.clone(), Spot::place),
            format!(
                "the score of {} can be above {SCORE:e}, where all scores are cut to the same",
                names(cut)
            ),
            "raise `value_scale`, or narrow the bounds of the factors",
        );
    }
}

/// Says that a control group leaves nobody.
pub(super) fn control(policy: &super::Policy, findings: &mut Findings) {
    if let Some((share, withholds)) = &policy.experiments.control
        && *share >= 1.0
    {
        findings.warning(
            "control-of-all",
            withholds.place(),
            format!(
                "every customer is in the control group, so nobody ever sees group {}",
                name(withholds)
            ),
            "lower the `share` of `[control]`, e.g. to 0.1",
        );
    }
}

/// Actions whose propensity comes from a model that does not answer with shares.
pub(super) fn propensities(policy: &super::Policy, body: &Body, findings: &mut Findings) {
    for (written, action) in policy.actions.iter().zip(&body.actions) {
        let (Some(model), Some(position)) = (&written.model, action.propensity.model) else {
            continue;
        };
        let (low, high) = flow::score(body, position);
        if low < 0.0 || high > 1.0 {
            findings.warning(
                "propensity-is-no-share",
                model.place(),
                format!("model {} may answer with numbers that are not from 0 to 1, and a propensity is cut to that", name(model)),
                "take a model of probabilities, or ask for the score in a condition",
            );
        }
    }
}

/// Where each factor of an action can lie.
fn factors(arm: &Triangulation, action: &Action, body: &Body) -> [Range; OWN] {
    let mut ranges = [Range::point(1.0); OWN];
    let all = levers::factors(arm).into_iter().zip(levers::FACTORS);
    for (range, (factor, name)) in ranges.iter_mut().zip(all) {
        let values = values(name, factor, action, body, arm);
        *range = Range {
            low: values.iter().copied().fold(f64::INFINITY, f64::min),
            high: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            missing: false,
        };
    }
    ranges
}

/// All ways to take one end of each range.
fn corners(ranges: &[Range; OWN]) -> impl Iterator<Item = [Range; OWN]> + '_ {
    (0u32..1 << OWN).map(|ends| {
        let mut corner = *ranges;
        for (position, range) in (0u32..).zip(&mut corner) {
            let end = if ends & (1 << position) == 0 {
                range.low
            } else {
                range.high
            };
            *range = Range::point(end);
        }
        corner
    })
}

/// Where the score can lie; nothing for a formula that is none.
fn score(arm: &Triangulation, own: &[Range; OWN]) -> Option<Range> {
    let (need, bank) = own.split_at(4);
    let product = |parts: &[Range]| parts.iter().fold(Range::point(1.0), |a, b| a.times(*b));
    let (need, bank) = (product(need), product(bank));
    let Some(formula) = &arm.formula else {
        return Some(need.times(bank));
    };
    let mut factors = own.to_vec();
    factors.extend([need, bank]);
    debug_assert_eq!(factors.len(), FACTORS.len());
    let mut stack: Vec<Range> = Vec::new();
    for op in &formula.ops {
        let result = match *op {
            Op::Constant(value) => Range::point(value),
            Op::Read(Subject::Factor(position)) => *factors.get(usize::from(position))?,
            Op::Read(_) => Range::ANY,
            Op::Has => stack.pop()?.has(),
            Op::Within(low, high) => stack.pop()?.within(low, high),
            Op::Not => Range::point(1.0).plus(stack.pop()?.negated()),
            Op::Negate => stack.pop()?.negated(),
            Op::Select => {
                let (right, left, condition) = (stack.pop()?, stack.pop()?, stack.pop()?);
                condition.select(left, right)
            }
            binary => {
                let (right, left) = (stack.pop()?, stack.pop()?);
                left.apply(binary, right)
            }
        };
        stack.push(result);
    }
    stack.pop()
}

impl Range {
    const ANY: Self = Self {
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
        missing: true,
    };

    const TRUTH: Self = Self {
        low: 0.0,
        high: 1.0,
        missing: false,
    };

    fn point(value: f64) -> Self {
        Self {
            low: value,
            high: value,
            missing: false,
        }
        .known()
    }

    /// Without ends that are no numbers.
    fn known(self) -> Self {
        if self.low.is_nan() || self.high.is_nan() {
            Self::ANY
        } else {
            self
        }
    }

    fn missing(self, also: bool) -> Self {
        Self {
            missing: self.missing || also,
            ..self
        }
    }

    /// The range over some results; anything when one of them is no number, as of infinity times zero.
    fn of(results: &[f64], missing: bool) -> Self {
        if results.iter().any(|result| result.is_nan()) {
            return Self::ANY;
        }
        Self {
            low: results.iter().copied().fold(f64::INFINITY, f64::min),
            high: results.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            missing,
        }
    }

    fn truth(sure: Option<bool>, missing: bool) -> Self {
        let range = match sure {
            Some(holds) => Self::point(f64::from(u8::from(holds))),
            None => Self::TRUTH,
        };
        range.missing(missing)
    }

    fn has(self) -> Self {
        Self::truth((!self.missing).then_some(true), false)
    }

    fn within(self, low: f64, high: f64) -> Self {
        let sure = if self.low >= low && self.high <= high {
            Some(true)
        } else if self.high < low || self.low > high {
            Some(false)
        } else {
            None
        };
        Self::truth(sure, self.missing)
    }

    fn negated(self) -> Self {
        Self {
            low: -self.high,
            high: -self.low,
            ..self
        }
    }

    fn plus(self, other: Self) -> Self {
        let missing = self.missing || other.missing;
        Self::of(&[self.low + other.low, self.high + other.high], missing)
    }

    fn times(self, other: Self) -> Self {
        let missing = self.missing || other.missing;
        let (a, b) = (self, other);
        let ends = [
            a.low * b.low,
            a.low * b.high,
            a.high * b.low,
            a.high * b.high,
        ];
        Self::of(&ends, missing)
    }

    /// A quotient by 0 is missing; one by what comes near 0 is anything.
    fn over(self, other: Self) -> Self {
        let missing = self.missing || other.missing;
        if other.low > 0.0 || other.high < 0.0 {
            let (a, b) = (self, other);
            let ends = [
                a.low / b.low,
                a.low / b.high,
                a.high / b.low,
                a.high / b.high,
            ];
            return Self::of(&ends, missing);
        }
        if other.low == 0.0 && other.high == 0.0 {
            // Missing makes no score, as 0 does.
            return Self::point(0.0).missing(true);
        }
        // Signs that both sides have cannot be lost.
        let mut range = Self::ANY;
        if self.low >= 0.0 && other.low >= 0.0 || self.high <= 0.0 && other.high <= 0.0 {
            range.low = 0.0;
        } else if self.high <= 0.0 && other.low >= 0.0 || self.low >= 0.0 && other.high <= 0.0 {
            range.high = 0.0;
        }
        range
    }

    fn select(self, left: Self, right: Self) -> Self {
        let both = Self {
            low: left.low.min(right.low),
            high: left.high.max(right.high),
            missing: left.missing || right.missing,
        };
        let chosen = if self.low == 1.0 && self.high == 1.0 {
            left
        } else if self.high < 1.0 || self.low > 1.0 {
            right
        } else {
            both
        };
        chosen.missing(self.missing)
    }

    fn apply(self, op: Op, other: Self) -> Self {
        let missing = self.missing || other.missing;
        let below = |a: Self, b: Self, or_equal: bool| {
            let sure = if a.high < b.low || or_equal && a.high <= b.low {
                Some(true)
            } else if a.low > b.high || !or_equal && a.low >= b.high {
                Some(false)
            } else {
                None
            };
            Self::truth(sure, missing)
        };
        match op {
            Op::And | Op::Or => {
                // The deciding side decides even when the other is missing.
                let decides = f64::from(u8::from(op == Op::Or));
                let sure =
                    |side: Self| side.low == decides && side.high == decides && !side.missing;
                let never = |side: Self| side.low > decides || side.high < decides;
                if sure(self) || sure(other) {
                    Self::point(decides)
                } else if never(self) && never(other) {
                    Self::point(1.0 - decides).missing(missing)
                } else {
                    Self::TRUTH.missing(missing)
                }
            }
            Op::Equal => {
                let apart = self.high < other.low || other.high < self.low;
                let same = self.low == self.high && other.low == other.high && !apart;
                let sure = match (apart, same) {
                    (true, _) => Some(false),
                    (_, true) => Some(true),
                    _ => None,
                };
                Self::truth(sure, missing)
            }
            Op::Less => below(self, other, false),
            Op::LessEqual => below(self, other, true),
            Op::Add => self.plus(other),
            Op::Subtract => self.plus(other.negated()),
            Op::Multiply => self.times(other),
            Op::Divide => self.over(other),
            Op::Least => Self::of(
                &[self.low.min(other.low), self.high.min(other.high)],
                missing,
            ),
            Op::Greatest => Self::of(
                &[self.low.max(other.low), self.high.max(other.high)],
                missing,
            ),
            _ => Self::ANY,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn op() -> impl Strategy<Value = Op> {
        prop_oneof![
            Just(Op::And),
            Just(Op::Or),
            Just(Op::Equal),
            Just(Op::Less),
            Just(Op::LessEqual),
            Just(Op::Add),
            Just(Op::Subtract),
            Just(Op::Multiply),
            Just(Op::Divide),
            Just(Op::Least),
            Just(Op::Greatest),
        ]
    }

    /// What the engine makes of two numbers.
    fn engine(op: Op, left: f64, right: f64) -> f64 {
        let formula = engine::policy::Formula {
            ops: vec![Op::Constant(left), Op::Constant(right), op],
            ..Default::default()
        };
        let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&formula).unwrap();
        let archived =
            rkyv::access::<engine::policy::ArchivedFormula, rkyv::rancor::Error>(&bytes).unwrap();
        archived.value(engine::policy::Operands::default())
    }

    proptest! {
        /// Whatever the engine makes of two numbers lies in what is made of ranges that hold them.
        #[test]
        fn no_result_is_left_out(
            op in op(),
            ends in prop::array::uniform4(-3i8..=3),
            at in prop::array::uniform2(0.0..=1.0f64),
        ) {
            let range = |a: i8, b: i8| Range { low: f64::from(a.min(b)), high: f64::from(a.max(b)), missing: false };
            let within = |range: Range, at: f64| range.low + (range.high - range.low) * at;
            let (left, right) = (range(ends[0], ends[1]), range(ends[2], ends[3]));
            let value = engine(op, within(left, at[0]), within(right, at[1]));
            let found = left.apply(op, right);
            // `&&` and `||` are about truths only.
            let truths = matches!(op, Op::And | Op::Or);
            prop_assume!(!truths || [left, right].iter().all(|r| [0.0, 1.0].contains(&r.low) && r.low == r.high));
            if value.is_nan() {
                prop_assert!(found.missing, "{op:?} {left:?} {right:?}");
            } else {
                prop_assert!(found.low - 1e-9 <= value && value <= found.high + 1e-9, "{op:?} {left:?} {right:?}: {value} not in {found:?}");
            }
        }
    }
}
