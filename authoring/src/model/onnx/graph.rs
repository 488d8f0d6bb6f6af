//! What an ONNX file holds: nodes, constants, and what comes in and goes out.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{ModelProblem, at_most};
use super::refused;
use super::tensor::{Constant, DOUBLE, FLOAT, TEXT, Tensor, named};
use super::wire::{Fields, Value, damaged};
use crate::limits;

/// The graph of a model; everything lies where it lies in the file.
#[derive(Default)]
pub(super) struct Graph<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) constants: BTreeMap<&'a str, Constant<'a>>,
    pub(super) inputs: Vec<Port<'a>>,
    pub(super) outputs: Vec<Port<'a>>,
    /// What the model's metadata say the columns of its input are, as JSON.
    pub(super) feature_names: Option<&'a str>,
}

/// An operator in its place.
#[derive(Default)]
pub(super) struct Node<'a> {
    pub(super) operator: &'a str,
    domain: &'a str,
    pub(super) name: &'a str,
    pub(super) inputs: Vec<&'a str>,
    pub(super) outputs: Vec<&'a str>,
    attributes: BTreeMap<&'a str, Fields<'a>>,
}

/// What comes in or goes out.
#[derive(Default)]
pub(super) struct Port<'a> {
    pub(super) name: &'a str,
    /// Whether it holds numbers with fractions.
    pub(super) fractions: bool,
    /// Whether it holds texts.
    pub(super) texts: bool,
    /// Whether the file says how many extents it has.
    pub(super) shaped: bool,
    /// Its extent in each direction, as far as it is known.
    pub(super) dims: Vec<Option<usize>>,
}

impl<'a> Graph<'a> {
    pub(super) fn read(file: &'a [u8]) -> Result<Self, ModelProblem> {
        let mut graph = None;
        let mut feature_names = None;
        let mut fields = Fields::of(file);
        while let Some((number, value)) = fields.next()? {
            match number {
                7 => graph = Some(value.bytes()?),
                14 => {
                    let (mut key, mut text) = ("", "");
                    let mut entry = Fields::of(value.bytes()?);
                    while let Some((number, value)) = entry.next()? {
                        match number {
                            1 => key = value.text()?,
                            2 => text = value.text()?,
                            _ => {}
                        }
                    }
                    if key == "feature_names" {
                        feature_names = Some(text);
                    }
                }
                _ => {}
            }
        }
        let graph = graph.ok_or_else(|| damaged("it has no graph"))?;
        let mut read = Self {
            feature_names,
            ..Self::default()
        };
        let mut fields = Fields::of(graph);
        while let Some((number, value)) = fields.next()? {
            match number {
                1 => {
                    at_most("nodes", read.nodes.len() + 1, limits::OPERATORS)?;
                    read.nodes.push(Node::read(value.bytes()?)?);
                }
                5 => {
                    let constant = Constant(Fields::of(value.bytes()?));
                    let name = constant.name()?;
                    if read.constants.insert(name, constant).is_some() {
                        return Err(named(
                            "constant",
                            name,
                            "it is there twice: export the model again",
                        ));
                    }
                }
                11 => read.inputs.push(Port::read(value.bytes()?)?),
                12 => read.outputs.push(Port::read(value.bytes()?)?),
                15 => {
                    return Err(damaged(
                        "it has sparse constants, which are not read: export it without them",
                    ));
                }
                _ => {}
            }
            at_most("inputs", read.inputs.len(), limits::INPUTS)?;
            at_most("outputs", read.outputs.len(), limits::OUTPUTS)?;
            at_most("constants", read.constants.len(), limits::OPERATORS)?;
        }
        read.alone()?;
        for node in &read.nodes {
            if node.operator == "Constant" && node.is_known() {
                let value = node.attribute("value")?.map(|value| value.field(5));
                if let (Some(Some(value)), Some(name)) = (value.transpose()?, node.outputs.first())
                {
                    read.constants
                        .insert(name, Constant(Fields::of(value.bytes()?)));
                }
            }
        }
        // Old files list constants as inputs too.
        read.inputs
            .retain(|input| !read.constants.contains_key(input.name));
        Ok(read)
    }
}

impl Graph<'_> {
    /// Every value has one maker.
    fn alone(&self) -> Result<(), ModelProblem> {
        let inputs = self.inputs.iter().map(|input| input.name);
        let mut made: BTreeSet<&str> = inputs.chain(self.constants.keys().copied()).collect();
        for node in &self.nodes {
            let names = node.outputs.iter().filter(|name| !name.is_empty());
            for name in names {
                if !made.insert(name) {
                    let what = format!(
                        "`{name}`, which it makes, is made elsewhere too: give each value a name of its own"
                    );
                    return Err(refused(node, &what));
                }
            }
        }
        Ok(())
    }
}

/// Operators of `ai.onnx.ml`, as far as they are read.
const ML: [&str; 13] = [
    "ArrayFeatureExtractor",
    "Binarizer",
    "Imputer",
    "LabelEncoder",
    "LinearClassifier",
    "LinearRegressor",
    "Normalizer",
    "OneHotEncoder",
    "Scaler",
    "TreeEnsemble",
    "TreeEnsembleClassifier",
    "TreeEnsembleRegressor",
    "ZipMap",
];

impl<'a> Node<'a> {
    /// Whether its operator is one of ONNX's own; others may mean anything by the same name.
    pub(super) fn is_known(&self) -> bool {
        if ML.contains(&self.operator) {
            self.domain == "ai.onnx.ml"
        } else {
            matches!(self.domain, "" | "ai.onnx")
        }
    }

