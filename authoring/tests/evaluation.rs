//! The committed models answer as XGBoost and JAX do with the same files (`training/proofs/parity.py`).
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a failed test may say so bluntly"
)]

use std::{collections::BTreeMap, fs, path::PathBuf};

use authoring::evaluation::{Figures, Task, evaluate};

fn project(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(path)
}

fn run(task: Task, rows: &str) -> (Figures, String) {
    let folder = project("training/models").join(task.name());
    let outcome = evaluate(task, &folder, &[project(rows)]).unwrap();
    (outcome.figures, outcome.predictions)
}

fn answers(task: Task) -> serde_json::Value {
    let path = project(&format!("tests/parity/evaluation/{}.json", task.name()));
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn tables_score_as_xgboost_does(task: Task) {
    let (figures, predictions) = run(
        task,
        &format!("tests/parity/evaluation/{}.csv", task.name()),
    );
    let Figures::Table(figures) = figures else {
        panic!("figures of a table");
    };
    assert_eq!(figures.rows, 60);
    let scores: Vec<f64> = predictions
        .lines()
        .skip(1)
        .map(|line| line.parse().unwrap())
        .collect();
    let expected: Vec<f64> = serde_json::from_value(answers(task)).unwrap();
    assert_eq!(scores.len(), expected.len());
    for (row, (score, expected)) in scores.iter().zip(&expected).enumerate() {
        assert!(
            (score - expected).abs() < 1e-6,
            "row {row}: {score} {expected}"
        );
    }
}

#[test]
fn bank_marketing_scores_as_xgboost_does() {
    tables_score_as_xgboost_does(Task::BankMarketing);
}

#[test]
fn coil2000_scores_as_xgboost_does() {
    tables_score_as_xgboost_does(Task::Coil2000);
}

#[test]
fn churn_scores_as_xgboost_does() {
    tables_score_as_xgboost_does(Task::Churn);
}

#[test]
fn bankchurners_score_as_xgboost_does() {
    tables_score_as_xgboost_does(Task::Bankchurners);
}

fn journeys_go_on_as_jax_says(task: Task, rows: &str) {
    let (_, predictions) = run(task, rows);
    // The last line of each journey.
    let last: BTreeMap<&str, Vec<&str>> = predictions
        .lines()
        .skip(1)
        .map(|line| line.split(',').collect::<Vec<_>>())
        .map(|cells| (cells[0], cells))
        .collect();
    let expected = answers(task);
    let expected = expected.as_array().unwrap();
    assert_eq!(last.len(), expected.len());
    for journey in expected {
        let cells = &last[journey["journey"].as_str().unwrap()];
        let share: f64 = cells[6].parse().unwrap();
        assert_eq!(cells[2], journey["first"], "{journey}");
        assert!(
            (share - journey["share"].as_f64().unwrap()).abs() < 1e-5,
            "{share} {journey}"
        );
    }
}

#[test]
fn transactions_go_on_as_jax_says() {
    journeys_go_on_as_jax_says(Task::BerkaNext, "tests/berka/trans.csv");
}

#[test]
fn work_items_go_on_as_jax_says() {
    journeys_go_on_as_jax_says(Task::Bpi12W, "tests/parity/evaluation/bpi12-w.csv");
}

#[test]
fn labels_and_kinds_that_are_not_of_the_data_set_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |task: Task, text: &str| {
        let file = folder.path().join("trans.csv");
        fs::write(&file, text).unwrap();
        let models = project("training/models").join(task.name());
        evaluate(task, &models, &[file]).unwrap_err().to_string()
    };
    let header = "trans_id,account_id,date,type,operation,amount,balance,k_symbol\n";
    for (line, said) in [
        (
            "1,1,930131,PRIJEM,VKLAD,ten,0,",
            "trans.csv:2:amount: `ten` is not an amount",
        ),
        (
            "1,1,930231,PRIJEM,VKLAD,1,0,",
            "trans.csv:2:date: `930231` is not a date",
        ),
        (
            "1,1,930131,PRIJEM,KUFR,1,0,",
            "trans.csv:2:type: `PRIJEM/KUFR/` is not one",
        ),
    ] {
        let error = refused(Task::BerkaNext, &format!("{header}{line}\n"));
        assert!(error.contains(said), "{error}");
    }
    let error = refused(
        Task::Bpi12W,
        "CaseID,ActivityID,CompleteTimestamp\n7,9,2011-10-01 19:45:13\n",
    );
    assert!(
        error.contains("trans.csv:2:ActivityID: `9` is not"),
        "{error}"
    );
}
