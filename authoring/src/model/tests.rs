//! Models as files: what is read, and what is refused.

mod lightgbm;

use engine::models::{Step, Trees, column};
use serde_json::{Value, json};

use super::*;

/// A tree of five nodes: the root splits on input 0, its right child on input 1.
fn tree() -> Value {
    json!({
        "left_children": [1, -1, 3, -1, -1], "right_children": [2, -1, 4, -1, -1],
        "split_indices": [0, 0, 1, 0, 0], "split_conditions": [0.5, -1.0, 2.5, 1.0, 3.0],
        "default_left": [1, 0, 0, 0, 0], "sum_hessian": [10.0, 6.0, 4.0, 3.0, 1.0], "split_type": [0, 0, 0, 0, 0],
        "base_weights": [0.0, 0.0, 0.0, 0.0, 0.0]
    })
}

fn booster(tree: &Value) -> Value {
    json!({"version": [3, 1, 0], "learner": {
        "feature_names": ["age", "balance"], "feature_types": ["float", "float"],
        "gradient_booster": {"name": "gbtree", "model": {"trees": [tree, tree]}},
        "learner_model_param": {"base_score": "[2E-1]", "num_class": "0", "num_target": "1"},
        "objective": {"name": "binary:logistic"}
    }})
}

fn read(model: &Value) -> Result<Imported, ModelProblem> {
    xgboost(model.to_string().as_bytes())
}

fn trees(model: &Value) -> Trees<f32> {
    match read(model).unwrap().steps.swap_remove(0) {
        Step::Trees(trees) => trees,
        _ => panic!("trees were asked for"),
    }
}

#[test]
fn trees_become_pairs_of_nodes() {
    let trees = trees(&booster(&tree()));
    assert_eq!((trees.trees[0].root, trees.trees[1].root), (0, 5));
    assert_eq!(trees.trees[1].depth, 2);
    // logit(0.2) = ln(0.2 / 0.8).
    assert!((f64::from(trees.base[0]) - (0.2f64 / 0.8).ln()).abs() < 1e-7);
    // A missing value goes with the smaller ones, so opposites are compared.
    let root = trees.nodes[0];
    assert_eq!(
        (root.column, root.threshold, root.child),
        (column(0, true), (-0.5f32).next_up(), 1)
    );
    assert_eq!(trees.nodes[1].threshold, -1.0);
    let right = trees.nodes[2];
    assert_eq!(
        (right.column, right.threshold, right.child),
        (column(1, false), 2.5, 1)
    );
    // Below 2.5 is the second.
    assert_eq!(
        (trees.nodes[3].threshold, trees.nodes[4].threshold),
        (3.0, 1.0)
    );
    assert_eq!(trees.covers[..5], [10.0, 6.0, 4.0, 1.0, 3.0]);
}

#[test]
fn older_base_scores_and_truths_are_read() {
    let mut model = booster(&tree());
    model["learner"]["learner_model_param"]["base_score"] = json!("5E-1");
    for tree in model["learner"]["gradient_booster"]["model"]["trees"]
        .as_array_mut()
        .unwrap()
    {
        tree["default_left"] = json!([true, false, false, false, false]);
    }
    let trees = trees(&model);
    assert_eq!(trees.base[0].to_bits(), 0);
    assert_eq!(trees.nodes[0].column, column(0, true));
}

#[test]
fn nodes_that_no_path_reaches_are_dropped() {
    let mut pruned = tree();
    // The second split was pruned away: its node became a leaf, its children stay in the arrays.
    pruned["left_children"] = json!([1, -1, -1, -1, -1]);
    pruned["right_children"] = json!([2, -1, -1, -1, -1]);
    assert_eq!(trees(&booster(&pruned)).nodes.len(), 6);
}

