#!/usr/bin/env python3
"""Trains the models of cross-sell and attrition on the Berka tables, one for each outcome:

    VENV/bin/python training/cross_sell.py FOLDER_WITH_THE_TABLES

Writes the models that beat logistic regression into `policies/retail/models/berka`, rows that the engine must answer as
XGBoost does into `tests/parity/berka.json`, all figures into `training/berka.json` and the cards into
`training/cards/berka.md`. The same data gives the same files.
"""

import hashlib
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context

# Before numpy: sums of small matrices are slower, and not always the same, on several threads.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import numpy as np
import xgboost

import berka_cards
import data
from boosted import CANDIDATES, FOLDS, PARAMETERS, VARIABLES, Baseline, Trees, pick
from figures import figures
from outcomes import ACCUMULATED, FALLS, LONG, OUTCOMES, QUARTER, RISES, accounts, known

# The outcomes of a quarter: learnt from five days of 1993 and the 90 days after each, told on the last day of 1993.
# Loans and cards: learnt from two days of 1993, told on the last day of the transactions; see `berka_cards`.
DAYS = {
    QUARTER: (["1993-05-31", "1993-06-30", "1993-07-31", "1993-08-31", "1993-09-30"], "1993-12-31"),
    LONG: (["1993-09-30", "1993-12-31"], "1994-03-31"),
}
# Known for so many days, so that there is something to go by.
KNOWN = 60
# Half a year, so that whatever was learnt from had happened by the day it is told on.
STRICT = (["1993-06-30", "1993-07-31", "1993-08-31", "1993-09-30"], 182)
ENOUGH = 12


def number(customer):
    """A number for the customer that more data does not change; its remainders make the folds."""
    return int(hashlib.sha256(f"cross-sell:{customer}".encode()).hexdigest()[:8], 16)


def rows(matrices, histories, label, days, horizon):
    """Variables, labels and numbers of the customers of whom the question can be asked, as of each day."""
    inputs, labels, groups = [], [], []
    for day in days:
        at = date.fromisoformat(day).toordinal()
        values = matrices[day].columns(CANDIDATES)
        for customer, place in sorted((customer, place) for place, customer in enumerate(matrices[day].customers)):
            history = histories[customer]
            if known(history, at, KNOWN):
                outcome = label(history, at, at + horizon)
                if outcome is not None:
                    inputs.append(values[place])
                    labels.append(int(outcome))
                    groups.append(number(customer))
    # The engine hands 32-bit numbers to such trees.
    return np.array(inputs, dtype=np.float32), np.array(labels), np.array(groups)


def unseen(name, learn, test):
    """What models say of accounts that none of them has seen, later than anything they have seen."""
    said = {kind: np.zeros(len(test[1])) for kind in ("margin", "plain", "trees", "logistic")}
    for fold in range(FOLDS):
        kept, asked = learn[2] % FOLDS != fold, test[2] % FOLDS == fold
        mine = learn[0][kept], learn[1][kept], learn[2][kept] // FOLDS
        trees = made(name).fit(*mine)
        margins = trees.margins(test[0][asked])
        said["margin"][asked] = margins
        said["plain"][asked] = 1 / (1 + np.exp(-margins))
        said["trees"][asked] = trees.calibrated(margins)
        said["logistic"][asked] = Baseline().fit(*mine).probabilities(test[0][asked])
    return said


def made(name):
    return Trees(RISES.get(name, ()), FALLS.get(name, ()))


