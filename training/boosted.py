"""How each model of cross-sell is learnt: small boosted trees, a choice of variables, and Platt's calibration."""

import numpy as np
import xgboost
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from data import SEED

# What the customer's own money shows, over a month and a quarter, since few have been known for longer. Left out on
# purpose: sex, age and district (a bank should not sell by them) and the persons on the account (without a date).
CANDIDATES = """
days_known balance months_covered net_flow_30d net_flow_90d savings_rate_90d spending_to_income_90d
balance_mean_30d balance_least_30d balance_most_30d balance_volatility_30d balance_slope_30d
balance_mean_90d balance_least_90d balance_most_90d balance_volatility_90d balance_slope_90d
credit_count_30d credit_sum_30d credit_largest_30d credit_days_since
credit_count_90d credit_sum_90d credit_mean_90d credit_largest_90d credit_volatility_90d credit_trend_30d
debit_count_30d debit_sum_30d debit_largest_30d debit_days_since
debit_count_90d debit_sum_90d debit_mean_90d debit_largest_90d debit_volatility_90d debit_trend_30d
cash_deposit_count_90d cash_deposit_sum_90d cash_deposit_days_since cash_deposit_share_90d
cash_withdrawal_count_30d cash_withdrawal_sum_30d cash_withdrawal_count_90d cash_withdrawal_sum_90d
cash_withdrawal_mean_90d cash_withdrawal_largest_90d cash_withdrawal_share_90d cash_withdrawal_days_since
transfer_in_count_90d transfer_in_sum_90d transfer_in_share_90d
transfer_out_count_30d transfer_out_count_90d transfer_out_sum_90d transfer_out_days_since
household_count_90d household_sum_90d insurance_payment_count_90d statement_fee_count_90d
interest_sum_90d salary_amount salary_months_seen salary_days_since
regular_payment_count regular_payment_sum standing_order_held standing_order_held_payment
""".split()

VARIABLES = 24
FOLDS = 5
PARAMETERS = {
    "objective": "binary:logistic",
    "max_depth": 3,
    "n_estimators": 40,
    "learning_rate": 0.1,
    "min_child_weight": 4,
    "subsample": 0.7,
    "colsample_bytree": 0.4,
    "reg_lambda": 5,
    "tree_method": "exact",
    "n_jobs": 1,
    "random_state": SEED % 2**31,
}


class Trees:
    """Trees on the variables that a first forest found to matter most, calibrated by what they say of unseen accounts."""

    def __init__(self, rises=(), falls=(), **changes):
        self.rises, self.falls, self.changes = rises, falls, changes

    def booster(self, rows, labels, names):
        sides = [1 if name in self.rises else -1 if name in self.falls else 0 for name in names]
        model = xgboost.XGBClassifier(**PARAMETERS | self.changes, monotone_constraints=tuple(sides))
        model.fit(rows, labels)
        booster = model.get_booster()
        booster.feature_names = names
        return booster

    def grow(self, rows, labels):
        """The variables chosen, and the trees on them."""
        gains = self.booster(rows, labels, CANDIDATES).get_score(importance_type="total_gain")
        names = sorted(gains, key=gains.get, reverse=True)[:VARIABLES]
        # In the order of the list, so that the file does not depend on how near two gains are.
        names = [name for name in CANDIDATES if name in names] or CANDIDATES[:1]
        return names, self.booster(pick(rows, names), labels, names)

    def fit(self, rows, labels, groups):
        self.names, self.trees = self.grow(rows, labels)
        margins, seen = np.zeros(len(labels)), np.zeros(len(labels), dtype=bool)
        for fold in range(FOLDS):
            out = groups % FOLDS == fold
            if labels[~out].sum() > 1 and out.any():
                names, trees = self.grow(rows[~out], labels[~out])
                margins[out] = margin(trees, pick(rows[out], names))
                seen |= out
        self.unseen = (margins[seen], labels[seen])
        line = LogisticRegression(C=1e6, max_iter=1000).fit(margins[seen, None], labels[seen])
        self.slope, self.intercept = float(line.coef_[0, 0]), float(line.intercept_[0])
        # Margins that say nothing of unseen accounts must not be turned round.
        if self.slope < 0.05:
            share = labels.mean()
            self.slope, self.intercept = 0.05, float(np.log(share / (1 - share)))
        return self

    def margins(self, rows):
        return margin(self.trees, pick(rows, self.names))

    def calibrated(self, margins):
        return logistic(self.slope * margins + self.intercept)


class Baseline:
    """Logistic regression on all the candidates; how hard it is held is chosen on unseen accounts."""

    STRENGTHS = [0.001, 0.003, 0.01, 0.03, 0.1]

    def pipeline(self, strength):
        return make_pipeline(
            SimpleImputer(keep_empty_features=True), StandardScaler(), LogisticRegression(C=strength, solver="newton-cholesky")
        )

    def fit(self, rows, labels, groups):
        def unseen(strength):
            said = np.full(len(labels), np.nan)
            for fold in range(FOLDS):
                out = groups % FOLDS == fold
                if labels[~out].sum() > 1 and out.any():
                    said[out] = self.pipeline(strength).fit(rows[~out], labels[~out]).predict_proba(rows[out])[:, 1]
            there = ~np.isnan(said)
            return roc_auc_score(labels[there], said[there])
        self.strength = max(self.STRENGTHS, key=unseen)
        self.line = self.pipeline(self.strength).fit(rows, labels)
        return self

    def probabilities(self, rows):
        return self.line.predict_proba(rows)[:, 1]


def pick(rows, names):
    return rows[:, [CANDIDATES.index(name) for name in names]]


def margin(booster, rows):
    return booster.predict(xgboost.DMatrix(rows, feature_names=booster.feature_names), output_margin=True).astype(float)


def logistic(margins):
    return 1 / (1 + np.exp(-margins))
