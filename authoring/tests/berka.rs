//! The models of cross-sell and attrition answer as XGBoost does, calibration and reasons included: on rows of real
//! accounts, some with holes, that `training/cross_sell.py` wrote down with XGBoost's own answers.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a failed test may say so bluntly"
)]

use std::{collections::BTreeMap, path::Path};

use engine::models::{ArchivedModel, Row};
use serde::Deserialize;

#[derive(Deserialize)]
struct Answers {
    rows: Vec<Vec<Option<f64>>>,
    scores: Vec<f64>,
    /// Of each input, as `pred_contribs` gives them; the last is the base.
    contributions: Vec<Vec<f64>>,
}

#[test]
fn they_answer_as_xgboost_does() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let answers = std::fs::read(root.join("tests/parity/berka.json")).unwrap();
    let answers: BTreeMap<String, Answers> = serde_json::from_slice(&answers).unwrap();
    assert!(answers.len() >= 15, "{} models", answers.len());
    for (name, answers) in answers {
        let file = root.join(format!("policies/retail/models/berka/{name}.json"));
        let imported = authoring::model::xgboost(&std::fs::read(file).unwrap()).unwrap();
        let model = rkyv::to_bytes::<rkyv::rancor::Error>(&imported.alone(&name)).unwrap();
        let model = rkyv::access::<ArchivedModel, rkyv::rancor::Error>(&model).unwrap();
        let mut row = Row::default();
        for (i, inputs) in answers.rows.iter().enumerate() {
            let inputs: Vec<f64> = inputs.iter().map(|x| x.unwrap_or(f64::NAN)).collect();
            row.fill(&inputs);
            let score = model.score(&mut row);
            let expected = answers.scores[i];
            assert!(
                (score - expected).abs() <= 1e-6 * expected,
                "{name}, row {i}: {score} {expected}"
            );
            let found = model.contributions(&mut row);
            assert_eq!(found.len() + 1, answers.contributions[i].len());
            for (found, expected) in found.iter().zip(&answers.contributions[i]) {
                assert!(
                    (found - expected).abs() <= 1e-5,
                    "{name}, row {i}: {found} {expected}"
                );
            }
        }
    }
}
