"""Models of many shapes, made-up rows, and what XGBoost and LightGBM answer.

    VENV/bin/python training/parity/trees.py

writes `tests/parity/trees`: the models as the libraries save them, and beside each `NAME.answers.json` with rows,
margins, predictions and contributions. All data is made up; the seed is fixed. A cell that is null is missing.
"""

import json
import sys
from pathlib import Path

import lightgbm
import numpy as np
import xgboost

OUT = Path(__file__).resolve().parents[2] / "tests" / "parity" / "trees"
RANDOM = np.random.default_rng(20_240_601)
FEATURES = ["age", "balance", "income", "months", "logins", "region"]
ROWS = 40


def data(rows, categories=0):
    """Six columns; a fifth of the numbers is missing, the last column may be a category."""
    x = RANDOM.normal(size=(rows, len(FEATURES)))
    x[:, 3] = np.round(x[:, 3] * 5)
    x[:, 4] = np.maximum(0, np.round(x[:, 4] * 3))
    if categories:
        x[:, 5] = RANDOM.integers(0, categories, size=rows)
    score = x[:, 0] + 0.5 * x[:, 1] * x[:, 2] - 0.2 * x[:, 3] + np.sin(7 * x[:, 5])
    x[RANDOM.random(x.shape) < 0.2] = np.nan
    return x, score


def labels(score, kind):
    if kind == "binary":
        return (score + RANDOM.normal(size=score.shape) > 0.3).astype(float)
    if kind == "share":
        return 1 / (1 + np.exp(-score))
    if kind == "classes":
        return np.digitize(score, [-1, 0.8]).astype(float)
    if kind == "positive":
        return np.exp(score / 2) + 0.1
    if kind == "count":
        return np.round(np.exp(score / 2))
    return score


def plain(array):
    """Nested lists; what is not finite has no JSON, so it is null in rows and named elsewhere."""
    if isinstance(array, np.ndarray):
        return [plain(cell) for cell in array]
    number = float(array)
    if np.isnan(number):
        return None
    if np.isinf(number):
        return "inf" if number > 0 else "-inf"
    return number


def keep(name, library, rows, margins, predictions, contributions):
    two = lambda a: np.asarray(a).reshape(len(rows), -1)
    answers = {
        "about": "made-up rows, and what the library answers",
        "library": f"{library.__name__} {library.__version__}",
        "rows": plain(np.asarray(rows, dtype=np.float64)),
        "margins": plain(two(margins)),
        "predictions": plain(two(predictions)),
        "contributions": None if contributions is None else plain(two(contributions)),
    }
    text = json.dumps(answers, separators=(",", ":"), allow_nan=False)
    (OUT / f"{name}.answers.json").write_text(text + "\n")


def hard(x, most):
    """Rows that lie on thresholds' sides in every way: zeros of both signs, the largest numbers, nothing at all."""
    extra = np.array([
        [np.nan] * 6,
        [0.0] * 6,
        [-0.0] * 6,
        [most] * 5 + [1.0],
        [-most] * 5 + [2.0],
        [1e-36, -1e-36, 1e-20, 0.5, 1.0, 0.0],
        [1.0, 1.0, 1.0, 1.0, 1.0, 99.0],
        [1.0, 1.0, 1.0, 1.0, 1.0, -1.0],
        [1.0, 1.0, 1.0, 1.0, 1.0, 1.7],
    ])
    return np.vstack([x[: ROWS - len(extra)], extra])


def with_xgboost(name, objective, kind, rounds=12, categories=0, ending="json", hard=hard, **settings):
    x, score = data(1500, categories)
    y = labels(score, kind)
    types = ["q"] * 5 + ["c" if categories else "q"]
    matrix = lambda rows: xgboost.DMatrix(
        rows.astype(np.float32), feature_names=FEATURES, feature_types=types, enable_categorical=bool(categories))
    train = matrix(x)
    train.set_label(y)
    settings = {"objective": objective, "max_depth": 4, "eta": 0.3, "seed": 7, "nthread": 1, **settings}
    booster = xgboost.train(settings, train, rounds)
    booster.save_model(OUT / f"{name}.{ending}")
    # Infinities are refused by the library itself.
    rows = hard(x, 3e38).astype(np.float32)
    if categories and len(rows) == ROWS:
        rows[:, 5] = np.where(RANDOM.random(len(rows)) < 0.5, RANDOM.integers(0, categories, len(rows)), rows[:, 5])
    seen = matrix(rows)
    contributions = booster.predict(seen, pred_contribs=True)
    keep(name, xgboost, rows, booster.predict(seen, output_margin=True), booster.predict(seen), contributions)


