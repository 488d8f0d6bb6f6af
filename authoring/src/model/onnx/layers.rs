//! Operators that are not trees, one after the other.

use engine::models::{self, Activation, Cell, Matrix, Norm, Recurrent, Step};

use super::super::{ModelProblem, at_most};
use super::graph::{Graph, Node, Tensor};
use super::trees::{After, ensemble};
use super::{Link, Made, Makers, Stage, refused};
use crate::limits;

impl Made {
    /// Adds a node.
    pub(super) fn follow<'a>(
        &mut self,
        graph: &Graph<'a>,
        makers: &Makers<'a>,
        link: &Link,
    ) -> Result<(), ModelProblem> {
        let node = link.node;
        let operand = |input: usize| -> Result<Option<Tensor>, ModelProblem> {
            match node.inputs.get(input) {
                Some(name) if !name.is_empty() => super::constant(graph, makers, name),
                _ => Ok(None),
            }
        };
        let needed = |input: usize| {
            operand(input)?.ok_or_else(|| refused(node, "a constant that it needs is missing"))
        };
        match node.operator {
            "TreeEnsemble" | "TreeEnsembleRegressor" | "TreeEnsembleClassifier" => {
                if node.operator == "TreeEnsembleClassifier" {
                    probabilities(link)?;
                    self.classes = true;
                }
                let (stages, outputs) = ensemble(node, self.width())?;
                self.stages.extend(stages);
                self.dims = vec![1, outputs];
            }
            "LinearClassifier" => {
                probabilities(link)?;
                self.linear_classifier(node)?;
            }
            "LinearRegressor" => {
                let targets = usize::try_from(node.whole("targets", 1)?).unwrap_or(0);
                let mut bias = node.floats("intercepts")?;
                bias.resize(targets.min(limits::OUTPUTS), 0.0);
                self.linear(node, &node.floats("coefficients")?, bias)?;
                self.stages.extend(After::named(node)?.stage());
            }
            "Gemm" => self.gemm(node, &needed(1)?, operand(2)?.as_ref(), link)?,
            "MatMul" if link.input == 0 => {
                let weights = needed(1)?;
                self.product(node, &weights, false, 1.0, Vec::new())?;
            }
            "Add" => self.moved(node, &needed(1 - link.input.min(1))?, |c| -c, |_| 1.0)?,
            "Sub" if link.input == 0 => self.moved(node, &needed(1)?, |c| c, |_| 1.0)?,
            "Sub" => self.moved(node, &needed(0)?, |c| c, |_| -1.0)?,
            "Mul" => self.moved(node, &needed(1 - link.input.min(1))?, |_| 0.0, |c| c)?,
            "Div" if link.input == 0 => self.moved(node, &needed(1)?, |_| 0.0, |c| 1.0 / c)?,
            "Neg" => self
                .stages
                .push(Stage::scale(Vec::new(), vec![-1.0; self.width()])),
            "Relu" => self.activated(node, Activation::Relu)?,
            "Sigmoid" => self.activated(node, Activation::Sigmoid)?,
            "Tanh" => self.activated(node, Activation::Tanh)?,
            "Exp" => self.stages.push(Stage::Made(Step::Link(models::Link::Exp))),
            "Softmax" => {
                let axis = node.whole("axis", -1)?;
                if axis != -1 && usize::try_from(axis).ok() != self.dims.len().checked_sub(1) {
                    return Err(refused(node, "attribute `axis`: only the last is read"));
                }
                if self.dims.last() != Some(&self.width()) {
                    return Err(refused(node, "only of one row"));
                }
                self.stages
                    .push(Stage::Made(Step::Link(models::Link::Softmax)));
            }
            "Scaler" => {
                let width = self.width();
                let offsets = spread(node, node.floats("offset")?, width)?;
                let factors = spread(node, node.floats("scale")?, width)?;
                self.stages.push(Stage::scale(offsets, factors));
            }
            "Normalizer" => {
                let norm = match node.text("norm", "MAX")? {
                    "L1" => Norm::Sum,
                    "L2" => Norm::Euclid,
                    _ => return Err(refused(node, "attribute `norm`: only L1 and L2 are read")),
                };
                self.stages.push(Stage::Made(Step::Norm(norm)));
            }
            "Imputer" => {
                if !node.float("replaced_value_float", 0.0)?.is_nan() {
                    return Err(refused(
                        node,
                        "attribute `replaced_value_float`: only NaN is read",
                    ));
                }
                let missing = spread(node, node.floats("imputed_value_floats")?, self.width())?;
                self.stages.push(Stage::Scale(models::Scale {
                    missing,
                    ..models::Scale::default()
                }));
            }
            "LSTM" | "GRU" => {
                self.recurrent(node, link, [needed(1)?, needed(2)?], operand(3)?, &operand)?
            }
            "Gather" if link.input == 0 => self.last(node, &needed(1)?)?,
            "Cast" if !matches!(node.whole("to", 0)?, 1 | 11) => {
                return Err(refused(
                    node,
                    "attribute `to`: only 32-bit and 64-bit floats are read",
                ));
            }
            "Identity" | "Dropout" | "Cast" | "ZipMap" => {}
            "Concat" => {
                // One minus a probability, and the probability: no other gets here.
                self.stages.push(Stage::complement());
                self.classes = true;
                self.dims = vec![1, 2];
            }
            "Flatten" => self.dims = vec![1, self.width()],
            "Reshape" if link.input == 0 => self.reshape(node, &needed(1)?)?,
            "Squeeze" | "Unsqueeze" => {
                let axes = match operand(1)? {
                    Some(axes) => axes.numbers,
                    #[expect(clippy::cast_precision_loss, reason = "axes are few")]
                    None => node
                        .wholes("axes")?
                        .into_iter()
                        .map(|axis| axis as f64)
                        .collect(),
                };
                self.squeeze(node, &axes)?;
            }
            "Transpose" => self.transpose(node)?,
            _ => return Err(refused(node, "it is not read in this place")),
        }
        Ok(())
    }

    fn linear_classifier(&mut self, node: &Node) -> Result<(), ModelProblem> {
        let bias = node.floats("intercepts")?;
        let classes = node
            .wholes("classlabels_ints")?
            .len()
            .max(node.texts("classlabels_strings")?.len());
        let alone = bias.len() == 1 && classes == 2;
        if bias.len() != classes && !alone {
            return Err(refused(
                node,
                "attribute `intercepts`: one number for each class is needed",
            ));
        }
        self.linear(node, &node.floats("coefficients")?, bias)?;
        let after = After::named(node)?;
        self.stages.extend(after.stage());
        if alone {
            if after != After::Logistic {
                return Err(refused(
                    node,
                    "attribute `post_transform`: of one sum, only LOGISTIC is read",
                ));
            }
            self.stages.push(Stage::complement());
            self.dims = vec![1, 2];
        }
        self.classes = true;
        Ok(())
    }

    /// A row of coefficients for each number of the bias.
    fn linear(
        &mut self,
        node: &Node,
        coefficients: &[f32],
        bias: Vec<f32>,
    ) -> Result<(), ModelProblem> {
        let width = self.width();
        if bias.is_empty() || width == 0 || coefficients.len() != bias.len().saturating_mul(width) {
            return Err(refused(
                node,
                "attribute `coefficients`: one number for each input and output is needed",
            ));
        }
        let rows: Vec<Vec<f32>> = coefficients.chunks(width).map(<[f32]>::to_vec).collect();
        self.dims = vec![1, rows.len()];
        self.stages.push(Stage::linear(width, rows, bias));
        Ok(())
    }

    fn gemm(
        &mut self,
        node: &Node,
        weights: &Tensor,
        bias: Option<&Tensor>,
        link: &Link,
    ) -> Result<(), ModelProblem> {
        if link.input != 0 || node.whole("transA", 0)? != 0 {
            return Err(refused(node, "only a row times a constant matrix is read"));
        }
        let transposed = node.whole("transB", 0)? != 0;
        let beta = node.float("beta", 1.0)?;
        let bias = bias.map_or_else(Vec::new, |bias| {
            bias.floats().iter().map(|b| b * beta).collect()
        });
        self.product(node, weights, transposed, node.float("alpha", 1.0)?, bias)
    }

    fn product(
        &mut self,
        node: &Node,
        weights: &Tensor,
        transposed: bool,
        alpha: f32,
        bias: Vec<f32>,
    ) -> Result<(), ModelProblem> {
        let [first, second] = weights.dims.as_slice() else {
            return Err(refused(node, "its constant is not a matrix"));
        };
        let (inputs, outputs) = if transposed {
            (*second, *first)
        } else {
            (*first, *second)
        };
        if inputs == 0
            || outputs == 0
            || inputs != self.width()
            || self.dims.last() != Some(&inputs)
        {
            return Err(refused(node, "its constant does not fit the row before"));
        }
        at_most("outputs", outputs, limits::OUTPUTS)?;
        let numbers = weights.floats();
        let at = |output: usize, input: usize| {
            let place = if transposed {
                output * inputs + input
            } else {
                input * outputs + output
            };
            alpha * numbers.get(place).copied().unwrap_or(f32::NAN)
        };
        let rows = (0..outputs)
            .map(|output| (0..inputs).map(|input| at(output, input)).collect())
            .collect();
        let bias = if bias.is_empty() {
            vec![0.0; outputs]
        } else {
            spread(node, bias, outputs)?
        };
        self.stages.push(Stage::linear(inputs, rows, bias));
        if let Some(last) = self.dims.last_mut() {
            *last = outputs;
        }
        Ok(())
    }

    /// (x − offset) × factor, with both made of a constant.
    fn moved(
        &mut self,
        node: &Node,
        constant: &Tensor,
        offset: impl Fn(f32) -> f32,
        factor: impl Fn(f32) -> f32,
    ) -> Result<(), ModelProblem> {
        let width = self.width();
        let constants = spread(node, constant.floats(), width)?;
        let offsets: Vec<f32> = constants.iter().map(|c| offset(*c)).collect();
        let factors: Vec<f32> = constants.iter().map(|c| factor(*c)).collect();
        let stretched = factors.iter().any(|factor| *factor != 1.0);
        match self.stages.last_mut() {
            // What is added to a product is its bias.
            Some(Stage::Linear {
                bias,
                activation: Activation::None,
                ..
            }) if !stretched && bias.iter().all(|b| *b == 0.0) => {
                *bias = offsets.iter().map(|offset| -offset).collect();
            }
            _ => self.stages.push(Stage::scale(offsets, factors)),
        }
        Ok(())
    }

    fn activated(&mut self, node: &Node, with: Activation) -> Result<(), ModelProblem> {
        if let Some(Stage::Linear { activation, .. }) = self.stages.last_mut()
            && *activation == Activation::None
        {
            *activation = with;
            return Ok(());
        }
        if with == Activation::Sigmoid {
            self.stages
                .push(Stage::Made(Step::Link(models::Link::Logistic(1.0))));
            return Ok(());
        }
        let width = self.width();
        if width > limits::OUTPUTS {
            return Err(refused(node, "the row is too long for it in this place"));
        }
        let rows = (0..width)
            .map(|i| (0..width).map(|j| f32::from(u8::from(i == j))).collect())
            .collect();
        self.stages.push(Stage::Linear {
            inputs: width,
            rows,
            bias: vec![0.0; width],
            activation: with,
        });
        Ok(())
    }

    fn recurrent(
        &mut self,
        node: &Node,
        link: &Link,
        [w, r]: [Tensor; 2],
        b: Option<Tensor>,
        operand: &dyn Fn(usize) -> Result<Option<Tensor>, ModelProblem>,
    ) -> Result<(), ModelProblem> {
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
            if operand(input)?
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
        super::finite(w.iter().chain(&r).chain(&b))?;
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
        let all = match link.output {
            0 => true,
            1 => false,
            _ => return Err(refused(node, "output `Y_c`: it is not read")),
        };
        self.dims = if all {
            vec![events, 1, 1, hidden]
        } else {
            vec![1, 1, hidden]
        };
        self.stages.push(Stage::Made(Step::Recurrent(Recurrent {
            cell,
            hidden: u16::try_from(hidden).unwrap_or(u16::MAX),
            of_input: Matrix::new(inputs, &w, wb),
            of_state: Matrix::new(hidden, r, rb),
            of_weighed: Matrix::new(hidden, weighed, weighed_bias),
            all,
        })));
        Ok(())
    }

    /// The last of a sequence.
    fn last(&mut self, node: &Node, which: &Tensor) -> Result<(), ModelProblem> {
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
            let Some(Stage::Made(Step::Recurrent(layer))) = self.stages.last_mut() else {
                return Err(elsewhere());
            };
            // Its states stand one after the other, so the last along any other axis is something else.
            if self.dims.iter().take(axis).any(|before| *before != 1)
                || usize::from(layer.hidden) * extent != self.dims.iter().product::<usize>()
            {
                return Err(elsewhere());
            }
            layer.all = false;
        }
        if which.dims.is_empty() {
            self.dims.remove(axis);
        } else if let Some(dim) = self.dims.get_mut(axis) {
            *dim = 1;
        }
        Ok(())
    }

    fn reshape(&mut self, node: &Node, shape: &Tensor) -> Result<(), ModelProblem> {
        let width = self.width();
        let mut dims = Vec::new();
        let mut open = None;
        for (i, number) in shape.numbers.iter().enumerate() {
            if *number == -1.0 {
                open = Some(i);
                dims.push(1);
            } else if *number == 0.0 {
                dims.push(self.dims.get(i).copied().unwrap_or(1));
            } else {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "it is compared with the row's width below"
                )]
                dims.push(*number as usize);
            }
        }
        let known = dims
            .iter()
            .fold(1usize, |known, dim| known.saturating_mul(*dim));
        if let Some(dim) = open.and_then(|open| dims.get_mut(open)) {
            *dim = width.checked_div(known).unwrap_or(0);
        }
        if dims
            .iter()
            .fold(1usize, |known, dim| known.saturating_mul(*dim))
            != width
        {
            return Err(refused(node, "its shape does not fit the row before"));
        }
        self.dims = dims;
        Ok(())
    }

    fn squeeze(&mut self, node: &Node, axes: &[f64]) -> Result<(), ModelProblem> {
        let squeeze = node.operator == "Squeeze";
        let rank = if squeeze {
            self.dims.len()
        } else {
            self.dims.len() + axes.len()
        };
        let mut places = Vec::new();
        for number in axes {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "what is out of range is refused"
            )]
            let place =
                axis(*number as i64, rank).ok_or_else(|| refused(node, "`axes`: out of range"))?;
            places.push(place);
        }
        places.sort_unstable();
        if squeeze {
            let gone = |(i, dim): (usize, usize)| {
                if places.is_empty() {
                    dim == 1
                } else {
                    places.contains(&i)
                }
            };
            let dims = self.dims.iter().copied().enumerate();
            if dims.clone().any(|one| gone(one) && one.1 != 1) {
                return Err(refused(node, "`axes`: an extent is not 1"));
            }
            self.dims = dims.filter(|one| !gone(*one)).map(|(_, dim)| dim).collect();
        } else {
            for place in places {
                if place > self.dims.len() {
                    return Err(refused(node, "`axes`: out of range"));
                }
                self.dims.insert(place, 1);
            }
        }
        Ok(())
    }

    /// Moving extents of 1 leaves the numbers where they are; nothing else is read.
    fn transpose(&mut self, node: &Node) -> Result<(), ModelProblem> {
        let mut order: Vec<usize> = Vec::new();
        for place in node.wholes("perm")? {
            order.extend(axis(place, self.dims.len()));
        }
        if order.is_empty() {
            order = (0..self.dims.len()).rev().collect();
        }
        let mut sorted = order.clone();
        sorted.sort_unstable();
        if !sorted.iter().copied().eq(0..self.dims.len()) {
            return Err(refused(node, "attribute `perm`: each axis once is needed"));
        }
        let real: Vec<usize> = order
            .iter()
            .copied()
            .filter(|at| self.dims.get(*at) != Some(&1))
            .collect();
        if !real.is_sorted() {
            return Err(refused(
                node,
                "attribute `perm`: it reorders the numbers of a row",
            ));
        }
        self.dims = order
            .iter()
            .filter_map(|at| self.dims.get(*at).copied())
            .collect();
        Ok(())
    }
}

/// Classifiers give labels first.
fn probabilities(link: &Link) -> Result<(), ModelProblem> {
    if link.output == 1 {
        Ok(())
    } else {
        Err(refused(
            link.node,
            "output of labels: only probabilities are read",
        ))
    }
}

/// A position among axes, counted from the end when below zero.
fn axis(number: i64, rank: usize) -> Option<usize> {
    let rank = i64::try_from(rank).ok()?;
    let place = if number < 0 {
        number.checked_add(rank)?
    } else {
        number
    };
    usize::try_from(place).ok().filter(|_| place < rank)
}

/// A number for each, or one for all.
fn spread(node: &Node, numbers: Vec<f32>, width: usize) -> Result<Vec<f32>, ModelProblem> {
    match numbers.as_slice() {
        [one] => Ok(vec![*one; width]),
        _ if numbers.len() == width => Ok(numbers),
        _ => Err(refused(
            node,
            "a list of it has not one number for each column",
        )),
    }
}
