//! What a decision costs where it runs: WebAssembly instructions, time and memory, measured before
//! anything ships.
//!
//! Instructions are those of wasmtime's fuel and the same on every machine; time is this machine's. A
//! decision is timed as hosts make it: a profile is read, looked at, and all placeholders are filled.
//!
//! What one sort of part costs is measured as what a decision costs more when all parts of the sort are
//! there twice ([`authoring::cost::doubled`]). It is shared out among them by their steps, so a part's
//! figure is a fair share, no measurement of its own.

use std::time::{Duration, Instant};

use authoring::{
    SignError,
    bundle::Compiled,
    cost::{KINDS, Kind, Part, doubled},
};
use engine::bundle::Body;
use serde::Serialize;

use crate::wasm::{self, Runtime, WasmError};

/// How often a case is decided to learn its time.
const ROUNDS: usize = 15;

/// A customer to decide for: profile and context as JSON, clock, seed.
#[derive(Clone, Debug)]
pub struct Case {
    /// The case's name.
    pub name: String,
    /// The profile.
    pub profile: Vec<u8>,
    /// The context.
    pub context: Vec<u8>,
    /// The clock.
    pub at: String,
    /// The seed.
    pub seed: u64,
}

/// What a bundle costs.
#[derive(Clone, Debug, Serialize)]
pub struct Cost {
    /// Decisions that were measured.
    pub decisions: usize,
    /// Instructions of the dearest decision.
    pub fuel: u64,
    /// The case that it was.
    pub dearest: String,
    /// Milliseconds of the slowest case, the median of several rounds.
    pub milliseconds: f64,
    /// Bytes of memory of an instance that has made all decisions.
    pub memory_bytes: usize,
    /// Its parts, the dearest first.
    pub parts: Vec<PartCost>,
}

/// What a part costs in an average decision.
#[derive(Clone, Debug, Serialize)]
pub struct PartCost {
    /// The part.
    #[serde(flatten)]
    pub part: Part,
    /// Instructions: its share of those of its sort.
    pub fuel: u64,
    /// Microseconds: the same share of the time.
    pub microseconds: f64,
}

/// Why a cost cannot be told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CostError {
    /// A bundle cannot be made.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// A decision cannot be made.
    #[error(transparent)]
    Wasm(#[from] WasmError),
}

/// Fuel of every case, and how much memory they took.
struct Fuel {
    cases: Vec<u64>,
    memory: usize,
}

/// Measures a bundle over some cases; `compile` compiles it, each time alike.
pub fn measure(compile: &dyn Fn() -> Compiled, cases: &[Case]) -> Result<Cost, CostError> {
    let compiled = compile();
    let body = &compiled.body;
    let runtime = Runtime::metered()?;
    let own = fuel(&runtime, body, cases)?;
    let (fuel_most, dearest) = own
        .cases
        .iter()
        .zip(cases)
        .map(|(fuel, case)| (*fuel, case.name.clone()))
        .max()
        .unwrap_or_default();
    let (slowest, mean) = times(body, cases)?;
    let total: u64 = own.cases.iter().sum();
    let microseconds = mean.as_secs_f64() * 1e6 * number(cases.len()) / number_of(total.max(1));
    let mut parts = Vec::new();
    let all = authoring::cost::parts(&compiled);
    for kind in KINDS {
        let twice = fuel(&runtime, &doubled(compile(), compile(), kind), cases)?;
        let more = twice.cases.iter().sum::<u64>().saturating_sub(total);
        parts.extend(shares(&all, kind, more, cases.len(), microseconds));
    }
    parts.sort_by(|a, b| b.fuel.cmp(&a.fuel).then_with(|| a.part.id.cmp(&b.part.id)));
    Ok(Cost {
        decisions: cases.len(),
        fuel: fuel_most,
        dearest,
        milliseconds: slowest.as_secs_f64() * 1e3,
        memory_bytes: own.memory,
        parts,
    })
}

