"""From raw columns to the numbers a model reads: the same fixed operations that the engine's host applies.

A feature is `{"name": …, "from": {OPERATION: …}}`; operations over features name earlier ones.
"""

import csv
import gzip

import numpy as np


def read(path):
    """A published file, plain or gzip, as columns of text."""
    opened = gzip.open(path, "rt", newline="") if str(path).endswith(".gz") else open(path, newline="")
    with opened as lines:
        rows = csv.reader(lines)
        header = next(rows)
        columns = list(zip(*rows))
    return {name: [cell.strip() for cell in column] for name, column in zip(header, columns)}


def text(cell):
    """One spelling for one number: 5191 and 5191.0 are the same key."""
    try:
        number = float(cell)
    except ValueError:
        return cell
    return repr(number).removesuffix(".0")


def key(table, columns):
    return ["|".join(text(cell) for cell in cells) for cells in zip(*(table[name] for name in columns))]


def number(name, column=None, missing=()):
    return {"name": name, "from": {"number": {"column": column or name, "missing": list(missing)}}}


def category(name, columns, codes, other=None):
    return {"name": name, "from": {"category": {"columns": columns, "codes": codes, "other": other}}}


def derived(name, operation, *arguments):
    return {"name": name, "from": {operation: list(arguments)}}


def apply(features, table):
    """The encoded matrix, 64-bit, NaN where missing."""
    made = {}
    for feature in features:
        [(operation, how)] = feature["from"].items()
        if operation == "number":
            absent = {"", *how["missing"]}
            values = [np.nan if cell in absent else float(cell) for cell in table[how["column"]]]
        elif operation == "category":
            other = np.nan if how["other"] is None else how["other"]
            values = [how["codes"].get(cell, other) for cell in key(table, how["columns"])]
        elif operation == "sum":
            values = sum(made[name] for name in how)
        elif operation == "product":
            values = made[how[0]] * made[how[1]]
        elif operation == "ratio":
            below = np.where(made[how[1]] == 0, np.nan, made[how[1]])
            values = made[how[0]] / below
        elif operation in ("equals", "at_least"):
            left = made[how[0]]
            holds = left == how[1] if operation == "equals" else left >= how[1]
            values = np.where(np.isnan(left), np.nan, holds)
        else:
            raise ValueError(operation)
        made[feature["name"]] = np.asarray(values, dtype=float)
    return np.column_stack(list(made.values()))
