//! The engine answers as XGBoost did, on rows and answers that XGBoost's own predictor wrote down
//! (`training/train.py`).
#![allow(clippy::unwrap_used, reason = "a failed test may say so bluntly")]

use engine::models::{ArchivedModel, Model, Row};
use serde::Deserialize;

#[derive(Deserialize)]
struct Answers {
    feature_names: Vec<String>,
    rows: Vec<Vec<Option<f64>>>,
    margins: Vec<f64>,
    predictions: Vec<f64>,
}

#[test]
fn loan_propensity_is_what_xgboost_predicts() {
    let model = include_bytes!("../../policies/retail/models/loan-propensity.json");
    let answers: Answers =
        serde_json::from_slice(include_bytes!("../../tests/parity/loan-propensity.json")).unwrap();
    let imported = authoring::model::xgboost(model).unwrap();
    assert_eq!(imported.inputs, answers.feature_names);
    let inputs = (0..).take(imported.inputs.len()).collect();
    let model = Model {
        id: "loan-propensity".to_owned(),
        inputs,
        missing_allowed: 1.0,
        steps: imported.steps,
        output: imported.output,
    };
    let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&model).unwrap();
    let model = rkyv::access::<ArchivedModel, rkyv::rancor::Error>(&bytes).unwrap();

    assert!(answers.rows.len() >= 40 && answers.rows.iter().flatten().any(Option::is_none));
    let mut numbers = Row::default();
    let expected = answers.margins.iter().zip(&answers.predictions);
    for (i, (row, (margin, prediction))) in answers.rows.iter().zip(expected).enumerate() {
        let row: Vec<f64> = row.iter().map(|cell| cell.unwrap_or(f64::NAN)).collect();
        numbers.fill(&row);
        let score = model.score(&mut numbers);
        // XGBoost's logistic function is in 32-bit floats, the engine's in 64: the margins agree closer.
        assert!(
            (score - prediction).abs() < 1e-7,
            "row {i}: {score}, XGBoost says {prediction}"
        );
        let log_odds = (score / (1.0 - score)).ln();
        assert!(
            (log_odds - margin).abs() < 1e-12,
            "row {i}: log-odds {log_odds}, XGBoost says {margin}"
        );
    }
}
