//! Means, scales and directions: cosine models and personas, from Nearfield's own small JSON.

use std::collections::BTreeMap;

use engine::models::{Cosine, Step};
use serde::Deserialize;

use super::{Imported, ModelProblem, at_most, bytes, finite, inputs};
use crate::limits;

/// Personas as trained, their inputs by name.
#[derive(Debug)]
pub struct Centroids {
    /// Variables that span the space.
    pub inputs: Vec<String>,
    /// Mean of each.
    pub means: Vec<f32>,
    /// Standard deviation of each, above zero.
    pub scales: Vec<f32>,
    /// The segments.
    pub personas: Vec<Persona>,
}

/// One segment.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Persona {
    /// Its name in policies.
    pub id: String,
    /// Its name on screens, by language.
    pub title: BTreeMap<String, String>,
    /// Its centre, one number an input.
    pub centroid: Vec<f32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CosineFile {
    format: String,
    #[serde(default, rename = "provenance")]
    _provenance: serde::de::IgnoredAny,
    inputs: Vec<CosineInput>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CosineInput {
    variable: String,
    mean: f32,
    scale: f32,
    direction: f32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonasFile {
    format: String,
    #[serde(default, rename = "provenance")]
    _provenance: serde::de::IgnoredAny,
    inputs: Vec<PersonasInput>,
    personas: Vec<Persona>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonasInput {
    variable: String,
    mean: f32,
    scale: f32,
}

/// Reads a cosine model (`nearfield-cosine/1`).
pub fn cosine(json: &[u8]) -> Result<Imported, ModelProblem> {
    bytes(json)?;
    let file: CosineFile = serde_json::from_slice(json)?;
    format(&file.format, "nearfield-cosine/1")?;
    let mut cosine = Cosine::default();
    for input in &file.inputs {
        cosine.means.push(finite(
            || format!("mean of `{}`", input.variable),
            input.mean,
        )?);
        cosine.scales.push(scale(&input.variable, input.scale)?);
        let direction = finite(
            || format!("direction of `{}`", input.variable),
            input.direction,
        )?;
        cosine.direction.push(direction);
    }
    if cosine.direction.iter().all(|direction| *direction == 0.0) {
        let what = "every direction".to_owned();
        let remedy = "at least one must differ, or nobody is alike";
        return Err(ModelProblem::Number {
            what,
            found: "0".to_owned(),
            remedy,
        });
    }
    let names: Vec<String> = file
        .inputs
        .into_iter()
        .map(|input| input.variable)
        .collect();
    inputs(&names)?;
    Ok(Imported {
        inputs: names,
        named: true,
        texts: Vec::new(),
        steps: vec![Step::Cosine(cosine)],
        output: 0,
        outputs: 1,
    })
}

/// Reads personas (`nearfield-personas/1`).
pub fn personas(json: &[u8]) -> Result<Centroids, ModelProblem> {
    bytes(json)?;
    let file: PersonasFile = serde_json::from_slice(json)?;
    format(&file.format, "nearfield-personas/1")?;
    at_most("personas", file.personas.len(), limits::ENTRIES)?;
    let (mut means, mut scales) = (Vec::new(), Vec::new());
    for input in &file.inputs {
        means.push(finite(
            || format!("mean of `{}`", input.variable),
            input.mean,
        )?);
        scales.push(scale(&input.variable, input.scale)?);
    }
    for persona in &file.personas {
        let what = || format!("centroid of `{}`", persona.id);
        if persona.centroid.len() != means.len() {
            let (found, expected) = (persona.centroid.len(), means.len());
            return Err(ModelProblem::Length {
                what: what(),
                found,
                expected,
            });
        }
        for number in &persona.centroid {
            finite(what, *number)?;
        }
    }
    let names: Vec<String> = file
        .inputs
        .into_iter()
        .map(|input| input.variable)
        .collect();
    inputs(&names)?;
    Ok(Centroids {
        inputs: names,
        means,
        scales,
        personas: file.personas,
    })
}

pub(super) fn format(found: &str, expected: &'static str) -> Result<(), ModelProblem> {
    if found == expected {
        Ok(())
    } else {
        Err(ModelProblem::Unsupported {
            what: "`format`",
            found: found.to_owned(),
            expected,
        })
    }
}

pub(super) fn scale(variable: &str, number: f32) -> Result<f32, ModelProblem> {
    if number.is_finite() && number > 0.0 {
        Ok(number)
    } else {
        let (what, found) = (format!("scale of `{variable}`"), number.to_string());
        let remedy = "a standard deviation is above zero; leave out an input that never varies";
        Err(ModelProblem::Number {
            what,
            found,
            remedy,
        })
    }
}
