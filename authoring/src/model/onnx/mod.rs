//! ONNX: what scikit-learn (through skl2onnx), PyTorch and others export. A graph that is a chain, from one
//! input to one output, becomes steps; anything else is refused by the name of its operator.
//!
//! The score is the first output that holds numbers with fractions; of two probabilities, the second. The
//! names of the columns are the graph's inputs, one column each, or the list of texts that the model's
//! metadata hold under `feature_names`.
//!
//! A row is one customer: the first extent of the input, which counts customers, is taken for 1, and so is
//! every extent that the file leaves open. A sequence whose length the file leaves open has one event.

mod graph;
mod layers;
mod trees;
mod wire;

use std::collections::BTreeMap;

use engine::models::{Activation, Dense, Matrix, Scale, Step};

use super::{Imported, ModelProblem, at_most, bytes, inputs};
use crate::limits;
use graph::{Constant, Graph, Node, Port, Tensor};
use wire::damaged;

/// Reads an ONNX model.
pub fn onnx(file: &[u8]) -> Result<Imported, ModelProblem> {
    bytes(file)?;
    let graph = Graph::read(file)?;
    let makers = makers(&graph);
    let output = graph.outputs.iter().find(|output| output.fractions);
    let output = output.ok_or_else(|| damaged("no output holds numbers with fractions"))?;
    let (chain, start) = chain(&graph, &makers, output.name)?;
    let (names, named, dims) = columns(&graph, &start)?;
    let mut made = Made {
        stages: Vec::new(),
        dims,
        classes: false,
    };
    for link in chain.iter().rev() {
        made.follow(&graph, &makers, link)?;
        made.bounded()?;
    }
    let outputs = made.width();
    let output = u16::from(made.classes && outputs == 2);
    Ok(Imported {
        inputs: names,
        named,
        steps: made.steps()?,
        output,
        outputs,
    })
}

/// A node of the chain, and which of its outputs the next one reads.
struct Link<'g, 'a> {
    node: &'g Node<'a>,
    output: usize,
    /// Which of its inputs the one before makes.
    input: usize,
}

/// A model in the making.
struct Made {
    stages: Vec<Stage>,
    /// The extents of what has been made, for one customer.
    dims: Vec<usize>,
    /// Whether it makes a number for each class.
    classes: bool,
}

/// A step in the making.
enum Stage {
    /// A matrix whose bias and activation may still come.
    Linear {
        inputs: usize,
        rows: Vec<Vec<f32>>,
        bias: Vec<f32>,
        activation: Activation,
    },
    /// Numbers moved and stretched.
    Scale(Scale),
    /// Anything else.
    Made(Step),
}

impl Stage {
    fn linear(inputs: usize, rows: Vec<Vec<f32>>, bias: Vec<f32>) -> Self {
        Self::Linear {
            inputs,
            rows,
            bias,
            activation: Activation::None,
        }
    }

    fn scale(offsets: Vec<f32>, factors: Vec<f32>) -> Self {
        Self::Scale(Scale {
            missing: Vec::new(),
            offsets,
            factors,
        })
    }

    /// From p to 1 − p and p.
    fn complement() -> Self {
        Self::linear(1, vec![vec![-1.0], vec![1.0]], vec![1.0, 0.0])
    }
}

impl Made {
    /// How many numbers a row has.
    fn width(&self) -> usize {
        self.dims
            .iter()
            .fold(1, |width, dim| width.saturating_mul(*dim))
    }

    /// Whether it is of a size that is accepted.
    fn bounded(&self) -> Result<(), ModelProblem> {
        at_most("numbers in a row", self.width(), limits::INPUTS)?;
        at_most("steps", self.stages.len(), limits::STEPS)?;
        let weights = self.stages.iter().map(|stage| match stage {
            Stage::Linear { inputs, rows, .. } => inputs.saturating_mul(rows.len()),
            _ => 0,
        });
        at_most(
            "weights",
            weights.fold(0, usize::saturating_add),
            limits::WEIGHTS,
        )
    }

    fn steps(self) -> Result<Vec<Step>, ModelProblem> {
        let mut steps = Vec::new();
        for stage in self.stages {
            steps.push(match stage {
                Stage::Linear {
                    inputs,
                    rows,
                    bias,
                    activation,
                } => {
                    finite(rows.iter().flatten().chain(&bias))?;
                    let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
                    Step::Dense(Dense {
                        matrix: Matrix::new(inputs, &rows, &bias),
                        activation,
                    })
                }
                Stage::Scale(scale) => {
                    finite(
                        scale
                            .missing
                            .iter()
                            .chain(&scale.offsets)
                            .chain(&scale.factors),
                    )?;
                    Step::Scale(scale)
                }
                Stage::Made(step) => step,
            });
        }
        Ok(steps)
    }
}

fn finite<'f>(mut numbers: impl Iterator<Item = &'f f32>) -> Result<(), ModelProblem> {
    numbers.try_for_each(|number| super::finite(|| "a weight".to_owned(), *number).map(drop))
}

/// The refusal of an operator, or of an attribute of it.
fn refused(node: &Node, what: &str) -> ModelProblem {
    let short = |text: &str| text.chars().take(80).collect();
    ModelProblem::Operator {
        operator: short(node.operator),
        node: short(node.name),
        what: what.chars().take(200).collect(),
    }
}

/// Which node makes a value, by its position, and as which of its outputs.
type Makers<'a> = BTreeMap<&'a str, (usize, usize)>;

fn makers<'a>(graph: &Graph<'a>) -> Makers<'a> {
    let mut makers = Makers::new();
    for (at, node) in graph.nodes.iter().enumerate() {
        for (output, name) in node
            .outputs
            .iter()
            .enumerate()
            .filter(|(_, name)| !name.is_empty())
        {
            makers.insert(name, (at, output));
        }
    }
    makers
}

