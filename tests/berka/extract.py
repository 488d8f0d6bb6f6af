#!/usr/bin/env python3
"""Cuts the small extract in this folder out of the whole Berka tables.

    python3 tests/berka/extract.py FOLDER_WITH_THE_TABLES

Needs Python 3.9 and nothing else. Reads `account.csv.gz`, `trans.csv.gz` and so on (or plain `.csv`), picks
accounts by the list below (of each sort those with the lowest number that no earlier sort took, so that a
second run picks the same), and writes their rows, as they stand in the source, beside this script.
"""

import csv
import gzip
import sys
from collections import Counter, defaultdict
from pathlib import Path

CUT_OFF = "940331"
HERE = Path(__file__).parent


def read(folder, name):
    path = folder / f"{name}.csv.gz"
    opened = gzip.open(path, "rt", newline="") if path.exists() else open(folder / f"{name}.csv", newline="")
    with opened as file:
        rows = list(csv.DictReader(file))
    return rows


def main():
    folder = Path(sys.argv[1])
    names = ["district", "client", "account", "disp", "card", "loan", "order", "trans"]
    tables = {name: read(folder, name) for name in names}

    account = {int(row["account_id"]): row for row in tables["account"]}
    opened = {number: row["date"] for number, row in account.items()}
    owner, users = {}, Counter()
    for row in tables["disp"]:
        users[int(row["account_id"])] += 1
        if row["type"] == "OWNER":
            owner[int(row["account_id"])] = row["client_id"]
    born = {row["client_id"]: row["birth_number"][:2] for row in tables["client"]}
    birth_year = {number: 1900 + int(born[client]) for number, client in owner.items()}
    trans = defaultdict(list)
    for row in tables["trans"]:
        trans[int(row["account_id"])].append(row)
    loan = {int(row["account_id"]): row for row in tables["loan"]}
    account_of_disp = {row["disp_id"]: int(row["account_id"]) for row in tables["disp"]}
    carded = {account_of_disp[row["disp_id"]]: row["issued"][:6] for row in tables["card"]}

    def has(number, column, value):
        return any(row[column] == value for row in trans[number])

    def count(number):
        return len(trans[number])

    def last_balance(number):
        return float(trans[number][-1]["balance"]) if trans[number] else 0.0

    every = sorted(account)
    settled = [n for n in every if opened[n] <= "930630" and count(n) >= 30]
    # What the customer shows, how many, and from whom.
    sorts = [
        ("a loan repaid late or never, granted in the window", 5,
         [n for n in every if n in loan and loan[n]["date"] <= CUT_OFF and loan[n]["status"] in "BD"]),
        ("a loan repaid as agreed, granted in the window", 4,
         [n for n in every if n in loan and loan[n]["date"] <= CUT_OFF and loan[n]["status"] in "AC"]),
        ("a loan only after the window", 4, [n for n in settled if n in loan and loan[n]["date"] > CUT_OFF]),
        ("cash taken with a card", 4, [n for n in every if has(n, "operation", "VYBER KARTOU")]),
        ("a card issued in the window", 3, [n for n in every if carded.get(n, "99") <= CUT_OFF]),
        ("penalty interest", 5, [n for n in every if has(n, "k_symbol", "SANKC. UROK")]),
        ("an old-age pension", 4, [n for n in settled if has(n, "k_symbol", "DUCHOD")]),
        ("insurance paid", 2, [n for n in settled if has(n, "k_symbol", "POJISTNE")]),
        ("two persons on the account", 3, [n for n in settled if users[n] == 2]),
        ("statements every week", 2, [n for n in settled if "TYDNE" in account[n]["frequency"]]),
        ("a statement after each transaction", 1, [n for n in settled if "OBRATU" in account[n]["frequency"]]),
        ("most transactions", 4, sorted(settled, key=lambda n: (-count(n), n))),
        ("highest balance", 3, sorted(settled, key=lambda n: (-last_balance(n), n))),
        ("cash only", 2, [n for n in settled if not any("PREVOD" in r["operation"] for r in trans[n])]),
        ("under 20 years old", 2, [n for n in settled if birth_year[n] > 1974]),
        ("nothing special", 4, settled),
        ("opened in the last quarter", 4, [n for n in every if "940101" <= opened[n] <= "940228"]),
        ("opened in the last month", 4, [n for n in every if "940301" <= opened[n] <= CUT_OFF and trans[n]]),
        ("opened after the window, so without transactions", 2, [n for n in every if opened[n] > CUT_OFF]),
    ]
    chosen, lines = set(), []
    for what, wanted, candidates in sorts:
        taken = [number for number in candidates if number not in chosen][:wanted]
        chosen.update(taken)
        customers = ", ".join(f"berka-{owner[number]}" for number in taken)
        lines.append(f"| {what} | {len(taken)} | {customers} |")

    disps = [row for row in tables["disp"] if int(row["account_id"]) in chosen]
    clients = {row["client_id"] for row in disps}
    disp_ids = {row["disp_id"] for row in disps}
    kept = {
        "district": tables["district"],
        "client": [row for row in tables["client"] if row["client_id"] in clients],
        "disp": disps,
        "card": [row for row in tables["card"] if row["disp_id"] in disp_ids],
    }
    for name in ["account", "loan", "order", "trans"]:
        kept[name] = [row for row in tables[name] if int(row["account_id"]) in chosen]
    for name, rows in kept.items():
        with open(HERE / f"{name}.csv", "w", newline="") as file:
            writer = csv.DictWriter(file, list(tables[name][0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    print("\n".join(lines))
    print({name: len(rows) for name, rows in kept.items()}, "accounts:", len(chosen))


main()
