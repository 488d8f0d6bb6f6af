//! What would have to change for a condition to hold: a counterfactual explanation (Wachter, Mittelstadt and
//! Russell 2017), as few numbers as possible.
//!
//! A compiled condition is a graph of tests without cycles, so the way from its start to "holds" on which the
//! fewest answers differ is a shortest path, found in one pass from the back.

use std::borrow::Cow;

use serde::Serialize;

use crate::{
    bundle::{ArchivedBody, Channel},
    limits::CONDITION_OPS,
    policy::{ArchivedCondition, ArchivedOp, ArchivedSubject, ArchivedTest, Operands},
};

/// A number that keeps a condition from holding.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Change<'b> {
    /// What it is, as conditions write it: a variable, `score.` and a model, `intent.` and an intent, `persona`,
    /// `channel`, or an expression of them.
    pub of: Cow<'b, str>,
    /// Its value; absent when it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is: Option<Level<'b>>,
    /// The values with which the condition would hold, once all its changes are made.
    pub needs: Needs<'b>,
}

/// A value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Level<'b> {
    /// In the unit of what it is a value of.
    Number(f64),
    /// A persona.
    Persona(&'b str),
    /// A channel.
    Channel(Channel),
}

/// Some values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Needs<'b> {
    /// This one.
    Equal(Level<'b>),
    /// This or more.
    AtLeast(f64),
    /// More than this.
    Above(f64),
    /// This or less.
    AtMost(f64),
    /// Less than this.
    Below(f64),
    /// The first, the second, or between them.
    Between(f64, f64),
    /// Any.
    Present,
    /// None.
    Missing,
    /// Another one.
    Other,
}

/// What the tests on a way ask of one number.
#[derive(Clone, Copy)]
struct Demand {
    low: f64,
    high: f64,
    /// It must not be there at all.
    missing: bool,
}

/// The fewest changes with which a condition holds; none when it holds, or when what they ask of one number
/// contradicts itself.
pub(crate) fn changes<'b>(
    condition: &'b ArchivedCondition,
    operands: Operands<'_>,
    body: &'b ArchivedBody,
) -> Vec<Change<'b>> {
    let mut way = steps(condition, operands);
    if !shorten(&mut way) {
        return Vec::new();
    }
    let mut changes = Vec::new();
    for (position, step) in way.iter().enumerate() {
        let asked = way.iter().filter(|other| other.subject == step.subject);
        let mut before = way.iter().take(position);
        let is_known = before.any(|other| other.differs && other.subject == step.subject);
        if !step.differs || is_known {
            continue;
        }
        let Some(demand) = demand(step.value, asked) else {
            return Vec::new();
        };
        changes.push(change(condition, step, demand, body));
    }
    changes
}

/// Leaves the tests on the way from the start to "holds" on which the fewest answers differ; `false` when there is
/// no way.
fn shorten(steps: &mut Vec<Step>) -> bool {
    let end = steps.len();
    // Who leaps just past the last fails and has no way on; who leaps one farther holds.
    let cost = |steps: &[Step], to: usize| match steps.get(to) {
        Some(step) => step.fewest,
        None if to == end + 1 => 0,
        None => u32::MAX,
    };
    for at in (0..end).rev() {
        let Some((kept, changed)) = steps.get(at).map(Step::ways) else {
            break;
        };
        let kept = cost(steps, at + 1 + kept);
        let changed = cost(steps, at + 1 + changed).saturating_add(1);
        if let Some(step) = steps.get_mut(at) {
            (step.fewest, step.differs) = (kept.min(changed), changed < kept);
        }
    }
    if cost(steps, 0) == u32::MAX {
        return false;
    }
    let (mut at, mut next) = (0, 0);
    steps.retain(|step| {
        let on_way = at == next;
        if on_way {
            let (kept, changed) = step.ways();
            next += 1 + if step.differs { changed } else { kept };
        }
        at += 1;
        on_way
    });
    true
}

/// One test, with the number that it asks about.
struct Step {
    subject: ArchivedSubject,
    value: f64,
    low: f64,
    high: f64,
    pass: usize,
    fail: usize,
    /// How many answers must differ from here on, and whether this one is of them.
    fewest: u32,
    differs: bool,
}

fn steps(condition: &ArchivedCondition, operands: Operands<'_>) -> Vec<Step> {
    let mut allowance = CONDITION_OPS;
    let step = |test: &ArchivedTest| Step {
        subject: test.subject,
        value: condition.value(test.subject, &operands, &mut allowance),
        low: test.low.to_native(),
        high: test.high.to_native(),
        pass: usize::from(test.pass.to_native()),
        fail: usize::from(test.fail.to_native()),
        fewest: u32::MAX,
        differs: false,
    };
    condition.tests.iter().map(step).collect()
}

