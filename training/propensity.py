"""Who takes a loan: gradient-boosted trees on variables as of the cut-off."""

import hashlib
import json

import numpy as np
import xgboost
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from data import SEED, table

CUT_OFF = "940331"

# What the customer's own money shows, and nothing about the person. Left out on purpose: sex, age and district
# (a bank may not, or should not, sell credit by them), the persons on the account (the table has no date for
# them), and everything about loans held (nobody in the population has one).
INPUTS = """
days_known balance months_covered net_flow_30d net_flow_90d spending_forecast_30d
balance_mean_30d balance_least_30d balance_most_30d balance_volatility_30d
balance_mean_90d balance_least_90d balance_most_90d balance_volatility_90d
credit_count_30d credit_sum_30d credit_count_90d credit_sum_90d credit_mean_90d credit_largest_90d credit_trend_90d
debit_count_30d debit_sum_30d debit_count_90d debit_sum_90d debit_mean_90d debit_largest_90d debit_trend_90d
cash_deposit_count_90d cash_deposit_sum_90d
cash_withdrawal_count_30d cash_withdrawal_sum_30d cash_withdrawal_count_90d cash_withdrawal_sum_90d
cash_withdrawal_mean_90d cash_withdrawal_share_90d
transfer_in_sum_90d transfer_out_count_90d transfer_out_sum_90d household_sum_90d insurance_payment_sum_90d
pension_count_90d penalty_interest_count_365d interest_sum_90d
standing_order_held standing_order_held_payment card_held
""".split()

PARAMETERS = {
    "objective": "binary:logistic",
    "max_depth": 3,
    "n_estimators": 100,
    "learning_rate": 0.05,
    "min_child_weight": 5,
    "subsample": 0.7,
    "colsample_bytree": 0.3,
    "reg_lambda": 5,
    "tree_method": "hist",
    "n_jobs": 1,
    "random_state": SEED % 2**31,
}


def trees():
    return xgboost.XGBClassifier(**PARAMETERS)


def logistic():
    return make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(C=0.01, max_iter=5000))


def population(tables, matrix):
    """Owners with an account and no loan at the cut-off: rows of the matrix, and whether a loan came later."""
    opened = {row["account_id"]: row["date"] for row in table(tables, "account")}
    account = {f"berka-{row['client_id']}": row["account_id"] for row in table(tables, "disp") if row["type"] == "OWNER"}
    granted = {row["account_id"]: row["date"] for row in table(tables, "loan")}
    rows, labels = [], []
    for place, customer in enumerate(matrix.customers):
        number = account[customer]
        loan = granted.get(number)
        if opened[number] <= CUT_OFF and not (loan and loan <= CUT_OFF):
            rows.append(place)
            labels.append(int(loan is not None))
    return np.array(rows), np.array(labels)


def held_out(customer):
    """A quarter of the customers, by a hash of their number, so that more data moves nobody across."""
    return int(hashlib.sha256(f"loan-propensity:{customer}".encode()).hexdigest()[:8], 16) % 4 == 0


def train(tables, matrix):
    """The model, its scores, and rows for the parity test."""
    rows, labels = population(tables, matrix)
    inputs = matrix.columns(INPUTS)[rows].astype(np.float32)
    test = np.array([held_out(matrix.customers[row]) for row in rows])

    folds = {"trees": [], "logistic_regression": []}
    for fit, check in RepeatedStratifiedKFold(n_splits=5, n_repeats=4, random_state=SEED % 2**31).split(
        inputs[~test], labels[~test]
    ):
        for name, model in (("trees", trees()), ("logistic_regression", logistic())):
            model.fit(inputs[~test][fit], labels[~test][fit])
            scores = model.predict_proba(inputs[~test][check])[:, 1]
            folds[name].append(roc_auc_score(labels[~test][check], scores))

    model = trees().fit(inputs[~test], labels[~test])
    model.get_booster().feature_names = INPUTS
    rival = logistic().fit(inputs[~test], labels[~test])
    truth = labels[test]
    scores = {
        "customers": {"train": int((~test).sum()), "test": int(test.sum())},
        "loans": {"train": int(labels[~test].sum()), "test": int(truth.sum())},
        "cross_validation_auc": {
            name: {"mean": round(float(np.mean(aucs)), 4), "sd": round(float(np.std(aucs)), 4)}
            for name, aucs in folds.items()
        },
        "test": {},
    }
    for name, fitted in (("trees", model), ("logistic_regression", rival)):
        chance = fitted.predict_proba(inputs[test])[:, 1]
        scores["test"][name] = {
            "auc": round(float(roc_auc_score(truth, chance)), 4),
            "auc_95": interval(truth, chance),
            "average_precision": round(float(average_precision_score(truth, chance)), 4),
            "brier": round(float(brier_score_loss(truth, chance)), 4),
        }
    base = float(labels[~test].mean())
    scores["test"]["base_rate"] = {"brier": round(float(np.mean((truth - base) ** 2)), 4)}
    return model.get_booster(), scores, parity(model.get_booster(), inputs[test])


def interval(truth, chance):
    """95% of 2,000 bootstrap samples of the test customers."""
    random = np.random.default_rng(SEED)
    aucs = []
    while len(aucs) < 2000:
        draw = random.integers(0, len(truth), len(truth))
        if 0 < truth[draw].sum() < len(draw):
            aucs.append(roc_auc_score(truth[draw], chance[draw]))
    return [round(float(bound), 3) for bound in np.percentile(aucs, [2.5, 97.5])]


def parity(booster, inputs):
    """Rows with XGBoost's own answers: 40 test customers, then 8 of them with holes."""
    random = np.random.default_rng(SEED)
    rows = inputs[:40].copy()
    holes = inputs[:8].copy()
    holes[random.random(holes.shape) < 0.3] = np.nan
    rows = np.vstack([rows, holes])
    matrix = xgboost.DMatrix(rows, feature_names=INPUTS)
    margins = booster.predict(matrix, output_margin=True)
    chances = booster.predict(matrix)
    return {
        "about": "inputs and XGBoost's answers, all 32-bit floats; null is a missing value",
        "xgboost": xgboost.__version__,
        "feature_names": INPUTS,
        "rows": [[None if np.isnan(cell) else float(cell) for cell in row] for row in rows],
        "margins": [float(margin) for margin in margins],
        "predictions": [float(chance) for chance in chances],
    }


def write(booster, path):
    """XGBoost's JSON, on one line a key of the model so that it can be compared."""
    raw = json.loads(booster.save_raw("json"))
    path.write_text(json.dumps(raw, separators=(",", ":")) + "\n")
