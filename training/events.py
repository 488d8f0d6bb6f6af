"""The transactions of profiles as numbers, in the way that `engine/src/variables/history.rs` defines them.

An oracle too: it shares nothing with the engine but the definitions, and `authoring/tests/stages.rs` compares.
"""

import calendar
import csv
import datetime
import gzip
import json
import subprocess
from pathlib import Path

import numpy as np

PROJECT = Path(__file__).resolve().parent.parent
# After so many transactions a network begins anew, having read the same number before.
ANEW = 25
# What transactions there are in the tables, each with what it needs.
KINDS = {
    "cash-deposit": {"operation": "cash-deposit"},
    "interest": {"category": "interest"},
    "transfer-in": {"operation": "transfer-in"},
    "pension": {"category": "pension"},
    "cash-withdrawal": {"operation": "cash-withdrawal"},
    "statement-fee": {"category": "statement-fee"},
    "household": {"category": "household", "operation": "transfer-out"},
    "transfer": {"operation": "transfer-out"},
    "insurance": {"category": "insurance"},
    "loan-payment": {"category": "loan-payment"},
    "household-cash": {"category": "household"},
    "penalty-interest": {"category": "penalty-interest"},
    "card-withdrawal": {"operation": "card-withdrawal"},
}
BY_OPERATION = {
    "cash-deposit": "cash_deposit",
    "cash-withdrawal": "cash_withdrawal",
    "card-withdrawal": "card_withdrawal",
    "transfer-in": "transfer_in",
    "transfer-out": "transfer_out",
}
BY_CATEGORY = {
    "interest": "interest",
    "penalty-interest": "penalty_interest",
    "statement-fee": "statement_fee",
    "household": "household",
    "pension": "pension",
    "insurance": "insurance_payment",
    "loan-payment": "loan_payment",
}
DETAILS = [*BY_OPERATION.values(), *BY_CATEGORY.values()]
FEATURES = [
    "amount",
    "balance",
    "wait",
    "day-of-month",
    "days-left",
    *({"in": stream} for stream in ["credit", "debit", *DETAILS]),
    *({"since": stream} for stream in DETAILS),
    *({"due": stream} for stream in DETAILS),
]


class Event:
    def __init__(self, raw):
        at = datetime.datetime.fromisoformat(raw["at"].replace("Z", "+00:00"))
        self.day = at.date().toordinal()
        self.cents = round(raw["amount"] * 100)
        self.balance = round(raw["balance"] * 100)
        self.streams = {raw["direction"]}
        self.streams |= {name for key, name in BY_OPERATION.items() if raw.get("operation") == key}
        self.streams |= {name for key, name in BY_CATEGORY.items() if raw.get("category") == key}
        self.order = (at, self.balance, self.cents)
        # The kinds with a category come first, and of these those with an operation as well.
        fitting = [n for n, (_, needs) in enumerate(KINDS.items()) if all(raw.get(k) == v for k, v in needs.items())]
        kinds = list(KINDS.values())
        self.kind = max(fitting, key=lambda n: ("category" in kinds[n], len(kinds[n])))


def transactions(profile):
    """The transactions of a profile, oldest first."""
    events = [Event(raw) for raw in profile.get("events", []) if raw["kind"] == "transaction"]
    return sorted(events, key=lambda event: event.order)


def profiles(tables):
    """All profiles of the tables, as `(account, profile)`, by account."""
    command = ["cargo", "run", "--quiet", "--package", "authoring", "--example", "profiles", "--"]
    done = subprocess.run([*command, str(Path(tables).resolve())], cwd=PROJECT, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    with gzip.open(Path(tables) / "disp.csv.gz", "rt", newline="") as lines:
        account = {f"berka-{row['client_id']}": int(row["account_id"]) for row in csv.DictReader(lines) if row["type"] == "OWNER"}
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return sorted(((account[profile["ids"][0]["value"]], profile) for profile in found), key=lambda pair: pair[0])


def a_month_later(day):
    date = datetime.date.fromordinal(day)
    year, month = (date.year, date.month + 1) if date.month < 12 else (date.year + 1, 1)
    length = calendar.monthrange(year, month)[1]
    last = date.day == calendar.monthrange(date.year, date.month)[1]
    return datetime.date(year, month, length if last else min(date.day, length)).toordinal()


def numbers(events):
    """What a network reads of these transactions, a row each, if it begins with the first."""
    newest, rows = {}, []
    for i, event in enumerate(events):
        newest.update((stream, event.day) for stream in event.streams)
        date = datetime.date.fromordinal(event.day)
        length = calendar.monthrange(date.year, date.month)[1]
        plain = {
            "amount": np.log1p(event.cents / 100),
            "balance": np.sign(event.balance) * np.log1p(abs(event.balance) / 100),
            "wait": min(event.day - events[i - 1].day, 90) if i else 0,
            "day-of-month": date.day,
            "days-left": length - date.day,
        }
        row = []
        for feature in FEATURES:
            if isinstance(feature, str):
                row.append(plain[feature])
                continue
            (what, stream), = feature.items()
            known = newest.get(stream)
            if what == "in":
                row.append(stream in event.streams)
            elif what == "since":
                row.append(90 if known is None else min(event.day - known, 90))
            else:
                row.append(40 if known is None else max(a_month_later(known) - event.day, -15))
        rows.append(row)
    return np.array(rows, dtype=np.float32)


def begin(count):
    """The first transaction that is read when there are so many."""
    return max(count // ANEW - 1, 0) * ANEW
