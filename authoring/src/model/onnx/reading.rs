//! From the score back to the inputs: what each node needs is made first, once.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{ModelProblem, at_most, inputs};
use super::feature::Feature;
use super::graph::{Graph, Node, Port};
use super::patterns::Task;
use super::row::Made;
use super::tensor::{Constant, Tensor, named};
use super::{damaged, extents, refused};
use crate::limits;

/// A graph that is being read.
pub(super) struct Reading<'g, 'a> {
    graph: &'g Graph<'a>,
    /// Which node makes a value, by its position, and as which of its outputs.
    makers: BTreeMap<&'a str, (usize, usize)>,
    /// The inputs that are read, in their order, with the first column of each.
    ports: Vec<(&'g Port<'a>, usize)>,
    /// For each column of texts, the texts that there are.
    texts: BTreeMap<usize, Vec<&'a str>>,
    made: BTreeMap<&'a str, Made>,
    /// How many numbers have been made.
    spent: usize,
}

/// The columns of the inputs.
pub(super) struct Columns {
    pub(super) names: Vec<String>,
    /// Whether the file names them.
    pub(super) named: bool,
    /// The texts of each that holds texts.
    pub(super) texts: Vec<Vec<String>>,
}

/// A node in its place: which of its outputs is wanted, and which of its inputs the row comes in by.
pub(super) struct Site<'r, 'g, 'a> {
    pub(super) node: &'g Node<'a>,
    pub(super) output: usize,
    pub(super) input: usize,
    pub(super) reading: &'r Reading<'g, 'a>,
}

impl Site<'_, '_, '_> {
    /// A constant that the node reads, whose numbers are all finite; none where there is none.
    pub(super) fn operand(&self, input: usize) -> Result<Option<Tensor>, ModelProblem> {
        let tensor = self.bound(input)?;
        if let Some((place, number)) = tensor.as_ref().and_then(Tensor::odd) {
            let name = self.node.inputs.get(input).copied().unwrap_or_default();
            let what =
                format!("`{name}`{place:?} is {number:?}: it must be a finite 32-bit number");
            return Err(self.refused(&what));
        }
        Ok(tensor)
    }

    /// The same, where infinity has a meaning.
    pub(super) fn bound(&self, input: usize) -> Result<Option<Tensor>, ModelProblem> {
        match self.node.inputs.get(input) {
            Some(name) if !name.is_empty() => self.reading.constant(name),
            _ => Ok(None),
        }
    }

    /// A constant that it cannot do without.
    pub(super) fn needed(&self, input: usize) -> Result<Tensor, ModelProblem> {
        let operand = self.operand(input)?;
        operand.ok_or_else(|| self.refused("a constant that it needs is missing"))
    }

    pub(super) fn refused(&self, what: &str) -> ModelProblem {
        refused(self.node, what)
    }
}

impl<'g, 'a> Reading<'g, 'a> {
    pub(super) fn of(graph: &'g Graph<'a>) -> Result<Self, ModelProblem> {
        let mut makers = BTreeMap::new();
        for (at, node) in graph.nodes.iter().enumerate() {
            let outputs = node.outputs.iter().enumerate();
            for (output, name) in outputs.filter(|(_, name)| !name.is_empty()) {
                makers.insert(*name, (at, output));
            }
        }
        let mut reading = Self {
            graph,
            makers,
            ports: Vec::new(),
            texts: BTreeMap::new(),
            made: BTreeMap::new(),
            spent: 0,
        };
        reading.seat()?;
        Ok(reading)
    }

    /// Gives the columns of the inputs their places. Where every input is one column, all are columns; else
    /// the graph reads one input.
    fn seat(&mut self) -> Result<(), ModelProblem> {
        let wide = |port: &Port| extents(port).iter().any(|extent| *extent != 1);
        let ports: Vec<&Port> = if self.graph.inputs.iter().any(wide) {
            let read = |port: &&Port| {
                let mut nodes = self.graph.nodes.iter();
                nodes.any(|node| node.inputs.contains(&port.name))
            };
            self.graph.inputs.iter().filter(read).collect()
        } else {
            self.graph.inputs.iter().collect()
        };
        if ports.len() > 1 && ports.iter().any(|port| wide(port)) {
            return Err(damaged(
                "one of several inputs has more than one column: export one column each, or one input",
            ));
        }
        let mut first = 0usize;
        for port in ports {
            if !port.shaped || port.dims.len() > 1 && port.dims.last() == Some(&None) {
                let what = "it leaves open how many columns it has: export it with their number, as \
                            `FloatTensorType([None, 12])` for 12";
                return Err(named("input", port.name, what));
            }
            let dims = extents(port);
            let width = dims
                .iter()
                .fold(1usize, |width, dim| width.saturating_mul(*dim));
            at_most("inputs", first.saturating_add(width), limits::INPUTS)?;
            self.ports.push((port, first));
            if port.texts {
                self.texts
                    .extend((first..first + width).map(|at| (at, Vec::new())));
            }
            let features = (first..first + width).map(Feature::of).collect();
            self.made.insert(port.name, Made::of(features, dims));
            first += width;
        }
        Ok(())
    }