def random_trees():
    """Trees that nobody trained: random shapes, thresholds that rows hit exactly, any default direction."""
    width = len(FEATURES)
    values = np.array([-2.5, -1.0, -0.0, 0.0, 0.5, 1.0, 3.25], dtype=np.float32)

    def tree(number):
        arrays = {key: [] for key in [
            "left_children", "right_children", "parents", "split_indices", "split_conditions", "default_left",
            "sum_hessian", "loss_changes", "base_weights", "split_type"]}

        def seat(parent):
            for key in arrays:
                arrays[key].append(-1 if key.endswith("children") else 0.0 if key in (
                    "split_conditions", "sum_hessian", "loss_changes", "base_weights") else 0)
            arrays["parents"][-1] = parent
            return len(arrays["parents"]) - 1

        def grow(at, depth, cover):
            leaf = depth == 9 or cover < 2 or (depth > 0 and RANDOM.random() < 0.2)
            arrays["sum_hessian"][at] = float(cover)
            arrays["split_conditions"][at] = float(np.float32(RANDOM.normal() if leaf else RANDOM.choice(values)))
            if leaf:
                return
            arrays["split_indices"][at] = int(RANDOM.integers(width))
            arrays["default_left"][at] = int(RANDOM.integers(2))
            # XGBoost takes for granted that siblings stand side by side.
            sides = seat(at), seat(at)
            arrays["left_children"][at], arrays["right_children"][at] = sides
            left = int(RANDOM.integers(1, cover))
            grow(sides[0], depth + 1, left)
            grow(sides[1], depth + 1, cover - left)

        grow(seat(2147483647), 0, 200)
        size = len(arrays["parents"])
        return {"id": number, **arrays, "categories": [], "categories_nodes": [], "categories_segments": [],
                "categories_sizes": [],
                "tree_param": {"num_deleted": "0", "num_feature": str(width), "num_nodes": str(size),
                               "size_leaf_vector": "1"}}

    trees = [tree(number) for number in range(20)]
    model = {"version": [3, 2, 0], "learner": {
        "attributes": {}, "feature_names": FEATURES, "feature_types": ["float"] * width,
        "gradient_booster": {"name": "gbtree", "model": {
            "cats": {"enc": [], "feature_segments": [], "sorted_idx": []},
            "gbtree_model_param": {"num_parallel_tree": "1", "num_trees": str(len(trees))},
            "iteration_indptr": list(range(len(trees) + 1)), "tree_info": [0] * len(trees), "trees": trees}},
        "learner_model_param": {"base_score": "[1.25E-1]", "boost_from_average": "1", "num_class": "0",
                                "num_feature": str(width), "num_target": "1"},
        "objective": {"name": "binary:logistic", "reg_loss_param": {"scale_pos_weight": "1"}}}}
    path = OUT / "xgboost-random-trees.json"
    path.write_text(json.dumps(model, separators=(",", ":")))
    booster = xgboost.Booster(model_file=path)
    rows = RANDOM.choice(np.append(values, [np.nan, 3e38, -3e38, 0.25]), size=(60, width)).astype(np.float32)
    seen = xgboost.DMatrix(rows, feature_names=FEATURES)
    keep("xgboost-random-trees", xgboost, rows, booster.predict(seen, output_margin=True), booster.predict(seen),
         booster.predict(seen, pred_contribs=True))


def odd(x, most):
    """Rows whose category is none: below zero, with a fraction, beyond what 31, 32 and 64 bits hold."""
    cells = [-0.0, -1e-30, -0.5, -0.999, -1.0, -1.5, -2**31, 0.0, 0.5, 0.999, 1.0, 1.5, 39.999, 40.0, 2**24 + 2,
             2**31 - 128, 2**31, 2**31 + 256, 2**32, 2**32 + 512, 2**63, 1e30, most, -most, np.nan]
    rows = np.repeat(x[:4], len(cells), axis=0)
    rows[:, 5] = np.tile(cells, 4)
    return rows