/// The nodes from the output back to the input, and the values that they begin with.
fn chain<'g, 'a>(
    graph: &'g Graph<'a>,
    makers: &Makers<'a>,
    output: &'a str,
) -> Result<(Vec<Link<'g, 'a>>, Vec<&'a str>), ModelProblem> {
    let mut chain = Vec::new();
    let mut at = output;
    let is_input = |name: &str| graph.inputs.iter().any(|input| input.name == name);
    while !is_input(at) {
        let (node, output) = maker(graph, makers, at)?;
        if chain.len() >= graph.nodes.len() {
            return Err(damaged("its nodes lead in a circle"));
        }
        let mut variable = Vec::new();
        for (input, name) in node.inputs.iter().enumerate() {
            if !name.is_empty() && settled(graph, makers, name).is_none() {
                variable.push((input, *name));
            }
        }
        match variable.as_slice() {
            [(input, before)] => {
                chain.push(Link {
                    node,
                    output,
                    input: *input,
                });
                at = before;
            }
            [(_, first), (_, second)]
                if node.operator == "Concat" && complements(graph, makers, first, second)? =>
            {
                chain.push(Link {
                    node,
                    output,
                    input: 1,
                });
                at = second;
            }
            several
                if node.operator == "Concat"
                    && several.iter().all(|(_, name)| is_input(name))
                    && !several.is_empty() =>
            {
                if several.len() != node.inputs.len() {
                    return Err(refused(node, "it joins columns with constants"));
                }
                return Ok((chain, several.iter().map(|(_, name)| *name).collect()));
            }
            [] => return Err(refused(node, "it depends on no input")),
            _ => {
                return Err(refused(
                    node,
                    "it joins several values: only a chain from the input to the score is read",
                ));
            }
        }
    }
    Ok((chain, vec![at]))
}

fn maker<'g, 'a>(
    graph: &'g Graph<'a>,
    makers: &Makers<'a>,
    name: &str,
) -> Result<(&'g Node<'a>, usize), ModelProblem> {
    let found = makers
        .get(name)
        .and_then(|(at, output)| Some((graph.nodes.get(*at)?, *output)));
    found.ok_or_else(|| damaged("a node reads a value that nothing makes"))
}

/// Whether the first value is 1 minus the second.
fn complements<'a>(
    graph: &Graph<'a>,
    makers: &Makers<'a>,
    first: &str,
    second: &str,
) -> Result<bool, ModelProblem> {
    let Some((at, _)) = makers.get(first) else {
        return Ok(false);
    };
    let Some(node) = graph.nodes.get(*at).filter(|node| node.operator == "Sub") else {
        return Ok(false);
    };
    let [one, other] = node.inputs.as_slice() else {
        return Ok(false);
    };
    let one = constant(graph, makers, one)?;
    Ok(*other == second && one.is_some_and(|one| one.numbers == [1.0]))
}

/// The value of a constant, also of one that nodes only dress up; none of what depends on the input.
fn constant<'a>(
    graph: &Graph<'a>,
    makers: &Makers<'a>,
    name: &str,
) -> Result<Option<Tensor>, ModelProblem> {
    settled(graph, makers, name).map(Constant::read).transpose()
}

fn settled<'a>(graph: &Graph<'a>, makers: &Makers<'a>, name: &str) -> Option<Constant<'a>> {
    let mut at = name;
    // No longer than a sane file's detours; a circle ends here too.
    for _ in 0..8 {
        if let Some(constant) = graph.constants.get(at) {
            return Some(*constant);
        }
        let (node, _) = makers.get(at)?;
        let node = graph.nodes.get(*node)?;
        if !matches!(node.operator, "Identity" | "Cast") {
            return None;
        }
        at = node.inputs.first()?;
    }
    None
}

/// The columns that a chain begins with: their names, whether these are names, and their extents.
fn columns(graph: &Graph, start: &[&str]) -> Result<(Vec<String>, bool, Vec<usize>), ModelProblem> {
    let port = |name: &str| graph.inputs.iter().find(|input| input.name == name);
    let ports: Vec<&Port> = start.iter().filter_map(|name| port(name)).collect();
    let [port] = ports.as_slice() else {
        if ports
            .iter()
            .any(|port| extents(port).iter().any(|extent| *extent != 1))
        {
            return Err(damaged(
                "one of several inputs has more than one column: export one column each, or one input",
            ));
        }
        let names: Vec<String> = start.iter().map(|name| (*name).to_owned()).collect();
        inputs(&names)?;
        let dims = vec![1, names.len()];
        return Ok((names, true, dims));
    };
    let dims = extents(port);
    let width = dims
        .iter()
        .fold(1usize, |width, dim| width.saturating_mul(*dim));
    at_most("inputs", width, limits::INPUTS)?;
    let Some(given) = graph.feature_names else {
        let names = (0..width).map(|i| format!("Column_{i}")).collect();
        return Ok((names, false, dims));
    };
    let names: Vec<String> = serde_json::from_str(given)?;
    inputs(&names)?;
    if names.len() != width {
        return Err(ModelProblem::Length {
            what: "`feature_names` in the metadata".to_owned(),
            found: names.len(),
            expected: width,
        });
    }
    Ok((names, true, dims))
}

fn extents(port: &Port) -> Vec<usize> {
    let mut dims: Vec<usize> = port.dims.iter().map(|dim| dim.unwrap_or(1)).collect();
    if let [customers, _] = dims.as_mut_slice() {
        *customers = 1;
    }
    dims
}

#[cfg(test)]
mod tests;
