//! ONNX: what scikit-learn (through skl2onnx), PyTorch and others export. A graph from its inputs to one score
//! becomes columns of the input, then steps, one after the other; branches that are made alike go side by
//! side. Anything else is refused by the name of its operator.
//!
//! The score is the first output that holds numbers with fractions; of two probabilities, the second. The
//! names of the columns are the graph's inputs, one column each, or the list of texts that the model's
//! metadata hold under `feature_names`. A column of texts is read as the place of each text among those that
//! the encoders of the graph know.
//!
//! A row is one customer: the first extent of the input, which counts customers, is taken for 1. How many
//! columns there are, its last extent, the file must say; a sequence whose length it leaves open has one event.
//!
//! A missing value that nothing fills in goes on as ONNX Runtime has it: trees send it their way, what is done with
//! each number by itself leaves it missing (`Relu`, `Tanh`, `Clip`, a scale), and a product is all missing. Sums of
//! branches, and columns taken of what a layer made, are products here, so there too all is missing.

mod columns;
mod feature;
mod graph;
mod layers;
mod patterns;
mod reading;
mod recurrent;
mod row;
mod shape;
mod stage;
mod tensor;
mod trees;
mod wire;

use std::rc::Rc;

use super::{Imported, ModelProblem, at_most, bytes};
use crate::limits;
use graph::{Graph, Node, Port};
use reading::{Columns, Reading};
use row::Made;
use stage::{Scale, Stage};
use wire::damaged;

/// Reads an ONNX model.
pub fn onnx(file: &[u8]) -> Result<Imported, ModelProblem> {
    bytes(file)?;
    let graph = Graph::read(file)?;
    let output = graph.outputs.iter().find(|output| output.fractions);
    let output = output.ok_or_else(|| damaged("no output holds numbers with fractions"))?;
    let mut reading = Reading::of(&graph)?;
    let made = reading.make(output.name)?;
    let Columns {
        names,
        named,
        texts,
    } = reading.columns()?;
    let (outputs, classes) = (made.width(), made.classes);
    for feature in &*made.features {
        let holds_texts = texts
            .get(feature.input)
            .is_some_and(|texts| !texts.is_empty());
        let name = names.get(feature.input);
        if let (true, false, Some(name)) = (holds_texts, feature.encoded(), name) {
            return Err(ModelProblem::Texts(name.chars().take(80).collect()));
        }
    }
    Ok(Imported {
        steps: steps(made, names.len())?,
        texts: if texts.iter().all(Vec::is_empty) {
            Vec::new()
        } else {
            texts
        },
        inputs: names,
        named,
        output: u16::from(classes && outputs == 2),
        outputs,
    })
}

/// The steps that make a row of one of all inputs.
fn steps(made: Made, inputs: usize) -> Result<Vec<engine::models::Step>, ModelProblem> {
    let Made {
        features, stages, ..
    } = made;
    let mut stages = stages
        .into_iter()
        .map(|stage| Rc::try_unwrap(stage).map_err(|_| damaged("a value of it is there twice")));
    let mut all = Vec::new();
    let mut rest = match stages.next().transpose()? {
        Some(Stage::Trees(trees)) => {
            if trees.is_several() {
                // The engine gives reasons of trees that come first; better none than those of a part.
                all.push(Stage::Scale(Scale::default()));
            }
            all.push(Stage::Trees(trees.rooted(&features, inputs)?));
            None
        }
        first => {
            all.extend(feature::layers(&features, inputs)?);
            first
        }
    };
    while let Some(stage) = rest.take().map(Ok).or_else(|| stages.next()).transpose()? {
        all.push(stage);
    }
    at_most("steps", all.len(), limits::STEPS)?;
    if all.is_empty() {
        return Err(damaged(
            "its score is a column of its input: there is nothing to import",
        ));
    }
    all.into_iter().map(Stage::step).collect()
}

/// The refusal of an operator, or of an attribute of it.
fn refused(node: &Node, what: &str) -> ModelProblem {
    let short = |text: &str| text.chars().take(80).collect();
    let made = || node.outputs.first().copied().unwrap_or_default();
    ModelProblem::Operator {
        operator: short(node.operator),
        node: short(if node.name.is_empty() {
            made()
        } else {
            node.name
        }),
        what: what.chars().take(200).collect(),
    }
}

/// Refuses a list of an operator whose numbers are not all finite.
fn finite(node: &Node, list: &str, numbers: &[f32]) -> Result<(), ModelProblem> {
    match numbers
        .iter()
        .enumerate()
        .find(|(_, number)| !number.is_finite())
    {
        Some((at, number)) => {
            let what = format!("{list}[{at}] is {number}: it must be a finite 32-bit number");
            Err(refused(node, &what))
        }
        None => Ok(()),
    }
}

/// The nearest 32-bit number.
#[expect(clippy::cast_possible_truncation, reason = "models count in 32 bits")]
fn narrow(number: f64) -> f32 {
    number as f32
}

/// The extents of an input for one customer.
fn extents(port: &Port) -> Vec<usize> {
    let mut dims: Vec<usize> = port.dims.iter().map(|dim| dim.unwrap_or(1)).collect();
    if let [customers, _] = dims.as_mut_slice() {
        *customers = 1;
    }
    dims
}

#[cfg(test)]
mod tests;
