//! A made-up LSTM.

use engine::models::{Activation, Cell, Dense, Matrix, Recurrent, Scale, Step};

use super::{EVENTS, HIDDEN, INPUTS, Numbers};

/// How many gates a cell has: input, output, forget, cell.
const GATES: usize = 4;

/// Weights in rows, a row for each cell of each gate, and a sequence of events.
pub struct Network {
    /// From an event to the gates.
    pub of_input: Vec<Vec<f32>>,
    /// From the state to the gates.
    pub of_state: Vec<Vec<f32>>,
    /// What the first adds.
    pub input_bias: Vec<f32>,
    /// What the second adds.
    pub state_bias: Vec<f32>,
    /// The events.
    pub events: Vec<Vec<f32>>,
}

impl Network {
    /// Makes one up.
    pub fn new(numbers: &mut Numbers) -> Self {
        let rows = |numbers: &mut Numbers, count: usize, width: usize, size: f64| {
            let mut row = || (0..width).map(|_| numbers.around(size)).collect();
            (0..count).map(|_| row()).collect::<Vec<Vec<f32>>>()
        };
        let gates = GATES * HIDDEN;
        Self {
            of_input: rows(numbers, gates, INPUTS, 0.2),
            of_state: rows(numbers, gates, HIDDEN, 0.2),
            input_bias: (0..gates).map(|_| numbers.around(0.2)).collect(),
            state_bias: (0..gates).map(|_| numbers.around(0.2)).collect(),
            events: rows(numbers, EVENTS, INPUTS, 1.0),
        }
    }

    /// The engine's layer.
    pub fn layer(&self) -> Recurrent {
        let matrix = |inputs, rows: &[Vec<f32>], bias: &[f32]| {
            let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
            Matrix::new(inputs, &rows, bias)
        };
        Recurrent {
            cell: Cell::Lstm,
            hidden: HIDDEN as u16,
            of_input: matrix(INPUTS, &self.of_input, &self.input_bias),
            of_state: matrix(HIDDEN, &self.of_state, &self.state_bias),
            ..Recurrent::default()
        }
    }

    /// A model of it that reads variables as one event: filled up, brought to the size of ones, and the
    /// cells' mean made a probability.
    pub fn steps(&self) -> Vec<Step> {
        let scale = Scale {
            missing: vec![0.0; INPUTS],
            offsets: vec![0.0; INPUTS],
            factors: vec![1e-4; INPUTS],
        };
        let mean = [1.0 / HIDDEN as f32; HIDDEN];
        let dense = Dense {
            matrix: Matrix::new(HIDDEN, &[&mean], &[0.0]),
            activation: Activation::Sigmoid,
        };
        vec![
            Step::Scale(scale),
            Step::Recurrent(self.layer()),
            Step::Dense(dense),
        ]
    }

    /// For a plain loop: weights of inputs, of the state, both lists of what is added; 32-bit numbers,
    /// little-endian.
    pub fn plain(&self) -> Vec<u8> {
        let weights = self.of_input.iter().chain(&self.of_state).flatten();
        let numbers = weights.chain(&self.input_bias).chain(&self.state_bias);
        numbers.flat_map(|number| number.to_le_bytes()).collect()
    }

    /// The state after the first so many events, in 64 bits: what others must come near to.
    pub fn after(&self, events: usize) -> Vec<f64> {
        let (mut hidden, mut cell) = (vec![0.0_f64; HIDDEN], vec![0.0_f64; HIDDEN]);
        for event in self.events.iter().take(events) {
            let gates: Vec<f64> = (0..GATES * HIDDEN)
                .map(|i| {
                    let product = |weights: &[f32], x: &mut dyn Iterator<Item = f64>| {
                        let products = weights.iter().zip(x).map(|(w, x)| f64::from(*w) * x);
                        products.sum::<f64>()
                    };
                    let bias = f64::from(self.input_bias[i]) + f64::from(self.state_bias[i]);
                    bias + product(&self.of_input[i], &mut event.iter().map(|x| f64::from(*x)))
                        + product(&self.of_state[i], &mut hidden.iter().copied())
                })
                .collect();
            let soft = |x: f64| 1.0 / (1.0 + (-x).exp());
            for i in 0..HIDDEN {
                let gate = |gate: usize| gates[gate * HIDDEN + i];
                cell[i] = soft(gate(2)) * cell[i] + soft(gate(0)) * gate(3).tanh();
                hidden[i] = soft(gate(1)) * cell[i].tanh();
            }
        }
        hidden
    }
}
