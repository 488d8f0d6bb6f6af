//! The engine answers as ONNX Runtime does: on rows and outputs that it wrote down
//! (`training/parity/networks.py`).
#![allow(clippy::unwrap_used, reason = "a failed test may say so bluntly")]

use std::path::{Path, PathBuf};

use engine::models::{ArchivedModel, Row};
use serde::Deserialize;

#[derive(Deserialize)]
struct Answers {
    rows: Vec<Vec<Option<f64>>>,
    outputs: Vec<Vec<Option<f64>>>,
}

#[test]
fn onnx_models_answer_as_onnx_runtime_does() {
    let files = models();
    let mut wrong = Vec::new();
    for path in &files {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let answers = std::fs::read(path.with_file_name(format!("{name}.answers.json"))).unwrap();
        let answers: Answers = serde_json::from_slice(&answers).unwrap();
        assert!(answers.rows.len() >= 30);
        let imported = match authoring::model::onnx(&std::fs::read(path).unwrap()) {
            Ok(imported) => imported,
            Err(error) => {
                wrong.push(format!("{name}: {error}"));
                continue;
            }
        };
        let (width, outputs) = (imported.inputs.len(), imported.outputs);
        let model = imported.alone(name);
        let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&model).unwrap();
        let model = rkyv::access::<ArchivedModel, rkyv::rancor::Error>(&bytes).unwrap();
        let mut row = Row::default();
        // Both count in 32 bits, in another order: what is near zero is a difference of numbers of the size of
        // the largest.
        let all = answers.outputs.iter().flatten().flatten();
        let most = all.fold(0.0, |most: f64, one| most.max(one.abs()));
        let mut worst = 0.0f64;
        for (cells, expected) in answers.rows.iter().zip(&answers.outputs) {
            assert_eq!(cells.len(), width, "{name}");
            let cells: Vec<f64> = cells.iter().map(|cell| cell.unwrap_or(f64::NAN)).collect();
            row.fill(&cells);
            let found = model.outputs(&mut row);
            assert_eq!(
                (found.len(), outputs),
                (expected.len(), expected.len()),
                "{name}"
            );
            for (found, expected) in found.iter().zip(expected) {
                let off = match expected {
                    Some(expected) => (found - expected).abs() / most,
                    None if found.is_nan() => 0.0,
                    None => f64::INFINITY,
                };
                worst = worst.max(if off.is_nan() { f64::INFINITY } else { off });
            }
        }
        println!("{name}: {worst:.1e}");
        if worst > 1e-6 {
            wrong.push(format!("{name}: off by {worst:e}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(files.len(), 41);
}

/// What the runtime says of two rows differs by what the inputs are said to add.
#[test]
fn inputs_of_linear_models_add_up_to_what_onnx_runtime_answers() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/parity/onnx");
    // The runtime's numbers have 24 bits: how much of a margin is lost with the rest.
    let logit = |p: f64| ((p / (1.0 - p)).ln(), 1e-6 / (p * (1.0 - p)));
    for (name, margin) in [
        ("logistic", logit as fn(f64) -> (f64, f64)),
        ("logistic-zipmap", logit),
        ("scaled-logistic", logit),
        ("imputed-scaled-logistic", logit),
        ("linear-regression", |y| (y, 1e-5)),
    ] {
        let imported = std::fs::read(folder.join(format!("{name}.onnx"))).unwrap();
        let model = authoring::model::onnx(&imported).unwrap().alone(name);
        let answers = std::fs::read(folder.join(format!("{name}.answers.json"))).unwrap();
        let answers: Answers = serde_json::from_slice(&answers).unwrap();
        let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&model).unwrap();
        let model = rkyv::access::<ArchivedModel, rkyv::rancor::Error>(&bytes).unwrap();
        let mut row = Row::default();
        let mut first: Option<(f64, f64)> = None;
        for (cells, expected) in answers.rows.iter().zip(&answers.outputs) {
            let cells: Vec<f64> = cells.iter().map(|cell| cell.unwrap_or(f64::NAN)).collect();
            row.fill(&cells);
            let added = model.contributions(&mut row);
            assert_eq!(added.len(), cells.len(), "{name}");
            let output = usize::from(model.output.to_native());
            let (margin, lost) = margin(expected.get(output).unwrap().unwrap());
            let base = margin - added.iter().sum::<f64>();
            let first = *first.get_or_insert((base, lost));
            assert!(
                (base - first.0).abs() < lost + first.1,
                "{name}: {base} {first:?}"
            );
        }
    }
    let network = std::fs::read(folder.join("network-binary.onnx")).unwrap();
    let network = authoring::model::onnx(&network).unwrap().alone("network");
    let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&network).unwrap();
    let network = rkyv::access::<ArchivedModel, rkyv::rancor::Error>(&bytes).unwrap();
    let mut row = Row::default();
    row.fill(&vec![0.0; network.inputs.len()]);
    assert!(network.contributions(&mut row).is_empty());
}

#[test]
fn columns_are_named_where_the_file_names_them() {
    let file = models()
        .into_iter()
        .find(|path| path.ends_with("columns-by-name.onnx"))
        .unwrap();
    let imported = authoring::model::onnx(&std::fs::read(file).unwrap()).unwrap();
    assert!(imported.named);
    assert_eq!(imported.inputs.first().unwrap(), "column_0");
}

fn models() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/parity/onnx");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let mut files: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|end| end == "onnx"))
        .collect();
    files.sort();
    files
}