#[test]
fn broken_trees_are_refused() {
    let broken = |key: &str, value: Value| {
        let mut tree = tree();
        tree[key] = value;
        read(&booster(&tree)).unwrap_err().to_string()
    };
    let cases = [
        (
            "left_children",
            json!([0, -1, 3, -1, -1]),
            "two branches lead to one node",
        ),
        (
            "left_children",
            json!([2, -1, 3, -1, -1]),
            "two branches lead to one node",
        ),
        (
            "left_children",
            json!([1, -1, 9, -1, -1]),
            "a child is out of range",
        ),
        (
            "left_children",
            json!([-2, -1, 3, -1, -1]),
            "a child is out of range",
        ),
        ("left_children", json!([1, -1, 3]), "different lengths"),
        (
            "split_indices",
            json!([7, 0, 1, 0, 0]),
            "an input that the model does not have",
        ),
        (
            "split_conditions",
            json!([1e300, -1.0, 2.5, 1.0, 3.0]),
            "number out of range",
        ),
        (
            "split_type",
            json!([1, 0, 0, 0, 0]),
            "a categorical split has no categories",
        ),
    ];
    for (key, value, message) in cases {
        let found = broken(key, value);
        assert!(found.contains(message), "{key}: {found}");
    }
    for (key, value, message) in [
        (
            "split_type",
            json!([2, 0, 0, 0, 0]),
            "split_type is `2`: only 0 (numeric) or 1",
        ),
        (
            "tree_param",
            json!({"size_leaf_vector": "3"}),
            "size_leaf_vector is `3`: only a tree for each target",
        ),
        (
            "categories_nodes",
            json!([0]),
            "its lists of categories are of different lengths",
        ),
    ] {
        let found = broken(key, value);
        assert!(found.contains(message), "{key}: {found}");
    }
    let mut listed = tree();
    for (key, value) in [
        ("categories_nodes", json!([0])),
        ("categories_segments", json!([3])),
        ("categories_sizes", json!([1])),
    ] {
        listed[key] = value;
    }
    let found = read(&booster(&listed)).unwrap_err().to_string();
    assert!(
        found.contains("a list of categories is out of range"),
        "{found}"
    );
    let mut both = booster(&tree());
    both["learner"]["learner_model_param"]["num_class"] = json!("3");
    both["learner"]["learner_model_param"]["num_target"] = json!("2");
    let found = read(&both).unwrap_err().to_string();
    assert!(found.contains("one target of several classes"), "{found}");
    let mut dart = booster(&tree());
    let trees = dart["learner"]["gradient_booster"].take();
    dart["learner"]["gradient_booster"] =
        json!({"name": "dart", "gbtree": trees, "weight_drop": [1.0]});
    let found = read(&dart).unwrap_err().to_string();
    assert!(
        found.contains("weight_drop has 1 numbers, 2 are needed"),
        "{found}"
    );
    let depth = 140;
    let mut chain = json!({});
    let child = |i: i64, side: i64| {
        if i % 2 == 1 || i == 2 * depth {
            -1
        } else {
            i + side
        }
    };
    chain["left_children"] = (0..=2 * depth).map(|i| child(i, 1)).collect();
    chain["right_children"] = (0..=2 * depth).map(|i| child(i, 2)).collect();
    for key in [
        "split_indices",
        "default_left",
        "split_conditions",
        "sum_hessian",
    ] {
        chain[key] = (0..=2 * depth).map(|_| 0).collect();
    }
    let found = read(&booster(&chain)).unwrap_err().to_string();
    assert_eq!(
        found,
        "tree 0: it asks too many questions in a row, at most 128 are read: train smaller trees"
    );
}

