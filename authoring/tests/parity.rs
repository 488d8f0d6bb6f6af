//! The engine answers as the libraries did that trained the models: on rows, margins, predictions and
//! contributions that the libraries themselves wrote down (`training/train.py`, `training/parity/trees.py`).
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a failed test may say so bluntly"
)]

use std::path::{Path, PathBuf};

use authoring::model::Imported;
use engine::models::{ArchivedModel, Model, Row, Step};
use rkyv::{rancor::Error, util::AlignedVec};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Answers {
    rows: Vec<Vec<Value>>,
    margins: Vec<Vec<f64>>,
    predictions: Vec<Vec<f64>>,
    contributions: Vec<Vec<f64>>,
}

struct Archived(AlignedVec);

impl Archived {
    fn new(model: &Model) -> Self {
        Self(rkyv::to_bytes::<Error>(model).unwrap())
    }

    fn outputs(&self, row: &mut Row) -> Vec<f64> {
        self.model().outputs(row).to_vec()
    }

    fn model(&self) -> &ArchivedModel {
        rkyv::access::<ArchivedModel, Error>(&self.0).unwrap()
    }
}

#[test]
fn xgboost_models_answer_as_xgboost_does() {
    let compared = compare("xgboost-", |name, margin, expected| {
        // Bit for bit: the same comparisons, and the same sum in 32 bits.
        assert_eq!(
            margin.to_bits(),
            expected.to_bits(),
            "{name}: {margin} {expected}"
        );
    });
    assert_eq!(compared, 19);
}

#[test]
fn lightgbm_models_answer_as_lightgbm_does() {
    let compared = compare("lightgbm-", |name, margin, expected| {
        assert_eq!(
            margin.to_bits(),
            expected.to_bits(),
            "{name}: {margin} {expected}"
        );
    });
    assert_eq!(compared, 20);
}

/// Compares every model of that library; how many there are.
fn compare(library: &str, same: impl Fn(&str, f64, f64)) -> usize {
    let mut compared = 0;
    for path in models(library) {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let file = std::fs::read(&path).unwrap();
        let read = || match library {
            "xgboost-" => authoring::model::xgboost(&file).unwrap(),
            _ => authoring::model::lightgbm(&file).unwrap(),
        };
        let answers = std::fs::read(path.with_file_name(format!("{name}.answers.json"))).unwrap();
        let answers: Answers = serde_json::from_slice(&answers).unwrap();
        assert!(answers.rows.len() >= 40);
        let outputs = read().outputs;
        let whole = Archived::new(&read().alone(name));
        let margins = Archived::new(&without_link(read()).alone(name));
        let mut row = Row::default();
        for (i, cells) in answers.rows.iter().enumerate() {
            let name = format!("{name}, row {i}");
            row.fill(&cells.iter().map(number).collect::<Vec<_>>());
            let found = margins.outputs(&mut row);
            assert_eq!(found.len(), outputs);
            for (found, expected) in found.iter().zip(&answers.margins[i]) {
                same(&name, *found, *expected);
            }
            for (found, expected) in whole.outputs(&mut row).iter().zip(&answers.predictions[i]) {
                near(&name, *found, *expected, 1e-6);
            }
            // Contributions of every output, one after the other, each with what the trees give on average.
            let width = cells.len() + 1;
            for output in 0..outputs {
                let mut one = read();
                one.output = u16::try_from(output).unwrap();
                let one = Archived::new(&one.alone(&name));
                let found = one.model().contributions(&mut row);
                let expected = &answers.contributions[i][output * width..][..width - 1];
                let most = expected
                    .iter()
                    .fold(1.0, |most: f64, one| most.max(one.abs()));
                assert_eq!(found.len(), expected.len());
                for (found, expected) in found.iter().zip(expected) {
                    assert!(
                        (found - expected).abs() <= 1e-6 * most,
                        "{name}: {found} {expected}"
                    );
                }
            }
        }
        compared += 1;
    }
    compared
}

fn models(library: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/parity/trees");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let mut files: Vec<_> = files
        .filter(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.starts_with(library) && !name.ends_with(".answers.json")
        })
        .collect();
    files.sort();
    files
}

fn without_link(mut imported: Imported) -> Imported {
    imported.steps.retain(|step| !matches!(step, Step::Link(_)));
    imported
}

fn number(cell: &Value) -> f64 {
    match cell {
        Value::Null => f64::NAN,
        Value::String(text) => text.parse().unwrap(),
        number => number.as_f64().unwrap(),
    }
}

fn near(name: &str, found: f64, expected: f64, error: f64) {
    assert!(
        (found - expected).abs() <= error * expected.abs(),
        "{name}: {found}, expected {expected}"
    );
}

#[derive(Deserialize)]
struct Propensity {
    feature_names: Vec<String>,
    rows: Vec<Vec<Option<f64>>>,
    margins: Vec<f64>,
    predictions: Vec<f64>,
}

#[test]
fn loan_propensity_is_what_xgboost_predicts() {
    let model = include_bytes!("../../policies/retail/models/loan-propensity.json");
    let answers: Propensity =
        serde_json::from_slice(include_bytes!("../../tests/parity/loan-propensity.json")).unwrap();
    let read = || authoring::model::xgboost(model).unwrap();
    assert_eq!(read().inputs, answers.feature_names);
    let whole = Archived::new(&read().alone("loan-propensity"));
    let margins = Archived::new(&without_link(read()).alone("margins"));
    let mut row = Row::default();
    assert!(answers.rows.len() >= 40 && answers.rows.iter().flatten().any(Option::is_none));
    let expected = answers.margins.iter().zip(&answers.predictions);
    for (i, (cells, (margin, prediction))) in answers.rows.iter().zip(expected).enumerate() {
        let cells: Vec<f64> = cells.iter().map(|cell| cell.unwrap_or(f64::NAN)).collect();
        row.fill(&cells);
        assert_eq!(margins.outputs(&mut row), [*margin], "row {i}");
        // XGBoost's logistic function is in 32-bit floats, the engine's in 64.
        near(
            &format!("row {i}"),
            whole.model().score(&mut row),
            *prediction,
            1e-6,
        );
    }
}
