"""Trains and cross-validates the models of one public table:

    python training/proofs/tabular.py TASK FILE [--skip-validation]

`TASK` is bank-marketing, coil2000, churn or bankchurners; `FILE` the shared part, plain or gzip. Writes
`training/models/TASK/` and the cross-validated figures into `training/models/TASK/figures.json`. The same data
gives the same files.
"""

import argparse
import hashlib
import json
import platform
from pathlib import Path

import catboost
import lightgbm
import numpy as np
import sklearn
import xgboost
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler

import encoding
import forest
import tasks

MODELS = Path(__file__).resolve().parent.parent / "models"
CLIP = 1e-9


def logit(share):
    share = np.clip(share, CLIP, 1 - CLIP)
    return np.log(share / (1 - share))


def logistic(margin):
    return 1 / (1 + np.exp(-margin))


class Rates:
    """What the label was, on average, for rows of one key: learnt, so made anew inside every fold."""

    def __init__(self, spec, table, y):
        self.spec, self.keys, self.y = spec, np.array(encoding.key(table, spec["columns"])), y

    def codes(self, rows):
        total, mean = {}, self.y[rows].mean()
        for k, label in zip(self.keys[rows], self.y[rows]):
            hits, count = total.get(k, (0, 0))
            total[k] = (hits + label, count + 1)
        if self.spec["what"] == "count":
            return {k: float(count) for k, (_, count) in sorted(total.items())}, 0.0
        prior = self.spec["prior"]
        codes = {k: round((hits + prior * mean) / (count + prior), 6) for k, (hits, count) in sorted(total.items())}
        return codes, round(float(mean), 6)

    def look_up(self, codes, other, rows):
        return np.array([codes.get(k, other) for k in self.keys[rows]])

    def own(self, rows):
        """For rows that are learnt from: each sees the labels of other rows only."""
        if self.spec["what"] == "count":
            return self.look_up(*self.codes(rows), rows)
        values = np.zeros(len(rows))
        for learn, see in StratifiedKFold(10, shuffle=True, random_state=7).split(rows, self.y[rows]):
            values[see] = self.look_up(*self.codes(rows[learn]), rows[see])
        return values


class Linear:
    """Logistic regression on standardised inputs, told as plain weights of the inputs."""

    def __init__(self, **settings):
        self.settings = settings

    def fit(self, x, y):
        scaler = StandardScaler().fit(x)
        found = LogisticRegression(max_iter=3000, **self.settings).fit(scaler.transform(x), y)
        self.weights = found.coef_[0] / scaler.scale_
        self.intercept = float(found.intercept_[0] - (self.weights * scaler.mean_).sum())
        return self

    def margin(self, x):
        return x @ self.weights + self.intercept


class Member:
    """One model of an ensemble: a library, its settings, the features it reads."""

    def __init__(self, spec, names):
        self.spec = spec
        self.inputs = [i for i, name in enumerate(names) if spec["reads"](name)]
        self.names = [names[i] for i in self.inputs]

    def fit(self, x, y):
        x = x[:, self.inputs]
        kind, settings = self.spec["kind"], self.spec["settings"]
        if kind == "linear":
            self.model = Linear(**settings).fit(x, y)
        else:
            # What the engine reads has 32 bits, so that is what is learnt from.
            x = x.astype(np.float32)
            common = {"random_state": 20260101}
            if kind == "lightgbm":
                maker = lightgbm.LGBMClassifier(n_jobs=1, verbose=-1, deterministic=True, **common, **settings)
            elif kind == "xgboost":
                maker = xgboost.XGBClassifier(n_jobs=1, tree_method="hist", **common, **settings)
            else:
                maker = catboost.CatBoostClassifier(
                    verbose=0, thread_count=1, allow_writing_files=False, random_seed=20260101, **settings
                )
            self.model = maker.fit(x, y)
        return self

    def margin(self, x):
        x, kind = x[:, self.inputs], self.spec["kind"]
        if kind == "linear":
            return self.model.margin(x)
        x = x.astype(np.float32)
        if kind == "lightgbm":
            return self.model.predict(x, raw_score=True)
        if kind == "xgboost":
            return self.model.predict(x, output_margin=True)
        return self.model.predict(x, prediction_type="RawFormulaVal")

    def score(self, x):
        return logistic(self.margin(x))

    def write(self, folder, name, x):
        if self.spec["kind"] == "linear":
            weights = {n: float(w) for n, w in zip(self.names, self.model.weights)}
            return {"linear": {"intercept": self.model.intercept, "weights": weights}}
        if self.spec["kind"] == "xgboost":
            raise SystemExit("write an XGBoost member with Booster.save_model")
        booster = self.model.booster_ if self.spec["kind"] == "lightgbm" else self.model
        grown = forest.from_lightgbm if self.spec["kind"] == "lightgbm" else forest.from_catboost
        trees, margin = grown(booster)
        forest.write(folder / name, trees, margin, self.names)
        apart = forest.check(folder / name, x[:, self.inputs].astype(np.float32), self.margin(x))
        print(f"{name}: {len(trees)} trees, at most {apart:.1e} from {self.spec['kind']}'s own margin", flush=True)
        assert apart < 1e-4
        return {"trees": name}