#[test]
fn other_models_are_refused() {
    let with = |path: &str, value: Value| {
        let mut model = booster(&tree());
        *model.pointer_mut(path).unwrap() = value;
        read(&model).unwrap_err().to_string()
    };
    assert_eq!(
        with("/learner/objective/name", json!("mine")),
        "objective is `mine`: only a regression, count, survival, ranking, logistic or softmax objective of XGBoost's own is read"
    );
    for (path, value, expected) in [
        (
            "/learner/gradient_booster/name",
            json!("gblinear"),
            "`gblinear`: only gbtree or dart",
        ),
        (
            "/learner/gradient_booster/name",
            json!("dart"),
            "tree 0: there is none",
        ),
        (
            "/learner/learner_model_param/num_class",
            json!("three"),
            "a whole number",
        ),
        (
            "/learner/learner_model_param/num_class",
            json!("2000"),
            "2000 outputs",
        ),
        (
            "/learner/learner_model_param/base_score",
            json!("1.5"),
            "between 0 and 1",
        ),
        (
            "/learner/learner_model_param/base_score",
            json!("[0.5,0.5]"),
            "base_score has 2 numbers, 1",
        ),
        (
            "/learner/learner_model_param/base_score",
            json!("[]"),
            "finite number",
        ),
        (
            "/learner/learner_model_param/base_score",
            json!("[0.5,0.5]"),
            "one for each output, in their order",
        ),
        (
            "/learner/learner_model_param/base_score",
            json!("[[[0.5"),
            "base_score is [[[0.5: it is cut short",
        ),
        (
            "/learner/learner_model_param/base_score",
            json!("[[0.5]]"),
            "finite number",
        ),
        (
            "/learner/gradient_booster/model/trees",
            json!([]),
            "tree 0: there is none",
        ),
        (
            "/learner/feature_names",
            json!(["age", ""]),
            "input 1 has the name ``, which is empty",
        ),
        (
            "/learner/feature_names",
            json!(["age", "b\u{1b}[2J"]),
            "holds control characters",
        ),
        (
            "/learner/feature_names",
            json!(["age", "age"]),
            "`age` is there twice",
        ),
        (
            "/learner/feature_names",
            json!([]),
            "an input that the model does not have",
        ),
    ] {
        let found = with(path, value);
        assert!(found.contains(expected), "{path}: {found}");
    }
    for (bytes, expected) in [
        (&b"{"[..], "EOF while parsing"),
        (b"", "EOF while parsing"),
        (b"{\n\"learner\": [[[0.5", "at line 2 column"),
        (b"{L\0\0\0\0\0\0\0\x07learner{", "ends in the middle"),
    ] {
        let found = xgboost(bytes).unwrap_err().to_string();
        assert!(found.contains(expected), "{found}");
    }
    let mut model = booster(&tree());
    model["learner"]["gradient_booster"]["model"]["tree_info"] = json!([0, 7]);
    assert!(
        read(&model)
            .unwrap_err()
            .to_string()
            .contains("an output that the model does not have")
    );
}

/// As `Booster.save_model` of XGBoost 3.2 writes it, without its numbers.
#[test]
fn a_linear_booster_is_named() {
    let mut model = booster(&tree());
    model["learner"]["gradient_booster"] = json!({"model": {"param": {"num_feature": "2"}, "weights": [0.1, 0.2, 0.3]}, "name": "gblinear"});
    let found = read(&model).unwrap_err().to_string();
    assert_eq!(found, "booster is `gblinear`: only gbtree or dart is read");
}

#[test]
fn the_mark_before_a_text_is_passed_over() {
    let marked = |text: &str| format!("\u{feff}{text}");
    assert_eq!(
        xgboost(marked(&booster(&tree()).to_string()).as_bytes())
            .unwrap()
            .outputs,
        1
    );
    assert_eq!(lightgbm(marked(LIGHTGBM).as_bytes()).unwrap().outputs, 1);
    let cosines = r#"{"format": "nearfield-cosine/1", "inputs":
        [{"variable": "age", "mean": 1, "scale": 1, "direction": 1}]}"#;
    assert_eq!(cosine(marked(cosines).as_bytes()).unwrap().inputs, ["age"]);
}

