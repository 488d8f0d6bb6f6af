//! tract (<https://github.com/sonos/tract>) at the models of R1: `bench-tract FOLDER`, where FOLDER holds what the
//! bench `r1` wrote. Each line on stdin is a question, each line on stdout its answer: the numbers that a peer
//! comes to, or how long it took (µs for one customer).
//!
//! It knows classifiers of trees only, so it reads each model as one, all in one graph.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, Write, stdin, stdout},
    path::{Path, PathBuf},
    time::Instant,
};

use serde::Deserialize;
use tract_onnx::prelude::*;

const INPUTS: usize = 32;
const HIDDEN: usize = 64;
const VARIABLES: usize = 512;

#[derive(Deserialize)]
#[serde(tag = "what", rename_all = "lowercase")]
enum Question {
    Answer {
        peer: String,
        customer: usize,
    },
    Times {
        peer: String,
        first: usize,
        rounds: usize,
        samples: usize,
    },
}

/// A model, what it reads for each customer, and whether it reads its own state again.
struct Peer {
    state: TypedSimpleState,
    given: Vec<TVec<TValue>>,
    goes_on: bool,
    is_trees: bool,
}

fn main() -> TractResult<()> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.ok_or_else(|| TractError::msg("give the folder of the models"))?;
    let mut peers = BTreeMap::from([
        ("tract trees", trees(&folder)?),
        ("tract event", network(&folder, "lstm-event.onnx", 1)?),
        (
            "tract sequence",
            network(&folder, "lstm-sequence.onnx", usize::MAX)?,
        ),
    ]);
    for line in stdin().lock().lines() {
        let answer = match serde_json::from_str(&line?)? {
            Question::Answer { peer, customer } => peer_of(&mut peers, &peer)?.answer(customer)?,
            Question::Times {
                peer,
                first,
                rounds,
                samples,
            } => peer_of(&mut peers, &peer)?.times(first, rounds, samples)?,
        };
        let mut out = stdout().lock();
        serde_json::to_writer(&mut out, &answer)?;
        writeln!(out)?;
        out.flush()?;
    }
    Ok(())
}

fn peer_of<'p>(peers: &'p mut BTreeMap<&str, Peer>, name: &str) -> TractResult<&'p mut Peer> {
    peers
        .get_mut(name)
        .ok_or_else(|| TractError::msg(format!("no peer `{name}`")))
}

impl Peer {
    fn run(&mut self, customer: usize) -> TractResult<TVec<TValue>> {
        let at = customer % self.given.len();
        let out = self.state.run(self.given[at].clone())?;
        if self.goes_on {
            self.given[at].truncate(1);
            self.given[at].extend(out.iter().cloned());
        }
        Ok(out)
    }

    fn prepare(&mut self) -> TractResult<()> {
        if self.goes_on {
            let event = self.given[0][0].clone();
            self.given[0] = tvec!(event, nothing()?, nothing()?);
        }
        Ok(())
    }

    fn answer(&mut self, customer: usize) -> TractResult<Vec<f32>> {
        self.prepare()?;
        let out = self.run(customer)?;
        if self.is_trees {
            return out.iter().map(|scores| Ok(numbers(scores)?[1])).collect();
        }
        numbers(&out[0])
    }

    fn times(&mut self, first: usize, rounds: usize, samples: usize) -> TractResult<Vec<f32>> {
        let mut times = Vec::with_capacity(samples);
        for sample in 0..samples {
            self.prepare()?;
            let start = Instant::now();
            for round in 0..rounds {
                std::hint::black_box(self.run(first + sample * rounds + round)?);
            }
            times.push(start.elapsed().as_secs_f32() * 1e6 / rounds as f32);
        }
        Ok(times)
    }
}

fn open(path: &Path) -> TractResult<TypedSimpleState> {
    let model = tract_onnx::onnx().model_for_path(path)?;
    model.into_optimized()?.into_runnable()?.spawn()
}

fn trees(folder: &Path) -> TractResult<Peer> {
    let rows = floats(&fs::read(folder.join("rows"))?);
    let given = rows.chunks_exact(VARIABLES).map(|row| {
        let row = Tensor::from_shape(&[1, VARIABLES], row)?;
        Ok(tvec!(row.into_tvalue()))
    });
    Ok(Peer {
        state: open(&folder.join("trees-classifiers.onnx"))?,
        given: given.collect::<TractResult<_>>()?,
        goes_on: false,
        is_trees: true,
    })
}

fn network(folder: &Path, file: &str, most: usize) -> TractResult<Peer> {
    let events = floats(&fs::read(folder.join("events"))?);
    let count = (events.len() / INPUTS).min(most);
    let events = Tensor::from_shape(&[count, 1, INPUTS], &events[..count * INPUTS])?;
    Ok(Peer {
        state: open(&folder.join(file))?,
        given: vec![tvec!(events.into_tvalue(), nothing()?, nothing()?)],
        goes_on: count == 1,
        is_trees: false,
    })
}

fn nothing() -> TractResult<TValue> {
    Ok(Tensor::zero::<f32>(&[1, 1, HIDDEN])?.into_tvalue())
}

fn numbers(tensor: &TValue) -> TractResult<Vec<f32>> {
    Ok(tensor.try_as_plain_ram()?.as_slice::<f32>()?.to_vec())
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    let numbers = bytes.as_chunks().0.iter().copied();
    numbers.map(f32::from_le_bytes).collect()
}
