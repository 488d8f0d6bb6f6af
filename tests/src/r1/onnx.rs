//! The made-up models in ONNX's format, so that other runtimes read the same numbers.
//!
//! A file is a message of Protocol Buffers; of the format's messages only the fields that these models need
//! are written, by their numbers in `onnx.proto`.

use super::{FORESTS, Forest, HIDDEN, INPUTS, Network, VARIABLES};

/// The version of the format, and of the two sets of operators.
const IR: u64 = 8;
const OPERATORS: u64 = 13;
const TREE_OPERATORS: u64 = 3;
const TREES_DOMAIN: &str = "ai.onnx.ml";

const FLOAT: u64 = 1;

/// How tree models are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Trees {
    /// A regressor for each model, all in one graph; output `scores`, one number each.
    Regressors,
    /// One regressor with an output for each model; output `scores`.
    OneRegressor,
    /// A classifier for each model, for runtimes that know no regressors; outputs `scores_0` and so on: the
    /// probabilities of no and of yes.
    Classifiers,
}

/// All tree models in one file; input `row`.
pub fn trees(forests: &[Forest], how: Trees) -> Vec<u8> {
    let mut graph = Message::default();
    graph.text(2, "trees");
    match how {
        Trees::OneRegressor => {
            let mut node = node(
                "TreeEnsembleRegressor",
                TREES_DOMAIN,
                &["row"],
                &["margins"],
            );
            ensemble(&mut node, forests, "target", &|forest| forest);
            node.attribute("n_targets", Attribute::Whole(forests.len() as i64));
            graph.message(1, &node);
        }
        Trees::Regressors => {
            let names: Vec<String> = (0..forests.len()).map(|i| format!("margin_{i}")).collect();
            for (forest, name) in forests.iter().zip(&names) {
                let mut node = node("TreeEnsembleRegressor", TREES_DOMAIN, &["row"], &[name]);
                let forest = std::slice::from_ref(forest);
                ensemble(&mut node, forest, "target", &|_| 0);
                node.attribute("n_targets", Attribute::Whole(1));
                graph.message(1, &node);
            }
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let mut concat = node("Concat", "", &names, &["margins"]);
            concat.attribute("axis", Attribute::Whole(1));
            graph.message(1, &concat);
        }
        Trees::Classifiers => {
            for (i, forest) in forests.iter().enumerate() {
                let (label, scores) = (format!("label_{i}"), format!("scores_{i}"));
                let outputs: [&str; 2] = [&label, &scores];
                let mut node = node("TreeEnsembleClassifier", TREES_DOMAIN, &["row"], &outputs);
                let forest = std::slice::from_ref(forest);
                ensemble(&mut node, forest, "class", &|_| 1);
                node.attribute("classlabels_int64s", Attribute::Wholes(vec![0, 1]));
                node.attribute("post_transform", Attribute::Text("LOGISTIC"));
                graph.message(1, &node);
                graph.message(12, &value(&scores, &[1, 2]));
            }
        }
    }
    if how != Trees::Classifiers {
        let node = node("Sigmoid", "", &["margins"], &["scores"]);
        graph.message(1, &node);
        graph.message(12, &value("scores", &[1, FORESTS]));
    }
    graph.message(11, &value("row", &[1, VARIABLES]));
    file(&graph)
}

/// The LSTM for sequences of so many events. Inputs `events`, `hidden` and `cell`, outputs `hidden_after` and
/// `cell_after`.
pub fn network(network: &Network, events: usize) -> Vec<u8> {
    let mut graph = Message::default();
    let inputs = ["events", "w", "r", "b", "", "hidden", "cell"];
    let outputs = ["", "hidden_after", "cell_after"];
    let mut node = node("LSTM", "", &inputs, &outputs);
    node.attribute("hidden_size", Attribute::Whole(HIDDEN as i64));
    graph.message(1, &node);
    graph.text(2, "lstm");
    let gates = network.of_input.len();
    let both = [&network.input_bias[..], &network.state_bias].concat();
    graph.message(
        5,
        &tensor("w", &[1, gates, INPUTS], &network.of_input.concat()),
    );
    graph.message(
        5,
        &tensor("r", &[1, gates, HIDDEN], &network.of_state.concat()),
    );
    graph.message(5, &tensor("b", &[1, 2 * gates], &both));
    graph.message(11, &value("events", &[events, 1, INPUTS]));
    for name in ["hidden", "cell"] {
        graph.message(11, &value(name, &[1, 1, HIDDEN]));
        graph.message(12, &value(&format!("{name}_after"), &[1, 1, HIDDEN]));
    }
    file(&graph)
}

