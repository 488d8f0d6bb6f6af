"""How like an active customer someone is: the direction from the average customer to the active ones."""

import numpy as np
from sklearn.metrics import roc_auc_score

INPUTS = [
    "transfer_out_count_90d",
    "card_withdrawal_count_90d",
    "cash_withdrawal_share_90d",
    "standing_order_held",
    "household_share_90d",
]


def settled(matrix):
    """Customers known for a quarter, so that their windows are full."""
    return matrix.column("days_known") >= 90


def active(matrix):
    """Pays by transfer or card about every month, instead of carrying cash."""
    paid = matrix.column("transfer_out_count_90d") + matrix.column("card_withdrawal_count_90d")
    return paid >= 3


def learn(matrix):
    inputs = matrix.columns(INPUTS)
    means = np.nanmean(inputs[settled(matrix)], axis=0)
    scales = np.nanstd(inputs[settled(matrix)], axis=0)
    scales[scales == 0] = 1.0
    typical = inputs[settled(matrix) & active(matrix)]
    direction = np.nan_to_num((typical - means) / scales).mean(axis=0)
    return means, scales, direction


def score(matrix, means, scales, direction):
    spread = np.nan_to_num((matrix.columns(INPUTS) - means) / scales)
    lengths = np.linalg.norm(spread, axis=1) * np.linalg.norm(direction)
    cosine = np.divide(spread @ direction, lengths, out=np.zeros(len(spread)), where=lengths > 0)
    return (1 + cosine) / 2


def told(became, asked, scores):
    """How well scores order the customers `asked` by whether they became active."""
    return {
        "customers": int(asked.sum()),
        "active_since": int(became[asked].sum()),
        "auc": {name: round(float(roc_auc_score(became[asked], values[asked])), 4) for name, values in scores.items()},
    }


def train(before, now):
    """The model learnt now, and how well one learnt a quarter before told who would become active since."""
    assert before.customers == now.customers
    idle = settled(before) & ~active(before)
    never = idle & (before.column("transfer_out_count_90d") == 0)
    became = active(now)
    rivals = {
        "cosine": score(before, *learn(before)),
        "transfers alone": before.column("transfer_out_count_90d"),
        "time as a customer alone": -before.column("days_known"),
    }
    scores = {
        "customers": int(settled(now).sum()),
        "active": int((settled(now) & active(now)).sum()),
        "not_active_a_quarter_before": told(became, idle, rivals),
        "without_any_transfer_then": told(became, never, rivals),
    }
    means, scales, direction = learn(now)
    model = {
        "format": "nearfield-cosine/1",
        "inputs": [
            {"variable": name, "mean": round(mean, 6), "scale": round(scale, 6), "direction": round(way, 6)}
            for name, mean, scale, way in zip(INPUTS, means.tolist(), scales.tolist(), direction.tolist())
        ],
    }
    return model, scores