impl Step {
    fn passes(&self) -> bool {
        self.low <= self.value && self.value <= self.high
    }

    /// Whether it passes on the way.
    fn must_pass(&self) -> bool {
        self.passes() != self.differs
    }

    /// How far it leaps with the answer that it gives, and with the other.
    fn ways(&self) -> (usize, usize) {
        if self.passes() {
            (self.pass, self.fail)
        } else {
            (self.fail, self.pass)
        }
    }
}

/// What is asked of a number by all tests on the way that read it; nothing when no value would do.
fn demand<'s>(value: f64, asked: impl Iterator<Item = &'s Step> + Clone) -> Option<Demand> {
    let mut demand = Demand {
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
        missing: false,
    };
    let mut present = false;
    for step in asked.clone().filter(|step| step.must_pass()) {
        present = true;
        demand.low = demand.low.max(step.low);
        demand.high = demand.high.min(step.high);
    }
    for step in asked.filter(|step| !step.must_pass()) {
        let under = step.low > demand.low;
        let over = step.high < demand.high;
        if under && (!over || value < step.low) {
            demand.high = demand.high.min(step.low.next_down());
        } else if over {
            demand.low = demand.low.max(step.high.next_up());
        } else {
            demand.missing = true;
        }
    }
    let contradicts = if demand.missing {
        present
    } else {
        demand.low > demand.high
    };
    (!contradicts).then_some(demand)
}

fn change<'b>(
    condition: &'b ArchivedCondition,
    step: &Step,
    demand: Demand,
    body: &'b ArchivedBody,
) -> Change<'b> {
    let level = |number| level(step.subject, number, body);
    let Demand { low, high, missing } = demand;
    let needs = if missing {
        Needs::Missing
    } else if low == high {
        Needs::Equal(level(low))
    } else if matches!(
        step.subject,
        ArchivedSubject::Persona | ArchivedSubject::Channel
    ) {
        Needs::Other
    } else if low == f64::NEG_INFINITY && high == f64::INFINITY {
        Needs::Present
    } else if high == f64::INFINITY {
        rounder(low, low.next_down()).map_or(Needs::AtLeast(low), Needs::Above)
    } else if low == f64::NEG_INFINITY {
        rounder(high, high.next_up()).map_or(Needs::AtMost(high), Needs::Below)
    } else {
        Needs::Between(low, high)
    };
    Change {
        of: name(condition, step.subject, body),
        is: (!step.value.is_nan()).then(|| level(step.value)),
        needs,
    }
}

/// The neighbour of a bound when that is what somebody wrote: `v > 5` is compiled to "5.000000000000001 or more".
fn rounder(bound: f64, neighbour: f64) -> Option<f64> {
    let digits = |number: f64| number.to_string().len();
    (digits(neighbour) < digits(bound)).then_some(neighbour)
}

fn level(subject: ArchivedSubject, number: f64, body: &ArchivedBody) -> Level<'_> {
    let level = match subject {
        ArchivedSubject::Persona => {
            let mut personas = (0u16..).zip(body.personas.personas.iter());
            let found = personas.find(|(position, _)| f64::from(*position) == number);
            found.map(|(_, persona)| Level::Persona(&persona.id))
        }
        ArchivedSubject::Channel => {
            let found = Channel::ALL.into_iter().find(|c| c.number() == number);
            found.map(Level::Channel)
        }
        _ => None,
    };
    level.unwrap_or(Level::Number(number))
}

fn name<'b>(
    condition: &ArchivedCondition,
    subject: ArchivedSubject,
    body: &'b ArchivedBody,
) -> Cow<'b, str> {
    match subject {
        ArchivedSubject::Variable(i) => {
            let variable = body.variables.get(usize::from(i.to_native()));
            variable
                .map_or("", |variable| variable.name.as_str())
                .into()
        }
        ArchivedSubject::Score(i) => {
            let model = body.models.get(usize::from(i.to_native()));
            member("score", model.map_or("", |model| &model.id))
        }
        ArchivedSubject::Intent(i) => {
            let intent = body.intents.get(usize::from(i.to_native()));
            member("intent", intent.map_or("", |intent| &intent.id))
        }
        ArchivedSubject::Persona => "persona".into(),
        ArchivedSubject::Channel => "channel".into(),
        // Conditions have no factors.
        ArchivedSubject::Factor(_) => "".into(),
        ArchivedSubject::Number(i) => {
            let program = condition.numbers.get(usize::from(i.to_native()));
            let ops: &[ArchivedOp] = program.map_or(&[], |ops| ops);
            expression(ops, |subject| name(condition, subject, body)).into()
        }
    }
}

/// As conditions write it.
fn member(of: &str, id: &str) -> Cow<'static, str> {
    format!("{of}.{}", id.replace('-', "_")).into()
}

