"""Trains the LSTM of one public log:

    python training/proofs/sequences.py berka-next FOLDER_WITH_THE_TABLES
    python training/proofs/sequences.py bpi12-w FILE

A part is kept back for the figures (a fifth of the accounts by a hash of the number; the last fifth of the cases),
then the shipped network learns from all of it with the same settings. Writes `training/models/TASK/`.
"""

import collections
import gzip
import hashlib
import json
import platform
import sys
from pathlib import Path

import jax
import numpy as np

import journeys
import recurrent

MODELS = Path(__file__).resolve().parent.parent / "models"
SETTINGS = {
    "berka-next": {
        "outputs": 13, "lengths": [48, 96, 144], "hidden": 64, "middle": 64, "epochs": 40, "rate": 3e-3,
        "drop": (0.1, 0.2, 0.2), "size": 32,
    },
    "bpi12-w": {
        "outputs": 7, "lengths": [16, 160], "hidden": 48, "middle": 64, "epochs": 14, "rate": 2e-3,
        "drop": (0.1, 0.2, 0.3), "size": 64,
    },
}
DATA = {
    "berka-next": "P. Berka, Guide to the Financial Data Set, PKDD'99 Discovery Challenge",
    "bpi12-w": "B.F. van Dongen, BPI Challenge 2012, doi:10.4121/uuid:3926db30-f712-4394-aebc-75976070e91f",
}


def markov(learn, see, order, outputs):
    """The commonest continuation of the last `order` things, or of fewer where those were never seen."""
    counts = collections.defaultdict(lambda: np.zeros(outputs))
    for things in learn:
        for i, thing in enumerate(things):
            for length in range(order + 1):
                if length <= i:
                    counts[tuple(things[i - length : i])][thing] += 1
    found = []
    for things in see:
        for i in range(1, len(things) + 1):
            length = next(n for n in range(min(order, i), -1, -1) if tuple(things[i - n : i]) in counts)
            found.append(counts[tuple(things[i - length : i])])
    return found


def figures(shares, truth):
    order = np.argsort(-np.array(shares), axis=1, kind="stable")
    truth = np.array(truth)
    return {
        "predictions": len(truth),
        "accuracy": round(float((order[:, 0] == truth).mean()), 4),
        "top_3": round(float((order[:, :3] == truth[:, None]).any(1).mean()), 4),
    }


def main():
    task, source = sys.argv[1:]
    settings = SETTINGS[task]
    if task == "berka-next":
        path = Path(source) / "trans.csv.gz"
        found = journeys.berka(path)
        # The last event of an account has no next one.
        answers, first = [things[1:] for _, things, _ in found], 0
        held = np.array([int(hashlib.sha256(str(name).encode()).hexdigest(), 16) % 5 == 0 for name, _, _ in found])
        split = "a fifth of the accounts, by SHA-256 of the number"
    else:
        path = Path(source)
        found = journeys.work_items(path)
        # The end of a case is an activity; prefixes begin with two events.
        answers, first = [[*things[1:], 6] for _, things, _ in found], 1
        held = np.arange(len(found)) >= len(found) * 4 // 5
        split = "the last fifth of the cases, by start"
    rows = [numbers for _, _, numbers in found]
    learn, see = np.flatnonzero(~held), np.flatnonzero(held)
    some = lambda things, which: [things[i] for i in which]

    net = recurrent.train(some(rows, learn), some(answers, learn), **settings)
    predicted = recurrent.shares(net, some(rows, see), settings["lengths"])
    ours, truth = [], []
    for shares, answer in zip(predicted, some(answers, see)):
        ours.extend(shares[first : len(answer)])
        truth.extend(answer[first:])
    ended = task != "berka-next"
    known = [things + [6] * ended for _, things, _ in found]
    counted = markov(some(known, learn), [things for _, things, _ in some(found, see)], 5, settings["outputs"])
    at, baseline = 0, []
    for things, answer in zip((t for _, t, _ in some(found, see)), some(answers, see)):
        baseline.extend(counted[at + first : at + len(answer)])
        at += len(things)
    report = {
        "lstm": figures(ours, truth),
        "markov of order 5": figures(baseline, truth),
        "kept_back": split,
        "journeys": {"learnt_from": len(learn), "kept_back": len(see)},
    }
    print(json.dumps(report, indent=1), flush=True)

    net = recurrent.train(rows, answers, **settings)
    folder = MODELS / task
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "format": "nearfield-recurrent/1",
        "task": task,
        "provenance": {
            "data": DATA[task],
            "journeys": len(rows),
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "seed": 20260101,
            "versions": {"python": platform.python_version(), "numpy": np.__version__, "jax": jax.__version__},
        },
        "weights": {name: {"rows": int(np.atleast_2d(part).shape[0]), "values": [Short(v) for v in part.ravel()]}
                    for name, part in net.items()},
    }
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    (folder / "network.json.gz").write_bytes(gzip.compress(text, 9, mtime=0))
    (folder / "figures.json").write_text(json.dumps(report, indent=1) + "\n")


class Short(float):
    """A 32-bit number in as few digits as read back to it."""

    def __new__(cls, value):
        return super().__new__(cls, str(np.float32(value)))


if __name__ == "__main__":
    main()
