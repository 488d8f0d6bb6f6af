//! Cells with a memory: LSTM and GRU, as ONNX defines them.
//!
//! What a cell remembers of a customer is a [`State`]; each event advances it by one step, so nothing of the
//! past is read again. All is in 32 bits and in a fixed order: advanced one by one or from the first event on,
//! the state has the same bits.
//!
//! ```
//! use engine::models::{ArchivedRecurrent, Cell, Matrix, Recurrent, State};
//! let row: &[f32] = &[0.5];
//! let matrix = Matrix::new(1, &[row; 4], &[0.0; 4]);
//! let state_matrix = Matrix::new(1, &[row; 4], &[0.0; 4]);
//! let lstm = Recurrent { hidden: 1, of_input: matrix, of_state: state_matrix, ..Recurrent::default() };
//! let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&lstm).unwrap();
//! let lstm = rkyv::access::<ArchivedRecurrent, rkyv::rancor::Error>(&bytes).unwrap();
//! let mut state = State::default();
//! lstm.advance(&[1.0], &mut state);
//! assert!(state.hidden()[0] > 0.0);
//! ```

use rkyv::{Archive, Serialize};

use super::{
    Matrix, Row,
    activation::{sigmoid, tanh, tanh_of},
    matrix::Sums,
};
use crate::limits::{SEQUENCE, STATES};

/// Which kind of cell.
#[derive(Archive, Serialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cell {
    /// Long short-term memory (Hochreiter and Schmidhuber, 1997, with forget gates). Gates in the order input,
    /// output, forget, cell.
    #[default]
    Lstm,
    /// Gated recurrent unit (Cho and others, 2014). Gates in the order update, reset, hidden. The reset gate
    /// weighs the state before its product.
    Gru,
    /// The same, with the reset gate weighing the product of the state (`linear_before_reset` in ONNX, as
    /// PyTorch and cuDNN do).
    GruResetAfter,
}

/// A layer of cells.
#[derive(Archive, Serialize, Debug, Default, PartialEq)]
pub struct Recurrent {
    /// Which kind.
    pub cell: Cell,
    /// How many cells.
    pub hidden: u16,
    /// From an event to the gates.
    pub of_input: Matrix,
    /// From the state to the gates; of a [`Cell::Gru`], to update and reset only.
    pub of_state: Matrix,
    /// From the weighed state to the hidden gate of a [`Cell::Gru`].
    pub of_weighed: Matrix,
    /// Whether a sequence gives the states after all of its events, not only the last.
    pub all: bool,
}

/// What a layer remembers. A new one has seen nothing.
#[derive(Clone, Debug, Default)]
pub struct State {
    hidden: Vec<f32>,
    cell: Vec<f32>,
    gates: Vec<Sums>,
    products: Vec<Sums>,
}

impl State {
    /// What the cells say: one number each, none before the first event.
    pub fn hidden(&self) -> &[f32] {
        &self.hidden
    }

    /// What an LSTM's cells keep to themselves.
    pub fn cell(&self) -> &[f32] {
        &self.cell
    }

    /// A state that was kept.
    pub fn kept(hidden: &[f32], cell: &[f32]) -> Self {
        Self {
            hidden: hidden.to_vec(),
            cell: cell.to_vec(),
            ..Self::default()
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.hidden.clear();
        self.cell.clear();
    }
}

impl ArchivedRecurrent {
    /// Takes in one event.
    pub fn advance(&self, event: &[f32], state: &mut State) {
        let hidden = usize::from(self.hidden.to_native());
        state.hidden.resize(hidden, 0.0);
        state.cell.resize(hidden, 0.0);
        self.of_input.begin(&mut state.gates);
        self.of_input.add_sparse(event, &mut state.gates);
        match self.cell {
            ArchivedCell::Lstm => self.lstm(hidden, state),
            ArchivedCell::Gru => self.gru(hidden, state),
            ArchivedCell::GruResetAfter => self.gru_reset_after(hidden, state),
        }
    }

    /// Reads a row as a sequence of events.
    pub(super) fn apply(&self, row: &mut Row) {
        row.narrow();
        row.state.clear();
        row.made.clear();
        let width = super::matrix::index(self.of_input.inputs).max(1);
        for event in row.narrow.chunks_exact(width).take(SEQUENCE) {
            self.advance(event, &mut row.state);
            if !self.all {
                row.made.clear();
            } else if row.made.len() > STATES {
                break;
            }
            let hidden = row.state.hidden.iter();
            row.made.extend(hidden.map(|x| f64::from(*x)));
        }
    }

    fn lstm(&self, hidden: usize, state: &mut State) {
        let gates = &mut state.gates;
        self.of_state.begin_on(gates);
        self.of_state.add(&state.hidden, gates);
        let gates = gates.as_flattened_mut();
        let Some((soft, new)) = gates.split_at_mut_checked(3 * hidden) else {
            return;
        };
        sigmoid(soft);
        tanh(new);
        let (input, soft) = soft.split_at(hidden);
        let (output, forget) = soft.split_at(hidden);
        let cells = state.cell.iter_mut().zip(input).zip(forget).zip(&*new);
        for (((cell, input), forget), new) in cells {
            *cell = forget * *cell + input * new;
        }
        let cells = state.hidden.iter_mut().zip(output).zip(&state.cell);
        for ((hidden, output), cell) in cells {
            *hidden = output * tanh_of(*cell);
        }
    }

    fn gru(&self, hidden: usize, state: &mut State) {
        let products = &mut state.products;
        self.of_state.begin(products);
        self.of_state.add(&state.hidden, products);
        let gates = state.gates.as_flattened_mut();
        let Some((soft, new)) = gates.split_at_mut_checked(2 * hidden) else {
            return;
        };
        plus(soft, products.as_flattened());
        sigmoid(soft);
        let (update, reset) = soft.split_at(hidden);
        // The cells are room for the weighed state.
        for ((weighed, reset), hidden) in state.cell.iter_mut().zip(reset).zip(&state.hidden) {
            *weighed = reset * hidden;
        }
        self.of_weighed.begin(products);
        self.of_weighed.add(&state.cell, products);
        plus(new, products.as_flattened());
        tanh(new);
        blend(&mut state.hidden, update, new);
    }

    fn gru_reset_after(&self, hidden: usize, state: &mut State) {
        let products = &mut state.products;
        self.of_state.begin(products);
        self.of_state.add(&state.hidden, products);
        let gates = state.gates.as_flattened_mut();
        let products = products.as_flattened().split_at_checked(2 * hidden);
        let (Some((soft, new)), Some((soft_products, new_products))) =
            (gates.split_at_mut_checked(2 * hidden), products)
        else {
            return;
        };
        plus(soft, soft_products);
        sigmoid(soft);
        let (update, reset) = soft.split_at(hidden);
        for ((new, reset), product) in new.iter_mut().zip(reset).zip(new_products) {
            *new += reset * product;
        }
        tanh(new);
        blend(&mut state.hidden, update, new);
    }
}

fn plus(sums: &mut [f32], more: &[f32]) {
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum += more;
    }
}

fn blend(hidden: &mut [f32], update: &[f32], new: &[f32]) {
    for ((hidden, update), new) in hidden.iter_mut().zip(update).zip(new) {
        *hidden = (1.0 - update) * new + update * *hidden;
    }
}

#[cfg(test)]
mod tests;