    /// Refuses an operator that is not ONNX's own.
    pub(super) fn known(&self) -> Result<(), ModelProblem> {
        if self.is_known() {
            return Ok(());
        }
        let domain: String = self.domain.chars().take(80).collect();
        let what = format!(
            "there is no such operator of ONNX's own in domain `{domain}`: export the model with standard operators"
        );
        Err(refused(self, &what))
    }

    fn read(message: &'a [u8]) -> Result<Self, ModelProblem> {
        let mut node = Self::default();
        let mut fields = Fields::of(message);
        while let Some((number, value)) = fields.next()? {
            match number {
                1 => node.inputs.push(value.text()?),
                2 => node.outputs.push(value.text()?),
                3 => node.name = value.text()?,
                4 => node.operator = value.text()?,
                7 => node.domain = value.text()?,
                5 => {
                    let attribute = Fields::of(value.bytes()?);
                    let name = attribute
                        .field(1)?
                        .ok_or_else(|| damaged("an attribute has no name"))?;
                    node.attributes.insert(name.text()?, attribute);
                }
                _ => {}
            }
        }
        Ok(node)
    }

    /// Attributes that are there.
    pub(super) fn attributes(&self) -> impl Iterator<Item = &'a str> {
        self.attributes.keys().copied()
    }

    /// Whether an attribute is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.attributes.contains_key(name)
    }

    fn attribute(&self, name: &str) -> Result<Option<Fields<'a>>, ModelProblem> {
        Ok(self.attributes.get(name).copied())
    }

    fn one(&self, name: &str, field: u64) -> Result<Option<Value<'a>>, ModelProblem> {
        self.attributes
            .get(name)
            .map_or(Ok(None), |attribute| attribute.field(field))
    }

    pub(super) fn float(&self, name: &str, default: f32) -> Result<f32, ModelProblem> {
        self.one(name, 2)?.map_or(Ok(default), Value::float)
    }

    pub(super) fn whole(&self, name: &str, default: i64) -> Result<i64, ModelProblem> {
        self.one(name, 3)?.map_or(Ok(default), Value::whole)
    }

    pub(super) fn text(&self, name: &str, default: &'a str) -> Result<&'a str, ModelProblem> {
        self.one(name, 4)?.map_or(Ok(default), Value::text)
    }

    pub(super) fn tensor(&self, name: &str) -> Result<Option<Tensor>, ModelProblem> {
        let value = self.one(name, 5)?;
        value
            .map(|value| Constant(Fields::of(value.bytes()?)).read(name))
            .transpose()
    }

    pub(super) fn floats(&self, name: &str) -> Result<Vec<f32>, ModelProblem> {
        let mut list = Vec::new();
        self.all(name, 7, |value| value.floats(&mut list))?;
        Ok(list)
    }

    pub(super) fn wholes(&self, name: &str) -> Result<Vec<i64>, ModelProblem> {
        let mut list = Vec::new();
        self.all(name, 8, |value| value.wholes(&mut list))?;
        Ok(list)
    }

    pub(super) fn texts(&self, name: &str) -> Result<Vec<&'a str>, ModelProblem> {
        let mut list = Vec::new();
        self.all(name, 9, |value| {
            list.push(value.text()?);
            Ok(())
        })?;
        Ok(list)
    }

    fn all(
        &self,
        name: &str,
        field: u64,
        mut take: impl FnMut(Value<'a>) -> Result<(), ModelProblem>,
    ) -> Result<(), ModelProblem> {
        let Some(mut attribute) = self.attributes.get(name).copied() else {
            return Ok(());
        };
        while let Some((number, value)) = attribute.next()? {
            if number == field {
                take(value)?;
            }
        }
        Ok(())
    }
}

impl<'a> Fields<'a> {
    /// The last field of that number.
    pub(super) fn field(mut self, wanted: u64) -> Result<Option<Value<'a>>, ModelProblem> {
        let mut found = None;
        while let Some((number, value)) = self.next()? {
            if number == wanted {
                found = Some(value);
            }
        }
        Ok(found)
    }
}

impl<'a> Port<'a> {
    fn read(message: &'a [u8]) -> Result<Self, ModelProblem> {
        let fields = Fields::of(message);
        let mut port = Self::default();
        if let Some(name) = fields.field(1)? {
            port.name = name.text()?;
        }
        let Some(kind) = fields.field(2)? else {
            return Ok(port);
        };
        let kind = Fields::of(kind.bytes()?);
        // A list of dictionaries, which classifiers of scikit-learn give, is one of probabilities.
        port.fractions = kind.field(4)?.is_some();
        let Some(tensor) = kind.field(1)? else {
            return Ok(port);
        };
        let tensor = Fields::of(tensor.bytes()?);
        let element = tensor.field(1)?.map_or(Ok(0), Value::whole)?;
        port.fractions = matches!(element, FLOAT | DOUBLE);
        port.texts = element == TEXT;
        let Some(shape) = tensor.field(2)? else {
            return Ok(port);
        };
        port.shaped = true;
        let mut shape = Fields::of(shape.bytes()?);
        while let Some((number, dim)) = shape.next()? {
            if number == 1 {
                let known = Fields::of(dim.bytes()?).field(1)?;
                let known = known.map(Value::whole).transpose()?;
                port.dims.push(
                    known
                        .and_then(|known| usize::try_from(known).ok())
                        .filter(|known| *known > 0),
                );
            }
        }
        Ok(port)
    }
}
