"""What became of each account after a day: the labels of the models of cross-sell and attrition.

Whoever may have a label is found from what was before the day; the label itself from what came after it, up to the
horizon. `None` says that the question does not apply, as a first card to somebody who has one.
"""

from datetime import date

import numpy as np

from data import table

QUARTER = 90
# Loans and cards are few and most came late, so they get four and a half years.
LONG = 1645

# Bookings of the bank's own.
OWN = {"UROK", "SLUZBY", "SANKC. UROK"}


def day(text):
    return date(1900 + int(text[:2]), int(text[2:4]), int(text[4:6])).toordinal()


class Account:
    """One account's history, by day."""

    def __init__(self, row):
        self.opened = day(row["date"])
        self.bookings, self.loans, self.cards, self.orders = [], [], [], []
        self.owner = None

    def close(self):
        """Arrays, once everything is there."""
        pick = lambda f, kind: np.array([f(b) for b in self.bookings], dtype=kind)
        self.day = pick(lambda b: b["day"], int)
        self.amount = pick(lambda b: float(b["amount"]), float)
        self.credit = pick(lambda b: b["type"] == "PRIJEM", bool)
        self.own = pick(lambda b: b["k_symbol"] in OWN, bool)
        self.transfer = pick(lambda b: b["operation"] == "PREVOD NA UCET", bool)
        self.income = pick(lambda b: b["operation"] == "PREVOD Z UCTU", bool)
        self.penalty = pick(lambda b: b["k_symbol"] == "SANKC. UROK", bool)
        balances = pick(lambda b: float(b["balance"]), float)
        # The balance at the end of each day, from the opening to the last day of the data.
        last = day("940331")
        first = int(self.day[0]) if len(self.day) else last
        daily = np.full(last - first + 1, np.nan)
        daily[self.day - first] = balances
        seen = np.maximum.accumulate(np.where(np.isnan(daily), 0, np.arange(len(daily))))
        self.first, self.daily = first, daily[seen]
        self.paid_first = {}
        for order in self.orders:
            same = [
                b["day"] for b in self.bookings
                if b["account"] == order["account_to"] and b["bank"] == order["bank_to"]
                and float(b["amount"]) == float(order["amount"])
            ]
            if same:
                kind = order["k_symbol"].strip()
                self.paid_first[kind] = min(self.paid_first.get(kind, 10**9), min(same))

    def sum(self, mask, after, until):
        return self.amount[mask & (self.day > after) & (self.day <= until)].sum()

    def count(self, mask, after, until):
        return int((mask & (self.day > after) & (self.day <= until)).sum())

    def most(self, mask, after, until):
        return self.amount[mask & (self.day > after) & (self.day <= until)].max(initial=0.0)

    def balances(self, after, until):
        return self.daily[max(after + 1 - self.first, 0) : until + 1 - self.first]


def accounts(tables):
    """All accounts by the customer who owns them."""
    all_of = {row["account_id"]: Account(row) for row in table(tables, "account")}
    account_of = {}
    for row in table(tables, "disp"):
        account_of[row["disp_id"]] = row["account_id"]
        if row["type"] == "OWNER":
            all_of[row["account_id"]].owner = f"berka-{row['client_id']}"
    for row in table(tables, "loan"):
        all_of[row["account_id"]].loans.append((day(row["date"]), float(row["amount"]), int(row["duration"])))
    for row in table(tables, "card"):
        all_of[account_of[row["disp_id"]]].cards.append((day(row["issued"]), row["type"]))
    for row in table(tables, "order"):
        all_of[row["account_id"]].orders.append(row)
    for row in table(tables, "trans"):
        row["day"] = day(row["date"])
        all_of[row["account_id"]].bookings.append(row)
    for account in all_of.values():
        account.close()
    return {account.owner: account for account in all_of.values()}


def known(account, at, days):
    return len(account.day) > 0 and account.first + days <= at


def first_of(dates, at, until):
    """Whether the first date comes in time; nobody is asked for whom it has come."""
    first = min(dates, default=None)
    if first is not None and first <= at:
        return None
    return first is not None and first <= until


def order(kind):
    def label(a, at, until):
        return first_of([a.paid_first[kind]] if kind in a.paid_first else [], at, until)
    return label


def first_booking(field):
    def label(a, at, until):
        return first_of(a.day[getattr(a, field)].tolist(), at, until)
    return label


def loan(fits):
    def label(a, at, until):
        taken = first_of([d for d, _, _ in a.loans], at, until)
        if taken is None or not taken:
            return taken
        return any(fits(amount, months) for d, amount, months in a.loans if d <= until)
    return label


def card(kind):
    def label(a, at, until):
        issued = first_of([d for d, _ in a.cards], at, until)
        return issued if not issued or kind is None else any(k == kind for d, k in a.cards if d <= until)
    return label


def month_level(a, until):
    return a.balances(until - 30, until).mean()


def savings_growth(a, at, until):
    before = month_level(a, at)
    return None if before < 5_000 else month_level(a, until) >= 1.5 * before


def run_down(a, at, until):
    before = month_level(a, at)
    return None if before < 10_000 else month_level(a, until) <= 0.5 * before


