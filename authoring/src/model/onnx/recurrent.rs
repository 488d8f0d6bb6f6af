//! Layers of cells.

use std::rc::Rc;

use engine::models::{Cell, Matrix, Recurrent};

use super::super::{ModelProblem, at_most};
use super::graph::Node;
use super::reading::Site;
use super::refused;
use super::row::Made;
use super::shape::axis;
use super::stage::Stage;
use super::tensor::Tensor;
use crate::limits;

impl Made {
    /// A layer of LSTM or GRU cells.
    pub(super) fn recurrent(&mut self, site: &Site) -> Result<(), ModelProblem> {
        let node = site.node;
        let (w, r, b) = (site.needed(1)?, site.needed(2)?, site.operand(3)?);
        let lstm = node.operator == "LSTM";
        for name in node.attributes() {
            let read = match name {
                "hidden_size" | "linear_before_reset" => true,
                "direction" => node.text(name, "forward")? == "forward",
                "layout" | "input_forget" => node.whole(name, 0)? == 0,
                "activations" => {
                    let usual: &[&str] = if lstm {
                        &["Sigmoid", "Tanh", "Tanh"]
                    } else {
                        &["Sigmoid", "Tanh"]
                    };
                    node.texts(name)? == usual
                }
                _ => false,
            };
            if !read {
                return Err(refused(
                    node,
                    &format!("attribute `{name}`: only the default is read"),
                ));
            }
        }
        // Lengths that differ, states to begin with, and peepholes.
        if node.inputs.get(4).is_some_and(|name| !name.is_empty()) {
            return Err(refused(node, "input `sequence_lens`: it is not read"));
        }
        for (input, name) in [(5, "initial_h"), (6, "initial_c"), (7, "P")] {
            if site
                .operand(input)?
                .is_some_and(|tensor| tensor.numbers.iter().any(|number| *number != 0.0))
            {
                return Err(refused(
                    node,
                    &format!("input `{name}`: only zeros are read"),
                ));
            }
        }
        let gates = if lstm { 4 } else { 3 };
        let ([1, rows, inputs], [1, same, hidden]) = (w.dims.as_slice(), r.dims.as_slice()) else {
            return Err(refused(
                node,
                "inputs `W` and `R`: of one direction, with three extents each",
            ));
        };
        let (rows, inputs, hidden) = (*rows, *inputs, *hidden);
        if hidden == 0 || inputs == 0 || *same != rows || hidden.checked_mul(gates) != Some(rows) {
            return Err(refused(
                node,
                "inputs `W` and `R`: they do not fit each other",
            ));
        }
        at_most("cells of a layer", hidden, limits::OUTPUTS)?;
        let width = self.width();
        if self.dims.last() != Some(&inputs)
            || self.dims.get(1).is_some_and(|batch| *batch != 1)
            || self.dims.len() != 3
        {
            return Err(refused(
                node,
                "input `X`: a sequence of one customer is needed, as long as `W` is wide",
            ));
        }
        let events = width / inputs;
        at_most("events", events, engine::limits::SEQUENCE)?;
        let (w, r) = (w.floats(), r.floats());
        let b = b.map_or_else(|| vec![0.0; 2 * rows], |b| b.floats());
        let (Some((wb, rb)), w, r) = (
            b.split_at_checked(rows).filter(|(_, rb)| rb.len() == rows),
            w.chunks(inputs).collect::<Vec<_>>(),
            r.chunks(hidden).collect::<Vec<_>>(),
        ) else {
            return Err(refused(
                node,
                "input `B`: two numbers for each gate are needed",
            ));
        };
        let cell = match (lstm, node.whole("linear_before_reset", 0)?) {
            (true, _) => Cell::Lstm,
            (false, 0) => Cell::Gru,
            (false, _) => Cell::GruResetAfter,
        };
        let cut = if cell == Cell::Gru { 2 * hidden } else { rows };
        let (Some((r, weighed)), Some((rb, weighed_bias))) =
            (r.split_at_checked(cut), rb.split_at_checked(cut))
        else {
            return Err(refused(node, "input `R`: it does not fit"));
        };
        let all = match site.output {
            0 => true,
            1 => false,
            _ => return Err(refused(node, "output `Y_c`: it is not read")),
        };
        self.dims = if all {
            vec![events, 1, 1, hidden]
        } else {
            vec![1, 1, hidden]
        };
        let layer = Recurrent {
            cell,
            hidden: u16::try_from(hidden).unwrap_or(u16::MAX),
            of_input: Matrix::new(inputs, &w, wb),
            of_state: Matrix::new(hidden, r, rb),
            of_weighed: Matrix::new(hidden, weighed, weighed_bias),
            all,
        };
        self.push(node, Stage::Recurrent(Rc::new(layer), all))
    }

    /// The last of a sequence.
    pub(super) fn last(&mut self, node: &Node, which: &Tensor) -> Result<(), ModelProblem> {
        let elsewhere = || refused(node, "only the last state of a sequence is read");
        let axis = axis(node.whole("axis", 0)?, self.dims.len()).ok_or_else(elsewhere)?;
        let extent = self.dims.get(axis).copied().unwrap_or(0);
        #[expect(
            clippy::cast_precision_loss,
            reason = "a sequence has 1,024 events at most"
        )]
        let last = extent as f64 - 1.0;
        if !matches!(which.numbers.as_slice(), [number] if *number == -1.0 || *number == last) {
            return Err(elsewhere());
        }
        if extent > 1 {
            let Some(Stage::Recurrent(layer, _)) = self.stages.last().map(|stage| &**stage) else {
                return Err(elsewhere());
            };
            let layer = Rc::clone(layer);
            // Its states stand one after the other, so the last along any other axis is something else.
            if self.dims.iter().take(axis).any(|before| *before != 1)
                || usize::from(layer.hidden) * extent != self.dims.iter().product::<usize>()
            {
                return Err(elsewhere());
            }
            self.replace(Stage::Recurrent(layer, false));
        }
        if which.dims.is_empty() {
            self.dims.remove(axis);
        } else if let Some(dim) = self.dims.get_mut(axis) {
            *dim = 1;
        }
        Ok(())
    }
}
