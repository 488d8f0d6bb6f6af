"""The Berka tables as matrices of Nearfield's variables, computed by the engine itself."""

import csv
import gzip
import hashlib
import io
import platform
import subprocess
from pathlib import Path

import numpy as np
import sklearn
import xgboost

SEED = 20260101
PROJECT = Path(__file__).resolve().parent.parent
CITATION = (
    "P. Berka, Guide to the Financial Data Set, PKDD'99 Discovery Challenge; "
    "a real, anonymised Czech bank, transactions 1993-01-01 to 1994-03-31"
)


class Matrix:
    """Customers down, variables across, NaN where missing."""

    def __init__(self, text):
        header, *rows = csv.reader(io.StringIO(text))
        self.names = header[1:]
        self.customers = [row[0] for row in rows]
        self.values = np.array([[float(cell) if cell else np.nan for cell in row[1:]] for row in rows])
        self.sha256 = hashlib.sha256(text.encode()).hexdigest()

    def column(self, name):
        return self.values[:, self.names.index(name)]

    def columns(self, names):
        return self.values[:, [self.names.index(name) for name in names]]


def variables(tables, at):
    """All variables of all owners of accounts, as of `at`."""
    command = ["cargo", "run", "--quiet", "--package", "authoring", "--example", "variables", "--"]
    done = subprocess.run([*command, str(Path(tables).resolve()), at], cwd=PROJECT, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    return Matrix(done.stdout)


def path(tables, name):
    for ending in (".csv.gz", ".csv"):
        if (found := Path(tables) / (name + ending)).exists():
            return found
    raise SystemExit(f"{tables}: table `{name}` is missing: give {name}.csv or {name}.csv.gz")


def table(tables, name):
    file = path(tables, name)
    opened = gzip.open(file, "rt", newline="") if file.suffix == ".gz" else open(file, newline="")
    with opened as lines:
        return list(csv.DictReader(lines))


def provenance(tables, **more):
    """What a model was made from, to stand in its file."""
    names = ["account", "card", "client", "disp", "district", "loan", "order", "trans"]
    return {
        "data": CITATION,
        "data_sha256": {name: hashlib.sha256(path(tables, name).read_bytes()).hexdigest() for name in names},
        "seed": SEED,
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scikit-learn": sklearn.__version__,
            "xgboost": xgboost.__version__,
        },
        **more,
    }
