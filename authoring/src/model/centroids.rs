//! Means, scales and directions: cosine models and personas, from Nearfield's own small JSON.

use std::collections::BTreeMap;

use engine::models::{Cosine, Step};
use serde::Deserialize;

use super::{
    Imported, ModelProblem, at_most, bytes, format,
    space::{Axis, Space},
};
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
    inputs: Vec<Axis>,
    personas: Vec<Persona>,
}

/// Reads a cosine model (`nearfield-cosine/1`).
pub fn cosine(json: &[u8]) -> Result<Imported, ModelProblem> {
    let file: CosineFile = serde_json::from_slice(bytes(json)?)?;
    format(&file.format, "nearfield-cosine/1")?;
    let axes = file.inputs.into_iter().map(|input| {
        let CosineInput {
            variable,
            mean,
            scale,
            direction,
        } = input;
        let axis = Axis {
            variable,
            mean,
            scale,
        };
        (axis, direction)
    });
    let (axes, direction): (Vec<Axis>, Vec<f32>) = axes.unzip();
    let space = Space::of(axes)?;
    space.spans("direction", &direction)?;
    if direction.iter().all(|direction| *direction == 0.0) {
        let what = "every direction".to_owned();
        let remedy = "at least one must differ, or nobody is alike";
        return Err(ModelProblem::Number {
            what,
            found: "0".to_owned(),
            remedy,
        });
    }
    let cosine = Cosine {
        means: space.means,
        scales: space.scales,
        direction,
    };
    Ok(Imported {
        inputs: space.inputs,
        named: true,
        texts: Vec::new(),
        steps: vec![Step::Cosine(cosine)],
        output: 0,
        outputs: 1,
    })
}

/// Reads personas (`nearfield-personas/1`).
pub fn personas(json: &[u8]) -> Result<Centroids, ModelProblem> {
    let file: PersonasFile = serde_json::from_slice(bytes(json)?)?;
    format(&file.format, "nearfield-personas/1")?;
    at_most("personas", file.personas.len(), limits::ENTRIES)?;
    let space = Space::of(file.inputs)?;
    for persona in &file.personas {
        space.spans(&format!("centroid of `{}`", persona.id), &persona.centroid)?;
    }
    Ok(Centroids {
        inputs: space.inputs,
        means: space.means,
        scales: space.scales,
        personas: file.personas,
    })
}
