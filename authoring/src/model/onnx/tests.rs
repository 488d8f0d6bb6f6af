//! Files that lie, end early or hold what is not read. Models that are read are compared in `tests/parity.rs`.

use engine::models::Step;
use proptest::prelude::*;

use super::*;

/// Every file of the folder that a reader of trees or layers must withstand.
fn files() -> Vec<(String, Vec<u8>)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/parity/onnx");
    let paths = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let models = paths.filter(|path| path.extension().is_some_and(|end| end == "onnx"));
    let mut files: Vec<_> = models
        .map(|path| {
            (
                path.file_stem().unwrap().to_str().unwrap().to_owned(),
                std::fs::read(&path).unwrap(),
            )
        })
        .collect();
    files.sort();
    assert!(files.len() > 10);
    files
}

#[test]
fn files_that_end_early_are_refused_or_hold_together() {
    for (_, file) in files() {
        for cut in (0..file.len()).step_by(file.len() / 97 + 1) {
            withstood(&file[..cut]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn files_with_other_bytes_are_refused_or_hold_together(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let files = files();
        let mut file = which.get(&files).1.clone();
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        withstood(&file);
    }
}

/// What is accepted can be computed.
fn withstood(file: &[u8]) {
    let Ok(imported) = onnx(file) else {
        return;
    };
    let width = imported.inputs.len();
    let model = imported.alone("model");
    let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&model).unwrap();
    let model = rkyv::access::<engine::models::ArchivedModel, rkyv::rancor::Error>(&bytes).unwrap();
    let mut row = engine::models::Row::default();
    row.fill(&vec![0.5; width]);
    model.outputs(&mut row);
}

/// A message with one field of bytes after the other.
fn message(fields: &[(u8, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (number, field) in fields {
        assert!(field.len() < 1 << 14 && *number < 16);
        let (low, high) = (field.len() % 128, field.len() / 128);
        let length = [low | 128, high].map(|part| u8::try_from(part).unwrap());
        bytes.push(number << 3 | 2);
        bytes.extend(length);
        bytes.extend(*field);
    }
    bytes
}

/// A graph of one operator, from `x` to `y`, which are rows of two 32-bit numbers.
fn one(operator: &str) -> Vec<u8> {
    with(operator, &[])
}

/// An attribute: its name and its fields.
fn attribute(name: &str, fields: &[u8]) -> Vec<u8> {
    [&message(&[(1, name.as_bytes())]), fields].concat()
}

/// The same with attributes.
fn with(operator: &str, attributes: &[Vec<u8>]) -> Vec<u8> {
    let port = |name: &str| {
        let shape = message(&[(1, &[8, 1]), (1, &[8, 2])]);
        let tensor = [&[8, 1][..], &message(&[(2, &shape)])].concat();
        message(&[(1, name.as_bytes()), (2, &message(&[(1, &tensor)]))])
    };
    let mut fields: Vec<(u8, &[u8])> = vec![
        (1, b"x"),
        (2, b"y"),
        (3, b"the node"),
        (4, operator.as_bytes()),
    ];
    fields.extend(attributes.iter().map(|attribute| (5, &**attribute)));
    let node = message(&fields);
    message(&[(
        7,
        &message(&[(1, &node), (11, &port("x")), (12, &port("y"))]),
    )])
}

/// ONNX says nothing of how much training data reached a split, so reasons are of equally likely leaves.
#[test]
fn reasons_of_trees_are_numbers() {
    let mut compared = 0;
    for (name, file) in files() {
        let imported = onnx(&file).unwrap();
        if !matches!(
            imported.steps.first(),
            Some(Step::Trees(_) | Step::WideTrees(_))
        ) {
            continue;
        }
        let width = imported.inputs.len();
        let model = imported.alone(&name);
        let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&model).unwrap();
        let model =
            rkyv::access::<engine::models::ArchivedModel, rkyv::rancor::Error>(&bytes).unwrap();
        let mut row = engine::models::Row::default();
        row.fill(&vec![0.5; width]);
        let reasons = model.contributions(&mut row);
        assert_eq!(reasons.len(), width);
        assert!(reasons.iter().all(|reason| reason.is_finite()), "{name}");
        assert!(reasons.iter().any(|reason| *reason != 0.0), "{name}");
        compared += 1;
    }
    assert!(compared > 8);
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/parity/pipelines");
    let several = onnx(&std::fs::read(folder.join("sigmoid-forest.onnx")).unwrap()).unwrap();
    assert!(
        !matches!(several.steps.first(), Some(Step::Trees(_))),
        "they have none"
    );
}

#[test]
fn what_is_not_read_is_named() {
    for (file, expected) in [
        (
            one("Conv"),
            "operator `Conv`, node `the node`: it is not read in this place",
        ),
        (
            one("LSTM"),
            "operator `LSTM`, node `the node`: a constant that it needs is missing",
        ),
        (one("Normalizer"), "attribute `norm`: only L1 and L2"),
        (one("TreeEnsembleClassifier"), "output of labels"),
        (
            with(
                "Imputer",
                &[attribute("replaced_value_float", &[21, 0, 0, 0, 0])],
            ),
            "attribute `replaced_value_float`: only NaN",
        ),
        (
            with("Imputer", &[attribute("imputed_value_int64s", &[64, 7])]),
            "attribute `imputed_value_int64s`",
        ),
        (
            with("Cast", &[attribute("to", &[24, 9])]),
            "attribute `to`: only floats",
        ),
        (
            with("Cast", &[attribute("to", &[24, 7])]),
            "no trees come after it",
        ),
        (one("Binarizer"), "no trees come after it"),
        (one("Identity"), "its score is a column of its input"),
        (
            with(
                "OneHotEncoder",
                &[attribute(
                    "cats_int64s",
                    &[64, 3, 64, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1],
                )],
            ),
            "operator `OneHotEncoder`, node `the node`: category -1: only whole numbers",
        ),
        (
            with(
                "OneHotEncoder",
                &[attribute("cats_strings", &message(&[(9, b"a")]))],
            ),
            "it encodes texts of a column of numbers",
        ),
        (
            with("LabelEncoder", &[attribute("keys_tensor", &[])]),
            "attribute `keys_tensor`: only",
        ),
        (
            with("LabelEncoder", &[attribute("keys_int64s", &[64, 3])]),
            "one number for each key",
        ),
        (
            message(&[(7, &message(&[(15, b"")]))]),
            "it has sparse constants, which are not read",
        ),
        (b"tree\n".to_vec(), "not an ONNX model"),
        (Vec::new(), "it has no graph"),
        (
            message(&[(7, b"\x08")]),
            "it ends in the middle of a number",
        ),
        (message(&[(7, b"")]), "no output holds numbers"),
    ] {
        let error = onnx(&file).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let relu = onnx(&one("Relu")).unwrap();
    assert_eq!((relu.inputs.len(), relu.outputs, relu.named), (2, 2, false));
}
