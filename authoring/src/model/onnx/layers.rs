//! Operators, one after the other.

use engine::models::{self, Activation, Norm};

use super::super::{ModelProblem, at_most};
use super::feature::Op;
use super::graph::Node;
use super::reading::Site;
use super::row::Made;
use super::shape::axis;
use super::stage::{Scale, Stage};
use super::tensor::Tensor;
use super::trees::{After, ensemble};
use super::{finite, refused};
use crate::limits;

impl Made {
    /// Does what a node says.
    pub(super) fn follow(&mut self, site: &Site) -> Result<(), ModelProblem> {
        let (node, first) = (site.node, site.input == 0);
        let other = || self.beneath(node, &site.needed(1 - site.input.min(1))?);
        match node.operator {
            "TreeEnsemble" | "TreeEnsembleRegressor" | "TreeEnsembleClassifier" => self.trees(site),
            "LinearClassifier" => {
                probabilities(site)?;
                self.linear_classifier(node)
            }
            "LinearRegressor" => {
                let targets = usize::try_from(node.whole("targets", 1)?).unwrap_or(0);
                let mut bias = node.floats("intercepts")?;
                bias.resize(targets.min(limits::OUTPUTS), 0.0);
                self.linear(node, bias)?;
                // ONNX Runtime passes over it here.
                if After::named(node)? != After::None {
                    return Err(refused(
                        node,
                        "attribute `post_transform`: only NONE is read",
                    ));
                }
                Ok(())
            }
            "Gemm" => self.gemm(
                node,
                &site.needed(1)?,
                site.operand(2)?.as_ref(),
                site.input,
            ),
            "MatMul" if first => self.product(node, &site.needed(1)?, false, 1.0, Vec::new()),
            "Add" => self.each(node, &moved(other()?, |c| (-c, 1.0))),
            "Sub" if first => self.each(node, &moved(other()?, |c| (c, 1.0))),
            "Sub" => self.each(node, &moved(other()?, |c| (c, -1.0))),
            "Mul" => self.each(node, &moved(other()?, |c| (0.0, c))),
            "Div" if first => {
                let divisors = other()?;
                if divisors.contains(&0.0) {
                    return Err(refused(node, "it divides by a constant that is 0"));
                }
                let ops: Vec<Op> = divisors.into_iter().map(Op::Divide).collect();
                self.each(node, &ops)
            }
            "Neg" => self.each(node, &moved(vec![1.0; self.width()], |_| (0.0, -1.0))),
            "Relu" => self.activated(node, Activation::Relu),
            "Sigmoid" => self.activated(node, Activation::Sigmoid),
            "Tanh" => self.activated(node, Activation::Tanh),
            "Exp" => {
                self.push(node, Stage::Link(models::Link::Exp))?;
                // What overflows in 32 bits is infinite there.
                self.push(node, Stage::Scale(Scale::default()))
            }
            "Softmax" => self.softmax(node),
            "Normalizer" => {
                let norm = match node.text("norm", "MAX")? {
                    "L1" => Norm::Sum,
                    "L2" => Norm::Euclid,
                    // ONNX Runtime takes the largest number, scikit-learn the largest amount.
                    _ => return Err(refused(node, "attribute `norm`: only L1 and L2 are read")),
                };
                self.push(node, Stage::Norm(norm))
            }
            "Scaler" => self.scaled(node),
            "Imputer" => self.imputed(node),
            "Clip" => self.clipped(site),
            "Binarizer" => self.binarised(node),
            "Cast" => self.cast(node),
            "LSTM" | "GRU" => self.recurrent(site),
            "ArrayFeatureExtractor" if first => self.gathered(node, &site.needed(1)?),
            "Gather" if first => self.taken(node, &site.needed(1)?),
            "Dropout" => match site.operand(2)? {
                Some(training) if training.numbers != [0.0] => Err(refused(
                    node,
                    "input `training_mode`: export the model for prediction",
                )),
                _ if site.output > 0 => Err(refused(node, "output `mask`: it is not read")),
                _ => Ok(()),
            },
            "Identity" | "ZipMap" => Ok(()),
            // Of one value only; several are joined elsewhere.
            "Concat" | "Sum" => Ok(()),
            "Flatten" => {
                if axis(node.whole("axis", 1)?, self.dims.len().max(2)) != Some(1) {
                    return Err(refused(
                        node,
                        "attribute `axis`: only the second is read, as the first counts customers",
                    ));
                }
                self.dims = vec![1, self.width()];
                Ok(())
            }
            "Reshape" if first => self.reshape(node, &site.needed(1)?),
            "Squeeze" | "Unsqueeze" => {
                let axes = match site.operand(1)? {
                    Some(axes) => axes.numbers,
                    #[expect(clippy::cast_precision_loss, reason = "axes are few")]
                    None => node
                        .wholes("axes")?
                        .into_iter()
                        .map(|axis| axis as f64)
                        .collect(),
                };
                self.squeeze(node, &axes)
            }
            "Transpose" => self.transpose(node),
            _ => Err(refused(node, "it is not read in this place")),
        }
    }

