"""What pandas says of the variables: an oracle that shares nothing with the engine but their definitions.

    VENV/bin/python training/variables.py PROFILES 1994-03-31T12:00:00Z tests/parity/variables.csv

PROFILES is a folder as `nearfield profile import --format berka tests/berka --out PROFILES` writes it. Every number
comes from the events in the plainest way: filter, group, resample. The test `variables` of `authoring` compares.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

WINDOWS = [7, 30, 90, 180, 365]
STREAMS = {
    "credit": lambda e: e.direction == "credit",
    "debit": lambda e: e.direction == "debit",
    "cash_deposit": lambda e: e.operation == "cash-deposit",
    "cash_withdrawal": lambda e: e.operation == "cash-withdrawal",
    "card_withdrawal": lambda e: e.operation == "card-withdrawal",
    "transfer_in": lambda e: e.operation == "transfer-in",
    "transfer_out": lambda e: e.operation == "transfer-out",
    "interest": lambda e: e.category == "interest",
    "penalty_interest": lambda e: e.category == "penalty-interest",
    "statement_fee": lambda e: e.category == "statement-fee",
    "household": lambda e: e.category == "household",
    "pension": lambda e: e.category == "pension",
    "insurance_payment": lambda e: e.category == "insurance",
    "loan_payment": lambda e: e.category == "loan-payment",
    "leasing": lambda e: e.category == "leasing",
    "cash": lambda e: e.operation.isin(["cash-withdrawal", "card-withdrawal"]),
    "fee": lambda e: e.category.isin(["statement-fee", "penalty-interest"]),
    "essential": lambda e: (e.direction == "debit") & e.category.isin(["household", "insurance", "loan-payment", "leasing"]),
    "weekend_debit": lambda e: (e.direction == "debit") & (e.date.dt.day_of_week >= 5),
    "transaction": lambda e: e.age >= 0,
}


def main(folder, clock, out):
    clock = pd.Timestamp(clock)
    rows = {}
    for file in sorted(Path(folder).glob("*.json"))[::2]:
        profile = json.loads(file.read_text())
        rows[profile["ids"][0]["value"]] = variables(profile, clock)
    table = pd.DataFrame.from_dict(rows, orient="index")
    page = (Path(__file__).resolve().parent.parent / "docs" / "variables.md").read_text()
    table = table[[name for name in table.columns if f"\n| `{name}` |" in page]]
    table.index.name = "customer"
    table.to_csv(out)
    print(f"{table.shape[1]} variables of {len(table)} customers")


def frame(profile, clock):
    fields = ["at", "direction", "operation", "category", "amount", "balance", "counterparty"]
    events = pd.DataFrame(profile["events"]).reindex(columns=fields)
    events["at"] = pd.to_datetime(events["at"], utc=True, format="ISO8601")
    events = events[events["at"] <= clock].sort_values(["at", "balance"], kind="stable").reset_index(drop=True)
    events["date"] = events["at"].dt.normalize()
    events["age"] = (clock.normalize() - events["date"]).dt.days
    return events


def variables(profile, clock):
    events = frame(profile, clock)
    value = {}
    streams = {name: events[test(events)] for name, test in STREAMS.items()}
    for name, stream in streams.items():
        value[f"{name}_days_since"] = stream["age"].min()
        for days in WINDOWS:
            statistics(value, name, stream[stream["age"] < days], days)
    for days in WINDOWS:
        total = {name: stream.loc[stream["age"] < days, "amount"].sum() for name, stream in streams.items()}
        flow(value, total, days)
    for days, longer in [(30, 60), (90, 180), (180, 365)]:
        for name in ["credit", "debit", "cash_withdrawal", "transfer_in", "cash", "household", "essential"]:
            stream = streams[name]
            now = stream.loc[stream["age"] < days, "amount"].sum()
            before = stream.loc[(stream["age"] >= days) & (stream["age"] < longer), "amount"].sum()
            value[f"{name}_trend_{days}d"] = over(now, before)
    value["days_known"] = events["age"].max()
    months(value, streams, events["age"].max())
    balances(value, events, clock)
    spent = streams["debit"].query("age < 90")["amount"].sum()
    value["months_covered"] = over(value["balance"], spent / 3)
    regular(value, streams, clock)
    person(value, profile, clock)
    income = streams["credit"].query("age < 90")["amount"].sum()
    value["debt_service"] = over(value["loan_held_payment"], income / 3)
    return value


def over(part, whole):
    return part / whole if whole > 0 else np.nan


def statistics(value, name, stream, days):
    amounts = stream["amount"]
    value[f"{name}_count_{days}d"] = len(stream)
    value[f"{name}_sum_{days}d"] = round(amounts.sum(), 2)
    value[f"{name}_mean_{days}d"] = amounts.mean()
    value[f"{name}_largest_{days}d"] = amounts.max()
    value[f"{name}_volatility_{days}d"] = amounts.std(ddof=0) / amounts.mean() if amounts.mean() > 0 else np.nan
    dates = stream["date"].drop_duplicates().sort_values()
    gaps = dates.diff().dropna().dt.days
    value[f"{name}_days_{days}d"] = len(dates)
    value[f"{name}_gap_mean_{days}d"] = gaps.mean()
    value[f"{name}_gap_volatility_{days}d"] = gaps.std(ddof=0) / gaps.mean() if len(gaps) else np.nan


def flow(value, total, days):
    net = total["credit"] - total["debit"]
    value[f"net_flow_{days}d"] = net
    value[f"savings_rate_{days}d"] = over(net, total["credit"])
    value[f"spending_to_income_{days}d"] = over(total["debit"], total["credit"])
    for name in ["cash_withdrawal", "household", "transfer_out", "loan_payment", "cash", "fee", "essential", "weekend_debit"]:
        value[f"{name}_share_{days}d"] = over(total[name], total["debit"])
    for name in ["transfer_in", "cash_deposit"]:
        value[f"{name}_share_{days}d"] = over(total[name], total["credit"])


def months(value, streams, known):
    whole = min((known + 1) // 30, 12)
    for name in ["credit", "debit", "cash"]:
        stream = streams[name]
        sums = stream.groupby(stream["age"] // 30)["amount"].sum().reindex(range(12), fill_value=0.0)[:whole]
        if len(sums) < 2:
            continue
        value[f"{name}_month_active"] = int((sums > 0).sum())
        value[f"{name}_month_least"] = sums.min()
        value[f"{name}_month_most"] = sums.max()
        value[f"{name}_month_volatility"] = over(sums.std(ddof=0), sums.mean())
        value[f"{name}_month_slope"] = np.polyfit(np.arange(len(sums)), sums.to_numpy()[::-1], 1)[0]


def balances(value, events, clock):
    seen = events.dropna(subset=["balance"])
    value["balance"] = seen["balance"].iloc[-1]
    today = clock.normalize()
    daily = seen.groupby("date")["balance"].last()
    daily = daily.reindex(pd.date_range(daily.index[0], today, freq="D")).ffill()
    for days in WINDOWS:
        after = seen.loc[seen["age"] < days, "balance"]
        value[f"balance_least_{days}d"] = after.min()
        value[f"balance_most_{days}d"] = after.max()
        value[f"balance_mean_{days}d"] = after.mean()
        value[f"balance_volatility_{days}d"] = after.std(ddof=0) / after.mean() if after.mean() > 0 else np.nan
        level = daily.iloc[-days:]
        value[f"balance_day_mean_{days}d"] = level.mean()
        value[f"balance_slope_{days}d"] = 30 * np.polyfit(np.arange(len(level)), level.to_numpy(), 1)[0] if len(level) > 1 else np.nan
        value[f"balance_change_{days}d"] = level.iloc[-1] - level.iloc[0] if len(level) == days else np.nan
        value[f"balance_range_{days}d"] = level.max() - level.min()
        value[f"balance_days_overdrawn_{days}d"] = int((level < 0).sum())
        value[f"balance_overdrawn_share_{days}d"] = (level < 0).mean()
        spent = events.query("direction == 'debit' and age < 90")["amount"].sum()
        value[f"balance_days_low_{days}d"] = int((level < spent * 7 / 90).sum())
        value[f"balance_least_days_since_{days}d"] = (today - level[level == level.min()].index[-1]).days
        value[f"balance_most_days_since_{days}d"] = (today - level[level == level.max()].index[-1]).days


def chains(payments, tolerance):
    """Payments 25 to 38 days apart, near in amount, to the same side; each is in one chain."""
    found = []
    for row in payments.itertuples():
        side = row.counterparty if isinstance(row.counterparty, str) else None
        fits = [
            (len(chain), -abs(cents(chain[-1]) - cents(row)), chain[-1].Index, chain)
            for chain in found
            if 25 <= (row.date - chain[-1].date).days <= 38
            and abs(cents(chain[-1]) - cents(row)) <= max(cents(chain[-1]), cents(row)) // tolerance
            and (chain[-1].counterparty if isinstance(chain[-1].counterparty, str) else None) == side
        ]
        if fits:
            max(fits, key=lambda fit: fit[:3])[3].append(row)
        else:
            found.append([row])
    return found


def cents(row):
    return round(row.amount * 100)


def regular(value, streams, clock):
    today = clock.normalize()
    credit = streams["credit"].query("age < 365 and amount > 0 and category != 'interest'")
    debit = streams["debit"].query("age < 365 and amount > 0")
    cash = debit["operation"].isin(["cash-withdrawal", "card-withdrawal"])
    fee = debit["category"].isin(["statement-fee", "penalty-interest"])
    alive = lambda chain: len(chain) >= 3 and (today - chain[-1].date).days <= 45
    salaries = [chain for chain in chains(credit, 4) if alive(chain)]
    payments = [chain for chain in chains(debit[~cash & ~fee], 10) if alive(chain)]
    rank = lambda chain: (cents(chain[-1]), chain[-1].date, len(chain))
    for prefix, all_of in [("salary", salaries), ("regular_payment", payments)]:
        if all_of:
            most = max(all_of, key=rank)
            value[f"{prefix}_day_of_month"] = most[-1].date.day
            value[f"{prefix}_months_seen"] = len(most)
            if prefix == "salary":
                value["salary_amount"] = most[-1].amount
                value["salary_days_since"] = (today - most[-1].date).days
            else:
                value["regular_payment_largest"] = most[-1].amount
    value["regular_payment_count"] = len(payments)
    value["regular_payment_sum"] = round(sum(chain[-1].amount for chain in payments), 2)


def person(value, profile, clock):
    for fact in profile["facts"]:
        if pd.Timestamp(fact["observed_at"]).tz_localize(None) <= clock.tz_localize(None):
            name = fact["name"].replace("-", "_")
            if name == "birth_year":
                value["age"] = clock.year - fact["value"]
            elif name in ["female", "account_users", "in_arrears"] or name.startswith("district_"):
                value[name] = float(fact["value"])
    moment = clock.tz_localize(None)
    time = lambda text: pd.Timestamp(text).tz_localize(None)
    held = [
        holding
        for holding in profile["holdings"]
        if time(holding["opened_at"]) <= moment
        and time(holding["observed_at"]) <= moment
        and ("closed_at" not in holding or time(holding["closed_at"]) > moment)
    ]
    kinds = {"account": "account", "loan": "loan", "card": "card", "standing-order": "standing_order"}
    for kind, name in kinds.items():
        of = [holding for holding in held if holding["kind"] == kind]
        value[f"{name}_held"] = len(of)
        value[f"{name}_held_amount"] = round(sum(holding.get("amount", 0) for holding in of), 2)
        value[f"{name}_held_payment"] = round(sum(holding.get("monthly_payment", 0) for holding in of), 2)
        ages = [(moment - time(holding["opened_at"])).days for holding in of]
        value[f"{name}_held_days"] = min(ages, default=np.nan)
        value[f"{name}_held_oldest_days"] = max(ages, default=np.nan)
    value["product_kinds_held"] = sum(value[f"{name}_held"] > 0 for name in kinds.values())
    orders = [holding for holding in held if holding["kind"] == "standing-order"]
    for category, name in [("household", "household"), ("insurance", "insurance"), ("loan-payment", "loan"), ("leasing", "leasing")]:
        amounts = [order["amount"] for order in orders if order.get("category") == category]
        value[f"{name}_order_amount"] = round(sum(amounts), 2)


if __name__ == "__main__":
    main(*sys.argv[1:])
