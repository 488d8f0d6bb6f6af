"""Trains the LSTM of the engagement actions: which digital transaction active customers make next.

    VENV/bin/python training/engagement.py FOLDER_WITH_THE_TABLES

Learns from the accounts that pay digitally and are not kept back (a fifth, by SHA-256 of the account's number, the
split of `berka-next`). Writes `policies/retail/models/next-transaction.json`, the figures and the card, and the rows
that the engine must answer alike (`tests/parity/next-transaction.json`).
"""

import datetime
import hashlib
import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent / "proofs"))

import data
import events
import recurrent

SETTINGS = {"hidden": 32, "middle": 32, "epochs": 40, "rate": 3e-3, "drop": (0.1, 0.2, 0.2), "size": 32}
LENGTHS = [25, 49]
END = datetime.date(1994, 3, 31).toordinal()
KINDS = list(events.KINDS)
# What is named to policies. Cash taken with a card is digital too, but there are 12 of these in the data.
OUTPUTS = {
    "transfer-in": {
        "en": "Customers with payments like yours next receive money by transfer",
        "cs": "Zákazníci s podobnými platbami jako vy pak dostanou peníze převodem",
    },
    "household": {
        "en": "Customers with payments like yours next pay for their household by transfer",
        "cs": "Zákazníci s podobnými platbami jako vy pak platí domácnost převodem",
    },
    "transfer": {
        "en": "Customers with payments like yours next send a transfer",
        "cs": "Zákazníci s podobnými platbami jako vy pak pošlou převod",
    },
    "insurance": {
        "en": "Customers with payments like yours next pay insurance by transfer",
        "cs": "Zákazníci s podobnými platbami jako vy pak platí pojistné převodem",
    },
    "loan-payment": {
        "en": "Customers with payments like yours next pay a loan instalment by transfer",
        "cs": "Zákazníci s podobnými platbami jako vy pak zaplatí splátku úvěru převodem",
    },
}
DIGITAL = [KINDS.index(name) for name in OUTPUTS]
PAID = [KINDS.index(name) for name in ["household", "transfer", "insurance", "loan-payment", "card-withdrawal"]]


def held(account):
    return int(hashlib.sha256(str(account).encode()).hexdigest(), 16) % 5 == 0


def active(journey):
    """Pays by transfer or card about every month."""
    return sum(event.kind in PAID and event.day > END - 90 for event in journey) >= 3


def windows(journey):
    """What a network reads from each place where it begins, and the kind of each transaction after."""
    kinds = [event.kind for event in journey]
    for first in range(0, max(len(journey) - events.ANEW, 1), events.ANEW):
        last = first + 2 * events.ANEW - 1
        yield first, events.numbers(journey[first:last]), kinds[first + 1 : last + 1]


def shares(net, journeys):
    """For each journey the shares after 1, 2 … transactions, as the engine works them out."""
    parts = [(i, first, rows) for i, journey in enumerate(journeys) for first, rows, _ in windows(journey)]
    made = recurrent.shares(net, [rows for _, _, rows in parts], LENGTHS)
    found = [[None] * len(journey) for journey in journeys]
    for (i, first, _), part in zip(parts, made):
        for at, share in enumerate(part):
            if events.begin(first + at + 1) == first:
                found[i][first + at] = share
    return found


def figures(given, truth):
    given, truth = np.array(given), np.array(truth)
    order = np.argsort(-given, axis=1, kind="stable")
    return {
        "predictions": len(truth),
        "accuracy": round(float((order[:, 0] == truth).mean()), 4),
        "top_3": round(float((order[:, :3] == truth[:, None]).any(1).mean()), 4),
        "commonest": round(float(np.bincount(truth).max() / len(truth)), 4),
    }


def measured(journeys, found):
    """Of every next transaction, and of the digital ones the masked shares."""
    every, digital, answers, among = [], [], [], []
    for journey, given in zip(journeys, found):
        for share, event in zip(given, journey[1:]):
            every.append(share)
            answers.append(event.kind)
            if event.kind in DIGITAL:
                digital.append(share[DIGITAL])
                among.append(DIGITAL.index(event.kind))
    return {"of_13_kinds": figures(every, answers), "of_digital_ones": figures(digital, among)}


class Short(float):
    """A 32-bit number in as few digits as read back to it."""

    def __new__(cls, value):
        return super().__new__(cls, str(np.float32(value)))


