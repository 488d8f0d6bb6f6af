"""What other implementations must answer alike, from the committed models:

    python training/proofs/parity.py FOLDER_WITH_THE_SHARED_DATA

Writes `tests/parity/evaluation/TASK.csv`, rows to score, and `TASK.json`, the answers: for tables those of XGBoost on
the committed files, for sequences those of JAX. Rows of bank-marketing and bankchurners are mixed column by column from
the data sets, so none of them is a row of the data set. The other tables must not be passed on, so nothing of them is:
rows of churn and coil2000 are invented, and so is the log of work items. The transactions are `tests/berka`.
"""

import csv
import gzip
import json
import random
import sys
from pathlib import Path

import numpy as np
import xgboost

import encoding
import journeys
import recurrent
import tabular
import tasks

PROJECT = Path(__file__).resolve().parent.parent.parent
OUT = PROJECT / "tests/parity/evaluation"
FILES = {
    "bank-marketing": "bank_marketing/bank-additional-train.csv.gz",
    "coil2000": "coil2000/coil2000-train.csv.gz",
    "churn": "churn_modelling/churn-train.csv.gz",
    "bankchurners": "bankchurners/bankchurners-train.csv.gz",
}
IDENTIFIERS = {"RowNumber", "CustomerId", "Surname", "CLIENTNUM"}


def table_scores(task, path):
    folder = tabular.MODELS / task
    model = json.loads((folder / "model.json").read_text())
    x = encoding.apply(model["features"], encoding.read(path))
    names = [feature["name"] for feature in model["features"]]
    mean, total = 0.0, 0.0
    for member in model["members"]:
        if "trees" in member:
            booster = xgboost.Booster()
            booster.load_model(bytearray(gzip.decompress((folder / member["trees"]).read_bytes())))
            reads = [names.index(name) for name in booster.feature_names]
            rows = xgboost.DMatrix(x[:, reads].astype(np.float32), feature_names=booster.feature_names)
            score = booster.predict(rows).astype(float)
        else:
            weights = np.array([member["linear"]["weights"].get(name, 0.0) for name in names])
            score = tabular.logistic(x @ weights + member["linear"]["intercept"])
        mean, total = mean + member["weight"] * score, total + member["weight"]
    platt = model["calibration"]
    if platt is None:
        return mean / total
    return tabular.logistic(platt["slope"] * tabular.logit(mean / total) + platt["intercept"])


def mixed(task, source, path, rows=60):
    draw = random.Random(20260101)
    columns = encoding.read(source)
    cells = {name: draw.sample(column, rows) for name, column in columns.items() if name not in IDENTIFIERS}
    with open(path, "w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(cells)
        writer.writerows(zip(*cells.values()))


CHURN = {
    "CreditScore": lambda draw: draw.randrange(400, 850),
    "Geography": lambda draw: draw.choice(["France", "Germany", "Spain"]),
    "Gender": lambda draw: draw.choice(["Female", "Male"]),
    "Age": lambda draw: draw.randrange(18, 80),
    "Tenure": lambda draw: draw.randrange(11),
    "Balance": lambda draw: draw.choice([0, round(draw.uniform(10_000, 200_000), 2)]),
    "NumOfProducts": lambda draw: draw.randrange(1, 5),
    "HasCrCard": lambda draw: draw.randrange(2),
    "IsActiveMember": lambda draw: draw.randrange(2),
    "EstimatedSalary": lambda draw: round(draw.uniform(100, 200_000), 2),
    "Exited": lambda draw: draw.randrange(2),
}
LARGEST = {"MOSTYPE": 41, "MAANTHUI": 10, "MGEMOMV": 5, "MGEMLEEF": 6, "MOSHOOFD": 10, "CARAVAN": 1}


def invented(task, source, path, rows=60):
    """Every cell on its own, within the bounds that the descriptions of the columns give."""
    draw = random.Random(20261122)
    if task == "churn":
        columns = CHURN
    else:
        # Products are rarely held; the rest are classes up to 9.
        held = lambda name: name[0] in "AP" and draw.random() < 0.8
        cell = lambda name: lambda draw: 0 if held(name) else draw.randint(0, LARGEST.get(name, 9))
        columns = {name: cell(name) for name in encoding.read(source)}
    with open(path, "w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([cell(draw) for cell in columns.values()] for _ in range(rows))


def invented_log(path):
    draw = random.Random(20260101)
    with open(path, "w") as out:
        out.write("CaseID,ActivityID,CompleteTimestamp\n")
        for case in range(12):
            at = np.datetime64("2011-12-28T08:00:00") + draw.randrange(10**6)
            for _ in range(draw.randrange(1, 14)):
                at += draw.choice([3, 40, 500, 4_000, 60_000, 300_000])
                out.write(f"{case},{draw.randrange(1, 7)},{str(at).replace('T', ' ')}\n")


def network_shares(task, found):
    read = json.loads(gzip.decompress((tabular.MODELS / task / "network.json.gz").read_bytes()))["weights"]
    net = {}
    for name, part in read.items():
        values = np.array(part["values"], np.float32)
        net[name] = values.reshape(part["rows"], -1) if part["rows"] > 1 else values
    longest = max(len(rows) for _, _, rows in found)
    shares = recurrent.shares(net, [rows for _, _, rows in found], [longest], size=len(found))
    # The last event of an account has no next one to ask for.
    at = -2 if task == "berka-next" else -1
    names = journeys.CATEGORIES if task == "berka-next" else ["1", "2", "3", "4", "5", "6", "end"]
    return [
        {"journey": str(name), "first": names[int(made[at].argmax())], "share": float(made[at].max())}
        for (name, _, rows), made in zip(found, shares)
        if len(rows) > 1
    ]


def main():
    data = Path(sys.argv[1])
    OUT.mkdir(parents=True, exist_ok=True)
    for task, file in FILES.items():
        if not any((tabular.MODELS / task / name).exists() for name in ("model.json", "network.json.gz")):
            continue
        make = invented if task in ("churn", "coil2000") else mixed
        make(task, data / file, OUT / f"{task}.csv")
        scores = table_scores(task, OUT / f"{task}.csv").tolist()
        (OUT / f"{task}.json").write_text(json.dumps(scores, separators=(",", ":")) + "\n")
    invented_log(OUT / "bpi12-w.csv")
    berka = next(path for path in sorted((PROJECT / "tests/berka").iterdir()) if path.name.startswith("trans"))
    for task, found in (
        ("bpi12-w", journeys.work_items(OUT / "bpi12-w.csv")),
        ("berka-next", journeys.berka(berka)),
    ):
        if not any((tabular.MODELS / task / name).exists() for name in ("model.json", "network.json.gz")):
            continue
        (OUT / f"{task}.json").write_text(json.dumps(network_shares(task, found), separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
