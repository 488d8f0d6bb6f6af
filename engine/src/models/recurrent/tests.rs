//! Against the equations of the ONNX operators, word by word, in 64 bits.

use proptest::prelude::*;
use rkyv::rancor::Error;

use super::*;
use crate::models::{Step, tests::outputs};

const INPUTS: usize = 3;

/// Numbers of a layer: rows of gates in ONNX' order.
#[derive(Debug)]
struct Plain {
    cell: Cell,
    hidden: usize,
    w: Vec<Vec<f32>>,
    r: Vec<Vec<f32>>,
    wb: Vec<f32>,
    rb: Vec<f32>,
}

impl Plain {
    fn laid_out(&self, all: bool) -> Recurrent {
        let w: Vec<&[f32]> = self.w.iter().map(Vec::as_slice).collect();
        let r: Vec<&[f32]> = self.r.iter().map(Vec::as_slice).collect();
        let cut = if self.cell == Cell::Gru {
            2 * self.hidden
        } else {
            r.len()
        };
        Recurrent {
            cell: self.cell,
            hidden: u16::try_from(self.hidden).unwrap(),
            of_input: Matrix::new(INPUTS, &w, &self.wb),
            of_state: Matrix::new(self.hidden, &r[..cut], &self.rb[..cut]),
            of_weighed: Matrix::new(self.hidden, &r[cut..], &self.rb[cut..]),
            all,
        }
    }

    /// The states after each event.
    fn run(&self, events: &[Vec<f32>]) -> Vec<Vec<f64>> {
        let n = self.hidden;
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        let dot = |row: &[f32], x: &[f64]| -> f64 {
            row.iter().zip(x).map(|(w, x)| f64::from(*w) * x).sum()
        };
        let (mut h, mut c) = (vec![0.0; n], vec![0.0; n]);
        let mut states = Vec::new();
        for event in events {
            let x: Vec<f64> = event.iter().map(|x| f64::from(*x)).collect();
            let of_x =
                |g: usize, i: usize| dot(&self.w[g * n + i], &x) + f64::from(self.wb[g * n + i]);
            let of_h = |g: usize, i: usize, h: &[f64]| {
                dot(&self.r[g * n + i], h) + f64::from(self.rb[g * n + i])
            };
            let old = h.clone();
            if self.cell == Cell::Lstm {
                for i in 0..n {
                    let gate = |g| of_x(g, i) + of_h(g, i, &old);
                    c[i] = sigmoid(gate(2)) * c[i] + sigmoid(gate(0)) * gate(3).tanh();
                    h[i] = sigmoid(gate(1)) * f64::tanh(c[i]);
                }
            } else {
                let gate = |g, i| sigmoid(of_x(g, i) + of_h(g, i, &old));
                let weighed: Vec<f64> = (0..n).map(|i| gate(1, i) * old[i]).collect();
                for i in 0..n {
                    let new = if self.cell == Cell::Gru {
                        of_x(2, i) + of_h(2, i, &weighed)
                    } else {
                        of_x(2, i) + gate(1, i) * of_h(2, i, &old)
                    };
                    let z = gate(0, i);
                    h[i] = (1.0 - z) * new.tanh() + z * old[i];
                }
            }
            states.push(h.clone());
        }
        states
    }
}

fn layers() -> impl Strategy<Value = Plain> {
    let cells = [(Cell::Lstm, 4), (Cell::Gru, 3), (Cell::GruResetAfter, 3)];
    (prop::sample::select(cells.to_vec()), 1usize..24).prop_flat_map(|((cell, gates), hidden)| {
        let rows = |width| {
            prop::collection::vec(prop::collection::vec(-0.9f32..0.9, width), gates * hidden)
        };
        let bias = || prop::collection::vec(-0.9f32..0.9, gates * hidden);
        (rows(INPUTS), rows(hidden), bias(), bias()).prop_map(move |(w, r, wb, rb)| Plain {
            cell,
            hidden,
            w,
            r,
            wb,
            rb,
        })
    })
}

fn events() -> impl Strategy<Value = Vec<Vec<f32>>> {
    prop::collection::vec(prop::collection::vec(-3f32..3.0, INPUTS), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn states_are_what_the_equations_say(plain in layers(), events in events()) {
        let expected: Vec<f64> = plain.run(&events).concat();
        let row: Vec<f64> = events.concat().iter().map(|x| f64::from(*x)).collect();
        let found = outputs(vec![Step::Recurrent(plain.laid_out(true))], &row);
        prop_assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            prop_assert!((found - expected).abs() < 2e-5, "{} {}", found, expected);
        }
        let last = outputs(vec![Step::Recurrent(plain.laid_out(false))], &row);
        prop_assert_eq!(&last[..], &found[found.len() - plain.hidden..]);
    }

    #[test]
    fn a_state_that_was_kept_goes_on_to_the_same_bits(
        plain in layers(),
        events in events(),
        cut in any::<prop::sample::Index>(),
    ) {
        let bytes = rkyv::to_bytes::<Error>(&plain.laid_out(false)).unwrap();
        let layer = rkyv::access::<ArchivedRecurrent, Error>(&bytes).unwrap();
        let mut whole = State::default();
        for event in &events {
            layer.advance(event, &mut whole);
        }
        let (before, after) = events.split_at(cut.index(events.len()));
        let mut state = State::default();
        for event in before {
            layer.advance(event, &mut state);
        }
        let mut state = State::kept(state.hidden(), state.cell());
        for event in after {
            layer.advance(event, &mut state);
        }
        let bits = |state: &State| state.hidden().iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        prop_assert_eq!(bits(&state), bits(&whole));
    }
}

#[test]
fn layers_that_lie_about_their_size_do_no_harm() {
    for cell in [Cell::Lstm, Cell::Gru, Cell::GruResetAfter] {
        let layer = Recurrent {
            cell,
            hidden: 65_535,
            of_input: Matrix::new(1, &[&[1.0]], &[0.0]),
            ..Recurrent::default()
        };
        outputs(vec![Step::Recurrent(layer)], &[1.0]);
    }
}