def one(name, matrices, histories):
    """The figures of an outcome and its model, or why there is none."""
    label, horizon = OUTCOMES[name]
    days, told = DAYS[horizon]
    learn = rows(matrices, histories, label, days, horizon)
    test = rows(matrices, histories, label, [told], horizon)
    count = lambda part: {"customers": len(set(part[2].tolist())), "rows": len(part[1]), "yes": int(part[1].sum())}
    report = {"learn": {"days": days} | count(learn), "test": {"day": told} | count(test), "horizon_days": horizon}
    if min(learn[1].sum(), test[1].sum()) < ENOUGH:
        return report | {"shipped": False, "why": f"fewer than {ENOUGH} cases on one side"}, None
    said = unseen(name, learn, test)
    report |= figures(test[1], said)
    model = made(name).fit(learn[0], learn[1], learn[2])
    report["same_accounts_auc"] = figures(test[1], {"trees": model.calibrated(model.margins(test[0]))})["trees"]["auc"]
    if name in ACCUMULATED:
        early = rows(matrices, histories, label, *STRICT)
        said = unseen(name, early, test)
        report["strictly_before"] = {"learn": count(early), "auc": figures(test[1], {"trees": said["trees"]})["trees"]["auc"]}
    trees, line = report["trees"], report["logistic"]
    report["shipped"] = trees["auc"] > line["auc"] and trees["auc_95"][0] > 0.5
    if not report["shipped"]:
        beaten = trees["auc"] <= line["auc"]
        report["why"] = "logistic regression is as good" if beaten else "its interval reaches one half"
    report["variables"] = model.names
    report["platt"] = [round(model.slope, 6), round(model.intercept, 6)]
    model.slope, model.intercept = report["platt"]
    return report, (model, test)


def parity(model, test):
    """Rows as they are and with holes, and what XGBoost and the calibration make of them."""
    inputs = pick(test[0], model.names)[:8]
    holes = inputs.copy()
    holes[np.random.default_rng(data.SEED).random(holes.shape) < 0.25] = np.nan
    inputs = np.vstack([inputs, holes])
    matrix = xgboost.DMatrix(inputs, feature_names=model.names)
    margins = model.trees.predict(matrix, output_margin=True).astype(float)
    contributions = model.trees.predict(matrix, pred_contribs=True).astype(float)
    return {
        "rows": [[None if np.isnan(cell) else float(cell) for cell in row] for row in inputs],
        "scores": model.calibrated(margins).tolist(),
        "contributions": [[round(part, 8) for part in row] for row in contributions.tolist()],
    }


def main():
    if len(sys.argv) != 2:
        raise SystemExit("give the folder with the Berka tables")
    tables = sys.argv[1]
    histories = accounts(tables)
    days = sorted({day for days, told in DAYS.values() for day in [*days, told]})
    matrices = {day: data.variables(tables, f"{day}T12:00:00Z") for day in days}
    folder = data.PROJECT / "policies/retail/models/berka"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.json"):
        old.unlink()
    reports, fixtures = {}, {}
    with ProcessPoolExecutor(2, mp_context=get_context("fork")) as workers:
        all_of = [workers.submit(one, name, matrices, histories) for name in OUTCOMES]
    for name, done in zip(OUTCOMES, all_of):
        reports[name], made_of = done.result()
        line = reports[name]
        print(name, line["shipped"], line.get("trees", {}).get("auc"), line.get("logistic", {}).get("auc"), flush=True)
        if line["shipped"]:
            model, test = made_of
            model.trees.set_attr(calibration=json.dumps({"platt": line["platt"]}))
            raw = json.loads(model.trees.save_raw("json"))
            folder.joinpath(f"{name}.json").write_text(json.dumps(raw, separators=(",", ":")) + "\n")
            fixtures[name] = parity(model, test)
    settings = {key: value for key, value in PARAMETERS.items() if key != "n_jobs"} | {"candidates": len(CANDIDATES)}
    made_from = data.provenance(tables, settings=settings | {"variables": VARIABLES})
    result = {"models": reports, "provenance": made_from}
    (data.PROJECT / "training/berka.json").write_text(json.dumps(result, indent=1) + "\n")
    (data.PROJECT / "tests/parity/berka.json").write_text(json.dumps(fixtures, separators=(",", ":")) + "\n")
    berka_cards.write(result)


if __name__ == "__main__":
    main()