/// What pandas calls categories is not what the trees call them.
#[test]
fn categories_by_other_names_are_refused() {
    let mut model = booster(&tree());
    let cats = |values: Value| json!({ "enc": [{ "type": 15, "values": values }] });
    for (values, is_read) in [(json!([0, 1, 2]), true), (json!([10, 20]), false)] {
        model["learner"]["gradient_booster"]["model"]["cats"] = cats(values);
        let found = read(&model).map(|_| ()).map_err(|error| error.to_string());
        assert_eq!(found.is_ok(), is_read, "{found:?}");
    }
    for (names, is_read) in [
        ("[[0, 1, 2]]", true),
        ("[[10, 20]]", false),
        ("[[\"a\"]]", false),
    ] {
        let text = LIGHTGBM.replace(
            "pandas_categorical:null",
            &format!("pandas_categorical:{names}"),
        );
        let found = lightgbm(text.as_bytes())
            .map(|_| ())
            .map_err(|error| error.to_string());
        assert_eq!(found.is_ok(), is_read, "{names}: {found:?}");
    }
}

#[test]
fn trees_are_all_there_and_those_after_the_best_round_do_not_count() {
    let mut model = booster(&tree());
    let trees = &mut model["learner"]["gradient_booster"]["model"]["trees"];
    let one = trees[0].clone();
    *trees = json!([one, one, one]);
    model["learner"]["gradient_booster"]["model"]["tree_info"] = json!([0, 0, 0]);
    let grown = |model: &Value| match read(model).unwrap().steps.remove(0) {
        Step::Trees(trees) => trees.trees.len(),
        _ => 0,
    };
    assert_eq!(grown(&model), 3);
    model["learner"]["attributes"] = json!({ "best_iteration": "1" });
    assert_eq!(grown(&model), 2);
    model["learner"]["gradient_booster"]["model"]["gbtree_model_param"] =
        json!({ "num_trees": "4" });
    let found = read(&model).unwrap_err().to_string();
    assert!(
        found.contains("tree 3: `num_trees` counts others"),
        "{found}"
    );
}

#[test]
fn inputs_without_names_are_counted() {
    let mut model = booster(&tree());
    model["learner"]["feature_names"] = json!([]);
    model["learner"]["learner_model_param"]["num_feature"] = json!("2");
    let imported = read(&model).unwrap();
    assert!(!imported.named);
    assert_eq!(imported.inputs, ["f0", "f1"]);
}

const LIGHTGBM: &str = include_str!("../../../tests/parity/trees/lightgbm-categories.txt");

#[test]
fn centroids_and_cosines_are_checked() {
    let input = r#"{"variable": "age", "mean": 1.0, "scale": 2.0}"#;
    let file = |inputs: &str, centroid: &str| {
        format!(
            r#"{{"format": "nearfield-personas/1", "provenance": {{"seed": 1}}, "inputs": [{inputs}],
                "personas": [{{"id": "saver", "title": {{"en": "Saver"}}, "centroid": {centroid}}}]}}"#
        )
    };
    let read = |text: String| personas(text.as_bytes());
    assert_eq!(
        read(file(input, "[0.5]")).unwrap().personas[0].centroid,
        [0.5]
    );
    let message = |text| read(text).unwrap_err().to_string();
    assert!(
        message(file(input, "[0.5, 1]"))
            .starts_with("centroid of `saver` has 2 numbers, 1 are needed")
    );
    assert!(
        message(file(&input.replace("2.0", "0.0"), "[0.5]")).starts_with("scale of `age` is 0")
    );
    assert!(message(file(input, "[1e99]")).contains("number out of range"));
    assert!(
        message(file(&input.replace("mean", "maen"), "[0.5]")).contains("unknown field `maen`")
    );
    let flat = br#"{"format": "nearfield-cosine/1", "inputs":
        [{"variable": "age", "mean": 1, "scale": 1, "direction": 0}]}"#;
    assert!(
        cosine(flat)
            .unwrap_err()
            .to_string()
            .contains("every direction is 0")
    );
    let other = br#"{"format": "nearfield-cosine/2", "inputs": []}"#;
    assert!(
        cosine(other)
            .unwrap_err()
            .to_string()
            .contains("only nearfield-cosine/1 is read")
    );
}