def fixture(net):
    """The masked shares of the real customers of `tests/customers`, by numpy in 64 bits."""
    wide = {name: part.astype(float) for name, part in net.items()}
    sigmoid = lambda x: 1 / (1 + np.exp(-x))
    answers = {}
    for file in sorted((data.PROJECT / "tests/customers").glob("*.json")):
        journey = events.transactions(json.loads(file.read_text()))
        journey = [event for event in journey if event.day <= END]
        hidden = cell = np.zeros(len(wide["recurrent"]))
        for row in events.numbers(journey[events.begin(len(journey)) :]).astype(float):
            i, f, g, o = np.split(row @ wide["input"] + wide["bias"] + hidden @ wide["recurrent"], 4)
            cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
            hidden = sigmoid(o) * np.tanh(cell)
        middle = np.maximum(hidden @ wide["middle"] + wide["middle_bias"], 0)
        out = (middle @ wide["output"] + wide["output_bias"])[DIGITAL]
        out = np.exp(out - out.max())
        if journey:
            answers[file.stem] = dict(zip(OUTPUTS, (out / out.sum()).tolist()))
    return answers


def card(report):
    line = lambda name, of: (
        f"| {name} | {of['predictions']:,} | {of['accuracy']:.3f} | {of['top_3']:.3f} | {of['commonest']:.3f} |"
    )
    rows = [
        line(f"{which} customers, {words}", report[which][part])
        for part, words in [("of_13_kinds", "which of 13 kinds"), ("of_digital_ones", "which digital one")]
        for which in ["all", "active", "inactive"]
    ]
    customers = report["customers"]
    return "\n".join([
        "# `next`: The next digital transaction",
        "",
        "*Question:* Which digital transaction does a customer make next, if they go on as customers do who pay digitally?",
        "",
        f"*Population:* accounts of a Czech bank, 1993-01-01 to 1994-03-31 (Berka, PKDD'99). Learnt from the "
        f"{customers['learnt_from']} that pay by transfer or card about every month (3 or more in the last 90 days) and are "
        f"not kept back. Kept back: {customers['kept_back']}, a fifth by SHA-256 of the number, the split of `berka-next`; "
        f"{customers['active_kept_back']} of them active. The shipped network never saw them.",
        "",
        "*Inputs:* 43 numbers after each transaction: its amount, balance and day, its streams, for each stream how long ago "
        "the newest was and when a month has gone by since. Transactions of a day stand in the order of their balances. "
        "32 LSTM cells, a layer of 32; it reads the newest 25 to 49 transactions.",
        "",
        "*Outputs:* trained to tell all 13 kinds; those that are not digital are masked, and the others share the rest. So a "
        "score is a share among digital transactions, not the chance that there is one.",
        "",
        "| on the kept-back part | predictions | accuracy | among the first three | the commonest alone |",
        "| --- | --- | --- | --- | --- |",
        *rows,
        "",
        "*Limits:*",
        "",
        "- Inactive customers make few digital transactions, nearly all of them of one kind: for them the accuracy says "
        "little, and there it is below that of always naming the commonest.",
        "- Twelve transactions by card are in the data, so there is no output for the card.",
        "- Fifteen months of one bank, thirty years ago.",
        "",
    ])


def main():
    tables = sys.argv[1]
    found = [(account, events.transactions(profile)) for account, profile in events.profiles(tables)]
    found = [(account, journey) for account, journey in found if journey]
    learn = [journey for account, journey in found if active(journey) and not held(account)]
    parts = [(rows, answers) for journey in learn for _, rows, answers in windows(journey)]
    net = recurrent.train(
        [rows for rows, _ in parts], [answers for _, answers in parts], len(KINDS), lengths=LENGTHS, **SETTINGS
    )
    kept = [journey for account, journey in found if held(account)]
    told = shares(net, kept)
    which = {"all": lambda j: True, "active": active, "inactive": lambda j: not active(j)}
    report = {
        "customers": {"learnt_from": len(learn), "kept_back": len(kept), "active_kept_back": sum(map(active, kept))},
        **{
            name: measured(*zip(*[(j, s) for j, s in zip(kept, told) if test(j)])) for name, test in which.items()
        },
    }
    print(json.dumps(report, indent=1), flush=True)
    weights = {
        name: {"rows": int(np.atleast_2d(part).shape[0]), "values": [Short(v) for v in part.ravel()]}
        for name, part in net.items()
    }
    model = {
        "format": "nearfield-sequence/1",
        "provenance": data.provenance(tables, figures=report),
        "features": events.FEATURES,
        "outputs": [
            {"id": name, "column": KINDS.index(name), "title": title} for name, title in OUTPUTS.items()
        ],
        "weights": weights,
    }
    text = json.dumps(model, ensure_ascii=False, separators=(",", ":"))
    (data.PROJECT / "policies/retail/models/next-transaction.json").write_text(text + "\n")
    answers = json.dumps(fixture(net), indent=1)
    (data.PROJECT / "tests/parity/next-transaction.json").write_text(answers + "\n")
    (data.PROJECT / "training/cards/next-transaction.md").write_text(card(report))


if __name__ == "__main__":
    main()
