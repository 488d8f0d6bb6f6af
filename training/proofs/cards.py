"""Writes the model cards, `training/cards/TASK.md`, from the figures beside the models:

    python training/proofs/cards.py
"""

import json

from tabular import MODELS

CARDS = MODELS.parent / "cards"

TEXTS = {
    "bank-marketing": {
        "title": "Term deposits by telephone",
        "question": "Will the client subscribe a term deposit after this call?",
        "population": "32,950 calls of a Portuguese bank, May 2008 to November 2010 (UCI bank marketing, 80 % of the "
        "rows at random, 11.3 % yes). S. Moro, P. Cortez, P. Rita, Decision Support Systems 62 (2014), CC BY 4.0.",
        "inputs": "All columns but `duration`, which is known only after the call. Two more are learnt: the share of "
        "yes on the day of the call (month, weekday and euribor name it), drawn to the mean by 20 calls, and how many "
        "calls that day had. While learning, a row sees the rate of other rows only.",
        "limits": [
            "The split is at random, so rows of one day are on both sides. That suits this benchmark and flatters "
            "any model that reads the day: on days to come there is no such rate, and one must expect less.",
            "Fifteen-year-old data of one bank in a financial crisis; month and economy are mixed up with campaigns.",
            "Age and marital status are read. A bank must check whether it may use them for its own purpose.",
        ],
    },
    "coil2000": {
        "title": "Caravan insurance",
        "question": "Does the household hold a caravan insurance?",
        "population": "5,822 customers of a Dutch insurer (CoIL Challenge 2000, official training part, 6.0 % "
        "holders). P. van der Putten, M. van Someren (eds). The owner asks for no commercial use without consent.",
        "inputs": "All 85 columns; sums and crosses of the car, fire and liability policies; for the linear members "
        "one column for each class of the six columns that matter most.",
        "limits": [
            "348 holders: the count in the top fifth moves by several from luck alone.",
            "Who holds a product is not who will buy it.",
            "Socio-demographic columns are averages of the postal area and can stand in for protected traits.",
        ],
    },
    "churn": {
        "title": "Leaving the bank",
        "question": "Did the customer leave?",
        "population": "8,000 customers in France, Spain and Germany (Churn_Modelling, 80 % at random, 20.4 % left). "
        "A public benchmark whose origin is not documented; its rows are not in this project.",
        "inputs": "The ten columns that are no identifiers; products of age, activity, products and country.",
        "limits": [
            "The rows may be invented, so the figure says that the method works and nothing about a bank.",
            "Sex, age and country are read, as is usual on this benchmark. A bank should leave them out.",
            "No dates: the model tells who has left, not when someone will.",
        ],
    },
    "bankchurners": {
        "title": "Giving a credit card up",
        "question": "Did the customer close the card?",
        "population": "8,102 card holders (BankChurners, 80 % at random, 16.1 % left). A public benchmark whose "
        "origin is not documented.",
        "inputs": "All columns but the number of the client; the amount of a transaction on average.",
        "limits": [
            "The columns cover the time in which the customer left, so this is easier than telling it beforehand.",
            "Sex, age and marital status are read, as is usual on this benchmark. A bank should leave them out.",
        ],
    },
    "berka-next": {
        "title": "The next transaction",
        "question": "Of which of 13 kinds (type, operation, use) is the account's next transaction?",
        "population": "981 accounts with transactions of a Czech bank, 1993-01-01 to 1994-03-31 (Berka, PKDD'99), "
        "38,166 predictions.",
        "inputs": "144 numbers after each row, from this row and rows before it: its kind, amount, balance and day; "
        "for each kind how long ago it was, when it is due again, how often it was; whether the balance knows of "
        "bookings that the table lists later on the same day.",
        "limits": [
            "The few settings tried were compared on the same kept-back part, so the figures are slightly flattering.",
            "Fifteen months of one bank, thirty years ago; few transactions by card.",
            "The order of rows within a day is the file's, and part of what is learnt is that order.",
        ],
    },
    "bpi12-w": {
        "title": "The next step of a loan application",
        "question": "Which of six work items comes next, or does the case end?",
        "population": "6,438 cases of a Dutch financial institute, completed work items (BPI Challenge 2012; the first "
        "two thirds of the cases). B.F. van Dongen, doi:10.4121/uuid:3926db30-f712-4394-aebc-75976070e91f.",
        "inputs": "After each item: it and the one before, counts, how long ago each kind was, weekday and half hour.",
        "limits": [
            "The published 0.760 (Tax et al. 2017) is on the last third of the cases, which was not seen here; the "
            "figures below are on an earlier part and do not compare with it.",
            "The few settings tried were compared on the same kept-back part, so the figures are slightly flattering.",
            "Routine of one institute in one winter.",
        ],
    },
}


def table(report):
    if "lstm" in report:
        lines = ["| on the kept-back part | accuracy | among the first three | predictions |", "| --- | --- | --- | --- |"]
        for name in ("lstm", "markov of order 5"):
            f = report[name]
            lines.append(f"| {name} | {f['accuracy']:.4f} | {f['top_3']:.4f} | {f['predictions']:,} |")
        lines += ["", f"Kept back: {report['kept_back']}. The shipped network then learnt from everything."]
        return lines
    names = ["auc", "captured_in_top_fifth", "accuracy", "log_loss", "brier"]
    lines = [
        "| mean over folds | AUC | captured in the top fifth | accuracy | log loss | Brier |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in ("ensemble", "logistic regression"):
        lines.append(f"| {row} | " + " | ".join(f"{report[row][name]:.4f}" for name in names) + " |")
    low, high = report["auc_interval_95"]
    lines += [
        "",
        f"95 % interval of the ensemble's AUC over all kept-back rows (bootstrap): {low:.4f} to {high:.4f}; standard "
        f"deviation over folds {report['fold_sd_of_auc']:.4f}. Members alone: "
        + ", ".join(f"{auc:.4f}" for auc in report["members_auc"])
        + f". Method: {report['method']}. Settings were chosen on other folds of the same rows, so the figures are "
        "slightly flattering. Accuracy, log loss and Brier are before calibration.",
    ]
    if "shipped" in report:
        lines += ["", f"**The committed model is not this ensemble:** {report['shipped']}."]
    return lines


def main():
    CARDS.mkdir(exist_ok=True)
    for task, text in TEXTS.items():
        path = MODELS / task / "figures.json"
        if not path.exists():
            continue
        lines = [
            f"# `{task}`: {text['title']}", "", f"*Question:* {text['question']}", "",
            f"*Population:* {text['population']}", "", f"*Inputs:* {text['inputs']}", "",
            *table(json.loads(path.read_text())), "", "*Limits:*", "", *(f"- {limit}" for limit in text["limits"]), "",
            f"Measure it: `nearfield evaluate {task} FILE`.", "",
        ]
        (CARDS / f"{task}.md").write_text("\n".join(lines))


main()
