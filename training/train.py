#!/usr/bin/env python3
"""Trains the models of the retail policies on the Berka tables:

    python3 -m venv VENV && VENV/bin/pip install -r training/requirements.txt
    VENV/bin/python training/train.py FOLDER_WITH_THE_TABLES

Writes the models into `policies/retail/models`, the rows that the engine must answer as XGBoost does into
`tests/parity`, and the scores into `training/scores.json`. The same data gives the same files.
"""

import json
import sys

import activation
import data
import personas
import propensity

# The demo's clock: the transactions end on this day.
NOW = "1994-03-31T12:00:00Z"
A_QUARTER_BEFORE = "1993-12-31T12:00:00Z"


def write(path, content):
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def main():
    if len(sys.argv) != 2:
        raise SystemExit("give the folder with the Berka tables")
    tables = sys.argv[1]
    models = data.PROJECT / "policies/retail/models"
    now, before = data.variables(tables, NOW), data.variables(tables, A_QUARTER_BEFORE)
    made = data.provenance(tables, clock=NOW, variables_sha256=now.sha256)

    booster, loans, rows = propensity.train(tables, now)
    propensity.write(booster, models / "loan-propensity.json")
    parity = data.PROJECT / "tests/parity"
    parity.mkdir(exist_ok=True)
    parity.joinpath("loan-propensity.json").write_text(json.dumps(rows, separators=(",", ":")) + "\n")

    likeness, likeness_scores = activation.train(before, now)
    write(models / "activation.json", {"format": likeness.pop("format"), "provenance": made, **likeness})

    segments, segment_scores = personas.train(now)
    write(models / "personas.json", {"format": segments.pop("format"), "provenance": made, **segments})

    scores = {"loan-propensity": loans, "activation": likeness_scores, "personas": segment_scores}
    write(data.PROJECT / "training/scores.json", {**scores, "provenance": made})
    print(json.dumps(scores, indent=1))


main()
