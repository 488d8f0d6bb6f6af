"""How well probabilities tell what came: order, the top tenth, and calibration."""

import numpy as np
from sklearn.metrics import brier_score_loss, roc_auc_score

from data import SEED

DRAWS = 2000


def figures(came, said):
    """For each way to say it, its figures; the top tenth is cut at a tenth of the customers."""
    report = {}
    for kind, scores in said.items():
        if kind == "margin":
            continue
        report[kind] = {
            "auc": rounded(roc_auc_score(came, scores)),
            "auc_95": interval(came, scores),
            "lift_top_tenth": round(lift(came, scores), 2),
            "brier": rounded(brier_score_loss(came, scores)),
            "calibration_error": rounded(calibration_error(came, scores)),
        }
    report["base_rate"] = {"share": rounded(came.mean()), "brier": rounded(came.mean() * (1 - came.mean()))}
    return report


def interval(came, scores):
    """95 % of the AUC over draws of the customers with replacement."""
    draw = np.random.default_rng(SEED)
    found = []
    for _ in range(DRAWS):
        sample = draw.integers(0, len(came), len(came))
        if 0 < came[sample].sum() < len(came):
            found.append(roc_auc_score(came[sample], scores[sample]))
    return [rounded(bound) for bound in np.percentile(found, [2.5, 97.5])]


def lift(came, scores):
    """How many times more of the top tenth it is than of all."""
    top = np.argsort(-scores, kind="stable")[: max(len(scores) // 10, 1)]
    return float(came[top].mean() / came.mean())


def calibration_error(came, scores):
    """How far, on average over tenths of the customers by score, what was said is from what came."""
    parts = np.array_split(np.argsort(scores, kind="stable"), 10)
    gaps = [len(part) * abs(came[part].mean() - scores[part].mean()) for part in parts if len(part)]
    return sum(gaps) / len(came)


def rounded(number):
    return round(float(number), 4)
