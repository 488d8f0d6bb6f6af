"""Models of many shapes as ONNX, made-up rows, and what ONNX Runtime answers.

    VENV/bin/python training/parity/networks.py

needs onnx 1.19.1, onnxruntime 1.32.0, skl2onnx 1.20.0 and scikit-learn 1.9.1, and writes `tests/parity/onnx`: each
model and beside it `NAME.answers.json` with rows and outputs. All data is made up; the seed is fixed. A cell that is
null is missing.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

OUT = Path(__file__).resolve().parents[2] / "tests" / "parity" / "onnx"
RANDOM = np.random.default_rng(20_240_602)
COLUMNS = 6
ROWS = 30


def data(rows, gaps=False):
    x = RANDOM.normal(size=(rows, COLUMNS)).astype(np.float32)
    x[:, 3] = np.round(x[:, 3] * 5)
    score = x[:, 0] + 0.5 * x[:, 1] * x[:, 2] - 0.2 * x[:, 3]
    if gaps:
        x[RANDOM.random(x.shape) < 0.2] = np.nan
    return x, score


def write(name, model, rows):
    """`rows` has the shape of the input, a customer each."""
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    feed = session.get_inputs()
    floats = [o.name for o in session.get_outputs() if "float" in o.type or "double" in o.type]

    def flat(answer):
        # A list of dictionaries, label to probability.
        answer = np.array(list(answer[0].values())) if isinstance(answer, list) else answer
        return answer.astype(np.float64).ravel().tolist()

    outputs = []
    for row in rows:
        if len(feed) == 1:
            given = {feed[0].name: row}
        else:
            given = {one.name: row[:, i : i + 1] for i, one in enumerate(feed)}
        outputs.append(flat(session.run(floats[:1], given)[0]))
    plain = lambda numbers: [None if np.isnan(c) else float(c) for c in np.asarray(numbers).ravel()]
    cells, outputs = [plain(row) for row in rows], [plain(output) for output in outputs]
    (OUT / f"{name}.onnx").write_bytes(model.SerializeToString())
    text = json.dumps({"rows": cells, "outputs": outputs})
    (OUT / f"{name}.answers.json").write_text(text + "\n")


def scikit(name, model, kind, gaps=False, **options):
    x, score = data(400, gaps)
    y = {
        "binary": (score > 0.2).astype(int),
        "classes": np.digitize(score, [-0.7, 0.7]),
        "number": score,
        "numbers": np.stack([score, -2 * score + x[:, 4] if not gaps else score], axis=1),
    }[kind]
    model.fit(x, y)
    opset = {"": 18, "ai.onnx.ml": 3}
    zipped = {} if kind.startswith("number") or options.get("zipmap") else {"options": {id(model): {"zipmap": False}}}
    exported = to_onnx(model, initial_types=[("x", FloatTensorType([None, COLUMNS]))], target_opset=opset, **zipped)
    rows, _ = data(ROWS, gaps)
    write(name, exported, [row[None, :] for row in rows])


def constant(name, array):
    return numpy_helper.from_array(np.asarray(array, dtype=np.float32), name)


def graph(name, nodes, constants, shape, rows, inputs=None, opset=18, ml=3, out=None):
    inputs = inputs or [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, out)]
    made = helper.make_graph(nodes, name, inputs, outputs, constants)
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", ml)]
    model = helper.make_model(made, opset_imports=opsets, ir_version=10)
    write(name, model, rows)


def recurrent(name, operator, hidden, events, width, output, bias=True, after=(), constants=(), shape=None, out=None, **attributes):
    gates = 4 if operator == "LSTM" else 3
    weights = [
        constant("w", RANDOM.normal(scale=0.5, size=(1, gates * hidden, width))),
        constant("r", RANDOM.normal(scale=0.3, size=(1, gates * hidden, hidden))),
    ]
    if bias:
        weights.append(constant("b", RANDOM.normal(scale=0.3, size=(1, 2 * gates * hidden))))
    outs = ["", ""]
    outs[output] = "states" if after else "y"
    node = helper.make_node(
        operator, ["x", "w", "r"] + (["b"] if bias else []), outs[: output + 1], name="cells", hidden_size=hidden, **attributes
    )
    shape = shape or [events, 1, width]
    rows = [RANDOM.normal(size=(events, 1, width)).astype(np.float32) for _ in range(ROWS)]
    graph(name, [node, *after], [*weights, *constants], shape, rows, out=out)


def ensemble(name, modes, tracks, **attributes):
    """Complete trees of depth 3 with random splits, of the first version of the operators."""
    a = {k: [] for k in ("treeids", "nodeids", "featureids", "values", "modes", "truenodeids", "falsenodeids", "missing_value_tracks_true")}
    t = {k: [] for k in ("treeids", "nodeids", "ids", "weights")}
    for tree in range(7):
        for node in range(15):
            a["treeids"].append(tree)
            a["nodeids"].append(node)
            split = node < 7
            a["featureids"].append(int(RANDOM.integers(COLUMNS)) if split else 0)
            a["values"].append(float(np.float32(np.round(RANDOM.normal(), 1))) if split else 0.0)
            a["modes"].append(str(RANDOM.choice(modes)) if split else "LEAF")
            a["truenodeids"].append(2 * node + 1 if split else 0)
            a["falsenodeids"].append(2 * node + 2 if split else 0)
            a["missing_value_tracks_true"].append(int(RANDOM.integers(2)) if split and tracks else 0)
            if not split:
                t["treeids"].append(tree)
                t["nodeids"].append(node)
                t["ids"].append(tree % attributes["n_targets"])
                t["weights"].append(float(np.float32(RANDOM.normal())))
    both = {f"nodes_{k}": v for k, v in a.items()} | {f"target_{k}": v for k, v in t.items()} | attributes
    node = helper.make_node("TreeEnsembleRegressor", ["x"], ["y"], name="trees", domain="ai.onnx.ml", **both)
    x, _ = data(ROWS, tracks)
    # Values that are exactly thresholds tell less from at most.
    x = np.round(x, 1).astype(np.float32)
    graph(name, [node], [], [None, COLUMNS], [row[None, :] for row in x])


def ensemble_later(name, modes):
    """The same as the operator of the second version has it."""
    splits, mode, feature, yes, no, yes_leaf, no_leaf, tracks, roots = ([] for _ in range(9))
    weights, targets = [], []
    for _ in range(5):
        start = len(splits)
        roots.append(start)
        for node in range(7):
            splits.append(np.round(RANDOM.normal(), 1))
            mode.append(int(RANDOM.choice(modes)))
            feature.append(int(RANDOM.integers(COLUMNS)))
            tracks.append(int(RANDOM.integers(2)))
            leaf = node >= 3
            for child, ids, flags in ((2 * node + 1, yes, yes_leaf), (2 * node + 2, no, no_leaf)):
                flags.append(int(leaf))
                if leaf:
                    ids.append(len(weights))
                    weights.append(RANDOM.normal())
                    targets.append(int(RANDOM.integers(2)))
                else:
                    ids.append(start + child)
    node = helper.make_node(
        "TreeEnsemble", ["x"], ["y"], name="trees", domain="ai.onnx.ml", n_targets=2, aggregate_function=1, post_transform=0,
        tree_roots=roots, nodes_featureids=feature, nodes_splits=constant("splits", splits),
        nodes_modes=numpy_helper.from_array(np.array(mode, dtype=np.uint8), "modes"), nodes_truenodeids=yes,
        nodes_falsenodeids=no, nodes_trueleafs=yes_leaf, nodes_falseleafs=no_leaf, nodes_missing_value_tracks_true=tracks,
        leaf_targetids=targets, leaf_weights=constant("weights", weights),
    )  # fmt: skip
    x, _ = data(ROWS, True)
    x = np.round(x, 1).astype(np.float32)
    graph(name, [node], [], [None, COLUMNS], [row[None, :] for row in x], opset=21, ml=5)


def by_themselves():
    """What is done with each number by itself, some of them missing: the others stay as they are."""
    rows, _ = data(ROWS, True)
    rows[:, 2] *= 1e4
    rows = [row[None, :] for row in rows]
    bounds = [constant("least", -1.5), constant("most", 2.25), constant("far", -3e6)]
    ways = {
        "relu": [helper.make_node("Relu", ["x"], ["y"])],
        "tanh": [helper.make_node("Tanh", ["x"], ["y"])],
        "clip-nothing": [helper.make_node("Clip", ["x"], ["h"]), helper.make_node("Mul", ["h", "most"], ["y"])],
        "clip-below": [helper.make_node("Clip", ["x", "least"], ["y"])],
        "clip-above": [helper.make_node("Clip", ["x", "", "most"], ["y"])],
        "clip-far": [helper.make_node("Clip", ["x", "far", "most"], ["y"])],
    }
    for name, nodes in ways.items():
        graph(f"columns-{name}", nodes, bounds, [None, COLUMNS], rows)


def divided():
    """A tree behind a division, with rows whose product with the reciprocal falls to the other side."""
    x = RANDOM.random(size=4000).astype(np.float32)
    by = np.float32(49)
    quotient, product = x / by, x * (np.float32(1) / by)
    hard = np.flatnonzero(quotient != product)[:ROWS]
    rows = [np.array([[x[at], np.nan, 1, 1, 1, 1]], dtype=np.float32) for at in hard]
    line = float(max(quotient[hard[0]], product[hard[0]]))
    leaves = {"target_treeids": [0, 0], "target_nodeids": [1, 2], "target_ids": [0, 0], "target_weights": [1.0, 2.0]}
    tree = helper.make_node(
        "TreeEnsembleRegressor", ["h"], ["y"], domain="ai.onnx.ml", n_targets=1, nodes_treeids=[0] * 3,
        nodes_nodeids=[0, 1, 2], nodes_featureids=[0] * 3, nodes_modes=["BRANCH_LT", "LEAF", "LEAF"],
        nodes_values=[line, 0.0, 0.0], nodes_truenodeids=[1, 0, 0], nodes_falsenodeids=[2, 0, 0], **leaves,
    )  # fmt: skip
    nodes = [helper.make_node("Div", ["x", "by"], ["h"]), tree]
    graph("trees-divided", nodes, [constant("by", [by] * COLUMNS)], [None, COLUMNS], rows)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    seed = {"random_state": 1}
    small = {"n_estimators": 6, "max_depth": 4, **seed}
    scikit("linear-regression", LinearRegression(), "number")
    scikit("linear-ridge-two", Ridge(), "numbers")
    scikit("logistic", LogisticRegression(), "binary")
    scikit("logistic-zipmap", LogisticRegression(), "binary", zipmap=True)
    scikit("logistic-classes", LogisticRegression(), "classes")
    scikit("scaled-logistic", make_pipeline(StandardScaler(), LogisticRegression()), "binary")
    scikit("imputed-scaled-logistic", make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()), "binary", gaps=True)
    scikit("normalised-ridge", make_pipeline(Normalizer(), Ridge()), "number")
    scikit("normalised-sum-ridge", make_pipeline(Normalizer("l1"), Ridge()), "number")
    mlp = {"hidden_layer_sizes": (20, 7), "max_iter": 60, **seed}
    scikit("network-regression", MLPRegressor(activation="relu", **mlp), "number")
    scikit("network-tanh", make_pipeline(StandardScaler(), MLPRegressor(activation="tanh", **mlp)), "numbers")
    scikit("network-binary", MLPClassifier(activation="logistic", **mlp), "binary")
    scikit("network-classes", MLPClassifier(activation="relu", **mlp), "classes")
    scikit("tree-classes", DecisionTreeClassifier(max_depth=5, **seed), "classes")
    scikit("forest-binary", RandomForestClassifier(**small), "binary")
    scikit("forest-classes", RandomForestClassifier(**small), "classes")
    scikit("forest-regression", RandomForestRegressor(**small), "number")
    scikit("extra-trees-two", ExtraTreesRegressor(**small), "numbers")
    scikit("boosted-binary", GradientBoostingClassifier(**small), "binary")
    scikit("boosted-classes", GradientBoostingClassifier(**small), "classes")
    scikit("boosted-regression", GradientBoostingRegressor(**small), "number")
    ensemble("trees-modes", ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT"], True, n_targets=2, base_values=[0.5, -0.25])
    ensemble("trees-average", ["BRANCH_LEQ"], False, n_targets=1, base_values=[0.5], aggregate_function="AVERAGE")
    ensemble("trees-logistic", ["BRANCH_LT"], True, n_targets=2, post_transform="LOGISTIC")
    ensemble_later("trees-later", [0, 1, 2, 3])
    recurrent("lstm-last", "LSTM", 8, 10, 5, 1)
    recurrent("lstm-all-wide", "LSTM", 21, 6, 3, 0)
    recurrent("lstm-no-bias", "LSTM", 4, 10, 5, 1, bias=False)
    recurrent("gru-last", "GRU", 8, 10, 5, 1)
    recurrent("gru-reset-after", "GRU", 19, 10, 5, 1, linear_before_reset=1)
    recurrent("gru-all", "GRU", 5, 7, 4, 0)
    recurrent("lstm-one-event", "LSTM", 8, 1, 5, 1, shape=["events", "customers", 5])
    # As PyTorch exports a module that reads the last state and ends in a linear layer.
    after = [
        helper.make_node("Squeeze", ["states", "one"], ["flat"]),
        helper.make_node("Transpose", ["flat"], ["batched"], perm=[1, 0, 2]),
        helper.make_node("Gather", ["batched", "minus"], ["final"], axis=1),
        helper.make_node("Gemm", ["final", "dense", "bias"], ["logits"], transB=1),
        helper.make_node("Softmax", ["logits"], ["y"], axis=-1),
    ]
    constants = [
        numpy_helper.from_array(np.array([1], dtype=np.int64), "one"),
        numpy_helper.from_array(np.array(-1, dtype=np.int64), "minus"),
        constant("dense", RANDOM.normal(size=(4, 8))),
        constant("bias", RANDOM.normal(size=4)),
    ]
    recurrent("lstm-dense", "LSTM", 8, 12, 5, 0, after=after, constants=constants)
    # Columns by name, one input each.
    names = [f"column_{i}" for i in range(COLUMNS)]
    nodes = [
        helper.make_node("Concat", names, ["joined"], axis=1),
        helper.make_node("MatMul", ["joined", "w"], ["product"]),
        helper.make_node("Add", ["product", "b"], ["sum"]),
        helper.make_node("Mul", ["sum", "half"], ["halved"]),
        helper.make_node("Sub", ["one", "halved"], ["rest"]),
        helper.make_node("Div", ["rest", "w2"], ["shared"]),
        helper.make_node("Sigmoid", ["shared"], ["y"]),
    ]
    constants = [constant("w", RANDOM.normal(size=(COLUMNS, 3))), constant("b", [1, 2, 3]), constant("half", 0.5)]
    constants += [constant("one", [1.0]), constant("w2", [3, -2, 0.5])]
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 1]) for name in names]
    rows, _ = data(ROWS)
    graph("columns-by-name", nodes, constants, None, [row[None, :] for row in rows], inputs=inputs)
    by_themselves()
    divided()


if __name__ == "__main__":
    sys.exit(main())
