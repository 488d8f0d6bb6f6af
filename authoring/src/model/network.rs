//! Weights of a network of LSTM cells as this project writes them (`training/proofs/recurrent.py`): plain
//! lists, matrices row by row, a row for each input; gates in the order input, forget, cell, output.

use std::collections::BTreeMap;

use engine::models::{Activation, Cell, Dense, Link, Matrix, Recurrent, Step};
use serde::Deserialize;

use crate::limits;

/// The matrices of a file, by name.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Weights(BTreeMap<String, Plain>);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain {
    rows: usize,
    values: Vec<f32>,
}

/// Cells, and what makes shares of what they say.
#[derive(Debug)]
pub(crate) struct Network {
    pub(crate) cells: Recurrent,
    pub(crate) steps: Vec<Step>,
    /// How many numbers it reads of an event.
    pub(crate) inputs: usize,
    /// How many shares it makes.
    pub(crate) outputs: usize,
}

/// ONNX has the gates in the order input, output, forget, cell.
const GATES: [usize; 4] = [0, 3, 1, 2];

impl Weights {
    /// The network, with those of its outputs only, or with all.
    pub(crate) fn network(mut self, outputs: Option<&[usize]>) -> Result<Network, String> {
        let of_input = self.layer("input", Some("bias"))?;
        let of_state = self.layer("recurrent", None)?;
        let middle = self.layer("middle", Some("middle_bias"))?;
        let mut output = self.layer("output", Some("output_bias"))?;
        let hidden = of_state.inputs;
        let fits = of_input.outputs.len() == 4 * hidden
            && of_state.outputs.len() == 4 * hidden
            && middle.inputs == hidden
            && output.inputs == middle.outputs.len();
        if !fits {
            return Err("its layers do not fit each other".to_owned());
        }
        if let Some(kept) = outputs {
            let known = output.outputs.len();
            let keep = |at: &usize| {
                let found = output.outputs.get(*at).cloned();
                found.ok_or_else(|| format!("output {at} is not there: it has {known}, from 0"))
            };
            output.outputs = kept.iter().map(keep).collect::<Result<_, _>>()?;
        }
        let cells = Recurrent {
            cell: Cell::Lstm,
            hidden: u16::try_from(hidden).map_err(|_| "it is too wide".to_owned())?,
            of_input: of_input.gates(hidden).matrix(),
            of_state: of_state.gates(hidden).matrix(),
            ..Recurrent::default()
        };
        let dense = |layer: &Layer, activation| {
            Step::Dense(Dense {
                matrix: layer.matrix(),
                activation,
            })
        };
        let steps = vec![
            dense(&middle, Activation::Relu),
            dense(&output, Activation::None),
            Step::Link(Link::Softmax),
        ];
        Ok(Network {
            cells,
            steps,
            inputs: of_input.inputs,
            outputs: output.outputs.len(),
        })
    }

    fn layer(&mut self, weights: &str, bias: Option<&str>) -> Result<Layer, String> {
        let weights = (weights, self.take(weights)?);
        let (name, plain) = weights;
        let columns = plain.values.len() / plain.rows.max(1);
        let bias = match bias {
            Some(name) => self.take(name)?.values,
            None => vec![0.0; columns],
        };
        if bias.len() != columns {
            return Err(format!("`{name}` and its bias differ in width"));
        }
        let column = |at: usize| plain.values.iter().skip(at).step_by(columns).copied();
        let outputs = bias.iter().enumerate();
        Ok(Layer {
            inputs: plain.rows,
            outputs: outputs
                .map(|(at, bias)| (column(at).collect(), *bias))
                .collect(),
        })
    }

    fn take(&mut self, name: &str) -> Result<Plain, String> {
        let found = self.0.remove(name);
        let found = found.ok_or_else(|| format!("`{name}` is missing"))?;
        if let Some(at) = found.values.iter().position(|weight| !weight.is_finite()) {
            return Err(format!("`{name}`[{at}] is not finite"));
        }
        let columns = found.values.len() / found.rows.max(1);
        let largest = found.rows.max(columns);
        let is_whole = columns > 0 && found.rows.checked_mul(columns) == Some(found.values.len());
        if !is_whole || largest > 4 * limits::UNITS {
            return Err(format!("`{name}` has no shape that is read"));
        }
        Ok(found)
    }
}

/// For each output its weights and its bias.
struct Layer {
    inputs: usize,
    outputs: Vec<(Vec<f32>, f32)>,
}

impl Layer {
    /// With the gates as the engine has them.
    fn gates(&self, hidden: usize) -> Self {
        let gate = |gate: usize| {
            self.outputs
                .iter()
                .skip(gate * hidden)
                .take(hidden)
                .cloned()
        };
        Self {
            inputs: self.inputs,
            outputs: GATES.into_iter().flat_map(gate).collect(),
        }
    }

    fn matrix(&self) -> Matrix {
        let rows: Vec<&[f32]> = self.outputs.iter().map(|(row, _)| row.as_slice()).collect();
        let bias: Vec<f32> = self.outputs.iter().map(|(_, bias)| *bias).collect();
        Matrix::new(self.inputs, &rows, &bias)
    }
}
