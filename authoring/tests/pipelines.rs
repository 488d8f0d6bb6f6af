//! Whole pipelines of scikit-learn answer as ONNX Runtime and scikit-learn do: on rows and outputs that these
//! wrote down (`training/parity/pipelines.py`).
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a failed test may say so bluntly"
)]

use std::path::{Path, PathBuf};

use serde::Deserialize;

#[derive(Deserialize)]
struct Answers {
    rows: Vec<Vec<serde_json::Value>>,
    outputs: Vec<Vec<f64>>,
    /// What scikit-learn itself answers; none where the exporter writes something else.
    library: Option<Vec<Vec<f64>>>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/parity/pipelines")
}

/// Scores the rows of a fixture as `nearfield score` does.
fn scored(name: &str, answers: &Answers) -> Result<Vec<Vec<f64>>, String> {
    let file = std::fs::read(folder().join(format!("{name}.onnx"))).unwrap();
    let imported = authoring::model::onnx(&file).map_err(|error| error.to_string())?;
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(&imported.inputs).unwrap();
    for row in &answers.rows {
        let cells = row.iter().map(|cell| match cell {
            serde_json::Value::Null => String::new(),
            serde_json::Value::String(text) => text.clone(),
            number => number.to_string(),
        });
        table.write_record(cells).unwrap();
    }
    let file = authoring::model::save(imported).unwrap();
    let saved = authoring::model::saved(&file).unwrap();
    let mut scores = Vec::new();
    let table = table.into_inner().unwrap();
    authoring::score(saved, &*table, &mut scores, |_| {}).map_err(|error| error.to_string())?;
    let mut scores = csv::Reader::from_reader(&*scores);
    let rows = scores.records().map(|row| {
        let row = row.unwrap();
        row.iter()
            .map(|cell| cell.parse().unwrap_or(f64::NAN))
            .collect()
    });
    Ok(rows.collect())
}

/// How far apart the numbers of two tables are, in relation to the largest.
fn apart(found: &[Vec<f64>], expected: &[Vec<f64>]) -> f64 {
    let all = expected.iter().flatten();
    let most = all.fold(0.0, |most: f64, one| most.max(one.abs()));
    assert_eq!(found.len(), expected.len());
    let mut worst = 0.0f64;
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            let off = (found - expected).abs() / most;
            worst = if off.is_nan() {
                f64::INFINITY
            } else {
                worst.max(off)
            };
        }
    }
    worst
}

#[test]
fn pipelines_answer_as_onnx_runtime_and_scikit_learn_do() {
    let files = std::fs::read_dir(folder()).unwrap();
    let mut files: Vec<_> = files
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "onnx"))
        .collect();
    files.sort();
    let mut wrong = Vec::new();
    for path in &files {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let answers = std::fs::read(path.with_file_name(format!("{name}.answers.json"))).unwrap();
        let answers: Answers = serde_json::from_slice(&answers).unwrap();
        assert_eq!(answers.rows.len(), 60);
        match scored(name, &answers) {
            Err(error) => wrong.push(format!("{name}: {error}")),
            Ok(found) => {
                let runtime = apart(&found, &answers.outputs);
                // It counts in 64 bits what the exporter wrote in 32.
                let library = answers
                    .library
                    .map_or(0.0, |answers| apart(&found, &answers));
                println!("{name}: {runtime:.1e} {library:.1e}");
                if runtime > 1e-6 || library > 4e-6 {
                    wrong.push(format!("{name}: off by {runtime:e}, {library:e}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(files.len(), 30);
}
