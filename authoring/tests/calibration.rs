//! Calibration makes of scores what scikit-learn makes of them (`training/parity/calibration.py`).
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a failed test may say so bluntly"
)]

use authoring::model::{Calibration, Imported, Outcomes};
use engine::models::{ArchivedModel, Link, Matrix, Row, Step};
use serde::Deserialize;

#[derive(Deserialize)]
struct Answers {
    name: String,
    scores: Vec<f64>,
    labels: Vec<u8>,
    asked: Vec<f64>,
    platt: Vec<f64>,
    isotonic: Vec<f64>,
}

/// A model whose score is its input.
fn plain(outputs: usize) -> Imported {
    let steps = if outputs == 1 {
        Vec::new()
    } else {
        let matrix = Matrix::new(1, &[&[-1.0], &[1.0]], &[1.0, 0.0]);
        vec![Step::Dense(engine::models::Dense {
            matrix,
            ..Default::default()
        })]
    };
    Imported {
        inputs: vec!["x".to_owned()],
        named: true,
        texts: Vec::new(),
        steps,
        output: u16::from(outputs == 2),
        outputs,
    }
}

fn outputs(imported: Imported, asked: &[f64]) -> Vec<Vec<f64>> {
    let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&imported.alone("m")).unwrap();
    let model = rkyv::access::<ArchivedModel, rkyv::rancor::Error>(&bytes).unwrap();
    let mut row = Row::default();
    let one = |x: &f64| {
        row.fill(&[*x]);
        model.outputs(&mut row).to_vec()
    };
    asked.iter().map(one).collect()
}

fn table(scores: &[f64], labels: &[u8]) -> String {
    let rows = scores.iter().zip(labels);
    let rows: Vec<_> = rows
        .map(|(score, label)| format!("c,{score},{label}\n"))
        .collect();
    format!("\u{feff}customer,score,label\n{}", rows.concat())
}

#[test]
fn curves_are_those_of_scikit_learn() {
    let all: Vec<Answers> =
        serde_json::from_slice(include_bytes!("../../tests/parity/calibration.json")).unwrap();
    assert_eq!(all.len(), 4);
    for answers in all {
        let outcomes = Outcomes::read(table(&answers.scores, &answers.labels).as_bytes()).unwrap();
        for (method, expected, error) in [
            (Calibration::Platt, &answers.platt, 1e-6),
            (Calibration::Isotonic, &answers.isotonic, 1e-4),
        ] {
            for count in [1, 2] {
                let mut model = plain(count);
                method.fit(&mut model, &outcomes).unwrap();
                assert_eq!(model.outputs, count);
                let found = outputs(model, &answers.asked);
                for ((found, expected), at) in found.iter().zip(expected).zip(&answers.asked) {
                    let score = found[count - 1];
                    // Rows hold 32-bit numbers, and a line may be steep.
                    assert!(
                        (score - expected).abs() < error,
                        "{} {method:?} at {at}: {score}, expected {expected}",
                        answers.name
                    );
                    assert!(count == 1 || (found[0] + found[1] - 1.0).abs() < 1e-6);
                }
            }
        }
    }
}

#[test]
fn scores_that_say_nothing_give_the_share() {
    let labels: Vec<u8> = (0..40).map(|i| u8::from(i % 4 == 0)).collect();
    let outcomes = Outcomes::read(table(&[0.5; 40], &labels).as_bytes()).unwrap();
    for method in [Calibration::Platt, Calibration::Isotonic] {
        let mut model = plain(1);
        method.fit(&mut model, &outcomes).unwrap();
        for found in outputs(model, &[-1.0, 0.5, 7.0]).concat() {
            // Platt's targets lie a little inside of 0 and 1.
            assert!((found - 0.25).abs() < 0.02, "{method:?}: {found}");
        }
    }
}

#[test]
fn what_cannot_be_learnt_from_is_named() {
    let read = |text: &str| {
        Outcomes::read(text.as_bytes())
            .map(|_| ())
            .unwrap_err()
            .to_string()
    };
    for (text, expected) in [
        (
            "label,score\n1,0.5\n0,0.2\n".to_owned(),
            "it has 2 rows, at least 20",
        ),
        (table(&[0.5; 30], &[1; 30]), "all labels are 1"),
        (
            "label\n1\n".to_owned(),
            "line 1: there is no column `score`",
        ),
        (String::new(), "it has 0 rows"),
        (
            "score,label\n0.5,yes\n".to_owned(),
            "line 2, column `label`: `yes` is not 0 or 1",
        ),
        (
            "score,label\n,1\n".to_owned(),
            "line 2, column `score`: `` is not a number",
        ),
        ("score,label\ninf,1\n".to_owned(), "column `score`: `inf`"),
        ("score,label\n1,1\n2\n".to_owned(), "line 3"),
    ] {
        let found = read(&text);
        assert!(found.contains(expected), "{found}");
    }
    let labels: Vec<u8> = (0..30).map(|i| i % 2).collect();
    let outcomes = Outcomes::read(table(&[0.5; 30], &labels).as_bytes()).unwrap();
    let mut model = plain(1);
    model.outputs = 3;
    model.steps.push(Step::Link(Link::Softmax));
    let error = Calibration::Platt.fit(&mut model, &outcomes).unwrap_err();
    assert!(error.to_string().starts_with("the model makes 3 numbers"));
}
