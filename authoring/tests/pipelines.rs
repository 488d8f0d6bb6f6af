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
    authoring::score(
        saved,
        &*table,
        &mut scores,
        authoring::Scoring::default(),
        |_| {},
    )
    .map_err(|error| error.to_string())?;
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

/// How far scores of the fixture are apart when weights keep fewer bits.
fn rounded(library: &str, file: &str, weights: authoring::model::Weights) -> authoring::Difference {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/parity")
        .join(file);
    let bytes = std::fs::read(&path).unwrap();
    let read = || match library {
        "xgboost" => authoring::model::xgboost(&bytes).unwrap(),
        "lightgbm" => authoring::model::lightgbm(&bytes).unwrap(),
        _ => authoring::model::onnx(&bytes).unwrap(),
    };
    let answers = std::fs::read(path.with_extension("answers.json")).unwrap();
    let answers: serde_json::Value = serde_json::from_slice(&answers).unwrap();
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(&read().inputs).unwrap();
    for row in answers["rows"].as_array().unwrap() {
        let cells = row.as_array().unwrap().iter().map(|cell| match cell {
            serde_json::Value::Null => String::new(),
            serde_json::Value::String(text) => text.clone(),
            number => number.to_string(),
        });
        table.write_record(cells).unwrap();
    }
    let table = table.into_inner().unwrap();
    let mut smaller = read();
    weights.round(&mut smaller.steps);
    let [one, other] = [read(), smaller].map(|model| authoring::model::save(model).unwrap());
    let [one, other] = [&one, &other].map(|file| authoring::model::saved(file).unwrap());
    authoring::difference(one, other, &*table).unwrap()
}

#[test]
fn fewer_bits_cost_little_and_what_they_cost_is_measured() {
    use authoring::model::Weights::{Eight, Sixteen};
    for (library, file, sixteen, eight) in [
        ("xgboost", "trees/xgboost-binary.json", 2e-3, 5e-2),
        ("xgboost", "trees/xgboost-one-hot.json", 2e-3, 5e-2),
        // These rows lie on the thresholds and one step beside them, so rounding sends some another way.
        ("lightgbm", "trees/lightgbm-binary.txt", 3e-2, 8e-2),
        ("onnx", "onnx/network-binary.onnx", 2e-3, 5e-2),
        ("onnx", "onnx/lstm-dense.onnx", 2e-3, 5e-2),
        ("onnx", "pipelines/mixed-network.onnx", 2e-3, 5e-2),
    ] {
        let (a, b) = (
            rounded(library, file, Sixteen),
            rounded(library, file, Eight),
        );
        println!("{file}: {a:?} {b:?}");
        assert!(a.rows >= 30 && a.rows == b.rows, "{file}");
        assert!(a.mean > 0.0 && a.mean < sixteen, "{file}: {}", a.mean);
        assert!(b.mean > 0.0 && b.mean < eight, "{file}: {}", b.mean);
        assert!(b.mean > a.mean || library == "lightgbm", "{file}");
        assert!(b.mean <= b.most && a.mean <= a.most, "{file}");
    }
}

#[test]
fn texts_are_refused_where_variables_are_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let starter = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/starter");
    copy(&starter, folder.path());
    let model = std::fs::read(self::folder().join("mixed-forest.onnx")).unwrap();
    std::fs::write(folder.path().join("mixed.onnx"), model).unwrap();
    let entry =
        "\n[mixed]\nkind = \"onnx\"\nmissing_allowed = 0.5\nweights = 9\nfile = \"mixed.onnx\"\n";
    let path = folder.path().join("models.toml");
    let before = std::fs::read_to_string(&path).unwrap_or_default();
    std::fs::write(&path, before + entry).unwrap();
    let errors = authoring::build(folder.path()).unwrap_err().to_string();
    assert!(
        errors.contains("`weights` is `9`: write 16 or 8")
            || errors.contains("`weights` is 9: write 16 or 8"),
        "{errors}"
    );
    let good = std::fs::read_to_string(&path)
        .unwrap()
        .replace("weights = 9", "weights = 8");
    std::fs::write(&path, good).unwrap();
    let errors = authoring::build(folder.path()).unwrap_err().to_string();
    assert!(errors.contains("input `region` holds texts"), "{errors}");
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            std::fs::create_dir(&to).unwrap();
            copy(&path, &to);
        } else {
            std::fs::copy(&path, &to).unwrap();
        }
    }
}