def with_lightgbm(name, objective, kind, rounds=12, categories=0, hard=hard, **settings):
    x, score = data(1500, categories)
    x[RANDOM.random(x.shape) < 0.1] = 0.0
    if settings.pop("complete", False):
        x = np.nan_to_num(x, nan=0.25)
    y = labels(score, kind)
    settings = {"objective": objective, "num_leaves": 15, "learning_rate": 0.2, "verbosity": -1, "seed": 7,
                "num_threads": 1, "deterministic": True, "min_data_in_leaf": 5, "max_cat_to_onehot": 3, **settings}
    train = lightgbm.Dataset(x, y, feature_name=FEATURES, categorical_feature=[5] if categories else [])
    booster = lightgbm.train(settings, train, rounds)
    booster.save_model(OUT / f"{name}.txt")
    rows = hard(x, np.inf)
    # Where the library draws its lines, and one step to either side.
    lines = [float(part) for line in booster.model_to_string().splitlines() if line.startswith("threshold=")
             for part in line.removeprefix("threshold=").split()]
    lines = [line for line in lines if abs(line) < 1e9]
    rows[:12, :5] = RANDOM.choice(lines, size=(12, 5))
    rows[:4, :5] = np.nextafter(rows[:4, :5], np.inf)
    rows[4:8, :5] = np.nextafter(rows[4:8, :5], -np.inf)
    # Only its predictions are means of the trees; the rest are sums.
    among = rounds if settings.get("boosting") == "rf" else 1
    keep(name, lightgbm, rows, booster.predict(rows, raw_score=True) / among, booster.predict(rows),
         booster.predict(rows, pred_contrib=True) / among)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    with_xgboost("xgboost-binary", "binary:logistic", "binary", max_depth=6)
    with_xgboost("xgboost-binary-ubjson", "binary:logistic", "binary", ending="ubj")
    with_xgboost("xgboost-categories-ubjson", "binary:logistic", "binary", ending="ubj", categories=40,
                 max_cat_to_onehot=2)
    with_xgboost("xgboost-categories", "reg:squarederror", "number", categories=40, max_cat_to_onehot=2)
    with_xgboost("xgboost-one-hot", "binary:logistic", "binary", categories=4, max_cat_to_onehot=100)
    with_xgboost("xgboost-classes", "multi:softprob", "classes", rounds=6, num_class=3)
    with_xgboost("xgboost-forest", "multi:softprob", "classes", rounds=1, num_class=3, num_parallel_tree=5,
                 eta=1.0, subsample=0.6, colsample_bynode=0.6)
    with_xgboost("xgboost-regression", "reg:squarederror", "number", max_depth=6)
    with_xgboost("xgboost-absolute", "reg:absoluteerror", "number", rounds=6)
    with_xgboost("xgboost-share", "reg:logistic", "share", rounds=6)
    with_xgboost("xgboost-raw", "binary:logitraw", "binary", rounds=6)
    with_xgboost("xgboost-hinge", "binary:hinge", "binary", rounds=6)
    with_xgboost("xgboost-count", "count:poisson", "count", rounds=6)
    with_xgboost("xgboost-gamma", "reg:gamma", "positive", rounds=6)
    with_xgboost("xgboost-tweedie", "reg:tweedie", "count", rounds=6)
    with_xgboost("xgboost-dart", "binary:logistic", "binary", booster="dart", rate_drop=0.3, one_drop=1)
    with_xgboost("xgboost-leaves", "binary:logistic", "binary", grow_policy="lossguide", max_leaves=40, max_depth=0)
    random_trees()
    with_lightgbm("lightgbm-binary", "binary", "binary", num_leaves=31, is_unbalance=True)
    with_lightgbm("lightgbm-steep", "binary", "binary", sigmoid=2.5)
    with_lightgbm("lightgbm-complete", "binary", "binary", complete=True)
    with_lightgbm("lightgbm-zero-is-missing", "binary", "binary", zero_as_missing=True)
    with_lightgbm("lightgbm-missing-is-zero", "binary", "binary", use_missing=False)
    with_lightgbm("lightgbm-categories", "binary", "binary", categories=40)
    with_lightgbm("lightgbm-one-hot", "regression", "number", categories=3)
    with_lightgbm("lightgbm-classes", "multiclass", "classes", rounds=6, num_class=3)
    with_lightgbm("lightgbm-classes-apart", "multiclassova", "classes", rounds=6, num_class=3)
    with_lightgbm("lightgbm-regression", "regression", "number")
    with_lightgbm("lightgbm-root", "regression", "positive", rounds=6, reg_sqrt=True)
    with_lightgbm("lightgbm-absolute", "regression_l1", "number", rounds=6)
    with_lightgbm("lightgbm-count", "poisson", "count", rounds=6)
    with_lightgbm("lightgbm-gamma", "gamma", "positive", rounds=6)
    with_lightgbm("lightgbm-tweedie", "tweedie", "count", rounds=6)
    with_lightgbm("lightgbm-share", "cross_entropy", "share", rounds=6)
    with_lightgbm("lightgbm-share-lambda", "cross_entropy_lambda", "share", rounds=6)
    with_lightgbm("lightgbm-dart", "binary", "binary", boosting="dart", drop_rate=0.3)
    with_lightgbm("lightgbm-forest", "binary", "binary", boosting="rf", bagging_freq=1, bagging_fraction=0.6)
    with_xgboost("xgboost-odd-categories", "binary:logistic", "binary", rounds=6, categories=6, max_cat_to_onehot=2,
                 hard=odd)
    with_lightgbm("lightgbm-odd-categories", "binary", "binary", rounds=6, categories=6, max_cat_to_onehot=1, hard=odd)
    print(f"{sum(f.stat().st_size for f in OUT.iterdir()):,} bytes in {OUT}", file=sys.stderr)


main()
