"""Writes the cards of the models of cross-sell and attrition, `training/cards/berka.md`, from `training/berka.json`:

    python training/berka_cards.py
"""

import json
from pathlib import Path

HERE = Path(__file__).resolve().parent

# The question, and who is asked.
QUESTIONS = {
    "loan": ("Is a loan taken?", "without a loan"),
    "small-loan": ("Is a loan below 100,000 CZK taken?", "without a loan"),
    "large-loan": ("Is a loan of 100,000 CZK or more taken?", "without a loan"),
    "long-loan": ("Is a loan over four years or more taken?", "without a loan"),
    "card": ("Is a card issued?", "without a card"),
    "classic-card": ("Is a classic card issued?", "without a card"),
    "gold-card": ("Is a gold card issued?", "without a card"),
    "junior-card": ("Is a junior card issued?", "without a card"),
    "household-order": ("Does a standing order for the household begin?", "without one"),
    "insurance-order": ("Does a standing order for insurance begin?", "without one"),
    "leasing-order": ("Does a standing order for leasing begin?", "without one"),
    "other-order": ("Does a standing order without a stated use begin?", "without one"),
    "first-transfer": ("Does who lives on cash pay by transfer for the first time?", "who never paid by transfer"),
    "income-arrives": ("Does money come by transfer for the first time?", "to whom none came"),
    "more-transfers": ("Are there three transfers out more than in the last quarter?", "all"),
    "savings-growth": ("Does the month's balance grow by half or more?", "with 5,000 CZK on average in a month"),
    "above-30k": ("Does the balance average 30,000 CZK or more?", "below that in the last month"),
    "above-50k": ("Does the balance average 50,000 CZK or more?", "below that in the last month"),
    "reserve": ("Does the balance never fall below 30,000 CZK?", "all"),
    "surplus": ("Does a tenth of the income stay, and 5,000 CZK?", "all"),
    "large-deposit": ("Does more come at once than before, by half, and 10,000 CZK?", "with income"),
    "large-expense": ("Is more paid at once than before, by half, and 10,000 CZK?", "with payments"),
    "income-growth": ("Does income grow by 30 % or more?", "with income of 5,000 CZK in the quarter"),
    "spending-growth": ("Does spending grow by half or more?", "with spending of 5,000 CZK in the quarter"),
    "tight-money": ("Does the balance fall below 10,000 CZK?", "above that all month"),
    "below-zero": ("Does the account fall below zero, or cost penalty interest?", "neither in the last quarter"),
    "activity-halved": ("Do the customer's bookings fall by half or more?", "with three in the last quarter"),
    "activity-drop": ("Do the customer's bookings fall by a quarter or more?", "with three in the last quarter"),
    "run-down": ("Does the month's balance fall by half or more?", "with 10,000 CZK on average in a month"),
    "net-outflow": ("Does a fifth more leave than comes, and 8,000 CZK?", "with 10,000 CZK on average in a month"),
    "income-drop": ("Does income fall by 30 % or more?", "with income of 5,000 CZK in the quarter"),
    "silent": ("Is nothing paid in the last month of the quarter?", "who paid something in the last month"),
}

INTRODUCTION = """# Berka: models of cross-sell and attrition

One model for each thing that may become of a customer, on a real, anonymised Czech bank: P. Berka, "Guide to the
Financial Data Set", PKDD'99 Discovery Challenge; published for research without a formal licence. This page is written
by `training/cross_sell.py`, the figures are in `training/berka.json`.

**Population.** Owners of the 3,600 accounts shared for training who had been known for 60 days. The transactions end on
1994-03-31, so most models look a quarter ahead.

**Inputs.** Each model chose up to {variables} of {candidates} variables of the engine, all of the customer's own money
over a month and a quarter. Left out on purpose: sex, age, district, and the persons on the account. A second person on the account is no outcome
here either, since the table has no date for it.

**Labels** are made of what the tables date after the cut-off, never before.

**Time.** Outcomes of a quarter are learnt from the ends of May to September 1993 with the 90 days after each, so by
1993-12-29 at the latest, and told on 1993-12-31 for the 90 days to 1994-03-31: all that is told came after all that was
learnt. Loans and cards look 1,645 days ahead (four and a half years): learnt from 1993-09-30 and 1993-12-31, told on
1994-03-31. There **the years learnt and told overlap**, and only the accounts are apart; where there are enough cases
the card adds what a model reaches that had learnt before 1994-03-31 only.

**Accounts.** Every figure is on accounts that the model had not seen: five models, each learnt without a fifth of the
accounts by a hash of the customer's number, say each what becomes of its fifth. The shipped model is the sixth, learnt
from all accounts at the same cut-offs; nothing was learnt from the days that it was told on. The 900 accounts held back
from training were not seen at all.

**Calibration.** Platt's line through what models said of unseen accounts while learning; it travels in the model's file.
The calibration error is the mean distance of what was said and what came, over tenths of the customers. What error
remains is mostly that the shares themselves moved, as accounts grew older: a reserve was kept by 29 % while learning and
by 17 % later. No line learnt before can know that, so a bank should learn it anew from its own last quarter.

**Baseline.** Logistic regression on all {candidates} variables, its strength chosen on unseen accounts while learning.
A model ships when its AUC is above the baseline's and the interval of its AUC is above one half; none of this
was tuned on the figures here: trees, number of variables and the baseline's strength were chosen while learning.
That rule is itself a choice by these figures, so those of the shipped are slightly flattering.

**Read it so:** a figure on 30 yeses moves by several hundredths from luck alone; the intervals say how much. It is one
bank of thirty years ago. Many outcomes are partly the way back to the usual: who had an unusual quarter will have a more
usual one. The models are a demonstration: do not sell credit by them.
"""