def rises_above(level):
    def label(a, at, until):
        return None if month_level(a, at) >= level else a.balances(at, until).mean() >= level
    return label


def reserve(a, at, until):
    return a.balances(at, until).min() >= 30_000


def falls_below(level):
    def label(a, at, until):
        return None if a.balances(at - 30, at).min() < level else a.balances(at, until).min() < level
    return label


def below_zero(a, at, until):
    if a.count(a.penalty, at - QUARTER, at) or a.balances(at - QUARTER, at).min() < 0:
        return None
    return bool(a.count(a.penalty, at, until)) or a.balances(at, until).min() < 0


def turnover(credit, least, ratio):
    """Whether income (or spending) of the next quarter is so many times that of the last one, up or down."""
    def label(a, at, until):
        mask = (a.credit if credit else ~a.credit) & ~a.own
        before, after = a.sum(mask, at - QUARTER, at), a.sum(mask, at, until)
        if before < least:
            return None
        return after >= ratio * before if ratio > 1 else after <= ratio * before
    return label


def large(credit):
    def label(a, at, until):
        mask = (a.credit if credit else ~a.credit) & ~a.own
        before = a.most(mask, at - QUARTER, at)
        return None if before == 0 else a.most(mask, at, until) >= max(1.5 * before, 10_000)
    return label


def surplus(a, at, until):
    income = a.sum(a.credit & ~a.own, at, until)
    return income - a.sum(~a.credit, at, until) >= max(0.1 * income, 5_000)


def net_outflow(a, at, until):
    income, paid = a.sum(a.credit, at, until), a.sum(~a.credit, at, until)
    return None if month_level(a, at) < 10_000 else paid - income >= max(0.2 * income, 8_000)


def more_transfers(a, at, until):
    return a.count(a.transfer, at, until) >= a.count(a.transfer, at - QUARTER, at) + 3


def activity(ratio):
    """Whether the customer's own bookings fall to so many of the last quarter's."""
    def label(a, at, until):
        before = a.count(~a.own, at - QUARTER, at)
        return None if before < 3 else a.count(~a.own, at, until) <= ratio * before
    return label


def silent(a, at, until):
    """No payment of the customer's own in the last 30 days of the quarter, but in the last 30 before it."""
    own = ~a.credit & ~a.own
    return None if a.count(own, at - 30, at) == 0 else a.count(own, until - 30, until) == 0


# name: (label, days to look ahead)
OUTCOMES = {
    "loan": (loan(lambda amount, months: True), LONG),
    "small-loan": (loan(lambda amount, months: amount < 100_000), LONG),
    "large-loan": (loan(lambda amount, months: amount >= 100_000), LONG),
    "long-loan": (loan(lambda amount, months: months >= 48), LONG),
    "card": (card(None), LONG),
    "classic-card": (card("classic"), LONG),
    "gold-card": (card("gold"), LONG),
    "junior-card": (card("junior"), LONG),
    "household-order": (order("SIPO"), QUARTER),
    "insurance-order": (order("POJISTNE"), QUARTER),
    "leasing-order": (order("LEASING"), QUARTER),
    "other-order": (order(""), QUARTER),
    "first-transfer": (first_booking("transfer"), QUARTER),
    "income-arrives": (first_booking("income"), QUARTER),
    "more-transfers": (more_transfers, QUARTER),
    "savings-growth": (savings_growth, QUARTER),
    "above-30k": (rises_above(30_000), QUARTER),
    "above-50k": (rises_above(50_000), QUARTER),
    "reserve": (reserve, QUARTER),
    "surplus": (surplus, QUARTER),
    "large-deposit": (large(True), QUARTER),
    "large-expense": (large(False), QUARTER),
    "income-growth": (turnover(True, 5_000, 1.3), QUARTER),
    "spending-growth": (turnover(False, 5_000, 1.5), QUARTER),
    "tight-money": (falls_below(10_000), QUARTER),
    "below-zero": (below_zero, QUARTER),
    "activity-halved": (activity(0.5), QUARTER),
    "activity-drop": (activity(0.75), QUARTER),
    "run-down": (run_down, QUARTER),
    "net-outflow": (net_outflow, QUARTER),
    "income-drop": (turnover(True, 5_000, 0.7), QUARTER),
    "silent": (silent, QUARTER),
}

# Of which enough came early to learn from what had happened by the day of the test.
ACCUMULATED = ["loan", "small-loan", "large-loan"]

# Where more of a variable can only speak for the outcome, or only against it.
RISES = {
    "above-30k": ["balance", "balance_mean_30d", "balance_mean_90d", "balance_least_30d", "balance_most_30d"],
    "above-50k": ["balance", "balance_mean_30d", "balance_mean_90d", "balance_least_30d", "balance_most_30d"],
    "reserve": ["balance", "balance_mean_30d", "balance_mean_90d", "balance_least_30d", "balance_least_90d"],
}
FALLS = {
    "tight-money": ["balance", "balance_mean_30d", "balance_mean_90d", "balance_least_30d", "balance_least_90d"],
    "below-zero": ["balance", "balance_mean_30d", "balance_mean_90d", "balance_least_30d", "balance_least_90d"],
    "silent": ["debit_count_30d", "debit_count_90d"],
}
