"""Whole pipelines of scikit-learn as ONNX, made-up rows, and what ONNX Runtime and scikit-learn answer.

    VENV/bin/python training/parity/pipelines.py

needs what `networks.py` needs and pandas 3.1.1, and writes `tests/parity/pipelines`: each model and beside it
`NAME.answers.json` with rows, the outputs of ONNX Runtime, and those of scikit-learn (null where the exporter writes
something else than scikit-learn does: isotonic calibration becomes a step function, and boosting with a loss for
counts loses its exponential). All data is made up; the seed is fixed. A cell that is null is missing.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx.helper
import onnxruntime
import pandas as pd
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)

OUT = Path(__file__).resolve().parents[2] / "tests" / "parity" / "pipelines"
RANDOM = np.random.default_rng(20_261_122)
ROWS = 60
SMALL = {"n_estimators": 5, "max_depth": 4, "random_state": 1}
NUMBERS = ["age", "balance", "income", "months"]
TEXTS = {"region": ["Brno", "Praha", "Plzeň"], "segment": ["young", "family", "senior", "firm"]}

# The exporter hands truths and whole numbers of numpy to a library that takes neither in lists.
make_attribute = onnx.helper.make_attribute


def attribute(key, value, *args, **kwargs):
    if isinstance(value, list):
        value = [int(one) if isinstance(one, (np.integer, bool, np.bool_)) else one for one in value]
    return make_attribute(key, value, *args, **kwargs)


onnx.helper.make_attribute = attribute


def data(rows, gaps=False):
    frame = pd.DataFrame(RANDOM.normal(size=(rows, 4)).astype(np.float32), columns=NUMBERS)
    frame["months"] = np.round(frame["months"] * 5).astype(np.float32)
    for name, texts in TEXTS.items():
        frame[name] = RANDOM.choice(texts, rows)
    frame["products"] = RANDOM.integers(0, 5, rows)
    score = frame["age"] + 0.5 * frame["balance"] * frame["income"] - 0.1 * frame["months"]
    score = score + (frame["region"] == "Praha") - 0.3 * frame["products"] + (frame["segment"] == "firm")
    if gaps:
        for name in NUMBERS:
            frame.loc[RANDOM.random(rows) < 0.2, name] = np.nan
    return frame, score.to_numpy()


def target(score, kind):
    if kind == "binary":
        return (score + RANDOM.normal(size=score.shape) > 0.2).astype(int)
    if kind == "classes":
        return np.digitize(score, [-0.7, 0.7])
    if kind == "count":
        return np.round(np.exp(score / 3))
    return score


def cell(value):
    if isinstance(value, str):
        return value
    return None if np.isnan(value) else float(value)


def write(name, model, kind, columns=NUMBERS, tensor=True, gaps=False, unknown=False, same=True):
    """`tensor`: all columns in one input; else an input each. `same`: scikit-learn answers alike."""
    frame, score = data(500, gaps)
    frame = frame[columns]
    labels = target(score, kind)
    given = frame.to_numpy(dtype=np.float32) if tensor else frame
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(given, labels)
    if tensor:
        types = [("x", FloatTensorType([None, len(columns)]))]
    else:
        one = lambda name: (StringTensorType if name in TEXTS else Int64TensorType if name == "products" else FloatTensorType)
        types = [(name, one(name)([None, 1])) for name in columns]
    exported = to_onnx(model, initial_types=types, target_opset={"": 18, "ai.onnx.ml": 3})
    rows, _ = data(ROWS, gaps)
    rows = rows[columns].copy()
    if unknown:
        for text in set(columns) & set(TEXTS):
            rows.loc[:4, text] = "elsewhere"
        if "products" in columns:
            rows.loc[3:7, "products"] = 9
    session = onnxruntime.InferenceSession(exported.SerializeToString(), providers=["CPUExecutionProvider"])
    last = session.get_outputs()[-1].name
    kept, outputs = [], []
    for row in range(len(rows)):
        if tensor:
            feed = {"x": rows.iloc[row : row + 1].to_numpy(dtype=np.float32)}
        else:
            as_type = lambda c: object if c in TEXTS else np.int64 if c == "products" else np.float32
            feed = {c: rows[[c]].iloc[row : row + 1].to_numpy().astype(as_type(c)) for c in columns}
        feed = {c: feed[c] for c in feed if c in {i.name for i in session.get_inputs()}}
        answer = session.run([last], feed)[0]
        if isinstance(answer, list):
            answer = np.array(list(answer[0].values()))
        kept.append([cell(value) for value in rows.iloc[row]])
        outputs.append(np.asarray(answer, dtype=np.float64).ravel().tolist())
    library = None
    if same:
        given = rows.to_numpy(dtype=np.float32) if tensor else rows
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            library = model.predict_proba(given) if hasattr(model, "predict_proba") else model.predict(given)
        library = np.asarray(library, dtype=np.float64).reshape(len(rows), -1).tolist()
    (OUT / f"{name}.onnx").write_bytes(exported.SerializeToString())
    answers = {"about": "made-up rows", "rows": kept, "outputs": outputs, "library": library}
    (OUT / f"{name}.answers.json").write_text(json.dumps(answers, separators=(",", ":"), ensure_ascii=False) + "\n")


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    boost = {"max_iter": 8, "max_leaf_nodes": 9, "random_state": 1}
    write("hist-boosting-binary", HistGradientBoostingClassifier(**boost), "binary", gaps=True)
    write("hist-boosting-classes", HistGradientBoostingClassifier(**boost), "classes", gaps=True)
    write("hist-boosting-regression", HistGradientBoostingRegressor(**boost), "number", gaps=True)
    write("hist-boosting-count", HistGradientBoostingRegressor(loss="poisson", **boost), "count", same=False)
    write("robust-logistic", make_pipeline(RobustScaler(), LogisticRegression()), "binary")
    write("min-max-logistic", make_pipeline(MinMaxScaler(), LogisticRegression()), "classes")
    write("clipped-logistic", make_pipeline(MinMaxScaler(clip=True), LogisticRegression()), "binary")
    write("max-abs-linear", make_pipeline(MaxAbsScaler(), LinearRegression()), "number")
    write("min-max-forest", make_pipeline(MinMaxScaler(clip=True), RandomForestClassifier(**SMALL)), "binary")
    write("scaled-boosting", make_pipeline(StandardScaler(), GradientBoostingRegressor(**SMALL)), "number")
    write("imputed-scaled-forest", make_pipeline(SimpleImputer(), StandardScaler(), RandomForestClassifier(**SMALL)),
          "classes", gaps=True)
    write("binarised-forest", make_pipeline(Binarizer(threshold=0.25), RandomForestClassifier(**SMALL)), "binary")
    mlp = {"hidden_layer_sizes": (12, 5), "max_iter": 80, "random_state": 1}
    write("min-max-network", make_pipeline(MinMaxScaler(), MLPClassifier(**mlp)), "binary")
    write("network-classes", make_pipeline(StandardScaler(), MLPClassifier(activation="tanh", **mlp)), "classes")
    write("normalised-network", make_pipeline(Normalizer(), MLPRegressor(**mlp)), "number")
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    tame = {"handle_unknown": "ignore"}
    places = {"handle_unknown": "use_encoded_value", "unknown_value": -1}
    everything = [*NUMBERS, *TEXTS, "products"]

    def mixed(encoder, columns, rest="drop"):
        return ColumnTransformer([("numbers", numbers, NUMBERS), ("kinds", encoder, columns)], remainder=rest)

    hot = mixed(OneHotEncoder(**tame), ["region", "segment", "products"])
    named = {"columns": everything, "tensor": False, "gaps": True, "unknown": True}
    write("mixed-logistic", make_pipeline(hot, LogisticRegression()), "binary", **named)
    write("mixed-ridge", make_pipeline(hot, Ridge()), "number", **named)
    write("mixed-network", make_pipeline(hot, MLPClassifier(**mlp)), "classes", **named)
    write("mixed-forest", make_pipeline(hot, RandomForestClassifier(**SMALL)), "binary", **named)
    write("mixed-boosting", make_pipeline(mixed(OrdinalEncoder(**places), list(TEXTS), "passthrough"),
          GradientBoostingClassifier(**SMALL)), "binary", **named)
    write("ordinal-ridge", make_pipeline(mixed(OrdinalEncoder(**places), ["segment", "region"]), Ridge()),
          "number", **named)
    # Columns by place in one input, in another order, some of them dropped.
    by_place = [("kinds", OneHotEncoder(**tame), [4]), ("numbers", StandardScaler(), [2, 0])]
    placed = {"columns": [*NUMBERS, "products"], "unknown": True}
    write("places-logistic", make_pipeline(ColumnTransformer(by_place), LogisticRegression()), "binary", **placed)
    write("places-forest", make_pipeline(ColumnTransformer(by_place), RandomForestClassifier(**SMALL)), "binary",
          **placed)
    folds = {"cv": 3}
    write("sigmoid-logistic", CalibratedClassifierCV(LogisticRegression(), **folds), "binary")
    write("sigmoid-forest", CalibratedClassifierCV(RandomForestClassifier(**SMALL), **folds), "binary")
    write("sigmoid-boosting-alone", CalibratedClassifierCV(GradientBoostingClassifier(**SMALL), ensemble=False, **folds),
          "binary")
    write("sigmoid-classes-alone", CalibratedClassifierCV(RandomForestClassifier(**SMALL), ensemble=False, **folds),
          "classes")
    write("isotonic-forest", CalibratedClassifierCV(RandomForestClassifier(**SMALL), method="isotonic", **folds),
          "binary", same=False)
    write("isotonic-logistic-alone",
          CalibratedClassifierCV(LogisticRegression(), method="isotonic", ensemble=False, **folds), "binary", same=False)
    write("mixed-sigmoid", make_pipeline(hot, CalibratedClassifierCV(LogisticRegression(), **folds)), "binary", **named)
    print(f"{sum(f.stat().st_size for f in OUT.iterdir()):,} bytes in {OUT}", file=sys.stderr)


if __name__ == "__main__":
    main()
