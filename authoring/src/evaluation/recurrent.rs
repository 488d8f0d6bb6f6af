//! A small LSTM: one step an event, a dense layer, then the shares of what may come next, as the engine runs
//! it.

use std::{fmt::Write, path::Path};

use engine::models::{ArchivedModel, ArchivedRecurrent, Model, Row, State};
use rkyv::{rancor, util::AlignedVec};
use serde::Deserialize;

use super::{EvaluationError, Figures, Outcome, Task, ensemble::unpacked, figures::Tally};
use crate::{
    model::network::Weights,
    shown::{message, quoted},
};

#[derive(Deserialize)]
struct File {
    format: String,
    task: String,
    weights: Weights,
}

/// The network of one task.
pub(super) struct Network {
    /// The cells, archived.
    cells: AlignedVec,
    /// From what they say to shares, archived.
    rest: AlignedVec,
    inputs: usize,
    outputs: usize,
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

/// Predicts every journey and measures.
pub(super) fn evaluate(
    network: &Network,
    journeys: &[Journey],
    names: &[&str],
) -> Result<Outcome, EvaluationError> {
    network.fits(journeys, names.len())?;
    let cells = network.read::<ArchivedRecurrent>(&network.cells)?;
    let rest = network.read::<ArchivedModel>(&network.rest)?;
    let mut tally = Tally::default();
    let mut predictions = "journey,event,first,second,third,was,share\n".to_owned();
    let mut row = Row::default();
    for journey in journeys {
        let mut state = State::default();
        for (i, (inputs, next)) in journey.inputs.iter().zip(&journey.next).enumerate() {
            cells.advance(inputs, &mut state);
            let Some(truth) = next else {
                continue;
            };
            let said: Vec<f64> = state.hidden().iter().map(|x| f64::from(*x)).collect();
            row.fill(&said);
            let shares = rest.outputs(&mut row);
            let mut order: Vec<usize> = (0..shares.len()).collect();
            order.sort_by(|a, b| at(shares, *b).total_cmp(&at(shares, *a)));
            tally.count(shares, &order, *truth);
            let name = |rank: usize| order.get(rank).and_then(|at| names.get(*at)).unwrap_or(&"");
            let best = order.first().map_or(0.0, |first| at(shares, *first));
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
        let read: File =
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
        let network = read.weights.network(None).map_err(&wrong)?;
        let rest = Model {
            id: String::new(),
            inputs: (0..network.cells.hidden).collect(),
            missing_allowed: 0.0,
            steps: network.steps,
            output: 0,
        };
        let archive = |error: rancor::Error| wrong(error.to_string());
        Ok(Self {
            cells: rkyv::to_bytes(&network.cells).map_err(archive)?,
            rest: rkyv::to_bytes(&rest).map_err(archive)?,
            inputs: network.inputs,
            outputs: network.outputs,
            file,
        })
    }

    fn read<'a, T>(&self, archived: &'a AlignedVec) -> Result<&'a T, EvaluationError>
    where
        T: rkyv::Portable
            + for<'c> rkyv::bytecheck::CheckBytes<rkyv::api::high::HighValidator<'c, rancor::Error>>,
    {
        rkyv::access(archived).map_err(|error: rancor::Error| EvaluationError::Model {
            file: self.file.clone(),
            what: error.to_string(),
        })
    }

    fn fits(&self, journeys: &[Journey], outputs: usize) -> Result<(), EvaluationError> {
        let mut events = journeys.iter().flat_map(|journey| &journey.inputs);
        if self.outputs == outputs && events.all(|event| event.len() == self.inputs) {
            return Ok(());
        }
        Err(EvaluationError::Model {
            file: self.file.clone(),
            what: "it reads or tells other things than this task has".to_owned(),
        })
    }
}

fn at(values: &[f64], position: usize) -> f64 {
    values.get(position).copied().unwrap_or(f64::NAN)
}