HEAD = """
| outcome | asked | yes | trees AUC (95 %) | logistic AUC (95 %) | lift, top tenth | calibration error, before → after | shipped |
| --- | --- | --- | --- | --- | --- | --- | --- |"""


def auc(figures):
    low, high = figures["auc_95"]
    return f"{figures['auc']:.3f} ({low:.3f} to {high:.3f})"


def line(name, report):
    test = report["test"]
    start = f"| [{name}](#{name}) | {test['customers']} | {test['yes']} |"
    if "trees" not in report:
        return f"{start} – | – | – | – | no: {report['why']} |"
    trees, plain = report["trees"], report["plain"]
    verdict = "yes" if report["shipped"] else f"no: {report['why']}"
    error = f"{plain['calibration_error']:.3f} → {trees['calibration_error']:.3f}"
    return f"{start} {auc(trees)} | {auc(report['logistic'])} | {trees['lift_top_tenth']:.1f} | {error} | {verdict} |"


def section(name, report):
    question, asked = QUESTIONS[name]
    learn, test = report["learn"], report["test"]
    days = " and ".join([", ".join(learn["days"][:-1]), learn["days"][-1]])
    lines = [
        "", f"## {name}", "",
        f"*{question}* Within {report['horizon_days']} days; asked of customers {asked}."
        if asked != "all" else f"*{question}* Within {report['horizon_days']} days; asked of all customers.", "",
        f"Learnt from {learn['rows']:,} rows of {learn['customers']:,} customers on {days}: {learn['yes']} yes. "
        f"Told for {test['customers']:,} customers on {test['day']}: {test['yes']} yes.",
    ]
    if "trees" not in report:
        return [*lines, "", f"**No model:** {report['why']}."]
    lines += ["", "| on unseen accounts, later | AUC (95 %) | lift, top tenth | Brier | calibration error |", "| --- | --- | --- | --- | --- |"]
    for kind, title in [("trees", "trees, calibrated"), ("plain", "trees, before calibration"), ("logistic", "logistic regression")]:
        f = report[kind]
        lines.append(f"| {title} | {auc(f)} | {f['lift_top_tenth']:.2f} | {f['brier']:.4f} | {f['calibration_error']:.4f} |")
    base = report["base_rate"]
    lines += [
        f"| the share of {base['share']:.3f} for everybody | 0.5 | 1 | {base['brier']:.4f} | |", "",
        f"The shipped model itself, on accounts seen and new alike, later: AUC {report['same_accounts_auc']:.3f}.",
    ]
    if "strictly_before" in report:
        early = report["strictly_before"]
        lines[-1] += (
            f" Learnt from nothing later than 1994-03-31 ({early['learn']['yes']} yes within half a year): "
            f"AUC {early['auc']:.3f} on unseen accounts."
        )
    slope, intercept = report["platt"]
    lines += ["", f"Platt: slope {slope:.3f}, intercept {intercept:+.3f}. Variables: {', '.join(f'`{v}`' for v in report['variables'])}."]
    if not report["shipped"]:
        lines += ["", f"**Not shipped:** {report['why']}."]
    return lines


def write(result):
    settings = result["provenance"]["settings"]
    page = INTRODUCTION.format(variables=settings["variables"], candidates=settings["candidates"]) + HEAD
    models = result["models"]
    lines = [page, *(line(name, report) for name, report in models.items())]
    shipped = sum(report["shipped"] for report in models.values())
    tried = sum("trees" in report for report in models.values())
    lines += ["", f"{tried} models, of which {shipped} ship; {len(models) - tried} outcomes have too few cases to learn or to tell."]
    for name, report in models.items():
        lines += section(name, report)
    (HERE / "cards" / "berka.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    write(json.loads((HERE / "berka.json").read_text()))
