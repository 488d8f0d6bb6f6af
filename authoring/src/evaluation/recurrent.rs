//! A small LSTM: one step an event, a dense layer, then the shares of what may come next.
//!
//! The form is this project's own, plain lists of weights as `training/proofs/recurrent.py` makes them: gates
//! stand in the order input, forget, cell, output; a matrix is written row by row, a row for each input.

use std::{collections::BTreeMap, fmt::Write, path::Path};

use serde::Deserialize;

use super::{EvaluationError, Figures, Outcome, Task, ensemble::unpacked, figures::Tally};
use crate::{
    limits,
    shown::{message, quoted},
};

#[derive(Deserialize)]
struct File {
    format: String,
    task: String,
    weights: BTreeMap<String, Matrix>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Matrix {
    rows: usize,
    values: Vec<f32>,
}

/// Weights from a list of inputs to a list of outputs.
struct Layer {
    bias: Vec<f32>,
    rows: Vec<Vec<f32>>,
}

/// The network of one task.
pub(super) struct Network {
    input: Layer,
    recurrent: Layer,
    middle: Layer,
    output: Layer,
    hidden: usize,
    file: String,
}

/// What happened to one customer or case, ready to be read.
pub(super) struct Journey {
    /// Its name in the file.
    pub(super) name: String,
    /// After each event, the numbers that the network reads.
    pub(super) inputs: Vec<Vec<f32>>,
    /// After each event, what came next; none where nothing is asked.
    pub(super) next: Vec<Option<usize>>,
}

/// What the network remembers.
struct State {
    hidden: Vec<f32>,
    cell: Vec<f32>,
}

/// Predicts every journey and measures.
pub(super) fn evaluate(
    network: &Network,
    journeys: &[Journey],
    names: &[&str],
) -> Result<Outcome, EvaluationError> {
    network.fits(journeys, names.len())?;
    let mut tally = Tally::default();
    let mut predictions = "journey,event,first,second,third,was,share\n".to_owned();
    for journey in journeys {
        let mut state = network.rest();
        for (i, (inputs, next)) in journey.inputs.iter().zip(&journey.next).enumerate() {
            network.advance(&mut state, inputs);
            let Some(truth) = next else {
                continue;
            };
            let shares = network.shares(&state);
            let mut order: Vec<usize> = (0..shares.len()).collect();
            order.sort_by(|a, b| at(&shares, *b).total_cmp(&at(&shares, *a)));
            tally.count(&shares, &order, *truth);
            let name = |rank: usize| order.get(rank).and_then(|at| names.get(*at)).unwrap_or(&"");
            let best = order.first().map_or(0.0, |first| at(&shares, *first));
            let was = names.get(*truth).unwrap_or(&"");
            // Writing to a text cannot fail; names hold no comma.
            let _ = writeln!(
                predictions,
                "{},{},{},{},{},{was},{best}",
                journey.name,
                i + 2,
                name(0),
                name(1),
                name(2)
            );
        }
    }
    let figures = tally
        .figures(journeys.len())
        .ok_or_else(|| EvaluationError::TooShort {
            file: "the input".to_owned(),
        })?;
    Ok(Outcome {
        figures: Figures::Sequence(figures),
        predictions,
    })
}

impl Network {
    /// Reads `network.json.gz` in a folder.
    pub(super) fn open(task: Task, folder: &Path) -> Result<Self, EvaluationError> {
        let path = folder.join("network.json.gz");
        let file = message(path.display()).to_string();
        let wrong = |what: String| EvaluationError::Model {
            file: file.clone(),
            what,
        };
        let mut read: File =
            serde_json::from_slice(&unpacked(&path)?).map_err(|cause| EvaluationError::Json {
                file: file.clone(),
                cause,
            })?;
        if read.format != "nearfield-recurrent/1" || read.task != task.name() {
            return Err(wrong(format!(
                "it is `{}` of `{}`, not `nearfield-recurrent/1` of `{}`",
                quoted(&read.format),
                quoted(&read.task),
                task.name()
            )));
        }
        let mut layer = |weights: &str, bias: Option<&str>| {
            layer(&mut read.weights, weights, bias).map_err(&wrong)
        };
        let input = layer("input", Some("bias"))?;
        let recurrent = layer("recurrent", None)?;
        let middle = layer("middle", Some("middle_bias"))?;
        let output = layer("output", Some("output_bias"))?;
        let hidden = recurrent.rows.len();
        let fits = input.width() == 4 * hidden
            && recurrent.width() == 4 * hidden
            && middle.rows.len() == hidden
            && output.rows.len() == middle.width();
        if !fits {
            return Err(wrong("its layers do not fit each other".to_owned()));
        }
        Ok(Self {
            input,
            recurrent,
            middle,
            output,
            hidden,
            file,
        })
    }

