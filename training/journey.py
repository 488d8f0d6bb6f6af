"""Learns in which order customers become active: the steps, what follows what, and whom those are like who go on.

    VENV/bin/python training/journey.py FOLDER_WITH_THE_TABLES

What follows what, and after how many weeks, is counted over all customers that are not kept back (a fifth, by SHA-256
of the account's number): over the active ones alone it would be certain, as being active is made of these steps. Whom
those are like who go on is learnt from the active ones among them. Writes
`policies/retail/models/first-steps.json`, its figures, and the plans that the engine must make alike
(`tests/parity/first-steps.json`).
"""

import collections
import datetime
import json
import sys

import numpy as np

import data
import engagement
import events

END = engagement.END
CLOCKS = ["1993-06-30T12:00:00Z", "1993-09-30T12:00:00Z", "1993-12-31T12:00:00Z"]
# Of two steps on one day the later one here is the later.
STEPS = {
    "transfer-in": ("transfer_in_days_since_first", "Money by transfer instead of cash", "Peníze převodem místo hotovosti"),
    "transfer": ("transfer_out_days_since_first", "The first transfer", "První převod"),
    "household": ("household_days_since_first", "Household bills from the account", "Platby domácnosti z účtu"),
    "insurance": ("insurance_payment_days_since_first", "Insurance from the account", "Pojistné z účtu"),
    "card": ("card_held_oldest_days", "The first card", "První karta"),
}
NAMES = list(STEPS)
INPUTS = [
    "credit_count_90d",
    "credit_mean_90d",
    "debit_count_90d",
    "debit_mean_90d",
    "cash_deposit_count_90d",
    "cash_withdrawal_count_90d",
    "pension_count_90d",
    "balance_mean_90d",
    "balance_volatility_90d",
]
# A step is planned when at least so many go on with it.
LEAST = 0.05


class Customer:
    def __init__(self, account, profile):
        self.account, self.id = account, profile["ids"][0]["value"]
        self.journey = [event for event in events.transactions(profile) if event.day <= END]
        taken = collections.defaultdict(list)
        for event in self.journey:
            for stream, step in [
                ("transfer_in", "transfer-in"),
                ("transfer_out", "transfer"),
                ("household", "household"),
                ("insurance_payment", "insurance"),
            ]:
                if stream in event.streams:
                    taken[step].append(event.day)
        for holding in profile["holdings"]:
            day = datetime.date.fromisoformat(holding["opened_at"][:10]).toordinal()
            if day <= END and holding["kind"] == "card":
                taken["card"].append(day)
        self.began = self.journey[0].day if self.journey else None
        self.steps = sorted((min(days), NAMES.index(step)) for step, days in taken.items())
        self.active = engagement.active(self.journey)

    def stood(self, day):
        """The last step taken, from 1, or 0 for none, and the weeks since."""
        taken = [(then, step) for then, step in self.steps if then <= day]
        if not taken:
            return 0, (day - self.began) / 7
        then, step = taken[-1]
        return step + 1, (day - then) / 7


def transitions(customers):
    """For each step taken last, the first row for none: how many took each next, after how many weeks, and of
    how many."""
    counts = np.zeros((len(NAMES) + 1, len(NAMES)), int)
    reached = np.zeros(len(NAMES) + 1, int)
    weeks = collections.defaultdict(list)
    for customer in customers:
        last, day = 0, customer.began
        reached[0] += 1
        for then, step in customer.steps:
            counts[last, step] += 1
            weeks[last, step].append((then - day) / 7)
            last, day = step + 1, then
            reached[last] += 1
    return counts, reached, weeks


def asked(customers, matrices):
    """Where each customer stood at each clock, and what came next: `(inputs, last step, weeks since, taken, next step,
    active)`."""
    for clock, matrix in zip(CLOCKS, matrices):
        day = datetime.date.fromisoformat(clock[:10]).toordinal()
        rows = dict(zip(matrix.customers, matrix.columns(INPUTS)))
        for customer in customers:
            if customer.began > day:
                continue
            before = [step for then, step in customer.steps if then <= day]
            after = [step for then, step in customer.steps if then > day]
            last, since = customer.stood(day)
            yield rows[customer.id], last, since, before, after[0] if after else None, customer.active


def waited(waits, since):
    """Of those who went on after these waits (a tenth of them between two neighbours), the part that had gone by then."""
    after = int(np.searchsorted(waits, since, side="right"))
    if after in (0, len(waits)):
        return float(after > 0)
    low, high = waits[after - 1], waits[after]
    return (after - 1 + (since - low) / (high - low)) / (len(waits) - 1)


def due(waits, since):
    """The median of the waits of those who had not gone on by then."""
    gone = waited(waits, since)
    place = (gone + (1 - gone) / 2) * (len(waits) - 1)
    low = min(int(place), len(waits) - 2)
    return waits[low] + (place - low) * (waits[low + 1] - waits[low])


