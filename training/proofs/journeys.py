"""Sequences as rows of numbers: what a network reads after each event of a customer's journey.

Every number comes from the event itself or from events before it. The engine's host computes the same
(`authoring/src/evaluation`), and parity rows hold both to it.
"""

import calendar
import csv
import datetime
import gzip

import numpy as np

CATEGORIES = [
    "PRIJEM/VKLAD/", "PRIJEM//UROK", "PRIJEM/PREVOD Z UCTU/", "PRIJEM/PREVOD Z UCTU/DUCHOD", "VYDAJ/VYBER/",
    "VYDAJ/VYBER/SLUZBY", "VYDAJ/PREVOD NA UCET/SIPO", "VYDAJ/PREVOD NA UCET/", "VYDAJ/PREVOD NA UCET/POJISTNE",
    "VYDAJ/PREVOD NA UCET/UVER", "VYDAJ/VYBER/SIPO", "VYDAJ/VYBER/SANKC. UROK", "VYDAJ/VYBER KARTOU/",
]
# The bank books these for whatever amount comes out.
ANY_AMOUNT = {1, 5, 11}
CREDITS = 4
ACTIVITIES = 6
# Seconds at which a wait begins to mean something else.
WAITS = [5, 20, 60, 180, 600, 1800, 3600, 7200, 14400, 43200, 86400, 172800, 345600, 604800, 1209600]


def rows_of(path):
    opened = gzip.open(path, "rt", newline="") if str(path).endswith(".gz") else open(path, newline="")
    with opened as lines:
        return list(csv.DictReader(lines))


def a_month_later(day):
    date = datetime.date.fromordinal(day)
    year, month = (date.year, date.month + 1) if date.month < 12 else (date.year + 1, 1)
    length = calendar.monthrange(year, month)[1]
    last = date.day == calendar.monthrange(date.year, date.month)[1]
    return datetime.date(year, month, length if last else min(date.day, length)).toordinal()


def berka(path):
    """Accounts in order of their number: `(account, categories, rows of numbers)`."""
    accounts = {}
    for row in rows_of(path):
        kind = "VYDAJ" if row["type"] == "VYBER" else row["type"]
        category = CATEGORIES.index(f"{kind}/{row['operation']}/{row['k_symbol'].strip()}")
        d = row["date"]
        day = datetime.date(1900 + int(d[:2]), int(d[2:4]), int(d[4:])).toordinal()
        hundredths = lambda name: round(float(row[name]) * 100)
        accounts.setdefault(int(row["account_id"]), []).append((day, category, hundredths("amount"), hundredths("balance")))
    journeys = []
    for account in sorted(accounts):
        events = sorted(accounts[account], key=lambda event: event[0])
        journeys.append((account, [event[1] for event in events], berka_numbers(events)))
    return journeys


def berka_numbers(events):
    k = len(CATEGORIES)
    made, seen, last, counts, repeats = [], [], {}, np.zeros(k), {}
    followed = {}
    for i, (day, category, amount, balance) in enumerate(events):
        stream = (category, 0 if category in ANY_AMOUNT else amount)
        if i:
            followed[events[i - 1][1]] = category
        counts[category] += 1
        last[category] = day
        repeats[stream] = repeats.get(stream, 0) + 1
        seen.append((category, day, stream))
        this, follower = np.zeros(k), np.zeros(k)
        this[category] = 1
        if category in followed:
            follower[followed[category]] = 1
        since = [min(day - last[c], 90) / 30 if c in last else 3 for c in range(k)]
        due_last = [np.clip(a_month_later(last[c]) - day, -15, 35) / 10 if c in last else 4 for c in range(k)]
        due, due_known, near = np.full(k, 4.0), np.full(k, 4.0), np.zeros(k)
        in_month = np.zeros(k)
        date = datetime.date.fromordinal(day)
        length = calendar.monthrange(date.year, date.month)[1]
        begin = day - date.day + 1
        today, recent = 0, seen[-80:]
        for c, then, of in reversed(recent):
            if then < day - 40:
                break
            in_month[c] += then >= begin
            today += then == day
            wait = a_month_later(then) - day
            if wait < -5 or any(of == other and later >= then + 20 for _, later, other in recent):
                continue
            due[c] = min(due[c], wait / 10)
            if repeats[of] >= 2:
                due_known[c] = min(due_known[c], wait / 10)
                near[c] += wait <= 3
        lately = np.zeros(k)
        for event in events[max(0, i - 9) : i + 1]:
            lately[event[1]] += 0.1
        before_day, before_balance = events[i - 1][0::3] if i else (day, 0)
        # The balance knows of bookings of the same day that the table lists later.
        ahead = balance - before_balance - (amount if category < CREDITS else -amount)
        more = [
            np.log1p(amount / 100) / 10, min(day - before_day, 60) / 15, date.day / 15 - 1, (length - date.day) / 15,
            date.day == length, ahead > 0, ahead < 0, np.log1p(abs(ahead) / 100) / 5,
            np.sign(balance) * np.log1p(abs(balance) / 100) / 10, min(today, 5) / 2, np.log1p(i) / 3, date.month / 12,
            day % 7 / 7, repeats[stream] >= 2,
        ]
        parts = [this, follower, since, due_last, due, due_known, near, np.minimum(in_month, 5) / 2, lately,
                 counts / (i + 1), more]
        made.append(np.concatenate([np.asarray(part, dtype=float) for part in parts]))
    return np.array(made, dtype=np.float32)


def work_items(path):
    """Cases in the order of the file: `(case, activities, rows of numbers)`."""
    cases = {}
    for row in rows_of(path):
        at = datetime.datetime.fromisoformat(row["CompleteTimestamp"])
        seconds = (at.date().toordinal() * 24 + at.hour) * 3600 + at.minute * 60 + at.second
        cases.setdefault(row["CaseID"], []).append((int(row["ActivityID"]) - 1, seconds))
    return [(case, [event[0] for event in events], work_item_numbers(events)) for case, events in cases.items()]


def work_item_numbers(events):
    made, counts, last, run, today = [], np.zeros(ACTIVITIES), {}, 0, 0
    start = events[0][1]
    for i, (activity, at) in enumerate(events):
        before_activity, before = events[i - 1] if i else (None, at)
        counts[activity] += 1
        run = run + 1 if before_activity == activity else 1
        today = today + 1 if i and before // 86400 == at // 86400 else 1
        last[activity] = at
        this, previous, weekday, half_hour = np.zeros(6), np.zeros(7), np.zeros(7), np.zeros(48)
        this[activity] = 1
        previous[6 if before_activity is None else before_activity] = 1
        weekday[at // 86400 % 7] = 1
        second = at % 86400
        half_hour[second // 1800] = 1
        waits = [at - before, at - start] + [at - last[a] if a in last else 10**7 for a in range(ACTIVITIES)]
        parts = [this, previous, weekday, half_hour, np.log1p(counts), np.minimum(counts, 6) / 3, counts == 1,
                 counts == 2, [np.log1p(wait) / 10 for wait in waits]]
        parts += [[wait >= least for least in WAITS] for wait in waits]
        parts.append([second / 43200 - 1, np.log1p(i), np.log1p(run), min(today, 12) / 4])
        made.append(np.concatenate([np.asarray(part, dtype=float) for part in parts]))
    return np.array(made, dtype=np.float32)
