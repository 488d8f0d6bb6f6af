//! Sequences: networks over transactions, with what they read of each, from Nearfield's own JSON.

use std::collections::BTreeMap;

use engine::{
    models::{Recurrent, Step},
    profile::DataClass,
    variables::{Feature, Stream},
};
use serde::Deserialize;

use super::{ModelProblem, at_most, bytes, format, network::Weights};
use crate::{limits, suggest::suggest};

/// A network over transactions as trained.
#[derive(Debug)]
pub struct ImportedSequence {
    /// What it reads of each transaction.
    pub features: Vec<Feature>,
    /// The cells.
    pub cells: Recurrent,
    /// From what they remember to the scores.
    pub steps: Vec<Step>,
    /// What the scores are called.
    pub outputs: Vec<Titled>,
}

/// A score by name, as policies and screens call it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Titled {
    /// Its name in policies, after that of its model and a hyphen.
    pub id: String,
    /// Its name on screens, by language.
    pub title: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    #[serde(default, rename = "provenance")]
    _provenance: serde::de::IgnoredAny,
    features: Vec<Named>,
    outputs: Vec<Column>,
    weights: Weights,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Column {
    id: String,
    title: BTreeMap<String, String>,
    column: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Named {
    Amount,
    Balance,
    Wait,
    DayOfMonth,
    DaysLeft,
    In(String),
    Since(String),
    Due(String),
}

/// Reads a network over transactions (`nearfield-sequence/1`). Of its outputs, those that have a name share
/// what there is: the others are masked.
///
/// # Errors
/// The file is not of that form, or its parts do not fit each other.
pub fn sequence(json: &[u8]) -> Result<ImportedSequence, ModelProblem> {
    let file: File = serde_json::from_slice(bytes(json)?)?;
    format(&file.format, "nearfield-sequence/1")?;
    at_most("features", file.features.len(), limits::UNITS)?;
    at_most("outputs", file.outputs.len(), limits::OUTPUTS)?;
    let features = file.features.into_iter().map(feature);
    let features: Vec<Feature> = features.collect::<Result<_, _>>()?;
    let columns: Vec<usize> = file.outputs.iter().map(|output| output.column).collect();
    let network = file.weights.network(Some(&columns));
    let network = network.map_err(ModelProblem::Network)?;
    if network.inputs != features.len() {
        return Err(ModelProblem::Length {
            what: "`features`".to_owned(),
            each: "row of `input`",
            found: features.len(),
            expected: network.inputs,
        });
    }
    let outputs = file.outputs.into_iter();
    let outputs: Vec<Titled> = outputs
        .map(|output| Titled {
            id: output.id,
            title: output.title,
        })
        .collect();
    names(outputs.iter())?;
    Ok(ImportedSequence {
        features,
        cells: network.cells,
        steps: network.steps,
        outputs,
    })
}

/// Names of scores are words, each there once, and there is one.
pub(super) fn names<'t>(mut scores: impl Iterator<Item = &'t Titled>) -> Result<(), ModelProblem> {
    let mut seen = std::collections::BTreeSet::new();
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_word = |id: &str| (1..=64).contains(&id.len()) && id.bytes().all(word);
    let wrong = scores.find(|score| !is_word(&score.id) || !seen.insert(score.id.as_str()));
    match wrong {
        Some(score) => Err(ModelProblem::ScoreName(score.id.chars().take(80).collect())),
        None if seen.is_empty() => Err(ModelProblem::ScoreName(String::new())),
        None => Ok(()),
    }
}

fn feature(named: Named) -> Result<Feature, ModelProblem> {
    Ok(match named {
        Named::Amount => Feature::Amount,
        Named::Balance => Feature::Balance,
        Named::Wait => Feature::Wait,
        Named::DayOfMonth => Feature::DayOfMonth,
        Named::DaysLeft => Feature::DaysLeft,
        Named::In(name) => Feature::In(stream(&name)?),
        Named::Since(name) => Feature::Since(stream(&name)?),
        Named::Due(name) => Feature::Due(stream(&name)?),
    })
}

/// A stream of transactions: a network reads no other events.
fn stream(name: &str) -> Result<Stream, ModelProblem> {
    let of_money = |stream: &&Stream| stream.class() == DataClass::Transaction;
    let known = || Stream::ALL.iter().filter(of_money);
    known()
        .find(|stream| stream.name() == name)
        .copied()
        .ok_or_else(|| ModelProblem::Stream {
            name: name.chars().take(80).collect(),
            remedy: suggest(name, known().map(|stream| stream.name())),
        })
}