/// What all parts of a sort cost together, shared out by steps.
fn shares<'p>(
    all: &'p [Part],
    kind: Kind,
    fuel: u64,
    decisions: usize,
    microseconds: f64,
) -> impl Iterator<Item = PartCost> + 'p {
    let of_kind = all.iter().filter(move |part| part.kind == kind);
    let steps: usize = of_kind.clone().map(|part| part.steps).sum();
    let each = number_of(fuel) / number(decisions.max(1)) / number(steps.max(1));
    of_kind.map(move |part| {
        let fuel = each * number(part.steps);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "instructions of one decision, not negative"
        )]
        let whole = fuel.round() as u64;
        PartCost {
            part: part.clone(),
            fuel: whole,
            microseconds: fuel * microseconds,
        }
    })
}

fn open(runtime: &Runtime, body: &Body) -> Result<wasm::Engine, CostError> {
    let key = authoring::keys::development();
    let bundle = authoring::sign(body, &key)?;
    Ok(runtime.open(&bundle, &[key.verifying_key().to_bytes()])?)
}

fn fuel(runtime: &Runtime, body: &Body, cases: &[Case]) -> Result<Fuel, CostError> {
    let mut engine = open(runtime, body)?;
    // The first decision makes room to work in, which the others find.
    if let Some(case) = cases.first() {
        decide(&mut engine, case)?;
    }
    let mut fuel = Vec::with_capacity(cases.len());
    for case in cases {
        let before = engine.fuel().unwrap_or_default();
        decide(&mut engine, case)?;
        fuel.push(engine.fuel().unwrap_or_default() - before);
    }
    Ok(Fuel {
        cases: fuel,
        memory: engine.memory(),
    })
}

/// The median time of the slowest case, and of all cases the mean.
fn times(body: &Body, cases: &[Case]) -> Result<(Duration, Duration), CostError> {
    let mut engine = open(&Runtime::new()?, body)?;
    let (mut slowest, mut total) = (Duration::ZERO, Duration::ZERO);
    for case in cases {
        let mut rounds = Vec::with_capacity(ROUNDS);
        for _ in 0..ROUNDS {
            let start = Instant::now();
            decide(&mut engine, case)?;
            rounds.push(start.elapsed());
        }
        rounds.sort_unstable();
        let median = rounds.get(ROUNDS / 2).copied().unwrap_or_default();
        slowest = slowest.max(median);
        total += median;
    }
    let count = u32::try_from(cases.len().max(1)).unwrap_or(u32::MAX);
    Ok((slowest, total / count))
}

fn decide(engine: &mut wasm::Engine, case: &Case) -> Result<(), WasmError> {
    engine.decide(&case.profile, &case.context, &case.at, case.seed)?;
    Ok(())
}

fn number(count: usize) -> f64 {
    number_of(u64::try_from(count).unwrap_or(u64::MAX))
}

fn number_of(count: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "figures for people to read")]
    let number = count as f64;
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many that what they cost shows beside what the allocator takes, which is now more and now less.
    const TRIGGERS: usize = 100;

    fn compiled() -> Compiled {
        let mut compiled = Compiled::default();
        compiled.body.locales.push("en".to_owned());
        for i in 0..TRIGGERS {
            compiled.body.triggers.push(engine::bundle::Trigger {
                id: format!("trigger-{i}"),
                because: vec![engine::policy::Template::default()],
                ..engine::bundle::Trigger::default()
            });
            compiled
                .conditions
                .push(engine::policy::Condition::default());
        }
        let together = engine::policy::Conditions::new(&compiled.conditions);
        compiled.body.trigger_conditions = together.unwrap();
        compiled
    }

    #[test]
    fn fuel_is_the_same_each_time_and_shared_out_by_steps() {
        let case = Case {
            name: "nobody".to_owned(),
            profile: br#"{"schema_version": 1}"#.to_vec(),
            context: b"{}".to_vec(),
            at: "1994-03-31".to_owned(),
            seed: 0,
        };
        let cases = [case];
        let first = measure(&compiled, &cases).unwrap();
        let second = measure(&compiled, &cases).unwrap();
        assert!(first.fuel > 0 && first.memory_bytes > 0);
        assert_eq!(first.fuel, second.fuel);
        let fuel = |cost: &Cost| cost.parts.iter().map(|part| part.fuel).collect::<Vec<_>>();
        assert_eq!(fuel(&first), fuel(&second));
        assert_eq!(first.parts.len(), TRIGGERS);
        assert!(
            first
                .parts
                .iter()
                .all(|part| part.fuel == first.parts[0].fuel)
        );
        assert!(first.parts[0].fuel > 0);
    }
}