    fn fits(&self, journeys: &[Journey], outputs: usize) -> Result<(), EvaluationError> {
        let inputs = self.input.rows.len();
        let mut events = journeys.iter().flat_map(|journey| &journey.inputs);
        if self.output.width() == outputs && events.all(|event| event.len() == inputs) {
            return Ok(());
        }
        Err(EvaluationError::Model {
            file: self.file.clone(),
            what: "it reads or tells other things than this task has".to_owned(),
        })
    }

    fn rest(&self) -> State {
        State {
            hidden: vec![0.0; self.hidden],
            cell: vec![0.0; self.hidden],
        }
    }

    /// Takes one event in.
    fn advance(&self, state: &mut State, inputs: &[f32]) {
        let mut gates = self.input.bias.clone();
        self.input.add(inputs, &mut gates);
        self.recurrent.add(&state.hidden, &mut gates);
        let gate = |number: usize, unit: usize| at(&gates, number * self.hidden + unit);
        for (unit, (hidden, cell)) in state.hidden.iter_mut().zip(&mut state.cell).enumerate() {
            let kept = logistic(gate(1, unit)) * *cell;
            *cell = kept + logistic(gate(0, unit)) * libm::tanhf(gate(2, unit));
            *hidden = logistic(gate(3, unit)) * libm::tanhf(*cell);
        }
    }

    /// The share of each thing that may come next.
    fn shares(&self, state: &State) -> Vec<f32> {
        let mut middle = self.middle.bias.clone();
        self.middle.add(&state.hidden, &mut middle);
        for unit in &mut middle {
            *unit = unit.max(0.0);
        }
        let mut shares = self.output.bias.clone();
        self.output.add(&middle, &mut shares);
        let most = shares.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut total = 0.0;
        for share in &mut shares {
            *share = libm::expf(*share - most);
            total += *share;
        }
        for share in &mut shares {
            *share /= total;
        }
        shares
    }
}

impl Layer {
    fn width(&self) -> usize {
        self.bias.len()
    }

    /// Adds what the inputs carry.
    fn add(&self, inputs: &[f32], sums: &mut [f32]) {
        for (input, weights) in inputs.iter().zip(&self.rows) {
            // Most inputs say yes or no, and a no adds nothing.
            if *input == 0.0 {
                continue;
            }
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum += input * weight;
            }
        }
    }
}

fn layer(
    matrices: &mut BTreeMap<String, Matrix>,
    weights: &str,
    bias: Option<&str>,
) -> Result<Layer, String> {
    let mut take = |name: &str| {
        let found = matrices
            .remove(name)
            .ok_or(format!("`{name}` is missing"))?;
        if !found.values.iter().all(|weight| weight.is_finite()) {
            return Err(format!("`{name}` has a weight that is not finite"));
        }
        let columns = found.values.len() / found.rows.max(1);
        let largest = found.rows.max(columns);
        if columns == 0 || found.rows * columns != found.values.len() || largest > 4 * limits::UNITS
        {
            return Err(format!("`{name}` has no shape that is read"));
        }
        Ok((found, columns))
    };
    let (matrix, columns) = take(weights)?;
    let bias = match bias {
        Some(name) => take(name)?.0.values,
        None => vec![0.0; columns],
    };
    if bias.len() != columns {
        return Err(format!("`{weights}` and its bias differ in width"));
    }
    let rows = matrix.values.chunks(columns).map(<[f32]>::to_vec).collect();
    Ok(Layer { bias, rows })
}

fn at(values: &[f32], position: usize) -> f32 {
    values.get(position).copied().unwrap_or(f32::NAN)
}

fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + libm::expf(-x))
}
