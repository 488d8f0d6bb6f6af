//! Costs of a bundle: measured over the policy's cases, held against its budget, and printed.

use std::{fmt::Write, io, path::Path};

use authoring::{bundle::Compiled, cases, cost::KINDS, place::Spot, policy::Policy};
use harness::{
    Part, Refusal,
    cost::{self, Case, Cost, CostError},
};

use super::{Failure, output};

/// Parts that are named.
const SHOWN: usize = 10;

/// What the bundle costs, if somebody asks or a budget must be kept; an error when it costs too much.
pub fn measured(
    directory: &Path,
    policy: &Policy,
    compiled: &Compiled,
    bytes: usize,
    asked: bool,
) -> Result<Option<Cost>, Failure> {
    let budget = &policy.budget;
    if let Some(most) = &budget.bytes
        && bytes > usize::try_from(most.value).unwrap_or(usize::MAX)
    {
        let mut parts = authoring::cost::parts(compiled);
        parts.sort_by_key(|part| core::cmp::Reverse(part.bytes));
        let parts = parts
            .iter()
            .map(|part| format!("`{}` {}", part.id, part.bytes));
        return Err(over(most, "bytes", &bytes, &most.value, parts));
    }
    let is_bound =
        budget.fuel.is_some() || budget.milliseconds.is_some() || budget.memory_mib.is_some();
    if !asked && !is_bound {
        return Ok(None);
    }
    // Compiled before without a problem, it compiles again.
    let compile = || authoring::bundle::compile(policy).unwrap_or_default();
    let cost =
        cost::measure(&compile, &of_policy(directory, is_bound)?).map_err(|cause| match cause {
            CostError::Sign(cause) => Failure::Sign(cause),
            CostError::Wasm(cause) => Failure::from(cause),
            other => Failure::Call(Refusal {
                part: Part::Bundle,
                message: other.to_string(),
            }),
        })?;
    let dearest = || {
        cost.parts
            .iter()
            .map(|it| format!("`{}` {}", it.part.id, it.fuel))
    };
    let mebibytes = mebibytes(cost.memory_bytes);
    if let Some(most) = &budget.fuel
        && most.value < fuel(&cost)
    {
        return Err(over(most, "fuel", &cost.fuel, &most.value, dearest()));
    }
    if let Some(most) = &budget.milliseconds
        && most.value < cost.milliseconds
    {
        let found = format!("{:.3}", cost.milliseconds);
        return Err(over(most, "milliseconds", &found, &most.value, dearest()));
    }
    if let Some(most) = &budget.memory_mib
        && most.value < mebibytes
    {
        let found = format!("{mebibytes:.1}");
        let mut parts = authoring::cost::parts(compiled);
        parts.sort_by_key(|part| core::cmp::Reverse(part.bytes));
        let parts = parts
            .iter()
            .map(|part| format!("`{}` {} bytes", part.id, part.bytes));
        return Err(over(most, "MiB of memory", &found, &most.value, parts));
    }
    Ok(Some(cost))
}

/// For people.
pub fn text(cost: &Cost) -> String {
    let mut text = format!(
        "  a decision    at most {} instructions ({}), {:.3} ms here; {:.1} MiB of memory; over {} decisions\n  \
         parts, the dearest by name, by their share of an average decision",
        cost.fuel,
        cost.dearest,
        cost.milliseconds,
        mebibytes(cost.memory_bytes),
        cost.decisions,
    );
    for kind in KINDS {
        let of_kind = cost.parts.iter().filter(|it| it.part.kind == kind);
        let fuel: u64 = of_kind.clone().map(|it| it.fuel).sum();
        let microseconds: f64 = of_kind.clone().map(|it| it.microseconds).sum();
        let count = of_kind.count();
        let kind = format!("{kind:?}s").to_lowercase();
        _ = write!(
            text,
            "\n    all {count:>4} {kind:<36} {fuel:>8} instructions {microseconds:>8.3} µs"
        );
    }
    for part in cost.parts.iter().take(SHOWN) {
        let kind = format!("{:?}", part.part.kind).to_lowercase();
        _ = write!(
            text,
            "\n    {kind:<8} {:<32} {:>8} instructions {:>8.3} µs {:>8} bytes {:>5} steps",
            part.part.id, part.fuel, part.microseconds, part.part.bytes, part.part.steps
        );
    }
    text
}

/// The customers of the policy's cases, or an anonymous visitor where there are none. Cases may name
/// customers that are elsewhere, and a bundle does not hold cases: one that cannot be read is no reason not
/// to build, unless a budget is to be kept, which fewer customers would hold up to less.
fn of_policy(directory: &Path, is_bound: bool) -> Result<Vec<Case>, Failure> {
    let json = |bytes: Result<Vec<u8>, serde_json::Error>| bytes.map_err(io::Error::from);
    let mut all = Vec::new();
    let cases = match cases::read(directory) {
        Ok(cases) => cases,
        Err(errors) if is_bound => return Err(Failure::CostCases(errors)),
        Err(errors) => {
            if let Some(first) = errors.0.first() {
                output::complain(format!(
                    "costs are those of an anonymous visitor, as the cases cannot be read: {first}"
                ));
            }
            Vec::new()
        }
    };
    for case in cases {
        all.push(Case {
            profile: json(serde_json::to_vec(&case.profile))?,
            context: json(serde_json::to_vec(&case.context))?,
            at: case.at.to_string(),
            seed: case.seed,
            name: case.name,
        });
    }
    if all.is_empty() {
        if is_bound {
            output::complain(
                "the budget is held against an anonymous visitor only, as there are no cases: write some in tests/*.yaml",
            );
        }
        all.push(Case {
            name: "an anonymous visitor".to_owned(),
            profile: br#"{"schema_version": 1}"#.to_vec(),
            context: b"{}".to_vec(),
            at: "2000-01-01".to_owned(),
            seed: 0,
        });
    }
    Ok(all)
}

fn over<T>(
    bound: &Spot<T>,
    what: &'static str,
    found: &dyn std::fmt::Display,
    limit: &dyn std::fmt::Display,
    largest: impl Iterator<Item = String>,
) -> Failure {
    let largest: Vec<String> = largest.take(5).collect();
    Failure::Budget {
        place: bound.place().to_string(),
        what,
        found: found.to_string(),
        limit: limit.to_string(),
        largest: largest.join(", "),
    }
}

fn fuel(cost: &Cost) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a bound that people wrote in round numbers"
    )]
    let fuel = cost.fuel as f64;
    fuel
}

fn mebibytes(bytes: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a figure for people to read")]
    let bytes = bytes as f64;
    bytes / f64::from(1 << 20)
}
