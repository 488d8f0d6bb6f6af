//! Journeys: the steps that active customers took and in which order, from Nearfield's own JSON.

use std::collections::BTreeMap;

use engine::{
    limits::MILESTONES,
    models::{Cosine, TENTHS},
};
use serde::Deserialize;

use super::{
    ModelProblem, at_most, bytes, finite, format,
    sequence::{Titled, names},
    space::{Axis, Space},
};

/// A journey as learnt, its variables by name.
#[derive(Debug)]
pub struct ImportedJourney {
    /// The variables that likeness is about.
    pub inputs: Vec<String>,
    /// How much likeness counts.
    pub sharpness: f32,
    /// The least share with which a step is planned.
    pub least: f32,
    /// The variable that counts the days since the journey began.
    pub began: String,
    /// The steps.
    pub steps: Vec<ImportedMilestone>,
    /// For each step taken last, the first row for none, the share that takes each step next.
    pub shares: Vec<f32>,
    /// The same for the weeks that it took them, by tenths.
    pub waits: Vec<[f32; TENTHS]>,
}

/// A step of it.
#[derive(Debug)]
pub struct ImportedMilestone {
    /// What its score is called.
    pub score: Titled,
    /// The variable that counts the days since it was taken first.
    pub since: String,
    /// Those who took it next.
    pub alike: Cosine,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    #[serde(default, rename = "provenance")]
    _provenance: serde::de::IgnoredAny,
    began: String,
    sharpness: f32,
    least: f32,
    inputs: Vec<Axis>,
    steps: Vec<Step>,
    next: Vec<Next>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    id: String,
    title: BTreeMap<String, String>,
    since: String,
    direction: Vec<f32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Next {
    #[serde(default)]
    after: Option<String>,
    step: String,
    share: f32,
    weeks: Vec<f32>,
    #[serde(default, rename = "customers")]
    _customers: serde::de::IgnoredAny,
}

/// Reads a journey (`nearfield-journey/1`).
///
/// # Errors
/// The file is not of that form, or its parts do not fit each other.
pub fn journey(json: &[u8]) -> Result<ImportedJourney, ModelProblem> {
    let file: File = serde_json::from_slice(bytes(json)?)?;
    format(&file.format, "nearfield-journey/1")?;
    at_most("steps", file.steps.len(), MILESTONES)?;
    let (shares, waits) = table(&file)?;
    let space = Space::of(file.inputs)?;
    let mut steps = Vec::new();
    for step in file.steps {
        space.spans(&format!("direction of `{}`", step.id), &step.direction)?;
        steps.push(ImportedMilestone {
            score: Titled {
                id: step.id,
                title: step.title,
            },
            since: step.since,
            alike: Cosine {
                means: space.means.clone(),
                scales: space.scales.clone(),
                direction: step.direction,
            },
        });
    }
    names(steps.iter().map(|step| &step.score))?;
    let within = |what: &str, number: f32, most: f32| bounded(|| what.to_owned(), number, most);
    Ok(ImportedJourney {
        inputs: space.inputs,
        sharpness: within("`sharpness`", file.sharpness, 20.0)?,
        least: within("`least`", file.least, 1.0)?,
        began: file.began,
        steps,
        shares,
        waits,
    })
}

/// Shares and weeks, a row for each step taken last.
fn table(file: &File) -> Result<(Vec<f32>, Vec<[f32; TENTHS]>), ModelProblem> {
    let width = file.steps.len();
    let place = |id: &str| {
        let found = file.steps.iter().position(|step| step.id == id);
        found.ok_or_else(|| ModelProblem::ScoreName(id.chars().take(80).collect()))
    };
    let mut shares = vec![0.0f32; (width + 1) * width];
    let mut waits = vec![[0.0f32; TENTHS]; shares.len()];
    for next in &file.next {
        let row = match &next.after {
            Some(after) => place(after)? + 1,
            None => 0,
        };
        let at = row * width + place(&next.step)?;
        let what = || format!("share of `{}`", next.step);
        if let (Some(share), Some(waits)) = (shares.get_mut(at), waits.get_mut(at)) {
            *share += bounded(what, next.share, 1.0)?;
            *waits = weeks(next)?;
        }
    }
    for row in shares.chunks(width.max(1)) {
        let all: f32 = row.iter().sum();
        // Shares are written with a few digits.
        bounded(
            || "the sum of shares after one step".to_owned(),
            all - 1e-3,
            1.0,
        )?;
    }
    Ok((shares, waits))
}

/// Eleven numbers, ascending.
fn weeks(next: &Next) -> Result<[f32; TENTHS], ModelProblem> {
    let what = || format!("weeks of `{}`", next.step);
    let waits: [f32; TENTHS] = next.weeks.as_slice().try_into().map_err(|_| {
        let (found, expected) = (next.weeks.len(), TENTHS);
        ModelProblem::Length {
            what: what(),
            each: "tenth of the customers and the most",
            found,
            expected,
        }
    })?;
    let mut before = 0.0;
    for wait in waits {
        bounded(what, wait, 520.0)?;
        if wait < before {
            return Err(ModelProblem::Number {
                what: what(),
                found: wait.to_string(),
                remedy: "they ascend, a tenth of the customers between two of them",
            });
        }
        before = wait;
    }
    Ok(waits)
}

fn bounded(what: impl Fn() -> String, number: f32, most: f32) -> Result<f32, ModelProblem> {
    let number = finite(&what, number)?;
    if number > most || number < -1e-3 {
        return Err(ModelProblem::Number {
            what: what(),
            found: number.to_string(),
            remedy: "shares are 0 to 1 and all after one step at most 1, weeks 0 to 520, the sharpness 0 to 20",
        });
    }
    Ok(number)
}