class Problem:
    """A table, its label and features."""

    def __init__(self, task, path):
        self.task, self.spec = task, tasks.TASKS[task]
        self.table = encoding.read(path)
        label = self.table[self.spec["label"]["column"]]
        self.y = np.array([int(cell == self.spec["label"]["positive"]) for cell in label])
        self.features = self.spec["features"]
        self.fixed = encoding.apply(self.features, self.table)
        self.rates = [Rates(rate, self.table, self.y) for rate in self.spec.get("rates", [])]
        self.names = [f["name"] for f in self.features] + [r.spec["name"] for r in self.rates]

    def learn_from(self, rows):
        return np.column_stack([self.fixed[rows], *(rate.own(rows) for rate in self.rates)])

    def look_at(self, rows, learnt):
        return np.column_stack([self.fixed[rows], *(r.look_up(*r.codes(learnt), rows) for r in self.rates)])

    def fit(self, rows, specs):
        x = self.learn_from(rows)
        return [Member(spec, self.names).fit(x, self.y[rows]) for spec in specs]

    def plain(self, rows, learnt):
        """Logistic regression on the published columns, the baseline."""
        reads = self.spec["baseline"]
        columns = []
        for name, cells in self.table.items():
            if name not in reads:
                continue
            if reads[name] == "number":
                columns.append(np.array([float(cell) for cell in cells]))
            else:
                for value in sorted(set(cells))[1:]:
                    columns.append(np.array([float(cell == value) for cell in cells]))
        x = np.column_stack(columns)
        fitted = Linear(C=1.0).fit(x[learnt], self.y[learnt])
        return logistic(fitted.margin(x[rows]))


def together(members, x):
    weights = [member.spec["weight"] for member in members]
    return sum(w * m.score(x) for w, m in zip(weights, members)) / sum(weights)


def figures(y, p):
    top = np.argsort(-p, kind="stable")[: len(y) // 5]
    return {
        "auc": roc_auc_score(y, p),
        "captured_in_top_fifth": y[top].sum() / y.sum(),
        "accuracy": ((p >= 0.5) == y).mean(),
        "log_loss": log_loss(y, np.clip(p, CLIP, 1 - CLIP)),
        "brier": brier_score_loss(y, p),
    }


def mean(found):
    return {name: round(float(np.mean([f[name] for f in found])), 5) for name in found[0]}


def interval(y, p):
    rng = np.random.default_rng(20260101)
    drawn = [rng.integers(0, len(y), len(y)) for _ in range(500)]
    return [round(float(q), 4) for q in np.quantile([roc_auc_score(y[d], p[d]) for d in drawn], [0.025, 0.975])]


def validate(problem, repeats, seed):
    """Means over the folds; the settings never saw these folds, but other folds of the same rows."""
    y, everything = problem.y, np.arange(len(problem.y))
    found = {name: [] for name in ("ensemble", "logistic regression")}
    singles, kept = [], []
    for repeat in range(repeats):
        out = np.zeros(len(y))
        for learn, see in StratifiedKFold(5, shuffle=True, random_state=seed + repeat).split(everything, y):
            members = problem.fit(learn, problem.spec["members"])
            x = problem.look_at(see, learn)
            out[see] = together(members, x)
            found["ensemble"].append(figures(y[see], out[see]))
            found["logistic regression"].append(figures(y[see], problem.plain(see, learn)))
            singles.append([roc_auc_score(y[see], m.score(x)) for m in members])
        kept.append(out)
    report = {name: mean(each) for name, each in found.items()}
    report["members_auc"] = [round(float(auc), 5) for auc in np.mean(singles, axis=0)]
    report["fold_sd_of_auc"] = round(float(np.std([f["auc"] for f in found["ensemble"]])), 5)
    report["auc_interval_95"] = interval(y, kept[0])
    report["method"] = f"stratified 5-fold cross-validation, {repeats} times, seeds from {seed}; means over folds"
    return report, kept[0]


def platt(scores, y):
    fitted = LogisticRegression(C=1e6).fit(logit(scores)[:, None], y)
    return {"slope": float(fitted.coef_[0][0]), "intercept": float(fitted.intercept_[0])}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("task", choices=tasks.TASKS)
    arguments.add_argument("file")
    arguments.add_argument("--repeats", type=int, default=1)
    arguments.add_argument("--fit-only", action="store_true", help="keep the figures there are; no calibration")
    given = arguments.parse_args()
    problem = Problem(given.task, given.file)
    folder = MODELS / given.task
    folder.mkdir(parents=True, exist_ok=True)
    if not given.fit_only:
        report, kept = validate(problem, given.repeats, seed=1000)
        print(json.dumps(report, indent=1), flush=True)
        (folder / "figures.json").write_text(json.dumps(report, indent=1) + "\n")

    everything = np.arange(len(problem.y))
    learnt = problem.learn_from(everything)
    members = [Member(spec, problem.names).fit(learnt, problem.y) for spec in problem.spec["members"]]
    x = problem.look_at(everything, everything)
    written = [
        {"weight": m.spec["weight"], **m.write(folder, f"member-{i}.json.gz", x)} for i, m in enumerate(members, 1)
    ]
    features = list(problem.features)
    for rate in problem.rates:
        codes, other = rate.codes(everything)
        features.append(encoding.category(rate.spec["name"], rate.spec["columns"], codes, other))
    assert np.array_equal(encoding.apply(features, problem.table), x, equal_nan=True)
    document = {
        "format": "nearfield-task/1",
        "task": given.task,
        "provenance": {
            "data": problem.spec["data"],
            "rows": len(problem.y),
            "sha256": hashlib.sha256(Path(given.file).read_bytes()).hexdigest(),
            "seed": 20260101,
            "versions": {
                "python": platform.python_version(),
                "numpy": np.__version__,
                "scikit-learn": sklearn.__version__,
                "lightgbm": lightgbm.__version__,
                "catboost": catboost.__version__,
                "xgboost": xgboost.__version__,
            },
        },
        "label": problem.spec["label"],
        "features": features,
        "members": written,
        "calibration": None if given.fit_only else platt(kept, problem.y),
    }
    (folder / "model.json").write_text(json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