    /// The columns of the inputs: their names, whether these are names, and the texts of each.
    pub(super) fn columns(&self) -> Result<Columns, ModelProblem> {
        let width: usize = self
            .ports
            .iter()
            .map(|(port, _)| extents(port).iter().product::<usize>())
            .sum();
        let texts = (0..width).map(|at| {
            let texts = self.texts.get(&at).into_iter().flatten();
            texts.map(|text| (*text).to_owned()).collect()
        });
        let texts = texts.collect();
        if self.ports.len() > 1 {
            let names = self.ports.iter().map(|(port, _)| port.name.to_owned());
            let names: Vec<String> = names.collect();
            inputs(&names)?;
            return Ok(Columns {
                names,
                named: true,
                texts,
            });
        }
        let Some(given) = self.graph.feature_names else {
            let names = (0..width).map(|at| format!("Column_{at}")).collect();
            return Ok(Columns {
                names,
                named: false,
                texts,
            });
        };
        let names: Vec<String> = serde_json::from_str(given).map_err(|cause| {
            let what = format!("{cause}: it must be a JSON list of texts, `[\"age\", \"income\"]`");
            named("metadata", "feature_names", &what)
        })?;
        inputs(&names)?;
        if names.len() != width {
            return Err(ModelProblem::Length {
                what: "`feature_names` in the metadata".to_owned(),
                each: "input",
                found: names.len(),
                expected: width,
            });
        }
        Ok(Columns {
            names,
            named: true,
            texts,
        })
    }

    /// Makes a value, and first all that it needs.
    pub(super) fn make(&mut self, output: &'a str) -> Result<Made, ModelProblem> {
        let mut open = vec![output];
        let mut begun = BTreeSet::new();
        while let Some(name) = open.last().copied() {
            if self.made.contains_key(name) {
                open.pop();
                continue;
            }
            let (node, at) = self.maker(name)?;
            let task = Task::of(self, node)?;
            let lacking = task.reads().filter(|name| !self.made.contains_key(name));
            let before = open.len();
            let lacking: Vec<&str> = lacking.collect();
            if let Some(nothing) = lacking.iter().find(|name| !self.makers.contains_key(*name)) {
                let what = format!(
                    "it reads `{}`, which is no constant, no input, and made by no node: export the model again, \
                     with all its weights",
                    nothing.chars().take(80).collect::<String>()
                );
                return Err(refused(node, &what));
            }
            open.extend(lacking);
            if open.len() > before {
                if !begun.insert(name) {
                    return Err(refused(
                        node,
                        "what it makes leads back to itself: export the model again",
                    ));
                }
                continue;
            }
            let made = self.done(node, at, &task)?;
            made.bounded()?;
            self.spent = self.spent.saturating_add(made.own());
            at_most(
                "numbers to keep while it is read",
                self.spent,
                limits::SPENT,
            )?;
            self.made.insert(name, made);
            open.pop();
        }
        // Nothing else shares its stages from here on.
        let made = self.made.remove(output);
        self.made.clear();
        made.ok_or_else(|| named("value", output, "no node makes it: export the model again"))
    }

    fn done(
        &mut self,
        node: &'g Node<'a>,
        output: usize,
        task: &Task<'a>,
    ) -> Result<Made, ModelProblem> {
        let rows: Vec<Made> = task
            .reads()
            .filter_map(|name| self.made.get(name).cloned())
            .collect();
        if let Task::Encode { .. } = task {
            let [row] = rows.as_slice() else {
                return Err(refused(node, "it encodes several values at once"));
            };
            return super::columns::encoded(node, row, &mut self.texts);
        }
        if rows.iter().any(|row| self.holds_texts(row)) && !task.leaves_texts(node) {
            return Err(refused(
                node,
                "it is read only of numbers: encode texts by `OneHotEncoder` or `OrdinalEncoder` first",
            ));
        }
        task.done(node, rows, |input| Site {
            node,
            output,
            input,
            reading: self,
        })
    }

    fn holds_texts(&self, row: &Made) -> bool {
        let of = |feature: &Feature| self.texts.contains_key(&feature.input) && !feature.encoded();
        row.is_columns() && row.features.iter().any(of)
    }

    /// The node that makes a value, and as which of its outputs.
    pub(super) fn maker(&self, name: &str) -> Result<(&'g Node<'a>, usize), ModelProblem> {
        let found = self.makers.get(name);
        let found = found.and_then(|(at, output)| Some((self.graph.nodes.get(*at)?, *output)));
        let (node, output) = found
            .ok_or_else(|| named("value", name, "no node makes it: export the model again"))?;
        node.known()?;
        Ok((node, output))
    }

    /// The value of a constant, also of one that nodes only dress up; none of what depends on the input.
    pub(super) fn constant(&self, name: &str) -> Result<Option<Tensor>, ModelProblem> {
        let constant = self.settled(name);
        constant.map(|constant| constant.read(name)).transpose()
    }

    pub(super) fn settled(&self, name: &str) -> Option<Constant<'a>> {
        let mut at = name;
        // No longer than a sane file's detours; a circle ends here too.
        for _ in 0..8 {
            if let Some(constant) = self.graph.constants.get(at) {
                return Some(*constant);
            }
            let (node, _) = self.maker(at).ok()?;
            if !matches!(node.operator, "Identity" | "Cast") {
                return None;
            }
            at = node.inputs.first()?;
        }
        None
    }
}