def chances(row, last, since, taken, model, sharpness):
    """How likely each step is the next, so many weeks after the last."""
    means, scales, directions, shares, waits = model
    z = np.nan_to_num((row - means) / scales)
    pull = np.ones(len(NAMES))
    for step, direction in enumerate(directions):
        length = np.linalg.norm(z) * np.linalg.norm(direction)
        pull[step] = np.exp(sharpness * (z @ direction / length if length > 0 else 0.0))
    rest = max(1 - shares[last].sum(), 0)
    still = np.array([1 - waited(waits[last, step], since) for step in range(len(NAMES))])
    weighed = shares[last] * still * pull
    weighed[taken] = 0
    return weighed / (rest + weighed.sum()) if rest + weighed.sum() > 0 else weighed


def learn(customers, matrices):
    counts, reached, weeks = transitions(customers)
    shares = counts / np.maximum(reached, 1)[:, None]
    known = list(asked(customers, matrices))
    inputs = np.array([row for row, *_ in known])
    means, scales = np.nanmean(inputs, axis=0), np.nanstd(inputs, axis=0)
    z = np.nan_to_num((inputs - means) / scales)
    directions = []
    for step in range(len(NAMES)):
        those = np.array([active and after == step for *_, after, active in known])
        directions.append(z[those].mean(axis=0) if those.sum() >= 10 else np.zeros(len(INPUTS)))
    waits = np.zeros((len(NAMES) + 1, len(NAMES), 11))
    for pair, after in weeks.items():
        waits[pair] = np.quantile(after, np.linspace(0, 1, 11))
    return (means, scales, np.array(directions), shares, waits.round(2)), counts, reached


def measured(customers, matrices, model, sharpness):
    """Of the steps that were taken after a clock: the share that had the highest chance; the loss of all."""
    hits, loss, total = 0, [], 0
    for row, last, since, taken, after, _ in asked(customers, matrices):
        chance = chances(row, last, since, taken, model, sharpness)
        if after is None:
            loss.append(-np.log(max(1 - chance.sum(), 1e-3)))
        else:
            loss.append(-np.log(max(chance[after], 1e-3)))
            hits += int(np.argmax(chance) == after)
            total += 1
    return {"steps": total, "accuracy": round(hits / total, 4), "log_loss": round(float(np.mean(loss)), 4)}


def sharpest(customers, matrices):
    """How much likeness should count: chosen on accounts that the directions were not learnt from."""
    tried = {}
    for sharpness in [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0]:
        losses = []
        for fold in range(5):
            learnt = learn([c for c in customers if c.account % 5 != fold], matrices)[0]
            seen = [c for c in customers if c.account % 5 == fold]
            losses.append(measured(seen, matrices, learnt, sharpness)["log_loss"])
        tried[sharpness] = round(float(np.mean(losses)), 4)
    return min(tried, key=tried.get), tried


def plans(model, sharpness, customers, matrix):
    """The plan of each customer at the end, with numpy only."""
    rows = dict(zip(matrix.customers, matrix.columns(INPUTS)))
    made = {}
    for customer in customers:
        taken = [step for _, step in customer.steps]
        last, since = customer.stood(END)
        week, plan, first = 0, [], None
        while True:
            chance = chances(rows[customer.id], last, since, taken, model, sharpness)
            first = chance if first is None else first
            step = int(np.argmax(chance))
            if chance[step] <= 0 or chance[step] < LEAST:
                break
            wait = due(model[4][last, step], since) - max(since, 0)
            week = max(week + int(max(np.ceil(wait), 0)), 1)
            plan.append({"step": NAMES[step], "week": week, "share": float(chance[step])})
            # As soon as it is taken, nobody has gone on yet.
            taken, last, since = [*taken, step], step + 1, -1
        made[customer.id] = {"scores": first.tolist(), "plan": plan}
    return made


