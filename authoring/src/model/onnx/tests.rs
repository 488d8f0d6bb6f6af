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
    let attributes: Vec<(u8, &[u8])> = attributes.iter().map(|one| (5, &**one)).collect();
    graph(&[node(operator, &["x"], &attributes)], &[], &[1, 2])
}

/// A node that makes `y`.
fn node(operator: &str, inputs: &[&str], more: &[(u8, &[u8])]) -> Vec<u8> {
    let ml = [
        "Binarizer",
        "Imputer",
        "LabelEncoder",
        "LinearRegressor",
        "Normalizer",
        "OneHotEncoder",
        "Scaler",
        "TreeEnsembleClassifier",
    ];
    let domain: &[u8] = if ml.contains(&operator) {
        b"ai.onnx.ml"
    } else {
        b""
    };
    let mut fields: Vec<(u8, &[u8])> = inputs.iter().map(|name| (1, name.as_bytes())).collect();
    fields.extend([
        (2, &b"y"[..]),
        (3, b"the node"),
        (4, operator.as_bytes()),
        (7, domain),
    ]);
    fields.extend(more);
    message(&fields)
}

/// A constant of 32-bit numbers.
fn constant(name: &str, dims: &[u8], numbers: &[f32]) -> Vec<u8> {
    let raw: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
    let dims: Vec<u8> = dims.iter().flat_map(|dim| [8, *dim]).collect();
    let rest = message(&[(8, name.as_bytes()), (9, &raw)]);
    [&dims[..], &[16, 1], &rest].concat()
}

/// A graph from `x`, of those extents, to `y`; an extent of 0 is left open.
fn graph(nodes: &[Vec<u8>], constants: &[Vec<u8>], dims: &[u8]) -> Vec<u8> {
    let dims: Vec<Vec<u8>> = dims
        .iter()
        .map(|dim| if *dim == 0 { vec![] } else { vec![8, *dim] })
        .collect();
    let dims: Vec<(u8, &[u8])> = dims.iter().map(|dim| (1, &**dim)).collect();
    let port = |name: &str| {
        let tensor = [&[8, 1][..], &message(&[(2, &message(&dims))])].concat();
        message(&[(1, name.as_bytes()), (2, &message(&[(1, &tensor)]))])
    };
    let (x, y) = (port("x"), port("y"));
    let mut fields: Vec<(u8, &[u8])> = nodes.iter().map(|node| (1, &**node)).collect();
    fields.extend(constants.iter().map(|constant| (5, &**constant)));
    fields.extend([(11, &*x), (12, &*y)]);
    message(&[(7, &message(&fields))])
}

#[test]
fn what_does_not_fit_is_named_with_its_place() {
    let (row, column) = (
        constant("c", &[2], &[1.0, 2.0]),
        constant("c", &[2, 1], &[1.0, 2.0]),
    );
    let square = constant("w", &[2, 2], &[1.0, 2.0, 3.0, f32::NAN]);
    let whole = constant("w", &[2, 2], &[1.0; 4]);
    let text = [&[8, 1, 16, 8][..], &message(&[(6, b"a"), (8, b"c")])].concat();
    let on_c = |operator| node(operator, &["x", "c"], &[]);
    let gemm = || node("Gemm", &["x", "w", "c"], &[]);
    let foreign = node("Exp", &["x"], &[(7, b"com.example")]);
    let training = [constant("r", &[], &[0.5]), constant("t", &[], &[1.0])];
    for (nodes, constants, dims, expected) in [
        (
            vec![on_c("Add")],
            vec![column.clone()],
            &[0, 2][..],
            "operator `Add`, node `the node`: its constant has the shape [2, 1], which does not fit a row of the shape [1, 2]",
        ),
        (
            vec![on_c("Mul")],
            vec![constant("c", &[1, 2, 1], &[1.0, 2.0])],
            &[0, 2],
            "the shape [1, 2, 1]",
        ),
        (
            vec![on_c("Div")],
            vec![constant("c", &[2], &[1.0, 0.0])],
            &[0, 2],
            "divides by a constant that is 0",
        ),
        (
            vec![gemm()],
            vec![whole.clone(), column.clone()],
            &[0, 2],
            "operator `Gemm`, node `the node`: its constant has the shape [2, 1]",
        ),
        (
            vec![gemm()],
            vec![square, row.clone()],
            &[0, 2],
            "`w`[1, 1] is NaN: it must be a finite",
        ),
        (
            vec![node(
                "Scaler",
                &["x"],
                &[
                    (5, &attribute("offset", &[61, 0, 0, 128, 127])),
                    (5, &attribute("scale", &[61, 0, 0, 128, 63])),
                ],
            )],
            vec![],
            &[0, 2],
            "attribute `offset`[0] is inf",
        ),
        (
            vec![on_c("Add")],
            vec![text],
            &[0, 2],
            "constant `c`: it holds texts",
        ),
        (
            vec![on_c("Add")],
            vec![],
            &[0, 2],
            "operator `Add`, node `the node`: it reads `c`, which is no constant",
        ),
        (
            vec![on_c("Add")],
            vec![row.clone(), row.clone()],
            &[0, 2],
            "constant `c`: it is there twice",
        ),
        (
            vec![on_c("Add"), on_c("Mul")],
            vec![row.clone()],
            &[0, 2],
            "operator `Mul`, node `the node`: `y`, which it makes, is made elsewhere",
        ),
        (
            vec![foreign],
            vec![],
            &[0, 2],
            "operator `Exp`, node `the node`: there is no such operator of ONNX's own in domain `com.example`",
        ),
        (
            vec![node("Exp", &["y"], &[])],
            vec![],
            &[0, 2],
            "node `the node`: what it makes leads back to itself",
        ),
        (
            vec![on_c("Add")],
            vec![row.clone()],
            &[0, 0],
            "input `x`: it leaves open how many columns it has: export it with their number",
        ),
        (
            vec![node(
                "Flatten",
                &["x"],
                &[(5, &attribute("axis", &[24, 0]))],
            )],
            vec![],
            &[0, 2],
            "attribute `axis`: only the second",
        ),
        (
            vec![node("Dropout", &["x", "r", "t"], &[])],
            training.to_vec(),
            &[0, 2],
            "input `training_mode`",
        ),
        (vec![], vec![], &[0, 2], "value `y`: no node makes it"),
    ] {
        let found = onnx(&graph(&nodes, &constants, dims))
            .unwrap_err()
            .to_string();
        assert!(found.contains(expected), "{found}");
    }
    for constants in [
        vec![row.clone()],
        vec![constant("c", &[1, 2], &[1.0, 2.0])],
        vec![constant("c", &[], &[1.0])],
    ] {
        onnx(&graph(&[on_c("Add")], &constants, &[0, 2])).unwrap();
    }
    let own = constant("c", &[1, 1], &[1.0]);
    onnx(&graph(&[gemm()], &[whole, own], &[0, 2])).unwrap();
}

/// In 32 bits it is infinite, as it is to whoever made the graph.
#[test]
fn what_overflows_is_infinite() {
    let model = onnx(&one("Exp")).unwrap().alone("exp");
    let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&model).unwrap();
    let model = rkyv::access::<engine::models::ArchivedModel, rkyv::rancor::Error>(&bytes).unwrap();
    let mut row = engine::models::Row::default();
    row.fill(&[88.0, 89.0]);
    let found = model.outputs(&mut row);
    assert!(found[0] > 1e38 && found[0].is_finite() && found[1] == f64::INFINITY);
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