    /// A number of a constant for each number of the row.
    fn beneath(&self, node: &Node, constant: &Tensor) -> Result<Vec<f32>, ModelProblem> {
        let spread = constant.over(&self.dims);
        spread.ok_or_else(|| misfit(node, constant, &self.dims))
    }

    fn extend(
        &mut self,
        node: &Node,
        stages: impl IntoIterator<Item = Stage>,
    ) -> Result<(), ModelProblem> {
        stages
            .into_iter()
            .try_for_each(|stage| self.push(node, stage))
    }

    fn trees(&mut self, site: &Site) -> Result<(), ModelProblem> {
        let node = site.node;
        if node.operator == "TreeEnsembleClassifier" {
            probabilities(site)?;
            self.classes = true;
        }
        let width = self.width();
        let (stages, outputs) = ensemble(node)?;
        let stages = stages.into_iter().map(|stage| match stage {
            Stage::Trees(trees) => Stage::Trees(trees.reading(width)),
            stage => stage,
        });
        self.extend(node, stages)?;
        self.dims = vec![1, outputs];
        Ok(())
    }

    fn softmax(&mut self, node: &Node) -> Result<(), ModelProblem> {
        let axis = node.whole("axis", -1)?;
        if axis != -1 && usize::try_from(axis).ok() != self.dims.len().checked_sub(1) {
            return Err(refused(node, "attribute `axis`: only the last is read"));
        }
        if self.dims.last() != Some(&self.width()) {
            return Err(refused(node, "only of one row"));
        }
        self.push(node, Stage::Link(models::Link::Softmax))
    }

    /// Some of the columns, or the last of a sequence.
    fn taken(&mut self, node: &Node, which: &Tensor) -> Result<(), ModelProblem> {
        let columns =
            matches!(self.dims.as_slice(), [1, _]) && matches!(node.whole("axis", 0)?, 1 | -1);
        let recurrent = matches!(
            self.stages.last().map(|stage| &**stage),
            Some(Stage::Recurrent(..))
        );
        if columns && !recurrent {
            self.gathered(node, which)
        } else {
            self.last(node, which)
        }
    }

