#!/usr/bin/env python3
"""Whether several models of one thing, pooled, tell more than the one of them that was made for it:

    VENV/bin/python training/pools.py FOLDER_WITH_THE_TABLES

Models, accounts, days and labels are those of `cross_sell.py`; nothing is trained that is not trained there, and no model
file is written. Writes the figures into `training/pools.json` and the card into `training/cards/pools.md`. Which way to
combine and with which weights is chosen on unseen accounts while learning; the figures are of later days, on accounts
that no member has seen.
"""

import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import numpy as np
from sklearn.metrics import roc_auc_score

import data
from boosted import FOLDS
from cross_sell import DAYS, made, rows
from figures import figures, rounded
from outcomes import OUTCOMES, accounts

# The outcome that is to be told, and the models that are pooled; the first is the one made for it.
POOLS = {
    "loan": ["loan", "small-loan", "long-loan"],
    "household-order": ["household-order", "first-transfer", "other-order"],
    "run-down": ["run-down", "net-outflow"],
    "savings-growth": ["savings-growth", "surplus", "above-30k"],
}
# How much the first counts against each of the others.
FIRST = [1, 2, 4]


def mean(p, w):
    return (p * w).sum(1) / w.sum()


def log_odds(p, w):
    yes, no = np.exp((np.log(p) * w).sum(1) / w.sum()), np.exp((np.log(1 - p) * w).sum(1) / w.sum())
    return yes / (yes + no)


def largest(p, w):
    return (p * w / w.max()).max(1)


def noisy_or(p, w):
    return 1 - (1 - p * w / w.max()).prod(1)


WAYS = {"mean": mean, "log-odds": log_odds, "largest": largest, "any": noisy_or}


def unseen(target, members, asked, learnt):
    """What each member says of the accounts in `asked` that it has not seen."""
    said = np.zeros((len(asked[1]), len(members)))
    for position, member in enumerate(members):
        learn = learnt[member]
        for fold in range(FOLDS):
            kept, out = learn[2] % FOLDS != fold, asked[2] % FOLDS == fold
            model = made(member).fit(learn[0][kept], learn[1][kept], learn[2][kept] // FOLDS)
            said[out, position] = model.calibrated(model.margins(asked[0][out]))
    return said


def one(target, members, matrices, histories):
    learnt = {}
    for member in members:
        label, horizon = OUTCOMES[member]
        learnt[member] = rows(matrices, histories, label, DAYS[horizon][0], horizon)
    label, horizon = OUTCOMES[target]
    told = DAYS[horizon][1]
    test = rows(matrices, histories, label, [told], horizon)
    before = unseen(target, members, learnt[target], learnt)
    later = unseen(target, members, test, learnt)
    tried = {}
    for way, combine in WAYS.items():
        for first in FIRST:
            weights = np.array([float(first)] + [1.0] * (len(members) - 1))
            tried[way, first] = (
                roc_auc_score(learnt[target][1], combine(before, weights)), combine(later, weights)
            )
    best = max(tried, key=lambda key: tried[key][0])
    came = test[1]
    said = {"single": later[:, 0], "pool": tried[best][1]} | {member: later[:, i] for i, member in enumerate(members) if i}
    report = figures(came, said)
    return {
        "members": members, "chosen": {"combine": best[0], "first": best[1]},
        "day": told, "customers": len(came), "yes": int(came.sum()),
        "while_learning": {"single": rounded(roc_auc_score(learnt[target][1], before[:, 0])), "pool": rounded(tried[best][0])},
        "all_ways": {f"{way} {first}": {"learning": rounded(a), "later": rounded(roc_auc_score(came, s))} for (way, first), (a, s) in tried.items()},
        "difference_95": difference(came, said["pool"], said["single"]),
        **report,
    }


def difference(came, pool, single):
    """95 % of the difference of both AUCs over draws of the customers with replacement."""
    draw, found = np.random.default_rng(data.SEED), []
    for _ in range(2000):
        sample = draw.integers(0, len(came), len(came))
        if 0 < came[sample].sum() < len(came):
            found.append(roc_auc_score(came[sample], pool[sample]) - roc_auc_score(came[sample], single[sample]))
    return [rounded(bound) for bound in np.percentile(found, [2.5, 97.5])]



INTRODUCTION = """# Berka: models pooled

Does a pool of several models tell more than the one of them that was made for the question? Models, accounts, days and
labels are those of [berka.md](berka.md): every figure is on accounts that no member has seen, later than what it learnt
from (for loans the years learnt and told overlap, as said there). Pools are the linear one (`mean`), the log-linear one
(`log-odds`), the largest score and the noisy or (`any`), the first model counting 1, 2 or 4 times as much as each other:
{ways} in all. The one shown did best **while learning**; the later figures chose only whether it is used. This page is written by
`training/pools.py`, all figures, of all ways, are in `training/pools.json`.

| outcome | pool | asked | yes | AUC alone (95 %) | AUC pooled (95 %) | difference (95 %) | lift, top tenth | Brier | calibration error |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
"""

CLOSE = """
**Read it so:** no pool ranks much better than the model that was made for the question, and most rank worse: the members
learnt from the same accounts and variables, so they err together. Only the pool of the models of loans is ahead, by less
than luck can do, with a better Brier score and calibration: it is the one that the retail policies use (`credit-need`).
"""


def write(reports):
    lines = []
    for target, report in reports.items():
        auc = lambda kind: "{:.3f} ({:.3f} to {:.3f})".format(report[kind]["auc"], *report[kind]["auc_95"])
        both = lambda key, digits: f"{report['single'][key]:.{digits}f} → {report['pool'][key]:.{digits}f}"
        chosen, others = report["chosen"], ", ".join(report["members"][1:])
        low, high = report["difference_95"]
        difference = report["pool"]["auc"] - report["single"]["auc"]
        lines.append(
            f"| {target} | `{chosen['combine']}` of {chosen['first']} × {target}, {others} | {report['customers']} | {report['yes']} "
            f"| {auc('single')} | {auc('pool')} | {difference:+.3f} ({low:+.3f} to {high:+.3f}) "
            f"| {both('lift_top_tenth', 1)} | {both('brier', 4)} | {both('calibration_error', 3)} |"
        )
    head = INTRODUCTION.format(ways=len(WAYS) * len(FIRST))
    (data.PROJECT / "training/cards/pools.md").write_text(head + "\n".join(lines) + "\n" + CLOSE)


def main():
    if len(sys.argv) != 2:
        raise SystemExit("give the folder with the Berka tables")
    tables = sys.argv[1]
    histories = accounts(tables)
    horizons = {OUTCOMES[member][1] for members in POOLS.values() for member in members}
    days = sorted({day for horizon in horizons for day in [*DAYS[horizon][0], DAYS[horizon][1]]})
    matrices = {day: data.variables(tables, f"{day}T12:00:00Z") for day in days}
    with ProcessPoolExecutor(2, mp_context=get_context("fork")) as workers:
        made_of = {target: workers.submit(one, target, members, matrices, histories) for target, members in POOLS.items()}
    reports = {target: done.result() for target, done in made_of.items()}
    result = {"pools": reports, "provenance": data.provenance(tables)}
    Path(data.PROJECT / "training/pools.json").write_text(json.dumps(result, indent=1) + "\n")
    write(reports)
    for target, report in reports.items():
        print(target, report["chosen"], report["while_learning"], report["single"]["auc"], report["pool"]["auc"], report["difference_95"])


if __name__ == "__main__":
    main()
