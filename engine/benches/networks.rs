//! How long does an LSTM of 32 inputs and 64 cells take for one new event, and for a sequence of 50? One of 43
//! inputs and 32 cells, as in the retail policies? And a
//! network of two layers of 64 over 64 inputs?
//! `cargo bench -p engine --bench networks` prints medians.
//!
//! The weights and the events are made up.
#![expect(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a bench may stop at a mistake; its numbers are small"
)]

use std::{hint::black_box, time::Instant};

use engine::models::{
    Activation, ArchivedModel, ArchivedRecurrent, Cell, Dense, Matrix, Model, Recurrent, Row,
    State, Step,
};
use rkyv::rancor::Error;

const INPUTS: usize = 32;
const HIDDEN: usize = 64;
const EVENTS: usize = 50;
const SAMPLES: usize = 1_000;
const ROUNDS: usize = 16;

fn main() {
    for (name, cell, gates, inputs, hidden) in [
        ("LSTM", Cell::Lstm, 4, INPUTS, HIDDEN),
        ("LSTM", Cell::Lstm, 4, 43, 32),
        ("GRU", Cell::GruResetAfter, 3, INPUTS, HIDDEN),
    ] {
        let layer = Recurrent {
            cell,
            hidden: u16::try_from(hidden).unwrap(),
            of_input: matrix(inputs, gates * hidden),
            of_state: matrix(hidden, gates * hidden),
            ..Recurrent::default()
        };
        let bytes = rkyv::to_bytes::<Error>(&layer).unwrap();
        let layer = rkyv::access::<ArchivedRecurrent, Error>(&bytes).unwrap();
        let events: Vec<Vec<f32>> = (0..EVENTS).map(|i| wave(i, inputs)).collect();
        let mut state = State::default();
        let one = median(|round| layer.advance(events.get(round).unwrap(), black_box(&mut state)));
        let all = median(|_| {
            state.clear();
            for event in &events {
                layer.advance(event, black_box(&mut state));
            }
        });
        println!(
            "{name} of {inputs} inputs, {hidden} cells: {one:.2} us an event, {all:.1} us for {EVENTS}"
        );
    }
    let dense = |outputs| {
        Step::Dense(Dense {
            matrix: matrix(HIDDEN, outputs),
            activation: Activation::Relu,
        })
    };
    let model = Model {
        id: "made-up".to_owned(),
        inputs: (0..).take(HIDDEN).collect(),
        missing_allowed: 0.0,
        steps: vec![dense(HIDDEN), dense(HIDDEN), dense(1)],
        output: 0,
    };
    let bytes = rkyv::to_bytes::<Error>(&model).unwrap();
    let model = rkyv::access::<ArchivedModel, Error>(&bytes).unwrap();
    let mut row = Row::default();
    row.fill(
        &wave(1, HIDDEN)
            .into_iter()
            .map(f64::from)
            .collect::<Vec<_>>(),
    );
    let time = median(|_| {
        black_box(model.score(&mut row));
    });
    println!("network of {HIDDEN}, {HIDDEN}, {HIDDEN} and 1: {time:.2} us");
}

fn matrix(inputs: usize, outputs: usize) -> Matrix {
    let rows: Vec<Vec<f32>> = (0..outputs).map(|i| wave(i, inputs)).collect();
    let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
    Matrix::new(inputs, &rows, &wave(0, outputs))
}

/// Numbers between −0.3 and 0.3.
fn wave(start: usize, count: usize) -> Vec<f32> {
    (0..count)
        .map(|i| ((start * 31 + i * 7) as f32).sin() * 0.3)
        .collect()
}

/// Median time of one call, in microseconds.
fn median(mut call: impl FnMut(usize)) -> f64 {
    let mut times: Vec<f64> = (0..SAMPLES)
        .map(|_| {
            let start = Instant::now();
            for round in 0..ROUNDS {
                call(round);
            }
            start.elapsed().as_nanos() as f64 / (1_000 * ROUNDS) as f64
        })
        .collect();
    times.sort_unstable_by(f64::total_cmp);
    *times.get(SAMPLES / 2).unwrap()
}