def card(report, next_steps):
    row = lambda name, of: f"| {name} | {of['accuracy']:.3f} | {of['log_loss']:.3f} |"
    kept, customers = report["kept_back"], report["customers"]
    return "\n".join([
        "# `first`: The steps to being active",
        "",
        "*Question:* Which first step does a customer take next: money by transfer, a transfer, household bills, insurance, "
        "a card? And after that?",
        "",
        f"*Population:* accounts of a Czech bank, 1993-01-01 to 1994-03-31 (Berka, PKDD'99). Learnt from "
        f"{customers['learnt_from']}, of whom {customers['active_of_these']} pay by transfer or card about every month at the "
        f"end; {customers['kept_back']} are kept back, a fifth by SHA-256 of the number.",
        "",
        "*What is learnt:* for each step taken last, the share of all customers that took each step next, and after how many "
        "weeks (tenths); so a share falls when the time has gone by in which others went on. And for each step the direction, in nine standardised variables, of the active customers who took "
        "it next after 1993-06-30, 09-30 or 12-31 (where there are ten). A share is weighed by exp(sharpness × cosine); the "
        "sharpness is chosen by cross-validation on the learning part. Every figure of a plan holds if the step before was "
        "taken.",
        "",
        f"| kept back: {kept['with_likeness']['steps']} steps taken after one of the dates | accuracy | log loss, those who "
        "went no further too |",
        "| --- | --- | --- |",
        row("shares by how long ago, bent by likeness (shipped)", kept["with_likeness"]),
        row("shares by how long ago", kept["shares_and_waits"]),
        row("shares alone", kept["shares_alone"]),
        "",
        "*Read it so:* how long ago the last step was tells most. Likeness names the right step more often; its chances are no "
        "nearer to the truth. Whoever waited longer than anybody before who went on has no plan.",
        "",
        "| after | next | customers | share | weeks: median (a tenth, nine tenths) |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {n.get('after', 'nothing')} | {n['step']} | {n['customers'][0]} of {n['customers'][1]} | {n['share']:.2f} "
            f"| {n['weeks'][5]:.1f} ({n['weeks'][1]:.1f} to {n['weeks'][9]:.1f}) |"
            for n in next_steps
        ),
        "",
        "*Limits:*",
        "",
        "- Only what happened within the fifteen months counts, so shares of late steps are too low.",
        "- Steps of one day count in the order of the file; household bills mostly come with the first transfer.",
        "- Three cards were taken as a next step: the card is there so that it counts as taken, not to be foretold.",
        "",
    ])


def main():
    tables = sys.argv[1]
    customers = [Customer(account, profile) for account, profile in events.profiles(tables)]
    customers = [customer for customer in customers if customer.began]
    matrices = [data.variables(tables, clock) for clock in CLOCKS]
    now = data.variables(tables, "1994-03-31T12:00:00Z")
    known = [customer for customer in customers if not engagement.held(customer.account)]
    kept = [customer for customer in customers if engagement.held(customer.account)]
    sharpness, tried = sharpest(known, matrices)
    model, counts, reached = learn(known, matrices)
    plainly = (model[0], model[1], np.zeros_like(model[2]), model[3], model[4])
    timeless = (*plainly[:4], np.full_like(model[4], np.inf))
    report = {
        "customers": {
            "learnt_from": len(known),
            "active_of_these": sum(c.active for c in known),
            "kept_back": len(kept),
        },
        "sharpness_log_loss": tried,
        "kept_back": {
            "with_likeness": measured(kept, matrices, model, sharpness),
            "shares_and_waits": measured(kept, matrices, plainly, 0.0),
            "shares_alone": measured(kept, matrices, timeless, 0.0),
        },
    }
    print(json.dumps(report, indent=1))
    short = lambda x, digits=6: round(float(x), digits)
    # What is written is what is checked.
    model = tuple(np.vectorize(short)(part).astype(np.float32).astype(float) for part in model)
    next_steps = [
        {
            **({"after": NAMES[last - 1]} if last else {}),
            "step": NAMES[step],
            "customers": [int(counts[last, step]), int(reached[last])],
            "share": short(model[3][last, step]),
            "weeks": [short(week, 2) for week in model[4][last, step]],
        }
        for last in range(len(NAMES) + 1)
        for step in range(len(NAMES))
        if counts[last, step]
    ]
    file = {
        "format": "nearfield-journey/1",
        "provenance": data.provenance(tables, clocks=CLOCKS, figures=report),
        "began": "days_known",
        "sharpness": sharpness,
        "least": LEAST,
        "inputs": [
            {"variable": name, "mean": short(mean), "scale": short(scale)}
            for name, mean, scale in zip(INPUTS, model[0], model[1])
        ],
        "steps": [
            {"id": name, "title": {"en": en, "cs": cs}, "since": since, "direction": [short(x) for x in direction]}
            for (name, (since, en, cs)), direction in zip(STEPS.items(), model[2])
        ],
        "next": next_steps,
    }
    text = json.dumps(file, ensure_ascii=False, indent=1)
    (data.PROJECT / "policies/retail/models/first-steps.json").write_text(text + "\n")
    committed = {path.stem for path in (data.PROJECT / "tests/customers").glob("*.json")}
    shown = [customer for customer in customers if customer.id in committed]
    answers = plans(model, sharpness, shown, now)
    (data.PROJECT / "tests/parity/first-steps.json").write_text(json.dumps(answers, indent=1) + "\n")
    (data.PROJECT / "training/cards/first-steps.md").write_text(card(report, next_steps))


if __name__ == "__main__":
    main()