/// A program as CEL: what it was compiled from, or the same in other words.
fn expression<'b>(ops: &[ArchivedOp], name: impl Fn(ArchivedSubject) -> Cow<'b, str>) -> String {
    let mut stack: Vec<String> = Vec::new();
    for op in ops {
        let mut pop = || stack.pop().unwrap_or_default();
        let text = match *op {
            ArchivedOp::Constant(value) => value.to_native().to_string(),
            // A number within a number is none.
            ArchivedOp::Read(ArchivedSubject::Number(_)) => String::new(),
            ArchivedOp::Read(subject) => name(subject).into_owned(),
            ArchivedOp::Has => format!("has({})", pop()),
            ArchivedOp::Not => format!("!{}", pop()),
            ArchivedOp::Negate => format!("-{}", pop()),
            ArchivedOp::Within(low, high) => {
                let value = pop();
                format!("({low} <= {value} && {value} <= {high})")
            }
            ArchivedOp::Select => {
                let (right, left, test) = (pop(), pop(), pop());
                format!("({test} ? {left} : {right})")
            }
            binary => {
                let (right, left) = (pop(), pop());
                let sign = match binary {
                    ArchivedOp::Least => {
                        stack.push(format!("math.least({left}, {right})"));
                        continue;
                    }
                    ArchivedOp::Greatest => {
                        stack.push(format!("math.greatest({left}, {right})"));
                        continue;
                    }
                    ArchivedOp::And => "&&",
                    ArchivedOp::Or => "||",
                    ArchivedOp::Equal => "==",
                    ArchivedOp::Less => "<",
                    ArchivedOp::LessEqual => "<=",
                    ArchivedOp::Add => "+",
                    ArchivedOp::Subtract => "-",
                    ArchivedOp::Multiply => "*",
                    _ => "/",
                };
                format!("({left} {sign} {right})")
            }
        };
        stack.push(text);
    }
    stack.pop().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        reason = "a failed test may say so bluntly"
    )]

    use proptest::prelude::*;
    use rkyv::rancor;

    use super::*;
    use crate::{
        bundle::{Body, Variable},
        policy::{Condition, Op, Subject, Test},
        variables::Measure,
    };

    fn archived<T>(value: &T) -> rkyv::util::AlignedVec
    where
        T: for<'a> rkyv::Serialize<
                rkyv::api::high::HighSerializer<
                    rkyv::util::AlignedVec,
                    rkyv::ser::allocator::ArenaHandle<'a>,
                    rancor::Error,
                >,
            >,
    {
        rkyv::to_bytes::<rancor::Error>(value).unwrap()
    }

    fn read<R>(
        condition: &Condition,
        variables: &[f64],
        then: impl FnOnce(&ArchivedCondition, Operands<'_>, &ArchivedBody) -> R,
    ) -> R {
        let variable = |i: usize| Variable {
            name: format!("v{i}"),
            measure: Measure::DaysKnown,
            purpose: 0,
            unit: crate::bundle::Unit::Number,
            label: Vec::new(),
        };
        let body = Body {
            variables: (0..variables.len()).map(variable).collect(),
            ..Body::default()
        };
        let (condition, body) = (archived(condition), archived(&body));
        let condition = rkyv::access::<ArchivedCondition, rancor::Error>(&condition).unwrap();
        let body = rkyv::access::<ArchivedBody, rancor::Error>(&body).unwrap();
        let operands = Operands {
            variables,
            ..Operands::default()
        };
        then(condition, operands, body)
    }

    fn said(condition: &Condition, variables: &[f64]) -> String {
        read(condition, variables, |condition, operands, body| {
            serde_json::to_string(&changes(condition, operands, body)).unwrap()
        })
    }

    fn test(variable: u16, low: f64, high: f64, pass: u16, fail: u16) -> Test {
        let subject = Subject::Variable(variable);
        Test {
            subject,
            low,
            high,
            pass,
            fail,
        }
    }

    const END: f64 = f64::INFINITY;

    #[test]
    fn the_shorter_way_is_named() {
        // v0 > 5 && v1 <= 3 || v2 in 10..20
        let condition = Condition {
            tests: vec![
                test(0, 5.0_f64.next_up(), END, 0, 1),
                test(1, -END, 3.0, 2, 0),
                test(2, 10.0, 20.0, 1, 0),
            ],
            ..Condition::default()
        };
        assert_eq!(
            said(&condition, &[4.0, 7.0, 25.0]),
            r#"[{"of":"v2","is":25.0,"needs":{"between":[10.0,20.0]}}]"#
        );
        // Of two ways as short, the one that keeps the earlier answers.
        assert_eq!(
            said(&condition, &[f64::NAN, 2.0, 9.0]),
            r#"[{"of":"v2","is":9.0,"needs":{"between":[10.0,20.0]}}]"#
        );
        assert_eq!(said(&condition, &[6.0, 2.0, f64::NAN]), "[]");
        let first = Condition {
            tests: vec![test(0, 5.0_f64.next_up(), END, 1, 0)],
            ..Condition::default()
        };
        assert_eq!(
            said(&first, &[f64::NAN]),
            r#"[{"of":"v0","needs":{"above":5.0}}]"#
        );
    }

    #[test]
    fn all_that_is_asked_of_one_number_counts() {
        // v0 > 10 && v0 < 20 && !has(v1)
        let condition = Condition {
            tests: vec![
                test(0, 10.0_f64.next_up(), END, 0, 2),
                test(0, -END, 20.0_f64.next_down(), 0, 1),
                test(1, -END, END, 0, 1),
            ],
            ..Condition::default()
        };
        assert_eq!(
            said(&condition, &[4.0, 1.0]),
            r#"[{"of":"v0","is":4.0,"needs":{"between":[10.000000000000002,19.999999999999996]}},{"of":"v1","is":1.0,"needs":"missing"}]"#
        );
    }

    #[test]
    fn expressions_are_written_as_conditions_write_them() {
        let ops = vec![
            Op::Read(Subject::Variable(0)),
            Op::Constant(2.0),
            Op::Read(Subject::Variable(1)),
            Op::Multiply,
            Op::Subtract,
        ];
        let subject = Subject::Number(0);
        let condition = Condition {
            tests: vec![Test {
                subject,
                low: 0.0,
                high: END,
                pass: 1,
                fail: 0,
            }],
            numbers: vec![ops],
            ..Condition::default()
        };
        assert_eq!(
            said(&condition, &[1.0, 3.0]),
            r#"[{"of":"(v0 - (2 * v1))","is":-5.0,"needs":{"at-least":0.0}}]"#
        );
    }

    /// The fewest tests that must answer otherwise, by trying every way.
    fn fewest(condition: &Condition, variables: &[f64], at: usize) -> Option<usize> {
        let Some(test) = condition.tests.get(at) else {
            return (at == condition.tests.len() + 1).then_some(0);
        };
        let Subject::Variable(i) = test.subject else {
            panic!("these have variables only");
        };
        let passes = (test.low..=test.high).contains(&variables[usize::from(i)]);
        let on = |leap: u16| fewest(condition, variables, at + 1 + usize::from(leap));
        let pass = on(test.pass).map(|n| n + usize::from(!passes));
        let fail = on(test.fail).map(|n| n + usize::from(passes));
        pass.into_iter().chain(fail).min()
    }

    fn tests() -> impl Strategy<Value = Vec<Test>> {
        let one = (0..6u16, -9..9i8, -9..9i8, 0..4u16, 0..4u16);
        proptest::collection::vec(one, 1..9).prop_map(|all| {
            let count = all.len();
            let test = |(at, (i, low, span, pass, fail)): (usize, (u16, i8, i8, u16, u16))| {
                // Nobody leaps past the place where a condition holds.
                let most = u16::try_from(count - at).unwrap();
                let low = if low < -6 { -END } else { f64::from(low) };
                let high = if span < 0 {
                    END
                } else {
                    low.max(-6.0) + f64::from(span)
                };
                test(i, low, high, pass.min(most), fail.min(most))
            };
            all.into_iter().enumerate().map(test).collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn with_the_changes_it_holds(
            tests in tests(),
            values in proptest::collection::vec(prop_oneof![1 => Just(f64::NAN), 6 => -9.0..9.0f64], 6),
        ) {
            let condition = Condition { tests, ..Condition::default() };
            let least = fewest(&condition, &values, 0);
            let (holds, changed) = read(&condition, &values, |condition, operands, body| {
                let mut changed = values.clone();
                let all = changes(condition, operands, body);
                for change in &all {
                    let i: usize = change.of.trim_start_matches('v').parse().unwrap();
                    changed[i] = match change.needs {
                        Needs::Equal(Level::Number(v)) | Needs::AtLeast(v) | Needs::AtMost(v) => v,
                        Needs::Above(v) => v.next_up(),
                        Needs::Below(v) => v.next_down(),
                        Needs::Between(low, high) => low / 2.0 + high / 2.0,
                        Needs::Present => 0.0,
                        Needs::Missing => f64::NAN,
                        _ => panic!("{change:?}"),
                    };
                }
                let now = Operands { variables: &changed, ..operands };
                prop_assert!(all.is_empty() || condition.holds(now), "{all:?}");
                // One number may answer several tests.
                prop_assert!(all.len() <= least.unwrap_or(0));
                Ok((condition.holds(operands), all.len()))
            })?;
            prop_assert_eq!(holds, least == Some(0));
            prop_assert!(!holds || changed == 0);
        }
    }
}
