"""Gradient-boosted trees of three libraries in one open form: XGBoost's JSON, which XGBoost itself reads.

A LightGBM split `x <= t` and a CatBoost split `x > t` become `x < t'` with `t'` the next 32-bit number, which
decides alike for every 32-bit x. Leaves are rounded to 32 bits. `check` asks XGBoost whether it agrees.
"""

import gzip
import json
import tempfile
from pathlib import Path

import numpy as np
import xgboost


def after(threshold):
    """The smallest 32-bit number above a threshold; the largest one where only missing values go right."""
    largest = np.finfo(np.float32).max
    if threshold >= float(largest):
        return largest
    near = np.float32(threshold)
    return near if float(near) > threshold else np.nextafter(near, np.float32(np.inf))


def from_lightgbm(booster):
    trees = []
    for info in booster.dump_model()["tree_info"]:
        nodes = []

        def grow(part):
            here = len(nodes)
            nodes.append(None)
            if "leaf_value" in part:
                nodes[here] = {"value": part["leaf_value"], "cover": part.get("leaf_weight", 0.0)}
                return here
            assert part["decision_type"] == "<="
            left_when_missing = part["default_left"]
            if part["missing_type"] == "None":
                left_when_missing = 0.0 <= part["threshold"]
            left, right = grow(part["left_child"]), grow(part["right_child"])
            nodes[here] = {
                "left": left,
                "right": right,
                "input": part["split_feature"],
                "threshold": after(part["threshold"]),
                "missing_left": bool(left_when_missing),
                "cover": part["internal_weight"],
            }
            return here

        grow(info["tree_structure"])
        trees.append(nodes)
    return trees, 0.0


def from_catboost(model):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        dumped = json.loads(path.read_text())
    assert all(f["nan_value_treatment"] in ("AsIs", "AsFalse") for f in dumped["features_info"]["float_features"])
    scale, bias = dumped["scale_and_bias"]
    inputs = [feature["flat_feature_index"] for feature in dumped["features_info"]["float_features"]]
    trees = []
    for tree in dumped["oblivious_trees"]:
        splits, nodes = tree["splits"] or [], []

        def grow(depth, leaf):
            here = len(nodes)
            nodes.append(None)
            if depth < 0:
                nodes[here] = {"value": scale * tree["leaf_values"][leaf], "cover": tree["leaf_weights"][leaf]}
                return here
            split = splits[depth]
            # Bit `depth` of a leaf's number is the answer to split `depth`; a missing value is never greater.
            left, right = grow(depth - 1, leaf), grow(depth - 1, leaf | 1 << depth)
            nodes[here] = {
                "left": left,
                "right": right,
                "input": inputs[split["float_feature_index"]],
                "threshold": after(split["border"]),
                "missing_left": True,
                "cover": nodes[left]["cover"] + nodes[right]["cover"],
            }
            return here

        grow(len(splits) - 1, 0)
        trees.append(nodes)
    return trees, bias[0] if isinstance(bias, list) else bias


def in_pairs(nodes):
    """The nodes by depth, the two children of a split side by side: XGBoost counts on it in deep trees."""
    order = [0]
    for at in order:
        if "left" in nodes[at]:
            order += [nodes[at]["left"], nodes[at]["right"]]
    place = {old: new for new, old in enumerate(order)}
    moved = lambda node: {**node, "left": place[node["left"]], "right": place[node["right"]]} if "left" in node else node
    return [moved(nodes[old]) for old in order]


def write(path, trees, margin, names):
    """Writes the form of `Booster.save_model`."""
    empty = xgboost.train(
        {"objective": "binary:logistic", "base_score": float(1 / (1 + np.exp(-margin)))},
        xgboost.DMatrix(np.zeros((2, len(names))), label=[0, 1], feature_names=names),
        num_boost_round=0,
    )
    document = json.loads(empty.save_raw("json"))
    written = []
    for number, nodes in enumerate(map(in_pairs, trees)):
        parents = [2147483647] * len(nodes)
        for at, node in enumerate(nodes):
            for side in ("left", "right"):
                if side in node:
                    parents[node[side]] = at
        column = lambda name, default: [node.get(name, default) for node in nodes]
        written.append({
            "base_weights": [0.0] * len(nodes),
            "categories": [],
            "categories_nodes": [],
            "categories_segments": [],
            "categories_sizes": [],
            "default_left": [int(flag) for flag in column("missing_left", False)],
            "id": number,
            "left_children": column("left", -1),
            "loss_changes": [0.0] * len(nodes),
            "parents": parents,
            "right_children": column("right", -1),
            "split_conditions": [Short(node.get("threshold", node.get("value"))) for node in nodes],
            "split_indices": column("input", 0),
            "split_type": [0] * len(nodes),
            "sum_hessian": [Short(cover) for cover in column("cover", 0.0)],
            "tree_param": {
                "num_deleted": "0",
                "num_feature": str(len(names)),
                "num_nodes": str(len(nodes)),
                "size_leaf_vector": "1",
            },
        })
    model = document["learner"]["gradient_booster"]["model"]
    model["trees"] = written
    model["tree_info"] = [0] * len(written)
    model["iteration_indptr"] = list(range(len(written) + 1))
    model["gbtree_model_param"]["num_trees"] = str(len(written))
    packed = gzip.compress(json.dumps(document, separators=(",", ":")).encode(), 9, mtime=0)
    Path(path).write_bytes(packed)


class Short(float):
    """A 32-bit number in as few digits as read back to it."""

    def __new__(cls, value):
        return super().__new__(cls, str(np.float32(value)))


def check(path, rows, margins):
    """The largest difference between XGBoost's margins for the file and the source library's."""
    booster = xgboost.Booster()
    booster.load_model(bytearray(gzip.decompress(Path(path).read_bytes())))
    names = booster.feature_names
    found = booster.predict(xgboost.DMatrix(rows, feature_names=names), output_margin=True)
    return float(np.abs(found - margins).max())