/// The attributes of an ensemble of some forests, each of which adds to the output that `output` says.
fn ensemble(node: &mut Message, forests: &[Forest], word: &str, output: &dyn Fn(i64) -> i64) {
    let mut lists: [Vec<i64>; 6] = Default::default();
    let (mut modes, mut values) = (Vec::new(), Vec::new());
    let mut leaves: [Vec<i64>; 3] = Default::default();
    let mut weights = Vec::new();
    let trees = (0..)
        .zip(forests)
        .flat_map(|(forest, f)| f.trees.iter().map(move |t| (forest, t)));
    for (tree, (forest, t)) in (0..).zip(trees) {
        let mut add = |numbers: [i64; 6], mode: &'static str, value: f32| {
            lists
                .iter_mut()
                .zip(numbers)
                .for_each(|(list, number)| list.push(number));
            modes.push(mode);
            values.push(value);
        };
        for (i, split) in (0..).zip(&t.splits) {
            let missing = i64::from(split.missing_first);
            let numbers = [tree, i, split.input as i64, 2 * i + 1, 2 * i + 2, missing];
            add(numbers, "BRANCH_LT", split.threshold);
        }
        for (i, leaf) in (t.splits.len() as i64..).zip(&t.leaves) {
            add([tree, i, 0, 0, 0, 0], "LEAF", 0.0);
            let numbers = [tree, i, output(forest)];
            leaves
                .iter_mut()
                .zip(numbers)
                .for_each(|(list, number)| list.push(number));
            weights.push(*leaf);
        }
    }
    let names = [
        "nodes_treeids",
        "nodes_nodeids",
        "nodes_featureids",
        "nodes_truenodeids",
        "nodes_falsenodeids",
        "nodes_missing_value_tracks_true",
    ];
    for (name, list) in names.into_iter().zip(lists) {
        node.attribute(name, Attribute::Wholes(list));
    }
    for (what, list) in ["treeids", "nodeids", "ids"].into_iter().zip(leaves) {
        node.attribute(&format!("{word}_{what}"), Attribute::Wholes(list));
    }
    node.attribute("nodes_modes", Attribute::Texts(modes));
    node.attribute("nodes_values", Attribute::Numbers(values));
    node.attribute(&format!("{word}_weights"), Attribute::Numbers(weights));
}

enum Attribute {
    Whole(i64),
    Text(&'static str),
    Numbers(Vec<f32>),
    Wholes(Vec<i64>),
    Texts(Vec<&'static str>),
}

/// A message in the making.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn number(&mut self, field: u64, number: u64) {
        self.variable(field << 3);
        self.variable(number);
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.variable(field << 3 | 2);
        self.variable(bytes.len() as u64);
        self.0.extend(bytes);
    }

    fn text(&mut self, field: u64, text: &str) {
        self.bytes(field, text.as_bytes());
    }

    fn message(&mut self, field: u64, message: &Self) {
        self.bytes(field, &message.0);
    }