    fn gathered(&mut self, node: &Node, which: &Tensor) -> Result<(), ModelProblem> {
        if self.dims.iter().rev().skip(1).any(|extent| *extent != 1) {
            return Err(refused(node, "it takes columns of several rows"));
        }
        let width = self.width();
        let place = |number: &f64| {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "what is out of range is refused"
            )]
            let place = super::shape::axis(*number as i64, width);
            place.ok_or_else(|| refused(node, "it asks for a column that is not there"))
        };
        let places: Vec<usize> = which.numbers.iter().map(place).collect::<Result<_, _>>()?;
        self.chosen(node, &places)
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
        self.linear(node, bias)?;
        let after = After::named(node)?;
        self.extend(node, after.stage())?;
        if alone {
            if after != After::Logistic {
                return Err(refused(
                    node,
                    "attribute `post_transform`: of one sum, only LOGISTIC is read",
                ));
            }
            self.push(node, Stage::complement())?;
            self.dims = vec![1, 2];
        }
        self.classes = true;
        Ok(())
    }

    /// A row of coefficients for each number of the bias.
    fn linear(&mut self, node: &Node, bias: Vec<f32>) -> Result<(), ModelProblem> {
        let coefficients = node.floats("coefficients")?;
        finite(node, "attribute `coefficients`", &coefficients)?;
        finite(node, "attribute `intercepts`", &bias)?;
        let width = self.width();
        if bias.is_empty() || width == 0 || coefficients.len() != bias.len().saturating_mul(width) {
            return Err(refused(
                node,
                "attribute `coefficients`: one number for each input and output is needed",
            ));
        }
        let rows: Vec<Vec<f32>> = coefficients.chunks(width).map(<[f32]>::to_vec).collect();
        self.dims = vec![1, rows.len()];
        self.push(node, Stage::linear(width, rows, bias))
    }

    fn gemm(
        &mut self,
        node: &Node,
        weights: &Tensor,
        bias: Option<&Tensor>,
        input: usize,
    ) -> Result<(), ModelProblem> {
        if input != 0 || node.whole("transA", 0)? != 0 {
            return Err(refused(node, "only a row times a constant matrix is read"));
        }
        let transposed = node.whole("transB", 0)? != 0;
        let beta = node.float("beta", 1.0)?;
        // For any number of customers: a row of them at most.
        let outputs = weights.dims.get(usize::from(!transposed)).copied();
        let bias = match (bias, outputs) {
            (Some(bias), Some(outputs)) => {
                at_most("outputs", outputs, limits::OUTPUTS)?;
                let spread = bias.over(&[1, outputs]);
                let spread = spread.ok_or_else(|| misfit(node, bias, &[1, outputs]))?;
                spread.iter().map(|b| b * beta).collect()
            }
            _ => Vec::new(),
        };
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
            bias
        };
        self.push(node, Stage::linear(inputs, rows, bias))?;
        if let Some(last) = self.dims.last_mut() {
            *last = outputs;
        }
        Ok(())
    }

    fn activated(&mut self, node: &Node, with: Activation) -> Result<(), ModelProblem> {
        if let Some(Stage::Linear {
            inputs,
            rows,
            bias,
            activation: Activation::None,
        }) = self.stages.last().map(|stage| &**stage)
        {
            let stage = Stage::Linear {
                inputs: *inputs,
                rows: rows.clone(),
                bias: bias.clone(),
                activation: with,
            };
            self.replace(stage);
            return Ok(());
        }
        // Each number by itself, so that one that is missing leaves the others.
        match with {
            Activation::None => Ok(()),
            Activation::Relu => self.each(node, &vec![Op::Clip(0.0, f32::MAX); self.width()]),
            Activation::Sigmoid => self.push(node, Stage::Link(models::Link::Logistic(1.0))),
            Activation::Tanh => {
                self.push(node, Stage::Link(models::Link::Logistic(2.0)))?;
                self.push(node, Stage::Signed)
            }
        }
    }
}

/// (x − offset) × factor, with both made of a constant.
fn moved(constants: Vec<f32>, op: impl Fn(f32) -> (f32, f32)) -> Vec<Op> {
    let moves = constants.into_iter().map(op);
    moves
        .map(|(offset, factor)| Op::Move { offset, factor })
        .collect()
}

fn misfit(node: &Node, constant: &Tensor, row: &[usize]) -> ModelProblem {
    let what = format!(
        "its constant has the shape {:?}, which does not fit a row of the shape {row:?}",
        constant.dims
    );
    refused(node, &what)
}

/// Classifiers give labels first.
fn probabilities(site: &Site) -> Result<(), ModelProblem> {
    if site.output == 1 {
        Ok(())
    } else {
        Err(site.refused("output of labels: only probabilities are read"))
    }
}