    fn variable(&mut self, mut number: u64) {
        while number >= 128 {
            self.0.push(number as u8 | 128);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    /// Adds an attribute to a node.
    fn attribute(&mut self, name: &str, value: Attribute) {
        let mut attribute = Self::default();
        attribute.text(1, name);
        let kind = match value {
            Attribute::Whole(number) => {
                attribute.number(3, number as u64);
                2
            }
            Attribute::Text(text) => {
                attribute.text(4, text);
                3
            }
            Attribute::Numbers(numbers) => {
                let bytes = numbers.iter().flat_map(|number| number.to_le_bytes());
                attribute.bytes(7, &bytes.collect::<Vec<_>>());
                6
            }
            Attribute::Wholes(numbers) => {
                let mut packed = Self::default();
                numbers
                    .iter()
                    .for_each(|number| packed.variable(*number as u64));
                attribute.message(8, &packed);
                7
            }
            Attribute::Texts(texts) => {
                texts.iter().for_each(|text| attribute.text(9, text));
                8
            }
        };
        attribute.number(20, kind);
        self.message(5, &attribute);
    }
}

fn node(operator: &str, domain: &str, inputs: &[&str], outputs: &[&str]) -> Message {
    let mut node = Message::default();
    inputs.iter().for_each(|name| node.text(1, name));
    outputs.iter().for_each(|name| node.text(2, name));
    node.text(3, outputs.last().unwrap_or(&operator));
    node.text(4, operator);
    node.text(7, domain);
    node
}

/// The name and shape of an input or an output.
fn value(name: &str, shape: &[usize]) -> Message {
    let mut dimensions = Message::default();
    for size in shape {
        let mut dimension = Message::default();
        dimension.number(1, *size as u64);
        dimensions.message(1, &dimension);
    }
    let mut tensor = Message::default();
    tensor.number(1, FLOAT);
    tensor.message(2, &dimensions);
    let mut kind = Message::default();
    kind.message(1, &tensor);
    let mut value = Message::default();
    value.text(1, name);
    value.message(2, &kind);
    value
}

fn tensor(name: &str, shape: &[usize], numbers: &[f32]) -> Message {
    let mut tensor = Message::default();
    shape.iter().for_each(|size| tensor.number(1, *size as u64));
    tensor.number(2, FLOAT);
    tensor.text(8, name);
    let bytes = numbers.iter().flat_map(|number| number.to_le_bytes());
    tensor.bytes(9, &bytes.collect::<Vec<_>>());
    tensor
}

fn file(graph: &Message) -> Vec<u8> {
    let mut file = Message::default();
    file.number(1, IR);
    file.text(2, "nearfield");
    file.message(7, graph);
    for (domain, version) in [("", OPERATORS), (TREES_DOMAIN, TREE_OPERATORS)] {
        let mut operators = Message::default();
        operators.text(1, domain);
        operators.number(2, version);
        file.message(8, &operators);
    }
    file.0
}

#[cfg(test)]
mod tests {
    use engine::models::{ArchivedModel, Row};
    use rkyv::rancor::Error;

    use super::*;
    use crate::r1::Numbers;

    /// What the importer, which is tested with files of ONNX's own library, makes of a file.
    fn outputs(file: &[u8], values: &[f64]) -> Vec<f64> {
        let model = authoring::model::onnx(file).unwrap().alone("made-up");
        let bytes = rkyv::to_bytes::<Error>(&model).unwrap();
        let model = rkyv::access::<ArchivedModel, Error>(&bytes).unwrap();
        let mut row = Row::default();
        row.fill(values);
        model.outputs(&mut row).to_vec()
    }

    #[test]
    fn files_hold_the_forests() {
        let mut numbers = Numbers::new(7);
        let row = |i: usize| {
            (0..VARIABLES).map(move |j| {
                if (i + j).is_multiple_of(7) {
                    f64::NAN
                } else {
                    ((i * j) % 11) as f64
                }
            })
        };
        let rows: Vec<Vec<f64>> = (0..20).map(|i| row(i).collect()).collect();
        let forests = [
            Forest::new(&mut numbers, &rows),
            Forest::new(&mut numbers, &rows),
        ];
        let both = trees(&forests, Trees::OneRegressor);
        for row in &rows {
            let found = outputs(&both, row);
            for (forest, found) in forests.iter().zip(found) {
                let expected = 1.0 / (1.0 + (-f64::from(forest.margin(row))).exp());
                assert!((found - expected).abs() < 1e-12);
            }
        }
    }
}
